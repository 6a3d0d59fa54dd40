"""Bytes from strangers: refused, counted, never a crash."""

import contextlib
import json
import random
import socket
import struct
import time

import pytest

from lab.cluster import VIP
from lab.wait import until

SEED = 20240607
PROXY1 = "192.168.95.13"


@pytest.fixture(scope="module")
def cluster(make_cluster):
    return make_cluster("tcp")


@pytest.fixture(autouse=True)
def unharmed(cluster):
    """Same processes, same roles before and after."""
    pids = {name: (proxy.host.processes("proxyd"), proxy.host.processes("vrrpd"))
            for name, proxy in cluster.proxies.items()}
    yield
    for name, proxy in cluster.proxies.items():
        assert (proxy.host.processes("proxyd"), proxy.host.processes("vrrpd")) == pids[name]
        assert proxy.serves()
    assert cluster.await_ready() == "proxy1"


def garbage(rng):
    kind = rng.randrange(5)
    if kind == 0:
        return rng.randbytes(rng.randrange(1, 3000))
    if kind == 1:
        return b"A" * 70000
    if kind == 2:
        return b"\0" * rng.randrange(1, 500) + b"\n"
    if kind == 3:
        return b";" * 5000 + b"\n"
    return b"show " + rng.randbytes(30).replace(b"\n", b"") + b"\n"


def throw(connect, data):
    """Send it, read whatever comes until the peer is through with us."""
    with contextlib.closing(connect()) as sock, contextlib.suppress(OSError):
        sock.settimeout(0.5)
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass


@pytest.mark.short
@pytest.mark.parametrize("path", ["/run/proxyd/proxyd.sock", "/run/vrrpd/vrrpd.sock"])
def test_garbage_on_the_control_sockets(cluster, path):
    host = cluster.proxies["proxy1"].host
    rng = random.Random(SEED)
    print(f"seed {SEED}")
    for _ in range(100):
        throw(lambda: host.connect_unix(path), garbage(rng))
    idle = [host.connect_unix(path) for _ in range(50)]  # and some that say nothing
    for sock in idle:
        sock.close()


@pytest.mark.short
def test_garbage_on_the_status_port(cluster):
    rng = random.Random(SEED)
    print(f"seed {SEED}")
    requests = [b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n", b"GET " + b"/" * 100000 + b" HTTP/1.1\r\n\r\n",
                b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\nx", b"GET\r\n\r\n", b"\r\n\r\n\r\n",
                b"GET / HTTP/1.1\r\nAuthorization: Basic ====\r\n\r\n", b"GET /\0 HTTP/1.1\r\n\r\n"]
    for data in requests + [garbage(rng) for _ in range(100)]:
        throw(lambda: cluster.client.connect(PROXY1, 8888), data)
    assert cluster.status_page(host=PROXY1)[0] == 200


def test_a_slow_status_client_does_not_hold_the_page_up(cluster):
    slow = [cluster.client.connect(PROXY1, 8888) for _ in range(20)]
    for sock in slow:
        sock.sendall(b"GET / HT")
    began = time.monotonic()
    assert cluster.status_page(host=PROXY1)[0] == 200
    assert time.monotonic() - began < 1
    for sock in slow:
        sock.close()


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def advert(version=2, vrid=11, priority=200, count=1, auth=1, interval=1, password=b"asd\0\0\0\0\0", addresses=(VIP,),
           good_sum=True):
    head = struct.pack("!BBBBBB", version << 4 | 1, vrid, priority, count, auth, interval)
    body = b"".join(map(socket.inet_aton, addresses)) + password
    total = checksum(head + b"\0\0" + body) if good_sum else 0x1234
    return head + struct.pack("!H", total) + body


# Each would take the VIP away if it were believed: its priority is the highest.
FORGED = {
    "TTL 254": (advert(), 254),
    "wrong checksum": (advert(good_sum=False), 255),
    "wrong password": (advert(password=b"nope\0\0\0\0"), 255),
    "no authentication": (advert(auth=0), 255),
    "version 3": (advert(version=3), 255),
    "version 7": (advert(version=7), 255),
    "other interval": (advert(interval=5), 255),
    "count too high": (advert(count=200), 255),
    "count 0": (advert(count=0, addresses=()), 255),
    "cut short": (advert()[:7], 255),
    "one byte": (b"\x21", 255),
    "empty": (b"", 255),
    "long tail": (advert() + b"\0" * 400, 255),
}


def vrrp_socket(host, ttl):
    sock = host.socket(socket.AF_INET, socket.SOCK_RAW, 112)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(host.address))
    return sock


DROP_COUNTERS = ("ip_header_err", "ip_protocol_err", "ip_ttl_err", "cast_err", "mcast_group_err", "own_source_err", "unknown_peer_err",
                 "packet_len_err", "version_err", "invalid_type_rcvd", "vrid_err", "checksum_err", "invalid_authtype",
                 "authtype_mismatch", "auth_failure", "advert_interval_err", "addr_count_err")


def dropped(proxy):
    """All packets that vrrpd dropped, whatever the reason."""
    data = json.loads(proxy.host.out("vrrpctl", "show", "json"))
    return (sum(instance["stats"][name] for instance in data["instances"] for name in DROP_COUNTERS)
            + sum(data["dropped"].values()))


@pytest.mark.short
@pytest.mark.parametrize("forged", FORGED, ids=FORGED.keys())
def test_forged_advertisements_are_dropped_and_counted(cluster, forged):
    data, ttl = FORGED[forged]
    proxy = cluster.proxies["proxy1"]
    before = dropped(proxy)
    with contextlib.closing(vrrp_socket(cluster.client, ttl)) as sock:
        for _ in range(3):
            sock.sendto(data, ("224.0.0.18", 0))
    if data:
        until(lambda: dropped(proxy) >= before + 3, 3, "three more dropped")
    assert proxy.vrrp_state() == "MASTER" and proxy.has_vip()


def test_random_packets_on_the_vrrp_socket(cluster):
    rng = random.Random(SEED)
    print(f"seed {SEED}")
    with contextlib.closing(vrrp_socket(cluster.client, 255)) as sock:
        for _ in range(2000):
            data = bytearray(advert()) if rng.random() < 0.7 else bytearray(rng.randbytes(rng.randrange(0, 200)))
            for _ in range(rng.randrange(1, 4)):
                if data:
                    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            # not by chance a valid one
            if bytes(data[:6]) != advert()[:6] or bytes(data) == advert():
                continue
            sock.sendto(bytes(data), ("224.0.0.18", 0))
    assert cluster.proxies["proxy1"].vrrp_state() == "MASTER"


