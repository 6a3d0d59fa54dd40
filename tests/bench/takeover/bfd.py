"""Would a BFD session between the pair find a silent host sooner?  keepalived's beside plain adverts.

The other host's daemons are stopped (SIGSTOP), so the silence begins at a known instant. keepalived's
master tracks the session and lets go of the address when it is down; vrrpd's backup takes the address.
Both are told by the kernel.
"""

import contextlib
import os
import signal
import time

from lab.cluster import VIP
from lab.wait import until

from .cost import cpu_seconds, memory
from .pairs import FIRST, SECOND
from .strain import Load
from .watch import Holders

IDLE_SECONDS, LOADED_SECONDS, QUICK = 4, 20, 1
LONGEST = 3


def bfd_trial(pairs, scenario, variants, turn):
    for variant in variants:
        pair = pairs[variant.pair]
        pair.fresh(scenario.interval_ms, **variant.options)
        bfd = "bfd" in variant.options
        time.sleep(0.5)
        pids = {name: _electing(pair, name, bfd) for name in (FIRST, SECOND)}
        idle = QUICK if turn.quick else IDLE_SECONDS
        began, before = time.monotonic(), {name: cpu_seconds(pids[name]) for name in pids}
        time.sleep(idle)
        span = time.monotonic() - began
        used = {name: (cpu_seconds(pids[name]) - before[name]) / span * 1000 for name in pids}
        yield variant.key, {"taken_ms": _silence(pair, bfd), "master_cpu": used[FIRST], "backup_cpu": used[SECOND],
                            **memory(pids[FIRST])}


def _electing(pair, name, bfd):
    """BFD is a process of its own, beside the one that elects."""
    pids = pair.pids(name, pair.programs[0])
    if not bfd:
        return pids
    return [pid for pid in pids if open(f"/proc/{pid}/comm", encoding="utf-8").read().strip() == pair.BFD]


def _silence(pair, bfd):
    """Milliseconds until the other host has drawn its conclusion."""
    with Holders(pair.hosts.values(), VIP) as holders:
        if bfd:
            until(lambda: FIRST in holders.held, LONGEST, "the session is up")
        pids = pair.pids(SECOND if bfd else FIRST, pair.programs[0])
        began = time.monotonic()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        if bfd:
            came = holders.until(lambda: FIRST not in holders.held, LONGEST)
        else:
            came = holders.until(lambda: SECOND in holders.held, LONGEST)
        if not came:
            raise AssertionError(f"{pair.name}: the silence was not noticed within {LONGEST} s")
        return (holders.events[-1][0] - began) * 1000


def loaded_trial(pairs, scenario, variants, turn):
    """All at once below the same load: how often is a living host taken for dead?"""
    seen = []
    with contextlib.ExitStack() as stack:
        for variant in variants:
            pair = pairs[variant.pair]
            pair.fresh(scenario.interval_ms, **variant.options)
            seen.append((variant, stack.enter_context(Holders(pair.hosts.values(), VIP))))
        time.sleep(0.5)
        with Load():
            time.sleep(QUICK if turn.quick else LOADED_SECONDS)
        time.sleep(0.5)
    for variant, holders in seen:
        if "bfd" in variant.options:
            false = sum(1 for _, name, held in holders.events if name == FIRST and not held)
        else:
            false = sum(1 for _, name, held in holders.events if name == SECOND and held)
        yield variant.key, {"false": false}
