"""The tables as text, the section of RESULTS.md and its plot."""

import pathlib

from bench import plot
from bench.report import FOLDER, SECTION, replace_section

from .figures import FIGURES, YES_NO, tables

PLOTTED = ("proxy-killed", "proxy-hung", "host-lost", "host-lost-10ms")


def _number(value, figure):
    if figure in YES_NO:
        return "yes" if value else "no"
    return f"{value:,.{FIGURES[figure][2]}f}"


def _cell(table, variant, figure):
    median = table.median(variant.key, figure)
    if median is None:
        return "-"
    low, high = (_number(value, figure) for value in table.spread(variant.key, figure))
    endless = "> " if figure in ("ms", "failed") and variant.key in table.endless else ""
    spread = "" if low == high or figure in YES_NO else f" ({low}-{high})"
    return f"{endless}{_number(median, figure)}{spread}"


def _ratio(value):
    return "-" if value is None else f"{value:.2f}"


def heading(table):
    rounds, interval = table.rounds(), table.scenario.interval_ms
    return (f"{table.scenario.name}: {table.scenario.title} (adverts every {interval} ms, "
            f"{rounds} round{'s' if rounds > 1 else ''})")


def table_lines(table):
    figures = [figure for figure in table.scenario.figures if any(table.median(v.key, figure) is not None
                                                                 for v in table.variants)]
    yield "| | " + " | ".join(FIGURES[figure][0] for figure in figures) + " |"
    yield "|---" * (len(figures) + 1) + "|"
    for variant in table.variants:
        yield f"| {variant.title} | " + " | ".join(_cell(table, variant, figure) for figure in figures) + " |"
    for who, to, title in table.scenario.ratios:
        ratios = [table.ratio(who, figure, to) for figure in figures]
        if any(ratio is not None for ratio in ratios):
            yield f"| *{title}* | " + " | ".join(map(_ratio, ratios)) + " |"


def target_lines(all_tables):
    targets = [(table, *target) for table in all_tables for target in table.targets()]
    if not targets:
        return
    yield f"{sum(target[-1] for target in targets)} of {len(targets)} met."
    yield ""
    yield "| scenario | who | figure | measured | demanded | keepalived's | ratio | |"
    yield "|---|---|---|---|---|---|---|---|"
    for table, variant, figure, measured, bound, met in targets:
        peer = table.peer(variant.key, figure)
        wanted = "" if figure in YES_NO else "at most "
        yield (f"| {table.scenario.name} | {variant.title} | {FIGURES[figure][0]} | {_number(measured, figure)} | "
               f"{wanted}{_number(bound, figure)} | {'-' if peer is None else _number(peer, figure)} | "
               f"{_ratio(measured / peer if peer else None)} | {'met' if met else '**missed**'} |")


def text(result):
    """For the terminal."""
    all_tables = tables(result)
    lines = []
    for table in all_tables:
        lines += ["", heading(table), *table_lines(table)]
    return "\n".join([*lines, "", *target_lines(all_tables)])


NOTE = """How a pair of hosts with vrrpd and proxyd stands beside one with keepalived and HAProxy: the same hosts (namespaces on
one machine), the same client, which begins a fresh connection every 5 ms and gives each 500 ms. The pairs take turns
within each round, each is started afresh for each trial, and the instant of the fault is spread over a second.
Shown are medians, with the smallest and largest; what the pairs are configured with, and what "tuned" means, is in
[README.md](README.md#failover)."""

REMARKS = {
    "proxy-hung": "`killall -0` finds a process that hangs: no takeover at all.",
    "host-lost": "Here the protocol's own timers decide, which are the same for both: three intervals and the skew of the "
                 "backup's priority, less what had passed of the first.",
    "switchover": "A keepalived that may not preempt leaves a gap of the backup's skew; one that may is nearly without. vrrpd "
                  "keeps the address until 20 ms after its successor was heard, so that connections that had just begun "
                  "get their first answer.",
    "paused-6s": "After a pause keepalived goes on as master and wins the address back, although it is not to preempt.",
    "bfd-loaded": "Two adverts in place of three are too few where processors are short.",
    "daemon-killed": "keepalived's address stays on the host whose daemons are dead, until somebody removes it; vrrpd's is a "
                     "lease that the kernel ends.",
    "idle": "Real-time priority, which vrrpd has by default, costs either daemon some processor time; compare it with "
            "keepalived's tuned line. Sending includes what the kernel does for the receiving host, which is on the same "
            "machine here.",
}
BFD = """**Decision: no BFD in vrrpd.** At the rate of vrrpd's adverts a session finds a silent host in {bfd_10} ms, the adverts
in {ours}: what it saves is the skew of the backup's priority, and priorities 254 and 253 save that, too. At twice the rate
it takes {bfd_5} ms. For that each host spends {cpu_10} or {cpu_5} ms of processor time per second on a second process and
protocol, beside the adverts, which elect all the same; hearing the adverts costs a backup {cpu}. The bound for a lost host
at this interval, 60 ms, is met without. `down_timer_adverts = 2` takes {two} ms; see *bfd-loaded* for what it costs."""


def _parts(result):
    host = result["machine"]
    yield f"- {host['processor']}, {host['cores']} cores, {host['memory_gib']} GiB, {host['system']}, Linux {host['kernel']}"
    told = {}
    for name, part in result["scenarios"].items():
        versions = part["versions"]
        programs = f"proxyd and vrrpd {versions['proxyd']}, {versions['keepalived']}, {versions['haproxy']}"
        told.setdefault((programs, part["date"], part["command"], part["load_before"]), []).append(name)
    for programs in dict.fromkeys(key[0] for key in told):
        yield f"- {programs}"
    for (_, date, command, load), names in told.items():
        yield f"- {date}, `{command}` ({', '.join(names)}); load of the machine before: {load:.1f}"


def _bfd_lines(table):
    def at(key, figure="taken_ms"):
        return table.median(key, figure)
    if table.scenario.name != "bfd" or any(at(key) is None for key in ("ours", "ours-two", "peer-10", "peer-5")):
        return
    yield BFD.format(bfd_10=f"{at('peer-10'):.0f}", ours=f"{at('ours'):.0f}", bfd_5=f"{at('peer-5'):.0f}",
                     cpu_10=f"{at('peer-10', 'backup_cpu'):.0f}", cpu_5=f"{at('peer-5', 'backup_cpu'):.0f}",
                     cpu=f"{at('ours', 'backup_cpu'):.0f}", two=f"{at('ours-two'):.0f}")
    yield ""


def section(result):
    all_tables = tables(result)
    lines = [SECTION, "", NOTE, "", *_parts(result), ""]
    if any(table.scenario.name in PLOTTED for table in all_tables):
        lines += ["![failover](plots/failover.svg)", ""]
    lines += [*target_lines(all_tables), ""]
    for table in all_tables:
        lines += [f"### {heading(table)}", ""]
        if remark := REMARKS.get(table.scenario.name):
            lines += [remark, ""]
        lines += [*table_lines(table), "", *_bfd_lines(table)]
    return "\n".join(lines).rstrip() + "\n"


def svg(all_tables):
    """Milliseconds without service, a panel for each fault."""
    drawn = [table for table in all_tables if table.scenario.name in PLOTTED]
    groups = [(f"{table.scenario.title}, adverts every {table.scenario.interval_ms} ms",
               [(variant.title, variant.pair, table.median(variant.key, "ms"), *table.spread(variant.key, "ms"),
                 variant.key in table.endless) for variant in table.variants]) for table in drawn]
    return plot.bars("failover: milliseconds without service", groups)


def write(result, folder=FOLDER):
    """The section of RESULTS.md, plots/failover.svg."""
    all_tables = tables(result)
    if any(table.scenario.name in PLOTTED for table in all_tables):
        pathlib.Path(folder, "plots").mkdir(exist_ok=True)
        pathlib.Path(folder, "plots", "failover.svg").write_text(svg(all_tables), encoding="utf-8")
    replace_section(section(result), folder)
