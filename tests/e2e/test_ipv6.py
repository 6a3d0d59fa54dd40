"""VRRPv3 over IPv6: what goes over the wire and what the kernel is given; test_matrix.py has keepalived beside it."""

import json
import signal
import subprocess
import time

import pytest

from lab import conf
from lab.cluster import Proxy
from lab.pair import Pair
from lab.wait import holds, until

VIP6 = "fd00:95::55"
LINK_LOCAL = "fe80::5:5"
# the host's own addresses in the same network as the virtual one
OWN = {"proxy1": "fd00:95::13", "proxy2": "fd00:95::14"}
TEXT = """[global]
router_id    = {router_id}
stats_socket = /run/vrrpd/vrrpd.sock

[instance VI_1]
interface         = eth0
virtual_router_id = 61
nopreempt         = yes
priority          = {priority}
advert_int        = 100ms
virtual_ipaddress = fe80::5:5/64, fd00:95::55/64
"""
# the same virtual router id for both families: two instances
BOTH = TEXT + """
[instance VI_4]
interface         = eth0
virtual_router_id = 61
nopreempt         = yes
priority          = {priority}
advert_int        = 100ms
virtual_ipaddress = 192.168.95.55/24
"""


class Pair6(Pair):
    def holders(self):
        return [name for name, proxy in self.proxies.items() if proxy.has_vip(VIP6)]

    def start(self, text, first="proxy1"):
        self.stop()
        for name in (first, *(name for name in self.proxies if name != first)):
            self.proxies[name].configure(vrrpd=text.format(router_id=name, priority=100 if name == first else 90))
            self.proxies[name].host.service("vrrpd", "start")
            if name == first:
                until(lambda: self.proxies[first].has_vip(VIP6), 5, f"{first} is master")
        until(lambda: sorted(str(p.vrrp_state()) for p in self.proxies.values()) == ["BACKUP", "MASTER"], 5,
              "one MASTER, one BACKUP")


@pytest.fixture(scope="module")
def pair(make_lab, build):
    made = Pair6(make_lab({"proxy1": "192.168.95.13", "proxy2": "192.168.95.14"}), build)
    for name, proxy in made.proxies.items():
        proxy.host.run("ip", "addr", "add", f"{OWN[name]}/64", "dev", "eth0", "nodad")
    return made


def address_of(host, address):
    return next((info for info in host.addresses() if info["local"] == address), None)


def link_local(host):
    return next(info["local"] for info in host.addresses() if info["local"].startswith("fe80::")
                and info["local"] != LINK_LOCAL)


def capture(host, count, expression, fields, action=lambda: None):
    """`count` packets as dictionaries, seen while action() ran."""
    argv = ["tshark", "-l", "-i", "eth0", "-f", expression, "-c", str(count), "-a", "duration:10", "-T", "fields"]
    for field in fields:
        argv += ["-e", field]
    process = host.popen(*argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if "Capturing on" in line:
            break
    time.sleep(0.3)  # it says so a moment before it is true
    action()
    lines = process.communicate(timeout=20)[0].splitlines()
    return [dict(zip(fields, line.split("\t"))) for line in lines]


def routes(host):
    return host.out("ip", "-6", "route", "show", "dev", "eth0", "proto", "kernel")


@pytest.mark.short
def test_takeover_with_addresses_as_leases(pair, measured):
    pair.start(TEXT)
    first, second = pair.proxies["proxy1"].host, pair.proxies["proxy2"].host
    for vip in (VIP6, LINK_LOCAL):
        info = address_of(first, vip)
        assert info["nodad"] and "tentative" not in info and info["valid_life_time"] <= 3
        assert address_of(second, vip) is None
    assert pair.proxies["proxy1"].vrrp()["source"] == link_local(first)
    assert pair.proxies["proxy2"].vrrp()["active"] == link_local(first)
    began = time.monotonic()
    first.signal("vrrpd", signal.SIGKILL)
    until(lambda: pair.proxies["proxy2"].has_vip(VIP6), 3, "proxy2 took over", interval=0.005)
    took = time.monotonic() - began
    measured("IPv6 at 100 ms, vrrpd killed, ms to the next holder", f"{took * 1000:.0f}")
    assert took <= 0.45
    until(lambda: address_of(first, VIP6) is None, 5, "the kernel ended the dead router's lease")
    assert address_of(first, LINK_LOCAL) is None
    # and took nothing of the host's own with it
    assert "fd00:95::/64" in routes(first) and "fe80::/64" in routes(first)
    assert "expires" not in routes(first)


def test_stop_hands_over_without_a_gap_and_a_lost_address_comes_back(pair):
    pair.start(TEXT)
    first, second = pair.proxies["proxy1"], pair.proxies["proxy2"]
    for _ in range(3):
        first.host.run("ip", "addr", "del", f"{VIP6}/64", "dev", "eth0")
        until(lambda: first.has_vip(VIP6), 1, "the VIP is back")
    assert first.vrrp_state() == "MASTER" and second.vrrp_state() == "BACKUP"
    first.host.service("vrrpd", "stop")
    until(lambda: second.has_vip(VIP6), 1, "proxy2 took over")
    until(lambda: pair.holders() == ["proxy2"], 1, "proxy1 has let go")


def test_reload_changes_addresses_in_place_and_both_families_share_an_id(pair):
    pair.start(BOTH)
    first = pair.proxies["proxy1"]
    assert first.vrrp("VI_4")["state"] == "MASTER" and first.has_vip()
    text = first.host.read("/etc/vrrpd/vrrpd.conf")
    before = first.host.log().count("VI_1: MASTER ->")
    first.configure(vrrpd=text.replace("fd00:95::55/64", "fd00:95::55/64, fd00:95::56/128"))
    first.host.service("vrrpd", "reload")
    until(lambda: first.has_vip("fd00:95::56"), 2, "the new VIP is there")
    assert address_of(first.host, "fd00:95::56")["preferred_life_time"] == 0  # never a source of our own
    first.configure(vrrpd=text)
    first.host.service("vrrpd", "reload")
    until(lambda: not first.has_vip("fd00:95::56"), 2, "it is gone again")
    assert first.vrrp_state() == "MASTER" and first.host.log().count("VI_1: MASTER ->") == before
    assert pair.holders() == ["proxy1"]


def test_the_source_follows_the_interfaces_link_local_address(pair):
    pair.start(TEXT)
    first, second = pair.proxies["proxy1"], pair.proxies["proxy2"]
    old = link_local(first.host)
    first.host.run("ip", "addr", "add", "fe80::1:1/64", "dev", "eth0", "nodad")
    assert first.vrrp()["source"] == old  # the one in use stays
    first.host.run("ip", "addr", "del", f"{old}/64", "dev", "eth0")
    until(lambda: first.vrrp()["source"] == "fe80::1:1", 1, "the other one")
    until(lambda: second.vrrp()["active"] == "fe80::1:1", 1, "and the peer hears it")
    assert pair.holders() == ["proxy1"]
    first.host.run("ip", "addr", "del", "fe80::1:1/64", "dev", "eth0")
    until(lambda: first.vrrp_state() == "FAULT", 1, "FAULT without any")
    until(lambda: pair.holders() == ["proxy2"], 2, "proxy2 took over")
    first.host.run("ip", "addr", "add", f"{old}/64", "dev", "eth0", "nodad")
    until(lambda: first.vrrp_state() == "BACKUP", 1, "BACKUP again")


def test_tshark_finds_nothing_wrong_with_what_we_send(pair):
    pair.start(TEXT)
    first, second = pair.proxies["proxy1"].host, pair.proxies["proxy2"].host
    mac = json.loads(second.out("ip", "-j", "link", "show", "eth0"))[0]["address"]
    fields = ["eth.dst", "ipv6.src", "ipv6.dst", "ipv6.hlim", "ipv6.tclass", "vrrp.version", "vrrp.prio",
              "vrrp.addr_count", "vrrp.short_adver_int", "vrrp.checksum.status", "vrrp.ipv6_addr",
              "_ws.expert.message", "_ws.malformed"]
    for seen in capture(second, 3, "ip6 proto 112", fields):
        assert seen["eth.dst"] == "33:33:00:00:00:12" and seen["ipv6.dst"] == "ff02::12"
        assert seen["ipv6.src"] == link_local(first) and seen["ipv6.hlim"] == "255"
        assert (seen["vrrp.version"], seen["vrrp.prio"], seen["vrrp.addr_count"]) == ("3", "100", "2")
        assert seen["vrrp.checksum.status"] == "1" and seen["vrrp.ipv6_addr"] == f"{LINK_LOCAL},{VIP6}"
        assert seen["_ws.expert.message"] == "" and seen["_ws.malformed"] == "", seen
    fields = ["eth.src", "eth.dst", "ipv6.src", "ipv6.dst", "ipv6.hlim", "icmpv6.checksum.status",
              "icmpv6.nd.na.target_address", "icmpv6.nd.na.flag.r", "icmpv6.nd.na.flag.s", "icmpv6.nd.na.flag.o",
              "icmpv6.opt.linkaddr", "_ws.malformed"]
    second.run("sysctl", "-qw", "net.ipv6.conf.eth0.forwarding=1")
    heard = capture(first, 4, f"icmp6 and ip6[40] == 136 and ether src {mac} and dst host ff02::1", fields,
                    lambda: first.service("vrrpd", "stop"))
    second.run("sysctl", "-qw", "net.ipv6.conf.eth0.forwarding=0")
    assert {seen["icmpv6.nd.na.target_address"] for seen in heard} == {VIP6, LINK_LOCAL}
    for seen in heard:
        assert seen["ipv6.src"] == seen["icmpv6.nd.na.target_address"] and seen["ipv6.dst"] == "ff02::1"
        assert (seen["ipv6.hlim"], seen["eth.dst"]) == ("255", "33:33:00:00:00:01")
        flags = [seen[f"icmpv6.nd.na.flag.{flag}"] in ("1", "True") for flag in "rso"]
        assert flags == [True, False, True]  # a router (it forwards), not solicited, overriding
        assert seen["icmpv6.opt.linkaddr"] == mac == seen["eth.src"]
        assert seen["icmpv6.checksum.status"] == "1" and seen["_ws.malformed"] == ""
