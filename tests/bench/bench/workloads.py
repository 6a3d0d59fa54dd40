"""The workloads: how each is run against one proxy, and what comes out of a run.

A run gives a flat dictionary of numbers; stats.METRICS tells what they are.
"""

import contextlib
import json
import os
import resource
import select
import signal
import subprocess
import time

from . import machine, peers
from .peers import FRONT_PORT, MESSAGES, SERVER_PORT, STREAMS

DESCRIPTOR_RESERVE = 1000
MEMORY_SETTLES = 2  # seconds that RSS gets to come back
STALLED_SECONDS = 5  # until all buffers are full
HOLD_SECONDS = 1  # what is open stays so for that long
LOAD_CORE, PROXY_CORE = 0, 1


class Run:
    """One proxy, one workload, one round."""

    def __init__(self, bench, peer, threads):
        self.bench = bench  # tools, seconds, warmup, idle_conns
        self.peer = peer
        self.threads = threads
        cores = sorted(os.sched_getaffinity(0))
        self.pinned = threads == 1 and len(cores) >= 2
        self.load_cores = {cores[LOAD_CORE]} if self.pinned else set(cores)
        self.proxy_cores = {cores[PROXY_CORE]} if self.pinned else set(cores)

    @contextlib.contextmanager
    def proxies(self, namespace, kind, n=1, **setup):
        """n of them beside each other; gives their processes."""
        with contextlib.ExitStack() as stack:
            started = []
            for instance in range(n if self.peer else 0):
                started.append(self.peer.start(peers.Setup(namespace, kind, self.threads, self.proxy_cores, instance,
                                                           **setup)))
                stack.callback(started[-1].stop)
            yield [pid for running in started for pid in running.pids]

    def front(self, instance=0):
        return (FRONT_PORT if self.peer else SERVER_PORT) + instance

    def load(self, namespace, words, instance=0):
        command = [self.bench.loadgen, *words, f"127.0.0.1:{self.front(instance)}", "--serve",
                   f"0.0.0.0:{SERVER_PORT + instance}", "--json", "--marks"]
        return Load(namespace.popen(*command, cores=self.load_cores, stdout=subprocess.PIPE, stderr=subprocess.PIPE))

    def per_operation(self, before, after, rate):
        """What the proxy, its core (if it has one) and the machine spend on one operation (microseconds)."""
        share = machine.used(before, after, self.proxy_cores)
        if rate <= 0:
            return {}
        numbers = {"machine_us": share["machine"] / rate * 1e6}
        if self.peer:
            numbers.update({"cpu_us": share["cpu"] / rate * 1e6, "cpu_share": share["cpu"],
                            "user_share": share["user_share"]})
        if self.peer and self.pinned:
            numbers.update({"core_us": share["busy"] / rate * 1e6, "busy": share["busy"]})
        return numbers


class Load:
    """A load generator at work."""

    def __init__(self, process):
        self.process = process
        self.said = b""

    def await_line(self, text, timeout):
        """Until it says this on stderr."""
        end = time.monotonic() + timeout
        descriptor = self.process.stderr.fileno()
        while text.encode() not in self.said:
            if not select.select([descriptor], [], [], max(end - time.monotonic(), 0))[0]:
                raise machine.Failed(f"loadgen does not come to '{text}': {self.said.decode()}")
            some = os.read(descriptor, 4096)
            if not some:
                raise machine.Failed(f"loadgen ended before '{text}': {self.said.decode()}")
            self.said += some

    def result(self, timeout=60):
        output, errors = self.process.communicate(timeout=timeout)
        try:
            result = json.loads(output)
        except ValueError:
            raise machine.Failed(f"loadgen: {output} {self.said + errors}") from None
        if not result["valid"]:
            raise machine.Failed(f"loadgen: out of ports or descriptors: {self.said + errors}")
        return result

    def kill(self):
        if self.process.returncode is None:
            self.process.kill()
            self.process.communicate()


@contextlib.contextmanager
def ended(loads):
    try:
        yield loads
    finally:
        for load in loads:
            load.kill()


def failures(result):
    return result["failed_connects"] + result["broken"] + result["differences"]


def latencies(result):
    return {"p50_us": result["p50_us"], "p99_us": result["p99_us"], "p999_us": result["p999_us"],
            "max_us": result["max_us"]}


class Generated:
    """The load generator for a while: short, pingpong, bulk, mix."""

    def __init__(self, name, title, words, unit, kind=MESSAGES, threads_max=None):
        self.name = name
        self.threads_max = threads_max
        self.title = title
        self.words = words
        self.unit = unit
        self.kind = kind

    def run(self, run):
        bench = run.bench
        words = [*self.words, "--for", bench.seconds, "--warmup", bench.warmup]
        with machine.Namespace() as namespace, run.proxies(namespace, self.kind) as pids, \
                ended([run.load(namespace, words)]) as (load,):
            load.await_line("counting", 30 + bench.warmup)
            before = machine.Sample(pids)
            load.await_line("stopped", 30 + bench.seconds)
            after = machine.Sample(pids)
            return self.numbers(run, load.result(), before, after)

    def numbers(self, run, result, before, after):
        rate = result["rate"] if self.unit != "Gbit/s" else (result["gbit_up"] + result["gbit_down"]) / 8
        numbers = {"rate": result["rate"], **latencies(result)}
        if self.unit == "Gbit/s":  # an operation is a gigabyte
            numbers = {"gbit": result["gbit_up"] + result["gbit_down"], "gbit_up": result["gbit_up"],
                       "gbit_down": result["gbit_down"]}
        elif self.words[0] == "mix":
            numbers["gbit"] = result["gbit_up"] + result["gbit_down"]
        return {**numbers, **run.per_operation(before, after, rate), "failures": failures(result)}


def shares(n, each):
    """n connections among as few proxies as can hold them."""
    parts = -(-n // each)
    return [n // parts + (i < n % parts) for i in range(parts)]


def connections_per_process():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (hard - DESCRIPTOR_RESERVE) // 2


class Held:
    """Many connections at once, shared among several proxies where the descriptors of one do not do."""

    unit = "connections"
    kind = MESSAGES
    threads_max = None

    def __init__(self, name, title, command):
        self.name = name
        self.title = title
        self.command = command

    def connections(self, bench):
        return bench.idle_conns if self.command == "idle" else bench.storm_conns

    def run(self, run):
        parts = shares(self.connections(run.bench), connections_per_process())
        with machine.Namespace() as namespace, run.proxies(namespace, self.kind, len(parts)) as pids:
            self.touch(run, namespace, len(parts))
            was = (machine.rss_bytes(pids), machine.slab_bytes(), machine.pipes(pids))
            before = machine.Sample(pids)
            words = [self.command, "--for", HOLD_SECONDS, "--opening", 1000, "--timeout", 20000]
            with ended([run.load(namespace, [*words, "-c", part], i) for i, part in enumerate(parts)]) as loads:
                for load in loads:
                    load.await_line("holding", 120)
                after = machine.Sample(pids)
                held = self.held(run, pids, was, sum(parts))
                results = [load.result() for load in loads]
            if pids:
                held["rss_back"] = self.rss_back(pids, was[0])
        opened = max(result["opened_us"] for result in results) / 1e6
        numbers = {"instances": len(parts), "connections": sum(parts), "opened_ms": opened * 1e3,
                   "rate": sum(parts) / opened if opened else 0, "failures": sum(map(failures, results)),
                   "alive": sum(result["alive"] for result in results), **held}
        share = run.per_operation(before, after, sum(parts) / (after.at - before.at))
        if self.command == "storm":
            numbers.update({key: max(result[key] for result in results) for key in latencies(results[0])})
        return {**numbers, **share}

    def touch(self, run, namespace, n):
        """So that the code and the first memory are there before we measure."""
        words = [self.command, "-c", 100, "--for", 0.05]
        with ended([run.load(namespace, words, i) for i in range(n)]) as loads:
            for load in loads:
                load.result()
        time.sleep(0.3)

    def held(self, run, pids, was, n):
        if self.command != "idle":
            return {}
        time.sleep(0.5)
        rss, slab, pipes = was
        numbers = {"slab_bytes": (machine.slab_bytes() - slab) / n}
        if run.peer:
            numbers.update({"rss_bytes": (machine.rss_bytes(pids) - rss) / n, "pipes": machine.pipes(pids) - pipes})
        return numbers

    def rss_back(self, pids, rss):
        """RSS after they have closed, in relation to RSS before."""
        end = time.monotonic() + (MEMORY_SETTLES if self.command == "idle" else 0)
        while machine.rss_bytes(pids) > rss * 1.05 and time.monotonic() < end:
            time.sleep(0.1)
        return machine.rss_bytes(pids) / rss


STALLED_CLIENTS = """
import socket, sys, time
held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(int(sys.argv[2]))]
print("ready", flush=True)
time.sleep(600)
"""


class Stalled:
    """Downloads whose clients do not read: what waits for them, and where."""

    kind = STREAMS
    unit = "connections"
    threads_max = 1

    def __init__(self, name, title, n):
        self.name = name
        self.title = title
        self.n = n

    def run(self, run):
        with machine.Namespace() as namespace, run.proxies(namespace, self.kind) as pids, \
                self.process(run, namespace, run.bench.tcpserver, "--source", "--listen", f"s=:{SERVER_PORT}"):
            was = (machine.rss_bytes(pids), machine.used_bytes(), machine.pipes(pids))
            with self.process(run, namespace, "/usr/bin/python3", "-c", STALLED_CLIENTS, run.front(), self.n):
                self.settle()
                rss, used, pipes = was
                numbers = {"machine_bytes": (machine.used_bytes() - used) / self.n, "failures": 0}
                if pids:
                    ports = ("sport", FRONT_PORT), ("dport", SERVER_PORT)
                    queued = sum(machine.socket_bytes(namespace, *map(str, port)) for port in ports)
                    numbers.update({"rss_bytes": (machine.rss_bytes(pids) - rss) / self.n,
                                    "queued_bytes": queued / self.n, "pipes": machine.pipes(pids) - pipes})
                return numbers

    @contextlib.contextmanager
    def process(self, run, namespace, *command):
        """Until it says "ready", and while we look."""
        process = namespace.popen(*command, cores=run.load_cores, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            said = b""
            while b"ready" not in said:
                line = process.stdout.readline()
                if not line:
                    raise machine.Failed(f"{command[0]}: {said.decode()}")
                said += line
            yield process
        finally:
            machine.stop(process)

    def settle(self):
        end, before = time.monotonic() + STALLED_SECONDS, -1
        while time.monotonic() < end:
            now = machine.used_bytes()
            if abs(now - before) < self.n * 1024:
                return
            before = now
            time.sleep(0.5)


class Sysbench:
    """A database's clients, from the same core as the database."""

    kind = MESSAGES
    unit = "transactions/s"
    threads_max = None

    def __init__(self, name, title, script):
        self.name = name
        self.title = title
        self.script = script

    def run(self, run):
        database = run.bench.database()
        seconds = max(int(round(run.bench.seconds)), 1) + 1  # the first second is not looked at
        with run.proxies(database.namespace, self.kind, server=database.port) as pids:
            port = FRONT_PORT if run.peer else database.port
            process = database.load(self.script, port, seconds, run.load_cores)
            try:
                time.sleep(0.7)
                before = machine.Sample(pids)
                time.sleep(seconds - 1)
                after = machine.Sample(pids)
                output = process.communicate(timeout=30)[0]
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
        numbers = database.numbers(output)
        return {**numbers, **run.per_operation(before, after, numbers["rate"])}


def _bulk(n):
    for direction in ("up", "down", "both"):
        yield Generated(f"bulk-{n}-{direction}", f"bulk {direction}, {n} connection{'s' if n > 1 else ''}",
                        ["bulk", f"--{direction}", "-c", n], "Gbit/s", STREAMS)


def _pingpong(n):
    return Generated(f"pingpong-{n}", f"ping-pong of 128 bytes, {n} connection{'s' if n > 1 else ''}",
                     ["pingpong", "-c", n, "--size", 128], "round trips/s")


MIX = ["mix", "--idle", 950, "--chatty", 40, "--bulk", 10, "--size", 128, "--rate", 2000]
ALL = [Generated("short", "short connections: connect, 64 bytes, 64 bytes back, close; 64 at once",
                 ["short", "-c", 64, "--size", 64, "--targets", 8], "connections/s"),
       _pingpong(1), _pingpong(64), _pingpong(1000), *_bulk(1), *_bulk(16),
       Held("idle", "idle connections", "idle"),
       Held("storm", "a storm of new connections, 1,000 being opened at once by each generator", "storm"),
       Generated("mix", "950 idle, 40 chatty (2,000 round trips/s in all), 10 bulk connections without limit", MIX,
                 "round trips/s"),
       Generated("mix-paced", "the same mix, the bulk connections send 2 Gbit/s and get it back",
                 [*MIX, "--bulk-rate", 250000000], "round trips/s", threads_max=1),
       Stalled("stalled", "100 downloads whose clients do not read: memory that each of them takes", 100),
       Sysbench("sysbench-point", "sysbench point select, 16 threads", "oltp_point_select"),
       Sysbench("sysbench-rw", "sysbench read-write, 16 threads", "oltp_read_write")]
BY_NAME = {workload.name: workload for workload in ALL}
