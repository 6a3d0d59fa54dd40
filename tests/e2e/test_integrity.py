"""Every byte arrives, once and in order, however it is forwarded and whatever the two ends do.

loadgen and tcpserver make both streams of a connection from a seed and compare what arrives byte for byte
(tests/tools/integrity.h): random sizes, both directions at once, half-closes, resets, slow readers, streams that
turn into messages and back.  --gigabytes N makes the soak test do as many: tests/run soak --gigabytes 100.
"""

import itertools
import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

from lab import conf
from lab.wait import until
from test_proxy import BASE, PROXY, cluster, rig  # noqa: F401, the fixtures of these tests too

MODES = ("splice", "copy", "auto")
WAYS = (*MODES, "switching")
CONNECTIONS = 3200  # each way: more than 10,000 in all, 2.1 GB
CONNECTIONS_SANITIZED = 300
CONNECTIONS_SWITCHING_SANITIZED = 1200  # time enough for several reloads of a slow build
BEFORE_SWITCHING = 50  # connections that go the way of the beginning
AT_ONCE = 128
SOAK_CONNECTIONS = 500  # of one slice
SOAK_SIZE = "128m"  # streams up to this long: some 9 MB a connection
SLOWEST = 60e6  # bytes per second of the soak test, below which it gives up


def forwarding(mode):
    return conf.changed(BASE, global__forwarding=mode, defaults__maxconn="2000")


def switch(rig, mode):
    """In place: what is under way stays as it is, new connections go the new way."""
    generation = rig.info("Generation")
    rig.proxy.configure(proxyd=forwarding(mode))
    os.kill(rig.proxy.monitor_and_engine()[0], signal.SIGHUP)
    until(lambda: rig.info("Generation") > generation, 10, f"forwarding = {mode}")


def transfer(rig, count, *words, timeout=150, meanwhile=None):
    """What loadgen and the servers say about so many connections; `meanwhile` is called while they run."""
    argv = ["loadgen", "integrity", f"{PROXY}:3306", "--conns", str(AT_ONCE), "--count", str(count), "--for",
            str(timeout), "--timeout", "20000", "--json", *words]
    servers = rig.cluster.databases.values()
    for server in servers:
        server.control("reset")
    with rig.cluster.client.popen(*argv, stdout=subprocess.PIPE, text=True) as process:
        while meanwhile and process.poll() is None:
            meanwhile()
        seen = json.loads(process.communicate(timeout=timeout + 20)[0])
    until(lambda: rig.proxy.stat()["main", "FRONTEND"]["scur"] == "0", 10, "no connection is left")
    until(lambda: all(json.loads(server.control("show"))["now"] == 0 for server in servers), 10, "servers are done")
    for name in ("differences", "truncated", "bad_hello"):
        seen[f"server_{name}"] = sum(json.loads(server.control("show"))[name] for server in servers)
    return seen


def judge(seen, count):
    assert seen["operations"] == count
    assert (seen["differences"], seen["broken"], seen["failed_connects"], seen["unfinished"]) == (0, 0, 0, 0)
    assert (seen["server_differences"], seen["server_truncated"], seen["server_bad_hello"]) == (0, 0, 0)


def forwarded(rig):
    """How the bytes went until now."""
    row = rig.proxy.stat()["main", "FRONTEND"]
    return {"bytes": int(row["bin"]) + int(row["bout"]), "spliced": rig.info("TotalSplicedBytesOut"),
            "switches": rig.info("ForwardingSwitches")}


def told(seen, went):
    return (f"{seen['operations']} connections, {total(seen) / 1e9:.2f} GB in {seen['seconds']:.1f} s, "
            f"{seen['differences'] + seen['server_differences']} bytes differ, seed {seen['seed']}; "
            f"{went['spliced'] / went['bytes']:.0%} spliced, {went['switches']} switches")


def total(seen):
    return seen["bytes_up"] + seen["bytes_down"]


def run_one_way(rig, way, count, *words, timeout=150):
    modes = itertools.cycle(MODES)
    begun = int(rig.proxy.stat()["main", "FRONTEND"]["stot"]) + min(BEFORE_SWITCHING, count)

    def reload():
        if int(rig.proxy.stat()["main", "FRONTEND"]["stot"]) < begun:
            time.sleep(0.02)
            return
        switch(rig, next(modes))
        time.sleep(0.3)
    before = forwarded(rig)
    seen = transfer(rig, count, *words, timeout=timeout, meanwhile=reload if way == "switching" else None)
    after = forwarded(rig)
    return seen, {name: after[name] - before[name] for name in after}


@pytest.mark.short
@pytest.mark.parametrize("way", WAYS)
def test_every_byte_arrives(rig, slow, measured, way):
    sanitized = CONNECTIONS_SWITCHING_SANITIZED if way == "switching" else CONNECTIONS_SANITIZED
    count = sanitized if slow else CONNECTIONS
    for database in rig.cluster.databases.values():
        database.set("mode", "integrity")
    rig.run(forwarding("copy" if way == "switching" else way))
    seen, went = run_one_way(rig, way, count)
    measured(f"forwarding {way}", told(seen, went))
    judge(seen, count)
    if way == "copy":
        assert went["spliced"] == went["switches"] == 0
    elif way == "splice":
        assert went["spliced"] > 0.9 * went["bytes"]
    else:
        assert 0 < went["spliced"] < went["bytes"]
        assert went["switches"] > 0


@pytest.mark.short
@pytest.mark.parametrize("mode", MODES)
def test_urgent_data_does_not_end_a_stream(rig, mode):
    """splice() stops at its mark as if nothing more came, or even as if the end had come."""
    rig.cluster.databases["mysql1"].set("mode", "echo")
    rig.run(conf.changed(forwarding(mode), **{"backend__server~mysql2": None}))
    piece = bytes(byte for byte in range(256) if byte != ord("!")) * 400
    with rig.connect() as sock:
        for ends in (False, False, True):
            sender = threading.Thread(target=send_with_urgent_byte, args=(sock, piece * 10, ends))
            sender.start()
            got = b""
            while len(got.replace(b"!", b"")) < len(piece) * 10 + 4 and (chunk := sock.recv(1 << 20)):
                got += chunk
            sender.join()
            assert got.replace(b"!", b"") == piece * 10 + b"tail"
        assert sock.recv(1).replace(b"!", b"") == b""


def send_with_urgent_byte(sock, data, ends):
    sock.sendall(data)
    sock.send(b"!", socket.MSG_OOB)
    sock.sendall(b"tail")
    if ends:
        sock.shutdown(socket.SHUT_WR)


@pytest.mark.soak
def test_soak(rig, measured, request):
    """Slices of long streams, each way in turn, until so many gigabytes have passed."""
    wanted = request.config.getoption("--gigabytes") * 1e9
    done, began = {"bytes": 0, "connections": 0, "differences": 0}, time.monotonic()
    for database in rig.cluster.databases.values():
        database.set("mode", "integrity")
    rig.run(forwarding("auto"))
    for way in itertools.cycle(WAYS):
        if way in MODES:
            switch(rig, way)
        seen, went = run_one_way(rig, way, SOAK_CONNECTIONS, "--max-size", SOAK_SIZE)
        done["bytes"] += total(seen)
        done["connections"] += seen["operations"]
        done["differences"] += seen["differences"] + seen["server_differences"]
        seconds = time.monotonic() - began
        measured(f"soak {way}", f"{told(seen, went)}; {done['bytes'] / 1e9:.1f} of {wanted / 1e9:g} GB, "
                                f"{done['connections']} connections, {done['differences']} bytes differ, "
                                f"{seconds:.0f} s")
        judge(seen, SOAK_CONNECTIONS)
        if done["bytes"] >= wanted:
            break
        assert seconds < 120 + done["bytes"] / SLOWEST, "too slow"
