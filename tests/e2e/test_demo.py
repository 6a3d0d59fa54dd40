"""packaging/demo as a person would use it."""

import pathlib
import re
import signal
import subprocess
import time

from lab.lab import recorded
from lab.wait import until

DEMO = pathlib.Path(__file__).resolve().parents[2] / "packaging/demo"


def run(*words, timeout=240):
    return subprocess.run([DEMO, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
                          check=False)


def demo_labs():
    return [directory for directory, record in recorded() if "mysql1" in record["hosts"]]


def test_the_demo_passes_and_leaves_nothing(measured):
    before = demo_labs()
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\n\d+ steps passed, 0 failed\n", done.stdout), done.stdout
    for line in re.findall(r"kill -9 of \d.*|.*lasted.*", done.stdout)[:1]:
        measured("demo", line)
    assert demo_labs() == before


def test_a_kept_cluster_can_be_looked_at_and_removed():
    before = demo_labs()
    done = run("--tcp", "--keep")
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        assert len(demo_labs()) == len(before) + 1
        assert "MASTER" in run("--enter", "proxy1", "vrrpctl", "show").stdout + \
            run("--enter", "proxy2", "vrrpctl", "show").stdout
        assert "mysql1" in run("--enter", "proxy1", "proxyctl", "show", "servers").stdout
    finally:
        stopped = run("--stop")
    assert stopped.returncode == 0 and "removed" in stopped.stdout
    assert demo_labs() == before


def test_ctrl_c_removes_the_cluster():
    before = demo_labs()
    process = subprocess.Popen([DEMO, "--tcp"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    until(lambda: len(demo_labs()) > len(before), 60, "the cluster begins")
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) != 0
    assert demo_labs() == before
