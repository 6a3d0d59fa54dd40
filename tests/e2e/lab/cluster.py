"""The how-to's cluster: two databases, two proxy hosts, a client, one address that moves."""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess

from . import conf, mariadb
from .host import CommandFailed
from .lab import Lab
from .tcpserver import TcpServer
from .wait import until

ADDRESSES = {
    "mysql1": "192.168.95.11", "mysql2": "192.168.95.12",
    "proxy1": "192.168.95.13", "proxy2": "192.168.95.14",
    "client": "192.168.95.100",
}
PRIORITIES = {"proxy1": 130, "proxy2": 120}
VIP = conf.VIP
# A daemon in the background has no stderr, the engine is shut in its own root: reports go to files.
SANITIZER_LOG = "/var/log/sanitizer"
ENGINE_ROOT = "/var/lib/proxyd"
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": f"log_path={SANITIZER_LOG}:detect_leaks={{leaks}}:strict_string_checks=1",
    "UBSAN_OPTIONS": f"log_path={SANITIZER_LOG}:print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": f"log_path={SANITIZER_LOG}:second_deadlock_stack=1",
}
TOOLS = ("probe", "tcpserver", "loadgen", "tcpclient")


def sanitized(build):
    """Whether that build directory has a sanitizer in it."""
    cache = (pathlib.Path(build) / "CMakeCache.txt").read_text(encoding="utf-8")
    return re.search(r"^SANITIZE:\w+=(.+)$", cache, re.M) is not None


class Proxy:
    """proxyd and vrrpd on one host."""

    def __init__(self, host, build):
        self.host = host
        self.build = pathlib.Path(build)
        self.name = host.name

    def install(self):
        """As on a real host, into this host's tree."""
        done = subprocess.run(["cmake", "--install", str(self.build)], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "DESTDIR": str(self.host.path(""))}, check=False,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise CommandFailed(f"cmake --install: {done.stdout}{done.stderr}")
        postinst = pathlib.Path(__file__).resolve().parents[3] / "packaging/postinst"
        self.host.shell(postinst.read_text(encoding="utf-8"))
        if sanitized(self.build):
            self._collect_reports()
        return done.stdout

    def _collect_reports(self):
        self.host.shell(f"install -d -m 1777 {ENGINE_ROOT}/var/log")
        # the engine changed its user: the kernel would not let its leak checker look at it
        for daemon, leaks in (("proxyd", 0), ("vrrpd", 1)):
            lines = [f'export {name}="{value.format(leaks=leaks)}"\n' for name, value in SANITIZER_OPTIONS.items()]
            self.host.write(f"/etc/default/{daemon}", "".join(lines))

    def configure(self, proxyd=None, vrrpd=None):
        if proxyd is not None:
            self.host.write("/etc/proxyd/proxyd.conf", proxyd, mode=0o640)
        if vrrpd is not None:
            self.host.write("/etc/vrrpd/vrrpd.conf", vrrpd, mode=0o640)

    def ctl(self, *words, **kwargs):
        return self.host.out("proxyctl", *words, **kwargs)

    def runtime(self, line, timeout=5.0):
        """One command line over the control socket as socat would send it; the whole answer."""
        with contextlib.closing(self.host.connect_unix("/run/proxyd/proxyd.sock", timeout)) as sock:
            sock.sendall(line.encode() + b"\n")
            answer = b""
            while chunk := sock.recv(65536):
                answer += chunk
        return answer.decode(errors="backslashreplace")

    def stat(self):
        """{(proxy, server): {column: text}} of show stat."""
        lines = [line for line in self.runtime("show stat").splitlines() if line]
        columns = lines[0].lstrip("# ").split(",")
        rows = [dict(zip(columns, line.split(","))) for line in lines[1:]]
        return {(row["pxname"], row["svname"]): row for row in rows}

    def server_is(self, server, state, backend="mysql"):
        with contextlib.suppress(OSError, KeyError, IndexError):
            return self.stat()[backend, server]["status"].startswith(state)
        return False

    def serves(self):
        with contextlib.suppress(OSError):
            return self.runtime("show health").strip() == "ok"
        return False

    def vrrp(self, instance="VI_1"):
        """What vrrpctl shows of one instance, as data."""
        asked = self.host.run("vrrpctl", "show", "json", expect=None)
        if asked.returncode != 0:  # a reload ends the connections that are open at its instant
            asked = self.host.run("vrrpctl", "show", "json")
        data = json.loads(asked.stdout)
        for item in data["instances"] if isinstance(data, dict) else data:
            if item.get("name") == instance:
                return item
        raise KeyError(instance)

    def vrrp_state(self):
        with contextlib.suppress(CommandFailed, KeyError, ValueError):
            return self.vrrp()["state"]
        return None

    def has_vip(self, address=VIP):
        return self.host.has_address(address)

    def monitor_and_engine(self):
        return self.host.processes("proxyd")


def sanitizer_reports(host):
    name = pathlib.Path(SANITIZER_LOG).name
    files = [*(host.state / "log").glob(f"{name}.*"), *host.path(f"{ENGINE_ROOT}/var/log").glob(f"{name}.*")]
    return [file.read_text(errors="replace") for file in files]


class Cluster(Lab):
    """databases: "mariadb", "tcp" (tests/tools/tcpserver) or None."""

    def __init__(self, build, databases="mariadb", keep=False, progress=None):
        super().__init__(kind="cluster", keep=keep)
        self.build = pathlib.Path(build)
        self.progress = progress or (lambda text: None)
        self.databases = {}
        self.kind = databases
        try:
            self.add_hosts(ADDRESSES)
            self.client = self.hosts["client"]
            self.proxies = {name: Proxy(self.hosts[name], build) for name in PRIORITIES}
            self._install_tools()
            self._start_databases()
        except BaseException as error:
            error.add_note(self.logs())  # they are gone with the hosts
            self.stop()
            raise

    def _install_tools(self):
        for host in self.hosts.values():
            host.path("/usr/local/bin").mkdir(parents=True, exist_ok=True)
            for tool in TOOLS:
                built = self.build / "tests/tools" / tool
                if built.exists():
                    shutil.copy2(built, host.path("/usr/local/bin"))

    def _start_databases(self):
        if self.kind == "mariadb":
            self.progress("two MariaDB servers, each following the other")
            self.databases = {f"mysql{i}": mariadb.Database(self.hosts[f"mysql{i}"], 10 + i, i) for i in (1, 2)}
            mariadb.start_pair(*self.databases.values())
        elif self.kind == "tcp":
            self.databases = {name: TcpServer(self.hosts[name]) for name in ("mysql1", "mysql2")}
            for database in self.databases.values():
                database.start()

    def install(self, proxyd=None, vrrpd=None):
        """Both proxy hosts get the programs and the how-to's configuration, or the texts given."""
        for name, proxy in self.proxies.items():
            proxy.install()
            text = (vrrpd or conf.VRRPD).format(router_id=name, priority=PRIORITIES[name])
            proxy.configure(proxyd or conf.PROXYD, text)

    def install_samples(self):
        """The programs with the configuration that comes with them; a host's own lines changed."""
        for name, proxy in self.proxies.items():
            proxy.install()
            text = proxy.host.read("/etc/vrrpd/vrrpd.conf")
            proxy.configure(vrrpd=conf.changed(text, global__router_id=name, instance__priority=PRIORITIES[name]))

    def start(self, first="proxy1"):
        """vrrpd on both hosts (which starts proxyd), `first` alone until it is master."""
        names = [first, *(name for name in self.proxies if name != first)]
        for name in names:
            self.proxies[name].host.service("vrrpd", "start")
            if name == first:
                self.await_master(name)
        self.await_ready()

    def stop_daemons(self):
        for proxy in self.proxies.values():
            proxy.host.run("service", "vrrpd", "stop", expect=None)
            proxy.host.run("service", "proxyd", "stop", expect=None)

    def masters(self):
        return [name for name, proxy in self.proxies.items() if proxy.has_vip()]

    def await_master(self, name=None, timeout=15):
        """Exactly one host (that one) holds the VIP; its name."""
        def sole():
            masters = self.masters()
            return masters[0] if len(masters) == 1 and name in (None, masters[0]) else None
        return until(sole, timeout, f"{name or 'one host'} holds {VIP}", interval=0.05)

    def await_ready(self, timeout=20):
        """Both proxies serve, one is MASTER, the other BACKUP."""
        def settled():
            states = sorted(str(proxy.vrrp_state()) for proxy in self.proxies.values())
            return states == ["BACKUP", "MASTER"] and all(proxy.serves() for proxy in self.proxies.values())
        until(settled, timeout, "one MASTER, one BACKUP, both proxies serving", interval=0.05)
        return self.await_master()

    def other(self, name):
        return next(other for other in self.proxies if other != name)

    # --- what a client does ---

    def login(self, port=3306, host=VIP, statement="SELECT @@hostname", timeout=10, expect=0):
        """The real mysql client: what it printed."""
        return self.client.run("mysql", "--no-defaults", f"-h{host}", f"-P{port}", f"-u{mariadb.USER}",
                               f"-p{mariadb.PASSWORD}", "--connect-timeout=5", "-N", "-B", "-e", statement,
                               timeout=timeout, expect=expect).stdout.strip()

    def status_page(self, host=VIP, user="admin:admin", uri=conf.STATS_URI, port=8888, timeout=3):
        """(status code, text) of the status page as a browser on the client sees it."""
        connection = http.client.HTTPConnection(host, port, timeout=timeout)
        connection.sock = self.client.connect(host, port, timeout)
        headers = {"Authorization": "Basic " + base64.b64encode(user.encode()).decode()} if user else {}
        with contextlib.closing(connection):
            connection.request("GET", uri, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
