#!/usr/bin/env python3
"""man.py - the manual pages tell the truth.

The key tables and command tables of the sources (as the C preprocessor leaves them) against the
pages: what the program knows has an item and what has an item is known, with the range, the words,
the default and the level of the source.  Sample files and the pages' examples are held against the
tables too, and given to the daemons' own check.  And the pages are clean for mandoc and groff.

usage: man.py --build DIR [--cc CC] [--pages DIR]
       man.py --build DIR --selftest    the same on pages with mistakes: each must be seen
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DAEMONS = ("proxyd", "vrrpd")
UNITS = [("d", 86400 * 10**6), ("h", 3600 * 10**6), ("m", 60 * 10**6), ("s", 10**6), ("ms", 1000), ("us", 1)]
CAST_OR_SUFFIX = r"\((?:usec_t|int64_t|int)\)|(?<=\d)[uUlL]+\b"
NUMBER = rf"(?:{CAST_OR_SUFFIX}|[-+*/()\d\s<])+"
ANY_TIME = (0, 365 * 86400 * 10**6)  # what the pages call the range of a time, unless told otherwise

# Where the keys of a table are described: page's subsection -> table, of proxyd and of vrrpd.
SUBSECTIONS = {
    "proxyd": {
        "[global] section": "global_keys", "[stats] section": "stats_keys",
        "[frontend NAME] section": "frontend_keys", "[backend NAME] section": "backend_keys",
        "[defaults] section": "defaults_keys", "Words of server": "server_keys",
        "Options of bind": "bind_keys", "Options of stats_socket": "socket_keys",
    },
    "vrrpd": {
        "[global] section": "global_keys", "[track NAME] section": "track_keys",
        "[instance NAME] section": "instance_keys", "[sync_group NAME] section": "sync_keys",
        "Options of stats_socket": "table", "Options of metrics_bind": "metrics_options",
    },
}
# What keepalived's blocks are here: subsections of COMING FROM KEEPALIVED.
KEEPALIVED = {"vrrp_instance": "instance_keys", "vrrp_sync_group": "sync_keys", "vrrp_script": "track_keys",
              "global_defs": "global_keys"}
NOT_IN_DEFAULTS = {"bind", "default_backend", "server"}


class Check:
    """What is wrong, collected."""

    def __init__(self):
        self.wrong = []

    def say(self, where, text):
        self.wrong.append(f"{where}: {text}")

    def same(self, where, what, documented, known):
        for name in sorted(set(known) - set(documented)):
            self.say(where, f"{what} '{name}' is missing")
        for name in sorted(set(documented) - set(known)):
            self.say(where, f"{what} '{name}' does not exist")


# --- the sources --------------------------------------------------------------------------------


def preprocess(cpp, path):
    return subprocess.run([*cpp, str(path)], check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout


def number(expression):
    """The value of a constant expression such as 10 * ((usec_t)1000)."""
    bare = re.sub(CAST_OR_SUFFIX, "", expression).strip()
    if not re.fullmatch(NUMBER, expression):
        raise ValueError(f"'{expression}' is not a number that this check understands")
    return int(eval(bare, {"__builtins__": {}}))  # digits and operators only


def parse_names(text):
    tables = {}
    for match in re.finditer(r"struct name (\w+)\[\] = \{(.*?)\};", text, re.S):
        tables[match[1]] = re.findall(r'\{"([^"]*)"', match[2])
    return tables


def initial(row, table, text, everything):
    """The value that a field is born with, as initialisers say; None: not a plain one."""
    path = re.search(r"offsetof \(struct \w+, ([\w.]+)\)", row)
    if not path:
        return None
    field = path[1].split(".")[-1]
    values = re.findall(rf"(?<![\w.>])\.{field} = ([^,;}}]+)", text)
    if table == "global_keys":
        values += re.findall(rf"->global\.{field} = ([^,;}}]+)", everything)
    values = {1 if v == "true" else number(v) for v in values if v == "true" or re.fullmatch(NUMBER, v)}
    return values.pop() if len(values) == 1 else 0 if not values else None


def parse_row(text, names):
    field = {key: value.strip() for key, value in re.findall(r"\.(\w+) = ([^,}]+)", text)}
    low, high = number(field.get("min", "0")), number(field.get("max", "0"))
    return {
        "type": field["type"], "flags": field.get("flags", ""), "bounds": (low, high),
        "words": names[field["names"]] if "names" in field else [],
    }


def key_tables(cpp, daemon):
    """{table: {key: row}} of all configuration sources of a daemon."""
    tables = {}
    texts = [preprocess(cpp, path) for path in sorted((ROOT / daemon).glob("conf*.c"))]
    codes = [re.sub(r"struct key \w+\[\] = \{.*?\};", "", text, flags=re.S) for text in texts]
    for text, own_code in zip(texts, codes):
        names = parse_names(text)
        for match in re.finditer(r"struct key (\w+)\[\] = \{(.*?)\};", text, re.S):
            tables[match[1]] = {}
            is_shared = f"static const struct key {match[1]}[" not in text  # initialised elsewhere
            code = "".join(codes) if is_shared else own_code
            for name, row in re.findall(r'\{\s*\.name = "([^"]+)"(.*?)\}', match[2], re.S):
                if ".parse = belongs_to_" in row:  # it only says where the key belongs
                    continue
                tables[match[1]][name] = parse_row(row, names)
                tables[match[1]][name]["initial"] = initial(row, match[1], code, "".join(texts))
    return tables


def command_table(cpp, path):
    """{usage: level}"""
    text = preprocess(cpp, path)
    body = re.search(r"struct ctl_command \w+\[\] = \{(.*?)\};", text, re.S)[1]
    rows = re.findall(r'\{"([^"]+)",\s*"[^"]*",\s*CTL_(\w+)\}', body)
    return {usage: level.lower() for usage, level in rows}


def connection_commands():
    """What the control server answers itself, for both daemons."""
    text = (ROOT / "common/ctl_server.c").read_text()
    return set(re.findall(r'ctl_words_match\(&?w, "([^"]+)"\)', text))


def options(path):
    rows = re.findall(r"""\{"([a-z-]+)", (\w+), NULL, '(.)'\}""", path.read_text())
    return {(short, long, kind == "required_argument") for long, kind, short in rows}


# --- the pages ----------------------------------------------------------------------------------


def items(page):
    """{subsection: [(head, text)]}: the items of each list, with the words below them."""
    found, place = {}, ""
    for line in page.read_text().splitlines():
        if re.match(r"\.S[hs] ", line):
            place = line[4:]
        elif line.startswith(".It "):
            found.setdefault(place, []).append([line[4:], ""])
        elif found.get(place):
            found[place][-1][1] += " " + re.sub(r"^\.[A-Z][a-z0-9]\s*", "", line)
    return found


def key_of(head):
    words = head.split()
    return words[1] if words[0] in ("Ic", "Cm") else words[0]


# --- one against the other ----------------------------------------------------------------------


def time_text(usec):
    if usec == 0:
        return "0"
    return next(f"{usec // size}{unit}" for unit, size in UNITS if usec % size == 0)


def range_text(row):
    low, high = row["bounds"]
    if (low, high) == (0, 0) or (row["type"] == "KEY_TIME" and (low, high) == ANY_TIME):
        return None
    if row["type"] == "KEY_TIME":
        return f"{time_text(low)} to {time_text(high)}"
    if row["type"] == "KEY_STR":
        return f"{low} to {high} bytes" if high < 4096 else None
    return f"{low} to {high}"


def default_text(row):
    """The default as the page has to tell it; None: what follows from something else."""
    if row["type"] == "KEY_BOOL" and "KEY_FLAG" not in row["flags"]:
        return {0: "no", 1: "yes"}.get(row["initial"])
    if row["type"] in ("KEY_INT", "KEY_TIME") and row["initial"] and row["initial"] > 0:
        return time_text(row["initial"]) if row["type"] == "KEY_TIME" else str(row["initial"])
    return None


def check_item(check, where, row, text):
    default = default_text(row)
    if default and not re.search(rf"[Dd]efault(?: is)?:? {default}(?!\w)", text):
        check.say(where, f"default {default} is not told")
    wanted = [range_text(row)] + row["words"]
    if "KEY_REQUIRED" in row["flags"]:
        wanted.append("Must be there")
    for words in wanted:
        if words and not re.search(rf"(?<![-\w]){re.escape(words)}(?!\w)", text):
            check.say(where, f"'{words}' is not told")
    if "KEY_REPEAT" in row["flags"] and "KEY_ARG" not in row["flags"]:
        if not re.search(r"repeated|several| list\b|As in|as in", text):
            check.say(where, "not told that it may stand several times")


def check_keys(check, daemon, page, tables):
    subsections, found = SUBSECTIONS[daemon], items(page)
    check.same(page.name, "a place in this check for the table", subsections.values(), tables)
    for title, name in subsections.items():
        where, documented = f"{page.name}: {title}", found.get(title, [])
        known = dict(tables.get(name, {}))
        if name == "defaults_keys":  # described where they are used, but for what is only here
            shared = (set(tables["frontend_keys"]) | set(tables["backend_keys"])) - NOT_IN_DEFAULTS
            for key in shared - set(known):
                check.say(where, f"the page says that '{key}' is possible here, it is not")
            known = {key: row for key, row in known.items() if key not in shared}
        check.same(where, "key", [key_of(head) for head, _ in documented], known)
        for head, text in documented:
            if key_of(head) in known:
                check_item(check, f"{where}: {key_of(head)}", known[key_of(head)], head + text)


def check_words(check, page, tables):
    """No page speaks of a key that neither daemon has."""
    known = {key for daemon in tables.values() for table in daemon.values() for key in table}
    for line in page.read_text().splitlines():
        if re.match(r"\.(It )?Ic ", line):
            for word in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", line):
                if word not in known:
                    check.say(page.name, f"'{word}' is no key of any file")


def words_lists(text):
    """{"The same": {word}, "Only here": {word}} of one subsection."""
    lists = re.findall(r"^(The same|Only here):\n((?:\.Li \w+ ?[,.]\n)+)", text, re.M)
    return {title: set(re.findall(r"\.Li (\w+)", rows)) for title, rows in lists}


def check_keepalived_row(check, where, head, text, same, table, known):
    words = re.findall(r"\w+", re.sub(r"[{$].*", "", head))
    if text.startswith("not there"):
        for word in set(words) & set(table):
            check.say(where, f"'{word}' is there")
    elif not set(words) <= same and not set(re.findall(r"\w+", text)) & set(known) and "refused" not in text:
        check.say(where, f"'{head}': neither the same here, nor 'not there', nor does it name a key")


def check_keepalived(check, page, tables):
    """The table of keepalived's words: what is called the same is a key, what is 'not there' is none."""
    text = page.read_text()
    everything = {key for table in tables.values() for key in table}
    for block, name in KEEPALIVED.items():
        where = f"{page.name}: Words of {block}"
        part = re.search(rf"^\.Ss Words of {block}.*?(?=^\.S[sh] )", text, re.M | re.S)
        if not part:
            check.say(where, "is missing")
            continue
        lists = words_lists(part[0])
        same, own = lists.get("The same", set()), lists.get("Only here", set())
        refused = set(re.findall(r'^\.It Li "(\w+)"\nrefused', part[0], re.M))
        check.same(where, "key", same | own | refused, tables[name])
        for word in same & own:
            check.say(where, f"'{word}' stands in both lists")
        for head, words in re.findall(r'^\.It Li "(.*?)"\n(.*?)$', part[0], re.M):
            check_keepalived_row(check, where, head, words, same, tables[name], everything)


def check_commands(check, page, commands):
    documented = {}
    for title, rows in items(page).items():
        if title.startswith("Level "):
            documented.update({head[3:].strip().strip('"'): title[6:] for head, _ in rows})
    plain_words = {usage: re.split(r" [<[]", usage)[0] for usage in documented}
    of_connection = connection_commands() - {re.split(r" [<[]", usage)[0] for usage in commands}
    for words in sorted(of_connection - set(plain_words.values())):
        check.say(page.name, f"command '{words}' is missing")
    check.same(page.name, "command",
               {usage for usage, words in plain_words.items() if words not in of_connection}, commands)
    for usage, level in commands.items():
        if documented.get(usage, level) != level:
            check.say(page.name, f"command '{usage}' stands at level {documented[usage]}, it is of level {level}")


def check_options(check, page, source):
    documented = set()
    for line in page.read_text().splitlines():
        match = re.match(r"\.It Fl (\w)( Ar \w+)? , Fl Fl ([a-z-]+)( Ar \w+)?$", line)
        if match:
            documented.add((match[1], match[3], match[2] is not None))
    check.same(page.name, "option", {f"-{s} --{long} {arg}" for s, long, arg in documented},
               {f"-{s} --{long} {arg}" for s, long, arg in options(source)})


def check_sample(check, daemon, where, text, tables):
    titles = {title.split("]")[0].split()[0].strip("["): name for title, name in SUBSECTIONS[daemon].items()
              if title.startswith("[")}
    section = None
    for line in text.splitlines():
        match = re.match(r"\[(\w+)", line)
        if match:
            section = titles.get(match[1])
            if section is None:
                check.say(where, f"there is no section [{match[1]}]")
            continue
        match = re.match(r";?([a-z_]+)(?: \w+)? *= ", line)  # a commented-out key is one as well
        if match and section and match[1] not in tables[section]:
            check.say(where, f"'{match[1]}' is no key of its section")


def check_with_daemon(check, binary, where, text):
    """The daemon's own verdict; users and directories of an installed host are replaced."""
    if not binary.exists():
        check.say(where, f"{binary} is not built, it cannot be asked")
        return
    text = re.sub(r"(?m)^(user|group)( *=).*", r"\1\2 root", text)
    text = re.sub(r"(?m)^(chroot *=).*", r"\1 /", text)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(text)
        file.flush()
        done = subprocess.run([binary, "-c", "-f", file.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=60)
    if done.returncode != 0:
        check.say(where, f"{Path(binary).name} -c refuses it:\n{done.stdout.rstrip()}")


def check_samples(check, daemon, pages, tables, binary):
    page, sample = pages / f"{daemon}.conf.5", ROOT / f"etc/{daemon}.conf"
    examples = re.findall(r"\.Bd -literal\n(\[.*?)\.Ed", page.read_text(), re.S)
    texts = [(f"{page.name}: example {n}", text) for n, text in enumerate(examples, 1)]
    if not texts:
        check.say(page.name, "there is no example")
    for where, text in texts + [(f"etc/{sample.name}", sample.read_text())]:
        check_sample(check, daemon, where, text, tables)
        if binary and "[global]" in text:
            check_with_daemon(check, binary, where, text)


def check_lint(check, pages):
    linters = [["mandoc", "-T", "lint", "-W", "warning"]]
    if not shutil.which("mandoc"):
        check.say("mandoc", "is not installed, nobody can judge the pages' form")
        return
    if shutil.which("groff"):
        linters.append(["groff", "-mandoc", "-Tutf8", "-ww", "-z"])
    for command in linters:
        for page in pages:
            done = subprocess.run([*command, page], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  timeout=60)
            if done.returncode != 0 or done.stdout:
                check.say(page.name, f"{command[0]}:\n{done.stdout.rstrip()}")


# --- all of it ----------------------------------------------------------------------------------


class Sources:
    """Read once, however often pages are held against them."""

    def __init__(self, cpp):
        self.keys = {daemon: key_tables(cpp, daemon) for daemon in DAEMONS}
        own = command_table(cpp, ROOT / "common/ctl_table.c")
        self.commands = {daemon: {**command_table(cpp, ROOT / daemon / "control.c"), **own} for daemon in DAEMONS}


def check_pages(sources, pages, binaries):
    check = Check()
    for daemon in DAEMONS:
        client = daemon[:-1] + "ctl"
        check_keys(check, daemon, pages / f"{daemon}.conf.5", sources.keys[daemon])
        check_commands(check, pages / f"{client}.1", sources.commands[daemon])
        check_options(check, pages / f"{daemon}.8", ROOT / "common/daemon_args.c")
        check_options(check, pages / f"{client}.1", ROOT / "common/ctl_tool.c")
        if daemon == "vrrpd":
            check_keepalived(check, pages / f"{daemon}.conf.5", sources.keys[daemon])
        check_samples(check, daemon, pages, sources.keys[daemon], binaries.get(daemon))
    every_page = sorted(pages.glob("*.[158]"))
    for page in every_page:
        check_words(check, page, sources.keys)
    check_lint(check, every_page)
    return check.wrong


# (page, pattern, what it becomes, what the check has to say)
MISTAKES = [
    ("proxyd.conf.5", r"\.It Ic retries No.*?(?=\.It )", "", "key 'retries' is missing"),
    ("proxyd.conf.5", r"\.It Ic retries ", ".It Ic retires ", "key 'retires' does not exist"),
    ("proxyd.conf.5", r"0 to 100, default 3", "0 to 10, default 3", "'0 to 100' is not told"),
    ("proxyd.conf.5", r"\.It Cm rise Ns.*?(?=\.It )", "", "key 'rise' is missing"),
    ("proxyd.conf.5", r"timeout_queue     = 1m", "timeout_que = 1m", "'timeout_que' is no key"),
    ("vrrpd.conf.5", r"\.It Ic vip_lease No.*?(?=\.It )", "", "key 'vip_lease' is missing"),
    ("vrrpd.conf.5", r"default 30s", "default 20s", "default 30s is not told"),
    ("vrrpd.conf.5", r"100ms to 1h", "100ms to 2h", "'100ms to 1h' is not told"),
    ("vrrpd.conf.5", r"\.Li notify_stop ,\n", "", "key 'notify_stop' is missing"),
    ("vrrpd.conf.5", r"\.Li promote_secondaries ,\n", ".Li promote_primaries ,\n", "'promote_primaries' does not exist"),
    ("vrrpd.conf.5", r"\.It Li \"track_bfd\"", ".It Li \"track_bfd, nopreempt\"", "'nopreempt' is there"),
    ("vrrpd.conf.5", r"\"track_bfd\"\nnot there", '"track_bfd"\nelsewhere', "neither the same"),
    ("proxyd.8", r"\.It Fl q , Fl Fl quiet\n.*?(?=\.It )", "", "option '-q --quiet False' is missing"),
    ("proxyctl.1", r"\.It Ic \"show sess\"\n.*?(?=\.It )", "", "command 'show sess' is missing"),
    ("proxyctl.1", r"\.Ss Level operator\n\.Bl", ".Ss Level user\n.Bl", "it is of level operator"),
    ("vrrpctl.1", r"\"switchover <instance>\"", '"switchover"', "command 'switchover' does not exist"),
    ("vrrpd.8", r"\.Bl -bullet\n", ".Bl -bullet\n.Xx\n", "mandoc"),
]


def selftest(sources, pages):
    failed = 0
    for name, pattern, becomes, expected in MISTAKES:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(pages, folder, dirs_exist_ok=True)
            page = Path(folder) / name
            text, n = re.subn(pattern, lambda _: becomes, page.read_text(), count=1, flags=re.S)
            page.write_text(text)
            wrong = check_pages(sources, Path(folder), {})
        seen = n == 1 and any(expected in line for line in wrong)
        failed += not seen
        print(f"{'seen' if seen else 'NOT SEEN'}: {name}: {expected}")
    print(f"{len(MISTAKES) - failed} of {len(MISTAKES)} mistakes seen")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description="Do the manual pages tell the truth?")
    parser.add_argument("--build", type=Path, required=True, metavar="DIR", help="a build directory, built")
    parser.add_argument("--cc", default="cc", help="the C compiler, for its preprocessor")
    parser.add_argument("--pages", type=Path, default=ROOT / "packaging/man")
    parser.add_argument("--selftest", action="store_true", help="does the check see mistakes?")
    arguments = parser.parse_args()
    # the build directory has the generated headers
    sources = Sources([arguments.cc, "-E", "-P", "-D_GNU_SOURCE", "-I", ROOT, "-I", arguments.build])
    if arguments.selftest:
        return selftest(sources, arguments.pages)
    wrong = check_pages(sources, arguments.pages, {name: arguments.build / name / name for name in DAEMONS})
    for line in wrong:
        print(line)
    n_keys = sum(len(table) for tables in sources.keys.values() for table in tables.values())
    n_commands = sum(len(table) for table in sources.commands.values())
    print(f"{n_keys} keys in {sum(map(len, sources.keys.values()))} tables, {n_commands} commands: {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
