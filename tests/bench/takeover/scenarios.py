"""What is measured: each scenario with the pairs that it compares, and what vrrpd must show."""

import signal

from . import bfd, cost, faults, strain
from .faults import Scenario, Variant


def _pair(ours, theirs, tuned_theirs=None):
    """The four that most scenarios compare."""
    return (Variant("ours", "vrrpd", "vrrpd + proxyd", ours),
            Variant("ours-tuned", "vrrpd", "the same, tuned", ours, {"tuned": True}),
            Variant("peer", "keepalived", "keepalived + HAProxy", theirs),
            Variant("peer-tuned", "keepalived", "the same, tuned", tuned_theirs or theirs, {"tuned": True}))


def _proxy(number):
    return lambda pair: pair.signalling(pair.programs[1], number)


def _electing(number):
    return lambda pair: pair.signalling(pair.programs[0], number)


CLIENT = ("ms", "failed")
FOUR = (("ours", "peer", "ratio"), ("ours-tuned", "peer-tuned", "ratio, tuned"))
REAL_TIME = (("ours", "peer", "ratio"), ("ours", "peer-tuned", "ratio to keepalived with real-time priority"))
STARVED = ("takeovers", "two_ms", "silence_ms", "adverts")
PAUSED = ("two_ms", "kept", "takeovers", "two_asleep_ms")
ALONE = (Variant("ours", "vrrpd", "vrrpd", None, {"tracks": False}),
         Variant("peer", "keepalived", "keepalived", None, {"tracks": False}))
SCENARIOS = (
    Scenario("proxy-killed", "the master's proxy killed (SIGKILL)", 100,
             _pair(_proxy(signal.SIGKILL), _proxy(signal.SIGKILL)), faults.client_trial, CLIENT, (("ours", "ms", 100),), FOUR),
    Scenario("proxy-hung", "the master's proxy hung (SIGSTOP)", 100,
             _pair(_proxy(signal.SIGSTOP), _proxy(signal.SIGSTOP)), faults.client_trial, CLIENT, (("ours", "ms", 800),), FOUR),
    Scenario("host-lost", "the master's host lost", 100,
             _pair(lambda pair: pair.lose_host, lambda pair: pair.lose_host), faults.client_trial, CLIENT,
             (("ours", "ms", 400),), FOUR),
    Scenario("host-lost-10ms", "the master's host lost", 10,
             _pair(lambda pair: pair.lose_host, lambda pair: pair.lose_host), faults.client_trial, CLIENT,
             (("ours", "ms", 60),), FOUR),
    Scenario("switchover", "planned switchover", 100, (
        Variant("ours", "vrrpd", "vrrpctl switchover", lambda pair: pair.switch),
        Variant("ours-stop", "vrrpd", "vrrpd stopped (SIGTERM)", _electing(signal.SIGTERM)),
        Variant("peer", "keepalived", "keepalived stopped (SIGTERM)", _electing(signal.SIGTERM)),
        Variant("peer-tuned", "keepalived", "preempt, priority lowered by track_file", lambda pair: pair.switch,
                {"tuned": True, "preempt": True})),
        faults.client_trial, (*CLIENT, "two_ms"), (("ours", "failed", 0), ("ours-stop", "failed", 0)), stay=1.5,
        watch_both=True),
    Scenario("daemon-killed", "the master's electing daemon killed (SIGKILL)", 100, (
        Variant("ours", "vrrpd", "vrrpd", _electing(signal.SIGKILL)),
        Variant("peer", "keepalived", "keepalived, all its processes", _electing(signal.SIGKILL)),
        Variant("peer-child", "keepalived", "keepalived, the electing one", lambda pair: pair.killing_child())),
        faults.client_trial, (*CLIENT, "two_ms", "stays"), (("ours", "failed", 0), ("ours", "stays", 0)), stay=4.0,
        watch_both=True),
    Scenario("starved", f"{strain.BUSY_PER_CORE} busy processes per core, disk and memory", 50, (
        Variant("ours", "vrrpd", "vrrpd", None, {"tracks": False}),
        Variant("peer", "keepalived", "keepalived", None, {"tracks": False}),
        Variant("peer-tuned", "keepalived-2", "keepalived, real-time priority, memory locked", None,
                {"tracks": False, "tuned": True})),
        strain.starved_trial, STARVED, (("ours", "takeovers", 0), ("ours", "two_ms", 0)), rounds=1,
             together=True),
    Scenario("starved-proxies", "the same with proxies that are watched", 50, (
        Variant("ours", "vrrpd", "vrrpd + proxyd", None),
        Variant("peer", "keepalived", "keepalived + HAProxy", None),
        Variant("peer-tuned", "keepalived-2", "the same, tuned", None, {"tuned": True})),
        strain.starved_trial, STARVED, (("ours", "takeovers", 0), ("ours", "two_ms", 0)), rounds=1,
             together=True),
    Scenario("paused-2s", "the master's daemon stopped for 2 s (SIGSTOP), woken", 100, ALONE,
             strain.paused_trial(2), PAUSED, (("ours", "two_ms", 100), ("ours", "kept", 1)), rounds=3),
    Scenario("paused-6s", "the master's daemon stopped for 6 s (SIGSTOP), woken", 100, ALONE,
             strain.paused_trial(6), PAUSED, (("ours", "two_ms", 100), ("ours", "kept", 1)), rounds=3),
    Scenario("idle", "nothing happens: what the electing daemon takes", 10, (
        *ALONE,
        Variant("ours-swap", "vrrpd", "vrrpd, memory not locked", None,
                {"tracks": False, "global__vrrp_no_swap": "no"}),
        Variant("peer-tuned", "keepalived", "keepalived, real-time priority, memory locked", None,
                {"tracks": False, "tuned": True})),
        cost.idle_trial, ("master_cpu", "backup_cpu", "rss_kib", "pss_kib", "processes"), (), REAL_TIME, rounds=3),
    Scenario("idle-proxies", "the same with proxies that are watched", 10, (
        Variant("ours", "vrrpd", "vrrpd + proxyd", None),
        Variant("peer", "keepalived", "keepalived + HAProxy", None),
        Variant("peer-tuned", "keepalived", "the same, tuned", None, {"tuned": True})),
        cost.idle_trial, ("master_cpu", "backup_cpu", "rss_kib", "pss_kib", "processes"), (), REAL_TIME, rounds=3),
    Scenario("bfd", "a silent host: adverts beside a BFD session", 10, (
        Variant("ours", "vrrpd", "vrrpd, adverts every 10 ms", None, {"tracks": False}),
        Variant("ours-two", "vrrpd", "the same, down_timer_adverts = 2", None,
                {"tracks": False, "instance__down_timer_adverts": "2"}),
        *(Variant(f"peer-{ms}", "keepalived", f"keepalived's BFD, {ms} ms x 3", None,
                  {"tracks": False, "tuned": True, "preempt": True, "bfd": ms}) for ms in (10, 5))),
        bfd.bfd_trial, ("taken_ms", "master_cpu", "backup_cpu", "pss_kib")),
    Scenario("bfd-loaded", "false alarms below the load of `starved`", 10, (
        Variant("ours", "vrrpd", "vrrpd, adverts every 10 ms", None, {"tracks": False}),
        Variant("ours-two", "vrrpd-2", "the same, down_timer_adverts = 2", None,
                {"tracks": False, "instance__down_timer_adverts": "2"}),
        *(Variant(f"peer-{ms}", f"keepalived-{ms}", f"keepalived's BFD, {ms} ms x 3", None,
                  {"tracks": False, "tuned": True, "preempt": True, "bfd": ms}) for ms in (10, 5))),
        bfd.loaded_trial, ("false",), (("ours", "false", 0),), rounds=1, together=True),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
