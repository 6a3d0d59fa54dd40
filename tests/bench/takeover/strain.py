"""When the processors are somebody else's: a starved pair, and a master that was stopped."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time

from lab.cluster import ADDRESSES, VIP

from .pairs import FIRST, SECOND
from .watch import Holders, Wire

STARVED_SECONDS, STARVED_QUICK = 60, 2
BUSY_PER_CORE = 4
BUSY = "while :; do :; done"
DISK = "while :; do dd if=/dev/zero of={0}/load bs=1M count=64 conv=fsync 2>/dev/null; done"
MEMORY = "import time\nwhile True:\n    blocks = [bytearray(b'x') * (1 << 20) for _ in range(400)]\n    time.sleep(0.2)\n"
AWAKE = 3  # seconds that are looked at after a stopped master was woken


class Load:
    """Busy processes, one that writes to the disk, one that takes memory and gives it back; all of normal priority."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(dir="/var/tmp", prefix="failover-")
        commands = [["sh", "-c", BUSY]] * (BUSY_PER_CORE * os.cpu_count())
        commands += [["sh", "-c", DISK.format(self.folder.name)], ["/usr/bin/python3", "-c", MEMORY]]
        self.processes = [subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], stdin=subprocess.DEVNULL,
                                           start_new_session=True) for command in commands]
        return self

    def __exit__(self, *_):
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with the dd that the shell waits for
        for process in self.processes:
            process.wait()
        self.folder.cleanup()


def starved_trial(pairs, scenario, variants, turn):
    """All pairs at once, below the same load."""
    with contextlib.ExitStack() as stack:
        seen = {}
        for variant in variants:
            pair = pairs[variant.pair]
            pair.fresh(scenario.interval_ms, **variant.options)
            seen[variant.key] = (stack.enter_context(Wire(pair.cluster)),
                                 stack.enter_context(Holders(pair.hosts.values(), VIP)))
        time.sleep(0.5)
        with Load():
            began = time.monotonic()
            time.sleep(STARVED_QUICK if turn.quick else STARVED_SECONDS)
            ended = time.monotonic()
        time.sleep(1)
        for key, (wire, holders) in seen.items():
            yield key, {"takeovers": wire.takeovers(began, ended + 1),
                        "two_ms": holders.two_seconds(began, ended + 1) * 1000,
                        "silence_ms": wire.longest_silence(began, ended) * 1000,
                        "adverts": sum(1 for advert in wire.adverts if began <= advert.at <= ended)}


def paused_trial(seconds):
    def trial(pairs, scenario, variants, turn):
        for variant in variants:
            pair = pairs[variant.pair]
            pair.fresh(scenario.interval_ms, **variant.options)
            yield variant.key, _paused(pair, 1 if turn.quick else seconds)
    return trial


def _paused(pair, seconds):
    with Wire(pair.cluster) as wire, Holders(pair.hosts.values(), VIP) as holders:
        began = time.monotonic()
        pair.signalling(pair.programs[0], signal.SIGSTOP)()
        taken = holders.until(lambda: SECOND in holders.held, seconds)
        time.sleep(max(seconds - (time.monotonic() - began), 0))
        wake = pair.signalling(pair.programs[0], signal.SIGCONT)
        woken = time.monotonic()
        wake()
        time.sleep(AWAKE)
        ended = time.monotonic()
        spoke = wire.last_from(ADDRESSES[FIRST], ended)
        after = [advert for advert in wire.adverts if woken <= advert.at and advert.source == ADDRESSES[FIRST]
                 and advert.priority]
        return {"taken": int(taken), "two_ms": holders.two_seconds(woken, ended) * 1000,
                "two_asleep_ms": holders.two_seconds(began, woken) * 1000,
                "claims": len(after), "last_ms": (spoke - woken) * 1000 if after else 0,
                "kept": int(holders.held == {SECOND}), "takeovers": wire.takeovers(began, ended)}
