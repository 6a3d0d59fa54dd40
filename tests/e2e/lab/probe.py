"""The client's view of a fault: a fresh connection every few milliseconds (tests/tools/probe)."""

import json
import os
import signal
import subprocess
import time

from .host import CommandFailed


class Outcome:
    """What a probe saw; all times in milliseconds."""

    KINDS = ("refused", "reset", "timeouts", "closed", "other")

    def __init__(self, data):
        self.data = data
        self.total = data["attempts"]
        self.failed = data["failed"]
        self.kinds = {kind: data[kind] for kind in self.KINDS if data[kind]}
        self.outages = data["outages"]
        self.longest_ms = data["longest_outage_ms"]
        self.slowest_ms = data["max_us"] / 1000
        self.answers = data["answers"]

    def __str__(self):
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.kinds.items())
        return (f"{self.longest_ms:.0f} ms without service, {self.failed} of {self.total} connections failed"
                + (f" ({kinds})" if kinds else ""))


class Probe:
    def __init__(self, host, target, interval_ms=10, deadline_ms=500, connect_only=False, line=None):
        argv = ["probe", "--json", "--interval", str(interval_ms), "--deadline", str(deadline_ms)]
        argv += ["--connect-only"] if connect_only else []
        argv += ["--line", line] if line else []
        self.process = host.popen(*argv, target, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.host = host
        self.began = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def stop(self):
        """End it properly; what it saw."""
        # the tool is below nsenter, which does not pass signals on
        for pid in self.host.processes("probe"):
            if _is_below(pid, self.process.pid):
                os.kill(pid, signal.SIGTERM)
        out, err = self.process.communicate(timeout=30)
        if self.process.returncode != 0:
            raise CommandFailed(f"probe: exit {self.process.returncode}: {err}")
        return Outcome(json.loads(out))


def _is_below(pid, ancestor):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        return int(f.read().rpartition(")")[2].split()[1]) == ancestor
