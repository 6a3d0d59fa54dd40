"""What a run of the interop matrix measured, as Markdown."""

import pathlib
import subprocess
import textwrap

INTRO = """\
    # vrrpd beside keepalived

    One run of `tests/run interop` ({cells} cells, {failed} failed), which wrote this file: vrrpd and {keepalived}
    in one virtual router, each event in each protocol, either daemon as the first master. The tests are in
    `e2e/test_matrix.py`. Who answers for the address is asked from the bridge every 10 ms, and every advertisement
    is noted. v2 at 1 s, v3 at 200 ms; priorities 200 and 100, in a tie 150 each.

    Figures are milliseconds.

    - `takeover A of B`: from the last sign of the old master to the first advertisement of the new one (with `preempt`:
      from its start on), and what the protocol's timers say; neither earlier nor later is let pass.
    - `none A/B`, `two A/B`: how long nobody and how long both answered without a break, and how long at most is right.
      A sample is 10 ms, so 10 is the least that is seen. A vrrpd that leaves stays until its successor is heard and
      20 ms more, so nobody is without; a keepalived that leaves takes the address with it at once.
    - `left behind`: how long the address of a killed daemon is still answered for. vrrpd's is a lease that the kernel
      ends. keepalived's stays until keepalived is started again; clients follow the announcement of the new master.
    - `stayed`: the master stayed the only one; nobody else answered or advertised at any time.
    - `once mended`: with a wrong password, or a wrong interval in version 2, neither believes the other, so both are
      masters, as RFC 3768 has it; what counts is that it is told, and ends when the configuration is put right. A
      password in version 3 is ignored by keepalived and refused by vrrpd: there the two have to understand each other.

    The worst delay with which the machine let a process run: {lag:.0f} ms.
    """


def keepalived_version():
    shown = subprocess.run(["keepalived", "--version"], capture_output=True, text=True, check=False, timeout=10)
    words = (shown.stderr or shown.stdout).split()
    return f"keepalived {words[1].lstrip('v')}" if len(words) > 1 else "keepalived"


def _field(outcome, reason):
    if reason:
        return f"n/a: {reason}"
    if outcome is None:
        return "not run"
    return f"**FAILED** {outcome.figures}" if outcome.failures else outcome.figures


def write_report(path, modes, events, firsts, not_applicable, outcomes):
    """outcomes: {(mode, event, first): Outcome}."""
    failed = sum(1 for outcome in outcomes.values() if outcome.failures)
    worst = max((outcome.lag for outcome in outcomes.values()), default=0.0) * 1000
    lines = [textwrap.dedent(INTRO).format(cells=len(outcomes), failed=failed, lag=worst,
                                           keepalived=keepalived_version())]
    for event in events:
        lines += [f"## {event}\n", "| | " + " | ".join(f"{first} is master first" for first in firsts) + " |",
                  "|---|" + "---|" * len(firsts)]
        for mode in modes:
            fields = [_field(outcomes.get((mode, event, first)), not_applicable.get((event, mode, first)))
                      for first in firsts]
            lines.append(f"| {mode} | " + " | ".join(fields) + " |")
        lines.append("")
    pathlib.Path(path).write_text("\n".join(lines), encoding="utf-8")
