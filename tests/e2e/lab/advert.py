"""Advertisements of VRRP as bytes, good and bad ones, made apart from the daemons' own code."""

import dataclasses
import hashlib
import hmac
import socket
import struct

GROUP4 = ("224.0.0.18", "01:00:5e:00:00:12")
GROUP6 = ("ff02::12", "33:33:00:00:00:12")
VRRP, AH = 112, 51
AH_LEN = 24


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def mac_text(data):
    return data.hex(":")


def folded(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@dataclasses.dataclass
class Advert:
    """One advertisement of a stranger; interval in seconds."""
    version: int
    family: int  # 4 or 6
    vrid: int
    priority: int
    interval: float
    vips: tuple
    source: str
    auth: str = None  # PASS, AH
    password: str = ""
    seq: int = 0
    ttl: int = 255
    with_pseudo: bool = None  # the checksum covers the pseudo header; None: as keepalived has it
    damage: bool = False  # the checksum is neither

    def _addresses(self):
        family = socket.AF_INET6 if self.family == 6 else socket.AF_INET
        return b"".join(socket.inet_pton(family, vip) for vip in self.vips)

    def _message(self):
        head = struct.pack("!BBBB", self.version << 4 | 1, self.vrid, self.priority, len(self.vips))
        if self.version == 3:
            return head + struct.pack("!HH", round(self.interval * 100), 0) + self._addresses()
        kinds = {None: 0, "PASS": 1, "AH": 2}
        head += struct.pack("!BBH", kinds[self.auth], round(self.interval), 0)
        data = self.password.encode() if self.auth == "PASS" else b""
        return head + self._addresses() + data.ljust(8, b"\0")[:8]

    def _pseudo(self, length):
        if self.family == 6:
            pair = socket.inet_pton(socket.AF_INET6, self.source) + socket.inet_pton(socket.AF_INET6, GROUP6[0])
            return pair + struct.pack("!IHBB", length, 0, 0, VRRP)
        return socket.inet_aton(self.source) + socket.inet_aton(GROUP4[0]) + struct.pack("!BBH", 0, VRRP, length)

    def message(self):
        body = self._message()
        with_pseudo = self.version == 3 if self.with_pseudo is None else self.with_pseudo
        total = folded((self._pseudo(len(body)) if with_pseudo else b"") + body)
        return body[:6] + struct.pack("!H", total ^ (0x5555 if self.damage else 0)) + body[8:]

    def _ip4(self, payload, protocol):
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0xC0, 20 + len(payload), self.seq & 0xFFFF or 1, 0, self.ttl,
                           protocol, 0, socket.inet_aton(self.source), socket.inet_aton(GROUP4[0]))
        return head[:10] + struct.pack("!H", folded(head)) + head[12:]

    def _with_ah(self, message):
        """RFC 2402 as keepalived has it: tos, fragment offset and checksum count as zero, the TTL does not."""
        ah = struct.pack("!BBH4sI", VRRP, AH_LEN // 4 - 2, 0, socket.inet_aton(self.source), self.seq)
        head = self._ip4(ah + b"\0" * 12 + message, AH)
        covered = head[:1] + b"\0" + head[2:6] + b"\0\0" + head[8:10] + b"\0\0" + head[12:]
        key = self.password.encode().ljust(8, b"\0")[:8]
        icv = hmac.new(key, covered + ah + b"\0" * 12 + message, hashlib.md5).digest()[:12]
        return head + ah + icv + message

    def packet(self):
        message = self.message()
        if self.family == 6:
            head = struct.pack("!IHBB", 0x6C000000, len(message), VRRP, self.ttl)
            return (head + socket.inet_pton(socket.AF_INET6, self.source)
                    + socket.inet_pton(socket.AF_INET6, GROUP6[0]) + message)
        return self._with_ah(message) if self.auth == "AH" else self._ip4(message, VRRP) + message

    def frame(self, sender_mac, to_mac=None):
        """to_mac: a frame for one router alone, with the packet that all routers get."""
        ethertype = 0x86DD if self.family == 6 else 0x0800
        to_mac = to_mac or (GROUP6 if self.family == 6 else GROUP4)[1]
        return mac_bytes(to_mac) + mac_bytes(sender_mac) + struct.pack("!H", ethertype) + self.packet()


@dataclasses.dataclass
class Heard:
    """An advertisement seen on the LAN."""
    at: float
    mac: str
    priority: int
    interval: float
    seq: int  # of AH, else 0


def decode(at, frame):
    """What a frame says if it is an advertisement, else None."""
    ethertype = frame[12:14]
    seq = 0
    if ethertype == b"\x08\x00":
        protocol, at_message = frame[23], 14 + (frame[14] & 0xF) * 4
        if protocol == AH and frame[at_message] == VRRP:
            seq = struct.unpack_from("!I", frame, at_message + 8)[0]
            at_message += AH_LEN
        elif protocol != VRRP:
            return None
    elif ethertype == b"\x86\xdd" and frame[20] == VRRP:
        at_message = 54
    else:
        return None
    message = frame[at_message:]
    if len(message) < 8:
        return None
    is_v3 = message[0] >> 4 == 3
    interval = (struct.unpack_from("!H", message, 4)[0] & 0xFFF) / 100 if is_v3 else float(message[5])
    return Heard(at, mac_text(frame[6:12]), message[2], interval, seq)
