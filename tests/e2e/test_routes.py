"""Routes and rules of a master: they move along, come back when removed, and nothing is left behind."""

import json
import re
import signal
import statistics
import subprocess
import time

import pytest

from lab import conf
from lab.pair import ALONE, QUICK, Pair
from lab.wait import until

ROUTES = """10.50.0.0/16 via 192.168.95.200 src 192.168.95.55 metric 7
    default dev eth0 table 250, blackhole 10.51.0.0/16
    fd00:50::/48 dev eth0 mtu 1400"""
RULES = "from 192.168.95.55 table 250 priority 1000, inet6 fwmark 0x5 prohibit priority 1001"
TEXT = conf.changed(ALONE, **QUICK, instance__virtual_routes=ROUTES, instance__virtual_rules=RULES)


@pytest.fixture(scope="module")
def pair(make_lab, build):
    made = Pair(make_lab({"proxy1": "192.168.95.13", "proxy2": "192.168.95.14"}), build)
    made.start(TEXT)
    return made


def routes(proxy):
    """Destinations of all routes that carry vrrpd's mark."""
    found = []
    for family in ("-4", "-6"):
        found += json.loads(proxy.host.out("ip", "-j", family, "route", "show", "table", "all", "proto", "112") or "[]")
    return {(route["dst"], route.get("table", "main")): route for route in found}


def rules(proxy):
    return [rule["priority"] for family in ("-4", "-6")
            for rule in json.loads(proxy.host.out("ip", "-j", family, "rule", "show")) if rule.get("protocol") == "112"]


def show(proxy):
    return json.loads(proxy.host.out("vrrpctl", "-j", "show"))["instances"][0]


def transitions(proxy):
    return [line for line in proxy.host.log().splitlines() if " -> " in line]


def reload(proxy, **changes):
    proxy.configure(vrrpd=conf.changed(proxy.host.read("/etc/vrrpd/vrrpd.conf"), **changes))
    proxy.host.service("vrrpd", "reload")


def complete(proxy):
    return len(routes(proxy)) == 4 and rules(proxy) == [1000, 1001]


def test_routes_and_rules_stand_as_they_are_written_and_move_along(pair):
    first, second = pair.proxies.values()
    until(lambda: complete(first), 2, "all are there")
    assert not routes(second) and not rules(second)
    there = routes(first)
    far = there[("10.50.0.0/16", "main")]
    assert far["gateway"] == "192.168.95.200" and far["prefsrc"] == "192.168.95.55" and far["metric"] == 7
    assert there[("default", "250")]["dev"] == "eth0" and there[("10.51.0.0/16", "main")]["type"] == "blackhole"
    assert there[("fd00:50::/48", "main")]["metrics"][0]["mtu"] == 1400
    assert [route["present"] for route in show(first)["routes"] + show(first)["rules"]] == [True] * 6
    first.host.service("vrrpd", "stop")
    assert not routes(first) and not rules(first)
    until(lambda: complete(second), 3, "they moved along")
    first.host.service("vrrpd", "start")


@pytest.mark.short
def test_what_somebody_removes_comes_back_at_once_without_an_election(pair, measured, slow):
    first, second = sorted(pair.proxies.values(), key=lambda p: p.vrrp_state(), reverse=True)
    until(lambda: complete(first), 3, "all are there")
    before, restored = (transitions(first), transitions(second)), show(first)["stats"]["route_restored"]
    monitor = first.host.popen("ip", "-ts", "monitor", "route", stdout=subprocess.PIPE, text=True)
    time.sleep(0.2)
    first.host.shell("for i in $(seq 30); do until ip route del 10.50.0.0/16; do :; done; "
                     "until ip rule del priority 1000; do :; done; "
                     "until ip -6 route del fd00:50::/48 dev eth0; do :; done; done 2>/dev/null")
    until(lambda: complete(first), 1, "all are back")
    time.sleep(0.1)
    monitor.kill()
    events = re.findall(r"T\d+:\d+:([\d.]+)\] (Deleted )?10\.50\.0\.0/16", monitor.communicate()[0])
    gaps = [(float(there) - float(gone)) % 60 for (gone, deleted), (there, _) in zip(events, events[1:]) if deleted]
    assert len(gaps) >= 29
    measured("a route removed by others, ms until it is back, median and longest of 30",
             f"{statistics.median(gaps) * 1000:.1f} {max(gaps) * 1000:.1f}")
    assert slow or max(gaps) <= 0.05
    assert show(first)["stats"]["route_restored"] == restored + 90
    assert (transitions(first), transitions(second)) == before


def test_a_reload_adds_and_removes_routes_without_an_election(pair):
    first, second = sorted(pair.proxies.values(), key=lambda p: p.vrrp_state(), reverse=True)
    until(lambda: complete(first), 3, "all are there")
    before = transitions(first), transitions(second)
    text = first.host.read("/etc/vrrpd/vrrpd.conf")
    monitor = first.host.popen("ip", "monitor", "route", "rule", stdout=subprocess.PIPE, text=True)
    time.sleep(0.2)
    reload(first, instance__virtual_rules=RULES + ", from 10.9.9.9 table 250 priority 1002")
    until(lambda: rules(first) == [1000, 1002, 1001], 2, "one rule more")
    first.configure(vrrpd=text.replace("metric 7", "metric 8"))
    first.host.service("vrrpd", "reload")
    until(lambda: routes(first)[("10.50.0.0/16", "main")]["metric"] == 8, 2, "another metric")
    until(lambda: rules(first) == [1000, 1001], 2, "one rule less")
    monitor.kill()
    seen = monitor.communicate()[0]
    assert "10.51.0.0/16" not in seen and "1001:" not in seen  # what stays is not touched
    first.configure(vrrpd=text)
    first.host.service("vrrpd", "reload")
    until(lambda: routes(first).get(("10.50.0.0/16", "main"), {}).get("metric") == 7, 2, "as before")
    assert (transitions(first), transitions(second)) == before


def test_somebody_elses_route_is_left_alone_and_the_place_taken_when_it_is_free(pair):
    first, _ = sorted(pair.proxies.values(), key=lambda p: p.vrrp_state(), reverse=True)
    first.host.run("ip", "route", "add", "10.52.0.0/16", "via", "192.168.95.201")
    text = first.host.read("/etc/vrrpd/vrrpd.conf")
    reload(first, instance__virtual_rules=None)
    reload(first, instance__virtual_rules="table 250 priority 1000")
    first.configure(vrrpd=text.replace("10.51.0.0/16\n", "10.51.0.0/16, 10.52.0.0/16 via 192.168.95.200\n"))
    first.host.service("vrrpd", "reload")
    until(lambda: show(first)["stats"]["route_failed"] >= 2, 2, "tried again")
    assert "its place is taken" in first.host.out("vrrpctl", "show") and first.vrrp_state() == "MASTER"
    assert "192.168.95.201" in first.host.out("ip", "route", "show", "10.52.0.0/16")
    first.host.run("ip", "route", "del", "10.52.0.0/16")
    until(lambda: "192.168.95.200" in first.host.out("ip", "route", "show", "10.52.0.0/16"), 4, "ours at last")
    first.configure(vrrpd=text)
    first.host.service("vrrpd", "reload")
    until(lambda: complete(first), 2, "as before")


def test_an_administrators_route_is_not_taken_for_a_left_over(pair):
    first, second = sorted(pair.proxies.values(), key=lambda p: p.vrrp_state())
    text = first.host.read("/etc/vrrpd/vrrpd.conf")
    assert first.vrrp_state() == "BACKUP"
    first.host.run("ip", "route", "add", "10.70.0.0/16", "via", "192.168.95.201", "proto", "static")
    first.host.service("vrrpd", "stop")
    first.configure(vrrpd=text.replace("10.51.0.0/16\n", "10.51.0.0/16, 10.70.0.0/16 via 192.168.95.201 proto static\n"))
    first.host.service("vrrpd", "start")
    until(lambda: first.vrrp_state() == "BACKUP", 2, "it runs")
    assert "192.168.95.201" in first.host.out("ip", "route", "show", "10.70.0.0/16")
    first.configure(vrrpd=text)
    first.host.service("vrrpd", "reload")
    first.host.run("ip", "route", "del", "10.70.0.0/16")


STATIC = dict(global__static_ipaddress="10.60.0.1/24 dev eth0, fd00:60::1/64 dev eth0",
              global__static_routes="10.61.0.0/16 via 10.60.0.9 src 10.60.0.1",
              global__static_rules="from 10.60.0.1 table 250 priority 2000")


def statics(proxy):
    """What the kernel has of it, by its mark: how many addresses, routes, rules."""
    addresses = [a["local"] for link in json.loads(proxy.host.out("ip", "-j", "address", "show", "dev", "eth0"))
                 for a in link["addr_info"] if a["local"] in ("10.60.0.1", "fd00:60::1")]
    marked = json.loads(proxy.host.out("ip", "-j", "route", "show", "proto", "113") or "[]")
    found = [rule for rule in json.loads(proxy.host.out("ip", "-j", "rule", "show")) if rule.get("protocol") == "113"]
    return len(addresses), len(marked), len(found)


def test_what_is_static_is_kept_on_a_backup_too_and_goes_at_the_end(pair):
    first, second = sorted(pair.proxies.values(), key=lambda p: p.vrrp_state())
    before = transitions(first), transitions(second)
    text = first.host.read("/etc/vrrpd/vrrpd.conf")
    assert first.vrrp_state() == "BACKUP" and statics(first) == (0, 0, 0)
    reload(first, **STATIC)
    assert statics(first) == (2, 1, 1)
    # its source address takes a route along, without a word
    first.host.shell("ip address del 10.60.0.1/24 dev eth0; ip -6 address del fd00:60::1/64 dev eth0; "
                     "ip rule del priority 2000")
    until(lambda: statics(first) == (2, 1, 1), 1, "all are back")
    first.host.shell("ip link set eth0 down; ip link set eth0 up")
    until(lambda: statics(first) == (2, 1, 1), 2, "all are back with the interface")
    told = json.loads(first.host.out("vrrpctl", "-j", "show"))["static"]
    assert [told[kind][0]["present"] for kind in ("addresses", "routes", "rules")] == [True] * 3
    assert told["restored"] >= 4 and "10.61.0.0/16 via 10.60.0.9 src 10.60.0.1, here" in first.host.out("vrrpctl", "show")
    reload(first, global__static_ipaddress="10.60.0.1/24 dev eth0", global__static_rules=None)
    assert statics(first) == (1, 1, 0)
    # a kill leaves it, the next life takes the address over and forgets what is not wanted any more
    first.host.signal("vrrpd", signal.SIGKILL)
    first.configure(vrrpd=conf.changed(first.host.read("/etc/vrrpd/vrrpd.conf"), global__static_routes=None))
    first.host.service("vrrpd", "start")
    assert statics(first) == (1, 0, 0)
    first.host.service("vrrpd", "stop")
    assert statics(first) == (0, 0, 0)
    first.configure(vrrpd=text)
    first.host.service("vrrpd", "start")
    until(lambda: first.vrrp_state() == "BACKUP", 2, "it runs")
    assert transitions(second) == before[1]


def test_what_a_killed_vrrpd_left_behind_is_removed_at_the_next_start(pair):
    first, second = sorted(pair.proxies.values(), key=lambda p: p.vrrp_state(), reverse=True)
    until(lambda: complete(first), 3, "all are there")
    first.host.signal("vrrpd", signal.SIGKILL)
    until(lambda: complete(second), 3, "the other one has them")
    assert rules(first) == [1000, 1001]
    first.configure(vrrpd=conf.changed(first.host.read("/etc/vrrpd/vrrpd.conf"), instance__virtual_rules=None))
    first.host.service("vrrpd", "start")
    until(lambda: first.vrrp_state() == "BACKUP", 2, "it runs")
    assert not routes(first) and not rules(first)
