"""What operators and their programs see of vrrpd: history, disable, metrics, keepalived's JSON, the forecast."""

import json
import signal
import stat
import time

import pytest

from lab import conf
from lab.cluster import VIP
from lab.pair import ALONE, QUICK, Pair
from lab.wait import holds, until

PLACES = ("[global]\nmetrics_bind = 127.0.0.1:9650\njson_dump_file = /run/vrrpd/keepalived.json\n"
          "log = /dev/log daemon info\n")
TEXT = conf.changed(ALONE, **QUICK, instance__notify_stop="echo left > /run/left").replace("[global]\n", PLACES, 1)
SECRET = "verysecr"
# the keys of a dump of keepalived 2.2.7 with one instance, version 2, PASS, a script and an excluded address
DATA = """iname dont_track_primary skip_check_adv_addr strict_mode vmac_ifname ifp_ifname master_priority last_transition
    garp_delay garp_refresh garp_rep garp_refresh_rep garp_lower_prio_delay garp_lower_prio_rep lower_prio_no_advert
    higher_prio_send_advert vrid base_priority effective_priority vipset promote_secondaries adver_int master_adver_int
    accept nopreempt preempt_delay state wantstate version smtp_alert notify_deleted script_stop vips evips
    auth_type auth_data""".split()
STATS = """advert_rcvd advert_sent become_master release_master packet_len_err advert_interval_err ip_ttl_err
    invalid_type_rcvd addr_list_err invalid_authtype authtype_mismatch auth_failure pri_zero_rcvd pri_zero_sent""".split()


@pytest.fixture(scope="module")
def pair(make_lab, build):
    pair = Pair(make_lab({"proxy1": "192.168.95.13", "proxy2": "192.168.95.14"}), build)
    pair.start(TEXT)
    return pair


@pytest.fixture
def master(pair):
    name = pair.holders()[0]
    return pair.proxies[name], pair.proxies["proxy2" if name == "proxy1" else "proxy1"]


def ctl(proxy, *words, **kwargs):
    return proxy.host.out("vrrpctl", *words, **kwargs)


def history(proxy):
    return [(t["from"], t["to"], t["cause"]) for t in json.loads(ctl(proxy, "-j", "history", "VI_1"))["history"]]


def metrics(proxy):
    page = proxy.host.out("curl", "-sf", "http://127.0.0.1:9650/metrics")
    assert page.replace(" ", "").count("#HELP") == page.count("# TYPE ")
    return dict(line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))


@pytest.mark.short
def test_disabled_is_out_politely_and_over_reloads_until_enabled(pair, master):
    first, second = master
    ctl(first, "disable", "VI_1")
    until(lambda: pair.holders() == [second.host.name], 2, "the other host took over")
    until(lambda: first.host.path("/run/left").exists(), 2, "notify_stop ran")
    assert first.vrrp()["disabled"] and "DISABLED" in ctl(first, "show")
    text = first.host.read("/etc/vrrpd/vrrpd.conf")
    # another virtual router altogether: a new instance of that name is begun, and stays out too
    for change in ({"instance__virtual_router_id": "77"}, {}):
        first.configure(vrrpd=conf.changed(text, **change))
        first.host.service("vrrpd", "reload")
        vrid = int(change.get("instance__virtual_router_id", second.vrrp()["vrid"]))
        until(lambda: first.vrrp()["vrid"] == vrid, 2, "reloaded")
        holds(lambda: first.vrrp()["disabled"] and not first.has_vip(), 0.5, "still out")
    ctl(first, "enable", "VI_1")
    until(lambda: first.vrrp_state() == "BACKUP" and not first.vrrp()["disabled"], 2, "in again")
    assert any(cause == "disabled by the operator" for _, _, cause in history(first))
    ctl(first, "enable", "VI_1")  # again: no matter
    assert "error: " in ctl(first, "disable", "VI_2", expect=1)


@pytest.mark.short
def test_history_tells_each_transition_and_its_cause(pair, master):
    first, second = master
    until(lambda: second.vrrp()["active"] == first.host.address, 2, "the backup hears the master")
    before = len(history(first))
    ctl(first, "switchover", "VI_1")
    until(lambda: pair.holders() == [second.host.name], 2, "the other host took over")
    assert history(first)[before:] == [("MASTER", "BACKUP", "switchover")]
    assert history(second)[-1][:2] == ("BACKUP", "MASTER")
    last = ctl(second, "history").splitlines()[-1].split()
    assert last[2:6] == ["VI_1", "BACKUP", "MASTER", str(second.vrrp()["priority"])]
    assert last[6] == first.host.address
    assert "Entering MASTER STATE" in second.host.log()  # what keepalived's users look for


@pytest.mark.short
def test_show_says_what_is_there_and_who_was_heard(pair, master):
    first, second = master
    peer = next(p for p in second.vrrp()["peers"] if p["address"] == first.host.address)
    assert peer["priority"] == first.vrrp()["priority"] and peer["version"] == 3 and peer["age_s"] < 1
    assert [v["present"] for v in first.vrrp()["vips"]] == [True]
    assert [v["present"] for v in second.vrrp()["vips"]] == [False]
    second.host.run("ip", "addr", "add", f"{VIP}/24", "dev", "eth0")
    try:
        assert "here, but it should NOT be" in ctl(second, "show")
    finally:
        second.host.run("ip", "addr", "del", f"{VIP}/24", "dev", "eth0", expect=None)
    until(lambda: pair.holders() == [first.host.name], 2, "one holder")


@pytest.mark.short
def test_metrics_of_prometheus(pair, master):
    first, second = master
    labels = f'iname="VI_1",intf="eth0",vrid="{first.vrrp()["vrid"]}"'
    there, other = metrics(first), metrics(second)
    assert there[f'keepalived_vrrp_state{{{labels},ip_address="{VIP}"}}'] == "2"
    assert other[f'keepalived_vrrp_state{{{labels},ip_address="{VIP}"}}'] == "1"
    assert there[f'vrrpd_vip_present{{{labels},ip_address="{VIP}"}}'] == "1"
    assert int(there[f"keepalived_advertisements_sent_total{{{labels}}}"]) > 0
    # the forecast is the protocol's: three intervals of 200 ms and the skew of who is backup
    skew = (256 - second.vrrp()["priority"]) * 0.2 / 256
    lost = float(other[f'vrrpd_failover_forecast_seconds{{{labels},fault="host_lost"}}'])
    assert abs(lost - (0.6 + skew)) < 0.00001
    assert ctl(first, "metrics").startswith("# HELP keepalived_up ")


def test_the_metrics_port_stands_garbage_slow_and_many_clients(pair, master):
    first = master[0]
    for text in ("GET / HTTP/1.0\r\n\r\n", "\0" * 9000, "POST /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"):
        answer = first.host.run("socat", "-t1", "-", "TCP:127.0.0.1:9650", text_in=text, expect=None).stdout
        assert answer.startswith("HTTP/1.1 4"), answer
    crowd = first.host.popen("sh", "-c", "for i in $(seq 120); do sleep 3 | socat - TCP:127.0.0.1:9650 & done; wait")
    try:
        sent = first.vrrp()["stats"]["advert_sent"]
        until(lambda: first.vrrp()["stats"]["advert_sent"] >= sent + 5, 3, "it goes on advertising")
        assert master[1].vrrp_state() == "BACKUP"
    finally:
        crowd.kill()
        crowd.wait()
    until(lambda: first.host.run("curl", "-sf", "-m1", "http://127.0.0.1:9650/metrics", expect=None).returncode == 0,
          6, "the crowd is gone, the page is back")


def test_metrics_bind_follows_a_reload(pair, master):
    proxy = master[1]
    text = proxy.host.read("/etc/vrrpd/vrrpd.conf")
    curl = ("curl", "-sf", "-m2", "--unix-socket", "/run/vrrpd/m.sock", "http://x/metrics")
    proxy.configure(vrrpd=text.replace("127.0.0.1:9650", "/run/vrrpd/m.sock mode=660"))
    proxy.host.service("vrrpd", "reload")
    until(lambda: proxy.host.run(*curl, expect=None).returncode == 0, 2, "served on the path")
    assert stat.S_IMODE(proxy.host.path("/run/vrrpd/m.sock").stat().st_mode) == 0o660
    proxy.host.run("curl", "-s", "http://127.0.0.1:9650/metrics", expect=7)
    proxy.configure(vrrpd=text)
    proxy.host.service("vrrpd", "reload")
    until(lambda: not proxy.host.path("/run/vrrpd/m.sock").exists(), 2, "the path is gone")
    metrics(proxy)


def dump(proxy):
    """As keepalived's exporters do it: a signal, 100 ms, the file."""
    proxy.host.shell("kill -36 $(cat /run/vrrpd/vrrpd.pid)")
    time.sleep(0.1)
    return json.loads(proxy.host.read("/run/vrrpd/keepalived.json"))


@pytest.mark.short
def test_the_json_dump_is_keepalived_s(pair, master):
    proxy = master[0]
    text = proxy.host.read("/etc/vrrpd/vrrpd.conf")
    proxy.host.shell("echo precious > /run/precious; ln -sf /run/precious /run/vrrpd/keepalived.json")
    proxy.configure(vrrpd=conf.changed(
        text, instance__advert_int="1s", instance__version="2", instance__auth_type="PASS", instance__auth_pass=SECRET,
        instance__virtual_ipaddress=f"{VIP}/24 label eth0:v", instance__virtual_ipaddress_excluded="192.168.95.57/32"))
    proxy.host.service("vrrpd", "reload")
    until(lambda: proxy.vrrp()["version"] == 2 and proxy.vrrp_state() == "MASTER", 10, "MASTER with version 2")
    instance, = dump(proxy)
    assert list(instance) == ["data", "stats"]
    assert list(instance["data"]) == DATA and list(instance["stats"]) == STATS
    data = instance["data"]
    assert (data["iname"], data["state"], data["wantstate"], data["ifp_ifname"]) == ("VI_1", 2, 2, "eth0")
    assert data["vips"] == [f"{VIP}/24 dev eth0 scope global label eth0:v set"]
    assert data["evips"] == ["192.168.95.57 dev eth0 scope global set"]
    assert data["vipset"] is True and data["adver_int"] == 1 and isinstance(data["garp_delay"], int)
    assert abs(data["last_transition"] - time.time()) < 60
    assert instance["stats"]["become_master"] >= 1
    target = proxy.host.path("/run/vrrpd/keepalived.json")
    assert SECRET not in target.read_text(encoding="utf-8")
    assert not target.is_symlink() and stat.S_IMODE(target.stat().st_mode) == 0o600
    assert proxy.host.read("/run/precious") == "precious\n"
    proxy.configure(vrrpd=text)
    proxy.host.service("vrrpd", "reload")
    until(lambda: proxy.vrrp()["version"] == 3 and len(pair.holders()) == 1, 10, "as before")


def test_signals_of_keepalived_s_habits_do_no_harm(pair, master):
    proxy = master[0]
    text = proxy.host.read("/etc/vrrpd/vrrpd.conf")
    proxy.configure(vrrpd=text.replace("json_dump_file = /run/vrrpd/keepalived.json\n", ""))
    proxy.host.service("vrrpd", "reload")
    pids = proxy.host.processes("vrrpd")
    for number in (signal.SIGUSR1, signal.SIGUSR2, 36):
        proxy.host.shell(f"kill -{int(number)} $(cat /run/vrrpd/vrrpd.pid)")
    until(lambda: "json_dump_file is not configured" in proxy.host.log(), 2, "it says what is missing")
    assert proxy.host.processes("vrrpd") == pids
    proxy.configure(vrrpd=text)
    proxy.host.service("vrrpd", "reload")


def test_the_forecast_comes_true(pair, master):
    """A link cut, by the clock of the lab: not later than the forecast of who takes over, nor much earlier."""
    first, second = master
    until(lambda: second.vrrp()["active"] == first.host.address, 2, "the backup hears the master")
    promised, interval = second.vrrp()["forecast_s"]["host_lost"], 0.2
    began = time.time()
    first.host.run("ip", "link", "set", "eth0", "down")
    ended = time.time()
    try:
        until(lambda: second.vrrp_state() == "MASTER", 5, "the other host took over")
    finally:
        first.host.run("ip", "link", "set", "eth0", "up")
    at = json.loads(ctl(second, "-j", "history", "VI_1"))["history"][-1]["at"]
    assert began + promised - interval - 0.1 <= at <= ended + promised + 0.1, (began, promised, at)
    until(lambda: first.vrrp_state() == "BACKUP" and pair.holders() == [second.host.name], 5, "in order again")


def test_check_prints_the_forecast_and_warns(pair):
    host = pair.proxies["proxy1"].host
    host.write("/tmp/forecast.conf", conf.changed(conf.VRRPD, track__weight="20").format(router_id="x", priority=100))
    answer = host.out("vrrpd", "-c", "-f", "/tmp/forecast.conf")
    assert "host lost, link cut    3.609 s" in answer
    assert "track proxyd can never cause a failover" in answer
    assert "host lost" not in host.out("vrrpd", "-c", "-q", "-f", "/tmp/forecast.conf")
