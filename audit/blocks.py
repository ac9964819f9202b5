"""Every block in the tightest toy field, over all of its inputs, with range tables of every width."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from affidavit.plan import Builder
from affidavit.plan import types as t
from affidavit.plan.blocks.clamp import clamp, exclusive
from affidavit.plan.blocks.division import divide, nonzero, square_root
from affidavit.plan.blocks.rows import first_max, row_max, row_sum
from affidavit.plan.blocks.table import apply_table

from .circuit import widest
from .originals import labels
from .search import NONE, SECOND, UNIQUE, Verdict, audit_row
from .toy import ToyField, tightest

Rows = dict[str, np.ndarray]


#: Blocks in the catalogue whose hints no operator uses.
BUILT_BY_HAND = ("bits", "row minimum")


def chosen_freely(name: str) -> bool:
    """The selector of a maximum whose index nobody asks for: at a tie any of the maximal cells (spec 4)."""
    return name.endswith(".selector") or name.endswith(".selector (limb 1)")


@dataclass(frozen=True)
class Block:
    """``build`` gives the output tensor; ``widths`` are the signed widths of all input cells, by port.

    ``free``: the specification leaves the selector a choice. ``defined``: rows that have a witness at all.
    """

    name: str
    build: Callable[[Builder], int]
    widths: dict[str, tuple[int, ...]]
    free: bool = False
    defined: Callable[[Rows], bool] = lambda rows: True


def _input(b: Builder, name: str, cells: int, bits: int) -> int:
    return b.input(name, (cells,), 0, bits)


def _clamp(shift: int, lo: int, hi: int, coef: int = 3, bits: int = 4) -> Callable[[Builder], int]:
    def build(b: Builder) -> int:
        acc = b.linear("acc", [(coef, _input(b, "x", 1, bits))], 1)
        return clamp(b, "c", acc, shift, lo, hi, 0).value

    return build


def _divide(low: int) -> Callable[[Builder], int]:
    def build(b: Builder) -> int:
        den = b.linear("den", [(1, _input(b, "d", 1, 3))], 4 + low)
        return divide(b, "q", _input(b, "n", 1, 4), den, -8, 7, 0)

    return build


def _root(b: Builder) -> int:
    return square_root(b, "r", b.linear("positive", [(1, _input(b, "x", 1, 5))], 16), 0)


def _nonzero(b: Builder) -> int:
    return nonzero(b, "z", b.linear("positive", [(1, _input(b, "x", 1, 4))], 8))


def _table(b: Builder) -> int:
    values = np.array([5, -2, 7, 0, 1, 1, -3, 2])
    return apply_table(b, "t", _input(b, "x", 1, 3), t.FunctionTable(-4, 3, values), 0)


def _clamped_table(b: Builder) -> int:
    acc = b.linear("acc", [(3, _input(b, "x", 1, 4))])
    index = clamp(b, "argument", acc, 1, -4, 3, 0, enforced_elsewhere=True).value
    return apply_table(b, "t", index, t.FunctionTable(-4, 3, np.array([4, -4, 3, 0, 1, 1, -3, 2])), 0)


def _bits(b: Builder) -> int:
    """A split into high and low bits, as a Bits hint describes it."""
    x = b.linear("positive", [(1, _input(b, "x", 1, 4))], 8)
    high = b.fresh("high", b.dims(x), 0, 0, 3, t.Bits(x, 0, 2, 2))
    b.range(high, 0, 2)
    b.range(b.linear("low", [(1, x), (-4, high)]), 0, 2)
    return high


def _minimum(b: Builder) -> int:
    """The minimum as a plan may write it with the RowMin hint: the mirror image of a maximum."""
    x = _input(b, "x", 2, 3)
    value = b.fresh("min", (1,), 0, -4, 3, t.RowMin(x))
    b.range(value, -4, 3)
    over = b.linear("over", [(1, x), (-1, value)])
    b.range(over, 0, 3)
    chosen = b.fresh("m.selector", (2,), 0, 0, 1, t.RowArgMax(b.linear("negative", [(-1, x)])))
    b.range(chosen, 0, 1)
    b.zero(b.linear("one", [(1, b.contract("count", (), chosen, (0,)))], -1))
    b.zero(b.product("is_min", chosen, over))
    return value


def _softmax(b: Builder) -> int:
    """Shares of e: table, row sum, quotient; with the index of a difference to the maximum cut at the table's end."""
    x = _input(b, "x", 2, 3)
    found = row_max(b, "m", x, bounded_elsewhere=True)
    above = b.fresh("beyond", (2,), 0, 0, 7, t.Above(found.below, 0, 3))
    b.range(above, 0, 3)
    argument = b.linear("argument", [(1, found.below), (-1, above)])
    exclusive(b, "only_beyond", b.linear("room", [(-1, argument)], 3), above)
    e = apply_table(b, "e", argument, t.FunctionTable(0, 2, np.array([4, 2, 1, 0])), 0)
    total = row_sum(b, "s", e)
    return divide(b, "p", b.linear("num", [(4, e), (1, total)]), b.linear("twice", [(2, total)]), 0, 2, 0)


def _normalise(b: Builder) -> int:
    x = _input(b, "x", 2, 3)
    part = clamp(b, "positive", x, 0, 0, 3, 0)
    size = nonzero(b, "n", row_sum(b, "norm", b.linear("abs", [(1, part.value), (1, part.below)])))  # type: ignore[list-item]
    return divide(b, "p", b.linear("num", [(4, x), (1, size)]), b.linear("twice", [(2, size)]), -4, 3, 0)


def _room_and_excess(b: Builder) -> int:
    """Where the product of room and excess wraps: an indicator decides."""
    room = b.linear("room", [(1, _input(b, "r", 1, 4))], 8)
    excess = b.linear("excess", [(1, _input(b, "e", 1, 4))], 8)
    exclusive(b, "exclusive", room, excess)
    return excess


def catalogue() -> list[Block]:
    x4 = {"x": (4,)}
    blocks = [
        Block(f"clamp shift {shift} to [{lo}, {hi}]", _clamp(shift, lo, hi), x4)
        for shift in (0, 1, 2, 3)
        for lo, hi in ((-4, 3), (0, 7), (0, 5), (-3, 2), (-1, 0), (1, 2), (-8, 7), (-16, 3))
    ]
    return [
        *blocks,
        Block("clamp of a negative multiple", _clamp(2, -3, 4, -2), x4),
        Block("quotient", _divide(1), {"n": (4,), "d": (3,)}),
        Block("quotient, large divisors", _divide(4), {"n": (4,), "d": (3,)}),
        Block("quotient, zero divisor", _divide(0), {"n": (4,), "d": (3,)}, defined=lambda r: int(r["d"][0, 0]) > -4),
        Block("square root", _root, {"x": (5,)}),
        Block("non-zero", _nonzero, x4),
        Block("table", _table, {"x": (3,)}),
        Block("clamp into a table", _clamped_table, x4),
        Block("table of three labels", labels, {"x": (3,)}),
        Block("bits", _bits, x4),
        Block("row sum", lambda b: row_sum(b, "s", _input(b, "x", 3, 3)), {"x": (3, 3, 3)}),
        Block("row maximum", lambda b: row_max(b, "m", _input(b, "x", 3, 2)).value, {"x": (2, 2, 2)}, free=True),
        Block("row minimum", _minimum, {"x": (3, 3)}, free=True),
        Block("first maximum", lambda b: first_max(b, "m", _input(b, "x", 3, 2)).selector, {"x": (2, 2, 2)}),
        Block("softmax", _softmax, {"x": (3, 3)}, free=True),
        Block("normalisation", _normalise, {"x": (3, 3)}),
        Block(
            "room or excess, with an indicator",
            _room_and_excess,
            {"r": (4,), "e": (4,)},
            defined=lambda r: -8 in (int(r["r"][0, 0]), int(r["e"][0, 0])),
        ),
    ]


def rows_of(block: Block, plan: t.Plan, most: int, seed: int = 0) -> Iterator[Rows]:
    """All inputs, or the ends and a sample of them. An input's Ranges leave out what is no input."""
    per_cell = [range(-(1 << w - 1), 1 << w - 1) for widths in block.widths.values() for w in widths]
    grid = np.array(list(itertools.product(*per_cell)), dtype=np.int64)
    offset = 0
    for port, widths in block.widths.items():
        about = next(p for p in plan.inputs if p.name == port)
        for relation in plan.relations:
            if isinstance(relation, t.Range) and relation.tensor == about.tensor:
                columns = grid[:, offset : offset + len(widths)]
                inside = (columns >= relation.lo) & (columns < relation.lo + (1 << relation.bits))
                grid = grid[inside.all(axis=1)]
        offset += len(widths)
    if len(grid) > most:
        sample = np.random.default_rng(seed).permutation(len(grid))[: most - most // 4]
        grid = np.concatenate([grid[: most // 8], grid[-(most // 8) :], grid[sample]])
    for row in grid:
        offset, rows = 0, {}
        for port, widths in block.widths.items():
            rows[port] = row[offset : offset + len(widths)][None]
            offset += len(widths)
        yield rows


def toy_plan(block: Block, factor: float = 1.0) -> tuple[int, t.Plan]:
    """(prime, plan) in the smallest field in which the block closes."""

    def make(field: ToyField) -> tuple[int, t.Plan]:
        b = Builder(field, block.name)  # type: ignore[arg-type]
        y = block.build(b)
        b.output("y", y, b.dims(y))
        return field.prime, b.finish()[0]

    return tightest(make, factor=factor)


def audit_block(block: Block, most: int) -> tuple[Verdict, int, list[int]]:
    """Verdict over all rows and table widths; the prime and the widths."""
    p, plan = toy_plan(block)
    widths = sorted({1, 2, min(3, widest(p)), widest(p)} & set(range(1, widest(p) + 1)))
    verdict = Verdict()
    for w in widths:
        for rows in rows_of(block, plan, most):
            one = audit_row(
                plan, {}, rows, range_bits=w, toy=True, choice=chosen_freely if block.free else lambda name: False
            )
            if one.status in (UNIQUE, NONE) and (one.status == UNIQUE) != block.defined(rows):
                one.status = SECOND
                one.notes.append("a row that should have no witness has one, or the reverse")
            elif one.status == NONE:
                one.status = UNIQUE  # as it should be
            verdict.add(one)
    return verdict, p, widths
