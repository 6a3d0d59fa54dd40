"""A set of hosts on one network segment, made for one run and removed with it.

No name of the machine is used up: the bridge and all veth ends live in the hosts' own network
namespaces, so any number of labs run beside each other.  What a lab leaves on disk while it
lives is one directory below STATE_ROOT; a directory whose lab is dead is a leftover.
"""

import atexit
import contextlib
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time

from .host import CommandFailed, Host, process_state

STATE_ROOT = pathlib.Path("/run/proxyd-lab")
NOFILE = 1 << 20


def start_time(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(stat.rpartition(")")[2].split()[19])


def raise_limits():
    """A host may need more files than we were given; the limit is inherited by all it runs."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, PermissionError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, NOFILE))


class Lab:
    def __init__(self, kind="lab", keep=False):
        """keep: the hosts outlive this process."""
        raise_limits()
        STATE_ROOT.mkdir(mode=0o700, exist_ok=True)
        self.name = f"{kind}-{os.getpid()}-{time.monotonic_ns() % 1000000:06d}"
        self.state = STATE_ROOT / self.name
        self.state.mkdir()
        self.keep = keep
        self.hosts = {}
        self.ports = {}
        self._record()
        atexit.register(self.stop)
        self.switch = self._new_host("switch", None)
        try:
            self.switch.begin()
            self.switch.await_ready()
            self.switch.shell("ip link add br0 type bridge forward_delay 0 mcast_snooping 0 && ip link set br0 up")
            self._record()
        except BaseException:
            self.stop()
            raise

    def _new_host(self, name, address):
        return Host(name, self.state / name, address, die_with_us=not self.keep)

    def add_hosts(self, addresses, prefix=24):
        """{name: IPv4 address}: start them together, plug each into the bridge as eth0."""
        new = [self._new_host(name, address) for name, address in addresses.items()]
        for host in new:
            self.hosts[host.name] = host
            host.begin()
        for host in new:
            host.await_ready()
            self._plug(host, prefix)
        self._record()
        return new

    def _plug(self, host, prefix):
        port = f"p-{host.name}"[:15]
        self.ports[host.name] = port
        # ip needs both namespaces by pid as we see it, so it enters the network namespace alone
        host_side = ["nsenter", "-t", str(self.switch.pid), "-n", "--"]
        script = (f"ip link add {port} type veth peer name eth0 netns {host.pid} && "
                  f"ip link set {port} master br0 up")
        _run([*host_side, "sh", "-c", script])
        host.shell("sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.router_solicitations=0; "
                   f"ip link set eth0 up && ip addr add {host.address}/{prefix} dev eth0")

    def second_network(self, host, port, bridge="br1"):
        """The host's eth1, whose port stands in a bridge that the switch has already."""
        script = (f"ip link add {port} type veth peer name eth1 netns {host.pid} && "
                  f"ip link set {port} master {bridge} up")
        _run(["nsenter", "-t", str(self.switch.pid), "-n", "--", "sh", "-c", script])

    # --- faults of the network ---

    def cut(self, host, carrier=True):
        """Pull the cable (carrier), or lose every frame without anybody noticing."""
        port = self.ports[host.name]
        self.switch.run("ip", "link", "set", port, *(["down"] if carrier else ["nomaster"]))
        return time.monotonic()

    def heal(self, host):
        port = self.ports[host.name]
        self.switch.run("ip", "link", "set", port, "master", "br0", "up")
        return time.monotonic()

    # --- what is seen ---

    def holders(self, address):
        return [host for host in self.hosts.values() if host.has_address(address)]

    def logs(self):
        """Every log of every host, for a person who looks for the cause of a failure."""
        parts = []
        for host in self.hosts.values():
            for file in sorted((host.state / "log").glob("*")):
                text = host.log(file.name) if file.is_file() else ""
                if text.strip():
                    parts.append(f"===== {host.name}: /var/log/{file.name} =====\n{text[-20000:]}")
        return "\n".join(parts)

    # --- the end ---

    def _record(self):
        pids = {host.name: host.pid for host in self.hosts.values()}
        if getattr(self, "switch", None):
            pids["switch"] = self.switch.pid
        record = {"owner": os.getpid(), "owner_start": start_time(os.getpid()), "keep": self.keep,
                  "hosts": {name: {"pid": pid, "start": start_time(pid)} for name, pid in pids.items()},
                  "addresses": {host.name: host.address for host in self.hosts.values()}}
        (self.state / "lab.json").write_text(json.dumps(record), encoding="utf-8")

    def leave(self):
        """Let the hosts live on after us (only with keep)."""
        atexit.unregister(self.stop)

    def stop(self):
        atexit.unregister(self.stop)
        for host in [*self.hosts.values(), self.switch] if hasattr(self, "switch") else []:
            with contextlib.suppress(Exception):
                host.stop()
        shutil.rmtree(self.state, ignore_errors=True)
        with contextlib.suppress(OSError):
            STATE_ROOT.rmdir()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def _run(argv):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode != 0:
        raise CommandFailed(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr}")


def recorded():
    """(directory, record) of every lab on this machine, dead or alive."""
    found = []
    for file in sorted(STATE_ROOT.glob("*/lab.json")):
        with contextlib.suppress(OSError, ValueError):
            found.append((file.parent, json.loads(file.read_text(encoding="utf-8"))))
    return found


def remove_recorded(directory, record):
    for entry in record["hosts"].values():
        if entry["pid"] > 0 and start_time(entry["pid"]) == entry["start"]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(entry["pid"], signal.SIGKILL)
    deadline = time.monotonic() + 10
    for entry in record["hosts"].values():
        while start_time(entry["pid"]) == entry["start"] and process_state(entry["pid"]) != "Z":
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
    shutil.rmtree(directory, ignore_errors=True)
    with contextlib.suppress(OSError):
        STATE_ROOT.rmdir()


def remove_leftovers(kept_too=False):
    """Remove what runs left behind that were killed; with kept_too also clusters kept on purpose."""
    removed = []
    for directory, record in recorded():
        owner_lives = start_time(record["owner"]) == record["owner_start"]
        if owner_lives or (record["keep"] and not kept_too):
            continue
        remove_recorded(directory, record)
        removed.append(directory.name)
    return removed
