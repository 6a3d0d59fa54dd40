"""Deliberate faults in the election, one at a time: the simulation must catch each of them.

  mutants.py --list                        the names, for CMake
  mutants.py --make NAME SOURCES OUT       the mutated file of vrrpd/ into the directory OUT
  mutants.py --run DIRECTORY               each DIRECTORY/sim_mutant_NAME must end in a violation

A fault is one replacement of a text that stands exactly once in its file: the product's sources stay
as they are, and a text that is not there any more stops the build until the list is put right.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import time

SEED = "7"
SCHEDULES = "3000"

# name: (what is wrong, file, text, replacement)
MUTANTS = {
    "comparison": ("the lower priority wins between two masters", "fsm_move.c",
                   "return priority > other_priority;", "return priority < other_priority;"),
    "tie": ("the lower address wins a tie", "fsm_move.c",
            "addr_ip_compare(source, other) > 0", "addr_ip_compare(source, other) < 0"),
    "timer": ("an advert does not restart the down timer", "fsm_move.c",
              "fsm_start_down_timer(f, p, heard_at);", ""),
    "v2_skew": ("the skew of version 2 scales with the interval", "fsm_move.c",
                "version == 2 ? USEC_PER_SEC : active_adver", "active_adver"),
    "down_count": ("two missing adverts are enough", "fsm_move.c",
                   "return p->down_adverts * active_adver", "return (p->down_adverts - 1) * active_adver"),
    "learning": ("the interval of the active router is not learned", "fsm_move.c",
                 "p->version == 3 ? ev->advert.interval : p->interval", "p->interval"),
    "nopreempt": ("nopreempt is ignored", "fsm_move.c",
                  "return !f->yielded && (p->preempt || f->priority == 255);", "return !f->yielded;"),
    "preempt": ("a lower priority is obeyed for ever", "fsm_move.c",
                "return false;\n\tif (f->preempt_at == USEC_NEVER)", "return true;\n\tif (f->preempt_at == USEC_NEVER)"),
    "equal_preempts": ("an equal priority preempts", "fsm_move.c",
                       "if (ev->advert.priority >= f->priority) {", "if (ev->advert.priority > f->priority) {"),
    "answer": ("a losing advert is not answered", "fsm.c",
               "if (!p->no_answer)\n\t\tfsm_answer(f, p, now, out);", ""),
    "zero_to_backup": ("priority 0 does not shorten the wait", "fsm.c",
                       "f->down_at = now + vrrp_skew(p->version, f->active_adver, f->priority);", ";"),
    "zero_of_stranger": ("priority 0 of any router counts", "fsm.c",
                         "else if (follows || f->active.len == 0)", "else"),
    "zero_to_master": ("a master does not answer priority 0", "fsm.c",
                       "nobody shall doubt that there is a master */\n\t\tfsm_answer(f, p, now, out);",
                       "nobody shall doubt that there is a master */"),
    "fast_takeover": ("fast_takeover waits the skew", "fsm.c",
                      "follows && p->fast_takeover &&", "follows && !p->fast_takeover && p->version == 0 &&"),
    "resume": ("a restarted master begins as backup", "fsm.c",
               "else if (ev->resume)", "else if (ev->resume && p->version == 0)"),
    "keep": ("a master that leaves deletes the address first", "fsm_move.c",
             "\tif (!fsm_worth_keeping(f)) {\n", "\tif (true) {\n"),
    "dead_keeps": ("a host whose proxyd is dead keeps the address", "fsm_move.c",
                   "\tif (!fsm_worth_keeping(f)) {\n", "\tif (false) {\n"),
    "held": ("a router that is not ready becomes master", "fsm_move.c",
             "return (f->faults & holding_faults) != 0;", "return false;"),
    "stall": ("a master goes on after any sleep", "fsm_guard.c",
              "return f->state == VRRP_MASTER && now - f->at_sent > vrrp_silence_max(&told);",
              "return f->state == VRRP_MASTER && p->version == 0 && now > 0;"),
    "witness": ("witnesses are not listened to", "fsm_guard.c",
                "f->peer_seen ? 0 : found[f->witness]", "f->peer_seen ? 0 : found[VRRP_WITNESS_NONE]"),
    "peer_for_ever": ("a peer heard once counts as there", "fsm_guard.c",
                      "if (own && now < f->heard_until) {", "if (own && f->peer.len > 0) {"),
    "resume_late": ("a state file of any age is believed", "fsm_guard.c",
                    "now - at_sent < vrrp_silence_max(p) - p->interval", "p->interval > 0"),
    "answer_flood": ("a flood of losing adverts is answered by one", "fsm_move.c",
                     "if (now - f->at_sent >= ANSWER_GAP)", "if (p->interval > 0)"),
    "claims_late": ("a backup that slept does not listen first", "fsm_guard.c",
                    "if (late <= f->active_adver || f->listened)", "if (late <= f->active_adver || p->interval > 0)"),
    "yielded": ("whoever gave its role away preempts at once", "fsm.c", "f->yielded = true;", ";"),
    "linger": ("a leaving master stays for long after its successor came", "fsm_move.c",
               "f->leave_at = now + LEAVE_LINGER;", ";"),
    "linger_none": ("a leaving master goes with its successor's first advert", "fsm_move.c",
                    "f->leave_at = now + LEAVE_LINGER;", "f->leave_at = now;"),
    "succeeded": ("a leaving master forgets that its successor came", "fsm_move.c", "f->succeeded = true;", ";"),
    "patience": ("a leaving master waits for nobody", "fsm_move.c",
                 "return longest > LEAVE_MIN ? longest : LEAVE_MIN;", "return longest > LEAVE_MIN ? 0 : 0;"),
    "fast_stranger": ("fast_takeover after anybody's priority 0", "fsm.c",
                      "if (follows && p->fast_takeover && !f->leaving", "if (p->fast_takeover && !f->leaving"),
    "lease": ("the lease is shorter than the interval", "fsm_move.c", "return seconds < 2 ? 2 : seconds;",
              "return seconds < 2 ? 2 : 1;"),
    "heal": ("the LAN is not told again after two masters", "fsm.c",
             "else if (f->garp_at > f->at_garp + GARP_HEAL_GAP)",
             "else if (p->interval == 0)"),
    "delay": ("preempt_delay is ignored", "fsm_move.c", "if (p->preempt_delay <= 0)", "if (p->interval > 0)"),
    "delay_for_ever": ("preempt_delay never ends", "fsm_move.c", "return now < f->preempt_at;", "return now > 0;"),
    "loser_hurries": ("the loser of two masters shortens the down timer", "fsm_move.c",
                      "is_loser(f, ev) && f->down_at != USEC_NEVER", "is_loser(f, ev) && f->down_at == 0"),
    "unwitnessed": ("a start does not wait for the witnesses", "fsm_guard.c",
                    "[VRRP_WITNESS_WAITING] = 1u << VRRP_FAULT_UNWITNESSED", "[VRRP_WITNESS_WAITING] = 0"),
}


def make(name, sources, out):
    _, file, text, replacement = MUTANTS[name]
    source = (pathlib.Path(sources) / file).read_text(encoding="utf-8")
    if source.count(text) != 1:
        sys.exit(f"mutant {name}: {text!r} stands {source.count(text)} times in {file}, expected once")
    pathlib.Path(out, f"mutant_{name}.c").write_text(source.replace(text, replacement), encoding="utf-8")


def run_one(path):
    """How it ended, and after how many steps."""
    done = subprocess.run([path, "--seed", SEED, "--schedules", SCHEDULES, "--until-violation"],
                          stdout=subprocess.PIPE, text=True, timeout=60, check=False)
    violation = re.search(r"VIOLATION: (.*)", done.stdout)
    schedule = re.search(r"--first (\d+)", done.stdout)
    if done.returncode != 1 or not violation:
        return None
    return f"schedule {schedule[1] if schedule else '?'}: {violation[1]}"


def run(directory):
    survivors, began = [], time.monotonic()
    for name, (what, *_) in MUTANTS.items():
        found = run_one(pathlib.Path(directory) / f"sim_mutant_{name}")
        print(f"{name:<17} {what}\n{'':<17}   -> {found or 'SURVIVED'}", flush=True)
        if not found:
            survivors.append(name)
    print(f"{len(MUTANTS)} faults, {len(MUTANTS) - len(survivors)} caught, seed {SEED}, "
          f"{time.monotonic() - began:.1f} s")
    return 1 if survivors else 0


def main():
    parser = argparse.ArgumentParser()
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--list", action="store_true")
    group.add_argument("--make", nargs=3, metavar=("NAME", "SOURCES", "OUT"))
    group.add_argument("--run", metavar="DIRECTORY")
    options = parser.parse_args()
    if options.list:
        print(";".join(MUTANTS))
    elif options.make:
        make(*options.make)
    else:
        return run(options.run)
    return 0


if __name__ == "__main__":
    sys.exit(main())
