"""vrrpd beside keepalived when both start at once, and what a third party reads; the rest is in test_matrix.py."""

import signal
import subprocess

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
    nopreempt
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


class Ours:
    name = "vrrpd"

    def __init__(self, host):
        self.host = host

    def start(self, priority):
        self.host.write("/etc/vrrpd/vrrpd.conf", ALONE.format(router_id="ours", priority=priority), 0o640)
        self.host.service("vrrpd", "start")

    def stop(self):
        self.host.run("service", "vrrpd", "stop", expect=None)


class Theirs:
    name = "keepalived"

    def __init__(self, host):
        self.host = host
        self.process = None

    def start(self, priority):
        self.host.write("/etc/keepalived/keepalived.conf", KEEPALIVED.format(priority=priority))
        self.process = self.host.popen("keepalived", "-n", "-l", "-D", "-P", "-f", "/etc/keepalived/keepalived.conf",
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.host.pump(self.process, "keepalived.log")

    def stop(self):
        if self.process and self.process.poll() is None:
            if self.host.processes("keepalived"):
                self.host.signal("keepalived", signal.SIGTERM)
            self.process.wait(timeout=10)
        self.host.run("ip", "addr", "del", f"{VIP}/24", "dev", "eth0", expect=None)


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
