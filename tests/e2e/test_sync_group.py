"""Two instances on two networks that move together."""

import json
import time

import pytest

from lab.pair import Pair
from lab.wait import holds, until

INSTANCE = """
[instance {name}]
interface         = {interface}
virtual_router_id = {vrid}
priority          = {priority}
advert_int        = 100ms
virtual_ipaddress = {vip}/24
"""
GROUP = """
[sync_group BOTH]
group  = VI_1, VI_2
notify = /usr/local/bin/notified
"""
VIPS = {"VI_1": "192.168.95.55", "VI_2": "10.20.0.55"}


def text(priority, group=GROUP):
    own = "".join(INSTANCE.format(name=name, interface=f"eth{i}", vrid=11 + i, priority=priority, vip=vip)
                  for i, (name, vip) in enumerate(VIPS.items()))
    return f"[global]\nstats_socket = /run/vrrpd/vrrpd.sock\n{own}{group}"


@pytest.fixture(scope="module")
def pair(make_lab, build):
    lab = make_lab({"proxy1": "192.168.95.13", "proxy2": "192.168.95.14"})
    lab.switch.run("ip", "link", "add", "br1", "type", "bridge")
    lab.switch.run("ip", "link", "set", "br1", "up")
    for i, host in enumerate(lab.hosts.values(), 1):
        port = f"q-{host.name}"
        lab.second_network(host, port)
        host.shell(f"ip link set eth1 up && ip addr add 10.20.0.{i}/24 dev eth1")
        host.write("/usr/local/bin/notified", '#!/bin/sh\necho "$1 $2 $3 $4" >>/run/notified\n', 0o755)
    both = Pair(lab, build)
    both.stop()
    for name, priority in (("proxy1", 130), ("proxy2", 120)):
        both.proxies[name].configure(vrrpd=text(priority))
        both.proxies[name].host.service("vrrpd", "start")
    until(lambda: holder(both) == "proxy1", 5, "proxy1 has both addresses")
    return both


def has(proxy, name):
    dev = f"eth{list(VIPS).index(name)}"
    return any(info["local"] == VIPS[name] for info in proxy.host.addresses(dev))


def group(proxy):
    return json.loads(proxy.host.out("vrrpctl", "show", "json"))["sync_groups"][0]


def holder(pair):
    """The host that alone has both addresses, is MASTER of the group, and the other is not."""
    for name, proxy in pair.proxies.items():
        others = [p for p in pair.proxies.values() if p is not proxy]
        if all(has(proxy, vi) for vi in VIPS) and group(proxy)["state"] == "MASTER" and \
                not any(has(p, vi) for p in others for vi in VIPS):
            return name
    return None


@pytest.mark.short
def test_one_link_cut_moves_both_and_the_other_network_has_no_gap(pair, measured):
    first, second = pair.proxies["proxy1"], pair.proxies["proxy2"]
    began, without, both = time.monotonic(), 0, None
    pair.lab.switch.run("ip", "link", "set", "q-proxy1", "down")
    while both is None and time.monotonic() < began + 5:
        without += not any(has(p, "VI_1") for p in (first, second))  # it comes before it goes
        if all(has(second, vi) for vi in VIPS):
            both = time.monotonic() - began
    measured("sync group, one of two links cut, ms until the other host has both", f"{both * 1000:.0f}")
    assert both <= 0.25 and without == 0, (both, without)
    until(lambda: holder(pair) == "proxy2", 3, "proxy2 has both alone")
    assert {m["name"]: m["state"] for m in group(first)["members"]} == {"VI_1": "FAULT", "VI_2": "FAULT"}
    assert group(first)["cause"] == "VI_2: interface down"
    # and back, both at once
    pair.lab.switch.run("ip", "link", "set", "q-proxy1", "up")
    until(lambda: holder(pair) == "proxy1", 5, "proxy1 has both again")
    notified = first.host.read("/run/notified").splitlines()
    assert notified[-4:] == [f"GROUP BOTH {state} 0" for state in ("MASTER", "FAULT", "BACKUP", "MASTER")]
    assert "sync_group BOTH: MASTER -> FAULT (VI_2: interface down)" in first.host.log()
    assert "sync_group BOTH: MASTER" in first.host.out("vrrpctl", "show")


def test_lost_advertisements_on_one_network_move_nothing(pair):
    before = [group(proxy)["transitions"] for proxy in pair.proxies.values()]
    pair.lab.switch.run("ip", "link", "set", "q-proxy1", "nomaster")
    second = pair.proxies["proxy2"]
    until(lambda: any(m["kept_back"] for m in group(second)["members"]), 2, "VI_2 would claim, and may not")
    holds(lambda: holder(pair) == "proxy1", 1, "proxy1 keeps both")
    pair.lab.switch.run("ip", "link", "set", "q-proxy1", "master", "br1")
    until(lambda: not any(m["kept_back"] for m in group(second)["members"]), 2, "VI_2 follows again")
    assert [group(proxy)["transitions"] for proxy in pair.proxies.values()] == before


def test_switchover_of_one_moves_both(pair):
    pair.proxies["proxy1"].host.run("vrrpctl", "switchover", "VI_2")
    until(lambda: holder(pair) == "proxy2", 3, "proxy2 has both")
    pair.proxies["proxy2"].host.run("vrrpctl", "switchover", "VI_1")
    until(lambda: holder(pair) == "proxy1", 3, "proxy1 has both again")


def test_reload_changes_membership_without_moving_anything(pair):
    first = pair.proxies["proxy1"]
    for kept in ("", GROUP):
        for proxy, priority in zip(pair.proxies.values(), (130, 120)):
            proxy.configure(vrrpd=text(priority, kept))
            proxy.host.service("vrrpd", "reload")
        until(lambda: len(json.loads(first.host.out("vrrpctl", "show", "json"))["sync_groups"]) == bool(kept), 2,
              "the groups of the new file")
        holds(lambda: all(has(first, vi) for vi in VIPS), 0.7, "proxy1 keeps both")
    assert group(first)["state"] == "MASTER"


def test_another_name_of_the_group_lets_no_waiting_member_claim(pair):
    second = pair.proxies["proxy2"]
    until(lambda: holder(pair) == "proxy1", 3, "proxy1 has both")
    pair.lab.switch.run("ip", "link", "set", "q-proxy1", "nomaster")
    until(lambda: any(m["kept_back"] for m in group(second)["members"]), 2, "VI_2 would claim, and may not")
    before, told = second.host.log().count("VI_2: "), second.host.read("/run/notified")
    second.configure(vrrpd=text(120, GROUP.replace("BOTH", "RENAMED")))
    second.host.service("vrrpd", "reload")
    assert group(second)["name"] == "RENAMED"
    holds(lambda: holder(pair) == "proxy1" and any(m["kept_back"] for m in group(second)["members"]), 0.7, "it waits on")
    assert second.host.log().count("VI_2: ") == before and second.host.read("/run/notified") == told
    pair.lab.switch.run("ip", "link", "set", "q-proxy1", "master", "br1")
    until(lambda: not any(m["kept_back"] for m in group(second)["members"]), 2, "VI_2 follows again")
