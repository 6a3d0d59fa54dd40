"""What the electing daemon takes while nothing happens: memory and processor time, of master and backup."""

import re
import time

from bench.machine import TICKS, read

from .pairs import FIRST, SECOND

SECONDS, QUICK = 10, 1


def _kib(pids, name):
    return sum(int(re.search(rf"(?m)^{name}:\s+(\d+)", read(f"/proc/{pid}/smaps_rollup")).group(1)) for pid in pids)


def cpu_seconds(pids):
    """Of these processes, and of the commands that they have waited for."""
    total = 0.0
    for pid in pids:
        words = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
        schedstat = read(f"/proc/{pid}/schedstat").split()
        if schedstat and len(words) > 14:
            total += int(schedstat[0]) / 1e9 + (int(words[13]) + int(words[14])) / TICKS
    return total


def memory(pids):
    """PSS counts a page that several processes share as a part for each."""
    return {"rss_kib": _kib(pids, "Rss"), "pss_kib": _kib(pids, "Pss")}


def idle_trial(pairs, scenario, variants, turn):
    for variant in variants:
        pair = pairs[variant.pair]
        pair.fresh(scenario.interval_ms, **variant.options)
        time.sleep(0.5)
        pids = {name: pair.pids(name, pair.programs[0]) for name in (FIRST, SECOND)}
        began = time.monotonic()
        before = {name: cpu_seconds(pids[name]) for name in pids}
        time.sleep(QUICK if turn.quick else SECONDS)
        span = time.monotonic() - began
        used = {name: (cpu_seconds(pids[name]) - before[name]) / span * 1000 for name in pids}
        yield variant.key, {"master_cpu": used[FIRST], "backup_cpu": used[SECOND], **memory(pids[FIRST]),
                            "processes": len(pids[FIRST])}
