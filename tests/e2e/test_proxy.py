"""proxyd between real sockets: one proxy host, scripted servers behind it, a client before it."""

import contextlib
import json
import os
import pathlib
import re
import resource
import signal
import socket
import time

import pytest

from lab import conf
from lab.wait import holds, until

PROXY = "192.168.95.13"
# two servers without checks, quick timeouts: each test changes what it is about
BASE = conf.changed(conf.PROXYD, defaults__timeout_connect="1s", defaults__timeout_check="1s",
                    backend__balance="roundrobin", defaults__timeout_queue="1s",
                    **{"backend__server~mysql1": "192.168.95.11:3306",
                       "backend__server~mysql2": "192.168.95.12:3306"})


@pytest.fixture(scope="module")
def cluster(make_cluster):
    return make_cluster("tcp", start=False)


class Rig:
    """The proxy under test with a configuration, and its client."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.proxy = cluster.proxies["proxy1"]
        self.host = self.proxy.host

    def run(self, text):
        self.proxy.configure(proxyd=text)
        self.host.service("proxyd", "restart")
        until(self.proxy.serves, 5, "proxyd serves")

    def connect(self, port=3306, address=PROXY, timeout=10.0):
        return contextlib.closing(self.cluster.client.connect(address, port, timeout))

    def greeting(self, **kwargs):
        """The server that greets on a fresh connection, "" when it is closed without a word."""
        with self.connect(**kwargs) as sock:
            try:
                return sock.recv(100).decode().removeprefix("hello ").strip()
            except ConnectionResetError:
                return ""

    def spread(self, count, **kwargs):
        got = [self.greeting(**kwargs) for _ in range(count)]
        return {name: got.count(name) for name in set(got)}

    def hold(self, count):
        """Open connections, each greeted; and by whom."""
        sockets = [self.cluster.client.connect(PROXY, 3306, 10) for _ in range(count)]
        return sockets, [sock.recv(100).decode().split()[-1] for sock in sockets]

    def info(self, name):
        """A number of `show info`."""
        lines = dict(line.split(": ", 1) for line in self.proxy.runtime("show info").splitlines() if ": " in line)
        return int(lines[name])

    def log_lines(self, word):
        return [line for line in self.host.log().splitlines() if word in line]


@pytest.fixture
def rig(cluster):
    for server in cluster.databases.values():
        if server.process.poll() is not None:
            server.start()
        server.control("reset")
    rig = Rig(cluster)
    yield rig
    for server in cluster.databases.values():
        if server.process.poll() is None:
            server.kill()  # its script was changed perhaps


# --- balancing ---

@pytest.mark.short
def test_roundrobin_spreads_by_weight(rig):
    rig.run(conf.changed(BASE, **{"backend__server~mysql1": "192.168.95.11:3306 weight=3"}))
    assert rig.spread(40) == {"mysql1": 30, "mysql2": 10}


def test_leastconn_prefers_the_server_with_fewer_connections(rig):
    rig.run(conf.changed(BASE, backend__balance="leastconn"))
    sockets, names = rig.hold(20)
    assert names.count("mysql1") == names.count("mysql2") == 10
    for sock, name in zip(sockets, names):
        if name == "mysql1":
            sock.close()
    until(lambda: rig.proxy.stat()["mysql", "mysql1"]["scur"] == "0", 3, "mysql1 is empty")
    more, names = rig.hold(8)
    assert names == ["mysql1"] * 8
    for sock in sockets + more:
        sock.close()


def test_leastconn_counts_by_weight(rig):
    rig.run(conf.changed(BASE, backend__balance="leastconn",
                         **{"backend__server~mysql1": "192.168.95.11:3306 weight=3"}))
    sockets, names = rig.hold(40)
    assert names.count("mysql1") == 30
    for sock in sockets:
        sock.close()


def test_backup_server_serves_only_when_no_other_is_left(rig):
    rig.run(conf.changed(BASE, **{"backend__server~mysql1": "192.168.95.11:3306 check inter=200ms fall=2 rise=2",
                                  "backend__server~mysql2": "192.168.95.12:3306 backup"}))
    assert rig.spread(10) == {"mysql1": 10}
    rig.cluster.databases["mysql1"].kill()
    until(lambda: rig.proxy.server_is("mysql1", "DOWN"), 5, "mysql1 is DOWN")
    assert rig.spread(10) == {"mysql2": 10}
    rig.cluster.databases["mysql1"].start()
    until(lambda: rig.proxy.server_is("mysql1", "UP"), 5, "mysql1 is UP")
    assert rig.spread(10) == {"mysql1": 10}


# --- limits and queues ---

def test_connections_above_a_servers_maxconn_wait_in_the_queue(rig):
    rig.run(conf.changed(BASE, defaults__timeout_queue="5s",
                         **{"backend__server~mysql1": "192.168.95.11:3306 maxconn=2",
                            "backend__server~mysql2": None}))
    sockets, _ = rig.hold(2)
    with rig.connect() as waiting:
        until(lambda: rig.proxy.stat()["mysql", "BACKEND"]["qcur"] == "1"
              or rig.proxy.stat()["mysql", "mysql1"]["qcur"] == "1", 3, "one waits")
        waiting.settimeout(0.3)
        with pytest.raises(socket.timeout):
            waiting.recv(1)
        sockets[0].close()
        waiting.settimeout(3)
        assert waiting.recv(100).decode().strip() == "hello mysql1"
    sockets[1].close()


def test_waiting_ends_with_the_queue_timeout(rig):
    rig.run(conf.changed(BASE, **{"backend__server~mysql1": "192.168.95.11:3306 maxconn=1",
                                  "backend__server~mysql2": None}))
    sockets, _ = rig.hold(1)
    began = time.monotonic()
    assert rig.greeting() == ""
    assert 0.9 <= time.monotonic() - began <= 1.6
    until(lambda: rig.log_lines(" sQ "), 3, "a line with sQ in the log")
    sockets[0].close()


def test_frontend_maxconn_lets_the_rest_wait_unaccepted(rig):
    rig.run(conf.changed(BASE, frontend__maxconn="3"))
    sockets, _ = rig.hold(3)
    with rig.connect() as waiting:
        waiting.settimeout(0.5)
        with pytest.raises(socket.timeout):
            waiting.recv(1)
        assert rig.proxy.stat()["main", "FRONTEND"]["scur"] == "3"
        sockets.pop().close()
        waiting.settimeout(3)
        assert waiting.recv(100).startswith(b"hello")
    for sock in sockets:
        sock.close()


# --- retries, timeouts ---

def test_a_refusing_server_is_retried_and_the_last_retry_goes_elsewhere(rig):
    rig.run(conf.changed(BASE, defaults__retries="2", defaults__timeout_connect="300ms"))
    rig.cluster.databases["mysql1"].kill()
    began = time.monotonic()
    assert [rig.greeting(), rig.greeting()] == ["mysql2", "mysql2"]
    assert time.monotonic() - began < 3
    stat = rig.proxy.stat()
    assert int(stat["mysql", "mysql1"]["wredis"]) + int(stat["mysql", "BACKEND"]["wredis"]) >= 1


def test_without_redispatch_the_connection_is_given_up(rig):
    rig.run(conf.changed(BASE, defaults__retries="2", defaults__timeout_connect="200ms",
                         defaults__option_redispatch="no", **{"backend__server~mysql2": None}))
    rig.cluster.databases["mysql1"].kill()
    began = time.monotonic()
    assert rig.greeting() == ""
    assert 0.3 <= time.monotonic() - began <= 1.2  # two pauses of timeout_connect
    until(lambda: rig.log_lines(" SC "), 3, "a line with SC in the log")


def test_client_and_server_inactivity(rig):
    rig.run(conf.changed(BASE, defaults__timeout_client="500ms", defaults__timeout_server="5s"))
    with rig.connect() as sock:
        began = time.monotonic()
        assert sock.recv(100).startswith(b"hello")
        assert sock.recv(100) == b""
        assert 0.4 <= time.monotonic() - began <= 1.2
    until(lambda: rig.log_lines(" cD "), 3, "cD in the log")
    rig.run(conf.changed(BASE, defaults__timeout_client="5s", defaults__timeout_server="500ms"))
    with rig.connect() as sock:
        assert sock.recv(100).startswith(b"hello")
        assert sock.recv(100) == b""
    until(lambda: rig.log_lines(" sD "), 3, "sD in the log")


def test_traffic_keeps_a_connection_alive(rig):
    rig.run(conf.changed(BASE, defaults__timeout_client="600ms", defaults__timeout_server="600ms"))
    with rig.connect() as sock:
        sock.recv(100)
        for n in range(8):
            time.sleep(0.25)
            sock.sendall(f"line {n}\n".encode())
            assert f"line {n}".encode() in sock.recv(100)


# --- data ---

@pytest.mark.short
def test_half_close_is_passed_on_in_both_directions(rig):
    rig.cluster.databases["mysql1"].set("on-eof", "send=100000")
    rig.run(conf.changed(BASE, **{"backend__server~mysql2": None}))
    with rig.connect() as sock:
        sock.recv(100)
        sock.shutdown(socket.SHUT_WR)
        got = b""
        while chunk := sock.recv(65536):
            got += chunk
        assert len(got) == 100000


def test_a_slow_reader_does_not_make_memory_grow(rig, measured):
    rig.cluster.databases["mysql1"].set("mode", "source")
    rig.run(conf.changed(BASE, **{"backend__server~mysql2": None}))
    sockets = [rig.cluster.client.connect(PROXY, 3306) for _ in range(20)]
    time.sleep(1)
    before = rss_kb(rig.proxy)
    for _ in range(10):
        time.sleep(0.2)
        for sock in sockets:
            sock.recv(65536)
    grown = rss_kb(rig.proxy) - before
    measured("20 slow readers, growth of the engine in 2 s", f"{grown} kB")
    assert grown < 20 * 300
    for sock in sockets:
        sock.close()


def rss_kb(proxy):
    engine = proxy.monitor_and_engine()[1]
    text = pathlib.Path(f"/proc/{engine}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1))


def test_a_reset_is_passed_on_as_a_reset(rig):
    rig.cluster.databases["mysql1"].set("close-after", "4")
    rig.cluster.databases["mysql1"].set("rst", "1")
    rig.run(conf.changed(BASE, **{"backend__server~mysql2": None}))
    with rig.connect() as sock:
        sock.recv(100)
        sock.sendall(b"1234567\n")
        with pytest.raises(ConnectionResetError):
            while sock.recv(100):
                pass
            sock.sendall(b"x")
            sock.recv(1)


# --- where it listens ---

@pytest.mark.short
def test_ipv6_unix_sockets_several_binds_and_port_ranges(rig):
    binds = "0.0.0.0:3306, [::]:3316, 192.168.95.13:4000-4003\n    /run/proxyd/client.sock mode=666"
    rig.run(conf.changed(BASE, frontend__bind=binds))
    for port in (3306, 4000, 4001, 4002, 4003):
        assert rig.greeting(port=port) in ("mysql1", "mysql2")
    rig.cluster.client.run("ip", "-6", "addr", "replace", "fd00:95::100/64", "dev", "eth0", "nodad")
    rig.host.run("ip", "-6", "addr", "replace", "fd00:95::13/64", "dev", "eth0", "nodad")
    assert rig.greeting(port=3316, address="fd00:95::13") in ("mysql1", "mysql2")
    with contextlib.closing(rig.host.connect_unix("/run/proxyd/client.sock")) as sock:
        assert sock.recv(100).startswith(b"hello")


def test_a_bind_to_an_address_that_is_not_here_yet(rig):
    rig.run(conf.changed(BASE, frontend__bind="192.168.95.77:3306"))
    rig.host.run("ip", "addr", "add", "192.168.95.77/24", "dev", "eth0")
    try:
        assert rig.greeting(address="192.168.95.77") in ("mysql1", "mysql2")
    finally:
        rig.host.run("ip", "addr", "del", "192.168.95.77/24", "dev", "eth0")


# --- health checks ---

def test_a_dead_server_is_kicked_and_comes_back_by_itself(rig, measured):
    rig.run(conf.changed(BASE, **{
        "backend__server~mysql1": "192.168.95.11:3306 check inter=500ms fastinter=100ms downinter=200ms fall=3 rise=2",
        "backend__server~mysql2": "192.168.95.12:3306 check"}))
    until(lambda: rig.proxy.stat()["mysql", "mysql1"]["check_status"] == "L4OK", 3, "checked")
    began = time.monotonic()
    rig.cluster.databases["mysql1"].kill()
    until(lambda: rig.proxy.server_is("mysql1", "DOWN"), 3, "mysql1 is DOWN")
    measured("server found dead after, ms (inter 500, fastinter 100, fall 3)", round((time.monotonic() - began) * 1000))
    assert rig.spread(10) == {"mysql2": 10}
    assert rig.proxy.stat()["mysql", "mysql1"]["check_status"] == "L4CON"
    rig.cluster.databases["mysql1"].start()
    until(lambda: rig.proxy.server_is("mysql1", "UP"), 3, "mysql1 is UP")
    assert rig.spread(10) == {"mysql1": 5, "mysql2": 5}
    until(lambda: rig.log_lines("Server mysql/mysql1 is DOWN") and rig.log_lines("Server mysql/mysql1 is UP"), 3,
          "both in the log")


def test_check_port_and_address(rig):
    rig.run(conf.changed(BASE, **{
        "backend__server~mysql1": "192.168.95.11:3306 check addr=192.168.95.12 port=3306 inter=200ms fall=1 rise=1"}))
    rig.cluster.databases["mysql2"].kill()  # where mysql1 is checked
    until(lambda: rig.proxy.server_is("mysql1", "DOWN"), 3, "mysql1 is DOWN")


# --- control socket and status page ---

def test_states_weights_and_sessions_over_the_control_socket(rig):
    rig.run(BASE)
    assert rig.proxy.runtime("set server mysql/mysql1 state maint") == "\n"
    assert rig.spread(6) == {"mysql2": 6}
    assert rig.proxy.stat()["mysql", "mysql1"]["status"] == "MAINT"
    rig.proxy.runtime("set server mysql/mysql1 state ready")
    rig.proxy.runtime("set server mysql/mysql2 weight 3")
    assert rig.spread(8) == {"mysql1": 2, "mysql2": 6}
    sockets, _ = rig.hold(4)
    rig.proxy.runtime("disable server mysql/mysql1")
    assert rig.spread(4) == {"mysql2": 4}
    rig.proxy.runtime("enable server mysql/mysql1")
    rig.proxy.runtime("set server mysql/mysql1 state drain")
    assert rig.proxy.stat()["mysql", "mysql1"]["status"].startswith("DRAIN")
    before = int(rig.proxy.stat()["mysql", "mysql2"]["scur"])
    rig.proxy.runtime("shutdown sessions server mysql/mysql2")
    until(lambda: rig.proxy.stat()["mysql", "mysql2"]["scur"] == "0", 3, f"{before} sessions ended")
    for sock in sockets:
        sock.close()


@pytest.mark.short
def test_what_the_control_socket_tells(rig):
    rig.run(BASE)
    info = dict(line.split(": ", 1) for line in rig.proxy.runtime("show info").splitlines() if ": " in line)
    assert info["Maxconn"] == "4000" and info["node"] == "proxy1"
    state = rig.proxy.runtime("show servers state").splitlines()
    assert state[0] == "1" and state[1].startswith("# be_id be_name srv_id srv_name srv_addr")
    assert "show stat" in rig.proxy.runtime("help")
    assert rig.proxy.runtime("show health") == "ok\n\n" and rig.proxy.runtime("show health backend mysql") == "ok\n\n"
    assert rig.proxy.runtime("show health backend nosuch").startswith("fail")
    assert rig.proxy.runtime("show info;show stat").count("\n\n") == 2
    assert "Unknown command" in rig.proxy.runtime("do what I mean")
    for server in ("mysql1", "mysql2"):
        rig.proxy.runtime(f"disable server mysql/{server}")
    assert rig.proxy.runtime("show health").startswith("ok")
    assert rig.proxy.runtime("show health backend mysql").startswith("fail")


def test_proxyctl(rig):
    rig.run(BASE)
    assert "mysql1" in rig.proxy.ctl("show", "servers")
    rig.proxy.ctl("disable", "server", "mysql/mysql1")
    assert rig.proxy.stat()["mysql", "mysql1"]["status"] == "MAINT"
    rig.host.run("proxyctl", "disable", "server", "mysql/nosuch", expect=1)
    json.loads(rig.proxy.ctl("-j", "show", "stat"))


@pytest.mark.short
def test_status_page_with_authentication(rig):
    rig.run(BASE)
    def page(**kwargs):
        return rig.cluster.status_page(host=PROXY, **kwargs)

    code, text = page()
    assert code == 200
    for word in ("proxy1", "mysql1", "mysql2", "main"):
        assert word in text
    assert page(user=None)[0] == 401
    assert page(user="admin:wrong")[0] == 401
    assert page(uri="/other")[0] == 404


@pytest.mark.short
def test_the_status_page_lingers_for_a_client_that_still_sends(rig):
    """Unread bytes would make the close a reset, which destroys the answer on its way."""
    rig.run(BASE)
    with rig.connect(port=8888) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 300000)
        time.sleep(0.3)
        sock.sendall(b"x" * 1000)
        got = b""
        while chunk := sock.recv(65536):
            got += chunk
        assert got.startswith(b"HTTP/1.1 431 ")
    with rig.connect(port=8888) as sock:  # but not for ever
        sock.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 300000)
        began = time.monotonic()
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            while time.monotonic() < began + 8:
                sock.sendall(b"x")
                time.sleep(0.1)
        assert time.monotonic() - began < 5


# --- processes ---

@pytest.mark.short
def test_the_engine_has_no_rights_and_sees_nothing(rig):
    rig.run(BASE)
    monitor, engine = rig.proxy.monitor_and_engine()
    status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{engine}/status").read_text().splitlines())
    uid = rig.host.out("id", "-u", "proxyd").strip()
    assert status["Uid"].split() == [uid] * 4 and status["Gid"].split()[0] != "0"
    for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[kind], 16) == 0, kind
    assert os.readlink(f"/proc/{engine}/root").endswith("/var/lib/proxyd")
    assert pathlib.Path(f"/proc/{monitor}/status").read_text().count("Uid:\t0") == 1


def test_soft_stop_serves_what_is_there_and_accepts_nothing_new(rig):
    rig.run(BASE)
    sockets, _ = rig.hold(2)
    rig.host.shell("kill -USR1 $(cat /run/proxyd/proxyd.pid)")
    until(lambda: refused(rig), 3, "new connections are refused")
    sockets[0].sendall(b"still there\n")
    assert b"still there" in sockets[0].recv(100)
    for sock in sockets:
        sock.close()
    until(lambda: not rig.host.processes("proxyd"), 5, "left after the last connection")


def refused(rig, port=3306):
    try:
        rig.greeting(timeout=1, port=port)
        return False
    except ConnectionRefusedError:
        return True


@pytest.mark.short
def test_a_new_binary_takes_over_and_nothing_is_dropped(rig):
    rig.run(BASE)
    sockets, _ = rig.hold(2)
    monitor, engine = rig.proxy.monitor_and_engine()
    rig.host.shell("kill -USR2 $(cat /run/proxyd/proxyd.pid)")
    until(lambda: len(rig.proxy.monitor_and_engine()) == 3, 5, "two engines, one monitor")
    assert rig.greeting() in ("mysql1", "mysql2")
    for sock in sockets:
        sock.sendall(b"still there\n")
        assert b"still there" in sock.recv(100)
        sock.close()
    until(lambda: engine not in rig.proxy.monitor_and_engine(), 5, "the old engine left")
    assert monitor in rig.proxy.monitor_and_engine() and rig.greeting() in ("mysql1", "mysql2")


def test_a_new_binary_that_cannot_bind_leaves_the_old_engine(rig):
    rig.run(BASE)
    monitor, engine = rig.proxy.monitor_and_engine()
    sockets, _ = rig.hold(1)
    with contextlib.closing(rig.host.socket()) as blocker:
        blocker.bind(("0.0.0.0", 3398))
        blocker.listen()
        rig.proxy.configure(proxyd=conf.changed(BASE, frontend__bind="0.0.0.0:3306, 0.0.0.0:3398"))
        rig.host.shell("kill -USR2 $(cat /run/proxyd/proxyd.pid)")
        until(lambda: rig.log_lines("the old engine goes on"), 5, "it says so")
    assert rig.proxy.monitor_and_engine() == [monitor, engine]
    sockets[0].sendall(b"still there\n")
    assert b"still there" in sockets[0].recv(100) and rig.greeting()
    sockets[0].close()
    os.kill(monitor, signal.SIGHUP)  # now the port is free
    until(lambda: not refused(rig, port=3398), 3, "the new port serves")


def test_port_ranges_beyond_the_soft_limit_of_descriptors(rig):
    few = conf.changed(BASE, global__maxconn="100")  # the engine has little room at first
    rig.proxy.configure(proxyd=conf.changed(few, frontend__bind="0.0.0.0:10000-11499"))
    rig.host.service("proxyd", "stop")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    rig.host.run("prlimit", f"--nofile=1024:{hard}", "service", "proxyd", "start")
    until(lambda: not refused(rig, port=11499), 5, "the last port serves")
    before = rig.proxy.monitor_and_engine()
    rig.proxy.configure(proxyd=conf.changed(few, frontend__bind="0.0.0.0:10000-11499, 0.0.0.0:12000-13999"))
    os.kill(before[0], signal.SIGHUP)
    until(lambda: not refused(rig, port=13999), 5, "the last one of the second range serves")
    assert rig.greeting(port=10000) in ("mysql1", "mysql2") and rig.proxy.monitor_and_engine() == before


def test_log_lines_in_tcplog_format(rig):
    rig.run(conf.changed(BASE, defaults__option_tcplog="yes"))
    assert rig.greeting()
    line = until(lambda: rig.log_lines(" main mysql/mysql"), 3, "a line in the log")[-1]
    # 192.168.95.100:port [date] main mysql/server Tw/Tc/Tt bytes state act/fe/be/srv/retries queues
    assert re.search(r"192\.168\.95\.100:\d+ \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d\.\d{3}\] main mysql/mysql[12] "
                     r"\d+/\d+/\d+ \d+ [-cCS]{1}[-D]{1} \d+/\d+/\d+/\d+/\d+ \d+/\d+", line), line


def test_log_to_dev_log_and_what_is_not_logged(rig):
    rig.run(conf.changed(BASE, **{"global__log": "/dev/log local2", "defaults__option_tcplog": "yes",
                                  "defaults__option_dontlog_normal": "yes"}))
    mark = len(rig.host.log())
    assert rig.greeting()
    rig.cluster.databases["mysql1"].kill()
    rig.cluster.databases["mysql2"].kill()
    assert rig.greeting() == ""
    until(lambda: " SC " in rig.host.log()[mark:], 10, "the failed connection is in the log")
    assert " -- " not in rig.host.log()[mark:]


def test_a_reload_brings_the_workers_a_log_target_and_a_port(rig):
    """Both are opened outside the chroot and must reach the threads that serve connections."""
    rig.run(BASE)
    mark = len(rig.host.log())
    rig.proxy.configure(proxyd=conf.changed(BASE, **{
        "global__log": "/dev/log local2", "defaults__option_tcplog": "yes", "frontend__bind": "0.0.0.0:3306, 0.0.0.0:3399"}))
    rig.host.service("proxyd", "reload")
    rig.cluster.client.connect(PROXY, 3399).close()
    until(lambda: " main mysql/mysql" in rig.host.log()[mark:], 5, "the connection is in the log")
    rig.proxy.configure(proxyd=BASE)
    rig.host.service("proxyd", "reload")

    def is_free():
        with contextlib.suppress(OSError), contextlib.closing(rig.host.socket()) as sock:
            sock.bind(("0.0.0.0", 3399))
            return True
        return False
    until(is_free, 3, "the port is free: no thread has it any more")
    assert rig.greeting()


def test_the_process_shows_its_connections_and_the_control_thread_has_room_of_its_own(rig, build):
    if "tsan" in build.name:
        pytest.skip("one table of descriptors there")
    rig.run(conf.changed(BASE, global__user="root", global__group="root"))  # so that we may set its limit
    engine = rig.proxy.monitor_and_engine()[1]
    tables = {tid: f"/proc/{engine}/task/{tid}/fd" for tid in os.listdir(f"/proc/{engine}/task")}
    until(lambda: rig.proxy.stat()["main", "FRONTEND"]["scur"] == "0", 3, "no connection is left")
    time.sleep(1.5)  # nor a socket that waits to be used again
    before = {tid: len(os.listdir(table)) for tid, table in tables.items()}
    _, hard = resource.prlimit(engine, resource.RLIMIT_NOFILE)
    with rig.connect():
        until(lambda: len(os.listdir(tables[str(engine)])) == before[str(engine)] + 2, 3, "both ends are open")
        after = {tid: len(os.listdir(table)) for tid, table in tables.items()}
        assert min(after[tid] - before[tid] for tid in tables) == 0
        resource.prlimit(engine, resource.RLIMIT_NOFILE, (after[str(engine)] + 10, hard))
        sockets = [rig.cluster.client.connect(PROXY, 3306) for _ in range(30)]
        until(lambda: len(os.listdir(tables[str(engine)])) >= after[str(engine)] + 9, 3, "the workers have none left")
        assert rig.proxy.runtime("show health").startswith("ok")
        for sock in sockets:
            sock.close()
    resource.prlimit(engine, resource.RLIMIT_NOFILE, (hard, hard))


def test_descriptors_are_raised_to_what_maxconn_needs_or_refused(rig):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    maxconn = hard // 4
    rig.proxy.configure(proxyd=conf.changed(BASE, global__maxconn=str(maxconn)))
    rig.host.service("proxyd", "stop")
    rig.host.run("prlimit", f"--nofile=256:{hard}", "service", "proxyd", "start")
    limits = pathlib.Path(f"/proc/{rig.proxy.monitor_and_engine()[1]}/limits").read_text()
    assert int(re.search(r"Max open files\s+(\d+)", limits).group(1)) > 2 * maxconn
    rig.host.service("proxyd", "stop")
    rig.proxy.configure(proxyd=conf.changed(BASE, global__maxconn="1000000"))
    answer = rig.host.service("proxyd", "start", expect=1).stdout
    assert "maxconn" in answer and "file descriptors" in answer
    assert rig.host.processes("proxyd") == []


def test_five_engine_deaths_in_ten_seconds_end_the_monitor(rig):
    rig.run(BASE)
    for _ in range(5):
        engines = until(lambda: rig.proxy.monitor_and_engine()[1:], 3, "an engine runs")
        os.kill(engines[0], signal.SIGKILL)
        until(lambda: engines[0] not in rig.host.processes("proxyd"), 3, "it is gone")
        with contextlib.suppress(AssertionError):
            until(lambda: rig.proxy.monitor_and_engine()[1:] and rig.greeting(), 3, "serves again")
    if rig.host.processes("proxyd"):  # the sixth is too many for sure
        os.kill(rig.proxy.monitor_and_engine()[1], signal.SIGKILL)
    until(lambda: not rig.host.processes("proxyd"), 5, "the monitor gave up")
    holds(lambda: not rig.host.processes("proxyd"), 0.5, "and stays away")
