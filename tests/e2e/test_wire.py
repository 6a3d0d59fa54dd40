"""Options of the wire: unicast with bounds, other groups, checksum forms, ids of others."""

import contextlib
import json
import socket
import struct

import pytest

from lab import conf
from lab.cluster import VIP
from lab.pair import ALONE, QUICK, Pair
from lab.wait import holds, until

ADDRESSES = {"proxy1": "192.168.95.13", "proxy2": "192.168.95.14"}
V3 = conf.changed(ALONE, **{**QUICK, "instance__advert_int": "100ms"})


@pytest.fixture(scope="module")
def pair(make_lab, build):
    return Pair(make_lab({**ADDRESSES, "stranger": "192.168.95.66"}), build)


def stats(proxy):
    return proxy.vrrp()["stats"]


def folded(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def advert(vrid=11, priority=1, source=None, group="224.0.0.18"):
    """VRRPv3; with a source its checksum covers the pseudo header."""
    body = struct.pack("!BBBBHH", 0x31, vrid, priority, 1, 10, 0) + socket.inet_aton(VIP)
    pseudo = b""
    if source:
        pseudo = socket.inet_aton(source) + socket.inet_aton(group) + struct.pack("!BBH", 0, 112, len(body))
    return body[:6] + struct.pack("!H", folded(pseudo + body)) + body[8:]


@contextlib.contextmanager
def raw_socket(host, ttl=255):
    with contextlib.closing(host.socket(socket.AF_INET, socket.SOCK_RAW, 112)) as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(host.address))
        yield sock


def start(pair, **options):
    """Both hosts, each the other's peer when there is a {peer} in the options."""
    text = conf.changed(V3, **{f"instance__{key}": value for key, value in options.items()})
    pair.stop()
    for name, proxy in pair.proxies.items():
        other = next(address for host, address in ADDRESSES.items() if host != name)
        priority = 130 if name == "proxy1" else 120
        proxy.configure(vrrpd=text.replace("{peer}", other).format(router_id=name, priority=priority))
        proxy.host.service("vrrpd", "start")
        if name == "proxy1":
            until(proxy.has_vip, 3, "proxy1 is master")


def test_unicast_with_a_ttl_and_its_bounds(pair):
    start(pair, unicast_peer="{peer} min_ttl 64 max_ttl 64", unicast_ttl="64")
    until(lambda: pair.proxies["proxy2"].vrrp_state() == "BACKUP", 2, "proxy2 follows")
    holds(lambda: pair.holders() == ["proxy1"], 1, "one master")
    backup = pair.proxies["proxy2"]
    assert stats(backup)["ip_ttl_err"] == 0 and stats(backup)["advert_rcvd"] > 5
    with raw_socket(pair.lab.hosts["stranger"]) as sock:  # no peer, priority 255 and yet nothing moves
        for _ in range(3):
            sock.sendto(advert(priority=255), (ADDRESSES["proxy2"], 0))
    until(lambda: stats(backup)["unknown_peer_err"] >= 3, 2, "refused")
    # the bounds without the TTL: proxy2 hears nobody, by its own will
    text = backup.host.read("/etc/vrrpd/vrrpd.conf")
    backup.configure(vrrpd=text.replace("min_ttl 64 max_ttl 64", "min_ttl 255"))
    backup.host.service("vrrpd", "reload")
    until(lambda: stats(backup)["ip_ttl_err"] > 0, 2, "a TTL of 64 is refused now")
    backup.configure(vrrpd=text)
    backup.host.service("vrrpd", "reload")
    until(lambda: pair.holders() == ["proxy1"], 3, "one master again")


def test_strangers_are_heard_when_sources_do_not_count(pair):
    start(pair, unicast_peer="{peer}", check_unicast_src="no")
    backup = pair.proxies["proxy2"]
    before = stats(backup)
    with raw_socket(pair.lab.hosts["stranger"]) as sock:
        sock.sendto(advert(priority=1), (ADDRESSES["proxy2"], 0))
    until(lambda: any(peer["address"] == "192.168.95.66" for peer in backup.vrrp()["peers"]), 2, "heard")
    assert stats(backup)["unknown_peer_err"] == before["unknown_peer_err"]


def test_another_group_is_a_world_of_its_own(pair):
    start(pair, mcast_dst_ip="224.0.0.99")
    holds(lambda: pair.holders() == ["proxy1"], 1, "one master")
    first = pair.proxies["proxy1"]
    assert first.vrrp()["group"] == "224.0.0.99"
    with raw_socket(pair.lab.hosts["stranger"]) as sock:
        for _ in range(3):
            sock.sendto(advert(priority=255), ("224.0.0.18", 0))
    until(lambda: stats(first)["mcast_group_err"] >= 3, 2, "refused and counted")
    assert pair.holders() == ["proxy1"]
    # both change their group: proxy2 first, so there are two masters until proxy1 follows
    for proxy in reversed(pair.proxies.values()):
        text = proxy.host.read("/etc/vrrpd/vrrpd.conf")
        proxy.configure(vrrpd="[global]\nvrrp_mcast_group4 = 224.0.0.98\n"
                        + text.replace("[global]\n", "").replace("mcast_dst_ip = 224.0.0.99\n", ""))
        proxy.host.service("vrrpd", "reload")
    until(lambda: pair.holders() == ["proxy1"], 3, "one master again")
    assert first.vrrp()["group"] == "224.0.0.98"
    groups = first.host.out("ip", "maddr", "show", "dev", "eth0")
    assert "224.0.0.98" in groups and "224.0.0.99" not in groups


def test_the_checksum_forms_of_the_peers_are_spoken_or_the_configured_one(pair):
    start(pair)
    first, stranger = pair.proxies["proxy1"], pair.lab.hosts["stranger"]
    assert first.vrrp()["checksum"] == "pseudo"
    with raw_socket(stranger) as sock:
        sock.sendto(advert(), ("224.0.0.18", 0))
        until(lambda: first.vrrp()["checksum"] == "both", 2, "RFC 9568's form as well; a backup may not know it")
        holds(lambda: pair.holders() == ["proxy1"], 1, "one master")
        backup = pair.proxies["proxy2"]
        assert backup.vrrp()["checksum"] == "message"  # the stranger's: proxy1, which speaks both, needs none
        sock.sendto(advert(source=stranger.address), ("224.0.0.18", 0))
        until(lambda: backup.vrrp()["checksum"] == "pseudo", 2, "nobody needs any")
        text = first.host.read("/etc/vrrpd/vrrpd.conf")
        first.configure(vrrpd=text + "v3_checksum_as_v2 = yes\n")
        first.host.service("vrrpd", "reload")
        until(lambda: first.vrrp()["checksum"] == "message", 2, "as configured")
        before = stats(first)["advert_rcvd"]
        sock.sendto(advert(source=stranger.address), ("224.0.0.18", 0))
        until(lambda: stats(first)["advert_rcvd"] > before, 2, "and the other one is accepted still")
        assert first.vrrp()["checksum"] == "message"
    assert stats(pair.proxies["proxy2"])["checksum_err"] == 0


def test_unknown_ids_are_dropped_by_the_kernel_or_logged(pair):
    start(pair)
    first, stranger = pair.proxies["proxy1"], pair.lab.hosts["stranger"]

    def unknown():
        return json.loads(first.host.out("vrrpctl", "show", "json"))["dropped"]["unknown_vrid"]

    with raw_socket(stranger) as sock:
        for vrid in range(100, 120):
            sock.sendto(advert(vrid=vrid), ("224.0.0.18", 0))
        sock.sendto(advert(vrid=11), ("224.0.0.18", 0))  # behind them, and heard
        until(lambda: any(peer["address"] == stranger.address for peer in first.vrrp()["peers"]), 2, "heard")
        assert unknown() == 0
        text = first.host.read("/etc/vrrpd/vrrpd.conf")
        first.configure(vrrpd=text.replace("[global]\n", "[global]\nlog_unknown_vrids = yes\n"))
        first.host.service("vrrpd", "reload")
        for vrid in range(100, 120):
            sock.sendto(advert(vrid=vrid), ("224.0.0.18", 0))
        until(lambda: unknown() == 20, 2, "counted")
    assert f"from {stranger.address} on eth0 for virtual router 100" in first.host.log()
    assert first.host.log().count("which is not configured here") <= 5
    # an instance for one of them: the filter lets it through from the moment it runs
    first.configure(vrrpd=text + "\n[instance VI_2]\ninterface = eth0\nvirtual_router_id = 100\nadvert_int = 100ms\n"
                    "virtual_ipaddress = 192.168.95.57/32\n")
    first.host.service("vrrpd", "reload")
    until(lambda: first.vrrp("VI_2")["state"] == "MASTER", 2, "VI_2 is master")
    with raw_socket(stranger) as sock:
        sock.sendto(advert(vrid=100, priority=1), ("224.0.0.18", 0))
    until(lambda: first.vrrp("VI_2")["stats"]["advert_rcvd"] == 1, 2, "heard")
    assert first.vrrp_state() == "MASTER" and pair.holders() == ["proxy1"]


def test_a_list_that_differs_is_counted_once_per_sender_if_so_wished(pair):
    start(pair)
    first, stranger = pair.proxies["proxy1"], pair.lab.hosts["stranger"]
    odd = advert().replace(socket.inet_aton(VIP), socket.inet_aton("192.168.95.77"))
    odd = odd[:6] + b"\0\0" + odd[8:]
    odd = odd[:6] + struct.pack("!H", folded(odd)) + odd[8:]
    with raw_socket(stranger) as sock:
        for _ in range(3):
            sock.sendto(odd, ("224.0.0.18", 0))
        until(lambda: stats(first)["addr_list_err"] == 3, 2, "each one")
        first.configure(vrrpd=first.host.read("/etc/vrrpd/vrrpd.conf") + "skip_check_adv_addr = yes\n")
        first.host.service("vrrpd", "reload")
        before = stats(first)["advert_rcvd"]
        for _ in range(3):
            sock.sendto(odd, ("224.0.0.18", 0))
        until(lambda: stats(first)["advert_rcvd"] == before + 3, 2, "heard")
    assert stats(first)["addr_list_err"] == 3
