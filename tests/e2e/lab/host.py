"""One host of the lab: a process 1 in its own namespaces, and ways to do things on it."""

import contextlib
import ctypes
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

CLONE_NEWNET = 0x40000000
HOSTINIT = pathlib.Path(__file__).with_name("hostinit.py")
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "TERM": os.environ.get("TERM", "dumb"),
}
LIBC = ctypes.CDLL(None, use_errno=True)


class CommandFailed(AssertionError):
    """A command on a host ended with another exit status than expected."""


def setns(fd, kind):
    if LIBC.setns(fd, kind) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def process_state(pid):
    """The state letter of a process, None when it is gone."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return stat.rpartition(")")[2].split()[0]


class Host:
    def __init__(self, name, state, address=None, die_with_us=True):
        self.name = name
        self.state = pathlib.Path(state)
        self.address = address
        self.pid = -1  # of process 1, as seen from outside
        self.mac = None
        self.die_with_us = die_with_us
        self.keeper = None  # the unshare process; process 1 dies with it

    # --- life ---

    def begin(self):
        """Start process 1; await_ready() must follow."""
        (self.state / "log").mkdir(parents=True)
        (self.state / "scratch").mkdir()
        argv = ["unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child=KILL",
                sys.executable, "-B", str(HOSTINIT), str(self.state), self.name]
        if self.die_with_us:
            argv = ["setpriv", "--pdeathsig", "KILL", *argv]
        # pylint: disable-next=consider-using-with
        self.keeper = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=open(self.state / "init.err", "wb"),
                                       start_new_session=True, env=ENVIRONMENT)

    def await_ready(self):
        line = self.keeper.stdout.readline()
        self.keeper.stdout.close()
        if line != b"ready\n":
            raise CommandFailed(f"{self.name} did not start: {(self.state / 'init.err').read_text()}")
        children = pathlib.Path(f"/proc/{self.keeper.pid}/task/{self.keeper.pid}/children").read_text()
        self.pid = int(children.split()[0])

    def stop(self):
        for pid in (self.pid, self.keeper.pid if self.keeper else -1):
            if pid > 0:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if self.keeper:
            self.keeper.wait(timeout=30)
        self.pid = -1

    # --- commands ---

    def argv(self, *command):
        """The command line that runs a command here; it dies when the caller does."""
        return ["nsenter", "-t", str(self.pid), "-m", "-n", "-p", "-u", "-i", "-r", "--",
                "setpriv", "--pdeathsig", "KILL", *map(str, command)]

    def popen(self, *command, env=None, **kwargs):
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        # pylint: disable-next=consider-using-with
        return subprocess.Popen(self.argv(*command), cwd="/", env={**ENVIRONMENT, **(env or {})}, **kwargs)

    def run(self, *command, timeout=30, expect=0, text_in=None, env=None):
        """Run to its end; expect is the exit status demanded, None for any.  Both outputs in .stdout."""
        with self.popen(*command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT, text=True, errors="backslashreplace") as process:
            try:
                out, _ = process.communicate(text_in or "", timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise CommandFailed(f"{self.name}: {' '.join(map(str, command))}: longer than {timeout} s") from None
        if expect is not None and process.returncode != expect:
            raise CommandFailed(f"{self.name}: {' '.join(map(str, command))}: exit {process.returncode}, "
                                f"expected {expect}:\n{out}")
        return subprocess.CompletedProcess(command, process.returncode, out, None)

    def out(self, *command, **kwargs):
        return self.run(*command, **kwargs).stdout

    def shell(self, script, **kwargs):
        return self.run("sh", "-c", script, **kwargs)

    def service(self, name, action, expect=0, timeout=40):
        return self.run("service", name, action, expect=expect, timeout=timeout)

    # --- files ---

    def path(self, path):
        """Where this host's file is for us outside."""
        return pathlib.Path(f"/proc/{self.pid}/root{path}")

    def write(self, path, text, mode=0o644):
        target = self.path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)

    def read(self, path):
        return self.path(path).read_text(encoding="utf-8", errors="backslashreplace")

    def log(self, name="messages"):
        file = self.state / "log" / name
        return file.read_text(encoding="utf-8", errors="backslashreplace") if file.exists() else ""

    # --- network ---

    @contextlib.contextmanager
    def netns(self):
        """Sockets that this thread opens inside the block belong to this host."""
        with open("/proc/thread-self/ns/net", "rb") as home, open(f"/proc/{self.pid}/ns/net", "rb") as ours:
            setns(ours.fileno(), CLONE_NEWNET)
            try:
                yield
            finally:
                setns(home.fileno(), CLONE_NEWNET)

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_STREAM, proto=0):
        with self.netns():
            return socket.socket(family, kind, proto)

    def connect(self, address, port, timeout=5.0):
        sock = self.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        sock.settimeout(timeout)
        try:
            sock.connect((address, port))
        except OSError:
            sock.close()
            raise
        return sock

    def connect_unix(self, path, timeout=5.0):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(timeout)
        try:
            sock.connect(f"/proc/{self.pid}/root{path}")
        except OSError:
            sock.close()
            raise
        return sock

    def addresses(self, dev="eth0"):
        """[{'local': ..., 'prefixlen': ..., 'valid_life_time': ...}] of an interface."""
        links = json.loads(self.out("ip", "-j", "addr", "show", "dev", dev))
        return [info for link in links for info in link.get("addr_info", [])]

    def has_address(self, address):
        return any(info["local"] == address for info in self.addresses())

    # --- processes ---

    def processes(self, name):
        """Pids (ours, outside) of the processes of that name on this host, oldest first."""
        namespace = os.stat(f"/proc/{self.pid}/ns/pid").st_ino
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            with contextlib.suppress(OSError):
                base = f"/proc/{entry}"
                if os.stat(f"{base}/ns/pid").st_ino != namespace:
                    continue
                exe = os.path.basename(os.readlink(f"{base}/exe").removesuffix(" (deleted)"))
                if exe == name and process_state(entry) not in ("Z", "X", None):
                    start = int(pathlib.Path(f"{base}/stat").read_text().rpartition(")")[2].split()[19])
                    found.append((start, int(entry)))
        return [pid for _, pid in sorted(found)]

    def signal(self, name, number):
        """Signal every process of that name; return their pids and the instant before the first."""
        pids = self.processes(name)
        if not pids:
            raise AssertionError(f"{self.name}: no {name} runs")
        at = time.monotonic()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return pids, at

    def pump(self, process, name):
        """Copy what a background process prints to a log file of this host."""
        def copy():
            with open(self.state / "log" / name, "ab") as log:
                for line in process.stdout:
                    log.write(line)
                    log.flush()
        threading.Thread(target=copy, daemon=True).start()
