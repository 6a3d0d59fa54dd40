"""Faults on the master, as a client sees them that begins a fresh connection every 5 ms."""

import dataclasses
import time
import typing

from lab.cluster import VIP
from lab.probe import Probe

from .pairs import FIRST, SECOND
from .watch import Holders

PROBE_MS, DEADLINE_MS = 5, 500
BEFORE, AFTER = 0.4, 0.7  # seconds that the probe runs before the fault and after the takeover
LONGEST = 6               # until then a takeover must have come
SECOND_OF_ALL = 1         # the longest period in which anybody looks


@dataclasses.dataclass(frozen=True)
class Variant:
    key: str
    pair: str  # "vrrpd" or "keepalived"
    title: str
    fault: typing.Callable  # of the pair; makes ready and returns what then does it at once
    options: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A table of its own: one fault (or strain, or cost), the pairs side by side."""

    name: str
    title: str
    interval_ms: int
    variants: tuple
    trial: typing.Callable     # (pairs, scenario, variants, turn) -> (variant key, numbers), ...
    figures: tuple             # of figures.FIGURES
    bounds: tuple = ()         # (variant key, figure, bound): what vrrpd must show
    ratios: tuple = (("ours", None, "ratio to the better of keepalived's"),)  # (who, to whom; None: the better)
    rounds: int = 5
    together: bool = False     # all pairs at once
    stay: float = AFTER        # how long it is looked at after the takeover
    watch_both: bool = False   # the old holder is there still: count the time with two


@dataclasses.dataclass(frozen=True)
class Turn:
    quick: bool
    phase: float  # 0 to 1, spread over the rounds: at which moment of everybody's second the fault comes


def client_trial(pairs, scenario, variants, turn):
    for variant in variants:
        pair = pairs[variant.pair]
        pair.fresh(scenario.interval_ms, **variant.options)
        yield variant.key, _one_fault(pair, scenario, variant, turn)


def _one_fault(pair, scenario, variant, turn):
    with Holders(pair.hosts.values(), VIP) as holders, \
            Probe(pair.cluster.client, f"{VIP}:3306", interval_ms=PROBE_MS, deadline_ms=DEADLINE_MS) as probe:
        act = variant.fault(pair)
        time.sleep(BEFORE + turn.phase * SECOND_OF_ALL)
        began = time.monotonic()
        act()
        came = holders.until(lambda: SECOND in holders.held, LONGEST)
        time.sleep((AFTER if turn.quick else scenario.stay) if came else 0)
        outcome = probe.stop()
        ended = time.monotonic()
        taken = holders.gained(SECOND, began)
        numbers = {"ms": sum(outage["ms"] for outage in outcome.outages), "failed": outcome.failed,
                   "attempts": outcome.total, "kinds": outcome.kinds,
                   "open": any(outage["open"] for outage in outcome.outages),
                   "taken_ms": (taken - began) * 1000 if taken else None}
        if scenario.watch_both:
            numbers |= {"two_ms": holders.two_seconds(began, ended) * 1000,
                        "stays": int({FIRST, SECOND} <= holders.held)}
    return numbers
