"""A series: scenarios x rounds x pairs, the pairs side by side within each round."""

import datetime
import json
import os
import random
import re
import subprocess
import sys
import time

from bench import machine
from bench.series import BUILD, LOAD_ALLOWED, ROOT
from lab.lab import remove_leftovers

from .faults import Turn
from .pairs import Pairs
from .scenarios import BY_NAME

TARGETS = ("proxyd", "proxyctl", "vrrpd", "vrrpctl", "probe", "tcpserver")
ATTEMPTS = 2  # of one variant's trial, before the series goes on without it


def _build():
    for command in ([ROOT / "packaging/deps", "build", "test", "bench"], ["cmake", "--preset", "release"],
                    ["ninja", "-C", BUILD, *TARGETS]):
        made = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise machine.Failed(f"{command[0]}: {made.stdout[-3000:]}{made.stderr[-3000:]}")


def _first_line(*command):
    told = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return (told.stdout.splitlines() or ["?"])[0]


def _versions():
    return {"proxyd": _first_line("git", "describe", "--always", "--dirty"),
            "keepalived": re.sub(r" \(.*", "", _first_line("keepalived", "-v")),
            "haproxy": _first_line("haproxy", "-v").split(" - ")[0]}


def _kept(path):
    if path and path.exists():
        return json.loads(path.read_text(encoding="utf-8")).get("scenarios", {})
    return {}


def _save(path, result):
    if path:
        path.with_suffix(".tmp").write_text(json.dumps(result, indent=1), encoding="utf-8")
        path.with_suffix(".tmp").rename(path)


def _chosen(scenario, quick):
    """Quick: the first of each pair."""
    if not quick:
        return scenario.variants
    return [next(variant for variant in scenario.variants if variant.pair.startswith(kind))
            for kind in ("vrrpd", "keepalived")]


class Series:
    def __init__(self, options, pairs):
        self.options = options
        self.pairs = pairs
        self.began = time.monotonic()
        self.complete = True

    def say(self, text):
        print(f"[{time.monotonic() - self.began:6.1f} s] {text}", file=sys.stderr, flush=True)

    def scenario(self, scenario):
        quick = self.options.quick
        rounds = 1 if quick else self.options.rounds or scenario.rounds
        part = {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
                "command": self.options.command, "load_before": os.getloadavg()[0], "versions": _versions(), "runs": []}
        for number in range(rounds):
            turn = Turn(quick, (number + random.random()) / rounds)
            part["runs"] += [{"round": number, **numbers} for numbers in self._round(scenario, turn)]
        return part

    def _round(self, scenario, turn):
        variants = _chosen(scenario, turn.quick)
        for group in [variants] if scenario.together else [[variant] for variant in variants]:
            for attempt in range(ATTEMPTS):
                try:
                    found = list(scenario.trial(self.pairs, scenario, group, turn))
                except AssertionError as error:
                    self.say(f"{scenario.name}, attempt {attempt + 1}: {error}")
                    continue
                for key, numbers in found:
                    self.say(f"{scenario.name} {key}: {_brief(scenario, numbers)}")
                    yield {"variant": key, **numbers}
                break
            else:
                self.complete = False


def _brief(scenario, numbers):
    return ", ".join(f"{key} {numbers[key]:.5g}" for key in scenario.figures if numbers.get(key) is not None)


def run(options):
    """(what was measured together with what the file had, whether no trial failed)"""
    if not options.build:
        _build()
    remove_leftovers()
    load = os.getloadavg()[0]
    pairs = Pairs(options.build or BUILD)
    series = Series(options, pairs)
    if load > LOAD_ALLOWED:
        series.say(f"the machine is not idle (load {load:.1f}): these figures will prove nothing")
    result = {"kind": "failover", "machine": machine.describe(), "scenarios": _kept(options.json)}
    try:
        for name in options.scenarios:
            part = series.scenario(BY_NAME[name])
            if part["runs"]:
                result["scenarios"][name] = part
            _save(options.json, result)
    finally:
        pairs.close()
    return result, series.complete
