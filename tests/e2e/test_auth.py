"""Authentication: AH of version 2 with keepalived, signed advertisements, and who has the wrong key."""

import re
import signal
import socket
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
    made = make_lab({"ours": "192.168.95.13", "theirs": "192.168.95.14", "intruder": "192.168.95.66"})
    made.ours, made.peer, made.intruder = (Vrrpd(made.hosts[name], build) for name in ("ours", "theirs", "intruder"))
    for router in (made.ours, made.peer, made.intruder):
        router.install()
    made.theirs = Keepalived(made.hosts["theirs"])
    return made


@pytest.fixture
def routers(lab):
    """vrrpd and keepalived."""
    yield lab.ours, lab.theirs
    lab.ours.stop()
    lab.theirs.stop()


@pytest.fixture
def pair(lab):
    """vrrpd twice."""
    yield lab.ours, lab.peer
    for router in (lab.ours, lab.peer, lab.intruder):
        router.stop()


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


# --- signed advertisements ---

SECRETS = {1: "first-secret-of-at-least-32-bytes", 2: "second-secret-of-at-least-32-bytes"}
KEY_1 = f"auth_hmac_key = 1 ascii:{SECRETS[1]}\n"
KEY_2 = "auth_hmac_key = 2 file:/etc/vrrpd/key2\n"
# from nothing to signed, then from one key to the next; neighbours in this list understand each other
STAGES = {
    "nothing": "",
    "receive-only": KEY_1 + "auth_hmac_mode = receive-only\n",
    "permissive": KEY_1 + "auth_hmac_mode = permissive\n",
    "enforce": KEY_1,
    "both keys": KEY_1 + KEY_2 + "auth_hmac_active_key = 1\n",
    "the new one signs": KEY_1 + KEY_2 + "auth_hmac_active_key = 2\n",
    "the new one alone": KEY_2,
}
ROUTERS = ("VI_4", "VI_6", "VI_U")  # multicast, IPv6, unicast
TROUBLE = re.compile("auth_ext_.*|auth_failure|authtype_mismatch|checksum_err|packet_len_err")


def signed_conf(stage, priority, peer, auth=None):
    auth = STAGES[stage] if auth is None else auth
    head = f"interface = eth0\npriority = {priority}\nadvert_int = 100ms\n"
    return (f"[instance VI_4]\n{head}virtual_router_id = 4\nvirtual_ipaddress = {VIP}/24\n{auth}"
            f"[instance VI_6]\n{head}virtual_router_id = 6\nvirtual_ipaddress = fe80::52/64\n{auth}"
            f"[instance VI_U]\n{head}virtual_router_id = 7\nvirtual_ipaddress = 192.168.95.56/24\n"
            f"unicast_peer = {peer}\n{auth}")


def keys_of(stage):
    return sorted(int(key) for key in re.findall(r"key = (\d)", STAGES[stage].replace("active_key = ", "")))


class Group:
    """Two vrrpd with three virtual routers; the first is master of all."""

    def __init__(self, routers):
        self.routers = routers
        for router in routers:
            router.host.write("/etc/vrrpd/key2", SECRETS[2] + "\n", 0o600)

    def start(self, stage):
        for router, priority, peer in zip(self.routers, (130, 120), reversed(self.routers)):
            router.configure(vrrpd=signed_conf(stage, priority, peer.host.address))
            router.host.service("vrrpd", "start")
        until(self.settled, 5, "the first is master, the second hears it")
        self.transitions = self.count_transitions()

    def settled(self):
        first, second = self.routers
        return all(first.vrrp(name)["state"] == "MASTER" and second.vrrp(name)["state"] == "BACKUP"
                   and second.vrrp(name)["active"] for name in ROUTERS)

    def count_transitions(self):
        return [router.host.log().count(" -> ") for router in self.routers]

    def move(self, router, stage):
        peer = next(other for other in self.routers if other is not router)
        priority = 130 if router is self.routers[0] else 120
        router.configure(vrrpd=signed_conf(stage, priority, peer.host.address))
        router.host.signal("vrrpd", signal.SIGHUP)
        until(lambda: router.vrrp("VI_U")["auth"].get("keys", []) == keys_of(stage), 3, f"reload to {stage}")

    def heard_more(self):
        second = self.routers[1]
        before = {name: second.vrrp(name)["stats"]["advert_rcvd"] for name in ROUTERS}
        until(lambda: all(second.vrrp(name)["stats"]["advert_rcvd"] > before[name] + 1 for name in ROUTERS), 2,
              "the second hears the first")

    def trouble(self):
        """Every counter of an advert that was dropped for its bytes or its proof."""
        return {(router.name, name, key): value for router in self.routers for name in ROUTERS
                for key, value in router.vrrp(name)["stats"].items() if value and TROUBLE.fullmatch(key)}


@pytest.mark.short
def test_signing_begins_and_keys_change_without_a_lost_advert(pair):
    group = Group(pair)
    group.start("nothing")
    for stage in list(STAGES)[1:]:
        for router in reversed(pair):
            group.move(router, stage)
            group.heard_more()
    assert group.settled() and group.count_transitions() == group.transitions
    assert group.trouble() == {}
    for router in pair:
        told = router.host.log() + router.host.out("vrrpctl", "show") + router.host.out("vrrpctl", "show", "json")
        assert "key 2 of 2" in told and not any(secret in told for secret in SECRETS.values())
    senders = pair[1].vrrp("VI_6")["auth"]["senders"]
    assert [sender["key"] for sender in senders] == [2]


def replay(intruder):
    """Send every VRRP frame of the next half second once more, as somebody on the LAN would."""
    sniffer = intruder.host.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sniffer.bind(("eth0", 0))
    sniffer.settimeout(0.5)
    n = 0
    while n < 5:
        frame, (_, _, kind, *_) = sniffer.recvfrom(2048)
        if kind != socket.PACKET_OUTGOING and frame[12:14] == b"\x08\x00" and frame[23] == 112:
            sniffer.send(frame[:6] + sniffer.getsockname()[4] + frame[12:])
            n += 1
    sniffer.close()


def test_neither_a_wrong_key_nor_none_nor_a_replay_moves_anything(lab, pair):
    group = Group(pair)
    group.start("the new one alone")
    wrong = "auth_hmac_key = 2 ascii:another-secret-of-at-least-32-bytes\n"
    for auth, counter in ((wrong, "auth_ext_invalid_hmac"), (KEY_1, "auth_ext_unknown_key"), ("", "auth_ext_missing")):
        lab.intruder.configure(vrrpd=signed_conf(None, 254, "192.168.95.13, 192.168.95.14", auth))
        lab.intruder.host.service("vrrpd", "start")
        until(lambda: all(router.vrrp(name)["stats"][counter] >= 3 for router in pair for name in ("VI_4", "VI_6")), 4,
              f"both count {counter}")
        lab.intruder.stop()
        assert group.settled()
    replay(lab.intruder)
    until(lambda: pair[1].vrrp("VI_4")["stats"]["auth_ext_replay"] >= 5, 2, "the second counts replays")
    group.heard_more()
    assert group.settled() and group.count_transitions() == group.transitions
    assert "dropped: wrong HMAC" in pair[0].host.log()
