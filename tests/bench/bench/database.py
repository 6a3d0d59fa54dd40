"""A throw-away MariaDB and sysbench in front of it."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from . import machine

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "e2e"))
from lab import mariadb  # pylint: disable=wrong-import-position

PORT = 13306
THREADS, TABLES, ROWS = 16, 4, 10000


class Database:
    """Serves in a namespace of its own; proxies for it are started in there."""

    port = PORT

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="proxyd-bench-db-")
        self.namespace = machine.Namespace().__enter__()
        self.process = None
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self):
        data, self.socket = f"{self.folder}/data", f"{self.folder}/sock"
        shutil.copytree(mariadb.template(), data)
        config = pathlib.Path(self.folder, "my.cnf")
        config.write_text(mariadb.SETTINGS.format(datadir=data, socket=self.socket, number=1, offset=1,
                                                  address="127.0.0.1"), encoding="ascii")
        # one machine does everything here; the binary log would only add noise to what is compared
        self.process = self.namespace.popen(
            "mariadbd", f"--defaults-file={config}", f"--port={PORT}", f"--pid-file={self.folder}/pid",
            "--skip-log-bin", f"--log-error={self.folder}/log", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while not machine.listens(self.process.pid, PORT):
            if self.process.poll() is not None or time.monotonic() > end:
                raise machine.Failed(f"MariaDB does not start: {machine.read(f'{self.folder}/log')[-2000:]}")
            time.sleep(0.1)
        self._sql(f"CREATE DATABASE sbtest; CREATE USER '{mariadb.USER}'@'%' IDENTIFIED BY '{mariadb.PASSWORD}'; "
                  f"GRANT ALL ON *.* TO '{mariadb.USER}'@'%'")
        self.namespace.run(*self._sysbench("oltp_read_write", PORT), "prepare", timeout=120)

    def _sql(self, statements):
        self.namespace.run("mariadb", "--no-defaults", "-uroot", f"--socket={self.socket}", "-e", statements)

    def _sysbench(self, script, port):
        return ["sysbench", script, "--db-driver=mysql", "--mysql-host=127.0.0.1", f"--mysql-port={port}",
                f"--mysql-user={mariadb.USER}", f"--mysql-password={mariadb.PASSWORD}", "--mysql-db=sbtest",
                "--mysql-ssl=off", f"--tables={TABLES}", f"--table-size={ROWS}"]

    def load(self, script, port, seconds, cores):
        # the database moves with the load: its core when pinned
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*"):
            subprocess.run(["taskset", "-pc", ",".join(map(str, sorted(cores))), task.name], check=False,
                           capture_output=True)
        return self.namespace.popen(*self._sysbench(script, port), f"--threads={THREADS}", f"--time={seconds}",
                                    "--percentile=95", "--histogram=on", "run", cores=cores,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def numbers(self, output):
        rate = re.search(r"transactions:\s+\d+\s+\(([\d.]+) per sec", output)
        p95 = re.search(r"95th percentile:\s+([\d.]+)", output)
        slowest = re.search(r"max:\s+([\d.]+)", output)
        if not rate or not p95 or not slowest:
            raise machine.Failed(f"sysbench: {output[-2000:]}")
        errors = sum(int(n) for n in re.findall(r"(?:ignored errors|reconnects):\s+(\d+)", output))
        found = re.findall(r"^\s*([\d.]+) \|\**\s+(\d+)$", output, re.MULTILINE)
        histogram = [(float(value), int(n)) for value, n in found]
        return {"rate": float(rate.group(1)), "p50_us": _quantile(histogram, 0.5), "p95_us": float(p95.group(1)) * 1e3,
                "p99_us": _quantile(histogram, 0.99), "p999_us": _quantile(histogram, 0.999),
                "max_us": float(slowest.group(1)) * 1e3, "failures": errors}

    def stop(self):
        if self.process:
            machine.stop(self.process, 10)
        self.namespace.__exit__()
        shutil.rmtree(self.folder, ignore_errors=True)


def _quantile(histogram, q):
    """Microseconds; the histogram's values are milliseconds."""
    wanted, seen = q * sum(n for _, n in histogram), 0
    for value, n in histogram:
        seen += n
        if seen >= wanted:
            return value * 1e3
    return 0
