"""The two pairs of hosts: started afresh for each trial, so that none inherits another's state."""

import contextlib
import os
import re
import shutil
import signal
import subprocess

from lab.cluster import PRIORITIES, VIP, Cluster
from lab.wait import until

from . import configs

SETTLE = 15  # seconds until a pair must have one master and one backup
FIRST, SECOND = PRIORITIES  # the first is master at the begin of each trial


def _signal(pids, number):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _parent(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        return int(f.read().rpartition(")")[2].split()[1])


class Pair:
    """Five hosts: two servers, two proxy hosts, one client."""

    programs = ()  # the electing daemon's first

    def __init__(self, build):
        self.cluster = Cluster(build, "tcp")
        self.hosts = {name: self.cluster.hosts[name] for name in PRIORITIES}
        self.install()

    def close(self):
        self.cluster.stop()

    def fresh(self, interval_ms, tuned=False, tracks=True, **more):
        """FIRST is master, SECOND backup, both proxies serve (unless not tracks: no proxy then)."""
        self.clear()
        for name, host in self.hosts.items():
            self.configure(name, host, interval_ms, tuned, tracks, **more)
            if tracks:
                self.start_proxy(host)
        self.start_electing(self.hosts[FIRST])
        if "bfd" not in more:  # there nobody is well without the other
            until(lambda: self.hosts[FIRST].has_address(VIP), SETTLE, f"{FIRST} holds the address")
        self.start_electing(self.hosts[SECOND])
        until(lambda: self.state(SECOND) == "BACKUP" and self.state(FIRST) == "MASTER", SETTLE,
              "one MASTER, one BACKUP")

    def clear(self):
        """No daemon, no address, no file of theirs."""
        for host in self.hosts.values():
            for program in self.programs:
                _signal(host.processes(program), signal.SIGKILL)
            host.shell(f"ip addr del {VIP}/24 dev eth0 2>/dev/null; rm -rf {' '.join(self.leavings)}")
            self.cluster.heal(host)

    def pids(self, name, program):
        return self.hosts[name].processes(program)

    # --- what can happen to FIRST ---

    def signalling(self, program, number):
        """What sends it to all processes of the program at once; they are looked for now.

        The youngest first: keepalived's child would end in good order if it saw its parent go.
        """
        pids = self.pids(FIRST, program)[::-1]
        if not pids:
            raise AssertionError(f"{FIRST}: no {program} runs")
        return lambda: _signal(pids, number)

    def lose_host(self):
        """As if its power were gone: nothing comes from it any more, the link of the others stays."""
        self.cluster.cut(self.hosts[FIRST], carrier=False)


class Ours(Pair):
    name = "vrrpd"
    programs = ("vrrpd", "proxyd")
    leavings = ("/run/vrrpd", "/run/proxyd")

    def install(self):
        self.cluster.install()

    def configure(self, name, host, interval_ms, tuned, tracks, **more):
        text = configs.vrrpd(name, interval_ms, tuned, tracks, **more)
        self.cluster.proxies[name].configure(vrrpd=text)

    def start_proxy(self, host):
        host.service("proxyd", "start")
        until(self.cluster.proxies[host.name].serves, SETTLE, f"proxyd on {host.name} serves")

    def start_electing(self, host):
        host.service("vrrpd", "start")

    def state(self, name):
        return self.cluster.proxies[name].vrrp_state()

    def switch(self):
        self.hosts[FIRST].run("vrrpctl", "switchover", "VI_1")


class Theirs(Pair):
    name = "keepalived"
    programs = ("keepalived", "haproxy")
    leavings = (configs.DOWN_FILE, configs.SWITCH_FILE, configs.ADMIN, "/run/keepalived.pid", "/run/keepalived")
    LOG = "keepalived.log"
    BFD = configs.BFD_NAME
    STATE = re.compile(r"\(VI_1\) Entering (\w+) STATE")

    def install(self):
        for host in self.hosts.values():
            host.path("/run/haproxy").mkdir(parents=True, exist_ok=True)
            host.write("/etc/haproxy/haproxy.cfg", configs.HAPROXY)
            shutil.rmtree(host.path("/etc/keepalived"), ignore_errors=True)
        self.children = []

    def configure(self, name, host, interval_ms, tuned, tracks, **more):
        host.write(configs.CHECK, configs.ANSWERS if tuned else configs.ALIVE, 0o755)
        self.only = [] if "bfd" in more else ["-P"]  # VRRP alone
        host.write("/etc/keepalived/keepalived.conf",
                   configs.keepalived(name, interval_ms, tuned, tracks, **more))

    def start_proxy(self, host):
        """In the foreground below a shell, which writes to the tracked file when it ends."""
        script = (f"echo 0 >{configs.DOWN_FILE}; haproxy -W -db -f /etc/haproxy/haproxy.cfg; "
                  f"echo 1 >{configs.DOWN_FILE}")
        self._background(host, "haproxy.log", "sh", "-c", script)
        until(lambda: len(host.processes("haproxy")) >= 2 and self._serves(host), SETTLE, f"HAProxy on {host.name}")

    def _serves(self, host):
        with contextlib.suppress(OSError), contextlib.closing(host.connect("127.0.0.1", 3306, timeout=1)) as sock:
            return sock.recv(1) != b""
        return False

    def start_electing(self, host):
        self._log(host).write_bytes(b"")
        self._background(host, self.LOG, "keepalived", "-n", "-l", "-D", *self.only, "-f",
                         "/etc/keepalived/keepalived.conf")

    def _log(self, host):
        return host.state / "log" / self.LOG

    def _background(self, host, log, *argv):
        with open(host.state / "log" / log, "ab") as out:
            self.children.append(host.popen(*argv, stdout=out, stderr=subprocess.STDOUT))

    def clear(self):
        super().clear()
        for child in self.children:
            child.send_signal(signal.SIGCONT)  # nsenter stops itself when what it runs is stopped
            child.wait(timeout=10)
        self.children = []

    def state(self, name):
        states = self.STATE.findall(self._log(self.hosts[name]).read_text(errors="replace"))
        return states[-1] if states else None

    def switch(self):
        """The priority sinks below the other's; needs preempt."""
        self.hosts[FIRST].write(configs.SWITCH_FILE, "-20\n")

    def killing_child(self):
        """What kills the electing process alone, as a crash of it would: its parent starts another."""
        pids = self.pids(FIRST, "keepalived")
        children = [pid for pid in pids if _parent(pid) in pids]
        if len(children) != 1:
            raise AssertionError(f"keepalived has {len(children)} children")
        return lambda: _signal(children, signal.SIGKILL)


class Pairs(dict):
    """Made when first asked for: "vrrpd", "keepalived", and more of either kind with another suffix."""

    KINDS = {kind.name: kind for kind in (Ours, Theirs)}

    def __init__(self, build):
        super().__init__()
        self.build = build

    def __missing__(self, name):
        self[name] = self.KINDS[name.partition("-")[0]](self.build)
        return self[name]

    def close(self):
        for pair in self.values():
            pair.close()
        self.clear()
