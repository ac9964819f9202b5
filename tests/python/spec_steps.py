"""The tables of spec/08-verifier.md: which error each step may raise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "spec" / "08-verifier.md"
CLASSES = {"M": "Malformed", "R": "Rejected", "U": "UnsupportedModel", "P": "PolicyRefused"}


@dataclass(frozen=True)
class Step:
    codes: frozenset[str]
    classes: frozenset[str]  # names of exceptions


def steps() -> dict[str, Step]:
    """By number: "1" to "28", "b1" and so on."""
    result = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and re.fullmatch(r"b?\d+", cells[0]):
            groups = re.findall(r"\(([a-z-]+(?:, [a-z-]+)*)\)", cells[2])
            codes = frozenset(code for group in groups for code in group.split(", "))
            result[cells[0]] = Step(codes, frozenset(CLASSES[c] for c in re.findall(r"\b[MRUP]\b", cells[3])))
    return result
