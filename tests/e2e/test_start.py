"""What vrrpd is given at its start: when it may claim, its place among processes, its network; and two owners."""

import json
import os
import resource
import signal
import subprocess
import time

import pytest

from lab import conf
from lab.pair import ALONE, QUICK, Pair
from lab.wait import until

TEXT = conf.changed(ALONE, **QUICK)
OWNER = conf.changed(TEXT, instance__state="MASTER", instance__priority="255", instance__nopreempt=None)


@pytest.fixture(scope="module")
def pair(make_lab, build):
    return Pair(make_lab({"proxy1": "192.168.95.13", "proxy2": "192.168.95.14"}), build)


def start(proxy, text):
    proxy.configure(vrrpd=text.format(router_id="one", priority=130))
    proxy.host.service("vrrpd", "start")


def change(proxy, **changes):
    proxy.configure(vrrpd=conf.changed(proxy.host.read("/etc/vrrpd/vrrpd.conf"), **changes))
    proxy.host.service("vrrpd", "reload")


@pytest.mark.short
def test_a_startup_delay_claims_nothing_and_a_reload_does_not_begin_it_anew(pair):
    pair.stop()
    first = pair.proxies["proxy1"]
    start(first, conf.changed(TEXT, global__vrrp_startup_delay="2500ms"))
    began = time.monotonic()
    time.sleep(1.2)  # a backup of an interval of 200 ms would have claimed after 0.7 s
    assert first.vrrp_state() == "BACKUP" and not first.has_vip()
    change(first, instance__garp_master_repeat="3")
    until(lambda: first.vrrp_state() == "MASTER", 4, "MASTER")
    waited = time.monotonic() - began
    assert 2.4 <= waited <= 3.6
    # nor does it wait after the host's boot, when that was long ago
    first.host.service("vrrpd", "stop")
    start(first, conf.changed(TEXT, global__vrrp_delay_after_boot="1s"))
    until(lambda: first.vrrp_state() == "MASTER", 2, "MASTER")


def test_two_owners_of_one_address_end_as_one_master(pair):
    pair.stop()
    first, second = pair.proxies.values()
    for proxy in (first, second):
        start(proxy, OWNER)
    until(lambda: [first.vrrp_state(), second.vrrp_state()] == ["BACKUP", "MASTER"], 3, "the higher address stays")
    until(lambda: pair.holders() == ["proxy2"], 1, "one holder")
    for _ in range(10):  # it stays so
        time.sleep(0.1)
        assert [first.vrrp_state(), second.vrrp_state()] == ["BACKUP", "MASTER"] and pair.holders() == ["proxy2"]
    assert "192.168.95.14 claims to own the addresses as well" in first.host.log()
    assert "another owner (255), own priority lowered to 254" in first.host.log()
    second.host.service("vrrpd", "stop")  # the other mistake is gone: ours is right
    until(lambda: first.vrrp()["priority"] == 255 and first.vrrp_state() == "MASTER", 3, "the owner again")


def limits(pid):
    """Soft and hard microseconds of real-time without a rest."""
    return resource.prlimit(pid, resource.RLIMIT_RTTIME)


def spins_for(soft, hard):
    """Seconds of a busy loop with vrrpd's own priority and limits, and how the kernel ended it."""
    def become():
        resource.setrlimit(resource.RLIMIT_CPU, (2, 3))  # should all else fail
        resource.setrlimit(resource.RLIMIT_RTTIME, (soft, hard))
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        signal.signal(signal.SIGXCPU, lambda *_: None)
    began = time.monotonic()
    done = subprocess.run(["/usr/bin/python3", "-S", "-c", "import signal\nsignal.signal(24, lambda *_: None)\nwhile 1: pass"],
                          preexec_fn=become, check=False, timeout=20)
    return time.monotonic() - began, done.returncode


def test_a_loop_without_rest_is_told_and_then_ended(pair):
    pair.stop()
    first = pair.proxies["proxy1"]
    start(first, conf.changed(TEXT, global__vrrp_rlimit_rttime="20ms"))
    pid = first.host.processes("vrrpd")[0]
    assert os.sched_getscheduler(pid) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR
    assert limits(pid) == (20_000, 200_000)
    os.kill(pid, signal.SIGXCPU)  # what the kernel sends at the first limit
    until(lambda: "without a rest" in first.host.log(), 2, "the line")
    assert first.host.processes("vrrpd") == [pid]
    lasted, status = spins_for(*limits(pid))  # and at the second
    assert status == -signal.SIGKILL and lasted < 2
    change(first, global__vrrp_rlimit_rttime="10ms")
    assert limits(pid) == (10_000, 100_000)
    change(first, global__vrrp_rlimit_rttime="0")
    # who has no right to raise the second limit keeps it, and is told
    assert limits(pid) in ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), (100_000, 100_000))


def allowed(pid):
    return os.sched_getaffinity(pid)


def test_processors_bind_vrrpd_and_none_of_its_commands(pair):
    pair.stop()
    first, everywhere = pair.proxies["proxy1"], os.sched_getaffinity(0)
    one = max(everywhere)
    start(first, conf.changed(TEXT, global__vrrp_cpu_affinity=str(one),
                              instance__notify="sh -c 'grep Cpus_allowed: /proc/self/status >>/run/cpus' x"))
    pid = first.host.processes("vrrpd")[0]
    until(lambda: first.vrrp_state() == "MASTER" and first.host.path("/run/cpus").exists(), 3, "told")
    assert allowed(pid) == {one}
    masks = {int(line.split()[1].replace(",", ""), 16) for line in first.host.read("/run/cpus").splitlines()}
    assert masks == {sum(1 << cpu for cpu in everywhere)}
    change(first, global__vrrp_cpu_affinity=None)
    assert allowed(pid) == everywhere


def test_a_network_namespace_is_entered_and_a_reload_cannot_change_it(pair):
    pair.stop()
    first = pair.proxies["proxy1"]
    first.host.shell("ip netns add inner && ip -n inner link add eth0 type veth peer name eth9 && "
                     "ip -n inner address add 192.168.95.99/24 dev eth0 && "
                     "ip -n inner link set eth0 up && ip -n inner link set eth9 up")
    start(first, conf.changed(TEXT, global__net_namespace="inner"))
    until(lambda: first.vrrp_state() == "MASTER", 3, "MASTER")
    inner = json.loads(first.host.out("ip", "-n", "inner", "-j", "address", "show", "dev", "eth0"))
    assert "192.168.95.55" in [a["local"] for a in inner[0]["addr_info"]] and not first.has_vip()
    pid = first.host.processes("vrrpd")[0]
    first.configure(vrrpd=TEXT.format(router_id="one", priority=130))
    first.host.run("service", "vrrpd", "reload", expect=None)
    until(lambda: "net_namespace changed, which needs a restart" in first.host.log(), 2, "the refusal")
    assert first.vrrp_state() == "MASTER" and first.host.processes("vrrpd") == [pid]
    first.host.service("vrrpd", "stop")
    first.host.shell("ip netns del inner")
