"""Deadlines in place of sleeps."""

import time


class Timeout(AssertionError):
    """What was waited for did not come in time."""


def until(condition, timeout, what, interval=0.02):
    """Ask condition() until it answers something true; return that answer."""
    deadline = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise Timeout(f"not within {timeout:g} s: {what}")
        time.sleep(interval)


def holds(condition, duration, what, interval=0.05):
    """Demand that condition() stays true for so long."""
    deadline = time.monotonic() + duration
    while time.monotonic() < deadline:
        if not condition():
            raise AssertionError(f"did not last {duration:g} s: {what}")
        time.sleep(interval)
