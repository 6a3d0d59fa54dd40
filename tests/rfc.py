"""tests/RFC.md against the tests: every test that a row names exists and is run.

Every operation of the UNH-IOL list has its row.

A name follows the letter of its file (P, F, C, A, S; E: end to end).  With --selftest: the check sees
a name that is no test, and a row that names none.
"""

import argparse
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parent
FILES = {
    "P": "unit/test_vrrp_packet.c",
    "F": "unit/test_vrrp_fsm*.c",
    "C": "unit/test_vrrp_conf.c",
    "A": "unit/test_vrrp_frame.c",
    "S": "unit/test_vrrp_auth_*.c",
    "E": "e2e/test_*.py",
}
# VRRP.1.1 to 1.2, 2.1 to 2.7 and so on: the last of each group
OPERATIONS = {1: 2, 2: 7, 3: 4, 4: 9}
MISTAKES = TESTS / "unit/vrrp_mistakes.inc"
NAMED = re.compile(r"\b([A-Z]) ([a-z0-9]+(?:_[a-z0-9]+)+)\b")
# C `key = value`: a row of the table of mistakes
MISTAKE = re.compile(r"`([a-z_]+ = [^`]+)`")


def tests_of(pattern):
    """The tests that these files run, by name."""
    found = set()
    for path in TESTS.glob(pattern):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"cmocka_unit_test\((\w+)\)", text))
        found |= set(re.findall(r"^def (test_\w+)", text, re.M))
    return found


def rows(text):
    """(line number, cells) of each row that states a rule."""
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and not set(line) <= set("|- ") and cells[0] != "section":
            yield number, cells


def missing_operations(text):
    there = {cells[0] for _, cells in rows(text)}
    wanted = [f"VRRP.{group}.{number}" for group, last in OPERATIONS.items() for number in range(1, last + 1)]
    return [f"RFC.md: no row for {name}" for name in wanted if name not in there]


def mistakes_in(text, known):
    known_mistakes = (MISTAKES.read_text(encoding="utf-8") + (TESTS / "unit/test_vrrp_conf.c").read_text("utf-8"))
    errors, n_rows = [], 0
    for number, line in enumerate(text.splitlines(), 1):
        for letter, name in NAMED.findall(line):
            if name not in known.get(letter, ()):
                errors.append(f"RFC.md:{number}: {letter} {name}: there is no such test")
    for number, cells in rows(text):
        n_rows += 1
        for what, cell in (("kept", cells[2]), ("broken", cells[3])):
            if not NAMED.search(cell) and not MISTAKE.search(cell) and "same tests" not in cell:
                errors.append(f"RFC.md:{number}: no test for '{what}'")
            for mistake in MISTAKE.findall(cell):
                if mistake not in known_mistakes:
                    errors.append(f"RFC.md:{number}: `{mistake}` stands in no test")
    if n_rows == 0:
        errors.append("RFC.md: no row was understood")
    return errors


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--selftest", action="store_true")
    options = parser.parse_args()
    known = {letter: tests_of(pattern) for letter, pattern in FILES.items()}
    text = (TESTS / "RFC.md").read_text(encoding="utf-8")
    errors = mistakes_in(text, known) + missing_operations(text)
    if options.selftest:
        wrong = "| 6.1 | a rule | F no_such_test_anywhere | nothing |\n"
        seen = len(mistakes_in(wrong, known)), len(missing_operations(text.replace("VRRP.3.2", "VRRP.3.5")))
        errors = [] if seen == (2, 1) else ["mistakes were not seen"]
    print("\n".join(errors))
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
