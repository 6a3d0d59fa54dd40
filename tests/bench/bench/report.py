"""The tables as text, RESULTS.md and the plots."""

import pathlib

from . import plot, stats, workloads
from .peers import TITLES

SECTION = "## Failover"  # the last one: takeover/report.py writes it
FOLDER = pathlib.Path(__file__).resolve().parents[1]


def show(cell, metric, spread=True):
    if not cell:
        return "-"
    _, _, factor, decimals = stats.METRICS[metric]
    text = f"{cell.median * factor:,.{decimals}f}"
    if spread and cell.rounds > 1 and cell.low != cell.high:
        text += f" ({cell.low * factor:,.{decimals}f}-{cell.high * factor:,.{decimals}f})"
    return text


def _ratio(value):
    return "-" if value is None else f"{value:.2f}"


def table_lines(results, table):
    """Markdown: a row for each proxy; below, the ratios of proxyd to each of its peers."""
    metrics = [metric for metric in stats.columns(table[0])
               if any(results.cell(table, peer, metric) for peer in results.peers(table))]
    yield "| | " + " | ".join(stats.METRICS[metric][0] for metric in metrics) + " |"
    yield "|---" * (len(metrics) + 1) + "|"
    for peer in results.peers(table):
        yield f"| {TITLES[peer]} | " + " | ".join(show(results.cell(table, peer, m), m) for m in metrics) + " |"
    for peer in results.peers(table):
        if peer.startswith("proxyd") or not results.cell(table, "proxyd", metrics[0]):
            continue
        ratios = [results.ratio(table, [peer], m) if stats.METRICS[m][1] else None for m in metrics]
        yield f"| *proxyd / {TITLES[peer]}* | " + " | ".join(map(_ratio, ratios)) + " |"


def heading(results, table):
    name, threads = table
    title = workloads.BY_NAME[name].title
    rounds = max(results.cell(table, peer, metric).rounds for peer in results.peers(table)
                 for metric in stats.columns(name) if results.cell(table, peer, metric))
    return f"{name}, {threads} thread{'s' if threads > 1 else ''}: {title} ({rounds} round{'s' if rounds > 1 else ''})"


def target_lines(results):
    targets = list(results.targets())
    if not targets:
        return
    yield f"{sum(target[-1] for target in targets)} of {len(targets)} met."
    yield ""
    yield "| workload | threads | figure | measured | demanded | |"
    yield "|---|---|---|---|---|---|"
    for workload, threads, what, measured, comparison, bound, met in targets:
        digits = 0 if bound >= 100 else 2
        yield (f"| {workload} | {threads} | {what} | {measured:,.{digits}f} | {comparison} {bound:,.{digits}f} | "
               f"{'met' if met else '**missed**'} |")


def text(result):
    """For the terminal."""
    results = stats.Results(result)
    lines = []
    for table in results.tables():
        lines += ["", heading(results, table), *table_lines(results, table)]
    lines += ["", *target_lines(results)]
    return "\n".join(lines)


def _programs(versions):
    return (f"proxyd {versions['proxyd']} (gcc {versions['gcc']}, release preset), {versions['haproxy']}, "
            f"nginx {versions['nginx']} with its stream module, MariaDB {versions['mariadb-server-core']}, "
            f"sysbench {versions['sysbench']}")


TCP_SETTINGS = "reno and the kernel's own buffer limits in each run's namespace"


def _about(result):
    host, parts = result["machine"], result.get("parts", [result])
    yield (f"- {host['processor']}, {host['cores']} cores, {host['memory_gib']} GiB, {host['system']}, "
           f"Linux {host['kernel']}; {TCP_SETTINGS}")
    programs = list(dict.fromkeys(_programs(part["versions"]) for part in parts))
    for text_of in programs:
        yield f"- {text_of}"
    for part in parts:
        which = f" with proxyd {part['versions']['proxyd']}" if len(programs) > 1 else ""
        yield (f"- {part['date']}, `{part['command']}`{which}: {part['rounds']} rounds of {part['seconds']:g} s each; "
               f"load of the machine before: {part['load_before']:.1f}")


NOTES = """Medians of the rounds, smallest and largest in parentheses; the proxies took turns within each round. With
1 thread the proxy has one core and the load generator, which is the server as well, the other; with 2 threads
nothing is pinned. *core us/op* is what the proxy's core was busy per operation, with interrupts and kernel threads;
*process us/op* is what the kernel charged to the proxy's processes; *machine us/op* is both cores, load included.
All logs are off, no health checks run. How it is measured and what "tuned" means: [README.md](README.md)."""


REMARKS = {
    "stalled": "What a client does not take waits in proxyd's sockets: the kernel lets their buffers grow with the speed "
               "at which the data came. `tune_rcvbuf_*` and `tune_sndbuf_*` bound that on both sides, "
               "`tune_notsent_lowat_client` on the client's; their price in throughput is in bulk-1-down and "
               "bulk-16-down. Set the latter, then the "
               "former, where many clients stop reading in the middle of large answers.",
    "pingpong-1": "One connection waits for a sleeping core to wake up; `busy_poll` keeps it awake, for its "
                  "whole time if there is little to do.",
}
SOCKMAP_REMARK = ("BPF sockmap redirects within the kernel and does most of its work on the load's core: compare *machine "
                  "us/op*. It is no part of proxyd: half-closes and data that waits for a slow reader are not its "
                  "strength (README.md).")


def _remarks(results, table):
    if remark := REMARKS.get(table[0]):
        yield from (remark, "")
    if "sockmap" in results.peers(table):
        yield from (SOCKMAP_REMARK, "")


def markdown(result):
    results = stats.Results(result)
    lines = ["# Results", "", *_about(result), "", NOTES, ""]
    if targets := list(target_lines(results)):
        lines += ["## Targets", "", *targets, ""]
    seen = set()
    for table in results.tables():
        lines += [f"## {heading(results, table)}", ""]
        if table[0] not in seen:
            lines += [f"![{table[0]}](plots/{table[0]}.svg)", "", *_remarks(results, table)]
            seen.add(table[0])
        lines += [*table_lines(results, table), ""]
    return "\n".join(lines)


def write(result, folder=FOLDER):
    """RESULTS.md and plots/WORKLOAD.svg."""
    results = stats.Results(result)
    plots = pathlib.Path(folder, "plots")
    plots.mkdir(parents=True, exist_ok=True)
    for name in dict.fromkeys(workload for workload, _ in results.tables()):
        (plots / f"{name}.svg").write_text(plot.svg(results, name), encoding="utf-8")
    section = _halves(folder)[1]
    pathlib.Path(folder, "RESULTS.md").write_text(markdown(result).rstrip() + "\n" + section, encoding="utf-8")


def _halves(folder):
    """RESULTS.md without the last section, and that section."""
    path = pathlib.Path(folder, "RESULTS.md")
    kept = path.read_text(encoding="utf-8") if path.exists() else "# Results\n"
    before, found, after = kept.partition(f"\n{SECTION}\n")
    return before, f"\n{SECTION}\n{after}" if found else ""


def replace_section(text, folder=FOLDER):
    pathlib.Path(folder, "RESULTS.md").write_text(f"{_halves(folder)[0].rstrip()}\n\n{text}", encoding="utf-8")
