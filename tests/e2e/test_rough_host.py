"""vrrpd on hosts where little goes by the book: lost events, odd parents, commands that hang."""

import os
import pathlib
import signal
import time

import pytest

from lab import conf
from lab.cluster import VIP
from lab.pair import ALONE, QUICK, Pair
from lab.wait import holds, until

IGNORES_CHILDREN = "import signal, os; signal.signal(signal.SIGCHLD, signal.SIG_IGN); " \
                   "os.execvp('vrrpd', ['vrrpd', '-q'])"
PUT_BACK = "removed by somebody else"
# answers every question with "ok", as proxyd does while it is well
WELL = """
import os, socket, threading
path = "/run/well.sock"
if os.path.exists(path):
    os.unlink(path)
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen()
def answer(link):
    while link.recv(4096):
        link.sendall(b"ok\\n\\n> ")
while True:
    threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()
"""


@pytest.fixture(scope="module")
def pair(make_lab, build):
    return Pair(make_lab({"proxy1": "192.168.95.13", "proxy2": "192.168.95.14"}), build)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def lease(host):
    return next((info["valid_life_time"] for info in host.addresses() if info["local"] == VIP), 0)


def test_events_from_before_an_overrun_do_not_outlive_it(pair):
    """More is told than a paused vrrpd can queue: what is still in the queue is old by then."""
    pair.start(ALONE)
    backup = pair.proxies["proxy2"]
    noise = "".join(f"addr {word} 10.7.0.1/32 dev lo\n" for _ in range(9000) for word in ("add", "del"))
    backup.host.signal("vrrpd", signal.SIGSTOP)
    backup.host.run("ip", "link", "set", "eth0", "down")
    backup.host.run("ip", "-batch", "-", text_in=noise)
    backup.host.run("ip", "link", "set", "eth0", "up")
    backup.host.signal("vrrpd", signal.SIGCONT)
    until(lambda: "messages were lost" in backup.host.log(), 5, "the overrun is in the log")
    time.sleep(0.5)
    until(lambda: backup.vrrp_state() == "BACKUP", 2, "the interface is seen to be up")


def test_a_longer_interval_by_reload_does_not_let_the_lease_run_out(pair):
    pair.start(conf.changed(ALONE, **QUICK))
    master = pair.proxies["proxy1"]
    text = master.host.read("/etc/vrrpd/vrrpd.conf")
    for seconds in (10, 20, 30):
        master.configure(vrrpd=conf.changed(text, instance__advert_int=f"{seconds}s"))
        master.host.service("vrrpd", "reload")
        until(lambda: lease(master.host) >= 3 * seconds, 1, "a lease that lasts till the next adverts")
    assert PUT_BACK not in master.host.log()


def test_what_vrrpd_removes_itself_is_not_blamed_on_others(pair):
    pair.start(ALONE)
    master = pair.proxies["proxy1"]
    text = master.host.read("/etc/vrrpd/vrrpd.conf")
    for vip in (f"{VIP}/24 label eth0:a", f"{VIP}/24 label eth0:b", f"{VIP}/32", f"{VIP}/24"):
        master.configure(vrrpd=conf.changed(text, instance__virtual_ipaddress=vip))
        master.host.service("vrrpd", "reload")
        time.sleep(0.3)
    assert master.has_vip() and master.vrrp()["stats"]["vip_restored"] == 0
    assert PUT_BACK not in master.host.log()


def test_the_virtual_address_does_not_outlive_the_hosts_own(pair):
    """Secondary addresses go with their primary: the VIP must not become the primary in its place."""
    pair.start(ALONE)
    first = pair.proxies["proxy1"]
    first.host.run("ip", "addr", "del", "192.168.95.13/24", "dev", "eth0")
    until(lambda: first.vrrp_state() == "FAULT", 2, "no source address")
    assert not first.has_vip() and first.vrrp()["stats"]["vip_restored"] == 0
    time.sleep(0.3)  # back at once, its timer, the shorter one, could run out before proxy2's
    first.host.run("ip", "addr", "add", "192.168.95.13/24", "dev", "eth0")
    until(lambda: first.vrrp_state() == "BACKUP", 2, "BACKUP")
    until(lambda: pair.holders() == ["proxy2"], 6, "proxy2 took over")
    assert first.host.has_address("192.168.95.13")


def test_a_device_made_anew_gets_its_virtual_address_again(pair):
    make = "ip link add rough type bridge && ip link set rough up"
    for proxy in pair.proxies.values():
        proxy.host.shell(make)
    vips = f"{VIP}/24, 10.95.7.1/32 dev rough"
    pair.start(conf.changed(ALONE, instance__virtual_ipaddress=vips, instance__vip_lease="no"))
    first = pair.proxies["proxy1"]
    until(lambda: first.host.addresses("rough"), 2, "the VIP is there")
    first.host.shell(f"ip link del rough && {make}")
    until(lambda: any(info["local"] == "10.95.7.1" for info in first.host.addresses("rough")), 2, "and again")
    assert first.vrrp_state() == "MASTER"
    pair.stop()
    for proxy in pair.proxies.values():
        proxy.host.run("ip", "link", "del", "rough")


def test_commands_end_under_a_parent_that_ignored_its_children(pair):
    pair.stop()
    proxy = pair.proxies["proxy1"]
    text = conf.changed(ALONE, instance__notify="true").format(router_id="proxy1", priority=130)
    proxy.configure(vrrpd=text)
    process = proxy.host.popen("python3", "-c", IGNORES_CHILDREN)
    try:
        until(proxy.has_vip, 10, "master")
        until(lambda: proxy.host.log().count("VI_1: notify done") >= 2, 3, "both commands ended")
        pid = proxy.host.processes("vrrpd")[0]
        before = cpu_seconds(pid)
        time.sleep(1)
        assert cpu_seconds(pid) - before < 0.3
    finally:
        for pid in proxy.host.processes("vrrpd"):
            os.kill(pid, signal.SIGTERM)
        process.wait(timeout=20)


def test_a_second_sigterm_does_not_wait_for_a_command_that_hangs(pair):
    pair.start(conf.changed(ALONE, instance__notify_stop="sleep 300"))
    first = pair.proxies["proxy1"]
    first.host.signal("vrrpd", signal.SIGTERM)
    until(lambda: pair.holders() == ["proxy2"], 5, "proxy2 took over")
    assert first.host.processes("vrrpd")  # a command may take its time
    first.host.signal("vrrpd", signal.SIGTERM)
    until(lambda: not first.host.processes("vrrpd"), 5, "vrrpd has ended")
    until(lambda: not first.host.processes("sleep"), 2, "and its command")


def test_another_address_list_is_told_to_the_operator(pair):
    pair.start(ALONE)
    backup = pair.proxies["proxy2"]
    text = backup.host.read("/etc/vrrpd/vrrpd.conf")
    backup.configure(vrrpd=conf.changed(text, instance__virtual_ipaddress=f"{VIP}/24, 192.168.95.56/24"))
    backup.host.service("vrrpd", "reload")
    until(lambda: "advertises other virtual addresses" in backup.host.log(), 4, "the difference is in the log")
    assert backup.vrrp_state() == "BACKUP"
    time.sleep(3)
    assert backup.host.log().count("advertises other virtual addresses") == 1


def test_recover_is_not_run_for_a_proxy_that_is_well_again(pair):
    """It waits behind a slow notify_fault; the proxy came back by itself, nobody must restart it."""
    proxy = pair.proxies["proxy1"]
    proxy.host.write("/usr/local/bin/well.py", WELL)
    process = proxy.host.popen("python3", "/usr/local/bin/well.py")
    text = conf.VRRPD.replace("/run/proxyd/proxyd.sock", "/run/well.sock")
    text = conf.changed(text, notify_backup=None, instance__notify_fault="sleep 4",
                        instance__recover="touch /run/recovered")
    pair.stop()
    proxy.configure(vrrpd=text.format(router_id="proxy1", priority=130))
    proxy.host.service("vrrpd", "start")
    until(lambda: proxy.vrrp_state() == "MASTER", 10, "master")
    process.kill()
    process.wait()
    until(lambda: proxy.vrrp_state() == "FAULT", 3, "FAULT")
    time.sleep(1.5)  # recover is due after 1 s
    process = proxy.host.popen("python3", "/usr/local/bin/well.py")
    until(lambda: proxy.vrrp_state() == "BACKUP", 3, "well again")
    holds(lambda: not proxy.host.path("/run/recovered").exists(), 4, "nothing is restarted")
    process.kill()
