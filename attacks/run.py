"""Run the attack catalogue: every published bug of the field that could exist here, and what refuses it.

    python -m attacks.run [--list] [WORD ...]     (words select attacks whose id or text contains one of them)

Exit code 0 only if every named test exists, ran and passed, and names what the catalogue says that it names. Standard
library only; ``cargo`` builds the Rust tests, ``pytest`` runs the Python ones with this interpreter.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import textwrap
import time
import tomllib
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "attacks" / "catalogue.toml"
KINDS = ("refused", "impossible", "unclaimed")
KEYS = {"id", "published", "here", "kind", "refused_by", "shown", "constraint", "reason", "tests"}


@dataclass
class Attack:
    """One entry. ``tests`` are ``rust:CRATE/TARGET::NAME`` or ``python:FILE::NAME``."""

    id: str
    published: str
    here: str
    kind: str = "refused"
    refused_by: list[str] = field(default_factory=list)
    shown: str = ""
    constraint: list[str] = field(default_factory=list)
    reason: str = ""
    tests: list[str] = field(default_factory=list)


def load() -> list[Attack]:
    """The catalogue; ends the program where an entry says too little."""
    entries = tomllib.loads(CATALOGUE.read_text("utf-8"))["attack"]
    problems = []
    for entry in entries:
        name = entry.get("id", "an entry")
        problems += [f"{name}: unknown key {key}" for key in entry.keys() - KEYS]
        problems += [f"{name}: {key} is missing" for key in ("id", "published", "here") if not entry.get(key)]
        kind = entry.get("kind", "refused")
        if kind not in KINDS:
            problems.append(f"{name}: kind {kind!r}")
        if kind == "refused" and not (entry.get("tests") and (entry.get("refused_by") or entry.get("shown"))):
            problems.append(f"{name}: an attack that is refused needs tests, and refused_by or shown")
        if kind != "refused" and not entry.get("reason"):
            problems.append(f"{name}: needs a reason")
    names = [entry.get("id") for entry in entries]
    problems += [f"{name}: twice" for name in sorted({n for n in names if names.count(n) > 1})]
    if problems:
        sys.exit("\n".join(problems))
    return [Attack(**entry) for entry in entries]


def source_of(test: str) -> list[Path]:
    """The files that hold a test and what it shares with its neighbours."""
    language, _, rest = test.partition(":")
    place, _, name = rest.partition("::")
    if language == "python":
        return [ROOT / place]
    crate, _, target = place.partition("/")
    base = ROOT / "crates" / crate
    if target == "proofs":
        folder = base / "tests" / "proofs"
        return [folder / f"{name.split('::')[0]}.rs", *sorted((folder / "common").glob("*.rs"))]
    if target == "lib":
        modules = name.split("::")[:-1]
        paths = [base / "src" / ("/".join(modules[: n + 1]) + ".rs") for n in range(len(modules))]
        return [path for path in paths if path.exists()] or [base / "src" / "lib.rs"]
    return [base / "tests" / f"{target}.rs"]


def unsaid(attack: Attack) -> list[str]:
    """What the entry says that its tests assert, and that no source of them contains."""
    text = "\n".join(path.read_text("utf-8") for test in attack.tests for path in source_of(test) if path.exists())
    words = [re.fullmatch(r'(\w+)\("([\w-]+)"\)', said) for said in attack.refused_by]
    wanted = [w for said, match in zip(attack.refused_by, words, strict=True) for w in _literals(said, match)]
    return [word for word in (*wanted, *attack.constraint) if word not in text]


def _literals(said: str, match: re.Match[str] | None) -> list[str]:
    """``Rejected("model")`` is a class and a quoted code; ``Malformed`` a class; ``finish`` a quoted code."""
    if match:
        return [match[1], f'"{match[2]}"']
    return [said] if said[0].isupper() else [f'"{said}"']


def build(crate: str, targets: list[str]) -> dict[tuple[str, str], str]:
    """The test programs of one crate, by crate and target."""
    flags = [word for t in targets for word in (("--lib",) if t == "lib" else ("--test", t))]
    command = [os.environ.get("CARGO", "cargo"), "test", "--release", "--locked", "--no-run", "--message-format=json"]
    done = subprocess.run(
        [*command, "-p", f"affidavit-{crate}", *flags], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"the Rust tests of {crate} do not build")
    programs: dict[tuple[str, str], str] = {}
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["profile"]["test"]:
            target = message["target"]
            programs[crate, "lib" if "lib" in target["kind"] else target["name"]] = message["executable"]
    return programs


def run_rust(tests: set[str]) -> dict[str, bool]:
    """Builds the test programs, then runs the named tests of each."""
    wanted: dict[tuple[str, str], list[str]] = {}
    for test in tests:
        place, _, name = test.removeprefix("rust:").partition("::")
        crate, _, target = place.partition("/")
        wanted.setdefault((crate, target), []).append(name)
    if not wanted:
        return {}
    programs: dict[tuple[str, str], str] = {}
    for crate in sorted({crate for crate, _ in wanted}):
        programs |= build(crate, sorted(target for c, target in wanted if c == crate))
    passed: dict[str, bool] = {}
    for (crate, target), names in sorted(wanted.items()):
        program = programs.get((crate, target))
        printed = ""
        if program is not None:
            done = subprocess.run(
                [program, "--exact", *sorted(names)],
                cwd=ROOT / "crates" / crate,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            printed = done.stdout
            if done.returncode:
                print(printed, file=sys.stderr)
        results = dict(re.findall(r"^test (\S+)(?: - should panic)? \.\.\. (\w+)", printed, re.MULTILINE))
        for name in names:
            if name in results:
                passed[f"rust:{crate}/{target}::{name}"] = results[name] == "ok"
    return passed


def run_python(tests: set[str]) -> dict[str, bool]:
    """Runs the named tests; one with parameters passes if all its cases do, and none was skipped."""
    if not tests:
        return {}
    names = sorted(test.removeprefix("python:") for test in tests)
    present = [n for n in names if re.search(rf"^def {re.escape(n.split('::')[1])}\(", _text(n), re.MULTILINE)]
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-q", "-m", "", "-p", "no:cacheprovider", f"--junitxml={report}", "-o", "junit_family=xunit1"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, *present],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            print(done.stdout, file=sys.stderr)
        cases = list(ET.parse(report).getroot().iter("testcase")) if report.exists() else []
    passed: dict[str, bool] = {}
    for case in cases:
        name = f"python:{case.get('file')}::{str(case.get('name')).split('[')[0]}"
        good = not any(child.tag in ("failure", "error", "skipped") for child in case)
        passed[name] = passed.get(name, True) and good
    return passed


def _text(name: str) -> str:
    path = ROOT / name.split("::")[0]
    return path.read_text("utf-8") if path.exists() else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("words", nargs="*", help="only attacks that mention one of these words")
    parser.add_argument("--list", action="store_true", help="print the catalogue and run nothing")
    options = parser.parse_args()
    attacks = load()
    if options.words:
        attacks = [
            a for a in attacks if any(w.lower() in f"{a.id} {a.published} {a.here}".lower() for w in options.words)
        ]
    started = time.perf_counter()
    tests = {test for attack in attacks for test in attack.tests}
    passed: dict[str, bool] = {}
    if not options.list:
        passed = run_rust({t for t in tests if t.startswith("rust:")})
        passed |= run_python({t for t in tests if t.startswith("python:")})
    failures, counts = [], dict.fromkeys(KINDS, 0)
    rows: list[tuple[str, str, str]] = []
    for attack in attacks:
        missing = [] if options.list else [f"{t} did not run" for t in attack.tests if t not in passed]
        failed = [f"{t} failed" for t in attack.tests if passed.get(t) is False]
        words = [f"no test of it says {word!r}" for word in unsaid(attack)]
        failures += [f"{attack.id}: {problem}" for problem in (*missing, *failed, *words)]
        counts[attack.kind] += not (missing or failed or words)
        said = ", ".join(attack.refused_by) or attack.shown or f"({attack.kind})"
        rows.append((attack.id, said, ", ".join(attack.constraint) or attack.reason))
    print_table([("attack", "refused by", "named constraint, or why not"), *rows])
    print(f"\n{len(tests)} tests, {time.perf_counter() - started:.0f} s")
    if counts["impossible"]:
        print(f"{counts['impossible']} cannot exist here (reasons above)")
    if counts["unclaimed"]:
        print(f"{counts['unclaimed']} not claimed (reasons above)")
    for failure in failures:
        print(f"FAILED  {failure}")
    print(f"{counts['refused']} attacks {'listed' if options.list else 'refused'}")
    return 1 if failures else 0


def print_table(rows: list[tuple[str, str, str]]) -> None:
    first, second = (max(len(row[i]) for row in rows) for i in (0, 1))
    second = min(second, 32)
    for row in rows:
        middle, last = textwrap.wrap(row[1], second) or [""], textwrap.wrap(row[2], 76) or [""]
        for i in range(max(len(middle), len(last))):
            cells: list[Any] = [row[0] if i == 0 else "", *(c[i] if i < len(c) else "" for c in (middle, last))]
            print(f"{cells[0]:<{first}}  {cells[1]:<{second}}  {cells[2]}".rstrip())


if __name__ == "__main__":
    sys.exit(main())
