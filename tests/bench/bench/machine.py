"""The machine: network namespaces, pinning, processes, processor time and memory out of /proc."""

import contextlib
import ctypes
import os
import pathlib
import platform
import re
import signal
import subprocess
import threading
import time

CLONE_NEWNET = 0x40000000
TICKS = os.sysconf("SC_CLK_TCK")
LIBC = ctypes.CDLL(None, use_errno=True)
SYSCTLS = ("net.ipv4.ip_local_port_range=1024 65535", "net.core.somaxconn=65535",
           "net.ipv4.ip_local_reserved_ports=8000-8099,9000-9099",  # proxies and servers listen there
           "net.ipv4.tcp_max_syn_backlog=65535", "net.ipv4.tcp_max_tw_buckets=400000",
           # the kernel's own buffers; reno is what a namespace may choose, and without loss as good as cubic
           "net.ipv4.tcp_congestion_control=reno", "net.ipv4.tcp_rmem=4096 131072 6291456",
           "net.ipv4.tcp_wmem=4096 16384 4194304")
ENVIRONMENT = {**os.environ, "LC_ALL": "C"}


class Failed(Exception):
    """A program did not do what the benchmark needs."""


def _checked(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


class Namespace:
    """A network namespace that lives as long as this object; loopback only."""

    def __enter__(self):
        thread = threading.Thread(target=self._make)
        self.fd, self.error = -1, None
        thread.start()
        thread.join()
        if self.error:
            raise self.error
        self.run("ip", "link", "set", "lo", "up")
        self.run("sysctl", "-qw", *SYSCTLS)
        return self

    def __exit__(self, *_):
        os.close(self.fd)

    def _make(self):  # in a thread of its own: the namespace is a property of the thread
        try:
            _checked(LIBC.unshare(CLONE_NEWNET), "unshare")
            self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            self.error = error

    def popen(self, *command, cores=None, **options):
        def prepare():
            _checked(LIBC.setns(self.fd, CLONE_NEWNET), "setns")
            if cores:
                os.sched_setaffinity(0, cores)

        return subprocess.Popen([str(word) for word in command], preexec_fn=prepare, stdin=subprocess.DEVNULL,
                                env=ENVIRONMENT, **options)

    def run(self, *command, cores=None, timeout=60):
        """Its output; Failed when it fails."""
        process = self.popen(*command, cores=cores, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            output = process.communicate(timeout=timeout)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Failed(f"{command[0]} takes more than {timeout} s") from None
        if process.returncode != 0:
            raise Failed(f"{' '.join(map(str, command))}: exit {process.returncode}: {output[-2000:]}")
        return output


def read(path):
    try:
        return pathlib.Path(path).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def family(pid):
    """A process and all its descendants."""
    pids, todo = [], [pid]
    while todo:
        pids.append(todo.pop())
        for task in pathlib.Path(f"/proc/{pids[-1]}/task").glob("*"):
            todo += [int(child) for child in read(task / "children").split()]
    return pids


def listens(pid, port):
    """Does anything in the network namespace of pid listen on the port?"""
    wanted = f":{port:04X}"
    rows = (line.split() for line in read(f"/proc/{pid}/net/tcp").splitlines()[1:])
    return any(row[1].endswith(wanted) and row[3] == "0A" for row in rows)


def stop(process, grace=3):
    """End a process and its descendants; no matter how far it has come."""
    if process.poll() is None:
        pids = family(process.pid)
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                if pid == process.pid and process.poll() is not None:
                    continue
                os.kill(pid, signal.SIGKILL)
    process.wait(grace)


def _sched_ns(pid):
    return sum(int(read(task / "schedstat").split()[0] or 0)
               for task in pathlib.Path(f"/proc/{pid}/task").glob("*") if read(task / "schedstat"))


def _ticks(pid):
    words = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(words[11]), int(words[12])) if len(words) > 12 else (0, 0)


def _idle():
    """Seconds without work by core; exact, where the other columns are samples."""
    idle = {}
    for line in read("/proc/stat").splitlines():
        word = line.split()
        if re.fullmatch(r"cpu\d+", word[0]):
            idle[int(word[0][3:])] = (int(word[4]) + int(word[5])) / TICKS
    return idle


class Sample:
    """Processor time used up to now: by these processes, and by each core."""

    def __init__(self, pids):
        self.at = time.monotonic()
        self.cpu = sum(_sched_ns(pid) for pid in pids) / 1e9
        ticks = [_ticks(pid) for pid in pids]
        self.user = sum(user for user, _ in ticks) / TICKS
        self.system = sum(system for _, system in ticks) / TICKS
        self.idle = _idle()


def used(before, after, cores):
    """Shares of one core between two samples: the processes' own, what these cores and what all cores did."""
    span = after.at - before.at
    busy = {core: max(span - (after.idle[core] - before.idle[core]), 0) for core in after.idle}
    both = (after.user - before.user) + (after.system - before.system)
    return {"cpu": (after.cpu - before.cpu) / span, "machine": sum(busy.values()) / span,
            "busy": sum(busy[core] for core in cores) / span,
            "user_share": (after.user - before.user) / both if both else 0}


def rss_bytes(pids):
    return 1024 * sum(int(match.group(1)) for pid in pids
                      if (match := re.search(r"VmRSS:\s+(\d+)", read(f"/proc/{pid}/status"))))


def pipes(pids):
    """Descriptors of pipes, two for each."""
    n = 0
    for pid in pids:
        for fd in pathlib.Path(f"/proc/{pid}/fd").glob("*"):
            with contextlib.suppress(OSError):
                n += os.readlink(fd).startswith("pipe:")
    return n


def _meminfo(name):
    return 1024 * int(re.search(rf"{name}:\s+(\d+)", read("/proc/meminfo")).group(1))


def slab_bytes():
    return _meminfo("Slab")


def used_bytes():
    """Of the whole machine, what could be given back at once not counted."""
    return _meminfo("MemTotal") - _meminfo("MemAvailable")


def socket_bytes(namespace, *which):
    """What waits in these sockets' queues, in the kernel's own count."""
    told = namespace.run("ss", "-tmnH", "state", "established", *which)
    return sum(int(number) for number in re.findall(r"[(,][rt](\d+)", told))


def _package(name):
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "-"


def describe():
    cpu = re.search(r"model name\s*:\s*(.*)", read("/proc/cpuinfo"))
    memory = int(re.search(r"MemTotal:\s+(\d+)", read("/proc/meminfo")).group(1))
    system = re.search(r'PRETTY_NAME="(.*)"', read("/etc/os-release"))
    return {"processor": cpu.group(1) if cpu else platform.machine(), "cores": os.cpu_count(),
            "memory_gib": round(memory / 2**20, 1), "kernel": platform.release(),
            "system": system.group(1) if system else "?"}


def package_versions():
    return {name: _package(name) for name in ("nginx", "libnginx-mod-stream", "mariadb-server-core", "sysbench",
                                              "libevent-core-2.1-7")}
