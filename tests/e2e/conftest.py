"""Fixtures of the end-to-end tests: clusters, and every host's log when a test fails.

Run through tests/run e2e, or: /usr/bin/python3 -m pytest --build build-release tests/e2e
"""

import os
import pathlib
import resource
import signal

import pytest

from lab.cluster import Cluster, sanitized, sanitizer_reports
from lab.lab import Lab, remove_leftovers

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEST_SECONDS = 180
SOAK_SECONDS_PER_GB = 20
LIVE = []  # the labs whose logs belong to a failing test


def pytest_addoption(parser):
    parser.addoption("--build", default=os.environ.get("LAB_BUILD", str(ROOT / "build-release")),
                     help="build directory of the daemons under test")
    parser.addoption("--matrix-report", help="where test_matrix.py writes what it measured, as Markdown")
    parser.addoption("--gigabytes", type=float, default=100, help="what test_integrity.py's soak test transfers (100)")


def pytest_configure(config):
    config.addinivalue_line("markers", "short: also run with sanitizers")
    config.addinivalue_line("markers", "soak: takes many minutes, not part of the whole run")
    config.addinivalue_line("markers", "valgrind: run with the debug build under valgrind, alone")
    if os.geteuid() != 0:
        pytest.exit("the end-to-end tests make network namespaces: run them as root", returncode=1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    remove_leftovers()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed and LIVE:
        report.sections.append(("logs of the hosts", "\n".join(lab.logs() for lab in LIVE)))


@pytest.fixture(scope="session")
def build(request):
    path = pathlib.Path(request.config.getoption("--build")).resolve()
    assert (path / "proxyd/proxyd").exists(), f"no proxyd in {path}: build it first"
    return path


def _living(lab):
    LIVE.append(lab)
    return lab


@pytest.fixture(scope="module")
def make_cluster(build):
    """make_cluster(databases=..., **texts): a started cluster, gone when the module is done."""
    made = []

    def make(databases="tcp", proxyd=None, vrrpd=None, start=True):
        cluster = _living(Cluster(build, databases))
        made.append(cluster)
        cluster.install(proxyd, vrrpd)
        if start:
            cluster.start()
        return cluster

    yield make
    for cluster in made:
        cluster.stop()
        LIVE.remove(cluster)


@pytest.fixture(scope="module")
def make_lab():
    """make_lab({name: address}): bare hosts."""
    made = []

    def make(addresses):
        lab = _living(Lab())
        made.append(lab)
        lab.add_hosts(addresses)
        return lab

    yield make
    for lab in made:
        lab.stop()
        LIVE.remove(lab)


@pytest.fixture(autouse=True)
def bounded(request):
    """No test hangs: it fails, and shows where it waited."""
    is_soak = request.node.get_closest_marker("soak")
    seconds = TEST_SECONDS + int(SOAK_SECONDS_PER_GB * request.config.getoption("--gigabytes")) if is_soak else \
        TEST_SECONDS

    def give_up(*_):
        raise TimeoutError(f"a test may take {seconds} s")
    previous = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture(autouse=True)
def no_sanitizer_report():
    yield
    found = [text for lab in LIVE for host in lab.hosts.values() for text in sanitizer_reports(host)]
    assert not found, "\n".join(found)


@pytest.fixture(scope="session")
def slow(build):
    """With a sanitizer nothing is quick, and memory is not what it is otherwise."""
    return sanitized(build)


@pytest.fixture
def measured(record_property, capsys):
    """measured(name, text): a figure for the reader of the test run."""
    def note(name, text):
        record_property(name, str(text))
        with capsys.disabled():
            print(f"\nmeasured: {name}: {text}", flush=True)
    return note
