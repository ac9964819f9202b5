"""Proving and verifying times of this tree beside those of another commit, measured in turn on one machine.

    python -m benches.compare 73ee5b0 [--rounds 5] [--repeat 21] [--output results/compare.json]

Builds the other commit in a temporary worktree. Every round measures each model with both trees, so that whatever else
the machine does falls on both. Figures are medians over the rounds of medians over the repetitions, in seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benches.machine import ROOT, machine
from benches.models import MODELS
from benches.run import measure

FIGURES = ("prove_seconds", "verify_seconds")


@contextmanager
def worktree(commit: str) -> Iterator[Path]:
    """The tree of another commit with its core, built as `make build` builds this one's."""
    with tempfile.TemporaryDirectory() as directory:
        tree = Path(directory) / "tree"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(tree), commit], cwd=ROOT, check=True)
        try:
            print(f"building {commit}", file=sys.stderr)
            build = "build --release --locked --quiet --package affidavit-py".split()
            subprocess.run([os.environ.get("CARGO", "cargo"), *build], cwd=tree, check=True)
            shutil.copy(tree / "target" / "release" / "lib_core.so", tree / "python" / "affidavit" / "_core.abi3.so")
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=True)


def compare(folder: Path, base: Path, rounds: int, repeat: int) -> dict[str, Any]:
    """Figures of both trees for the model in a folder, and this tree's over the other's."""
    found: dict[Path, list[dict[str, Any]]] = {base: [], ROOT: []}
    for _ in range(rounds):
        for tree, measured in found.items():
            measured.append(measure(folder, repeat, tree))
    middle = {
        figure: {tree: median(one[figure] for one in measured) for tree, measured in found.items()}
        for figure in FIGURES
    }
    return {
        figure: {"base": both[base], "this": both[ROOT], "ratio": round(both[ROOT] / both[base], 3)}
        for figure, both in middle.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base", help="the other commit")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=21)
    parser.add_argument("--output", type=Path, default=ROOT / "results" / "compare.json")
    arguments = parser.parse_args()
    about = {"machine": machine(), "base": arguments.base, "rounds": arguments.rounds, "repeat": arguments.repeat}
    models = {}
    with worktree(arguments.base) as base:
        for name, make in MODELS.items():
            print(f"== {name}", file=sys.stderr)
            with tempfile.TemporaryDirectory() as directory:
                make(Path(directory))
                models[name] = compare(Path(directory), base, arguments.rounds, arguments.repeat)
    text = json.dumps(about | {"models": models}, indent=2)
    arguments.output.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
