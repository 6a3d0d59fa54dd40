"""The how-to's section 6, walked through on a cluster of our own.  Started by packaging/demo."""

import argparse
import collections
import concurrent.futures
import contextlib
import os
import re
import signal
import sys
import tempfile
import time
import traceback

from . import conf, mariadb
from .cluster import ADDRESSES, Cluster, VIP
from .host import ENVIRONMENT, CommandFailed
from .lab import recorded, remove_leftovers
from .probe import Probe
from .wait import Timeout, until

LOGINS = 20
WRITERS = 4
TERMINAL = sys.stdout.isatty()


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if TERMINAL else text


class StepFailed(Exception):
    """A step did not show what the how-to shows."""


def demand(condition, text):
    if not condition:
        raise StepFailed(text)


class Walk:
    """Runs steps, prints each with what was seen, keeps them for the table at the end."""

    def __init__(self):
        self.results = []

    def chapter(self, title):
        print(f"\n{paint('1', title)}", flush=True)

    def step(self, title, action):
        print(f"  {title} ... ", end="", flush=True)
        began = time.monotonic()
        try:
            seen, passed = action(), True
        except (StepFailed, Timeout, CommandFailed, OSError, AssertionError, KeyError, ValueError) as error:
            seen, passed = f"{type(error).__name__}: {error}", False
            if os.environ.get("DEMO_DEBUG"):
                traceback.print_exc()
        word = paint("32", "ok") if passed else paint("31", "FAILED")
        print(f"{word}, {time.monotonic() - began:.1f} s\n      {seen}", flush=True)
        self.results.append((title, passed, seen))
        return passed

    def summary(self):
        width = max(len(title) for title, _, _ in self.results)
        print(f"\n{paint('1', 'Summary')}")
        for title, passed, seen in self.results:
            word = paint("32", "passed") if passed else paint("31", "FAILED")
            print(f"  {title:<{width}}  {word}  {str(seen).splitlines()[0]}")
        failed = sum(not passed for _, passed, _ in self.results)
        print(f"\n{len(self.results) - failed} steps passed, {failed} failed", flush=True)
        return failed == 0


class Demo:
    def __init__(self, cluster, walk):
        self.cluster = cluster
        self.walk = walk
        self.master = None

    # --- helpers ---

    @property
    def real_databases(self):
        return self.cluster.kind == "mariadb"

    def login(self, port=3306):
        """Who answered a login through the VIP; CommandFailed or OSError when refused."""
        if self.real_databases:
            return self.cluster.login(port=port)
        with contextlib.closing(self.cluster.client.connect(VIP, port)) as sock:
            return sock.recv(100).decode().split()[-1]  # "hello NAME"

    def login_refused(self, port):
        """What the client is told; StepFailed when the port is open."""
        try:
            self.cluster.client.connect(VIP, port).close()
        except ConnectionRefusedError as refused:
            answer = str(refused)
        else:
            raise StepFailed(f"port {port} is open")
        if self.real_databases:
            answer = self.cluster.login(port=port, expect=1).splitlines()[-1]
            demand("ERROR 200" in answer, f"port {port} was expected to refuse: {answer}")
        return answer

    def each_proxy(self, action):
        for proxy in self.cluster.proxies.values():
            action(proxy)

    def reconfigure(self, **changes):
        def change(proxy):
            text = conf.changed(proxy.host.read("/etc/proxyd/proxyd.conf"), **changes)
            proxy.configure(proxyd=text)
            proxy.host.service("proxyd", "reload")
        self.each_proxy(change)

    def page_host(self):
        """Which host the status page behind the VIP speaks for."""
        code, text = self.cluster.status_page()
        demand(code == 200, f"status page: HTTP {code}")
        names = [name for name in self.cluster.proxies if re.search(rf"\b{name}\b", text)]
        demand(len(names) == 1, f"status page names {names or 'no host'}")
        return names[0]

    def held_connections(self, count):
        sockets = []
        with contextlib.ExitStack() as stack:
            for _ in range(count):
                sock = stack.enter_context(contextlib.closing(self.cluster.client.connect(VIP, 3306)))
                demand(sock.recv(100), "no greeting")
                sockets.append(sock)
            stack.pop_all()
        return sockets

    def current_per_server(self):
        stat = self.cluster.proxies[self.cluster.await_master()].stat()
        return {name: int(stat["mysql", name]["scur"]) for name in ("mysql1", "mysql2")}

    # --- 6.2: the frontend's port ---

    def first_login(self):
        began = time.monotonic()
        who = self.login()
        return f"{VIP}:3306 answered by {who} after {(time.monotonic() - began) * 1000:.0f} ms"

    def move_port(self, port, closed):
        self.reconfigure(frontend__bind=f"0.0.0.0:{port}")

        def moved():
            with contextlib.suppress(CommandFailed, OSError):
                return self.login(port)
        who = until(moved, 5, f"port {port} answers")
        refused = until(lambda: self.refusal(closed), 5, f"port {closed} refuses")
        return f"{port}: answered by {who}; {closed}: {refused}"

    def refusal(self, port):
        with contextlib.suppress(StepFailed):
            return self.login_refused(port)
        return None

    def chapter_port(self):
        self.walk.chapter("6.2  The frontend's port")
        self.walk.step("log in through the VIP", self.first_login)
        self.walk.step("move the frontend to 3307 by a reload", lambda: self.move_port(3307, 3306))
        self.walk.step("and back to 3306", lambda: self.move_port(3306, 3307))

    # --- 6.3: high availability, no preemption ---

    def see_holder(self):
        self.master = self.cluster.await_master()
        page = self.page_host()
        demand(page == self.master, f"the VIP is on {self.master}, the page says {page}")
        return f"http://{VIP}:8888{conf.STATS_URI} speaks for {page}, which holds the VIP"

    def kill_proxyd(self):
        victim, heir = self.master, self.cluster.other(self.master)
        with Probe(self.cluster.client, f"{VIP}:3306") as probe:
            time.sleep(0.5)
            pids, _ = self.cluster.proxies[victim].host.signal("proxyd", signal.SIGKILL)
            self.cluster.await_master(heir)
            time.sleep(0.7)
            outcome = probe.stop()
        demand(not outcome.outages or not outcome.outages[-1]["open"], f"no service any more: {outcome}")
        self.master = heir
        return f"kill -9 of {len(pids)} processes on {victim}, VIP on {heir}: {outcome}"

    def return_of_the_first(self):
        returned, holder = self.cluster.other(self.master), self.master
        host = self.cluster.proxies[returned].host
        host.service("proxyd", "restart")
        host.service("vrrpd", "restart")
        self.cluster.await_ready()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            demand(self.cluster.masters() == [holder], f"the VIP is on {self.cluster.masters()}")
            time.sleep(0.1)
        return f"{returned} is BACKUP again with the higher priority, VIP stays on {self.page_host()} (5 s watched)"

    def chapter_failover(self):
        self.walk.chapter("6.3  One proxy dies; its host returns")
        self.walk.step("see on the status page who holds the VIP", self.see_holder)
        self.walk.step("kill -9 of proxyd on the master", self.kill_proxyd)
        self.walk.step("log in through the VIP again", self.first_login)
        self.walk.step("bring the first host back: no preemption", self.return_of_the_first)

    # --- 6.4: load balancing ---

    def spread_held(self):
        sockets = self.held_connections(LOGINS)
        try:
            current = self.current_per_server()
        finally:
            for sock in sockets:
                sock.close()
        demand(max(current.values()) - min(current.values()) <= 1, f"uneven: {current}")
        return f"{LOGINS} connections at once: " + ", ".join(f"{n} on {name}" for name, n in current.items())

    def spread_in_turn(self):
        # mysql closes each connection before the next: only turns can spread these
        answered = collections.Counter(self.login() for _ in range(LOGINS))
        demand(sorted(answered) == ["mysql1", "mysql2"], f"only {dict(answered)}")
        demand(max(answered.values()) - min(answered.values()) <= 2, f"uneven: {dict(answered)}")
        return f"{LOGINS} logins in turn: " + ", ".join(f"{n} on {name}" for name, n in sorted(answered.items()))

    def to_roundrobin(self):
        self.reconfigure(backend__balance="roundrobin")
        time.sleep(0.3)
        return self.spread_in_turn()

    def writers(self):
        self.cluster.login(statement="CREATE DATABASE IF NOT EXISTS aa; CREATE TABLE IF NOT EXISTS aa.t("
                                     "id INT AUTO_INCREMENT PRIMARY KEY, host TEXT, writer INT) ENGINE=InnoDB")
        self.catch_up()
        return self.write(0)

    def write(self, round_number):
        """WRITERS clients insert through the VIP at the same time; how many rows by which server."""
        insert = ("INSERT INTO aa.t(host, writer) VALUES (@@hostname, {0}); "
                  "INSERT INTO aa.t(host, writer) VALUES (@@hostname, {0}); SELECT @@hostname")
        with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
            statements = [insert.format(round_number * 100 + n) for n in range(WRITERS * 3)]
            answers = list(pool.map(lambda statement: self.cluster.login(statement=statement), statements))
        return "rows written: " + ", ".join(f"{2 * n} by {name}" for name, n in
                                            sorted(collections.Counter(answers).items()))

    def catch_up(self):
        one, two = self.cluster.databases["mysql1"], self.cluster.databases["mysql2"]
        for database in (one, two):
            until(lambda db=database: db.replication() == ("Yes", "Yes"), 20, f"{database.host.name} replicates")
        mariadb.await_caught_up(one, two)
        mariadb.await_caught_up(two, one)

    def database_down(self):
        self.cluster.databases["mysql2"].kill(signal.SIGTERM if self.real_databases else signal.SIGKILL)
        began = time.monotonic()
        self.each_proxy(lambda proxy: until(lambda: proxy.server_is("mysql2", "DOWN"), 15, "mysql2 is DOWN"))
        kicked = time.monotonic() - began
        answered = collections.Counter(self.login() for _ in range(6))
        demand(list(answered) == ["mysql1"], f"answered by {dict(answered)}")
        wrote = f"; {self.write(1)}" if self.real_databases else ""
        return f"mysql2 is DOWN after {kicked:.1f} s, logins go to mysql1{wrote}"

    def database_back(self):
        began = time.monotonic()
        self.cluster.databases["mysql2"].start()
        self.each_proxy(lambda proxy: until(lambda: proxy.server_is("mysql2", "UP"), 20, "mysql2 is UP"))
        up_after = time.monotonic() - began
        answered = collections.Counter(self.login() for _ in range(6))
        demand(set(answered) == {"mysql1", "mysql2"}, f"answered by {dict(answered)}")
        text = f"mysql2 is UP again {up_after:.1f} s after its start and gets connections"
        if not self.real_databases:
            return text
        self.catch_up()
        counts = {name: int(db.value("SELECT COUNT(*) FROM aa.t")) for name, db in self.cluster.databases.items()}
        demand(len(set(counts.values())) == 1 and counts["mysql1"] >= 4 * WRITERS, f"rows: {counts}")
        return f"{text}, caught up: {counts['mysql1']} rows on both"

    def chapter_balance(self):
        self.walk.chapter("6.4  Load balancing")
        self.walk.step("leastconn spreads connections that last", self.spread_held)
        self.walk.step("roundrobin spreads logins in turn", self.to_roundrobin)
        if self.real_databases:
            self.walk.step("several clients write at the same time", self.writers)
        self.walk.step("one database down: kicked from the group", self.database_down)
        self.walk.step("and back: in the group again, caught up", self.database_back)

    def run(self):
        self.chapter_port()
        self.chapter_failover()
        self.chapter_balance()


def tell_how_to_look_around(cluster):
    print(f"""
{paint('1', 'The cluster stays up.')} Every host has a shell: packaging/demo --enter HOST [COMMAND]
  who holds the VIP    packaging/demo --enter proxy1 vrrpctl show
  the servers          packaging/demo --enter proxy1 proxyctl show servers
  live view            packaging/demo --enter proxy1 proxyctl top
  the status page      packaging/demo --enter client curl -su admin:admin 'http://{VIP}:8888{conf.STATS_URI}'
  a login              packaging/demo --enter client mysql -h{VIP} -u{mariadb.USER} -p{mariadb.PASSWORD}
  break something      packaging/demo --enter proxy1 service proxyd stop
  logs of a host       {cluster.state}/HOST/log/
  remove it            packaging/demo --stop
""", flush=True)


def kept_cluster():
    for _, record in recorded():
        if record["keep"]:
            return record
    raise SystemExit("demo: no cluster is kept; packaging/demo --keep makes one")


def enter(words):
    record = kept_cluster()
    if not words or words[0] not in ADDRESSES:
        raise SystemExit(f"demo: --enter one of: {' '.join(ADDRESSES)}")
    pid = str(record["hosts"][words[0]]["pid"])
    command = words[1:] or ["bash", "--norc"]
    os.execvpe("nsenter", ["nsenter", "-t", pid, "-m", "-n", "-p", "-u", "-i", "-r", "--", *command],
               {**ENVIRONMENT, "PS1": f"[{words[0]}] \\w# "})


def stop_kept():
    removed = remove_leftovers(kept_too=True)
    print(f"removed: {', '.join(removed)}" if removed else "nothing to remove")


def walk_through(options):
    remove_leftovers()
    print("==> five hosts, each a set of namespaces", flush=True)
    databases = "tcp" if options.tcp else "mariadb"
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(Cluster(options.build, databases, keep=options.keep,
                                              progress=lambda text: print(f"==> {text}", flush=True)))
        print("==> proxyd and vrrpd installed on proxy1 and proxy2, started by their init scripts", flush=True)
        cluster.install_samples()
        cluster.start()
        for name, address in ADDRESSES.items():
            print(f"    {name:<8} {address}" + ("  holds the VIP " + VIP if name in cluster.masters() else ""))
        walk = Walk()
        Demo(cluster, walk).run()
        passed = walk.summary()
        if not passed:
            print(f"the hosts' logs: {save_logs(cluster)}")
        if options.keep:
            tell_how_to_look_around(cluster)
            cluster.leave()
            stack.pop_all()
    return 0 if passed else 1


def save_logs(cluster):
    with tempfile.NamedTemporaryFile("w", prefix="proxyd-demo-", suffix=".log", delete=False) as file:
        file.write(cluster.logs())
    return file.name


def on_signal(number, _):
    raise SystemExit(128 + number)


def main():
    parser = argparse.ArgumentParser(prog="packaging/demo")
    parser.add_argument("--build", required=True)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--tcp", action="store_true")
    parser.add_argument("--stop", action="store_true")
    parser.add_argument("--enter", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    if options.enter is not None:
        return enter(options.enter)
    if options.stop:
        return stop_kept()
    return walk_through(options)


if __name__ == "__main__":
    sys.exit(main())
