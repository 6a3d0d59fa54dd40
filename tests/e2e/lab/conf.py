"""The configuration of the cluster: what etc/ installs, with this or that changed."""

VIP = "192.168.95.55"
STATS_URI = "/haproxyadmin?stats"

PROXYD = """[global]
log          = 127.0.0.1 local2
maxconn      = 4000
user         = proxyd
group        = proxyd
chroot       = /var/lib/proxyd
stats_socket = /run/proxyd/proxyd.sock mode=660 level=admin
threads      = auto

[defaults]
mode                    = tcp
option_dontlognull      = yes
option_redispatch       = yes
retries                 = 3
timeout_http_request    = 10s
timeout_queue           = 1m
timeout_connect         = 10s
timeout_client          = 1m
timeout_server          = 1m
timeout_http_keep_alive = 10s
timeout_check           = 10s
maxconn                 = 600

[stats]
bind  = :8888
uri   = /haproxyadmin?stats
realm = Statistics
auth  = admin:admin

[frontend main]
bind            = 0.0.0.0:3306
default_backend = mysql

[backend mysql]
balance       = leastconn
server mysql1 = 192.168.95.11:3306 check port=3306 maxconn=300
server mysql2 = 192.168.95.12:3306 check port=3306 maxconn=300
"""

VRRPD = """[global]
router_id    = {router_id}
stats_socket = /run/vrrpd/vrrpd.sock

[track proxyd]
socket   = /run/proxyd/proxyd.sock
interval = 200ms
timeout  = 200ms
fall     = 2
rise     = 2
weight   = 0

[instance VI_1]
state             = BACKUP
nopreempt         = yes
interface         = eth0
virtual_router_id = 11
priority          = {priority}
advert_int        = 1s
version           = 2
auth_type         = PASS
auth_pass         = asd
virtual_ipaddress = 192.168.95.55/24
track             = proxyd
notify_backup     = service proxyd restart
notify_fault      = service proxyd stop
"""


def changed(text, **changes):
    """The text with `key = value` replaced where the key is, None: the line taken out.

    A key with "__" in it names its section first: backend__balance.  Keys that are not there yet
    are put at the end of that section, which must be named then.
    """
    for name, value in changes.items():
        section, _, key = name.rpartition("__")
        text = _change(text, section, key, value)
    return text


def _change(text, section, key, value):
    lines, here, done, end = [], "", False, None
    for line in text.splitlines():
        if line.startswith("["):
            here = line[1:].partition("]")[0].split()[0]
        matches = line.split("=")[0].split() == key.replace("~", " ").split() and section in ("", here)
        if matches and "=" in line:
            done = True
            if value is not None:
                lines.append(f"{key.replace('~', ' ')} = {value}")
            continue
        lines.append(line)
        if section and here == section and line.strip():
            end = len(lines)
    if not done and value is not None:
        if end is None:
            raise KeyError(f"no {key}, and no section [{section}] to put it in")
        lines.insert(end, f"{key.replace('~', ' ')} = {value}")
    return "\n".join(lines) + "\n"
