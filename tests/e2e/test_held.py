"""What a master holds besides its advertised addresses, and what a reload does to it."""

import json

import pytest

from lab import conf
from lab.cluster import VIP
from lab.pair import ALONE, QUICK, Pair
from lab.wait import until

BASE = conf.changed(ALONE, **QUICK)


@pytest.fixture(scope="module")
def pair(make_lab, build):
    made = Pair(make_lab({"proxy1": "192.168.95.13", "proxy2": "192.168.95.14"}), build)
    for proxy in made.proxies.values():
        proxy.host.shell("ip link add extra type bridge && ip link set extra up && ip addr add 10.0.3.1/24 dev extra")
    return made


def reload(proxy, **changes):
    """The next configuration of one host, from what it has."""
    proxy.configure(vrrpd=conf.changed(proxy.host.read("/etc/vrrpd/vrrpd.conf"), **changes))
    proxy.host.service("vrrpd", "reload")


def transitions(proxy):
    return [line for line in proxy.host.log().splitlines() if " -> " in line]


def show(proxy):
    """The instance, as vrrpctl tells programs."""
    return json.loads(proxy.host.out("vrrpctl", "-j", "show"))["instances"][0]


def address(proxy, local, dev="eth0"):
    return next((info for info in proxy.host.addresses(dev) if info["local"] == local), None)


def test_excluded_addresses_of_both_families_with_their_words(pair):
    pair.start(conf.changed(BASE, instance__virtual_ipaddress_excluded="fd00:95::1/64\n    fd00:95::2, "
                            "10.9.0.1/28 brd + scope link label eth0:nine noprefixroute\n"
                            "    10.0.4.7/32 peer 10.0.4.8/30 dev extra preferred_lft 0"))
    master, backup = pair.proxies["proxy1"], pair.proxies["proxy2"]
    until(lambda: address(master, "10.0.4.7", "extra"), 2, "the last of them")
    six, host_six = address(master, "fd00:95::1"), address(master, "fd00:95::2")
    assert six["prefixlen"] == 64 and "tentative" not in six and six.get("nodad")
    assert host_six["prefixlen"] == 128 and host_six["preferred_life_time"] == 0 and host_six.get("deprecated")
    nine, far = address(master, "10.9.0.1"), address(master, "10.0.4.7", "extra")
    assert nine["broadcast"] == "10.9.0.15" and nine["scope"] == "link" and nine["label"] == "eth0:nine"
    assert nine.get("noprefixroute") and far["address"] == "10.0.4.8" and far["prefixlen"] == 30
    assert far["preferred_life_time"] == 0
    assert not any(address(backup, a) for a in ("fd00:95::1", "fd00:95::2", "10.9.0.1"))
    assert show(backup)["stats"]["addr_list_err"] == 0  # only the advertised one is in the packet
    master.host.service("vrrpd", "stop")
    assert not any(address(master, a) for a in ("fd00:95::1", "fd00:95::2", "10.9.0.1", VIP))
    assert address(master, "10.0.4.7", "extra") is None
    until(lambda: address(backup, "fd00:95::1"), 3, "they moved along")


def test_an_excluded_address_comes_and_goes_by_reload_without_an_election(pair):
    pair.start(BASE)
    master, backup = pair.proxies["proxy1"], pair.proxies["proxy2"]
    before = transitions(master), transitions(backup)
    reload(master, instance__virtual_ipaddress_excluded="fd00:95::7/64, 10.9.0.7/24")
    until(lambda: address(master, "fd00:95::7") and address(master, "10.9.0.7"), 3, "both are there")
    reload(master, instance__virtual_ipaddress_excluded="fd00:95::7/64")
    until(lambda: not address(master, "10.9.0.7"), 3, "one is gone")
    assert address(master, "fd00:95::7")
    assert (transitions(master), transitions(backup)) == before
