"""Configuration mistakes: FILE:LINE: [section] key: what is wrong, all in one run, nothing touched."""

import re

import pytest

from lab import conf
from lab.cluster import Proxy

VRRPD = conf.VRRPD.format(router_id="px13", priority=130)


@pytest.fixture(scope="module")
def host(make_lab, build):
    lab = make_lab({"proxy1": "192.168.95.13"})
    Proxy(lab.hosts["proxy1"], build).install()
    return lab.hosts["proxy1"]


def line_of(text, start):
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def check(host, daemon, text, expect):
    path = f"/etc/{daemon}/tested.conf"
    host.write(path, text)
    return host.run(daemon, "-c", "-f", path, expect=expect).stdout


# (what it is, text replaced, by what, line that is blamed, section, words in the message)
PROXYD_MISTAKES = [
    ("unknown key", "retries   ", "retires   ", "retires", "defaults", "retries"),
    ("unknown section", "[backend mysql]", "[bakend mysql]", "[bakend", "bakend mysql", "backend"),
    ("duplicate server", "server mysql2", "server mysql1", "@server mysql1 = 192.168.95.12", "backend mysql", "mysql1"),
    ("port 70000", "0.0.0.0:3306", "0.0.0.0:70000", "bind            = 0.0.0.0:70000", "frontend main", "70000"),
    ("backend not defined", "default_backend = mysql", "default_backend = mysqll", "default_backend",
     "frontend main", "mysqll"),
    ("bad time", "timeout_queue           = 1m", "timeout_queue = 5x", "timeout_queue", "defaults", "5x"),
    ("missing default_backend", "default_backend = mysql\n", "", "[frontend main]", "frontend main", "default_backend"),
    ("negative number", "retries                 = 3", "retries = -3", "retries", "defaults", "-3"),
    ("bad boolean", "option_redispatch       = yes", "option_redispatch = maybe", "option_redispatch", "defaults",
     "maybe"),
    ("unknown algorithm", "= leastconn", "= leastcon", "balance", "backend mysql", "leastconn"),
    ("unknown server option", "check port=3306 maxconn=300\nserver mysql2", "chek maxconn=300\nserver mysql2",
     "server mysql1", "backend mysql", "check"),
    ("server without port", "192.168.95.11:3306 check port=3306", "192.168.95.11 check port=3306",
     "server mysql1", "backend mysql", "port"),
    ("user that is not there", "user         = proxyd", "user = nobodyatall", "user", "global", "nobodyatall"),
    ("user by number whose group nobody knows", "user         = proxyd\ngroup        = proxyd", "user = 54321",
     "user", "global", "give group, too"),
    ("two binds on one address", "[frontend main]", "[frontend other]\nbind = 0.0.0.0:3306\ndefault_backend = mysql\n\n"
     "[frontend main]", "bind            = 0.0.0.0:3306", "frontend main", "3306"),
    ("duplicate key", "retries                 = 3", "retries = 3\nretries = 4", "retries = 4", "defaults", "retries"),
    ("text that is no setting", "[stats]", "what is this\n[stats]", "what is this", None, "="),
    ("auth without password", "admin:admin", "admin", "auth", "stats", "USER:PASSWORD"),  # a password is not repeated
]
VRRPD_MISTAKES = [
    ("unknown key", "nopreempt ", "nopremept ", "nopremept", "instance VI_1", "nopreempt"),
    ("priority 0", "priority          = 130", "priority = 0", "priority", "instance VI_1", "0"),
    ("priority 255 of one who does not own it", "priority          = 130", "priority = 255", "priority",
     "instance VI_1", "255"),
    ("VIP of the wrong family", "192.168.95.55/24", "192.168.95.55/24, fd00::55/64", "virtual_ipaddress",
     "instance VI_1", "fd00::55"),
    ("auth_pass over 8 bytes", "auth_pass         = asd", "auth_pass = 123456789", "auth_pass", "instance VI_1", "8"),
    ("router id 256", "virtual_router_id = 11", "virtual_router_id = 256", "virtual_router_id", "instance VI_1", "256"),
    ("no router id", "virtual_router_id = 11\n", "", "[instance VI_1]", "instance VI_1", "virtual_router_id"),
    ("tracker not defined", "track             = proxyd", "track = proxid", "track", "instance VI_1", "proxyd"),
    ("bad time", "interval = 200ms", "interval = 5x", "interval", "track proxyd", "5x"),
    ("unknown state", "= BACKUP", "= BACKUPP", "state", "instance VI_1", "BACKUP"),
    ("prefix too long", "192.168.95.55/24", "192.168.95.55/33", "virtual_ipaddress", "instance VI_1", "33"),
    ("version 4", "version           = 2", "version = 4", "version", "instance VI_1", "4"),
    ("no interface", "interface         = eth0\n", "", "[instance VI_1]", "instance VI_1", "interface"),
]


def blamed(text, start):
    if start.startswith("@"):
        return next(n for n, line in enumerate(text.splitlines(), 1) if start[1:] in line)
    return line_of(text, start)


@pytest.mark.parametrize("daemon, base, mistake",
                         [pytest.param("proxyd", conf.PROXYD, m, id=f"proxyd: {m[0]}") for m in PROXYD_MISTAKES] +
                         [pytest.param("vrrpd", VRRPD, m, id=f"vrrpd: {m[0]}") for m in VRRPD_MISTAKES])
def test_mistake_is_named_with_file_line_section_and_key(host, daemon, base, mistake):
    _, old, new, start, section, word = mistake
    assert base.count(old) == 1, f"the test's own text: {old}"
    text = base.replace(old, new)
    answer = check(host, daemon, text, expect=1)
    place = f"/etc/{daemon}/tested.conf:{blamed(text, start)}: "
    lines = [line for line in answer.splitlines() if line.startswith(place)]
    assert lines, f"no message for {place} in:\n{answer}"
    if section:
        assert any(line.startswith(f"{place}[{section}]") for line in lines), answer
    assert any(word in line for line in lines), answer


@pytest.mark.parametrize("daemon, base, mistakes", [("proxyd", conf.PROXYD, PROXYD_MISTAKES),
                                                    ("vrrpd", VRRPD, VRRPD_MISTAKES)], ids=["proxyd", "vrrpd"])
def test_all_mistakes_are_told_in_one_run(host, daemon, base, mistakes):
    text, made = base, 0
    for _, old, new, *_ in mistakes:
        # only those that do not step on each other's lines, and not a header: what is below an
        # unknown one cannot be judged
        if not old.startswith("[") and new and new.count("\n") == old.count("\n") and text.count(old) == 1:
            text = text.replace(old, new)
            made += 1
    answer = check(host, daemon, text, expect=1)
    reported = {int(n) for n in re.findall(rf"^/etc/{daemon}/tested\.conf:(\d+): ", answer, re.M)}
    assert len(reported) >= made - 2, f"{made} mistakes, {len(reported)} lines blamed:\n{answer}"


@pytest.mark.parametrize("daemon, base", [("proxyd", conf.PROXYD), ("vrrpd", VRRPD)], ids=["proxyd", "vrrpd"])
def test_a_good_file_is_valid_and_the_check_touches_nothing(host, daemon, base):
    before = host.out("ss", "-ltnx") + host.out("ip", "addr")
    check(host, daemon, base, expect=0)
    assert host.processes(daemon) == []
    assert host.out("ss", "-ltnx") + host.out("ip", "addr") == before
    assert not host.path(f"/run/{daemon}/{daemon}.sock").exists()


def test_environment_variables_in_values(host):
    text = conf.changed(conf.PROXYD, backend__balance="${BALANCE}")
    host.write("/etc/proxyd/tested.conf", text)
    host.run("proxyd", "-c", "-f", "/etc/proxyd/tested.conf", env={"BALANCE": "roundrobin"})
    answer = host.run("proxyd", "-c", "-f", "/etc/proxyd/tested.conf", expect=1).stdout
    assert "BALANCE" in answer


@pytest.mark.parametrize("daemon, base", [("proxyd", conf.PROXYD), ("vrrpd", VRRPD)], ids=["proxyd", "vrrpd"])
def test_odd_bytes_in_the_file_are_errors_with_a_line(host, daemon, base):
    for junk in ("a" * 5000 + " = 1", "[unclosed", "\x01\x02 = \x7f", "= value"):
        answer = check(host, daemon, f"{junk}\n{base}", expect=1)
        assert f"/etc/{daemon}/tested.conf:1: " in answer, f"{junk[:20]!r}: {answer}"
    host.path(f"/etc/{daemon}/tested.conf").write_bytes(b"key\0 = 1\n" + base.encode())
    answer = host.run(daemon, "-c", "-f", f"/etc/{daemon}/tested.conf", expect=1).stdout
    assert f"/etc/{daemon}/tested.conf:1: " in answer
