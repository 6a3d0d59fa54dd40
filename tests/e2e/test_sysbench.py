"""sysbench through the VIP while a database dies and returns and proxyd is reloaded."""

import pathlib
import re
import signal
import subprocess
import time

from lab import conf, mariadb
from lab.cluster import VIP
from lab.wait import until

THREADS, SECONDS = 16, 20
TABLES, ROWS = 4, 2000
LAB = pathlib.Path(__file__).with_name("lab")
OPTIONS = [f"--mysql-host={VIP}", "--mysql-port=3306", f"--mysql-user={mariadb.USER}",
           f"--mysql-password={mariadb.PASSWORD}", "--mysql-db=sbtest", f"--tables={TABLES}", f"--table-size={ROWS}",
           "--mysql-ssl=off", "--db-driver=mysql",
           "--auto_inc=off"]  # ids 1 to ROWS, although the servers count by two
PRELOAD = "/srv/sysbench_reconnect.so"


def catch_up(one, two):
    for database in (one, two):
        until(lambda db=database: db.replication() == ("Yes", "Yes"), 20, f"{database.host.name} replicates")
    mariadb.await_caught_up(one, two, timeout=60)
    mariadb.await_caught_up(two, one, timeout=60)


def test_sysbench_survives_a_database_and_ten_reloads(make_cluster, measured):
    cluster = make_cluster("mariadb", proxyd=conf.changed(conf.PROXYD, defaults__timeout_connect="2s"))
    one, two = cluster.databases.values()
    for database in (one, two):
        # both are written at the same time: the same row may be, too
        database.sql("SET GLOBAL slave_exec_mode='IDEMPOTENT'")
    one.sql("CREATE DATABASE sbtest; CREATE TABLE sbtest.ledger("
            "id INT AUTO_INCREMENT PRIMARY KEY, thread INT) ENGINE=InnoDB")
    client = cluster.client
    client.write("/srv/ledger.lua", (LAB / "ledger.lua").read_text(encoding="utf-8"))
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", client.path(PRELOAD), LAB / "sysbench_reconnect.c"],
                   check=True, timeout=30)
    direct = [option.replace(VIP, "192.168.95.11") for option in OPTIONS]
    client.run("sysbench", "/usr/share/sysbench/oltp_read_write.lua", *direct, "prepare", timeout=60)
    catch_up(one, two)

    process = client.popen("sysbench", "/srv/ledger.lua", *OPTIONS, f"--threads={THREADS}", f"--time={SECONDS}",
                           "--mysql-ignore-errors=all", "--report-interval=2", "run", env={"LD_PRELOAD": PRELOAD},
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    time.sleep(4)
    two.kill(signal.SIGKILL)
    time.sleep(4)
    two.start()
    two.sql("SET GLOBAL slave_exec_mode='IDEMPOTENT'; STOP SLAVE; START SLAVE")
    time.sleep(4)
    master = cluster.proxies[cluster.await_master()]
    for _ in range(10):
        master.host.service("proxyd", "reload")
        time.sleep(0.2)
    output = process.communicate(timeout=60)[0]
    assert process.returncode == 0, output
    committed = int(re.search(r"transactions:\s+(\d+)", output).group(1))
    reconnects = int(re.search(r"reconnects:\s+(\d+)", output).group(1))
    measured("sysbench", f"{committed} transactions ({committed / SECONDS:.0f}/s), {reconnects} reconnects")
    assert committed > 200 and reconnects > 0

    catch_up(one, two)
    counts = {database.host.name: int(database.value("SELECT COUNT(*) FROM sbtest.ledger"))
              for database in (one, two)}
    measured("rows of committed transactions", f"{counts}, reported {committed}")
    assert counts["mysql1"] == counts["mysql2"] >= committed
    for table in range(1, TABLES + 1):
        for database in (one, two):
            assert int(database.value(f"SELECT COUNT(*) FROM sbtest.sbtest{table}")) == ROWS
