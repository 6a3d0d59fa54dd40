"""Commands at changes of state: in order, with whose rights, and what may run at the same time."""

import pytest

from lab.cluster import Proxy
from lab.wait import until

GLOBAL = """[global]
router_id    = proxy1
stats_socket = /run/vrrpd/vrrpd.sock
"""
INSTANCE = """[instance {name}]
interface         = eth0
virtual_router_id = {vrid}
advert_int        = 100ms
virtual_ipaddress = 192.168.95.{vrid}/24
"""
# answers every question with ok, as a proxyd that is well
FAKE = """import socketserver, sys
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            if line.startswith(b"show"):
                self.wfile.write(b"ok\\n\\n> ")
socketserver.ThreadingUnixStreamServer("/run/fake.sock", Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def proxy(make_lab, build):
    lab = make_lab({"proxy1": "192.168.95.13", "peer": "192.168.95.14"})
    proxy = Proxy(lab.hosts["proxy1"], build)
    proxy.install()
    proxy.peer = Proxy(lab.hosts["peer"], build)
    proxy.host.shell("install -d -m 777 /run/out")
    return proxy


def run(proxy, text):
    proxy.host.run("service", "vrrpd", "stop", expect=None)
    proxy.host.shell("rm -rf /run/out/*")
    proxy.configure(vrrpd=text)
    proxy.host.service("vrrpd", "start")


def lines(proxy, name):
    path = proxy.host.path(f"/run/out/{name}")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@pytest.mark.short
def test_script_user_and_deleted(proxy):
    extra = ('notify = sh -c "echo $(id -un) $(id -Gn) $4 $6 $7 >>/run/out/all" x\n'.replace("$4 $6 $7", "$1 $2 $3")
             + "notify_stop = touch /run/out/stopped\nnotify_deleted = touch /run/out/deleted\n")
    one, two = INSTANCE.format(name="VI_1", vrid=11), INSTANCE.format(name="VI_2", vrid=12)
    user = GLOBAL + "script_user = nobody\n"
    run(proxy, user + one + two + extra)
    until(lambda: "nobody nogroup INSTANCE VI_2 MASTER" in lines(proxy, "all"), 5, "MASTER told")
    assert lines(proxy, "all")[0] == "nobody nogroup INSTANCE VI_2 BACKUP"
    proxy.configure(vrrpd=user + one)
    proxy.host.service("vrrpd", "reload")
    until(lambda: lines(proxy, "all")[-1].endswith("VI_2 DELETED"), 5, "DELETED told")
    assert proxy.host.path("/run/out/deleted").exists() and not proxy.host.path("/run/out/stopped").exists()


def test_a_lower_router_heard_by_a_master_is_told(proxy):
    extra = "notify_master_rx_lower_pri = touch /run/out/lower\n"
    run(proxy, GLOBAL + INSTANCE.format(name="VI_1", vrid=11) + "priority = 200\nnopreempt = yes\n" + extra)
    until(lambda: proxy.vrrp_state() == "MASTER", 5, "MASTER")
    assert not proxy.host.path("/run/out/lower").exists()
    # a master that does not answer us: its adverts go on although it is lower
    script = ("import socket,time\ns=socket.socket(socket.AF_INET,socket.SOCK_RAW,112)\n"
              "s.setsockopt(0,socket.IP_MULTICAST_TTL,255)\n"
              "s.setsockopt(0,socket.IP_MULTICAST_IF,socket.inet_aton('192.168.95.14'))\n"
              "b=bytes.fromhex('310b6401000a0000')+bytes([192,168,95,11])\n"
              "p=socket.inet_aton('192.168.95.14')+socket.inet_aton('224.0.0.18')+bytes([0,112,0,len(b)])+b\n"
              "t=sum(int.from_bytes(p[i:i+2],'big') for i in range(0,len(p),2))\n"
              "t=(t&65535)+(t>>16);t=~((t&65535)+(t>>16))&65535\n"
              "s.sendto(b[:6]+t.to_bytes(2,'big')+b[8:],('224.0.0.18',0))\n")
    proxy.peer.host.run("/usr/bin/python3", "-c", script)
    until(lambda: proxy.host.path("/run/out/lower").exists(), 3, "the command ran")


def test_enable_script_security_names_the_component(proxy):
    proxy.host.shell("install -d -m 755 /opt/safe; install -d -m 777 /opt/safe/open; "
                     "printf '#!/bin/sh\\n' >/opt/safe/open/x.sh; chmod 755 /opt/safe/open/x.sh; "
                     "cp /opt/safe/open/x.sh /opt/safe/x.sh; ln -sf open/x.sh /opt/safe/link.sh")
    for command, bad in [("/opt/safe/x.sh", None), ("/opt/safe/open/x.sh", "/opt/safe/open"),
                         ("/opt/safe/link.sh", "/opt/safe/open"), ("sh -c '/opt/safe/open/x.sh; true'", "/opt/safe/open")]:
        for section, key in [("instance VI_1", "notify_master"), ("track chk", "script")]:
            text = GLOBAL + "enable_script_security = yes\n" + INSTANCE.format(name="VI_1", vrid=11) + "track = chk\n"
            other = "[track chk]\n" + ("" if key == "script" else "script = true\n")
            text += f"{key} = {command}\n{other}" if key != "script" else f"{other}{key} = {command}\n"
            proxy.host.write("/run/check.conf", text)
            done = proxy.host.run("vrrpd", "-c", "-f", "/run/check.conf", expect=1 if bad else 0)
            assert not bad or f"[{section}] {key}: '" in done.stdout and f"may write {bad} (" in done.stdout, done.stdout
    proxy.host.write("/run/check.conf", text.replace("enable_script_security = yes", "script_user = nosuch"))
    assert "there is no user 'nosuch'" in proxy.host.run("vrrpd", "-c", "-f", "/run/check.conf", expect=1).stdout


def test_commands_that_restart_something_run_one_at_a_time(proxy):
    slow = 'sh -c "echo in >>/run/out/lane; sleep 0.3; echo out >>/run/out/lane"'
    text = GLOBAL + "".join(INSTANCE.format(name=f"VI_{n}", vrid=n) + f"notify_backup = {slow}\n" for n in (21, 22, 23))
    run(proxy, text)
    until(lambda: len(lines(proxy, "lane")) >= 6, 5, "all have run")
    assert lines(proxy, "lane")[:6] == ["in", "out"] * 3


def test_a_restart_that_waits_behind_a_slow_command_holds_the_backup_back(proxy):
    proxy.host.write("/run/fake.py", FAKE)
    server = proxy.host.popen("/usr/bin/python3", "/run/fake.py")
    try:
        text = (GLOBAL + "[track proxyd]\nsocket = /run/fake.sock\n[track switch]\nscript = test ! -e /run/out/off\n"
                "interval = 50ms\n" + INSTANCE.format(name="VI_1", vrid=11) +
                "track = proxyd, switch\nnotify_fault = sleep 1\nnotify_backup = echo restarted\n")
        run(proxy, text)
        until(lambda: proxy.vrrp_state() == "MASTER", 5, "MASTER")
        proxy.host.shell("touch /run/out/off")
        until(lambda: proxy.host.log().endswith("VI_1: notify_fault: sleep 1\n"), 3, "notify_fault runs")
        proxy.host.shell("rm /run/out/off")
        until(lambda: proxy.vrrp_state() == "MASTER", 5, "MASTER again")
        log = [line.split("VI_1: ", 1)[1] for line in proxy.host.log().splitlines() if "VI_1: " in line]
        start = max(i for i, line in enumerate(log) if line.startswith("FAULT -> BACKUP"))
        since = log[start:]
        assert since.index("command says: restarted") < next(i for i, line in enumerate(since) if "-> MASTER" in line), since
    finally:
        server.kill()
        server.wait()


READER = "#!/bin/sh\ncat \"$1\" >>/run/out/read\nsleep 1000\n"
STUBBORN = "#!/bin/sh\ntrap '' TERM\nwhile :; do cat \"$1\" >/dev/null; sleep 0.05; done\n"
SENDMAIL = "#!/bin/sh\necho \"args $*\" >>/run/out/mail; cat >>/run/out/mail\n"


def test_fifo_mail_and_the_scripts_around_it_all(proxy):
    host = proxy.host
    host.write("/run/reader", READER, 0o755)
    host.write("/run/sendmail", SENDMAIL, 0o755)
    host.write("/run/number", "0\n")
    text = (GLOBAL + "vrrp_notify_fifo = /run/vrrp.fifo nobody\nvrrp_notify_fifo_script = /run/reader\n"
            "notification_email = ops@example.org, root\nnotification_email_from = vrrpd@example.org\n"
            "sendmail = /run/sendmail\nsmtp_alert = yes\nno_email_faults = yes\n"
            "startup_script = sh -c 'echo started >>/run/out/life'\n"
            "shutdown_script = sh -c 'echo ended >>/run/out/life'\n"
            "[track number]\nfile = /run/number\n" + INSTANCE.format(name="VI_1", vrid=21) +
            "track = number\nnotify_priority_changes = yes\n" + INSTANCE.format(name="VI_2", vrid=22) + "smtp_alert = no\n")
    run(proxy, text)
    assert lines(proxy, "life") == ["started"]
    assert host.out("stat", "-c", "%U %a %F", "/run/vrrp.fifo").strip() == "nobody 600 fifo"
    until(lambda: 'INSTANCE "VI_2" MASTER 100' in lines(proxy, "read"), 5, "the FIFO told of the master")
    host.write("/run/number", "7\n")
    until(lambda: lines(proxy, "read")[-1:] == ['INSTANCE "VI_1" MASTER_PRIORITY 107'], 3, "the FIFO told of the priority")
    until(lambda: "Subject: [proxy1] VRRP instance VI_1 is MASTER" in lines(proxy, "mail"), 5, "a mail came")
    mail = lines(proxy, "mail")
    assert mail[0] == "args -t -oi" and "To: ops@example.org," in mail and "From: vrrpd@example.org" in mail
    assert not any("VI_2" in line for line in mail)
    # a reader that goes, and one that comes: it is told everything anew
    host.shell("kill $(pidof cat); rm /run/out/read")
    reader = host.popen("sh", "-c", "cat /run/vrrp.fifo >/run/out/second")
    until(lambda: sorted(lines(proxy, "second")) == ['INSTANCE "VI_1" MASTER 107', 'INSTANCE "VI_2" MASTER 100'], 3, "replay")
    assert "nobody reads" not in host.out("vrrpctl", "show")
    host.service("vrrpd", "stop")
    until(lambda: 'INSTANCE "VI_1" STOP 107' in lines(proxy, "second"), 3, "the last words")
    reader.wait(timeout=5)
    until(lambda: any("VI_1 is STOP" in line for line in lines(proxy, "mail")), 3, "the last mail")
    assert lines(proxy, "life") == ["started", "ended"]
    assert not host.path("/run/vrrp.fifo").exists()


def readers(host):
    return [int(pid) for pid in host.run("pgrep", "-f", "/bin/sh /run/stubborn", expect=None).stdout.split()]


def test_a_reader_that_ignores_sigterm_is_ended_and_owner_and_rights_change_at_once(proxy):
    host = proxy.host
    host.write("/run/stubborn", STUBBORN, 0o755)
    fifo = "vrrp_notify_fifo = /run/vrrp.fifo nobody\n"
    script = "vrrp_notify_fifo_script = /run/stubborn\n"
    run(proxy, GLOBAL + fifo + script + INSTANCE.format(name="VI_1", vrid=21))
    until(lambda: readers(host), 2, "it reads")
    first = readers(host)
    proxy.configure(vrrpd=GLOBAL + fifo.replace("nobody", "daemon") + script + INSTANCE.format(name="VI_1", vrid=21))
    host.service("vrrpd", "reload")
    assert host.out("stat", "-c", "%U", "/run/vrrp.fifo").strip() == "daemon" and readers(host) == first
    proxy.configure(vrrpd=GLOBAL + fifo + INSTANCE.format(name="VI_1", vrid=21))
    host.service("vrrpd", "reload")
    until(lambda: not readers(host), 4, "it is ended although it does not want to")
    proxy.configure(vrrpd=GLOBAL + fifo + script + INSTANCE.format(name="VI_1", vrid=21))
    host.service("vrrpd", "reload")
    until(lambda: readers(host), 2, "another one reads")
    host.service("vrrpd", "stop")
    assert not readers(host)


def test_a_second_change_of_identity_waits_for_who_is_still_leaving(proxy):
    def text(vrid):
        return (GLOBAL + INSTANCE.format(name="VI_1", vrid=vrid) + "notify_stop = sh -c 'sleep 1; touch /run/out/gone' x\n"
                "notify_backup = sh -c 'test -e /run/out/gone && echo late >>/run/out/order || echo early >>/run/out/order' x\n")
    run(proxy, text(31))
    until(lambda: proxy.vrrp_state() == "MASTER" and lines(proxy, "order"), 3, "MASTER")
    for vrid in (32, 33):
        proxy.configure(vrrpd=text(vrid))
        proxy.host.service("vrrpd", "reload")
    until(lambda: lines(proxy, "order") == ["early", "late"], 5, "begun once, when the first was gone")
    until(lambda: proxy.vrrp_state() == "MASTER", 3, "MASTER again")
    assert [a["local"] for a in proxy.host.addresses() if a["local"] != "192.168.95.13" and ":" not in a["local"]] == ["192.168.95.33"]
