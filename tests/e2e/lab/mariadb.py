"""MariaDB on lab hosts: small throw-away servers that replicate master-master by GTID."""

import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile

from .host import CommandFailed
from .wait import until

DATADIR = "/srv/mysql/data"
SOCKET = "/run/mysqld.sock"
CONFIG = "/etc/lab-mariadb.cnf"
USER, PASSWORD = "jack", "321"
SETTINGS = """[mariadbd]
user=root
datadir={datadir}
socket={socket}
pid-file=/run/mysqld.pid
log-error=/var/log/mariadb.log
bind-address=0.0.0.0
port=3306
server-id={number}
report-host={address}
log-bin=mysql-bin
log-slave-updates=ON
binlog_format=ROW
gtid_domain_id={number}
auto_increment_increment=2
auto_increment_offset={offset}
skip-name-resolve
skip-slave-start=OFF
slave_net_timeout=5
max_connections=800
back_log=800
# throw-away: small, and nothing waits for a disk
performance_schema=OFF
innodb_buffer_pool_size=48M
innodb_log_file_size=16M
innodb_flush_log_at_trx_commit=2
innodb_use_native_aio=0
innodb_fast_shutdown=2
innodb_buffer_pool_load_at_startup=OFF
innodb_buffer_pool_dump_at_shutdown=OFF
key_buffer_size=1M
aria_pagecache_buffer_size=1M
sync_binlog=0
thread_cache_size=64
"""
_template = {}


def template():
    """An empty data directory, made once per process."""
    if "path" not in _template:
        top = tempfile.mkdtemp(prefix="proxyd-lab-mariadb-")
        atexit.register(shutil.rmtree, top, ignore_errors=True)
        path = os.path.join(top, "data")
        made = subprocess.run(
            ["mariadb-install-db", "--no-defaults", "--user=root", "--auth-root-authentication-method=normal",
             "--skip-test-db", "--skip-name-resolve", f"--datadir={path}", "--innodb-log-file-size=16M"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
        if made.returncode != 0:
            raise CommandFailed(f"mariadb-install-db: {made.stdout}{made.stderr}")
        _template["path"] = path
    return _template["path"]


class Database:
    """The server on one host.  number: server-id and GTID domain; offset: 1 or 2 of 2."""

    def __init__(self, host, number, offset):
        self.host = host
        self.number = number
        self.offset = offset
        self.process = None

    def prepare(self):
        target = self.host.path(DATADIR)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(template(), target)
        self.host.write(CONFIG, SETTINGS.format(
            datadir=DATADIR, socket=SOCKET, number=self.number, offset=self.offset, address=self.host.address))

    def launch(self):
        """Start it; await_up() tells when it serves."""
        with open(self.host.state / "log/mariadbd.out", "ab") as log:
            self.process = self.host.popen("mariadbd", f"--defaults-file={CONFIG}", stdout=log,
                                           stderr=subprocess.STDOUT)

    def greets(self):
        try:
            with contextlib.closing(self.host.connect("127.0.0.1", 3306, timeout=1)) as sock:
                return len(sock.recv(5)) == 5
        except (OSError, socket.timeout):
            return False

    def await_up(self, timeout=30):
        until(self.greets, timeout, f"MariaDB on {self.host.name} serves")

    def start(self):
        self.launch()
        self.await_up()

    def kill(self, number=signal.SIGKILL):
        """End it the hard way, or with SIGTERM properly."""
        self.host.signal("mariadbd", number)
        self.process.wait(timeout=30)

    def sql(self, statements, timeout=30):
        """Run as root over the local socket; rows as lists of text."""
        out = self.host.run("mariadb", "--no-defaults", "-uroot", f"--socket={SOCKET}", "-N", "-B",
                            text_in=statements, timeout=timeout).stdout
        return [line.split("\t") for line in out.splitlines()]

    def value(self, statement):
        return self.sql(statement)[0][0]

    def follow(self, other):
        self.sql(f"CHANGE MASTER TO MASTER_HOST='{other.host.address}', MASTER_USER='repl', "
                 "MASTER_PASSWORD='repl', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1, "
                 "MASTER_HEARTBEAT_PERIOD=1; START SLAVE;")

    def replication(self):
        """(IO thread, SQL thread) as SHOW SLAVE STATUS calls them."""
        row = self.sql("SHOW SLAVE STATUS")
        return (row[0][10], row[0][11]) if row else ("No", "No")

    def create_accounts(self, network):
        # not through the binary log: the GTID positions must start empty
        self.sql(f"""SET sql_log_bin=0;
            CREATE USER 'repl'@'{network}' IDENTIFIED BY 'repl';
            GRANT REPLICATION SLAVE ON *.* TO 'repl'@'{network}';
            CREATE USER '{USER}'@'{network}' IDENTIFIED BY '{PASSWORD}';
            GRANT ALL ON *.* TO '{USER}'@'{network}';
            SET sql_log_bin=1;""")


def start_pair(first, second, network="192.168.95.%"):
    """Both up, replicating from each other."""
    for database in (first, second):
        database.prepare()
        database.launch()
    for database in (first, second):
        database.await_up()
        database.create_accounts(network)
    first.follow(second)
    second.follow(first)
    for database in (first, second):
        until(lambda db=database: db.replication() == ("Yes", "Yes"), 20, f"{database.host.name} replicates")


def await_caught_up(source, replica, timeout=30):
    """Everything that source has written is on replica."""
    position = source.value("SELECT @@gtid_binlog_pos")
    answer = replica.sql(f"SELECT MASTER_GTID_WAIT('{position}', {timeout})", timeout=timeout + 10)[0][0]
    if answer != "0":
        raise AssertionError(f"{replica.host.name} did not catch up with {source.host.name} ({position}): {answer}")
