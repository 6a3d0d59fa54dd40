"""vrrpd stopped, starved or killed: no second master afterwards, and no gap where there need be none."""

import json
import os
import signal
import time

import pytest

from lab import conf
from lab.cluster import VIP
from lab.pair import ALONE, QUICK, Pair
from lab.wait import holds, until

STARVED_SECONDS = 60


@pytest.fixture(scope="module")
def pair(make_lab, build):
    return Pair(make_lab({"proxy1": "192.168.95.13", "proxy2": "192.168.95.14"}), build)


def text_for(interval, **more):
    return conf.changed(ALONE, **{**QUICK, "instance__advert_int": interval, **more})


def history(proxy):
    return json.loads(proxy.host.out("vrrpctl", "-j", "history", "VI_1"))


def became_master_at(proxy):
    """Seconds since the epoch."""
    changes = [change for change in transitions(proxy) if change["to"] == "MASTER"]
    return changes[-1]["at"] if changes else 0.0


def transitions(proxy):
    return history(proxy)["history"]


def deleted_while(host, act):
    """What the kernel removed of the virtual address meanwhile."""
    monitor = host.popen("ip", "monitor", "address", stdout=-1, text=True)
    try:
        time.sleep(0.1)
        act()
        time.sleep(0.1)
    finally:
        monitor.kill()
    return [line for line in monitor.communicate()[0].splitlines() if line.startswith("Deleted") and VIP in line]


@pytest.mark.short
@pytest.mark.parametrize("interval, pause", [("200ms", 2), ("500ms", 6)])
def test_a_master_that_was_stopped_does_not_come_back_as_a_second_one(pair, measured, interval, pause):
    """nopreempt, and proxy1 has the higher priority: it must not win back what it lost."""
    pair.start(text_for(interval))
    first, second = pair.proxies["proxy1"], pair.proxies["proxy2"]
    first.host.signal("vrrpd", signal.SIGSTOP)
    time.sleep(pause)
    assert second.has_vip()
    before = len(transitions(second))
    first.host.signal("vrrpd", signal.SIGCONT)
    woken = time.monotonic()
    until(lambda: first.vrrp_state() == "BACKUP" and not first.has_vip(), 1, "it gives way", interval=0.005)
    took = (time.monotonic() - woken) * 1000
    measured(f"stopped for {pause} s at {interval}: ms of two holders after waking, at most", f"{took:.0f}")
    assert took <= float(interval[:-2])
    holds(lambda: pair.holders() == ["proxy2"], 1, "nopreempt is kept")
    assert len(transitions(second)) == before
    assert first.vrrp()["stats"]["stalls"] == 1


@pytest.mark.short
@pytest.mark.parametrize("interval", ["1s", "100ms"])
def test_a_killed_master_that_is_started_at_once_goes_on(pair, interval):
    pair.start(text_for(interval))
    first, second = pair.proxies["proxy1"], pair.proxies["proxy2"]
    before = len(transitions(second))

    def kill_and_start():
        first.host.shell("p=$(cat /run/vrrpd/vrrpd.pid); kill -9 $p; while kill -0 $p 2>/dev/null; do :; done; "
                         "exec vrrpd -D -p /run/vrrpd/vrrpd.pid")

    assert deleted_while(first.host, kill_and_start) == []
    assert first.vrrp_state() == "MASTER" and "goes on" in first.host.log()
    holds(lambda: pair.holders() == ["proxy1"], 1, "as if nothing had been")
    assert len(transitions(second)) == before


def test_a_crash_long_ago_is_a_new_start(pair):
    pair.start(text_for("200ms"))
    first, second = pair.proxies["proxy1"], pair.proxies["proxy2"]
    first.host.signal("vrrpd", signal.SIGKILL)
    assert "state=MASTER" in first.host.read("/run/vrrpd/vrrpd.state")
    until(second.has_vip, 2, "proxy2 took over")
    first.host.shell("vrrpd -D -p /run/vrrpd/vrrpd.pid")
    assert first.vrrp_state() == "BACKUP" and not first.has_vip()
    holds(lambda: pair.holders() == ["proxy2"], 1, "nopreempt")


def test_the_state_file_is_gone_after_a_clean_stop(pair):
    pair.start(text_for("200ms"))
    first = pair.proxies["proxy1"]
    assert first.host.path("/run/vrrpd/vrrpd.state").exists()
    first.host.service("vrrpd", "stop")
    assert not first.host.path("/run/vrrpd/vrrpd.state").exists()


def test_fast_takeover_does_not_wait_the_skew(pair, measured):
    """At 1 s the skew of priority 120 is 531 ms."""
    pair.start(text_for("1s", instance__fast_takeover="yes"))
    first, second = pair.proxies["proxy1"], pair.proxies["proxy2"]
    until(lambda: second.vrrp()["stats"]["advert_rcvd"] > 0, 2, "it knows its master")
    began = time.time()
    first.host.signal("vrrpd", signal.SIGTERM)
    until(second.has_vip, 1, "proxy2 took over")
    took = (became_master_at(second) - began) * 1000
    measured("fast_takeover at 1 s, ms from SIGTERM to the next master", f"{took:.1f}")
    assert 0 < took < 300


def test_a_dead_host_is_noticed_in_60_ms_at_an_interval_of_10_ms(pair, measured):
    pair.start(text_for("10ms"))
    first, second = pair.proxies["proxy1"], pair.proxies["proxy2"]
    holds(lambda: second.vrrp_state() == "BACKUP", 1, "no false takeover")
    began = time.time()
    first.host.signal("vrrpd", signal.SIGKILL)
    until(second.has_vip, 1, "proxy2 took over")
    took = (became_master_at(second) - began) * 1000
    measured("10 ms interval, vrrpd killed, ms to the next master", f"{took:.1f}")
    assert 0 < took <= 60


# --- starvation -------------------------------------------------------------------------------------

BUSY = "while :; do :; done"
DISK = "while :; do dd if=/dev/zero of=/var/tmp/vrrpd-load bs=1M count=64 conv=fsync 2>/dev/null; done"
MEMORY = "import time\nwhile True:\n    blocks = [bytearray(1 << 20) for _ in range(400)]\n    time.sleep(0.2)\n"


class Load:
    """Four busy processes per processor at normal priority, one that writes, one that takes memory."""

    def __init__(self, host, n_cpus):
        self.processes = [host.popen("sh", "-c", BUSY) for _ in range(4 * n_cpus)]
        self.processes += [host.popen("sh", "-c", DISK), host.popen("python3", "-c", MEMORY)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


@pytest.mark.soak
def test_starved_hosts_neither_take_over_nor_lose_their_role(pair, measured):
    pair.start(text_for("50ms"))
    first, second = pair.proxies["proxy1"], pair.proxies["proxy2"]
    before = len(transitions(first)), len(transitions(second))
    with Load(first.host, os.cpu_count()):
        holds(lambda: pair.holders() == ["proxy1"], STARVED_SECONDS, "one holder, the same", interval=0.1)
    loops = [json.loads(proxy.host.out("vrrpctl", "show", "json"))["loop"] for proxy in (first, second)]
    measured(f"both processors taken for {STARVED_SECONDS} s at 50 ms: the loops' worst delay, ms",
             ", ".join(f"{loop['max_lag_us'] / 1000:.1f}" for loop in loops))
    assert (len(transitions(first)), len(transitions(second))) == before
