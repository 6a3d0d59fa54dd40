"""tests/tools/tcpserver on a host in a database's place: greets with the host's name."""

import contextlib
import signal
import subprocess

from .wait import until


class TcpServer:
    def __init__(self, host, port=3306, options=("--greet", "{name}", "--echo")):
        self.host = host
        self.port = port
        self.options = [option.format(name=host.name) for option in options]
        self.process = None

    def greets(self):
        try:
            with contextlib.closing(self.host.connect("127.0.0.1", self.port, timeout=1)) as sock:
                return sock.recv(64) != b""
        except OSError:
            return False

    def start(self):
        log = open(self.host.state / "log/tcpserver.log", "ab")
        self.process = self.host.popen("tcpserver", *self.options, f":{self.port}", stdout=log,
                                       stderr=subprocess.STDOUT)
        log.close()
        until(self.greets, 5, f"tcpserver on {self.host.name}")

    def kill(self, number=signal.SIGKILL):
        self.host.signal("tcpserver", number)
        self.process.wait(timeout=10)
