"""Many idle connections: what one costs, and that nothing stays behind.

A proxied connection takes two descriptors.  Where the limit of descriptors per process cannot be
raised far enough, the connections are shared among as many proxyd as it takes.
"""

import contextlib
import os
import pathlib
import re
import resource
import subprocess
import sys
import time

from lab import conf
from lab.cluster import Proxy, TOOLS
from lab.tcpserver import TcpServer
from lab.wait import until

CONNECTIONS = 20000
RESERVE = 1000  # descriptors that are not connections
TEXT = conf.changed(conf.PROXYD, defaults__timeout_client="10m", defaults__timeout_server="10m",
                    backend__balance="roundrobin", **{"backend__server~mysql1": "192.168.95.11:3306 check",
                                                      "backend__server~mysql2": "192.168.95.12:3306 check"})
# opens argv[2] connections to argv[1], says so, closes them when told to
CLIENT = """
import socket, sys
sockets = []
for _ in range(int(sys.argv[2])):
    sock = socket.create_connection((sys.argv[1], 3306), 30)
    sockets.append(sock)
for sock in sockets:
    assert sock.recv(100).startswith(b"hello")
print("open", flush=True)
sys.stdin.readline()
for sock in sockets:
    sock.close()
"""


def rss_kb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))


def files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Instance:
    def __init__(self, host, build, share):
        self.proxy = Proxy(host, build)
        self.share = share
        self.proxy.install()
        self.proxy.configure(proxyd=conf.changed(TEXT, global__maxconn=str(share + 100),
                                                 defaults__maxconn=str(share + 100)))
        host.run("sysctl", "-qw", "net.ipv4.ip_local_port_range=10240 65000")
        host.service("proxyd", "start")
        until(self.proxy.serves, 5, "proxyd serves")

    def measure(self):
        engine = self.proxy.monitor_and_engine()[1]
        return rss_kb(engine), files(engine)

    def current(self):
        return int(self.proxy.stat()["main", "FRONTEND"]["scur"])


def shares():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    instances = -(-CONNECTIONS // ((hard - RESERVE) // 2))
    return [CONNECTIONS // instances + (n < CONNECTIONS % instances) for n in range(instances)]


def test_twenty_thousand_idle_connections(make_lab, build, measured):
    lab = make_lab({"mysql1": "192.168.95.11", "mysql2": "192.168.95.12", "client": "192.168.95.100"})
    hosts = lab.add_hosts({f"px{n}": f"192.168.95.{20 + n}" for n in range(len(shares()))})
    servers = []
    for name in ("mysql1", "mysql2"):
        target = lab.hosts[name].path("/usr/local/bin")
        target.mkdir(parents=True, exist_ok=True)
        for tool in TOOLS:
            with contextlib.suppress(FileNotFoundError):
                (target / tool).write_bytes((build / "tests/tools" / tool).read_bytes())
                (target / tool).chmod(0o755)
        servers.append(TcpServer(lab.hosts[name]))
        servers[-1].start()
    instances = [Instance(host, build, share) for host, share in zip(hosts, shares())]
    for instance in instances:  # the code that connections run through is resident before we measure
        for sock in [lab.hosts["client"].connect(instance.proxy.host.address, 3306) for _ in range(200)]:
            sock.recv(100)
            sock.close()
        assert instance.current() >= 0
    time.sleep(1.5)
    before = [instance.measure() for instance in instances]

    clients = [lab.hosts["client"].popen(sys.executable, "-c", CLIENT, i.proxy.host.address, str(i.share),
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
               for i in instances]
    for client in clients:
        assert client.stdout.readline() == "open\n"
    assert sum(instance.current() for instance in instances) == CONNECTIONS
    time.sleep(1)
    full = [instance.measure() for instance in instances]
    each = sum(now - was for (now, _), (was, _) in zip(full, before)) * 1024 / CONNECTIONS
    assert sum(now - was for (_, now), (_, was) in zip(full, before)) >= 2 * CONNECTIONS

    for client in clients:
        client.communicate("\n", timeout=30)
    for instance, was in zip(instances, before):
        until(lambda i=instance: i.current() == 0, 30, "all connections are gone")
        until(lambda i=instance, w=was: i.measure()[1] == w[1], 10, "no descriptor is left")
    with contextlib.suppress(AssertionError):
        until(lambda: all(i.measure()[0] <= w[0] * 1.05 for i, w in zip(instances, before)), 10, "RSS is back")
    after = [instance.measure() for instance in instances]
    measured(f"{CONNECTIONS} idle connections through {len(instances)} proxyd",
             f"{each:.0f} bytes RSS each; (RSS kB, files) {before} -> {full} -> {after}")
    for (was, _), (now, _) in zip(before, after):
        assert now <= was * 1.05, f"RSS {was} kB before, {now} kB afterwards"
