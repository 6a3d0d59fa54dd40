"""What the configuration says about sockets, seen in the kernel: source addresses, buffers, TCP_NOTSENT_LOWAT."""

import contextlib
import os
import re
import signal
import time

import pytest

from lab import conf
from lab.wait import until
from test_proxy import BASE, PROXY, cluster, rig  # noqa: F401, the fixtures of these tests too

SOURCE = "192.168.95.113"
FREE_PORTS = 20


@pytest.fixture
def source(rig):
    rig.host.run("ip", "address", "add", f"{SOURCE}/24", "dev", "eth0")
    yield SOURCE
    rig.host.run("ip", "address", "del", f"{SOURCE}/24", "dev", "eth0", expect=None)


@pytest.fixture
def few_ports(rig):
    path = rig.host.path("/proc/sys/net/ipv4/ip_local_port_range")
    before = path.read_text(encoding="ascii")
    path.write_text(f"40000 {40000 + FREE_PORTS - 1}", encoding="ascii")
    yield FREE_PORTS
    path.write_text(before, encoding="ascii")


def peers(listener, count):
    """Whence the next connections came."""
    seen = []
    for _ in range(count):
        sock, peer = listener.accept()
        seen.append(peer[0])
        sock.close()
    return seen


def test_connections_and_checks_come_from_the_source(rig, source):
    with contextlib.closing(rig.cluster.databases["mysql1"].host.socket()) as listener:
        listener.bind(("0.0.0.0", 3310))
        listener.listen()
        listener.settimeout(5)
        rig.run(conf.changed(BASE, backend__source=source,
                             **{"backend__server~mysql1": "192.168.95.11:3310 check inter=100ms",
                                "backend__server~mysql2": None}))
        with rig.connect():
            assert set(peers(listener, 8)) == {source}
        rig.proxy.configure(proxyd=conf.changed(BASE, backend__source=source,
                                                **{"backend__server~mysql1": "192.168.95.11:3310 check inter=100ms "
                                                                             "source=*",
                                                   "backend__server~mysql2": None}))
        os.kill(rig.proxy.monitor_and_engine()[0], signal.SIGHUP)
        until(lambda: peers(listener, 1) == [PROXY], 5, "a reload changes it")


def test_source_ports_are_shared_by_the_servers(rig, source, few_ports):
    """A port that is bound before the server is known could be used once only."""
    rig.run(conf.changed(BASE, backend__source=source))
    sockets, names = rig.hold(few_ports + few_ports // 2)
    assert names.count("mysql1") == names.count("mysql2") == few_ports * 3 // 4
    for sock in sockets:
        sock.close()


def test_a_source_that_is_not_here_yet(rig):
    rig.run(conf.changed(BASE, backend__source=SOURCE, **{"backend__server~mysql2": None}))
    assert rig.greeting() == ""
    until(lambda: rig.log_lines(f"mysql/mysql1: source {SOURCE}:0: Cannot assign requested address"), 3, "the log tells")
    rig.host.run("ip", "address", "add", f"{SOURCE}/24", "dev", "eth0")
    assert rig.greeting() == "mysql1"
    rig.host.run("ip", "address", "del", f"{SOURCE}/24", "dev", "eth0")


def test_one_port_serves_one_connection_after_the_other(rig, source):
    rig.run(conf.changed(BASE, defaults__timeout_queue="5s",
                         **{"backend__server~mysql1": f"192.168.95.11:3306 maxconn=1 source={source}:4000",
                            "backend__server~mysql2": None}))
    assert [rig.greeting() for _ in range(5)] == ["mysql1"] * 5
    sockets, _ = rig.hold(1)
    assert f"{source}:4000" in rig.host.out("ss", "-tnH", "dst", "192.168.95.11:3306")
    sockets[0].close()


def buffers(rig, *which):
    """(receive, send) as the kernel counts them, twice what was asked for."""
    return [tuple(map(int, pair)) for pair in
            re.findall(r"skmem:\(r\d+,rb(\d+),t\d+,tb(\d+)", rig.host.out("ss", "-tnmH", "state", "established", *which))]


@pytest.mark.short
def test_buffers_are_those_configured_on_each_side(rig):
    rig.run(conf.changed(BASE, global__tune_rcvbuf_client="32k", global__tune_sndbuf_client="40k",
                         global__tune_rcvbuf_server="48k", global__tune_sndbuf_server="56k"))
    sockets, _ = rig.hold(1)
    assert buffers(rig, "sport", "3306") == [(65536, 81920)]
    assert buffers(rig, "dport", "3306") == [(98304, 114688)]
    rig.proxy.configure(proxyd=BASE)
    os.kill(rig.proxy.monitor_and_engine()[0], signal.SIGHUP)
    until(lambda: rig.info("Generation") > 1, 5, "reloaded")
    more, _ = rig.hold(1)
    kinds = buffers(rig, "sport", "3306") + buffers(rig, "dport", "3306")
    assert len(kinds) == 4 and len({(65536, 81920), (98304, 114688)} & set(kinds)) == 2  # the old pair is as it was
    for sock in sockets + more:
        sock.close()


def bytes_out(rig):
    return int(rig.proxy.stat()["main", "FRONTEND"]["bout"])


def is_steady(rig):
    before = bytes_out(rig)
    time.sleep(0.3)
    return bytes_out(rig) == before


def waiting_unsent(rig):
    """Bytes in the kernel for the one client that does not read."""
    found = re.search(r"notsent:(\d+)", rig.host.out("ss", "-tinH", "state", "established", "sport", "3306"))
    return int(found[1]) if found else 0


def test_notsent_lowat_bounds_what_waits_for_a_slow_client(rig):
    server = rig.cluster.databases["mysql1"]
    server.set("mode", "source")
    for lowat, least, most in (("16k", 1, 150000), (None, 400000, 1 << 30)):
        rig.run(conf.changed(BASE, global__tune_notsent_lowat_client=lowat, **{"backend__server~mysql2": None}))
        with rig.connect():
            until(lambda: bytes_out(rig) > 0, 5, "it began")
            until(lambda: is_steady(rig), 10, "everything is full", interval=0.01)
            assert least <= waiting_unsent(rig) <= most
