"""Installation and the init scripts, through sysvinit's service(8) and without systemd."""

import os
import signal
import time

import pytest

from lab import conf
from lab.cluster import Proxy
from lab.wait import until

DAEMONS = ("proxyd", "vrrpd")
CONFIG = {"proxyd": "/etc/proxyd/proxyd.conf", "vrrpd": "/etc/vrrpd/vrrpd.conf"}


@pytest.fixture(scope="module")
def host(make_lab, build):
    lab = make_lab({"proxy1": "192.168.95.13"})
    Proxy(lab.hosts["proxy1"], build).install()
    return lab.hosts["proxy1"]


@pytest.fixture(autouse=True)
def fresh(host):
    for daemon in DAEMONS:
        host.run("service", daemon, "stop", expect=None)
        assert host.processes(daemon) == []
        host.path(f"/etc/default/{daemon}").write_text("")
    host.write(CONFIG["proxyd"], conf.PROXYD)
    # nothing here that starts or stops proxyd: each daemon is looked at alone
    host.write(CONFIG["vrrpd"], conf.changed(conf.VRRPD, notify_backup=None, notify_fault=None, track=None,
                                             ).format(router_id="px13", priority=130))


def status(host, daemon):
    return host.run("service", daemon, "status", expect=None).returncode


def test_install_puts_everything_where_a_debian_host_expects_it(host):
    for path in ("/usr/sbin/proxyd", "/usr/sbin/vrrpd", "/usr/bin/proxyctl", "/usr/bin/vrrpctl",
                 "/etc/init.d/proxyd", "/etc/init.d/vrrpd"):
        assert os.access(host.path(path), os.X_OK), path
    for path in ("/etc/proxyd/proxyd.conf", "/etc/vrrpd/vrrpd.conf", "/etc/default/proxyd", "/etc/default/vrrpd",
                 "/lib/systemd/system/proxyd.service", "/lib/systemd/system/vrrpd.service",
                 "/usr/share/man/man8/proxyd.8", "/usr/share/man/man8/vrrpd.8",
                 "/usr/share/man/man5/proxyd.conf.5", "/usr/share/man/man5/vrrpd.conf.5",
                 "/usr/share/man/man1/proxyctl.1", "/usr/share/man/man1/vrrpctl.1"):
        assert host.path(path).is_file(), path


def test_the_installed_sample_configuration_is_valid(host, make_lab, build):
    other = make_lab({"px": "192.168.95.21"}).hosts["px"]
    Proxy(other, build).install()
    for daemon in DAEMONS:
        assert other.path(CONFIG[daemon]).stat().st_mode & 0o777 == 0o640
        other.service(daemon, "check")


def test_install_never_overwrites_configuration(host, build):
    host.write(CONFIG["proxyd"], "# mine\n")
    host.write("/etc/default/vrrpd", "# mine too\n")
    Proxy(host, build).install()
    assert host.read(CONFIG["proxyd"]) == "# mine\n"
    assert host.read("/etc/default/vrrpd") == "# mine too\n"
    assert "mine" not in host.read("/usr/share/doc/proxyd/examples/proxyd.conf")


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_life_of_start_status_reload_restart_stop(host, daemon):
    assert status(host, daemon) == 3
    host.service(daemon, "start")
    assert status(host, daemon) == 0
    first = host.processes(daemon)
    host.service(daemon, "start")  # started already: nothing happens, and that is fine
    host.service(daemon, "reload")
    host.service(daemon, "force-reload")
    time.sleep(0.2)
    assert host.processes(daemon) == first
    host.service(daemon, "restart")
    second = host.processes(daemon)
    assert not set(first) & set(second)
    host.service(daemon, "try-restart")
    assert not set(second) & set(host.processes(daemon))
    host.service(daemon, "stop")
    assert host.processes(daemon) == []
    assert status(host, daemon) == 3
    host.service(daemon, "stop")
    assert not host.path(f"/run/{daemon}/{daemon}.pid").exists()


@pytest.mark.parametrize("daemon", DAEMONS)
def test_what_is_not_running_is_not_reloaded_nor_try_restarted(host, daemon):
    host.service(daemon, "reload", expect=7)
    host.service(daemon, "try-restart")
    assert host.processes(daemon) == []
    host.service(daemon, "force-reload")
    assert status(host, daemon) == 0
    host.service(daemon, "nonsense", expect=2)


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_bad_file_is_refused_and_nothing_is_touched(host, daemon):
    good = host.read(CONFIG[daemon])
    host.write(CONFIG[daemon], good + "nonsense_key = 1\n")
    answer = host.service(daemon, "check", expect=1).stdout
    assert f"{CONFIG[daemon]}:{len(good.splitlines()) + 1}: [" in answer
    assert "nonsense_key" in host.service(daemon, "start", expect=1).stdout
    assert host.processes(daemon) == []
    host.write(CONFIG[daemon], good)
    host.service(daemon, "start")
    before = host.processes(daemon)
    host.write(CONFIG[daemon], good + "nonsense_key = 1\n")
    for action in ("reload", "restart", "try-restart", "force-reload"):
        host.service(daemon, action, expect=1)
        assert host.processes(daemon) == before
    host.path(CONFIG[daemon]).unlink()
    host.service(daemon, "stop")
    host.service(daemon, "start", expect=6)


@pytest.mark.parametrize("daemon", DAEMONS)
def test_killed_daemon_is_dead_with_a_pidfile_and_starts_again(host, daemon):
    host.service(daemon, "start")
    host.signal(daemon, signal.SIGKILL)
    until(lambda: not host.processes(daemon), 2, "all killed")
    assert status(host, daemon) == 1
    host.service(daemon, "start")
    assert status(host, daemon) == 0


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_pid_that_another_program_has_now_is_not_taken_for_ours(host, daemon):
    host.write(f"/run/{daemon}/{daemon}.pid", "1\n")
    assert status(host, daemon) == 1
    host.service(daemon, "stop")
    assert host.out("hostname").strip() == "proxy1"  # process 1 is still alive
    sleeper = host.popen("sleep", "60")
    until(lambda: host.out("pidof", "sleep", expect=None).strip(), 5, "it sleeps")
    host.shell(f"mkdir -p /run/{daemon}; pidof sleep >/run/{daemon}/{daemon}.pid")
    host.service(daemon, "start")
    assert status(host, daemon) == 0
    host.service(daemon, "stop")
    assert sleeper.poll() is None
    sleeper.kill()
    sleeper.wait()


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_stopped_process_is_ended_too(host, daemon):
    host.service(daemon, "start")
    host.signal(daemon, signal.SIGSTOP)
    began = time.monotonic()
    host.service(daemon, "stop")
    assert host.processes(daemon) == []
    assert time.monotonic() - began < 8


def test_an_engine_whose_monitor_is_gone_is_cleaned_up(host):
    host.service("proxyd", "start")
    monitor, engine = host.processes("proxyd")[:2]
    os.kill(engine, signal.SIGSTOP)  # so that it cannot notice
    os.kill(monitor, signal.SIGKILL)
    assert status(host, "proxyd") == 1
    host.service("proxyd", "start")
    assert engine not in host.processes("proxyd")
    assert status(host, "proxyd") == 0


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_second_daemon_says_who_runs_already(host, daemon):
    host.service(daemon, "start")
    pid = host.read(f"/run/{daemon}/{daemon}.pid").strip()
    answer = host.run(f"/usr/sbin/{daemon}", "-f", CONFIG[daemon], "-p", f"/run/{daemon}/{daemon}.pid", expect=1)
    assert pid in answer.stdout
    assert host.read(f"/run/{daemon}/{daemon}.pid").strip() == pid
    assert status(host, daemon) == 0


@pytest.mark.parametrize("daemon", DAEMONS)
def test_version_help_and_a_file_that_is_not_there(host, daemon):
    assert daemon in host.out(daemon, "-v")
    assert "libevent" in host.out(daemon, "-vv")
    usage = host.out(daemon, "--help")
    for option in ("--config", "--check", "--daemon", "--pidfile", "--debug", "--version"):
        assert option in usage
    assert "/nowhere.conf" in host.run(daemon, "-c", "-f", "/nowhere.conf", expect=1).stdout
    host.run(daemon, "--no-such-option", expect=1)


def test_start_in_the_background_fails_with_the_reason_when_the_port_is_taken(host):
    blocker = host.socket()
    blocker.bind(("0.0.0.0", 3306))
    blocker.listen()
    answer = host.service("proxyd", "start", expect=1).stdout
    assert "3306" in answer
    assert host.processes("proxyd") == []
    blocker.close()
    host.service("proxyd", "start")
