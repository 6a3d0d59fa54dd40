"""What a host watches besides proxyd: scripts, interfaces, processes, files, gateways."""

import json

import pytest

from lab import conf
from lab.cluster import Proxy
from lab.wait import holds, until

TRACKERS = """[global]
router_id    = proxy1
stats_socket = /run/vrrpd/vrrpd.sock

[track script]
script   = test -e /run/well
interval = 100ms
weight   = 1
[track link]
interface = spare
weight    = 2
[track process]
process   = sleep 4711
interval  = 100ms
weight    = 4
[track number]
file      = /run/number
init_file = 16
[track gateway]
gateway  = 192.168.95.14
interval = 100ms
weight   = 32
[track arp]
gateway  = 192.168.95.14 dev eth0
probe    = arp
interval = 100ms
weight   = -64

[instance VI_1]
interface         = eth0
virtual_router_id = 11
advert_int        = 100ms
priority          = 100
virtual_ipaddress = 192.168.95.55/24
track             = script, link, process, number, gateway, arp
"""
ALL_WELL = 100 + 1 + 2 + 4 + 16 + 32


@pytest.fixture(scope="module")
def lab(make_lab, build):
    lab = make_lab({"proxy1": "192.168.95.13", "peer": "192.168.95.14"})
    lab.proxy = Proxy(lab.hosts["proxy1"], build)
    lab.proxy.install()
    lab.proxy.host.shell("touch /run/well; ip link add spare type veth peer name other; ip link set other up; "
                         "ip link set spare up")
    lab.proxy.host.shell("setsid sleep 4711 </dev/null >/dev/null 2>&1 &")
    lab.proxy.configure(vrrpd=TRACKERS)
    lab.proxy.host.service("vrrpd", "start")
    return lab


def priority_is(lab, wanted, what):
    return until(lambda: lab.proxy.vrrp()["priority"] == wanted, 5, f"{what}: priority {wanted}")


@pytest.mark.short
def test_each_kind_of_tracker_adds_its_weight_and_takes_it_back(lab):
    host = lab.proxy.host
    priority_is(lab, ALL_WELL, "all is well")
    for fault, cure, loss in [
            ("rm /run/well", "touch /run/well", 1),
            ("ip link set other down", "ip link set other up", 2),
            ("kill $(pidof sleep)", "setsid sleep 4711 </dev/null >/dev/null 2>&1 &", 4),
            ("echo 6 >/run/number", "echo 16 >/run/number.new; mv /run/number.new /run/number", 10),
            ("rm /run/number", "echo 16 >/run/number", 16),
            ("sysctl -qw net.ipv4.icmp_echo_ignore_all=1", "sysctl -qw net.ipv4.icmp_echo_ignore_all=0", 32)]:
        where = lab.hosts["peer"] if "sysctl" in fault else host
        where.shell(fault)
        priority_is(lab, ALL_WELL - loss, fault)
        where.shell(cure)
        priority_is(lab, ALL_WELL, cure)
    lab.cut(lab.hosts["peer"])
    priority_is(lab, ALL_WELL - 32 - 64, "no gateway at all")
    lab.heal(lab.hosts["peer"])
    priority_is(lab, ALL_WELL, "the gateway is back")
    assert lab.proxy.vrrp_state() == "MASTER"


def test_a_reload_keeps_what_a_tracker_knows(lab):
    def answers():
        data = json.loads(lab.proxy.host.out("vrrpctl", "show", "json"))
        return {t["name"]: t for t in data["tracks"]}
    before = answers()
    lab.proxy.configure(vrrpd=TRACKERS.replace("weight   = 1\n", "weight   = 3\n").replace("sleep 4711", "sleep 4712"))
    lab.proxy.host.service("vrrpd", "reload")
    priority_is(lab, ALL_WELL + 2 - 4, "another weight, and another process that does not run")
    after = answers()
    assert after["script"]["good"] >= before["script"]["good"] and after["process"]["verdict"] == "failing"
    assert lab.proxy.vrrp_state() == "MASTER"


def test_weight_zero_is_fault_and_an_instance_has_the_last_word(lab):
    host = lab.proxy.host
    text = TRACKERS.replace("script, link, process, number", "script weight 0, link weight 10 reverse")
    lab.proxy.configure(vrrpd=text)
    host.service("vrrpd", "reload")
    priority_is(lab, 100 - 10 + 32, "reverse")
    host.shell("rm /run/well")
    until(lambda: lab.proxy.vrrp_state() == "FAULT", 3, "FAULT")
    until(lambda: not lab.proxy.has_vip(), 2, "the VIP is given up")
    host.shell("touch /run/well")
    until(lambda: lab.proxy.vrrp_state() == "MASTER", 3, "MASTER again")


BAD = {  # every manner in which a script can be bad, and what the tracker says of it in the end
    "well": ("true", "ok"),
    "slow": ("sleep 1", "ok"),
    "crash": ("kill -SEGV $$", "failing"),
    "hung": ("sleep 1000", "failing"),
    "stubborn": ("trap '' TERM; while :; do sleep 1000; done", "failing"),
    "missing": ("/no/such/command", "failing"),
    "noisy": ("yes | head -c 100000; exit 1", "failing"),
}
COPIES = 30


def test_bad_scripts_pile_up_nothing_and_the_verdicts_are_right(lab, measured):
    host = lab.proxy.host
    sections = "".join(f"[track {name}{i}]\nscript = {script}\ninterval = 3s\ntimeout = 2s\n"
                       for name, (script, _) in BAD.items() for i in range(COPIES))
    names = ", ".join(f"{name}{i} weight 1" for name in BAD for i in range(COPIES))
    text = conf.changed(TRACKERS, instance__track=names, instance__priority="20")
    lab.proxy.configure(vrrpd=text + sections)
    host.service("vrrpd", "stop")
    others = len(host.processes("sleep"))
    host.service("vrrpd", "start")

    def tracks():
        return json.loads(host.out("vrrpctl", "show", "json"))["tracks"]

    def verdicts():
        return {(t["name"].rstrip("0123456789"), t["verdict"]) for t in tracks() if t["name"].rstrip("0123456789") in BAD}
    until(lambda: verdicts() == {(name, verdict) for name, (_, verdict) in BAD.items()}, 15, "all are judged")
    most = 0

    def at_most_one_copy_each():
        nonlocal most
        running = len(host.processes("sleep"))
        most = max(most, running)
        return running <= 3 * COPIES + others
    holds(at_most_one_copy_each, 4, "one copy of each", interval=0.1)
    assert lab.proxy.vrrp_state() == "MASTER"
    priority_is(lab, 20 + 2 * COPIES, "the good ones count")
    measured("bad scripts, most processes of 3 sleeping ones each", f"{most - others} of {3 * COPIES}")
    host.service("vrrpd", "stop")
    until(lambda: len(host.processes("sleep")) == others, 3, "none is left behind")
