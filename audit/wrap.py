"""Plans and tables beyond their field: what validation and the limit on leaves refuse."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from affidavit.plan import Builder
from affidavit.plan import types as t

from .circuit import elaborate
from .search import honest_cells, inference
from .toy import ToyField
from .values import broken, complete


class LooseBuilder(Builder):
    """Builds without looking at bounds: what ``validate`` would refuse."""

    def fresh(self, name: str, dims: Sequence[int], scale: int, lo: int, hi: int, hint: t.Hint) -> int:
        return self._add(t.Tensor(self._name(name), True, tuple(dims), scale, t.Fresh(lo, hi, hint)))

    def range(self, tensor: int, lo: int, bits: int) -> None:
        self.relations.append(t.Range(tensor, lo, bits))

    def zero(self, tensor: int) -> None:
        self.relations.append(t.Zero(tensor))

    def lookup(self, x: int, y: int, table: int) -> None:
        self.relations.append(t.Lookup(x, y, table))

    def output(self, name: str, tensor: int, shape: Sequence[int]) -> None:
        self.outputs.append(t.Port(name, tensor, tuple(shape), self.scale(tensor)))


def repeated_lookups(rows: int, prime: int = 11) -> int | None:
    """A wrong y that ``rows`` equal lookups of (0, y) in a table of two entries get away with, by counting modulo p."""
    b = LooseBuilder(ToyField(prime), "wrap")  # type: ignore[arg-type]
    index = b.table(t.FunctionTable(0, 1, np.array([1, 3])))
    x = b.linear("zero", [(0, b.input("x", (1,), 0, 2))], dims=(1,), scale=0)
    y = b.fresh("y", (1,), 0, 1, 3, t.TableValue(x, index))
    b.lookup(x, y, index)
    b.output("y", y, (1,))
    plan, _ = b.finish()
    inputs = {"x": np.zeros((rows, 1), dtype=np.int64)}
    c = elaborate(plan, inference(plan, rows), {}, inputs, range_bits=2)
    from affidavit.witness import witness

    have = honest_cells(c, plan, witness(plan, {}, inputs))
    fresh = plan.outputs[0].tensor
    honest = int(have[fresh].reshape(-1)[0])
    for wrong in (v for v in range(prime) if v != honest):
        cells = np.full(have[fresh].shape, wrong, dtype=object)
        if not broken(c, complete(c, {fresh: cells})):
            return wrong
    return None
