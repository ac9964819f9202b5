"""Typed construction of a plan: assigns ids, keeps proven intervals, refuses what spec 2 would refuse.

Every error names the layer that is being lowered (``builder.layer``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import UnsupportedModel
from . import layout as L
from . import types as t
from .fields import Field
from .intervals import Interval, interval_of

_I64 = 1 << 63


class BoundsError(UnsupportedModel):
    """An identity does not close: its two sides could differ by a multiple of the field's characteristic."""

    code = "bounds"


class Builder:
    """Collects tensors and relations in topological order."""

    def __init__(self, field: Field, name: str) -> None:
        self.field = field
        self.name = name
        self.layer = name
        self.tensors: list[t.Tensor] = []
        self.intervals: list[Interval] = []
        self.relations: list[t.Relation] = []
        self.tables: list[t.FunctionTable] = []
        self.inputs: list[t.Port] = []
        self.outputs: list[t.Port] = []
        self.weights: dict[int, np.ndarray] = {}
        self._virtual: dict[tuple[object, ...], int] = {}

    # Tensors

    def dims(self, tensor: int) -> tuple[int, ...]:
        return self.tensors[tensor].dims

    def scale(self, tensor: int) -> int:
        return self.tensors[tensor].scale

    def interval(self, tensor: int) -> Interval:
        return self.intervals[tensor]

    def model(self, name: str, values: np.ndarray, scale: int, bits: int) -> int:
        """A committed learned tensor with the declared signed range of ``bits``."""
        half = 1 << (bits - 1)
        if values.size and (values.min() < -half or values.max() >= half):
            raise BoundsError(f"{self.layer}: {name} does not fit {bits} bits")
        tensor = self._add(t.Tensor(self._name(name), False, values.shape, scale, t.Model(-half, half - 1)))
        self.weights[tensor] = np.array(values, dtype=np.int64, order="C")
        return tensor

    def input(self, name: str, shape: Sequence[int], scale: int, bits: int) -> int:
        """An input port with the declared and enforced signed range of ``bits``."""
        half = 1 << (bits - 1)
        tensor = self._port(name, shape, scale, -half, half - 1)
        self.range(tensor, -half, bits)
        return tensor

    def index_input(self, name: str, shape: Sequence[int], size: int) -> int:
        """An input port of whole numbers in ``[0, size)``.

        A range's size is a power of two, so two that overlap enforce any other size; the declared range holds both.
        """
        bits = max(1, (size - 1).bit_length())
        excess = (1 << bits) - size
        tensor = self._port(name, shape, 0, -excess, (1 << bits) - 1)
        self.range(tensor, 0, bits)
        if excess:
            self.range(tensor, -excess, bits)
        return tensor

    def fresh(self, name: str, dims: Sequence[int], scale: int, lo: int, hi: int, hint: t.Hint) -> int:
        """A tensor of the proof's own oracle. The caller adds the relations that force it."""
        if 2 * max(abs(lo), abs(hi)) >= self.field.prime:
            raise BoundsError(f"{self.layer}: {name} in [{lo}, {hi}] does not fit the field")
        return self._add(t.Tensor(self._name(name), True, tuple(dims), scale, t.Fresh(lo, hi, hint)))

    def linear(
        self,
        name: str,
        terms: Sequence[tuple[int, int]],
        constant: int = 0,
        *,
        dims: Sequence[int] | None = None,
        scale: int | None = None,
    ) -> int:
        """``sum coef * tensor + constant`` with numpy broadcasting; equal tensors are merged, zero terms dropped."""
        merged: dict[int, int] = {}
        for coef, source in terms:
            merged[source] = merged.get(source, 0) + coef
        kept = tuple((coef, source) for source, coef in merged.items() if coef)
        if any(not -_I64 <= c < _I64 for c, _ in kept) or not -_I64 <= constant < _I64:
            raise BoundsError(f"{self.layer}: a coefficient of {name} exceeds 64 bits")
        shape = tuple(
            np.broadcast_shapes(*(self.dims(source) for source in merged), *(() if dims is None else (tuple(dims),)))
        )
        if scale is None:
            scale = self.scale(terms[0][1])
        if (
            len(kept) == 1
            and kept[0][0] == 1
            and constant == 0
            and self.dims(kept[0][1]) == shape
            and self.scale(kept[0][1]) == scale
        ):
            return kept[0][1]
        batched = any(self.tensors[source].batched for source in merged)
        return self._add_virtual(t.Tensor(self._name(name), batched, shape, scale, t.Linear(kept, constant)))

    def contract(
        self,
        name: str,
        out: Sequence[int],
        a: int,
        a_labels: Sequence[int],
        b: int | None = None,
        b_labels: Sequence[int] = (),
        *,
        scale: int | None = None,
    ) -> int:
        """einsum of one or two tensors over axis labels."""
        sizes = dict(zip(a_labels, self.dims(a), strict=True))
        if b is not None:
            for label, size in zip(b_labels, self.dims(b), strict=True):
                if sizes.setdefault(label, size) != size:
                    raise UnsupportedModel(f"{self.layer}: one axis of {name} has two sizes")
        batched = self.tensors[a].batched or (b is not None and self.tensors[b].batched)
        if scale is None:
            scale = self.scale(a) + (0 if b is None else self.scale(b))
        body = t.Contract(tuple(out), a, tuple(a_labels), b, tuple(b_labels))
        return self._add_virtual(t.Tensor(self._name(name), batched, tuple(sizes[label] for label in out), scale, body))

    def product(self, name: str, a: int, b: int) -> int:
        """Element-wise product of two tensors of equal dimensions."""
        labels = tuple(range(len(self.dims(a))))
        return self.contract(name, labels, a, labels, b, labels)

    def view(self, name: str, dims: Sequence[int], parts: Sequence[t.Part], scale: int) -> int:
        """Each cell is a cell of a source, or zero."""
        if len(parts) > L.MAX_PARTS:
            raise UnsupportedModel(f"{self.layer}: {len(parts)} pieces are too many for one index map")
        batched = self.tensors[parts[0].src].batched
        return self._add_virtual(t.Tensor(self._name(name), batched, tuple(dims), scale, t.View(tuple(parts))))

    def reshape(self, name: str, src: int, dims: Sequence[int]) -> int:
        """The same cells in row-major order under other dimensions."""
        dims = tuple(dims)
        if self.dims(src) == dims:
            return src
        strides = tuple(int(np.prod(dims[i + 1 :], dtype=np.int64)) for i in range(len(dims)))
        return self.view(name, dims, [t.Part(src, (0,) * len(dims), dims, 0, strides)], self.scale(src))

    def constant(self, name: str, values: np.ndarray, scale: int = 0) -> int:
        """Public integers."""
        if values.size > L.MAX_CONSTANT_CELLS:
            raise UnsupportedModel(f"{self.layer}: the public constant {name} has {values.size} cells")
        body = t.Constant(tuple(int(v) for v in values.reshape(-1)))
        return self._add_virtual(t.Tensor(self._name(name), False, values.shape, scale, body))

    def table(self, table: t.FunctionTable) -> int:
        """Index of a function table; equal tables are stored once."""
        for index, known in enumerate(self.tables):
            if known == table:
                return index
        self.tables.append(table)
        return len(self.tables) - 1

    # Relations

    def range(self, tensor: int, lo: int, bits: int) -> None:
        """Every cell lies in ``[lo, lo + 2**bits)``."""
        m, M = self.interval(tensor)
        p = self.field.prime
        name = self.tensors[tensor].name
        if not 1 <= bits <= L.MAX_RANGE_BITS or 4 << bits >= p:
            raise BoundsError(
                f"{self.layer}: {name} would need a range of {bits} bits", hint="use fewer bits or the other field"
            )
        if isinstance(self.tensors[tensor].body, t.Input | t.Fresh):
            if lo < m or lo + (1 << bits) - 1 > M:
                raise BoundsError(f"{self.layer}: the range of {name} exceeds its declaration")
        elif M - lo >= p or lo + (1 << bits) - 1 - m >= p:
            raise BoundsError(
                f"{self.layer}: {name} can span 2^{max(M - lo, lo + (1 << bits) - m).bit_length()},"
                f" too wide for {self.field.label}",
                hint="use fewer bits or the other field",
            )
        self.relations.append(t.Range(tensor, lo, bits))

    def lookup(self, x: int, y: int, table: int) -> None:
        """(x, y) is an entry of the table, cell by cell."""
        p, stored = self.field.prime, self.tables[table]
        for tensor, lo, hi in (
            (x, stored.in_lo, stored.in_lo + (1 << stored.log_size) - 1),
            (y, int(stored.values.min()), int(stored.values.max())),
        ):
            m, M = self.interval(tensor)
            if M - lo >= p or hi - m >= p or 4 * (hi - lo + 1) >= p:
                raise BoundsError(
                    f"{self.layer}: {self.tensors[tensor].name} is too wide for a table in {self.field.label}"
                )
        self.relations.append(t.Lookup(x, y, table))

    def zero(self, tensor: int) -> None:
        """Every cell is zero."""
        m, M = self.interval(tensor)
        if max(-m, M) >= self.field.prime:
            raise BoundsError(
                f"{self.layer}: {self.tensors[tensor].name} can reach 2^{max(-m, M).bit_length()},"
                f" too wide for {self.field.label}",
                hint="use fewer bits or the other field",
            )
        self.relations.append(t.Zero(tensor))

    def output(self, name: str, tensor: int, shape: Sequence[int]) -> None:
        """Declare an output port."""
        m, M = self.interval(tensor)
        p = self.field.prime
        if not self.tensors[tensor].batched or 2 * (M - m) >= p or 4 * m <= -p or 4 * M >= p:
            raise BoundsError(f"{self.layer}: the output {name} is constant or too wide for {self.field.label}")
        self.outputs.append(t.Port(name, tensor, tuple(shape), self.scale(tensor)))

    def finish(self) -> tuple[t.Plan, dict[int, int]]:
        """The plan as built, tensors that nothing needs left out, and the map from the builder's ids to the plan's."""
        from .prune import prune

        return prune(self)

    # Inside

    def _port(self, name: str, shape: Sequence[int], scale: int, lo: int, hi: int) -> int:
        body = t.Input(lo, hi, len(self.inputs))
        tensor = self._add(t.Tensor(self._name(name), True, _dims_for(tuple(shape)), scale, body))
        self.inputs.append(t.Port(name[: L.MAX_NAME], tensor, tuple(shape), scale))
        return tensor

    def _name(self, name: str) -> str:
        # Names are for people and may repeat; the plan's limits and its ban on control characters still hold.
        clean = "".join(c if c >= " " and c != "\x7f" else "?" for c in f"{self.layer}/{name}")
        return clean.encode("utf-8")[: L.MAX_NAME].decode("utf-8", "ignore")

    def _add_virtual(self, tensor: t.Tensor) -> int:
        # The same virtual tensor is defined once: claims on it then share one expansion.
        key = (tensor.batched, tensor.dims, tensor.scale, tensor.body)
        if key not in self._virtual:
            self._virtual[key] = self._add(tensor)
        return self._virtual[key]

    def _add(self, tensor: t.Tensor) -> int:
        if len(tensor.dims) > L.MAX_RANK or any(n > L.MAX_DIM for n in tensor.dims) or tensor.cells > L.MAX_CELLS:
            raise UnsupportedModel(f"{self.layer}: a tensor of dimensions {tensor.dims} is beyond the plan's limits")
        if any(n < 1 for n in tensor.dims):
            raise UnsupportedModel(f"{self.layer}: empty tensors are not supported")
        interval = interval_of(tensor, self.tensors, self.intervals)
        # The witness computes in int64; a tensor beyond it would never close in either field.
        if min(interval) < -_I64 or max(interval) >= _I64:
            raise BoundsError(f"{self.layer}: {tensor.name} can exceed 64 bits")
        self.tensors.append(tensor)
        self.intervals.append(interval)
        return len(self.tensors) - 1


def _dims_for(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A port's shape may have up to 8 axes, a tensor 6: leading axes are merged (same cells, same order)."""
    if len(shape) <= L.MAX_RANK:
        return shape
    extra = len(shape) - L.MAX_RANK + 1
    return (int(np.prod(shape[:extra], dtype=np.int64)), *shape[extra:])
