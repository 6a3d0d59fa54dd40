"""vrrpd watches proxyd: restarts of its own are no failures, others are healed or handed over."""

import signal
import time

import pytest

from lab import conf
from lab.wait import holds, until

RECOVER = conf.changed(conf.VRRPD, instance__recover="service proxyd restart")
CHECKED = conf.changed(conf.PROXYD, **{
    "backend__server~mysql1": "192.168.95.11:3306 check inter=300ms fall=2 rise=1",
    "backend__server~mysql2": "192.168.95.12:3306 check inter=300ms fall=2 rise=1"})


@pytest.fixture(scope="module")
def cluster(make_cluster):
    return make_cluster("tcp", proxyd=CHECKED, vrrpd=RECOVER)


def transitions(proxy):
    return [line.split("VI_1: ", 1)[1] for line in proxy.host.log().splitlines() if "VI_1: " in line and " -> " in line]


def run_with(cluster, text):
    """Both hosts anew with this vrrpd.conf, proxy1 first."""
    cluster.stop_daemons()
    for name, proxy in cluster.proxies.items():
        proxy.configure(proxyd=CHECKED, vrrpd=text.format(router_id=name, priority={"proxy1": 130, "proxy2": 120}[name]))
    cluster.start()


def test_starting_vrrpd_starts_proxyd_and_that_is_no_fault(cluster):
    for proxy in cluster.proxies.values():
        assert proxy.serves()
        assert not any("FAULT" in line for line in transitions(proxy)), transitions(proxy)


def test_a_restart_that_vrrpd_orders_is_no_fault(cluster):
    master = cluster.await_ready()
    backup = cluster.proxies[cluster.other(master)]
    before = len(transitions(backup))
    backup.host.service("vrrpd", "restart")  # notify_backup restarts proxyd
    until(lambda: backup.vrrp_state() == "BACKUP" and backup.serves(), 10, "BACKUP again, proxyd serves")
    holds(lambda: backup.vrrp_state() == "BACKUP" and cluster.masters() == [master], 2, "nothing else moved")
    assert not any("FAULT" in line for line in transitions(backup)[before:])


def test_a_dead_proxyd_is_restarted_and_the_host_is_backup_again(cluster, measured):
    master = cluster.await_ready()
    proxy = cluster.proxies[master]
    began = time.monotonic()
    proxy.host.signal("proxyd", signal.SIGKILL)
    cluster.await_master(cluster.other(master))
    until(lambda: proxy.vrrp_state() == "BACKUP" and proxy.serves(), 15, "healed by itself")
    measured("proxyd killed, BACKUP again by recover, s", f"{time.monotonic() - began:.1f}")
    holds(lambda: cluster.masters() == [cluster.other(master)], 2, "nopreempt: the VIP stays")


def test_without_a_usable_server_the_host_steps_down_when_told_to_look(cluster):
    run_with(cluster, conf.changed(conf.VRRPD, track__backend="mysql", instance__notify_fault=None))
    first = cluster.proxies["proxy1"]
    for server in ("mysql1", "mysql2"):  # here only: the other host still has both
        first.runtime(f"disable server mysql/{server}")
    cluster.await_master("proxy2")
    assert first.vrrp_state() == "FAULT" and first.serves()
    for server in ("mysql1", "mysql2"):
        first.runtime(f"enable server mysql/{server}")
    until(lambda: first.vrrp_state() == "BACKUP", 5, "BACKUP again")


def test_a_tracker_with_a_weight_changes_the_priority(cluster):
    # start, not restart: a proxyd started anew would not know of the disabled servers
    run_with(cluster, conf.changed(conf.VRRPD, track__backend="mysql", track__weight="-20", instance__nopreempt=None,
                                   instance__notify_backup="service proxyd start"))
    first = cluster.proxies["proxy1"]
    for server in ("mysql1", "mysql2"):
        first.runtime(f"disable server mysql/{server}")
    until(lambda: first.vrrp()["priority"] == 110, 3, "130 - 20")
    cluster.await_master("proxy2")
    assert first.vrrp_state() == "BACKUP"
    for server in ("mysql1", "mysql2"):
        first.runtime(f"enable server mysql/{server}")
    cluster.await_master("proxy1")
