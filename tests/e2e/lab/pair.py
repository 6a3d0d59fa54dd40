"""vrrpd alone on two hosts: nothing is tracked, nothing is started."""

from . import conf
from .cluster import PRIORITIES, Proxy
from .wait import until

ALONE = conf.changed(conf.VRRPD, track=None, notify_backup=None, notify_fault=None)
QUICK = dict(instance__advert_int="200ms", instance__version="3", instance__auth_type=None, instance__auth_pass=None)


class Pair:
    def __init__(self, lab, build):
        self.lab = lab
        self.proxies = {name: Proxy(lab.hosts[name], build) for name in PRIORITIES}
        for proxy in self.proxies.values():
            proxy.install()

    def start(self, text, first="proxy1"):
        self.stop()
        names = [first, *(name for name in self.proxies if name != first)]
        for name in names:
            self.proxies[name].configure(vrrpd=text.format(router_id=name, priority=PRIORITIES[name]))
            self.proxies[name].host.service("vrrpd", "start")
            if name == first:
                until(lambda: self.proxies[first].has_vip(), 10, f"{first} is master")
        until(lambda: sorted(str(p.vrrp_state()) for p in self.proxies.values()) == ["BACKUP", "MASTER"], 10,
              "one MASTER, one BACKUP")

    def stop(self):
        for proxy in self.proxies.values():
            proxy.host.run("service", "vrrpd", "stop", expect=None)

    def holders(self):
        return [name for name, proxy in self.proxies.items() if proxy.has_vip()]
