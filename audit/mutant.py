"""What a mutant is, and what the audit says of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from affidavit.plan import Builder, Field
from affidavit.plan import types as t

Rows = dict[str, np.ndarray]


@dataclass(frozen=True)
class Found:
    """What the audit says of a mutant and of its honest original; ``witness``: the second one, in words."""

    mutant: str
    killed: bool
    original_holds: bool
    witness: str


@dataclass(frozen=True)
class Mutant:
    name: str
    run: Callable[[], Found]


def plan_of(build: Callable[[Builder], int], field: object = Field.KOALABEAR, kind: type[Builder] = Builder) -> t.Plan:
    """The plan of one block, its result the output."""
    b = kind(field, "mutant")  # type: ignore[arg-type]
    y = build(b)
    b.output("y", y, b.dims(y))
    return b.finish()[0]


def row(*values: int) -> np.ndarray:
    """One inference's cells."""
    return np.array([values], dtype=np.int64)
