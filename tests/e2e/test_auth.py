"""Authentication: AH of version 2 with keepalived, and who has the wrong password."""

import signal
import subprocess

import pytest

from lab import conf
from lab.cluster import VIP, Proxy
from lab.pair import ALONE
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
        auth_type AH
        auth_pass {password}
    }}
    virtual_ipaddress {{
        {vip}/24
    }}
}}
"""
WITH_AH = conf.changed(ALONE, instance__auth_type="AH", instance__auth_pass="secr3t")


class Keepalived:
    def __init__(self, host):
        self.host = host
        self.process = None
        self.n_starts = 0

    def start(self, priority, password="secr3t"):
        self.host.write("/etc/keepalived/keepalived.conf",
                        KEEPALIVED.format(priority=priority, password=password, vip=VIP))
        self.process = self.host.popen("keepalived", "-n", "-l", "-D", "-P", "-f", "/etc/keepalived/keepalived.conf",
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.host.pump(self.process, "keepalived.log")
        self.n_starts += 1

    def stop(self, how=signal.SIGTERM):
        if self.process and self.host.processes("keepalived"):
            self.host.signal("keepalived", how)
            self.process.wait(timeout=10)
        self.process = None
        self.host.run("ip", "addr", "del", f"{VIP}/24", "dev", "eth0", expect=None)

    def holds_vip(self):
        return self.host.has_address(VIP)

    def refused(self):
        """What keepalived said about adverts that it did not accept."""
        return [line for line in self.host.log("keepalived.log").splitlines()
                if "IPSEC" in line or "invalid" in line or "received an" in line]


class Vrrpd(Proxy):
    def start(self, priority, text=WITH_AH):
        self.configure(vrrpd=text.format(router_id="ours", priority=priority))
        self.host.service("vrrpd", "start")

    def stop(self):
        self.host.run("service", "vrrpd", "stop", expect=None)

    def holds_vip(self):
        return self.has_vip()

    def stats(self):
        return self.vrrp()["stats"]


@pytest.fixture(scope="module")
def lab(make_lab, build):
    made = make_lab({"ours": "192.168.95.13", "theirs": "192.168.95.14"})
    made.ours = Vrrpd(made.hosts["ours"], build)
    made.ours.install()
    made.theirs = Keepalived(made.hosts["theirs"])
    return made


@pytest.fixture
def routers(lab):
    yield lab.ours, lab.theirs
    lab.ours.stop()
    lab.theirs.stop()


def await_sole(holder, other, timeout):
    until(lambda: holder.holds_vip() and not other.holds_vip(), timeout, "one holds the address, the other does not")


def await_follower(keepalived):
    until(lambda: keepalived.host.log("keepalived.log").count("Entering BACKUP STATE (init)") >= keepalived.n_starts, 3,
          "keepalived listens")


def test_ah_ours_first(routers):
    """Theirs believes what ours says, ours what theirs says, and neither who has the wrong password."""
    ours, theirs = routers
    ours.start(130)
    await_sole(ours, theirs, 5)
    theirs.start(120)
    await_follower(theirs)
    ours.stop()  # priority 0 shortens theirs' timer, if it believes it
    await_sole(theirs, ours, 1.7)
    ours.start(130)
    until(lambda: ours.stats()["advert_rcvd"] >= 2, 4, "ours hears theirs")
    assert ours.vrrp_state() == "BACKUP" and not ours.stats()["auth_failure"] and not ours.stats()["ah_sequence_err"]
    theirs.stop()
    await_sole(ours, theirs, 1.7)
    assert theirs.refused() == []
    heard = ours.stats()["advert_rcvd"]
    theirs.start(200, password="wr0ng")
    until(lambda: ours.stats()["auth_failure"] >= 1, 5, "theirs thinks it is master, ours counts what it says")
    holds(lambda: ours.vrrp_state() == "MASTER", 1, "ours stays master")
    assert "advertisement from 192.168.95.14 dropped: wrong password" in ours.host.log()
    assert ours.stats()["advert_rcvd"] == heard


def test_ah_theirs_first_and_killed(routers):
    """The number goes on from theirs; one that begins anew at 0 must listen first, and does."""
    ours, theirs = routers
    theirs.start(130)
    await_sole(theirs, ours, 5)
    ours.start(120)
    until(lambda: ours.stats()["advert_rcvd"] >= 2, 4, "ours hears theirs")
    theirs.stop(signal.SIGKILL)
    await_sole(ours, theirs, 5)
    theirs.start(130)
    await_follower(theirs)
    sent = ours.stats()["advert_sent"]
    until(lambda: ours.stats()["advert_sent"] > sent, 2, "an advert that theirs hears")
    stats = ours.stats()
    assert stats["auth_failure"] == stats["authtype_mismatch"] == stats["ah_sequence_err"] == 0
    ours.stop()
    await_sole(theirs, ours, 1.7)
