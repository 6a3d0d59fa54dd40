"""Medians, spreads, ratios, and what is demanded of them."""

import statistics

# key, heading, which is better (+1: more), factor for people, decimals
METRICS = {
    "rate": ("per second", +1, 1, 0),
    "gbit": ("Gbit/s", +1, 1, 2),
    "core_us": ("core us/op", -1, 1, 2),
    "cpu_us": ("process us/op", -1, 1, 2),
    "machine_us": ("machine us/op", -1, 1, 2),
    "core_ms_gb": ("core ms/GB", -1, 1, 1),
    "cpu_ms_gb": ("process ms/GB", -1, 1, 1),
    "machine_ms_gb": ("machine ms/GB", -1, 1, 1),
    "p50_us": ("p50 us", -1, 1, 0),
    "p95_us": ("p95 us", -1, 1, 0),
    "p99_us": ("p99 us", -1, 1, 0),
    "p999_us": ("p99.9 us", -1, 1, 0),
    "max_us": ("max ms", -1, 1e-3, 2),
    "opened_ms": ("all open after ms", -1, 1, 0),
    "rss_bytes": ("RSS each, bytes", -1, 1, 0),
    "queued_bytes": ("in its sockets each, bytes", -1, 1, 0),
    "machine_bytes": ("memory of the machine each, bytes", -1, 1, 0),
    "slab_bytes": ("kernel memory each, bytes", -1, 1, 0),
    "rss_back": ("RSS afterwards / before", -1, 1, 3),
    "pipes": ("pipe descriptors", -1, 1, 0),
    "busy": ("proxy's core busy", 0, 100, 0),
    "failures": ("failures", -1, 1, 0),
}
COLUMNS = {
    "short": ("rate", "core_us", "cpu_us", "machine_us", "p50_us", "p99_us", "p999_us", "busy", "failures"),
    "pingpong": ("rate", "core_us", "cpu_us", "machine_us", "p50_us", "p99_us", "p999_us", "busy", "failures"),
    "bulk": ("gbit", "core_ms_gb", "cpu_ms_gb", "machine_ms_gb", "busy", "failures"),
    "idle": ("rss_bytes", "slab_bytes", "rss_back", "pipes", "opened_ms", "failures"),
    "stalled": ("rss_bytes", "queued_bytes", "pipes", "machine_bytes", "failures"),
    "storm": ("opened_ms", "core_us", "cpu_us", "p50_us", "p99_us", "max_us", "failures"),
    "mix": ("p50_us", "p99_us", "p999_us", "max_us", "rate", "gbit", "busy", "failures"),
    "sysbench": ("rate", "p50_us", "p95_us", "p99_us", "core_us", "cpu_us", "machine_us", "busy", "failures"),
}
HAPROXIES = ("haproxy", "haproxy-tuned")

# workload, metric, against which peers (None: no comparison), comparison, bound
TARGETS = [
    ("short", "rate", HAPROXIES, ">=", 1.15), ("short", "core_us", HAPROXIES, "<=", 0.85),
    ("pingpong-64", "rate", HAPROXIES, ">=", 1.08), ("pingpong-64", "core_us", HAPROXIES, "<=", 0.92),
    ("pingpong-64", "p99_us", HAPROXIES, "<=", 1.0),
    ("pingpong-1000", "rate", HAPROXIES, ">=", 1.20), ("pingpong-1000", "core_us", HAPROXIES, "<=", 0.82),
    ("pingpong-1000", "p99_us", HAPROXIES, "<=", 1.0),
    ("pingpong-1", "p50_us", HAPROXIES, "<=", 1.0), ("pingpong-1", "p50_us:busy", HAPROXIES, "<=", 0.5),
    ("bulk-1-up", "gbit", HAPROXIES[:1], ">=", 3), ("bulk-1-down", "gbit", HAPROXIES[:1], ">=", 3),
    ("bulk-1-up", "gbit", HAPROXIES[1:], ">=", 1), ("bulk-1-down", "gbit", HAPROXIES[1:], ">=", 1),
    ("bulk-16-up", "gbit", HAPROXIES[:1], ">=", 3), ("bulk-16-down", "gbit", HAPROXIES[:1], ">=", 3),
    ("bulk-16-up", "gbit", HAPROXIES[1:], ">=", 1.35), ("bulk-16-down", "gbit", HAPROXIES[1:], ">=", 1.7),
    ("bulk-16-down", "core_ms_gb", HAPROXIES[1:], "<=", 0.6),
    ("idle", "rss_bytes", None, "<=", 600), ("idle", "rss_back", None, "<=", 1.05), ("idle", "pipes", None, "<=", 0),
    ("mix", "p99_us", HAPROXIES, "<=", 0.8), ("mix", "max_us", None, "<=", 20000),
    ("sysbench-point", "rate", HAPROXIES, ">=", 1.0), ("sysbench-point", "p95_us", HAPROXIES, "<=", 1.0),
]


def columns(workload):
    return COLUMNS[workload.split("-")[0]]


class Cell:
    """One metric of one proxy over all rounds."""

    def __init__(self, values):
        self.median = statistics.median(values)
        self.low, self.high = min(values), max(values)
        self.rounds = len(values)


def _derive(run):
    """A gigabyte is the operation of a stream: microseconds are shown as milliseconds there."""
    if run["workload"].startswith("bulk"):
        costs = [key for key in ("core", "cpu", "machine") if f"{key}_us" in run]
        return {**run, **{f"{key}_ms_gb": run[f"{key}_us"] / 1e3 for key in costs}}
    return run


class Results:
    def __init__(self, result):
        self.values = {}
        for run in map(_derive, result["runs"]):
            place = self.values.setdefault((run["workload"], run["threads"]), {}).setdefault(run["peer"], {})
            for key, value in run.items():
                if key in METRICS:
                    place.setdefault(key, []).append(value)

    def tables(self):
        """(workload, threads) in the order in which they were measured."""
        return list(self.values)

    def peers(self, table):
        return list(self.values[table])

    def cell(self, table, peer, metric):
        values = self.values.get(table, {}).get(peer, {}).get(metric)
        return Cell(values) if values else None

    def best(self, table, peers, metric):
        """The better median of these peers."""
        cells = [cell for peer in peers if (cell := self.cell(table, peer, metric))]
        if not cells:
            return None
        return max(cells, key=lambda cell: cell.median * METRICS[metric][1])

    def ratio(self, table, peers, metric, mine="proxyd"):
        ours, theirs = self.cell(table, mine, metric), self.best(table, peers, metric)
        return ours.median / theirs.median if ours and theirs and theirs.median else None

    def targets(self):
        """(workload, threads, what, measured, comparison, bound, met or not) for all that can be told."""
        for table in self.tables():
            for workload, metric, against, comparison, bound in TARGETS:
                if workload != table[0]:
                    continue
                metric, _, variant = metric.partition(":")
                if metric == "core_us" and table[1] > 1:
                    metric = "cpu_us"  # nothing is pinned: the cores do everybody's work
                if metric == "core_ms_gb" and table[1] > 1:
                    metric = "cpu_ms_gb"
                mine = "proxyd-busy" if variant else "proxyd"
                measured = self._measured(table, against, metric, mine)
                if measured is not None:
                    met = measured >= bound if comparison == ">=" else measured <= bound
                    yield (*table, _wording(metric, against, variant), measured, comparison, bound, met)

    def _measured(self, table, against, metric, mine):
        if against:
            return self.ratio(table, against, metric, mine)
        cell = self.cell(table, mine, metric)
        return cell.median if cell and metric != "max_us" else cell.high if cell else None


def _wording(metric, against, variant):
    against = {None: "", HAPROXIES: " / HAProxy's better", HAPROXIES[:1]: " / HAProxy's default",
               HAPROXIES[1:]: " / HAProxy's tuned"}[against]
    name = "max us of all rounds" if metric == "max_us" else METRICS[metric][0]
    return f"{name}{' with busy_poll' if variant else ''}{against}"
