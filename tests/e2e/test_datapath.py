"""proxyd's data path under rough handling: odd sockets, shortages, dead servers (see test_integrity.py, too)."""

import contextlib
import fcntl
import json
import os
import resource
import socket
import struct
import termios
import threading
import time

import pytest

from lab import conf
from lab.wait import until
from test_proxy import BASE, PROXY, cluster, rig  # noqa: F401, the fixtures of these tests too

ONE_SERVER = conf.changed(BASE, **{"backend__server~mysql2": None})


def load(rig, *words, timeout=60):
    done = rig.cluster.client.run("loadgen", *words, f"{PROXY}:3306", "--json", timeout=timeout)
    return json.loads(done.stdout)


def echo(rig):
    rig.cluster.databases["mysql1"].set("mode", "echo")
    rig.run(ONE_SERVER)


def receive(sock, wanted):
    got = b""
    while len(got) < wanted and (chunk := sock.recv(65536)):
        got += chunk
    return got


@pytest.mark.short
def test_urgent_data_does_not_stop_the_stream(rig):
    echo(rig)
    with rig.connect() as sock:
        for _ in range(50):
            sock.sendall(b"abc")
            sock.send(b"!", socket.MSG_OOB)
            sock.sendall(b"def")
        got = b""
        while len(got.replace(b"!", b"")) < 300:
            got += sock.recv(1000)
        assert got.replace(b"!", b"") == b"abcdef" * 50


@pytest.mark.short
def test_urgent_data_that_came_before_the_server_was_reached(rig):
    """Its edge is reported once only, and splice() stops at its mark."""
    rig.run(conf.changed(ONE_SERVER, global__forwarding="splice", **{"backend__server~mysql1": "192.168.95.11:3310"}))
    with contextlib.closing(rig.cluster.databases["mysql1"].host.socket()) as listener, rig.connect() as sock:
        sock.sendall(b"abc")
        sock.send(b"!", socket.MSG_OOB)
        sock.sendall(b"def")
        until(lambda: rig.proxy.stat()["mysql", "BACKEND"]["wretr"] != "0", 5, "the server is asked again")
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("0.0.0.0", 3310))
        listener.listen()
        listener.settimeout(5)
        server = listener.accept()[0]
        server.settimeout(3)
        assert receive(server, 6) == b"abcdef"
        server.close()


def test_a_server_that_closes_first_gets_the_rest(rig):
    """Its half of the connection is shut, ours goes on carrying what the client sends."""
    server = rig.cluster.databases["mysql1"]
    server.set("mode", "source")
    server.set("bytes", "1000000")
    rig.run(ONE_SERVER)
    with rig.connect() as sock:
        assert len(receive(sock, 2000000)) == 1000000  # to the end of file
        sock.sendall(b"x" * 500000)
        until(lambda: rig.proxy.stat()["mysql", "mysql1"]["bin"] == "500000", 5, "the server has it")


def reset_after(listener, data):
    """Serve one connection: send it all, wait until the peer's kernel has it, then reset."""
    sock, _ = listener.accept()
    sock.sendall(data)
    until(lambda: struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, b"    "))[0] == 0, 30, "all is sent")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def test_a_slow_client_gets_the_tail_before_the_reset(rig):
    size = 1000000
    rig.run(conf.changed(ONE_SERVER, **{"backend__server~mysql1": "192.168.95.11:3310"}))
    with contextlib.closing(rig.cluster.databases["mysql1"].host.socket()) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("0.0.0.0", 3310))
        listener.listen()
        server = threading.Thread(target=reset_after, args=(listener, b"x" * size), daemon=True)
        server.start()
        sock = rig.cluster.client.socket()
        with contextlib.closing(sock):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
            sock.settimeout(10)
            sock.connect((PROXY, 3306))
            got = 0
            with pytest.raises(ConnectionResetError):
                while chunk := sock.recv(32768):
                    got += len(chunk)
                    time.sleep(0.15)
            assert got == size
        server.join(5)


def test_a_client_that_gives_up_waiting_leaves_the_queue(rig):
    rig.run(conf.changed(ONE_SERVER, defaults__timeout_queue="20s", defaults__option_dontlognull="no",
                         **{"backend__server~mysql1": "192.168.95.11:3306 maxconn=1"}))
    holder, _ = rig.hold(1)
    waiting = [rig.cluster.client.connect(PROXY, 3306) for _ in range(5)]
    until(lambda: rig.proxy.stat()["mysql", "BACKEND"]["qcur"] == "5", 3, "five wait")
    for sock in waiting[:4]:
        sock.close()
    until(lambda: rig.proxy.stat()["mysql", "BACKEND"]["qcur"] == "1", 3, "one waits")
    holder[0].close()
    assert waiting[4].recv(100) == b"hello mysql1\n"
    waiting[4].close()
    until(lambda: len(rig.log_lines(" CQ ")) == 4, 3, "four lines with CQ in the log")


def test_a_place_is_never_given_twice_nor_lost(rig):
    """Many short connections through few places, on all workers: maxconn holds, nobody is forgotten."""
    rig.cluster.databases["mysql1"].set("mode", "echo")
    rig.cluster.databases["mysql1"].set("delay-answer", "5")
    rig.run(conf.changed(ONE_SERVER, defaults__timeout_queue="20s",
                         **{"backend__server~mysql1": "192.168.95.11:3306 maxconn=3"}))
    seen = load(rig, "short", "--conns", "64", "--count", "1500", "--for", "30", "--timeout", "20000")
    assert (seen["operations"], seen["failed_connects"], seen["broken"]) == (1500, 0, 0)
    row = rig.proxy.stat()["mysql", "mysql1"]
    assert row["smax"] == "3"
    until(lambda: rig.proxy.stat()["mysql", "mysql1"]["scur"] == "0", 3, "all places are free again")


def test_a_connection_between_two_tries_leaves_a_server_that_is_found_down(rig):
    rig.run(conf.changed(BASE, defaults__retries="20", defaults__option_redispatch="yes",
                         **{"backend__server~mysql1": "192.168.95.11:3306 check inter=1s fastinter=200ms fall=2",
                            "backend__server~mysql2": "192.168.95.12:3306 backup"}))
    until(lambda: rig.proxy.stat()["mysql", "mysql1"]["check_status"] == "L4OK", 3, "the first check")
    rig.cluster.databases["mysql1"].kill()
    began = time.monotonic()
    assert rig.greeting() == "mysql2"
    assert time.monotonic() - began < 2.5  # twenty tries would take as many seconds


def test_without_descriptors_it_waits_and_does_not_spin(rig):
    rig.cluster.databases["mysql1"].set("mode", "echo")
    rig.run(conf.changed(ONE_SERVER, global__user="root", global__group="root"))  # so that we may set its limit
    engine = rig.proxy.monitor_and_engine()[1]
    in_use = len(os.listdir(f"/proc/{engine}/fd"))
    _, hard = resource.prlimit(engine, resource.RLIMIT_NOFILE)
    resource.prlimit(engine, resource.RLIMIT_NOFILE, (in_use + 20, hard))
    sockets = [rig.cluster.client.connect(PROXY, 3306) for _ in range(40)]
    time.sleep(0.5)
    before = cpu_ticks(engine)
    time.sleep(1)
    assert cpu_ticks(engine) - before < 20
    resource.prlimit(engine, resource.RLIMIT_NOFILE, (hard, hard))
    for sock in sockets:
        sock.close()
    with rig.connect() as sock:
        sock.sendall(b"again")
        assert receive(sock, 5) == b"again"
    assert rig.proxy.runtime("show health").startswith("ok")


def cpu_ticks(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def resets_sent(host):
    names, values = [line.split() for line in host.run("cat", "/proc/net/snmp").stdout.splitlines()
                     if line.startswith("Tcp:")]
    return int(values[names.index("OutRsts")])


def answer_late(listener, name, seen):
    """Each connection: read to the end of file, then answer what it was, with our name; to the end."""
    def serve(sock):
        try:
            got = receive(sock, 1 << 20)
            sock.sendall(name.encode() + b" " + got)
            sock.close()
        except OSError as error:
            seen.append(error)

    with contextlib.suppress(OSError):
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


@pytest.mark.short
def test_sockets_are_used_again_and_no_server_notices(rig):
    """Server sockets outlive their connection: bytes stay apart, no reset is sent, they go when idle."""
    rig.run(conf.changed(BASE, **{"backend__server~mysql1": "192.168.95.11:3310",
                                  "backend__server~mysql2": "192.168.95.12:3310"}))
    engine = rig.proxy.monitor_and_engine()[1]
    seen = []
    with contextlib.ExitStack() as stack:
        for name in ("mysql1", "mysql2"):
            listener = stack.enter_context(contextlib.closing(rig.cluster.databases[name].host.socket()))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("0.0.0.0", 3310))
            listener.listen(64)
            threading.Thread(target=answer_late, args=(listener, name, seen), daemon=True).start()
        at_rest = len(os.listdir(f"/proc/{engine}/fd"))
        resets = resets_sent(rig.host)
        answers = []
        for turn in range(12):
            if turn == 6:
                rig.host.service("proxyd", "reload")
            with contextlib.ExitStack() as batch:
                sockets = [batch.enter_context(rig.connect()) for _ in range(16)]
                for number, sock in enumerate(sockets):
                    sock.sendall(b"%d/%d" % (turn, number))
                    sock.shutdown(socket.SHUT_WR)
                answers += [(b"%d/%d" % (turn, number), receive(sock, 1000)) for number, sock in enumerate(sockets)]
        kept = len(os.listdir(f"/proc/{engine}/fd")) - at_rest
        assert {got.split(b" ")[0] for _, got in answers} == {b"mysql1", b"mysql2"}
        assert all(got.split(b" ")[1] == sent for sent, got in answers)
        assert not seen and resets_sent(rig.host) == resets
        assert kept > 0
        until(lambda: len(os.listdir(f"/proc/{engine}/fd")) <= at_rest, 3, "the spare ones are closed")


def test_both_directions_of_many_streams_at_once(rig):
    echo(rig)
    data = bytes(range(256)) * 16384  # 4 MB
    wrong = []

    def one():
        with rig.connect(timeout=30) as sock:
            sender = threading.Thread(target=lambda: (sock.sendall(data), sock.shutdown(socket.SHUT_WR)))
            sender.start()
            if receive(sock, len(data) + 1) != data:
                wrong.append(sock)
            sender.join()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
