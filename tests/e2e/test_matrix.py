"""vrrpd and keepalived in one virtual router: every protocol, every event, either as the first master.

Each cell has a pair of hosts of its own; many run side by side, because they only wait.  What a
test asserts on is what its cell found: who answered for the address on the bridge every 10 ms, and
when which advertisement passed.  Figures are milliseconds: "takeover 612 of 609" must be what the
protocol says, neither earlier nor later; "none 0/609" and "two 20/20" are how long nobody or
both answered, and how long at most.
"""

import concurrent.futures
import dataclasses
import time

import pytest

from lab.matrix import MODES, Cell, PairLab
from lab.matrix_events import EVENTS
from lab.matrix_report import write_report
from lab.wait import Timeout
from lab.watch import Watcher

SIDE_BY_SIDE = 24
FIRST = ("vrrpd", "keepalived")
# {(event, protocol, first): the reason}
NOT_APPLICABLE = {
    **{("interval learning", mode.name, first): "version 2 has none: RFC 3768 7.1 has another interval discarded, see "
       "wrong interval" for mode in MODES if mode.version == 2 for first in FIRST},
    **{("SIGTERM, fast_takeover", mode.name, "vrrpd"): "keepalived, the successor, has no such option"
       for mode in MODES},
}
LONGEST_FIRST = ("tie", "wrong interval", "SIGKILL", "wrong password", "link down")


@dataclasses.dataclass
class Outcome:
    figures: str
    failures: list
    seconds: float
    lag: float
    logs: str = ""


def cells():
    return [(mode, event, first) for event in EVENTS for mode in MODES for first in FIRST
            if (event, mode.name, first) not in NOT_APPLICABLE]


def name_of(cell):
    mode, event, first = cell
    return f"{event}-{mode.name}-{first} first".replace(" ", "_")


def run_cell(lab, watcher, mode, event, first):
    cell = Cell(lab, watcher, mode, first)
    try:
        EVENTS[event](cell)
    except (Timeout, AssertionError, OSError) as error:
        cell.failures.append(f"{type(error).__name__}: {error}")
    finally:
        outcome = Outcome(", ".join(cell.figures), cell.failures, time.time() - cell.began, cell.lag(),
                          cell.logs() if cell.failures else "")
        cell.end()
    return outcome


@pytest.fixture(scope="module")
def outcomes(build, request):
    """{cell: what it found}; all of them run before the first test looks at its own."""
    wanted = [item.callspec.params["cell"] for item in request.session.items if "cell" in getattr(
        getattr(item, "callspec", None), "params", {}) and item.module is request.module]
    wanted.sort(key=lambda cell: (cell[0].version, cell[1] not in LONGEST_FIRST))
    lab = PairLab(build)
    watcher = Watcher(lab)
    try:
        with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            found = dict(zip(wanted, pool.map(lambda cell: run_cell(lab, watcher, *cell), wanted)))
    finally:
        watcher.stop()
        lab.stop()
    path = request.config.getoption("--matrix-report")
    if path:
        write_report(path, [mode.name for mode in MODES], list(EVENTS), FIRST, NOT_APPLICABLE,
                     {(mode.name, event, first): outcome for (mode, event, first), outcome in found.items()})
    return found


@pytest.mark.parametrize("cell", cells(), ids=name_of)
def test_interop_cell(outcomes, cell, measured):
    mode, event, first = cell
    outcome = outcomes[cell]
    measured(f"{event}, {mode.name}, {first} first, ms", outcome.figures)
    assert not outcome.failures, "\n".join([*outcome.failures, outcome.logs])


def test_the_whole_matrix_is_there():
    """Each field is either a cell or has a reason not to be one."""
    fields = {(event, mode.name, first) for event in EVENTS for mode in MODES for first in FIRST}
    assert {(event, mode.name, first) for mode, event, first in cells()} | set(NOT_APPLICABLE) == fields
    assert len(cells()) == len(fields) - len(NOT_APPLICABLE) == 129
