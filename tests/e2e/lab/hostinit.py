"""Process 1 of a lab host: builds its file system, reaps orphans, receives syslog.

Started by host.py inside fresh mount, network, PID and UTS namespaces.  The host's root is an
overlay over the machine's own: it sees every installed program and writes nowhere but into a
tmpfs that disappears with it.  Only /var/log is kept outside, so that it can be read afterwards.

usage: hostinit.py STATE_DIR HOST_NAME
"""

import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import time

# File systems of their own that a machine may have: each gets an overlay like the root.
SEPARATE = ("/usr", "/etc", "/var", "/opt", "/srv", "/home", "/root", "/lib", "/bin", "/sbin")
PRIVATE_TMPFS = ("run", "tmp", "var/tmp", "srv", "mnt", "dev/shm")
DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
LOG_LIMIT_BYTES = 64 << 20


def run(*argv):
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)


def mounted_separately():
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        points = {line.split()[4] for line in f}
    return [path for path in SEPARATE if path in points]


def overlay(lower, name, target):
    upper, work = f"{SCRATCH}/{name}/upper", f"{SCRATCH}/{name}/work"
    os.makedirs(upper)
    os.makedirs(work)
    os.makedirs(target, exist_ok=True)
    run("mount", "-t", "overlay", "lab", "-o", f"lowerdir={lower},upperdir={upper},workdir={work}", target)


def make_devices(root):
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", f"{root}/dev")
    for name, (major, minor) in DEVICES.items():
        os.mknod(f"{root}/dev/{name}", 0o020666, os.makedev(major, minor))
        os.chmod(f"{root}/dev/{name}", 0o666)
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink(target, f"{root}/dev/{name}")


def build_root(state):
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "lab", SCRATCH)
    root = f"{SCRATCH}/root"
    overlay("/", "base", root)
    for number, path in enumerate(mounted_separately()):
        overlay(path, f"extra{number}", root + path)
    make_devices(root)
    for path in PRIVATE_TMPFS:
        os.makedirs(f"{root}/{path}", exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", "mode=1777" if "tmp" in path else "mode=755", "tmpfs", f"{root}/{path}")
    os.makedirs(f"{root}/run/lock")
    run("mount", "-t", "proc", "proc", f"{root}/proc")
    run("mount", "-t", "sysfs", "-o", "ro", "sysfs", f"{root}/sys")
    run("mount", "--bind", f"{state}/log", f"{root}/var/log")
    return root


def enter_root(root):
    os.makedirs(f"{root}/run/old")
    os.chdir(root)
    run("pivot_root", ".", "run/old")
    os.chroot(".")
    os.chdir("/")
    run("umount", "-l", "/run/old")
    os.rmdir("/run/old")


def syslog_sockets():
    local = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    local.bind("/dev/log")
    os.chmod("/dev/log", 0o666)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    udp.bind(("127.0.0.1", 514))
    return local, udp


def write_line(log, data):
    text = data.decode("utf-8", "backslashreplace").rstrip("\n\0")
    if text.startswith("<"):
        text = text.partition(">")[2]
    now = time.time()
    stamp = time.strftime("%H:%M:%S", time.localtime(now)) + f".{int(now * 1000) % 1000:03d}"
    if log.tell() < LOG_LIMIT_BYTES:
        log.write(f"{stamp} {text}\n")


def serve_syslog():
    selector = selectors.DefaultSelector()
    for sock in syslog_sockets():
        sock.setblocking(False)
        selector.register(sock, selectors.EVENT_READ)
    with open("/var/log/messages", "a", encoding="utf-8", buffering=1) as log:
        print("ready", flush=True)
        while True:
            for key, _ in selector.select():
                write_line(log, key.fileobj.recv(65536))


def main():
    state, name = sys.argv[1:3]
    root = build_root(state)
    socket.sethostname(name)
    enter_root(root)
    run("ip", "link", "set", "lo", "up")
    ctypes.CDLL(None).umask(0o022)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps for us, orphans too
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    serve_syslog()


SCRATCH = f"{sys.argv[1]}/scratch" if len(sys.argv) > 2 else ""

if __name__ == "__main__":
    main()
