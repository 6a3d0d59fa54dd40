"""What the pairs are configured with: as one would write it down, and tuned."""

import re

from lab import conf
from lab.cluster import ADDRESSES, PRIORITIES

CHECK = "/etc/keepalived/check"
DOWN_FILE = "/run/haproxy.down"      # 1 from the instant at which HAProxy ended
SWITCH_FILE = "/run/keepalived.move"  # added to the priority
ADMIN = "/run/haproxy/admin.sock"
STEEP = {"proxy1": 254, "proxy2": 253}  # the least skew

# what one finds in every how-to; whole seconds are the least that 2.2.7 takes
ALIVE = "#!/bin/sh\nexec killall -0 haproxy\n"
# asks HAProxy itself
ANSWERS = f"#!/bin/sh\necho 'show info' | timeout 0.2 socat -T1 stdio {ADMIN} | grep -q ^Uptime\n"

HAPROXY = f"""global
    maxconn 4000
    stats socket {ADMIN} mode 660 level admin
defaults
    mode tcp
    option dontlognull
    option redispatch
    retries 3
    timeout queue 1m
    timeout connect 10s
    timeout client 1m
    timeout server 1m
    timeout check 10s
    maxconn 600
frontend main
    bind 0.0.0.0:3306
    default_backend mysql
backend mysql
    balance leastconn
    server mysql1 192.168.95.11:3306 check port 3306 maxconn 300
    server mysql2 192.168.95.12:3306 check port 3306 maxconn 300
"""

KEEPALIVED = """global_defs {{
    router_id {router_id}
    vrrp_version 3
    script_user root
{globals}
}}
{trackers}{bfd}
vrrp_instance VI_1 {{
    state BACKUP
    {preempt}
    interface eth0
    virtual_router_id 11
    priority {priority}
    advert_int {interval}
    virtual_ipaddress {{
        192.168.95.55/24
    }}
{tracked}
}}
"""
RT = "    vrrp_rt_priority 50\n    vrrp_no_swap"
BFD_NAME = "ka_bfd"
BFD_GLOBALS = f"\n    bfd_process_name {BFD_NAME}"
BFD_RT = "\n    bfd_rt_priority 50\n    bfd_no_swap"
BFD = """bfd_instance peer {{
    neighbor_ip {neighbor}
    source_ip {source}
    min_rx {ms:g}
    min_tx {ms:g}
    idle_tx {ms:g}
    multiplier 3
}}
"""
SCRIPT = f"vrrp_script chk {{\n    script {CHECK}\n    interval 1\n    timeout 1\n    fall 1\n    rise 1\n}}\n"
FILES = (f"track_file down {{\n    file {DOWN_FILE}\n    weight 0\n    init_file 0\n}}\n"
         f"track_file move {{\n    file {SWITCH_FILE}\n    weight 1\n    init_file 0\n}}\n")


def _untracked(text):
    return re.sub(r"(?s)\[track .*?(?=\[instance)", "", conf.changed(text, instance__track=None))


def vrrpd(name, interval_ms, tuned=False, tracks=True, **more):
    """The installed sample with version 3 and another interval; no commands of ours at a change of state."""
    changes = {"instance__advert_int": f"{interval_ms}ms", "instance__version": "3", "instance__auth_type": None,
               "instance__auth_pass": None, "notify_backup": None, "notify_fault": None}
    if tuned:
        changes |= {"instance__fast_takeover": "yes"}
        changes |= {"track__interval": "50ms", "track__timeout": "50ms"} if tracks else {}
    text = conf.VRRPD if tracks else _untracked(conf.VRRPD)
    text = conf.changed(text, **{**changes, **more})
    return text.format(router_id=name, priority=(STEEP if tuned else PRIORITIES)[name])


def keepalived(name, interval_ms, tuned=False, tracks=True, preempt=False, bfd=None):
    """bfd: milliseconds between the packets of a session between the two hosts, which is down after three."""
    tracked = "    track_script {\n        chk\n    }\n" if tracks else ""
    trackers = SCRIPT if tracks else ""
    if tracks and tuned:
        move = "        move weight 1\n" if preempt else ""
        trackers += FILES
        tracked += "    track_file {\n        down weight 0\n" + move + "    }\n"
    session = ""
    if bfd:
        other = next(key for key in PRIORITIES if key != name)
        session = BFD.format(neighbor=ADDRESSES[other], source=ADDRESSES[name], ms=bfd)
        tracked += "    track_bfd {\n        peer\n    }\n"
    globals_ = (RT if tuned else "") + (BFD_GLOBALS if bfd else "") + (BFD_RT if bfd and tuned else "")
    return KEEPALIVED.format(router_id=name, globals=globals_, bfd=session, trackers=trackers, tracked=tracked,
                             preempt="" if preempt else "nopreempt", interval=f"{interval_ms / 1000:g}",
                             priority=(STEEP if tuned and not preempt else PRIORITIES)[name])
