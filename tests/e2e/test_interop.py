"""vrrpd and keepalived in one virtual router: either takes over from the other."""

import signal
import subprocess
import time

import pytest

from lab import conf
from lab.cluster import VIP, Proxy
from lab.wait import holds, until

KEEPALIVED = """global_defs {{
    router_id ka
    script_user root
}}
vrrp_instance VI_1 {{
    state BACKUP
    {nopreempt}
    interface eth0
    virtual_router_id 11
    priority {priority}
    advert_int 1
    authentication {{
        auth_type PASS
        auth_pass asd
    }}
    virtual_ipaddress {{
        192.168.95.55/24
    }}
}}
"""
ALONE = conf.changed(conf.VRRPD, track=None, notify_backup=None, notify_fault=None)


def down_interval(priority):
    """v2, 1 s: three intervals and a skew of (256 - priority) / 256 s, and 50 ms."""
    return 3 + (256 - priority) / 256 + 0.05


class Ours:
    name = "vrrpd"

    def __init__(self, host):
        self.host = host

    def start(self, priority, nopreempt=True):
        text = conf.changed(ALONE, nopreempt="yes" if nopreempt else None)
        self.host.write("/etc/vrrpd/vrrpd.conf", text.format(router_id="ours", priority=priority), 0o640)
        self.host.service("vrrpd", "start")

    def stop(self):
        self.host.run("service", "vrrpd", "stop", expect=None)

    def kill(self):
        self.host.signal("vrrpd", signal.SIGKILL)


class Theirs:
    name = "keepalived"

    def __init__(self, host):
        self.host = host
        self.process = None

    def start(self, priority, nopreempt=True):
        self.host.write("/etc/keepalived/keepalived.conf",
                        KEEPALIVED.format(priority=priority, nopreempt="nopreempt" if nopreempt else ""))
        self.process = self.host.popen("keepalived", "-n", "-l", "-D", "-P", "-f", "/etc/keepalived/keepalived.conf",
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.host.pump(self.process, "keepalived.log")

    def stop(self):
        if self.process and self.process.poll() is None:
            if self.host.processes("keepalived"):
                self.host.signal("keepalived", signal.SIGTERM)
            self.process.wait(timeout=10)
        self.host.run("ip", "addr", "del", f"{VIP}/24", "dev", "eth0", expect=None)

    def kill(self):
        """As a host that dies: the address goes with it, which keepalived cannot do by itself."""
        self.host.run("ip", "link", "set", "eth0", "down")
        self.host.signal("keepalived", signal.SIGKILL)
        self.process.wait(timeout=10)
        self.host.run("ip", "addr", "del", f"{VIP}/24", "dev", "eth0", expect=None)
        self.host.run("ip", "link", "set", "eth0", "up")


@pytest.fixture(scope="module")
def lab(make_lab, build):
    made = make_lab({"ours": "192.168.95.13", "theirs": "192.168.95.14"})
    Proxy(made.hosts["ours"], build).install()
    return made


@pytest.fixture
def routers(lab):
    ours, theirs = Ours(lab.hosts["ours"]), Theirs(lab.hosts["theirs"])
    yield ours, theirs
    ours.stop()
    theirs.stop()


def sole_holder(router, other):
    return router.host.has_address(VIP) and not other.host.has_address(VIP)


def await_holder(router, other, timeout):
    until(lambda: sole_holder(router, other), timeout, f"{router.name} alone holds the VIP")


@pytest.mark.parametrize("first", ["vrrpd", "keepalived"])
def test_takeover_both_ways(routers, first, measured):
    """The first is master; it stops, the second takes over; that dies, the first takes over again."""
    one, two = routers if first == "vrrpd" else routers[::-1]
    one.start(130)
    await_holder(one, two, 6)
    two.start(120)
    holds(lambda: sole_holder(one, two), 4, f"{one.name} stays master beside {two.name}")
    began = time.monotonic()
    one.stop()
    await_holder(two, one, 3)
    polite = time.monotonic() - began
    one.start(130)
    holds(lambda: sole_holder(two, one), 5, f"nopreempt: {one.name} with the higher priority stays backup")
    began = time.monotonic()
    two.kill()
    await_holder(one, two, 8)
    killed = time.monotonic() - began
    measured(f"{first} first", f"{two.name} took over {polite * 1000:.0f} ms after a stop, "
             f"{one.name} {killed * 1000:.0f} ms after a kill -9")
    assert polite <= 1.5  # keepalived takes a second to leave, its address goes at once
    assert killed <= (down_interval(130) if two.name == "keepalived" else 7.0)


@pytest.mark.parametrize("stronger", ["vrrpd", "keepalived"])
def test_without_nopreempt_the_higher_priority_takes_over(routers, stronger):
    strong, weak = routers if stronger == "vrrpd" else routers[::-1]
    weak.start(120, nopreempt=False)
    await_holder(weak, strong, 6)
    strong.start(130, nopreempt=False)
    await_holder(strong, weak, down_interval(130) + 1)
    holds(lambda: sole_holder(strong, weak), 4, f"{strong.name} keeps the VIP")


@pytest.mark.parametrize("stronger", ["vrrpd", "keepalived"])
def test_started_together_the_higher_priority_wins(routers, stronger):
    strong, weak = routers if stronger == "vrrpd" else routers[::-1]
    weak.start(100)
    strong.start(200)
    await_holder(strong, weak, 6)
    holds(lambda: sole_holder(strong, weak), 4, f"{strong.name} keeps the VIP")


def test_tshark_decodes_our_advertisements(routers, lab):
    ours, theirs = routers
    ours.start(130)
    await_holder(ours, theirs, 6)
    fields = ["eth.dst", "ip.dst", "ip.ttl", "ip.dsfield.dscp", "ip.checksum.status", "vrrp.version", "vrrp.type",
              "vrrp.virt_rtr_id", "vrrp.prio", "vrrp.addr_count", "vrrp.auth_type", "vrrp.adver_int",
              "vrrp.checksum.status", "vrrp.ip_addr", "vrrp.auth_string", "frame.len", "_ws.expert.message",
              "_ws.malformed"]
    argv = ["tshark", "-l", "-i", "eth0", "-f", "proto 112", "-c", "3", "-a", "duration:15", "-o",
            "ip.check_checksum:TRUE", "-T", "fields"]
    for field in fields:
        argv += ["-e", field]
    out = lab.hosts["theirs"].popen(*argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    lines = out.communicate(timeout=30)[0].splitlines()
    assert len(lines) == 3, lines
    for line in lines:
        seen = dict(zip(fields, line.split("\t")))
        assert seen["eth.dst"] == "01:00:5e:00:00:12" and seen["ip.dst"] == "224.0.0.18" and seen["ip.ttl"] == "255"
        assert (seen["vrrp.version"], seen["vrrp.type"], seen["vrrp.virt_rtr_id"]) == ("2", "1", "11")
        assert (seen["vrrp.prio"], seen["vrrp.addr_count"], seen["vrrp.adver_int"]) == ("130", "1", "1")
        assert seen["vrrp.auth_type"] == "1" and seen["vrrp.auth_string"].startswith("asd")
        assert seen["vrrp.ip_addr"] == VIP
        assert seen["ip.checksum.status"] == seen["vrrp.checksum.status"] == "1"  # verified, good
        assert seen["_ws.expert.message"] == "" and seen["_ws.malformed"] == ""
