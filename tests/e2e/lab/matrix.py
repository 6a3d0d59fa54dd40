"""The interop matrix's material: the protocols, both daemons behind one face, a pair of hosts per cell."""

import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import threading
import time

from . import advert
from .host import process_state
from .lab import Lab, _run
from .wait import until

VRID = 11
STRANGER = {4: "192.168.95.66", 6: "fe80::66"}
STRANGER_MAC = "02:00:00:00:00:66"
BRIDGE_MAC = "02:00:00:00:00:fa"  # else it would be that of a port, and another one when the port leaves
MACS = ("02:00:00:00:00:13", "02:00:00:00:00:14")  # so that the second has the higher address, IPv6 as well
ADDRESSES = ("192.168.95.13", "192.168.95.14")
STRONG, WEAK, EVEN = 200, 100, 150
PASSWORD, WRONG_PASSWORD = "secr3t", "wr0ng"
KEEPALIVED_FAULT = "/run/keepalived.fault"


@dataclasses.dataclass(frozen=True)
class Mode:
    name: str
    version: int
    family: int
    auth: str  # None, PASS, AH
    interval: float

    def vips(self, n):
        if self.family == 6:
            return tuple(["fe80::5:5", *(f"fd00:95::{54 + i}" for i in range(1, n))])
        return tuple(f"192.168.95.{55 + i}" for i in range(n))

    @property
    def prefix(self):
        return 64 if self.family == 6 else 24

    def skew(self, priority, interval=None):
        unit = 1.0 if self.version == 2 else interval or self.interval
        return (256 - priority) / 256 * unit

    def down(self, priority, interval=None):
        return 3 * (interval or self.interval) + self.skew(priority, interval)


# v3 at 200 ms: a machine has to stand still for half a second before a master is given up in error
MODES = [Mode("v2 none", 2, 4, None, 1.0), Mode("v2 PASS", 2, 4, "PASS", 1.0), Mode("v2 AH", 2, 4, "AH", 1.0),
         Mode("v3 IPv4", 3, 4, None, 0.2), Mode("v3 IPv6", 3, 6, None, 0.2)]


@dataclasses.dataclass(frozen=True)
class Settings:
    """How a router is configured; None: as its protocol has it."""
    priority: int
    nopreempt: bool = True
    interval: float = None
    password: str = None
    auth: str = None  # another type than the protocol's
    n_vips: int = 1
    fast_takeover: bool = False  # of vrrpd alone


VRRPD = """[global]
router_id    = ours
stats_socket = /run/vrrpd/vrrpd.sock

[instance VI_1]
state             = BACKUP
nopreempt         = {nopreempt}
interface         = eth0
virtual_router_id = {vrid}
priority          = {priority}
advert_int        = {milliseconds}ms
fast_takeover     = {fast}
version           = {version}
{auth}virtual_ipaddress = {vips}
"""
KEEPALIVED = """global_defs {{
    router_id theirs
    script_user root
}}
track_file fault {{
    file {fault}
    weight 0
}}
vrrp_instance VI_1 {{
    state BACKUP
    version {version}
    {nopreempt}
    interface eth0
    virtual_router_id {vrid}
    priority {priority}
    advert_int {interval}
    {auth}
    track_file {{
        fault
    }}
    virtual_ipaddress {{
        {vips}
    }}
}}
"""


def descendants(pid):
    found = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


class Router:
    """One of the daemons on its host; what both have in common."""

    def __init__(self, host, mode, index):
        self.host = host
        self.mode = mode
        self.mac = MACS[index]
        self.bit = 1 << index
        self.process = None
        self.n_starts = 0

    def _fields(self, settings):
        auth, version = settings.auth or self.mode.auth, self.mode.version
        return dict(vrid=VRID, priority=settings.priority, version=version, auth_type=auth,
                    interval=settings.interval or self.mode.interval, password=settings.password or PASSWORD,
                    vips=[f"{vip}/{self.mode.prefix}" for vip in self.mode.vips(settings.n_vips)])

    def start(self, settings):
        self.configure(settings)
        with open(self.host.state / "log" / f"{self.name}.log", "ab") as log:
            self.process = self.host.popen(*self.command, stdout=log, stderr=log)
        self.n_starts += 1
        until(lambda: self.said(self.listens) >= self.n_starts, 8,
              f"{self.name} is BACKUP")

    def signal(self, number):
        os.kill(descendants(self.process.pid)[0], number)

    def leave(self):
        self.signal(signal.SIGTERM)

    def kill(self):
        """All of its processes, and none has the time to notice that another one died."""
        pids = descendants(self.process.pid)
        os.kill(pids[0], signal.SIGSTOP)
        for pid in reversed(pids):
            os.kill(pid, signal.SIGKILL)
        until(lambda: all(process_state(pid) in (None, "Z", "X") for pid in pids), 2, f"{self.name} is dead",
              interval=0.002)

    def reload(self, settings):
        self.configure(settings)
        self.signal(signal.SIGHUP)

    def log(self):
        return self.host.log(f"{self.name}.log")

    def said(self, text):
        return self.log().count(text)


class Ours(Router):
    name = "vrrpd"
    command = ("vrrpd", "-f", "/etc/vrrpd/vrrpd.conf")
    listens = "INIT -> BACKUP"

    def configure(self, settings):
        fields = self._fields(settings)
        auth = ""
        if fields["auth_type"] and fields["version"] == 2:
            auth = f"auth_type = {fields['auth_type']}\nauth_pass = {fields['password']}\n"
        fields.update(auth=auth, milliseconds=round(fields["interval"] * 1000), vips=", ".join(fields["vips"]),
                      nopreempt="yes" if settings.nopreempt else "no", fast="yes" if settings.fast_takeover else "no")
        self.host.write("/etc/vrrpd/vrrpd.conf", VRRPD.format(**fields), 0o640)

    def hand_over(self):
        self.host.run("vrrpctl", "switchover", "VI_1")

    def stats(self):
        return json.loads(self.host.out("vrrpctl", "show", "json"))["instances"][0]["stats"]


class Theirs(Router):
    name = "keepalived"
    command = ("keepalived", "-n", "-l", "-D", "-P", "-f", "/etc/keepalived/keepalived.conf")
    listens = "Entering BACKUP STATE (init)"

    def configure(self, settings):
        fields = self._fields(settings)
        auth = ""
        if fields["auth_type"]:
            auth = f"authentication {{\n auth_type {fields['auth_type']}\n auth_pass {fields['password']}\n }}"
        fields.update(auth=auth, interval=f"{fields['interval']:g}", vips="\n        ".join(fields["vips"]),
                      nopreempt="nopreempt" if settings.nopreempt else "", fault=KEEPALIVED_FAULT)
        self.host.write(KEEPALIVED_FAULT, "0\n")
        self.host.write("/etc/keepalived/keepalived.conf", KEEPALIVED.format(**fields))

    def start(self, settings):
        for name in ("keepalived.pid", "keepalived_vrrp.pid"):  # of a killed one: it would believe that it runs
            self.host.path(f"/run/{name}").unlink(missing_ok=True)
        super().start(settings)

    def hand_over(self):
        """It knows no switchover: a tracked file sends it into FAULT."""
        self.host.write(KEEPALIVED_FAULT, "1\n")


class PairLab(Lab):
    """One switch with a bridge per cell, two hosts at each."""

    def __init__(self, build):
        super().__init__(kind="matrix")
        self.build = pathlib.Path(build)
        self.lock = threading.Lock()
        self.builders = threading.Semaphore(2)  # more at a time would starve those that are being measured
        self.n_pairs = 0

    def new_pair(self):
        with self.lock:
            self.n_pairs += 1
            number = self.n_pairs
            hosts = [self._new_host(f"{letter}{number}", address) for letter, address in zip("ab", ADDRESSES)]
            self.hosts.update({host.name: host for host in hosts})
        for host in hosts:
            host.begin()
        for host in hosts:
            host.await_ready()
        with self.lock:
            self._record()
        bridge = f"br{number}"
        self._connect(bridge, hosts)
        for host in hosts:
            self._install(host)
        return bridge, hosts

    def _connect(self, bridge, hosts):
        """Everything in two commands: a process costs more than what it does here."""
        script = [f"ip link add {bridge} address {BRIDGE_MAC} type bridge forward_delay 0 mcast_snooping 0",
                  f"ip link set {bridge} up"]
        for host, mac in zip(hosts, MACS):
            port = self.ports[host.name] = f"p-{host.name}"
            script += [f"ip link add {port} type veth peer name eth0 address {mac} netns {host.pid}",
                       f"ip link set {port} master {bridge} up"]
        _run(["nsenter", "-t", str(self.switch.pid), "-n", "--", "sh", "-ec", "; ".join(script)])
        for host in hosts:
            host.shell("sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.router_solicitations=0; "
                       f"ip link set eth0 up && ip addr add {host.address}/24 dev eth0 && mkdir -p /run/vrrpd")

    def _install(self, host):
        host.path("/usr/local/sbin").mkdir(parents=True, exist_ok=True)
        for tool in ("vrrpd", "vrrpctl"):
            shutil.copy2(self.build / "vrrpd" / tool, host.path("/usr/local/sbin"))

    def port(self, host, *state):
        _run(["nsenter", "-t", str(self.switch.pid), "-n", "--", "ip", "link", "set", self.ports[host.name], *state])

    def remove_pair(self, bridge, hosts):
        for host in hosts:
            host.stop()
            with self.lock:
                del self.hosts[host.name]
            shutil.rmtree(host.state, ignore_errors=True)
        _run(["nsenter", "-t", str(self.switch.pid), "-n", "--", "ip", "link", "del", bridge])


class Cell:
    """One field of the matrix while it runs: a pair of routers, what the LAN shows, what was found wrong."""

    SLACK = 0.060  # two samples, and what a process needs to act

    def __init__(self, lab, watcher, mode, first):
        self.lab, self.watcher, self.mode = lab, watcher, mode
        with lab.builders:
            self.bridge, self.hosts = lab.new_pair()
        kinds = (Ours, Theirs) if first == "vrrpd" else (Theirs, Ours)
        self.first, self.second = (kind(host, mode, i) for i, (kind, host) in enumerate(zip(kinds, self.hosts)))
        self.ours, self.theirs = (self.first, self.second) if first == "vrrpd" else (self.second, self.first)
        self.figures, self.failures = [], []
        self.began = time.time()
        self.watching = False

    def watch(self, n_vips=1):
        self.watcher.begin(self.bridge, self.mode.vips(n_vips), MACS)
        self.watching = True

    def end(self):
        if self.watching:
            self.watcher.end(self.bridge)
        with self.lab.builders:
            self.lab.remove_pair(self.bridge, self.hosts)

    def logs(self):
        return "\n".join(f"===== {host.name}: {file.name} =====\n{file.read_text(errors='replace')[-12000:]}"
                         for host in self.hosts for file in sorted((host.state / "log").iterdir()))

    # --- what is done ---

    def start(self, router, settings):
        if not self.watching:
            self.watch(settings.n_vips)
        router.start(settings)

    def start_pair(self, first, second):
        """The first is master, the second has heard it."""
        self.start(self.first, first)
        self.await_holder(self.first, self.mode.down(first.priority, first.interval) + 2)
        self.start(self.second, second)
        self.await_advert(self.first)

    def inject(self, only_to=None, **changes):
        """A stranger says something that, but for the changes, is right."""
        mode = self.mode
        spoken = dict(version=mode.version, family=mode.family, vrid=VRID, priority=1, interval=mode.interval,
                      vips=mode.vips(1), source=STRANGER[mode.family], auth=mode.auth, password=PASSWORD)
        if mode.auth == "AH":
            spoken["seq"] = max(heard.seq for heard in self.record().adverts) + 1
        frame = advert.Advert(**{**spoken, **changes}).frame(STRANGER_MAC, only_to and only_to.mac)
        at = time.time()
        self.watcher.send(self.bridge, frame)
        return at

    # --- what is awaited ---

    def holders(self):
        return self.watcher.now(self.bridge) or ()

    def await_bits(self, bits, timeout, what):
        until(lambda: self.holders() and all(seen == bits for seen in self.holders()), timeout, what, interval=0.03)
        return time.time()

    def await_holder(self, router, timeout):
        return self.await_bits(router.bit, timeout, f"{router.name} alone answers for the address")

    def await_advert(self, router, timeout=None):
        since = time.time()
        timeout = timeout or 2 * self.mode.interval + 1
        until(lambda: self.record().sent_by(router.mac, since), timeout, f"{router.name} advertises", interval=0.03)

    def hold(self, router, seconds):
        """Nobody else has the address for so long; from when to when that was."""
        begin = time.time()
        time.sleep(seconds)
        end = time.time()
        spoke = [heard for heard in self.record().adverts if heard.mac != router.mac and begin <= heard.at <= end]
        self.claim(not spoke, f"the backup advertised: {spoke[:1]}")
        others = self.record().longest(lambda bits: bits & ~router.bit != 0, begin, end)
        missing = self.record().longest(lambda bits: not bits & router.bit, begin, end)
        self.at_most("other holder", others, 0)
        self.at_most("holder missing", missing, 0)
        return begin, end

    # --- what is demanded ---

    def record(self):
        return self.watcher.record(self.bridge)

    def lag(self):
        return self.watcher.worst_lag(self.began, time.time())

    def at_most(self, what, seconds, bound):
        allowed = bound + self.SLACK + 2 * self.lag()
        if seconds > allowed:
            self.failures.append(f"{what}: {seconds * 1000:.0f} ms, at most {bound * 1000:.0f} ms are right")

    def within(self, what, seconds, bound):
        """Neither earlier nor later than the protocol has it; goes into the table."""
        self.figures.append(f"{what} {seconds * 1000:.0f} of {bound * 1000:.0f}")
        self.at_most(what, seconds, bound)
        if seconds < bound - 0.010:
            self.failures.append(f"{what}: after {seconds * 1000:.0f} ms, {bound * 1000:.0f} ms would be right")

    def bounded(self, what, seconds, bound):
        self.figures.append(f"{what} {seconds * 1000:.0f}/{bound * 1000:.0f}")
        self.at_most(what, seconds, bound)

    def claim(self, truth, what):
        if not truth:
            self.failures.append(what)

    def change(self, begin, gap, dual):
        """Since begin: nobody answered for at most `gap`, two did for at most `dual` seconds."""
        record, end = self.record(), time.time()
        self.bounded("none", record.gap(begin, end), gap)
        self.bounded("two", record.dual(begin, end), dual)
