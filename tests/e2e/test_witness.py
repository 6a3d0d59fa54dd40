"""Witnesses: who sees neither its peer nor a witness is the one that was cut off."""

import pytest

from lab import conf
from lab.cluster import VIP
from lab.pair import ALONE, QUICK, Pair
from lab.wait import holds, until

WITNESSED = conf.changed(ALONE, **QUICK, instance__witness="192.168.95.12", instance__witness_interval="100ms",
                         instance__witness_fall="2", instance__nopreempt=None)


@pytest.fixture(scope="module")
def pair(make_lab, build):
    pair = Pair(make_lab({"proxy1": "192.168.95.13", "proxy2": "192.168.95.14", "witness": "192.168.95.12"}), build)
    pair.start(WITNESSED)
    # a backup is silent: each has to be master once before the other knows whom to ask
    pair.proxies["proxy1"].host.run("vrrpctl", "switchover", "VI_1")
    until(lambda: pair.holders() == ["proxy2"], 5, "proxy2 was heard")
    pair.proxies["proxy2"].host.run("vrrpctl", "switchover", "VI_1")
    return pair


def settled(pair, holder):
    for proxy in pair.proxies.values():
        until(lambda p=proxy: p.vrrp()["witness"] == "ok" and p.vrrp()["peer_seen"], 5, "witness and peer answer")
    until(lambda: pair.holders() == [holder], 5, f"{holder} holds the VIP")


@pytest.mark.short
def test_a_cut_leaves_one_holder_and_the_cut_off_gives_up(pair, measured):
    settled(pair, "proxy1")
    cut = pair.lab.cut(pair.lab.hosts["proxy1"], carrier=False)
    both = 0

    def moved():
        nonlocal both
        held = pair.holders()
        both += len(held) > 1
        return held == ["proxy2"]
    until(moved, 5, "the VIP has moved")
    measured("witness: two holders seen while a master was cut off, samples", both)
    assert cut and both == 0
    assert pair.proxies["proxy1"].vrrp_state() == "FAULT" and pair.proxies["proxy2"].vrrp_state() == "MASTER"
    holds(lambda: pair.holders() == ["proxy2"], 1, "one holder")
    pair.lab.heal(pair.lab.hosts["proxy1"])
    settled(pair, "proxy1")


def test_a_backup_that_is_cut_off_does_not_claim(pair):
    settled(pair, "proxy1")
    pair.lab.cut(pair.lab.hosts["proxy2"], carrier=False)
    until(lambda: pair.proxies["proxy2"].vrrp_state() == "FAULT", 5, "it knows that it is alone")
    holds(lambda: pair.holders() == ["proxy1"], 1, "no second holder")
    pair.lab.heal(pair.lab.hosts["proxy2"])
    settled(pair, "proxy1")


def test_the_death_of_the_witness_alone_moves_nothing(pair):
    settled(pair, "proxy1")
    pair.lab.cut(pair.lab.hosts["witness"])
    until(lambda: all(p.vrrp()["witness"] == "lost" for p in pair.proxies.values()), 5, "the witness is lost")
    # what a reload asks anew counts as it was until it answers
    for check in ("yes", None):
        pair.proxies["proxy1"].configure(vrrpd=conf.changed(WITNESSED, instance__skip_check_adv_addr=check)
                                         .format(router_id="proxy1", priority=130))
        pair.proxies["proxy1"].host.service("vrrpd", "reload")
    holds(lambda: pair.holders() == ["proxy1"], 1.5, "the peer still answers")
    pair.lab.heal(pair.lab.hosts["witness"])
    settled(pair, "proxy1")


def test_a_reload_adds_and_removes_witnesses_without_a_failover(pair):
    proxy = pair.proxies["proxy1"]
    changes = proxy.host.log().count(" -> ")
    proxy.configure(vrrpd=conf.changed(WITNESSED, instance__witness=None, instance__witness_interval=None,
                                       instance__witness_fall=None).format(router_id="proxy1", priority=130))
    proxy.host.service("vrrpd", "reload")
    until(lambda: "witness" not in proxy.vrrp(), 3, "nobody is asked")
    proxy.configure(vrrpd=conf.changed(WITNESSED, instance__witness="192.168.95.12:2222, 192.168.95.12")
                    .format(router_id="proxy1", priority=130))
    proxy.host.service("vrrpd", "reload")
    until(lambda: proxy.vrrp()["witness"] == "ok", 3, "one of two answers")
    assert [w["verdict"] for w in proxy.vrrp()["witnesses"]] == ["failing", "ok"]
    assert proxy.has_vip(VIP) and proxy.host.log().count(" -> ") == changes
