"""Who answers for the virtual addresses on a LAN, asked every 10 ms from the bridge itself.

What answers there is what a client would reach, whatever the daemons believe.  One process of its
own asks on all bridges, at real-time priority so that a busy machine does not look like a gap; it
notes the advertisements and announcements that pass, with the kernel's time stamps.  Other
processes, at normal priority, note how late the machine lets them act: no daemon can be quicker.
"""

import contextlib
import ctypes
import dataclasses
import gc
import multiprocessing
import os
import signal
import socket
import struct
import threading
import time

from . import advert
from .host import CLONE_NEWNET, setns

TICK = 0.010
ASKER4, ASKER6 = "192.168.95.250", "fe80::250"
SO_TIMESTAMPNS = 35
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23
ETH_P_ALL = 3
LAG_STEP, LAG_NOTED = 0.005, 0.010
PR_SET_PDEATHSIG = 1
CONTEXT = multiprocessing.get_context("fork")


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@dataclasses.dataclass
class Record:
    """samples: (time, one bit set of answering hosts per address), only where it changes."""
    samples: list
    adverts: list
    announced: list  # (time, MAC, index of the address)
    until: float

    def longest(self, condition, begin, end):
        """The longest time within which condition(bits) held for one of the addresses, in seconds."""
        worst = 0.0
        for index in range(len(self.samples[0][1]) if self.samples else 0):
            since = None
            for at, bits in [*self.samples, (self.until, None)]:
                holds = bits is not None and at < end and condition(bits[index])
                at = min(max(at, begin), end)
                if holds and since is None:
                    since = at
                elif not holds and since is not None:
                    worst, since = max(worst, at - since), None
        return worst

    def gap(self, begin, end):
        return self.longest(lambda bits: bits == 0, begin, end)

    def dual(self, begin, end):
        return self.longest(lambda bits: bits & (bits - 1) != 0, begin, end)

    def sent_by(self, mac, begin=0.0):
        return [heard for heard in self.adverts if heard.mac == mac and heard.at >= begin]


class _Lan:
    """One bridge as the process sees it."""

    def __init__(self, name, vips, macs):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.bind((name, ETH_P_ALL))
        self.sock.setblocking(False)
        self.mac = self.sock.getsockname()[4]
        self.bit_of = {advert.mac_bytes(mac): 1 << i for i, mac in enumerate(macs)}
        self.index_of = {_address(vip): i for i, vip in enumerate(vips)}
        self.questions = [_question(self.mac, vip) for vip in vips]
        self.bits = [0] * len(vips)
        self.asked_at = None
        self.record = Record([], [], [], time.time())

    def note_answers(self):
        """The sample that began with the last question is complete."""
        if self.asked_at is None:
            return
        self.record.until = time.time()
        if not self.record.samples or self.record.samples[-1][1] != tuple(self.bits):
            self.record.samples.append((self.asked_at, tuple(self.bits)))
        self.bits = [0] * len(self.bits)

    def ask(self):
        self.asked_at = time.time()
        for question in self.questions:
            with contextlib.suppress(OSError):  # a full queue is an unanswered question
                self.sock.send(question)

    def read(self):
        while True:
            try:
                frame, control, _, _ = self.sock.recvmsg(2048, 64)
            except OSError:  # none left; or the link is down
                return
            seconds, nanoseconds = struct.unpack("qq", control[0][2])
            self._take(seconds + nanoseconds / 1e9, frame)

    def _take(self, at, frame):
        claim = _claimed(frame)
        if claim is None:
            heard = advert.decode(at, frame)
            if heard:
                self.record.adverts.append(heard)
            return
        index = self.index_of.get(claim)
        if index is None:
            return
        if frame[:6] == self.mac:
            self.bits[index] |= self.bit_of.get(frame[6:12], 0)
        elif frame[0] & 1:
            self.record.announced.append((at, advert.mac_text(frame[6:12]), index))


def _address(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def _claimed(frame):
    """The address that an answer or announcement of ARP, or a Neighbour Advertisement, claims."""
    if frame[12:14] == b"\x08\x06":
        is_answer, sender, target = frame[21] == 2, frame[28:32], frame[38:42]
        return sender if is_answer or sender == target else None
    if frame[12:14] == b"\x86\xdd" and frame[20] == 58 and frame[54] == 136:
        return frame[62:78]
    return None


def _question(mac, vip):
    """Who has it?  Whoever answers does so to us alone."""
    target = _address(vip)
    if len(target) == 4:
        return (b"\xff" * 6 + mac + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
                + mac + _address(ASKER4) + b"\0" * 6 + target)
    group = _address("ff02::1:ff00:0")[:13] + target[13:]
    source = _address(ASKER6)
    body = struct.pack("!BBHI", 135, 0, 0, 0) + target + b"\x01\x01" + mac
    total = advert.folded(source + group + struct.pack("!IHBB", len(body), 0, 0, 58) + body)
    body = body[:2] + struct.pack("!H", total) + body[4:]
    return (b"\x33\x33" + group[12:] + mac + b"\x86\xdd" + struct.pack("!IHBB", 0x60000000, len(body), 58, 255)
            + source + group + body)


class _Process:
    """The loop of the watching process; its verbs are what comes over the pipe."""

    def __init__(self, pipe):
        self.pipe = pipe
        self.lans = {}

    def begin(self, name, vips, macs):
        self.lans[name] = _Lan(name, vips, macs)
        return advert.mac_text(self.lans[name].mac)

    def end(self, name):
        lan = self.lans.pop(name)
        lan.sock.close()
        return lan.record

    def now(self, name):
        samples = self.lans[name].record.samples
        return samples[-1][1] if samples else None

    def record(self, name):
        return self.lans[name].record

    def send(self, name, frame):
        self.lans[name].sock.send(frame)

    def run(self, switch_pid):
        with open(f"/proc/{switch_pid}/ns/net", "rb") as namespace:
            setns(namespace.fileno(), CLONE_NEWNET)
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
        gc.freeze()
        due = time.monotonic()
        while True:
            for lan in self.lans.values():
                lan.read()
                lan.note_answers()
                lan.ask()
            while self.pipe.poll(max(0, due - time.monotonic())):
                verb, arguments = self.pipe.recv()
                try:
                    self.pipe.send(getattr(self, verb)(*arguments))
                except OSError as error:
                    self.pipe.send(error)
            due = max(due + TICK, time.monotonic())


class Watcher:
    """The watching process of all LANs of one switch; its methods may be called from any thread."""

    def __init__(self, lab):
        self.pipe, theirs = CONTEXT.Pipe()
        self.lock = threading.Lock()
        self.process = CONTEXT.Process(target=self._begin, args=(theirs, lab.switch.pid), daemon=True)
        self.process.start()
        self.lags = [lab.state / f"lag{cpu}" for cpu in os.sched_getaffinity(0)]
        self.sleepers = [CONTEXT.Process(target=_note_lag, args=(path, cpu), daemon=True)
                         for path, cpu in zip(self.lags, os.sched_getaffinity(0))]
        for sleeper in self.sleepers:
            sleeper.start()

    @staticmethod
    def _begin(pipe, switch_pid):
        _die_with_parent()
        _Process(pipe).run(switch_pid)

    def __getattr__(self, verb):
        if verb not in ("begin", "end", "now", "record", "send"):
            raise AttributeError(verb)

        def ask(*arguments):
            with self.lock:
                self.pipe.send((verb, arguments))
                if not self.pipe.poll(10):
                    raise TimeoutError("the watching process does not answer")
                answer = self.pipe.recv()
            if isinstance(answer, OSError):
                raise answer
            return answer
        return ask

    def worst_lag(self, begin, end):
        """How late a process of normal priority was let run at worst, in seconds."""
        worst = 0.0
        for path in self.lags:
            with contextlib.suppress(FileNotFoundError):
                data = path.read_bytes()
                data = data[:len(data) // 16 * 16]
                worst = max([worst, *(lag for at, lag in struct.iter_unpack("dd", data) if begin <= at <= end + lag)])
        return worst

    def stop(self):
        for process in (self.process, *self.sleepers):
            process.kill()
            process.join()


def _note_lag(path, cpu):
    _die_with_parent()
    os.sched_setaffinity(0, {cpu})
    with open(path, "wb", buffering=0) as notes:
        while True:
            due = time.monotonic() + LAG_STEP
            time.sleep(LAG_STEP)
            lag = time.monotonic() - due
            if lag > LAG_NOTED:
                notes.write(struct.pack("dd", time.time(), lag))
