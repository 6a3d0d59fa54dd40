"""Reloads under load: nothing refused, nothing broken, the same processes, nothing left behind."""

import contextlib
import os
import pathlib
import re
import selectors
import signal
import threading
import time

import pytest

from lab import conf
from lab.probe import Probe
from lab.wait import until

PROXY = "192.168.95.13"
RELOADS, SECONDS, LONG_LIVED = 100, 10, 50
TEXT = conf.changed(conf.PROXYD, defaults__timeout_connect="2s")
OTHER = conf.changed(TEXT, frontend__bind="0.0.0.0:3306, 0.0.0.0:3399", backend__balance="roundrobin",
                     defaults__timeout_client="70s", **{
                         "backend__server~mysql2": "192.168.95.12:3306 check port=3306 maxconn=250 weight=2"})


@pytest.fixture(scope="module")
def cluster(make_cluster):
    cluster = make_cluster("tcp", proxyd=TEXT, start=False)
    cluster.proxies["proxy1"].host.service("proxyd", "start")
    until(cluster.proxies["proxy1"].serves, 5, "proxyd serves")
    return cluster


class LongLived:
    """Connections that talk all the time; counts answers and breaks."""

    def __init__(self, client, count):
        self.sockets = [client.connect(PROXY, 3306) for _ in range(count)]
        self.answers = 0
        self.broken = []
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._talk, daemon=True)
        self.thread.start()

    def _talk(self):
        selector = selectors.DefaultSelector()
        for sock in self.sockets:
            selector.register(sock, selectors.EVENT_READ)
        while not self.ends.is_set():
            for key, _ in selector.select(0.1):
                try:
                    data = key.fileobj.recv(1000)
                    if not data:
                        raise ConnectionError("end of file")
                    self.answers += 1
                    key.fileobj.sendall(b"and again\n")
                except OSError as error:
                    self.broken.append(error)
                    selector.unregister(key.fileobj)
            time.sleep(0.005)  # 50 of them: lively, not a benchmark

    def stop(self):
        self.ends.set()
        self.thread.join()
        for sock in self.sockets:
            sock.close()


def footprint(pids):
    """[(RSS in kB, open files of all threads)] per process; threads may have tables of their own."""
    out = []
    for pid in pids:
        rss = re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)
        tables = pathlib.Path(f"/proc/{pid}/task").glob("*/fd")
        out.append((int(rss), sum(len(os.listdir(table)) for table in tables)))
    return out


def hup(pid, count, every):
    began = time.monotonic()
    for n in range(count):
        yield n
        os.kill(pid, signal.SIGHUP)
        time.sleep(max(0.0, began + (n + 1) * every - time.monotonic()))


@pytest.mark.short
def test_a_hundred_reloads_in_ten_seconds_under_load(cluster, measured, slow):
    proxy = cluster.proxies["proxy1"]
    pids = proxy.monitor_and_engine()
    for _ in hup(pids[0], 4, 0.2):  # what a first reload allocates is there before we measure
        pass
    time.sleep(0.5)
    with Probe(cluster.client, f"{PROXY}:3306", interval_ms=5) as warm:
        time.sleep(1)
        warm.stop()
    until(lambda: proxy.stat()["main", "FRONTEND"]["scur"] == "0", 3, "quiet")
    time.sleep(2)  # sockets that were kept for the next connection are gone by then
    before = footprint(pids)
    talk = LongLived(cluster.client, LONG_LIVED)
    with Probe(cluster.client, f"{PROXY}:3306", interval_ms=5, deadline_ms=5000 if slow else 500) as probe:
        time.sleep(0.5)
        for n in hup(pids[0], RELOADS, SECONDS / RELOADS):
            proxy.configure(proxyd=OTHER if n % 2 == 0 else TEXT)
        time.sleep(0.5)
        outcome = probe.stop()
    answers, broken = talk.answers, talk.broken
    talk.stop()
    until(lambda: proxy.stat()["main", "FRONTEND"]["scur"] == "0", 3, "quiet again")
    time.sleep(2)
    after = footprint(pids)
    measured("100 reloads in 10 s", f"{outcome}; {answers} answers on {LONG_LIVED} long-lived connections, "
             f"{len(broken)} broken; (RSS kB, files) of monitor and engine {before} -> {after}")
    assert outcome.failed == 0 and broken == [] and answers > 1000
    assert proxy.monitor_and_engine() == pids
    assert [files for _, files in after] == [files for _, files in before]
    for (rss, _), (now, _) in zip(before, after):
        assert slow or now <= rss * 1.05 + 200
    with pytest.raises(ConnectionRefusedError):  # the last text has no 3399
        cluster.client.connect(PROXY, 3399)


@pytest.mark.short
def test_a_bad_file_changes_nothing(cluster):
    proxy = cluster.proxies["proxy1"]
    pids = proxy.monitor_and_engine()
    for bad in ("nonsense\n", TEXT + "[frontend x]\nbind = :99999\n", "", TEXT.replace("leastconn", "most")):
        proxy.configure(proxyd=bad)
        with Probe(cluster.client, f"{PROXY}:3306") as probe:
            os.kill(pids[0], signal.SIGHUP)
            time.sleep(0.3)
            assert probe.stop().failed == 0
        assert proxy.monitor_and_engine() == pids and proxy.serves()
    proxy.configure(proxyd=TEXT)


def test_a_port_that_is_taken_fails_the_reload_as_a_whole(cluster):
    proxy = cluster.proxies["proxy1"]
    with contextlib.closing(proxy.host.socket()) as blocker:
        blocker.bind(("0.0.0.0", 3398))
        blocker.listen()
        proxy.configure(proxyd=conf.changed(TEXT, frontend__bind="0.0.0.0:3306, 0.0.0.0:3398, 0.0.0.0:3397"))
        os.kill(proxy.monitor_and_engine()[0], signal.SIGHUP)
        until(lambda: "0.0.0.0:3398" in proxy.host.log(), 3, "the reason is in the log")
    time.sleep(0.2)
    with pytest.raises(ConnectionRefusedError):
        cluster.client.connect(PROXY, 3397)
    cluster.client.connect(PROXY, 3306).close()
    proxy.configure(proxyd=TEXT)


def serves(cluster, port):
    try:
        cluster.client.connect(PROXY, port).close()
        return True
    except (ConnectionRefusedError, ConnectionResetError):  # reset: while the socket is being closed
        return False


def test_a_failed_reload_leaves_owner_and_mode_of_the_control_socket(cluster):
    proxy = cluster.proxies["proxy1"]
    def mode():
        return proxy.host.out("stat", "-c", "%a", "/run/proxyd/extra.sock").strip()

    def text(mode, bind="0.0.0.0:3306"):
        return conf.changed(TEXT, frontend__bind=f"{bind}\n    /run/proxyd/extra.sock mode={mode}")

    proxy.configure(proxyd=text(600))
    os.kill(proxy.monitor_and_engine()[0], signal.SIGHUP)
    until(lambda: mode() == "600", 3, "the socket is there")
    with contextlib.closing(proxy.host.socket()) as blocker:
        blocker.bind(("0.0.0.0", 3395))
        blocker.listen()
        proxy.configure(proxyd=text(666, "0.0.0.0:3306, 0.0.0.0:3395"))
        os.kill(proxy.monitor_and_engine()[0], signal.SIGHUP)
        until(lambda: "0.0.0.0:3395" in proxy.host.log(), 3, "the reason is in the log")
        assert mode() == "600"
    proxy.configure(proxyd=text(666))
    os.kill(proxy.monitor_and_engine()[0], signal.SIGHUP)
    until(lambda: mode() == "666", 3, "the mode of a reload that worked")


def test_a_reload_that_a_stuck_engine_does_not_answer(cluster):
    proxy = cluster.proxies["proxy1"]
    monitor, engine = proxy.monitor_and_engine()
    os.kill(engine, signal.SIGSTOP)
    try:
        proxy.configure(proxyd=conf.changed(TEXT, frontend__bind="0.0.0.0:3306, 0.0.0.0:3396"))
        os.kill(monitor, signal.SIGHUP)
        until(lambda: "has not answered for 10 s" in proxy.host.log(), 15, "it counts as failed")
        proxy.configure(proxyd=conf.changed(TEXT, frontend__bind="0.0.0.0:3306, 0.0.0.0:3394"))
        os.kill(monitor, signal.SIGHUP)
        until(lambda: "reload put off" in proxy.host.log(), 3, "the next one is told")
    finally:
        os.kill(engine, signal.SIGCONT)
    until(lambda: serves(cluster, 3394), 3, "the latest configuration runs")
    until(lambda: not serves(cluster, 3396), 3, "the one before is gone")
    assert proxy.monitor_and_engine() == [monitor, engine]


def test_a_stuck_engine_is_replaced_by_sigusr2(cluster):
    proxy = cluster.proxies["proxy1"]
    monitor, engine = proxy.monitor_and_engine()
    seen = proxy.host.log().count("has not answered for 10 s")
    os.kill(engine, signal.SIGSTOP)
    try:
        proxy.configure(proxyd=TEXT)
        os.kill(monitor, signal.SIGHUP)
        until(lambda: proxy.host.log().count("has not answered for 10 s") > seen, 15, "it counts as failed")
        os.kill(monitor, signal.SIGUSR2)
        until(lambda: len(proxy.monitor_and_engine()) == 3, 5, "another engine")
        until(proxy.serves, 5, "it serves")
    finally:
        os.kill(engine, signal.SIGCONT)
    until(lambda: engine not in proxy.monitor_and_engine(), 5, "the old engine left")


def test_health_and_counters_survive(cluster):
    proxy = cluster.proxies["proxy1"]
    proxy.configure(proxyd=TEXT)
    os.kill(proxy.monitor_and_engine()[0], signal.SIGHUP)
    cluster.databases["mysql2"].kill()
    until(lambda: proxy.server_is("mysql2", "DOWN"), 15, "mysql2 is DOWN")
    cluster.client.connect(PROXY, 3306).close()
    time.sleep(0.2)
    before = proxy.stat()
    os.kill(proxy.monitor_and_engine()[0], signal.SIGHUP)
    time.sleep(0.3)
    after = proxy.stat()
    assert after["mysql", "mysql2"]["status"].startswith("DOWN")
    for key in ("stot", "bin", "bout"):
        assert int(after["mysql", "mysql1"][key]) >= int(before["mysql", "mysql1"][key])
    assert int(after["main", "FRONTEND"]["stot"]) >= int(before["main", "FRONTEND"]["stot"]) > 0
    cluster.databases["mysql2"].start()
    until(lambda: proxy.server_is("mysql2", "UP"), 10, "mysql2 is UP")


def test_established_connections_live_on_when_their_port_moves(cluster):
    proxy = cluster.proxies["proxy1"]
    sock = cluster.client.connect(PROXY, 3306)
    with contextlib.closing(sock):
        assert sock.recv(100).startswith(b"hello")
        proxy.configure(proxyd=conf.changed(TEXT, frontend__bind="0.0.0.0:3307"))
        proxy.host.service("proxyd", "reload")

        def moved():
            try:
                cluster.client.connect(PROXY, 3306).close()
            except ConnectionRefusedError:
                return True
            return False
        until(moved, 3, "3306 refuses")
        cluster.client.connect(PROXY, 3307).close()
        sock.sendall(b"still here\n")
        assert b"still here" in sock.recv(100)
    proxy.configure(proxyd=TEXT)
    proxy.host.service("proxyd", "reload")
    until(lambda: not moved(), 3, "3306 answers again")
