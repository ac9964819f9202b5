"""The documents are true: their commands run, print what they show, and their tables and links match the code.

In README.md and docs/guide every ``sh`` and ``python`` block runs, in order, in one folder per page, which holds
nothing but the demonstration's ``demo-out``. ``text output`` is what the block before it prints (``...`` stands for
anything), ``text demo`` is what the demonstration prints, up to numbers. ``sh skip`` is for commands that set up or
test the repository itself.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from affidavit import errors

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "docs" / "guide"
PAGES = [ROOT / "README.md", *sorted(GUIDE.glob("*.md"))]
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
#: Numbers with their units, and hexadecimal identifiers: what differs between two runs of the demonstration.
VARYING = re.compile(r"\b(?:[0-9a-f]{16}|\d+(?:\.\d+)?(?:e[+-]?\d+)?(?: (?:us|ms|s|B|kB|MB)\b)?)")
ANYTHING = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


class Block(NamedTuple):
    info: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    source = page.read_text("utf-8")
    assert source.count("\n```") % 2 == 0, f"{page} has an open code block"
    return [Block(m["info"].strip(), m["text"], source[: m.start()].count("\n") + 1) for m in FENCE.finditer(source)]


def run(command: list[str], folder: Path) -> str:
    """Both output streams of a command that has to succeed, run with this interpreter's affidavit first on the PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, f"{command[-1]}\nended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def same_up_to_numbers(text: str) -> str:
    return " ".join(VARYING.sub("#", text).split())


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What `make demo` leaves and prints."""
    folder = tmp_path_factory.mktemp("demo")
    printed = run(["affidavit", "demo", "--output", "demo-out"], folder)
    return folder / "demo-out", printed


@pytest.mark.core
@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_blocks_run_and_print_what_they_show(page: Path, demo: tuple[Path, str], tmp_path: Path) -> None:
    (tmp_path / "demo-out").symlink_to(demo[0])
    printed = ""
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        match block.info:
            case "sh":
                printed = run(["sh", "-euc", block.text], tmp_path)
            case "python":
                printed = run([sys.executable, "-c", block.text], tmp_path)
            case "text output":
                assert doctest.OutputChecker().check_output(block.text, printed, ANYTHING), f"{where}\n{printed}"
            case "text demo":
                assert same_up_to_numbers(block.text) == same_up_to_numbers(demo[1]), f"{where}\n{demo[1]}"
            case "sh skip":
                commands = [line for line in block.text.splitlines() if line.strip()]
                assert all(line.startswith(("make ", "git ", "cd ", "pip ")) for line in commands), where
            case _:
                pytest.fail(f"{where}: a block of unknown kind {block.info!r}")


@pytest.mark.core
@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_python_examples(script: Path, tmp_path: Path) -> None:
    assert "bits proven" in run([sys.executable, str(script)], tmp_path)


@pytest.mark.core
def test_shell_example(demo: tuple[Path, str]) -> None:
    printed = run(["sh", str(ROOT / "examples" / "command_line.sh")], demo[0].parent)
    assert "VERIFIED" in printed and "round-by-round" in printed


def test_operators_page_is_generated() -> None:
    page = run([sys.executable, str(GUIDE / "operators_table.py"), "--stdout"], ROOT)
    assert page == (GUIDE / "operators.md").read_text("utf-8"), "run python docs/guide/operators_table.py"


def test_errors_page_lists_every_class_with_its_exit_code() -> None:
    tree: list[type[errors.AffidavitError]] = [errors.AffidavitError, *errors.AffidavitError.__subclasses__()]
    classes = {(c.exit_code, c.__name__) for c in tree if c.__module__ == errors.__name__}
    page = (GUIDE / "errors.md").read_text("utf-8")
    rows = {(int(code), name) for code, name in re.findall(r"^\| (\d+) \| `(\w+)` \|", page, re.MULTILINE)}
    assert rows == classes


def test_errors_page_names_codes_that_exist() -> None:
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "python" / "affidavit").rglob("*.py"))
    page = (GUIDE / "errors.md").read_text("utf-8")
    rows = re.findall(r"^\| `(?:[A-Z]\w+)` ([^|]*)\|", page, re.MULTILINE)
    codes = {code for row in rows for code in re.findall(r"`([a-z-]+)`", row)}
    assert len(codes) > 20
    assert not [code for code in codes if f'"{code}"' not in source]


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "docs" / "README.md", ROOT / "examples" / "README.md"], ids=lambda p: p.name
)
def test_links_lead_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert not broken
