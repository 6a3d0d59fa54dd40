"""Others who have the virtual address: told, never fought."""

import json
import re

import pytest

from lab import conf
from lab.cluster import VIP
from lab.pair import ALONE, QUICK, Pair
from lab.wait import holds, until

EXCLUDED = "fd00:95::55"
FAST = conf.changed(ALONE, **{**QUICK, "instance__advert_int": "100ms"})


@pytest.fixture(scope="module")
def pair(make_lab, build):
    return Pair(make_lab({"proxy1": "192.168.95.13", "proxy2": "192.168.95.14"}), build)


@pytest.mark.short
def test_the_vip_configured_by_somebody_else_is_an_alarm_and_left_alone(pair):
    pair.start(FAST)
    backup, master = pair.proxies["proxy2"], pair.proxies["proxy1"]
    backup.host.run("ip", "addr", "add", f"{VIP}/24", "dev", "eth0")
    until(lambda: backup.vrrp()["vip_foreign"], 2, "the alarm")
    assert [(f["address"], f["prefix"], f["interface"]) for f in backup.vrrp()["vip_foreign"]] == [(VIP, 24, "eth0")]
    assert "vip_foreign" in backup.host.out("vrrpctl", "show") and "vip_foreign" in backup.host.log()
    assert master.vrrp()["vip_foreign"] == []
    # through a term as master it stays what it was: not ours
    master.host.service("vrrpd", "stop")
    until(lambda: backup.vrrp_state() == "MASTER", 3, "proxy2 took over")
    master.host.service("vrrpd", "start")
    backup.host.run("vrrpctl", "switchover", "VI_1")
    until(lambda: backup.vrrp_state() == "BACKUP", 3, "proxy2 gave the role back")
    info = [i for i in backup.host.addresses() if i["local"] == VIP]
    assert len(info) == 1 and info[0]["valid_life_time"] == 4294967295
    backup.host.run("ip", "addr", "del", f"{VIP}/24", "dev", "eth0")
    until(lambda: backup.vrrp()["vip_foreign"] == [], 2, "the end of the alarm")
    assert backup.vrrp()["stats"]["vip_foreign"] == 1


def test_the_hosts_own_address_is_not_taken_for_a_left_over(pair):
    pair.stop()
    second = pair.proxies["proxy2"]
    second.host.run("ip", "addr", "add", f"{VIP}/24", "dev", "eth0")
    second.configure(vrrpd=FAST.format(router_id="proxy2", priority=120))
    second.host.service("vrrpd", "start")
    until(lambda: second.vrrp()["vip_foreign"], 2, "the alarm")
    holds(second.has_vip, 0.5, "it stays")
    second.host.service("vrrpd", "stop")
    assert second.has_vip()
    second.host.run("ip", "addr", "del", f"{VIP}/24", "dev", "eth0")


@pytest.mark.short
def test_another_host_that_answers_for_the_vip_is_an_alarm_and_nothing_moves(pair):
    pair.stop()
    master, other = pair.proxies["proxy1"], pair.proxies["proxy2"]
    other.host.run("ip", "addr", "add", f"{VIP}/24", "dev", "eth0")
    other.host.run("ip", "addr", "add", f"{EXCLUDED}/64", "dev", "eth0", "nodad")
    mac = json.loads(other.host.out("ip", "-j", "link", "show", "eth0"))[0]["address"]
    master.configure(vrrpd=conf.changed(FAST, instance__virtual_ipaddress_excluded=f"{EXCLUDED}/64")
                     .format(router_id="proxy1", priority=130))
    master.host.service("vrrpd", "start")
    until(lambda: master.vrrp_state() == "MASTER", 3, "the claim does not wait for answers")
    assert master.vrrp()["vip_conflict"] == []  # it might be the predecessor
    until(lambda: len(master.vrrp()["vip_conflict"]) == 2, 6, "the alarm, of both families")
    assert [(c["address"], c["interface"], c["mac"]) for c in master.vrrp()["vip_conflict"]] == \
        [(VIP, "eth0", mac), (EXCLUDED, "eth0", mac)]
    metrics = master.host.out("vrrpctl", "metrics")
    assert re.search(r"vrrpd_vip_conflict\{.*\} 2$", metrics, re.M) and \
        re.search(r"vrrpd_vip_conflict_total\{.*\} 2$", metrics, re.M)
    assert "vip_conflict" in master.host.out("vrrpctl", "show") and "vip_conflict" in master.host.log()
    assert master.vrrp_state() == "MASTER" and master.has_vip()
    other.host.run("ip", "addr", "del", f"{VIP}/24", "dev", "eth0")
    other.host.run("ip", "addr", "del", f"{EXCLUDED}/64", "dev", "eth0")
    # a second term hears them as well: the socket of the first was made deaf and kept
    master.host.run("ip", "link", "set", "eth0", "down")
    until(lambda: master.vrrp_state() == "FAULT", 2, "the end of its term")
    other.host.run("ip", "addr", "add", f"{VIP}/24", "dev", "eth0")
    master.host.run("ip", "link", "set", "eth0", "up")
    until(lambda: master.vrrp_state() == "MASTER", 3, "another term")
    until(lambda: master.vrrp()["vip_conflict"], 6, "the alarm again")
    other.host.run("ip", "addr", "del", f"{VIP}/24", "dev", "eth0")
