"""proxyd under valgrind through connections, reloads, failures and its end."""

import concurrent.futures
import contextlib
import re
import signal
import subprocess
import time

import pytest

from lab import conf
from lab.wait import until

PROXY = "192.168.95.13"
TEXT = conf.changed(conf.PROXYD, defaults__timeout_connect="1s", global__health_stall="10s", **{
    "backend__server~mysql1": "192.168.95.11:3306 check inter=300ms fall=2 rise=2 maxconn=3",
    "backend__server~mysql2": "192.168.95.12:3306 check inter=300ms fall=2 rise=2 maxconn=3"})
OTHER = conf.changed(TEXT, frontend__bind="0.0.0.0:3306, 0.0.0.0:3309", backend__balance="roundrobin",
                     **{"backend__server~mysql2": None})


def talk(cluster, count):
    """So many clients at a time; more than the servers take wait in the queue."""
    def client(_):
        with contextlib.closing(cluster.client.connect(PROXY, 3306, 20)) as sock:
            assert sock.recv(100).startswith(b"hello")
            sock.sendall(b"x" * 3000 + b"\n")
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        list(pool.map(client, range(count)))


@pytest.mark.valgrind
def test_no_leak_and_no_error(make_cluster):
    cluster = make_cluster("tcp", start=False)
    proxy = cluster.proxies["proxy1"]
    proxy.configure(proxyd=TEXT)
    proxy.host.shell("install -d /run/proxyd")
    process = proxy.host.popen("valgrind", "--leak-check=full", "--show-leak-kinds=definite,indirect,possible",
                               "--track-fds=no", "--num-callers=30", "--trace-children=yes",
                               "--log-file=/var/log/valgrind.%p", "proxyd", "-f", "/etc/proxyd/proxyd.conf",
                               "-p", "/run/proxyd/proxyd.pid", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    proxy.host.pump(process, "proxyd.out")
    until(proxy.serves, 30, "proxyd serves")
    talk(cluster, 10)
    for n in range(6):
        proxy.configure(proxyd=OTHER if n % 2 == 0 else TEXT)
        proxy.host.shell("kill -HUP $(cat /run/proxyd/proxyd.pid)")
        time.sleep(0.5)
        talk(cluster, 3)
    cluster.databases["mysql1"].kill()
    until(lambda: proxy.server_is("mysql1", "DOWN"), 20, "mysql1 is DOWN")
    talk(cluster, 3)
    assert cluster.status_page(host=PROXY, timeout=10)[0] == 200
    for line in ("show info", "show stat", "show servers state", "help", "nonsense", "disable server mysql/mysql2",
                 "enable server mysql/mysql2", "shutdown sessions server mysql/mysql2"):
        proxy.runtime(line, timeout=10)
    cluster.databases["mysql1"].start()
    until(lambda: proxy.server_is("mysql1", "UP"), 20, "mysql1 is UP")
    left = [cluster.client.connect(PROXY, 3306, 20) for _ in range(3)]
    proxy.host.shell("kill -TERM $(cat /run/proxyd/proxyd.pid)")
    process.wait(timeout=30)
    for sock in left:
        sock.close()
    logs = [file for file in (proxy.host.state / "log").glob("valgrind.*") if "ERROR SUMMARY" in file.read_text()]
    assert logs
    for file in logs:
        text = file.read_text()
        for count in re.findall(r"ERROR SUMMARY: ([\d,]+) errors", text):
            assert count == "0", text
        for kind in ("definitely", "indirectly", "possibly"):
            for count in re.findall(rf"{kind} lost: ([\d,]+) bytes", text):
                assert count == "0", text
    summaries = sum(file.read_text().count("ERROR SUMMARY") for file in logs)
    assert summaries >= 2, "monitor and engine"
    assert process.returncode in (0, -signal.SIGTERM)
