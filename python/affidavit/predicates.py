"""Predicates on hidden outputs: decimal thresholds become rationals, and rationals become integers of the plan.

``at_least`` T is the integer test y ≥ ceil(T·2^scale), ``at_most`` is y ≤ floor(T·2^scale); prover and verifier
compute the integer from the decimal on their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import numpy as np

from affidavit import limits
from affidavit.bundle.statement import ArgMax, AtLeast, AtMost, Between, OutputClaim, PublicOutput, TopK
from affidavit.core import PlanInfo, Port
from affidavit.errors import UsageError

_CELL = re.compile(r"(?P<name>.*?)(?P<index>(?:\[\d{1,9}(?:,\s*\d{1,9})*\])*)", re.DOTALL | re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)


def exact(threshold: str | int | Decimal | Fraction) -> Fraction:
    """The rational value of a threshold. Floats are refused: ``0.6`` as a float is not 0.6."""
    if isinstance(threshold, bool) or not isinstance(threshold, (str, int, Decimal, Fraction)):
        raise UsageError(
            f"a threshold is a decimal string, not {type(threshold).__name__}",
            hint=f"write {str(threshold)!r} with quotes: a binary float is not the decimal that it shows",
            code="threshold",
        )
    if isinstance(threshold, (int, Fraction)):
        return Fraction(threshold)
    text = str(threshold).strip()
    if len(text) > limits.THRESHOLD_CHARACTERS or not _DECIMAL.fullmatch(text):
        raise UsageError(f"{text[:80]!r} is no decimal number", hint="write it like '0.6' or '-12'", code="threshold")
    mantissa, _, exponent = text.lower().partition("e")
    if exponent and abs(int(exponent)) > limits.THRESHOLD_EXPONENT:
        raise UsageError(f"the exponent of {text!r} is out of range", code="threshold")
    return Fraction(mantissa) * Fraction(10) ** int(exponent or 0)


def _to_unit(value: Fraction, scale: int) -> Fraction:
    return value * (Fraction(2) ** scale)


@dataclass(frozen=True)
class Cell:
    """``name[i]`` or ``name[i,j]``; the index may be left out where the output has one cell."""

    output: str
    index: tuple[int, ...]

    @staticmethod
    def parse(text: str) -> Cell:
        match = _CELL.fullmatch(text.strip()) if isinstance(text, str) else None
        if match is None or not match["name"]:
            raise UsageError(f"{text!r} names no output cell", hint="write it like 'probabilities[1]'")
        return Cell(match["name"], tuple(int(i) for i in re.findall(r"[0-9]+", match["index"])))

    def flat(self, port: Port) -> int:
        """Row-major index in one row of the output."""
        if not self.index and port.cells == 1:
            return 0
        # one index into an output of several axes of which only one is longer than 1 is unambiguous too
        if (
            len(self.index) == 1
            and self.index[0] < port.cells
            and sorted(port.shape)[:-1] == [1] * (len(port.shape) - 1)
        ):
            return self.index[0]
        if not self.index:
            last = "".join(f"[{n - 1}]" for n in port.shape)
            first = "".join("[0]" for _ in port.shape)
            raise UsageError(
                f"the output {self.output} has {port.cells} cells: {port.name}{first} to {port.name}{last}",
                hint=f"name one of them, like {port.name}{last}: one index per axis, without the batch axis",
            )
        if len(self.index) != len(port.shape) or any(i >= n for i, n in zip(self.index, port.shape, strict=True)):
            raise UsageError(
                f"{self.output}{list(self.index)} is no cell of an output of shape {list(port.shape)}",
                hint="give one index per axis, without the batch axis",
            )
        return int(np.ravel_multi_index(self.index, port.shape)) if self.index else 0


@dataclass(frozen=True)
class Predicate:
    """A question about one output. ``low``/``high`` are exact thresholds, ``index`` an expected class."""

    operator: str
    cell: Cell
    low: Fraction | None = None
    high: Fraction | None = None
    k: int = 0
    index: int | None = None

    @property
    def has_threshold(self) -> bool:
        return self.operator in ("at_least", "at_most", "between")

    def __str__(self) -> str:
        where = self.cell.output + "".join(f"[{i}]" for i in self.cell.index)
        match self.operator:
            case "at_least":
                return f"{where} >= {_decimal(self.low)}"
            case "at_most":
                return f"{where} <= {_decimal(self.high)}"
            case "between":
                return f"{_decimal(self.low)} <= {where} <= {_decimal(self.high)}"
            case "argmax":
                return f"argmax({where})" + ("" if self.index is None else f" == {self.index}")
            case _:
                return f"{where} is among the {self.k} largest"

    def bind(self, plan: PlanInfo) -> BoundPredicate:
        """The predicate in the plan's integers. Raises :class:`UsageError` for what the plan cannot answer."""
        output = plan.output_index(self.cell.output)
        if output is None:
            names = ", ".join(port.name for port in plan.outputs)
            raise UsageError(f"the model has no output {self.cell.output!r}", hint=f"its outputs are: {names}")
        port = plan.outputs[output]
        cell = 0 if self.operator == "argmax" else self.cell.flat(port)
        low = None if self.low is None else ceil(_to_unit(self.low, port.scale))
        high = None if self.high is None else floor(_to_unit(self.high, port.scale))
        for bound in (low, high):
            if bound is not None and not port.lo - 1 <= bound <= port.hi + 1:
                raise UsageError(
                    f"the threshold of {self} lies outside of what the output can be "
                    f"({_decimal(_to_unit(Fraction(port.lo), -port.scale))} to "
                    f"{_decimal(_to_unit(Fraction(port.hi), -port.scale))})",
                    code="threshold",
                )
        if low is not None and high is not None and low > high:
            raise UsageError(f"no value of the output lies in {self}", code="threshold")
        if self.operator == "top_k" and not 1 <= self.k <= port.cells:
            raise UsageError(f"k = {self.k} is not between 1 and the output's {port.cells} cells")
        if self.index is not None and not 0 <= self.index < port.cells:
            raise UsageError(f"class {self.index} is not among the output's {port.cells} cells")
        return BoundPredicate(self, output, cell, low, high, port.scale)


@dataclass(frozen=True)
class BoundPredicate:
    """A predicate with its output's number, flat cell and integer bounds."""

    source: Predicate
    output: int
    cell: int
    low: int | None
    high: int | None
    scale: int

    def claim(self, rows: np.ndarray) -> OutputClaim:
        """The statement's answer for integer outputs ``rows`` of shape ``[B, cells]``."""
        if self.source.operator == "argmax":
            return ArgMax(self.output, rows.argmax(axis=1).astype(np.uint32))
        value = rows[:, self.cell]
        if self.source.operator == "top_k":
            outcomes = (rows > value[:, None]).sum(axis=1) < self.source.k
            return TopK(self.output, self.cell, self.source.k, outcomes)
        if self.low is not None and self.high is not None:
            outcomes = (self.low <= value) & (value <= self.high)
            return Between(self.output, self.cell, self.low, self.high, self.scale, outcomes)
        if self.low is not None:
            return AtLeast(self.output, self.cell, self.low, self.scale, value >= self.low)
        assert self.high is not None
        return AtMost(self.output, self.cell, self.high, self.scale, value <= self.high)

    def same_kind(self, claim: OutputClaim) -> bool:
        """Same operator on the same cell, whatever the threshold."""
        kind = {"at_least": AtLeast, "at_most": AtMost, "between": Between, "argmax": ArgMax, "top_k": TopK}
        return (
            isinstance(claim, kind[self.source.operator])
            and claim.output == self.output
            and getattr(claim, "cell", 0) == self.cell
        )

    def answered_by(self, claim: OutputClaim) -> bool:
        """Exactly this question: operator, cell, integers and scale."""
        if not self.same_kind(claim):
            return False
        match claim:
            case AtLeast():
                return (claim.threshold, claim.scale) == (self.low, self.scale)
            case AtMost():
                return (claim.threshold, claim.scale) == (self.high, self.scale)
            case Between():
                return (claim.low, claim.high, claim.scale) == (self.low, self.high, self.scale)
            case TopK():
                return claim.k == self.source.k
            case _:
                return True

    def outcomes(self, claim: OutputClaim) -> np.ndarray:
        """True per row; for argmax against the expected class (all true where none is expected)."""
        if isinstance(claim, ArgMax):
            if self.source.index is None:
                return np.ones(claim.classes.size, dtype=np.bool_)
            same: np.ndarray = claim.classes == self.source.index
            return same
        assert not isinstance(claim, PublicOutput)
        return claim.outcomes


def _decimal(value: Fraction | None) -> str:
    if value is None:
        return "?"
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.12g}"


def at_least(cell: str, threshold: str | int | Decimal | Fraction) -> Predicate:
    """``cell`` ≥ ``threshold``; the threshold is a decimal string."""
    return Predicate("at_least", Cell.parse(cell), low=exact(threshold))


def at_most(cell: str, threshold: str | int | Decimal | Fraction) -> Predicate:
    """``cell`` ≤ ``threshold``."""
    return Predicate("at_most", Cell.parse(cell), high=exact(threshold))


def between(cell: str, low: str | int | Decimal | Fraction, high: str | int | Decimal | Fraction) -> Predicate:
    """``low`` ≤ ``cell`` ≤ ``high``."""
    return Predicate("between", Cell.parse(cell), low=exact(low), high=exact(high))


def argmax(output: str, index: int | None = None) -> Predicate:
    """Reveals the first index of the largest cell of ``output``; a policy may ask for a certain ``index``."""
    cell = Cell.parse(output)
    if cell.index:
        raise UsageError("argmax takes an output, not one of its cells")
    return Predicate("argmax", cell, index=index)


def top_k(cell: str, k: int) -> Predicate:
    """Fewer than ``k`` cells of the output are strictly greater than ``cell``."""
    return Predicate("top_k", Cell.parse(cell), k=k)
