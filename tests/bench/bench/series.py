"""A series: workloads x threads x rounds x proxies, the proxies side by side within each round."""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import time

from . import machine, peers, workloads
from .database import Database

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ROOT / "build-release"
SOCKMAP = BUILD / "tests/bench/sockmap"
TOOLS = ("proxyd", "loadgen", "tcpserver")
LOAD_ALLOWED = 0.7  # of the minute before, which may hold a build
ATTEMPTS = 2  # of one run, before the series goes on without it


def _sockmap_commands():
    source = ROOT / "tests/bench/sockmap"
    triplet = _output("gcc", "-dumpmachine").strip()
    return (["mkdir", "-p", SOCKMAP],
            ["clang", "-O2", "-g", "-target", "bpf", f"-I/usr/include/{triplet}", "-c", source / "redirect.bpf.c",
             "-o", SOCKMAP / "redirect.o"],
            ["gcc", "-O2", "-Wall", "-D_GNU_SOURCE", source / "sockmap.c", "-o", SOCKMAP / "sockmap", "-lbpf"])


def build(sockmap=False):
    """Install what is missing, compile the release preset."""
    for command in ([ROOT / "packaging/deps", "build", "bench"],
                    ["cmake", "--preset", "release"], ["ninja", "-C", BUILD, *TOOLS],
                    *(_sockmap_commands() if sockmap else ())):
        made = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise machine.Failed(f"{command[0]}: {made.stdout[-3000:]}{made.stderr[-3000:]}")


def _output(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout


def versions(haproxy):
    told = _output(haproxy, "-v").splitlines()[0]
    return {"proxyd": _output("git", "describe", "--always", "--dirty").strip() or "?", "haproxy": told.split(" - ")[0],
            "gcc": _output("gcc", "-dumpfullversion").strip(), **machine.package_versions()}


def _within(limit, threads):
    return limit is None or threads <= limit


def _takes_part(peer, workload, threads):
    if peer is None:  # there it would be the same again
        return threads == 1
    return _within(peer.threads_max, threads) and (not peer.only or workload.name in peer.only)


class Series:
    def __init__(self, options):
        self.options = options
        self.seconds = options.seconds
        self.warmup = options.warmup
        self.idle_conns = options.idle_conns
        self.storm_conns = options.storm_conns
        self.loadgen = BUILD / "tests/tools/loadgen"
        self.tcpserver = BUILD / "tests/tools/tcpserver"
        self.peers = peers.all_peers(options.proxyd or BUILD / "proxyd/proxyd", options.haproxy,
                                     SOCKMAP if options.sockmap else None)
        self.runs = []
        self._database = None
        self.load_before = os.getloadavg()[0]
        self.began = time.monotonic()

    def database(self):
        if not self._database:
            self.say("starting MariaDB, filling its tables")
            self._database = Database()
        return self._database

    def close(self):
        if self._database:
            self._database.stop()

    def say(self, text):
        print(f"[{time.monotonic() - self.began:6.1f} s] {text}", file=sys.stderr, flush=True)

    def run(self):
        if self.load_before > LOAD_ALLOWED:
            self.say(f"the machine is not idle (load {self.load_before:.1f}): these figures will prove nothing")
        for name in self.options.workloads:
            workload = workloads.BY_NAME[name]
            for threads in self.options.threads:
                if not _within(workload.threads_max, threads):
                    continue
                for number in range(self.options.rounds):
                    self._round(workload, threads, number)
                self._save()

    def _round(self, workload, threads, number):
        for name, peer in self.peers.items():
            if self.options.peers and name not in self.options.peers:
                continue
            if not _takes_part(peer, workload, threads):
                continue
            numbers = self._one(workload, workloads.Run(self, peer, threads), name)
            if numbers:
                self.runs.append({"workload": workload.name, "threads": threads, "round": number, "peer": name,
                                  **numbers})
            self.say(f"{workload.name} threads={threads} round {number + 1}/{self.options.rounds} {name}: "
                     f"{_brief(numbers)}")

    def _one(self, workload, run, name):
        for attempt in range(ATTEMPTS):
            try:
                return workload.run(run)
            except machine.Failed as error:
                self.say(f"{workload.name} {name}, attempt {attempt + 1}: {error}")
        return None

    def result(self):
        options = self.options
        return {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
                "command": options.command, "rounds": options.rounds, "seconds": options.seconds,
                "warmup": options.warmup, "machine": machine.describe(), "versions": versions(options.haproxy),
                "load_before": self.load_before, "runs": self.runs}

    def _save(self):
        if self.options.json:
            path = pathlib.Path(self.options.json)
            path.with_suffix(".tmp").write_text(json.dumps(self.result(), indent=1), encoding="utf-8")
            path.with_suffix(".tmp").rename(path)


def _brief(numbers):
    if not numbers:
        return "no result"
    shown = ("rate", "gbit", "p50_us", "p99_us", "max_us", "cpu_us", "core_us", "rss_bytes",
             "queued_bytes", "opened_ms", "failures")
    return ", ".join(f"{key} {numbers[key]:.5g}" for key in shown if key in numbers)
