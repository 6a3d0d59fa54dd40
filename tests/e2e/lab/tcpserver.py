"""tests/tools/tcpserver on a host in a database's place: greets with the host's name."""

import contextlib
import signal
import subprocess

from .wait import until

CONTROL = "/run/tcpserver.sock"


class TcpServer:
    """One process; further listeners by `listeners`, each ["--listen", "NAME=:PORT", options...]."""

    def __init__(self, host, port=3306, listeners=()):
        self.host = host
        self.port = port
        self.argv = ["tcpserver", "--control", CONTROL, "--greet", "--listen", f"{host.name}=:{port}",
                     *[word for listener in listeners for word in listener]]
        self.process = None

    def accepts(self):
        try:
            self.host.connect("127.0.0.1", self.port, timeout=1).close()
            return True
        except OSError:
            return False

    def is_ready(self):
        """The control socket comes after the listeners; an earlier one's may still lie there."""
        try:
            return self.accepts() and self.control("show") != ""
        except OSError:
            return False

    def start(self):
        with open(self.host.state / "log/tcpserver.log", "ab") as log:
            self.process = self.host.popen(*self.argv, stdout=log, stderr=subprocess.STDOUT)
        until(self.is_ready, 5, f"tcpserver on {self.host.name}")

    def kill(self, number=signal.SIGKILL):
        self.host.signal("tcpserver", number)
        self.process.wait(timeout=10)

    def control(self, line):
        with contextlib.closing(self.host.connect_unix(CONTROL)) as sock:
            sock.sendall(line.encode() + b"\n")
            return sock.makefile().readline().strip()

    def set(self, option, value):
        return self.control(f"set {self.host.name} {option} {value}")
