"""What happens in the cells of the interop matrix, and what must follow; one function per event."""

import dataclasses
import re
import time

from .matrix import EVEN, STRONG, WEAK, WRONG_PASSWORD, Settings
from .wait import until

LINGER = 0.020  # how long a vrrpd that leaves stays after it heard its successor
LEASE_ROUNDING = 1.5  # the kernel ends leases in whole seconds, and a moment later
RELOAD = 1.0  # keepalived parses anew, drops its sockets and waits for its next advertisement


def leaves_with_address(router):
    """vrrpd stays at the address until its successor speaks, keepalived drops it at once."""
    return router.name == "vrrpd"


def taken_over_after_zero(cell, began, skew=None):
    """Priority 0 makes the second wait its skew alone."""
    skew = cell.mode.skew(WEAK) if skew is None else skew
    cell.await_holder(cell.second, skew + 2)
    time.sleep(0.1)
    zero = [heard for heard in cell.record().sent_by(cell.first.mac, began) if heard.priority == 0]
    taken = cell.record().sent_by(cell.second.mac, began)
    cell.claim(zero, "no advertisement with priority 0")
    if zero and taken:
        cell.within("takeover", taken[0].at - zero[0].at, skew)
    keeps = leaves_with_address(cell.first)
    cell.change(began, 0 if keeps else skew, LINGER if keeps else 0)


def nothing_was_refused(cell):
    cell.claim(not cell.ours.said("dropped"), "vrrpd dropped something")
    found = re.findall(r".*(?:[Ii]nvalid|expecting|received an? |mismatch|too (?:long|short)).*",
                       cell.theirs.log())
    cell.claim(not found, f"keepalived refused something: {found[:1]}")


def sigterm(cell):
    cell.start_pair(Settings(STRONG), Settings(WEAK))
    began = time.time()
    cell.first.leave()
    taken_over_after_zero(cell, began)
    nothing_was_refused(cell)


def sigterm_fast_takeover(cell):
    """Priority 0 makes a vrrpd with fast_takeover master at once, so the gap that keepalived leaves is closed."""
    cell.start_pair(Settings(STRONG), Settings(WEAK, fast_takeover=True))
    began = time.time()
    cell.first.leave()
    taken_over_after_zero(cell, began, skew=0)
    nothing_was_refused(cell)


def several_vips(cell):
    n = 5
    cell.start_pair(Settings(STRONG, n_vips=n), Settings(WEAK, n_vips=n))
    began = time.time()
    cell.first.leave()
    taken_over_after_zero(cell, began)
    told = {index for at, mac, index in cell.record().announced if mac == cell.second.mac and at >= began}
    cell.claim(told == set(range(n)), f"only {len(told)} of {n} addresses were announced")
    nothing_was_refused(cell)


def killed(cell, interval):
    """The first is killed; when the second took over."""
    began = time.time()
    cell.first.kill()
    down = cell.mode.down(WEAK, interval)
    until(lambda: cell.record().sent_by(cell.second.mac, began), down + 2, "the second advertises", interval=0.03)
    spoke = cell.record().sent_by(cell.first.mac)[-1].at
    taken = cell.record().sent_by(cell.second.mac, began)[0].at
    cell.within("takeover", taken - spoke, down)
    return began, taken


def announced_by(cell, router, taken):
    def told():
        return [at for at, mac, _ in cell.record().announced if mac == router.mac and at >= taken - 0.05]
    until(told, 1, "the new master announces the address", interval=0.03)
    cell.at_most("announcement", told()[0] - taken, 0)


def sigkill(cell):
    """The address stays behind.  vrrpd's is a lease that the kernel ends; keepalived's stays until it runs again."""
    cell.start_pair(Settings(STRONG), Settings(WEAK))
    began, taken = killed(cell, None)
    announced_by(cell, cell.second, taken)
    nothing_was_refused(cell)
    cell.bounded("none", cell.record().gap(began, time.time()), 0)
    if leaves_with_address(cell.first):
        lease = int(cell.mode.down(STRONG)) + 2
        gone = cell.await_holder(cell.second, max(lease, 2) + 3)
        cell.bounded("left behind", gone - began, max(lease, 2) + LEASE_ROUNDING)
        return
    cell.claim(all(bits & cell.first.bit for bits in cell.holders()), "keepalived's address did not stay behind")
    again = time.time()
    cell.start(cell.first, Settings(STRONG))
    gone = cell.await_holder(cell.second, 2)
    cell.figures.append(f"left behind until its restart, then {(gone - again) * 1000:.0f}")
    cell.hold(cell.second, cell.mode.down(STRONG) + 0.2)


def link_down(cell):
    cell.start_pair(Settings(STRONG), Settings(WEAK))
    down = cell.mode.down(WEAK)
    began = time.time()
    cell.lab.port(cell.first.host, "down")
    cell.await_holder(cell.second, down + 2)
    spoke = cell.record().sent_by(cell.first.mac)[-1].at
    cell.within("takeover", cell.record().sent_by(cell.second.mac, began)[0].at - spoke, down)
    cell.lab.port(cell.first.host, "up")
    time.sleep(cell.mode.down(STRONG) + 0.2)  # nopreempt: it comes back and follows
    cell.change(began, down, 0)
    cell.await_holder(cell.second, 0.2)
    nothing_was_refused(cell)


def preempt(cell):
    cell.start(cell.first, Settings(WEAK, nopreempt=False))
    cell.await_holder(cell.first, cell.mode.down(WEAK) + 2)
    began = time.time()
    cell.start(cell.second, Settings(STRONG, nopreempt=False))
    listens = time.time()
    down = cell.mode.down(STRONG)
    cell.await_holder(cell.second, down + 2)
    taken = cell.record().sent_by(cell.second.mac, began)[0].at
    cell.figures.append(f"takeover {(taken - listens) * 1000:.0f} of {down * 1000:.0f}")
    cell.at_most("takeover", taken - listens, down)
    cell.claim(taken - began >= down - 0.01, "took over without having listened")
    time.sleep(1.5 * cell.mode.interval)
    cell.change(began, 0, 0)
    cell.await_holder(cell.second, 0.2)
    nothing_was_refused(cell)


def nopreempt(cell):
    cell.start_pair(Settings(WEAK), Settings(STRONG))
    cell.hold(cell.first, cell.mode.down(STRONG) + cell.mode.interval)
    nothing_was_refused(cell)
    cell.figures.append("stayed")


def tie(cell):
    """A backup follows a master of its own priority; of two such masters the higher address wins."""
    cell.start_pair(Settings(EVEN), Settings(EVEN))
    down = cell.mode.down(EVEN)
    cell.hold(cell.first, down + 0.2)
    cell.lab.port(cell.first.host, "nomaster")  # neither notices, each goes on alone
    cell.await_holder(cell.second, down + 1)
    healed = time.time()
    cell.lab.port(cell.first.host, "master", cell.bridge)
    time.sleep(1.5 * cell.mode.interval)
    cell.await_holder(cell.second, cell.mode.interval)
    cell.change(healed, 0, cell.mode.interval)
    cell.hold(cell.second, down)


def interval_learning(cell):
    """The second, which is quicker by itself, waits as long as the master's interval demands."""
    slow, quick = 2 * cell.mode.interval, cell.mode.interval / 2
    cell.start_pair(Settings(STRONG, interval=slow), Settings(WEAK, interval=quick))
    cell.hold(cell.first, 3 * cell.mode.down(WEAK, quick))
    began, _ = killed(cell, slow)
    cell.bounded("none", cell.record().gap(began, time.time()), 0)
    cell.await_advert(cell.second)
    spoken = {round(heard.interval, 2) for heard in cell.record().sent_by(cell.second.mac)}
    cell.claim(spoken == {round(quick, 2)}, f"the new master's interval is {spoken}, not its own")


def priority_zero(cell):
    """A stranger's goodbye is answered by the master; the master's own makes the second take over."""
    cell.start_pair(Settings(STRONG), Settings(WEAK))
    time.sleep(cell.mode.interval / 3)
    at = cell.inject(priority=0)
    cell.hold(cell.first, cell.mode.skew(WEAK) + 0.2)
    answers = cell.record().sent_by(cell.first.mac, at)
    cell.claim(answers, "the master did not answer")
    if answers:
        cell.bounded("answer", answers[0].at - at, 0)
    began = time.time()
    cell.first.hand_over()
    taken_over_after_zero(cell, began)


@dataclasses.dataclass(frozen=True)
class Refusal:
    counters: tuple  # of vrrpd; one of them is enough
    texts: tuple  # in keepalived's log


def both_masters_until_mended(cell, wrong, right, refused):
    """Neither believes the other, so both are masters, as the RFCs have it; put right, one remains."""
    cell.start(cell.first, Settings(WEAK))
    cell.await_holder(cell.first, cell.mode.down(WEAK) + 2)
    cell.start(cell.second, wrong)
    down = cell.mode.down(STRONG, wrong.interval)
    cell.await_bits(cell.first.bit | cell.second.bit, down + 2, "both are masters")
    time.sleep(1.2 * max(cell.mode.interval, wrong.interval or 0))
    counted = cell.ours.stats()
    cell.claim(any(counted[name] for name in refused.counters), f"vrrpd does not count what it refused: {counted}")
    cell.claim(any(cell.theirs.said(text) for text in refused.texts), "keepalived does not tell what it refused")
    mended = time.time()
    cell.second.reload(right)
    cell.await_holder(cell.second, 2 * cell.mode.interval + 3)
    time.sleep(1.2 * cell.mode.interval)
    cell.bounded("once mended none", cell.record().gap(mended, time.time()), 0)
    cell.bounded("two", cell.record().dual(mended, time.time()), cell.mode.interval + RELOAD)
    cell.await_holder(cell.second, 0.2)


AUTH_REFUSED = Refusal(("auth_failure", "authtype_mismatch"),
                       (" auth, expecting ", "invalid passwd", "IPSEC-AH : invalid"))
INTERVAL_REFUSED = Refusal(("advert_interval_err",), ("advertisement interval mismatch",))


def wrong_password(cell):
    if cell.mode.version == 3:
        ignored_password(cell)
        return
    wrong = Settings(STRONG, password=WRONG_PASSWORD, auth=None if cell.mode.auth else "PASS")
    both_masters_until_mended(cell, wrong, Settings(STRONG), AUTH_REFUSED)


def ignored_password(cell):
    """keepalived takes a password for version 3 and does nothing with it: they understand each other."""
    cell.start_pair(*(dataclasses.replace(Settings(priority), auth="PASS" if router is cell.theirs else None)
                      for router, priority in ((cell.first, STRONG), (cell.second, WEAK))))
    cell.hold(cell.first, cell.mode.down(WEAK) + 0.2)
    began = time.time()
    cell.first.leave()
    taken_over_after_zero(cell, began)


def wrong_interval(cell):
    if cell.mode.version == 3:
        another_interval(cell)
        return
    wrong = Settings(STRONG, interval=2 * cell.mode.interval)
    both_masters_until_mended(cell, wrong, Settings(STRONG), INTERVAL_REFUSED)


def another_interval(cell):
    """v3: no error.  The second, slower by itself, follows the quicker master; an interval of 0 is refused."""
    cell.start_pair(Settings(STRONG), Settings(WEAK, interval=3 * cell.mode.interval))
    before = cell.ours.stats()["advert_interval_err"]
    cell.inject(only_to=cell.ours, priority=250, interval=0)  # keepalived 2.2 believes it, so vrrpd alone hears it
    cell.hold(cell.first, 2 * cell.mode.interval)
    cell.claim(cell.ours.stats()["advert_interval_err"] > before, "interval 0 was not refused")
    killed(cell, cell.mode.interval)


def refused_and_not(cell, bad, good, counter, text):
    """What must be refused would have ended the master's reign; the same without the fault is heard."""
    cell.start_pair(Settings(STRONG), Settings(WEAK))
    before = cell.ours.stats()
    for change in bad:
        cell.inject(priority=250, **change)
        time.sleep(0.05)
    cell.hold(cell.first, cell.mode.skew(WEAK) + cell.mode.interval)
    after = cell.ours.stats()
    if counter:
        cell.claim(after[counter] - before[counter] == len(bad), f"{counter} is not {len(bad)}")
    cell.claim(not text or cell.theirs.said(text), f"keepalived did not say {text!r}")
    for change in good:
        heard = cell.ours.stats()["advert_rcvd"]
        at = cell.inject(priority=1, **change)
        time.sleep(0.1)
        cell.claim(cell.ours.stats()["advert_rcvd"] > heard, "what is right was not heard")
        cell.claim(cell.record().sent_by(cell.first.mac, at), "the master did not answer")
    cell.hold(cell.first, cell.mode.down(WEAK) + 0.1)
    cell.figures.append("stayed")


def ttl_254(cell):
    refused_and_not(cell, [{"ttl": 254}] * 2, [{}], "ip_ttl_err", "TTL")


def both_checksums(cell):
    """v3 over IPv4 has two forms, and vrrpd knows either; everything else has one, and the other is an error."""
    mode = cell.mode
    if (mode.version, mode.family) != (3, 4):
        counter = None if mode.family == 6 else "checksum_err"  # the kernel drops it
        refused_and_not(cell, [{"with_pseudo": mode.version == 2}] * 2, [{}], counter, None)
        return
    cell.start_pair(Settings(WEAK), Settings(STRONG))
    before = cell.ours.stats()
    for change in ({"with_pseudo": False}, {"with_pseudo": True}, {"damage": True, "priority": 250}):
        cell.inject(only_to=cell.ours, **change)
        time.sleep(0.05)
    after = cell.ours.stats()
    cell.claim(after["checksum_err"] - before["checksum_err"] == 1, "a wrong checksum was not refused")
    heard = after["advert_rcvd"] - before["advert_rcvd"]
    cell.claim(heard >= 2, f"{heard} of 2 forms were heard")
    cell.hold(cell.first, cell.mode.down(STRONG) + 0.2)
    cell.inject(only_to=cell.ours, with_pseudo=False)  # keepalived, which would not believe that form, must not be lost
    cell.hold(cell.first, 2 * cell.mode.down(STRONG))
    cell.figures.append("stayed")


EVENTS = {
    "SIGTERM": sigterm, "SIGTERM, fast_takeover": sigterm_fast_takeover, "SIGKILL": sigkill,
    "link down": link_down, "preempt": preempt, "nopreempt": nopreempt, "tie": tie,
    "several VIPs": several_vips, "interval learning": interval_learning,
    "priority 0": priority_zero, "wrong password": wrong_password, "wrong interval": wrong_interval,
    "TTL 254": ttl_254, "both checksums": both_checksums,
}
