"""50,000 packets per second that nobody must believe: nothing moves, and adverts stay on time."""

import json
import os
import shutil
import statistics
import subprocess
import time

import pytest

from lab import conf
from lab.pair import ALONE, Pair

SEED = 20260118
RATE = 50000
INTERVAL = 0.1
TEXT = conf.changed(ALONE, instance__advert_int="100ms", instance__version="3", instance__auth_type=None,
                    instance__auth_pass=None)


@pytest.fixture(scope="module")
def pair(make_lab, build):
    made = Pair(make_lab({"proxy1": "192.168.95.13", "proxy2": "192.168.95.14", "stranger": "192.168.95.66",
                          "observer": "192.168.95.67"}), build)
    tool = build / "tests/tools/vrrpflood"
    stranger = made.lab.hosts["stranger"]
    stranger.path("/usr/local/bin").mkdir(parents=True, exist_ok=True)
    shutil.copy2(tool, stranger.path("/usr/local/bin"))
    made.start(TEXT)
    return made


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Watch:
    """When the master's advertisements pass by, by the kernel's clock of a third host."""

    def __init__(self, host, source):
        argv = ["tshark", "-l", "-n", "-i", "eth0", "-f", f"ip proto 112 and src host {source}", "-T", "fields",
                "-e", "frame.time_epoch"]
        self.process = host.popen(*argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "Capturing on" in line:
                break
        time.sleep(0.5)

    def gaps(self):
        self.process.terminate()
        at = [float(line) for line in self.process.communicate(timeout=20)[0].split()]
        return [later - earlier for earlier, later in zip(at, at[1:])]


def dropped(proxy):
    stats = proxy.vrrp()["stats"]
    return sum(value for name, value in stats.items() if name.endswith("_err") or name.startswith("invalid_"))


def flood(pair, seconds, measured):
    master, backup = pair.proxies["proxy1"], pair.proxies["proxy2"]
    pids = [proxy.host.processes("vrrpd") for proxy in (master, backup)]
    transitions = [proxy.host.log().count(" -> ") for proxy in (master, backup)]
    cpu, before = cpu_seconds(pids[0][0]), dropped(master)
    watch = Watch(pair.lab.hosts["observer"], "192.168.95.13")
    print(f"seed {SEED}")
    out = pair.lab.hosts["stranger"].out("vrrpflood", "-r", RATE, "-t", seconds, "-s", SEED, "-v", 11,
                                         "-a", "192.168.95.55", "-n", "192.168.95.100", timeout=seconds + 30)
    cpu = 100 * (cpu_seconds(pids[0][0]) - cpu) / seconds
    gaps = watch.gaps()
    assert [proxy.host.processes("vrrpd") for proxy in (master, backup)] == pids
    assert pair.holders() == ["proxy1"] and backup.vrrp_state() == "BACKUP"
    assert [proxy.host.log().count(" -> ") for proxy in (master, backup)] == transitions
    sent = json.loads(out)["sent"]
    assert dropped(master) - before > sent / 3, "they did arrive, and were refused"
    late = sorted(abs(gap - INTERVAL) * 1000 for gap in gaps)
    measured(f"{seconds} s of {RATE} packets/s", f"{sent} sent ({sent / seconds:.0f} per s), {dropped(master) - before} refused and counted, "
             f"master's CPU {cpu:.1f} %, {len(gaps)} adverts, jitter median "
             f"{statistics.median(late):.2f} ms, 99th percentile {late[int(len(late) * 0.99) - 1]:.2f} ms, "
             f"worst {late[-1]:.2f} ms")
    assert len(gaps) >= seconds / INTERVAL - 3
    return late


def test_a_flood_moves_nothing(pair, measured):
    late = flood(pair, 4, measured)
    assert late[-1] <= 2 * INTERVAL * 1000  # nowhere near the three intervals that a backup waits


@pytest.mark.soak
def test_half_a_minute_of_it(pair, measured):
    late = flood(pair, 30, measured)
    assert late[-1] <= 2 * INTERVAL * 1000
