"""The proxies: what each is configured with, and how it is started.

Every one gets the same work: TCP, one server, no logs, no checks, the same limits and timeouts.
"default" is the configuration that one would write down; "tuned" is the best that was found for the
kind of workload (see README.md).
"""

import pathlib
import re
import subprocess
import tempfile
import time

from . import machine

FRONT_PORT, SERVER_PORT = 8000, 9000
START_TIMEOUT = 5
MESSAGES, STREAMS = "messages", "streams"  # kinds of workloads

PROXYD = """[global]
maxconn = {maxconn}
threads = {threads}
{extra}
[defaults]
mode = tcp
maxconn = {maxconn}
timeout_connect = 5s
timeout_client = 10m
timeout_server = 10m

[frontend front]
bind = 0.0.0.0:{front}
default_backend = back

[backend back]
balance = roundrobin
server one = 127.0.0.1:{server}
"""

HAPROXY = """global
    maxconn {maxconn}
    nbthread {threads}
{globals}
defaults
    mode tcp
    maxconn {maxconn}
    timeout connect 5s
    timeout client 10m
    timeout server 10m
{defaults}
frontend front
    bind 0.0.0.0:{front}
    default_backend back

backend back
    balance roundrobin
    server one 127.0.0.1:{server}
"""

NGINX = """daemon off;
user root;
worker_processes {threads};
pid {folder}/nginx.pid;
error_log /dev/null crit;
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
events {{
    worker_connections {connections};
{events}}}
stream {{
    server {{
        listen 0.0.0.0:{front}{listen};
        proxy_pass 127.0.0.1:{server};
        proxy_connect_timeout 5s;
        proxy_timeout 10m;
{directives}    }}
}}
"""


class Peer:
    """One line in the tables.  start() gives a Running."""

    only = None  # names of the workloads it takes part in; None: all
    threads_max = None

    def __init__(self, name, title):
        self.name = name
        self.title = title

    def text(self, setup):
        raise NotImplementedError

    def command(self, path):
        raise NotImplementedError

    def start(self, setup):
        return Running(self, setup)


class Setup:
    """What a run needs of a proxy."""

    def __init__(self, namespace, kind, threads, cores, instance=0, server=None, maxconn=9500):
        self.namespace = namespace
        self.kind = kind
        self.threads = threads
        self.cores = cores
        self.front = FRONT_PORT + instance
        self.server = server or SERVER_PORT + instance
        self.maxconn = maxconn


class Running:
    """A started proxy, ready for connections."""

    def __init__(self, peer, setup):
        self.folder = tempfile.TemporaryDirectory(prefix="proxyd-bench-")
        path = pathlib.Path(self.folder.name, "conf")
        setup.folder = self.folder.name
        path.write_text(peer.text(setup), encoding="ascii")
        self.log = open(pathlib.Path(self.folder.name, "log"), "w+", encoding="utf-8", errors="replace")
        self.process = setup.namespace.popen(*peer.command(path), cores=setup.cores, stdout=self.log,
                                             stderr=self.log)
        try:
            self._await_listening(peer, setup)
        except BaseException:
            self.stop()
            raise
        self.pids = machine.family(self.process.pid)

    def _await_listening(self, peer, setup):
        end = time.monotonic() + START_TIMEOUT
        while not machine.listens(self.process.pid, setup.front):
            if self.process.poll() is not None or time.monotonic() > end:
                self.log.seek(0)
                raise machine.Failed(f"{peer.name} does not start: {self.log.read()[-1000:]}")
            time.sleep(0.02)
        time.sleep(0.1)  # what it still does once it listens

    def stop(self):
        machine.stop(self.process)
        self.log.close()
        self.folder.cleanup()


class Proxyd(Peer):
    def __init__(self, name, title, binary, extra="", only=None):
        super().__init__(name, title)
        self.binary = binary
        self.extra = extra
        self.only = only
        self.threads_max = 1 if only else None

    def text(self, setup):
        return PROXYD.format(extra=self.extra, **_values(setup))

    def command(self, path):
        return self.binary, "-q", "-f", path

    def understands(self):
        """Does this build know the keys?"""
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(PROXYD.format(extra=self.extra, maxconn=10, threads=1, front=1, server=2))
            file.flush()
            checked = subprocess.run([self.binary, "-c", "-f", file.name], capture_output=True, check=False)
            return checked.returncode == 0


class Haproxy(Peer):
    # edge-triggered polling is an experiment of HAProxy's; without it this is the default
    FAST_MESSAGES = ("    expose-experimental-directives\n    tune.fd.edge-triggered on\n",
                     "    option tcp-smart-accept\n    option tcp-smart-connect\n")
    # HAProxy 2 gains by large buffers, HAProxy 3 by splicing through large pipes
    LARGE_BUFFERS = ("    tune.bufsize 262144\n", "")
    LARGE_PIPES = ("    tune.bufsize 65536\n    tune.pipesize 1048576\n", "    option splice-auto\n")

    def __init__(self, name, title, binary, tuned):
        super().__init__(name, title)
        self.binary = binary
        self.tuned = tuned

    def _tuning(self, kind):
        if not self.tuned:
            return "", ""
        if kind == MESSAGES:
            return self.FAST_MESSAGES
        return self.LARGE_PIPES if haproxy_version(self.binary) >= (3,) else self.LARGE_BUFFERS

    def text(self, setup):
        global_lines, default_lines = self._tuning(setup.kind)
        return HAPROXY.format(globals=global_lines, defaults=default_lines, **_values(setup))

    def command(self, path):
        return self.binary, "-db", "-q", "-f", path


class Nginx(Peer):
    def __init__(self, name, title, tuned):
        super().__init__(name, title)
        self.tuned = tuned

    def text(self, setup):
        events = "    multi_accept on;\n" if self.tuned else ""
        listen = " backlog=65535" if self.tuned else ""
        if self.tuned and setup.threads > 1:
            listen += " reuseport"
        directives = "        proxy_buffer_size 64k;\n" if self.tuned and setup.kind == STREAMS else ""
        return NGINX.format(events=events, listen=listen, directives=directives, folder=setup.folder,
                            connections=2 * setup.maxconn + 100, **_values(setup))

    def command(self, path):
        return "/usr/sbin/nginx", "-c", path, "-p", path.parent


class Sockmap(Peer):
    """Redirection in the kernel by BPF, for comparison: tests/bench/sockmap, one thread."""

    only = {"pingpong-1", "pingpong-64", "bulk-1-down", "bulk-16-down"}
    threads_max = 1

    def __init__(self, name, title, folder):
        super().__init__(name, title)
        self.folder = folder

    def text(self, setup):
        return f"{setup.front} {setup.server}\n"

    def command(self, path):
        return self.folder / "sockmap", self.folder / "redirect.o", *path.read_text(encoding="ascii").split()


def _values(setup):
    return {"maxconn": setup.maxconn, "threads": setup.threads, "front": setup.front, "server": setup.server}


def haproxy_version(binary):
    found = re.search(r"version (\d+)\.(\d+)", subprocess.run([binary, "-v"], capture_output=True, text=True,
                                                               check=True).stdout)
    return tuple(int(number) for number in found.groups())


# where the sizes of kernel buffers show
BUFFERED = {"stalled", "bulk-1-down", "bulk-16-down"}
SMALL_BUFFERS = "".join(f"tune_{way}buf_{side} = 64k\n" for way in ("rcv", "snd") for side in ("client", "server"))
LOWAT = "tune_notsent_lowat_client = 128k\n"
DIRECT = "direct"  # no proxy: the load generator talks to itself


def all_peers(proxyd, haproxy, sockmap=None):
    """In the order of the tables.  None: no proxy."""
    busy = Proxyd("proxyd-busy", "proxyd, busy_poll = 50us", proxyd, "busy_poll = 50us\n", {"pingpong-1"})
    listed = [Proxyd("proxyd", "proxyd", proxyd), busy,
              Proxyd("proxyd-small", "proxyd, buffers of 64k", proxyd, SMALL_BUFFERS, BUFFERED),
              Proxyd("proxyd-lowat", "proxyd, notsent_lowat 128k", proxyd, LOWAT, BUFFERED),
              Haproxy("haproxy", "HAProxy", haproxy, False), Haproxy("haproxy-tuned", "HAProxy, tuned", haproxy, True),
              Nginx("nginx", "nginx", False), Nginx("nginx-tuned", "nginx, tuned", True)]
    if not busy.understands():
        listed.remove(busy)
    if sockmap:
        listed.append(Sockmap("sockmap", "BPF sockmap", sockmap))
    return {DIRECT: None, **{peer.name: peer for peer in listed}}


TITLES = {DIRECT: "no proxy", "proxyd": "proxyd", "proxyd-busy": "proxyd, busy_poll",
          "proxyd-small": "proxyd, 64k bufs", "proxyd-lowat": "proxyd, lowat", "haproxy": "HAProxy",
          "haproxy-tuned": "HAProxy, tuned", "nginx": "nginx", "nginx-tuned": "nginx, tuned", "sockmap": "BPF sockmap"}
