"""tests/bench/failover still runs and measures both pairs; no bound is demanded of a machine that does other things."""

import json
import pathlib
import subprocess

FAILOVER = pathlib.Path(__file__).resolve().parents[1] / "bench/failover"


def test_the_failover_bench_measures_both_pairs(build, tmp_path):
    kept = tmp_path / "failover.json"
    done = subprocess.run([FAILOVER, "--quick", "--build", build, "--json", kept, "proxy-killed"],
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    scenario = json.loads(kept.read_text())["scenarios"]["proxy-killed"]
    killed = {run["variant"]: run for run in scenario["runs"]}
    assert set(killed) == {"ours", "peer"}
    for run in killed.values():
        assert run["attempts"] > 100 and 0 < run["failed"] < run["attempts"] and not run["open"]
        assert run["taken_ms"] > 0
