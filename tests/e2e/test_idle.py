"""Many idle connections: what one costs, and that nothing stays behind."""

import os
import pathlib
import re
import resource
import time

from lab import conf
from lab.wait import until

PROXY = "192.168.95.13"
CONNECTIONS = 20000
TEXT = conf.changed(conf.PROXYD, global__maxconn="25000", defaults__maxconn="25000", defaults__timeout_client="10m",
                    defaults__timeout_server="10m", backend__balance="roundrobin", **{
                        "backend__server~mysql1": "192.168.95.11:3306 check",
                        "backend__server~mysql2": "192.168.95.12:3306 check"})


def rss_kb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))


def files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def test_twenty_thousand_idle_connections(make_cluster, measured):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    cluster = make_cluster("tcp", proxyd=TEXT, start=False)
    proxy = cluster.proxies["proxy1"]
    for host in (cluster.client, proxy.host):
        host.run("sysctl", "-qw", "net.ipv4.ip_local_port_range=10240 65000")
    proxy.host.service("proxyd", "start")
    until(proxy.serves, 5, "proxyd serves")
    cluster.client.connect(PROXY, 3306).close()
    time.sleep(1)
    engine = proxy.monitor_and_engine()[1]
    before = rss_kb(engine), files(engine)

    sockets = []
    with cluster.client.netns():
        import socket
        for _ in range(CONNECTIONS):
            sock = socket.socket()
            sock.settimeout(10)
            sock.connect((PROXY, 3306))
            sockets.append(sock)
    servers = ("mysql1", "mysql2")
    until(lambda: sum(int(proxy.stat()["mysql", name]["scur"]) for name in servers) == CONNECTIONS, 30,
          f"{CONNECTIONS} connections are through")
    for sock in sockets:
        assert sock.recv(100).startswith(b"hello")
    time.sleep(1)
    full = rss_kb(engine), files(engine)
    assert full[1] - before[1] >= 2 * CONNECTIONS

    for sock in sockets:
        sock.close()
    until(lambda: proxy.stat()["main", "FRONTEND"]["scur"] == "0", 30, "all are gone")
    until(lambda: files(engine) == before[1], 10, "no descriptor is left")
    until(lambda: rss_kb(engine) <= before[0] * 1.05, 10, f"RSS is back from {full[0]} to {before[0]} kB + 5%: "
          f"it is {rss_kb(engine)}")
    measured(f"{CONNECTIONS} idle connections", f"{(full[0] - before[0]) * 1024 / CONNECTIONS:.0f} bytes RSS each; "
             f"engine {before[0]} -> {full[0]} -> {rss_kb(engine)} kB, {before[1]} -> {full[1]} -> {files(engine)} files")
