"""50,000 packets per second that nobody must believe: nothing moves, and adverts stay on time.

They are aimed at one host (its address below IP, the group's in IP), as a bridge copies to nobody else then: the
machine shall spend its time on the host that is flooded.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import time

import pytest

from lab import conf
from lab.cluster import VIP
from lab.pair import ALONE, Pair
from lab.wait import until

SEED = 20260118
RATE = 50000
INTERVAL = 0.1
TEXT = conf.changed(ALONE, instance__advert_int="100ms", instance__version="3", instance__auth_type=None,
                    instance__auth_pass=None)
KEEPALIVED = """global_defs {{
    router_id ka
    script_user root
    vrrp_version 3
}}
vrrp_instance VI_1 {{
    state BACKUP
    interface eth0
    virtual_router_id 11
    priority {priority}
    advert_int 0.1
    virtual_ipaddress {{
        192.168.95.55/24
    }}
}}
"""


@pytest.fixture(scope="module")
def pair(make_lab, build):
    made = Pair(make_lab({"proxy1": "192.168.95.13", "proxy2": "192.168.95.14", "stranger": "192.168.95.66",
                          "observer": "192.168.95.67"}), build)
    tool = build / "tests/tools/vrrpflood"
    stranger = made.lab.hosts["stranger"]
    stranger.path("/usr/local/bin").mkdir(parents=True, exist_ok=True)
    shutil.copy2(tool, stranger.path("/usr/local/bin"))
    made.start(TEXT)
    return made


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Watch:
    """When the master's advertisements pass by, by the kernel's clock of a third host."""

    def __init__(self, host, source):
        argv = ["tshark", "-l", "-n", "-i", "eth0", "-f", f"ip proto 112 and src host {source}", "-T", "fields",
                "-e", "frame.time_epoch"]
        self.process = host.popen(*argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "Capturing on" in line:
                break
        time.sleep(0.5)

    def gaps(self):
        self.process.terminate()
        at = [float(line) for line in self.process.communicate(timeout=20)[0].split()]
        return [later - earlier for earlier, later in zip(at, at[1:])]


@dataclasses.dataclass
class Kernel:
    """What a host's kernel has counted: packets that reached its interface, its IP, and full raw sockets."""

    interface: int
    ip: int
    overrun: int

    @classmethod
    def of(cls, host):
        proc = pathlib.Path(f"/proc/{host.pid}/net")
        ports = {line.split(":")[0].strip(): line.split(":")[1].split() for line in
                 (proc / "dev").read_text(encoding="ascii").splitlines() if ":" in line}
        names, values = [line.split() for line in (proc / "snmp").read_text(encoding="ascii").splitlines()
                         if line.startswith("Ip:")]
        raw = [line.split() for line in (proc / "raw").read_text(encoding="ascii").splitlines()[1:]]
        return cls(int(ports["eth0"][1]), int(values[names.index("InReceives")]), sum(int(line[-1]) for line in raw))

    def since(self, before):
        return Kernel(self.interface - before.interface, self.ip - before.ip, self.overrun - before.overrun)


@dataclasses.dataclass
class Flood:
    """What came of one."""

    seconds: float
    sent: int
    kernel: Kernel
    cpu: float
    gaps: list

    @property
    def rate(self):
        return self.kernel.ip / self.seconds

    @property
    def late(self):
        """Milliseconds off the interval, sorted."""
        return sorted(abs(gap - INTERVAL) * 1000 for gap in self.gaps)

    @property
    def jitter(self):
        late = self.late
        return f"{len(late)} gaps between the master's adverts, off by median {statistics.median(late):.2f} ms, " \
               f"99th percentile {late[int(len(late) * 0.99) - 1]:.2f} ms, worst {late[-1]:.2f} ms"

    def __str__(self):
        return f"{self.sent} sent, {self.kernel.interface} at its interface and {self.kernel.ip} at its IP " \
               f"({self.rate:.0f} per s), {self.kernel.overrun} dropped at full sockets, CPU {self.cpu:.1f} %"


def flood(pair, target, pids, seconds, *options):
    """At one host of the pair, whose daemon has these pids; proxy1 is master."""
    host = pair.proxies[target].host
    mac = json.loads(host.out("ip", "-j", "link", "show", "dev", "eth0"))[0]["address"]
    watch = Watch(pair.lab.hosts["observer"], "192.168.95.13")
    cpu, before = sum(map(cpu_seconds, pids)), Kernel.of(host)
    print(f"seed {SEED}")
    out = pair.lab.hosts["stranger"].out("vrrpflood", "-m", mac, "-r", RATE, "-t", seconds, "-s", SEED, "-v", 11,
                                         "-a", VIP, "-n", "192.168.95.100", *options, timeout=seconds + 30)
    kernel = Kernel.of(host).since(before)
    cpu = 100 * (sum(map(cpu_seconds, pids)) - cpu) / seconds
    return Flood(seconds, json.loads(out)["sent"], kernel, cpu, watch.gaps())


def refused(proxy):
    stats = proxy.vrrp()["stats"]
    return sum(value for name, value in stats.items() if name.endswith("_err") or name.startswith("invalid_"))


def flood_of_ours(pair, target, seconds, measured):
    """One of the two routers is flooded: nothing moves, and the master advertises on."""
    master, backup = pair.proxies["proxy1"], pair.proxies["proxy2"]
    victim = pair.proxies[target]
    pids = [proxy.host.processes("vrrpd") for proxy in (master, backup)]
    transitions = [proxy.host.log().count(" -> ") for proxy in (master, backup)]
    before = refused(victim)
    done = flood(pair, target, victim.host.processes("vrrpd"), seconds)
    assert [proxy.host.processes("vrrpd") for proxy in (master, backup)] == pids
    assert pair.holders() == ["proxy1"] and backup.vrrp_state() == "BACKUP"
    assert [proxy.host.log().count(" -> ") for proxy in (master, backup)] == transitions
    reached = refused(victim) - before
    role = "master" if victim is master else "backup"
    measured(f"{seconds} s of {RATE} packets/s at the {role}",
             f"{done}; {done.jitter}; {reached} ({100 * reached / done.kernel.ip:.0f} %) read by vrrpd and refused")
    assert done.kernel.ip >= 0.99 * done.sent, "they did arrive"
    assert reached > done.sent / 2, "and were refused by us, not by the kernel alone"
    assert len(done.gaps) >= seconds / INTERVAL - 3
    assert done.late[-1] <= 2 * INTERVAL * 1000  # nowhere near the three intervals that a backup waits
    return done


@pytest.mark.parametrize("target", ["proxy1", "proxy2"])
def test_a_flood_moves_nothing(pair, measured, target):
    done = flood_of_ours(pair, target, 4, measured)
    assert done.rate >= RATE / 2  # who shares the machine with others has less of it


def test_a_flood_of_losing_masters_is_not_answered_by_a_flood(pair, measured):
    """Adverts that are right and have a low priority, or 0: a master answers them, at most every 5 ms."""
    seconds, master = 3, pair.proxies["proxy1"]
    before, moves = master.vrrp()["stats"], [proxy.host.log().count(" -> ") for proxy in pair.proxies.values()]
    done = flood(pair, "proxy1", master.host.processes("vrrpd"), seconds, "-l")
    stats = {name: value - before[name] for name, value in master.vrrp()["stats"].items() if isinstance(value, int)}
    measured(f"{seconds} s of losing adverts", f"{done}; {stats['advert_rcvd']} taken, {stats['advert_sent']} answers")
    assert [proxy.host.log().count(" -> ") for proxy in pair.proxies.values()] == moves
    assert pair.holders() == ["proxy1"]
    assert stats["advert_rcvd"] > RATE  # of them some were taken for each answer
    forms = 2  # of the checksum, when a peer is heard in one that is not ours: two packets for each answer
    assert seconds * 100 < stats["advert_sent"] < (seconds + 1) * 210 * forms
    assert max(done.gaps) <= 2 * INTERVAL


@pytest.mark.soak
@pytest.mark.parametrize("target", ["proxy1", "proxy2"])
def test_half_a_minute_of_it(pair, measured, target):
    done = flood_of_ours(pair, target, 30, measured)
    assert done.rate >= 0.99 * RATE


@contextlib.contextmanager
def keepalived(pair):
    pair.stop()
    began = []
    for name, proxy in pair.proxies.items():
        proxy.host.write("/etc/keepalived/keepalived.conf",
                         KEEPALIVED.format(priority=130 if name == "proxy1" else 120))
        process = proxy.host.popen("keepalived", "-n", "-l", "-D", "-P", stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        proxy.host.pump(process, "keepalived.log")
        began.append(process)
        until(lambda: pair.holders() == ["proxy1"], 10, "proxy1 is master")
    yield
    for proxy, process in zip(pair.proxies.values(), began):
        if proxy.host.processes("keepalived"):
            proxy.host.signal("keepalived", signal.SIGTERM)
        process.wait(timeout=10)


@pytest.mark.soak
@pytest.mark.skipif(not shutil.which("keepalived"), reason="keepalived is not installed")
@pytest.mark.parametrize("target", ["proxy1", "proxy2"])
def test_the_same_at_keepalived(pair, measured, target):
    """For comparison: whatever becomes of it is no failure of ours."""
    with keepalived(pair):
        host = pair.proxies[target].host
        before = [proxy.host.log("keepalived.log").count("Entering") for proxy in pair.proxies.values()]
        done = flood(pair, target, host.processes("keepalived"), 30)
        moves = [proxy.host.log("keepalived.log").count("Entering") - n
                 for proxy, n in zip(pair.proxies.values(), before)]
        lines = len(host.log("keepalived.log").splitlines())
    role = "master" if target == "proxy1" else "backup"
    measured(f"30 s of {RATE} packets/s at keepalived's {role}",
             f"{done}; {done.jitter}; {sum(moves)} changes of state, {lines} lines logged")
    pair.start(TEXT)
