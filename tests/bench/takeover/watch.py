"""Who holds the virtual address, who sends adverts: told by the kernel, not asked for again and again."""

import collections
import contextlib
import os
import select
import socket
import struct
import threading
import time

RTMGRP_IPV4_IFADDR = 0x10
RTM_NEWADDR, RTM_DELADDR, IFA_LOCAL = 20, 21, 2
ETH_P_IP, PROTO_VRRP = 0x0800, 112
SO_TIMESTAMPNS = 35
OURS_FIRST = 60  # real-time priority: the watcher must not be starved by what it watches
BUFFER = 4 << 20

Advert = collections.namedtuple("Advert", "at source priority")  # at: CLOCK_MONOTONIC, seconds


def _soon():
    """This thread before all others, where we may."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(OURS_FIRST))


class _Watcher:
    """A thread that hands what its sockets receive to heard(socket)."""

    def __init__(self, sockets):
        self.sockets = sockets
        self.changed = threading.Condition()
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        os.write(self._stop_write, b"x")
        self._thread.join(5)
        for sock in self.sockets:
            sock.close()
        os.close(self._stop_read)
        os.close(self._stop_write)

    def _run(self):
        _soon()
        while True:
            ready, _, _ = select.select([*self.sockets, self._stop_read], [], [])
            if self._stop_read in ready:
                return
            with self.changed:
                for sock in ready:
                    self.heard(sock)
                self.changed.notify_all()

    def heard(self, sock):
        raise NotImplementedError

    def until(self, condition, timeout):
        """Wait for something heard to make condition() true; whether it did."""
        with self.changed:
            return self.changed.wait_for(condition, timeout)


class Holders(_Watcher):
    """Which of these hosts hold the address, and since when: (time, name, held or not)."""

    def __init__(self, hosts, address):
        self.address = socket.inet_aton(address)
        self.names = {}
        for host in hosts:
            sock = host.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
            sock.bind((0, RTMGRP_IPV4_IFADDR))
            self.names[sock] = host.name
        super().__init__(list(self.names))
        self.held = {host.name for host in hosts if host.has_address(address)}
        self.first = set(self.held)
        self.events = []

    def heard(self, sock):
        data, now = sock.recv(65536), time.monotonic()
        while len(data) >= 16:
            length, kind = struct.unpack_from("=IH", data)
            if kind in (RTM_NEWADDR, RTM_DELADDR) and self._about(data[24:length]):
                self._note(now, self.names[sock], kind == RTM_NEWADDR)
            data = data[max((length + 3) & ~3, 16):]

    def _about(self, attributes):
        while len(attributes) >= 4:
            length, kind = struct.unpack_from("=HH", attributes)
            if kind == IFA_LOCAL:
                return attributes[4:length] == self.address
            attributes = attributes[max((length + 3) & ~3, 4):]
        return False

    def _note(self, now, name, held):
        if held != (name in self.held):  # a renewed lease is no news
            self.events.append((now, name, held))
            (self.held.add if held else self.held.discard)(name)

    def two_seconds(self, begin, end):
        """For how long two hosts held it between these instants."""
        held, last, total = set(self.first), begin, 0.0
        for at, name, is_held in [*self.events, (end, None, False)]:
            if at > end:
                at = end
            if len(held) > 1 and at > last:
                total += at - last
            last = max(last, at)
            if name:
                (held.add if is_held else held.discard)(name)
        return total

    def gained(self, name, since):
        """When that host got it."""
        return next((at for at, who, held in self.events if who == name and held and at >= since), None)


class Wire(_Watcher):
    """Every advert on the segment, with the kernel's own time of its arrival."""

    def __init__(self, lab):
        sock = lab.switch.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.bind(("br0", ETH_P_IP))
        super().__init__([sock])
        self.adverts = []

    def heard(self, sock):
        data, extra, _, _ = sock.recvmsg(256, 256)
        if len(data) < 24 or data[9] != PROTO_VRRP:
            return
        stamp = next(value for level, kind, value in extra if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS))
        seconds, nanoseconds = struct.unpack("=qq", stamp)
        ago = time.time() - (seconds + nanoseconds / 1e9)
        begins = (data[0] & 15) * 4
        self.adverts.append(Advert(time.monotonic() - ago, socket.inet_ntoa(data[12:16]), data[begins + 2]))

    def takeovers(self, begin, end):
        """How often another master spoke than before."""
        sources = [advert.source for advert in self.adverts if begin <= advert.at <= end]
        return sum(1 for before, after in zip(sources, sources[1:]) if before != after)

    def longest_silence(self, begin, end):
        times = [begin, *(advert.at for advert in self.adverts if begin <= advert.at <= end), end]
        return max(after - before for before, after in zip(times, times[1:]))

    def last_from(self, source, until):
        return max((advert.at for advert in self.adverts if advert.source == source and advert.at <= until), default=None)
