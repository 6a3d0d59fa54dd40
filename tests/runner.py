"""The test run: a list of stages, each counted, each with its log kept in build-logs/.

Builds and tests that measure no time share the machine; end-to-end tests do not share it with them.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGS = ROOT / "build-logs"
JOBS = str(os.cpu_count() or 2)
CORES = ("common/CMakeFiles/common_core.dir", "proxyd/CMakeFiles/proxyd_core.dir",
         "vrrpd/CMakeFiles/vrrpd_core.dir")
COVERAGE_DEMANDED = 90
FUZZ_SECONDS = 5
TAIL_LINES = 60
# end-to-end tests that keep the cores busy, or promise times to operators; the others mostly wait
ALONE = {"test_datapath.py", "test_demo.py", "test_failover.py", "test_flood.py", "test_idle.py", "test_integrity.py",
         "test_matrix.py", "test_proxy.py", "test_reload.py", "test_stall.py", "test_sysbench.py", "test_tune.py",
         "test_valgrind.py"}
# what has threads in it, for TSan
THREADED = ["test_datapath.py", "test_idle.py", "test_integrity.py", "test_proxy.py", "test_reload.py", "test_tune.py"]
LANES = 3
LONGEST = ["test_vip.py", "test_interop.py", "test_rough_host.py"]  # begun first
NOTHING_SELECTED = 5  # pytest's exit status
PYTEST_SHOWN = r"^tests/e2e/|(PASSED|FAILED|ERROR) +\[|^measured: "
# no test may wait for a person or be led astray by somebody's settings
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = []

    def add(self, passed, failed_names):
        self.passed += passed
        self.failed += failed_names


def e2e_files():
    names = sorted(path.name for path in (ROOT / "tests/e2e").glob("test_*.py"))
    return sorted(names, key=lambda name: name not in LONGEST)


def sources(*suffixes):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.decode()
    if not listed:  # an exported tree
        return sorted(str(p.relative_to(ROOT)) for top in ("common", "proxyd", "vrrpd", "tests")
                      for p in (ROOT / top).rglob("*") if p.suffix in suffixes)
    return [name for name in listed.split("\0") if name.endswith(suffixes) and (ROOT / name).exists()]


class Stage:
    """One named step; run() executes commands one after the other into one log."""

    def __init__(self, name, tally):
        self.name = name
        self.tally = tally
        self.log = LOGS / (re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + ".log")

    def __enter__(self):
        print(f"==> {self.name} ...", flush=True)
        self.began = time.monotonic()
        self.log.write_text("")
        return self

    def __exit__(self, *_):
        return False

    def run(self, *argv, env=None, timeout=900, show=None):
        """Exit status; lines matching show are printed as they come."""
        with self.log.open("a") as log:
            log.write(f"$ {shlex.join(map(str, argv))[:1000]}\n")
            log.flush()
            process = subprocess.Popen([str(a) for a in argv], cwd=ROOT, stdin=subprocess.DEVNULL, text=True,
                                       errors="backslashreplace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       env={**ENVIRONMENT, **(env or {})})
            deadline = time.monotonic() + timeout
            try:
                for line in process.stdout:
                    log.write(line)
                    if show and re.search(show, line):
                        print(f"    {line.rstrip()}", flush=True)
                    if time.monotonic() > deadline:
                        log.write(f"longer than {timeout} s\n")
                        process.kill()
                return process.wait()
            except BaseException:
                process.terminate()  # so that a lab can take itself away
                process.wait(timeout=30)
                raise

    def done(self, passed, failed_names, note=""):
        seconds = time.monotonic() - self.began
        verdict = "ok" if not failed_names else f"FAILED: {', '.join(failed_names[:8])}"
        print(f"    {self.name}: {passed} passed, {len(failed_names)} failed, {seconds:.1f} s{note}: {verdict}",
              flush=True)
        if failed_names:
            lines = self.log.read_text(errors="replace").splitlines()
            print("\n".join(f"    | {line}" for line in lines[-TAIL_LINES:]))
            print(f"    (all of it: {self.log})", flush=True)
        self.tally.add(passed, [f"{self.name}: {name}" for name in failed_names])
        return not failed_names

    def verdict(self, status, note=""):
        return self.done(int(status == 0), [] if status == 0 else [self.name], note)

    def junit(self, reports, status, note=""):
        """Count from JUnit reports; a run that counted nothing, or broke off, has failed."""
        passed, failed = 0, []
        for report in reports:
            if not report.exists():
                status = status or 1
                continue
            for case in xml.etree.ElementTree.parse(report).iter("testcase"):
                if case.find("failure") is not None or case.find("error") is not None:
                    failed.append(case.get("name"))
                elif case.find("skipped") is None and case.get("status") in (None, "run"):
                    passed += 1
        if (status != 0 and not failed) or passed + len(failed) == 0:
            failed.append("the run itself")
        return self.done(passed, failed, note)


class Run:
    def __init__(self, options):
        self.options = options
        self.tally = Tally()
        self.built = {}
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        self.running = []

    def beside(self, work):
        """Do it in the background, until somebody needs the machine for himself."""
        self.running.append(self.pool.submit(work, self))

    def alone(self):
        while self.running:
            self.running.pop().result()

    def stage(self, name):
        return Stage(name, self.tally)

    def build(self, preset, *targets):
        """Configure and build once per run; True when it stands."""
        if preset not in self.built:
            with self.stage(f"build {preset}") as stage:
                status = stage.run("cmake", "--preset", preset)
                if status == 0:
                    status = stage.run("ninja", "-C", f"build-{preset}", "-k", "0", *targets, timeout=1200)
                self.built[preset] = stage.verdict(status)
        return self.built[preset]

    def ctest(self, name, preset, pattern, *extra, env=None):
        with self.stage(name) as stage:
            report = stage.log.with_suffix(".xml")
            report.unlink(missing_ok=True)
            argv = ["ctest", "--test-dir", f"build-{preset}", "-j", JOBS, "--output-on-failure", "--no-tests=error",
                    "--timeout", "300", "--output-junit", report, "-R", pattern, *extra]
            status = stage.run(*argv, env=env, show=r"(?i)seed|schedules|\*\*\*Failed")
            return stage.junit([report], status)

    def _pytest(self, stage, preset, report, *extra, timeout=1200, show=PYTEST_SHOWN):
        report.unlink(missing_ok=True)
        argv = ["/usr/bin/python3", "-B", "-m", "pytest", "-p", "no:cacheprovider", "-v", "--tb=short",
                f"--build={ROOT}/build-{preset}", f"--junitxml={report}", "-o", "junit_family=xunit1", *extra]
        if self.options.k:
            argv += ["-k", self.options.k]
        return stage.run(*argv, timeout=timeout, show=show)

    def pytest(self, name, preset, *extra, timeout=1200):
        with self.stage(name) as stage:
            report = stage.log.with_suffix(".xml")
            return stage.junit([report], self._pytest(stage, preset, report, *extra, timeout=timeout))

    def pytest_side_by_side(self, name, preset, files, *extra):
        """One pytest per file, LANES of them at a time."""
        def one(path):
            part = Stage(f"e2e {preset} {path.removesuffix('.py')}", self.tally)
            part.log.write_text("")
            report = part.log.with_suffix(".xml")
            status = self._pytest(part, preset, report, f"tests/e2e/{path}", *extra, show=r"^measured: ")
            return report, 0 if status == NOTHING_SELECTED else status, part.log

        with self.stage(name) as stage, concurrent.futures.ThreadPoolExecutor(LANES) as pool:
            reports, statuses, logs = zip(*pool.map(one, files))
            stage.log.write_text("".join(log.read_text(errors="replace") for log in logs))
            return stage.junit(reports, max(statuses))


# --- the stages, in the order of a whole run; each takes a Run ---

def stage_format(run):
    with run.stage("format") as stage:
        stage.verdict(stage.run("clang-format", "--dry-run", "-Werror", *sources(".c", ".h")))


def stage_scripts(run):
    with run.stage("scripts") as stage:
        status = stage.run("/usr/bin/python3", "-B", "-c", "import ast,sys;"
                           "[ast.parse(open(f).read(), f) for f in sys.argv[1:]]", *sources(".py"))
        for script in ("packaging/init.d/functions.sh", "packaging/postinst"):
            status |= stage.run("sh", "-n", script)
        for script in ("packaging/deps", "packaging/demo", "tests/run", ".ci/run"):
            status |= stage.run("bash", "-n", script)
        stage.verdict(status)


def stage_manuals(run):
    if run.build("debug"):
        run.ctest("manual pages", "debug", "^docs/")


def stage_build(run):
    for preset in ("release", "debug", "clang"):
        run.build(preset)


def stage_headers(run):
    if run.build("debug"):
        with run.stage("headers compile alone") as stage:
            stage.verdict(stage.run("ninja", "-C", "build-debug", "all_verify_interface_header_sets"))


def stage_tidy(run):
    if run.build("clang"):
        run.beside(_tidy)


def _tidy(run):
    with run.stage("clang-tidy") as stage:
        files = [f"^{re.escape(str(ROOT / name))}$" for name in sources(".c")
                 if not name.startswith(("tests/fuzz/",))]
        status = stage.run("nice", "-n", "19", "run-clang-tidy", "-quiet", "-j", JOBS, "-p", "build-clang", *files,
                           timeout=900)
        stage.verdict(status)


def stage_unit(run):
    if run.build("debug"):
        run.ctest("unit and tools", "debug", "^(unit|tools)/")


def stage_sim(run):
    if run.build("release"):
        run.ctest("sim", "release", "^sim/", "--verbose")  # shows the seed


def stage_fuzz(run):
    """Every target for a moment; what once broke something is replayed with the sanitizers below."""
    targets = sorted(pathlib.Path(name).stem for name in sources(".c")
                     if re.match(r"tests/fuzz/fuzz_\w+\.c$", name))
    if not run.build("fuzz", *targets):
        return
    seconds = run.options.seconds
    with run.stage(f"fuzz, {seconds} s each") as stage:
        failed = []
        for target in targets:
            corpus = ROOT / "tests/fuzz/corpus" / target.removeprefix("fuzz_")
            found = LOGS / "fuzz" / target  # new inputs stay out of the tree
            found.mkdir(parents=True, exist_ok=True)
            if stage.run(f"build-fuzz/tests/fuzz/{target}", f"-max_total_time={seconds}", "-rss_limit_mb=2000",
                         "-print_final_stats=1", f"-artifact_prefix={found}/", found, corpus,
                         timeout=seconds + 120) != 0:
                failed.append(target)
        stage.done(len(targets) - len(failed), failed)


def stage_coverage(run):
    if not run.build("coverage"):
        return
    for old in (ROOT / "build-coverage").rglob("*.gcda"):
        old.unlink()
    run.ctest("unit and sim, counted", "coverage", "^(unit|sim)/")
    with run.stage("coverage") as stage:
        objects = [ROOT / "build-coverage" / core for core in CORES]
        status = stage.run("gcovr", "--root", ".", "--fail-under-line", str(COVERAGE_DEMANDED), *objects,
                           show=r"^(common|proxyd|vrrpd|TOTAL|lines)")
        stage.verdict(status, f", {COVERAGE_DEMANDED}% of lines demanded")


def sanitizer_env():
    return {"ASAN_OPTIONS": "abort_on_error=1:detect_leaks=1:strict_string_checks=1",
            "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
            "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1"}


def stage_asan(run):
    if run.build("asan"):
        run.ctest("unit, sim and fuzz corpus with ASan and UBSan", "asan", "^(unit|sim|fuzz)/", env=sanitizer_env())


def stage_tsan(run):
    if run.build("tsan"):
        run.ctest("unit with TSan", "tsan", "^unit/", env=sanitizer_env())  # the simulation has one thread


def stage_e2e(run):
    if not run.build("release"):
        return
    run.alone()
    if run.options.k:
        run.pytest("e2e", "release", "-m", "not valgrind and not soak", "tests/e2e")
        return
    run.pytest("e2e, one by one", "release", "-m", "not valgrind and not soak",
               *(f"tests/e2e/{name}" for name in e2e_files() if name in ALONE))
    run.pytest_side_by_side("e2e, side by side", "release", [name for name in e2e_files() if name not in ALONE],
                            "-m", "not valgrind and not soak")


def stage_soak(run):
    gigabytes = run.options.gigabytes
    if run.build("release"):
        run.pytest("soak", "release", "-m", "soak", f"--gigabytes={gigabytes:g}", "tests/e2e",
                   timeout=600 + 20 * gigabytes)


def stage_interop(run):
    """The matrix alone; what it measured becomes the table in the tree."""
    if run.build("release"):
        run.pytest("interop with keepalived", "release", f"--matrix-report={ROOT}/tests/INTEROP.md",
                   "tests/e2e/test_matrix.py")


def stage_long_sim(run):
    if run.build("release"):
        with run.stage("20,000 schedules") as stage:
            stage.verdict(stage.run("build-release/tests/sim/test_vrrp_sim", "--schedules", "20000",
                                    show="schedules|repeat with|VIOLATION"))


def stage_e2e_sanitized(run):
    for preset, files in (("asan", e2e_files()), ("tsan", THREADED)):
        if run.build(preset):
            run.pytest_side_by_side(f"short e2e with {preset}", preset, files, "-m", "short")


def stage_valgrind(run):
    if run.build("debug"):
        run.pytest("e2e under valgrind", "debug", "-m", "valgrind", "tests/e2e")


STAGES = {
    "format": stage_format, "scripts": stage_scripts, "man": stage_manuals, "build": stage_build,
    "headers": stage_headers, "tidy": stage_tidy, "unit": stage_unit, "sim": stage_sim, "fuzz": stage_fuzz,
    "coverage": stage_coverage, "asan": stage_asan, "tsan": stage_tsan,
    "sanitized-e2e": stage_e2e_sanitized, "valgrind": stage_valgrind, "e2e": stage_e2e,
}
LONG_STAGES = {"soak": stage_soak, "interop": stage_interop, "long-sim": stage_long_sim}  # when asked for only


def main():
    parser = argparse.ArgumentParser(prog="tests/run", description="Build and test everything, or some stages.")
    parser.add_argument("stages", nargs="*", metavar="STAGE",
                        help=f"of: {' '.join(STAGES)} (default: all of these), {' '.join(LONG_STAGES)}")
    parser.add_argument("-k", help="only the end-to-end tests whose name matches (pytest -k)")
    parser.add_argument("--gigabytes", type=float, default=100, help="soak: how much to transfer (100)")
    parser.add_argument("--seconds", type=int, default=FUZZ_SECONDS,
                        help=f"fuzz: how long each target ({FUZZ_SECONDS}; what it finds is kept in build-logs/fuzz)")
    parser.add_argument("--list", action="store_true", help="name the stages")
    options = parser.parse_args()
    if options.list:
        print("\n".join([*STAGES, *LONG_STAGES]))
        return 0
    stages = {**STAGES, **LONG_STAGES}
    unknown = [name for name in options.stages if name not in stages]
    if unknown:
        parser.error(f"no stage {unknown[0]}; there are: {' '.join(stages)}")
    LOGS.mkdir(exist_ok=True)
    began = time.monotonic()
    run = Run(options)
    for name in options.stages or STAGES:
        stages[name](run)
    run.alone()
    for name in run.tally.failed:
        print(f"failed: {name}")
    print(f"all in {(time.monotonic() - began) / 60:.1f} minutes, logs in {LOGS.relative_to(ROOT)}/")
    print(f"{run.tally.passed} passed, {len(run.tally.failed)} failed")
    return 1 if run.tally.failed or run.tally.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
