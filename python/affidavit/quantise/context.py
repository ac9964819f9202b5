"""The state of one lowering: float names to tensors, and the choices of scale that operators share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..ir.graph import Graph, Node
from ..plan import BoundsError, Builder
from ..plan.blocks.clamp import aligned, clamp, rounded
from .calibrate import Calibration
from .options import WEIGHT_BITS, Precision
from .scales import ceil_log2, quantise_array, signed_bits, weight_scale
from .value import Layer, Value

_BIAS_MENU = tuple(range(8, 33, 2))
#: Calibrated magnitudes are doubled before they become a declared range.
_MARGIN_BITS = 1


class Lowering:
    """Passed to ``Operator.lower``. Operators read values, emit into ``builder`` and ``bind`` their output."""

    def __init__(self, builder: Builder, graph: Graph, calibration: Calibration, precision: Precision) -> None:
        self.builder = builder
        self.graph = graph
        self.calibration = calibration
        self.precision = precision
        self.layers: list[Layer] = []
        self._values: dict[str, Value] = {}
        self._settled: dict[str, Value] = {}
        self._models: dict[tuple[object, ...], int] = {}

    # Values

    def bind(self, name: str, value: Value) -> None:
        """Make ``value`` the meaning of a float name."""
        self._values[name] = value

    def raw(self, name: str) -> Value:
        """As bound: perhaps wide, perhaps with exponents."""
        return self._values[name]

    def plain(self, name: str) -> int:
        """A tensor with one scale for all cells; it may still be wide."""
        value = self._values[name]
        if value.exponents is None:
            return value.tensor
        base = min(value.exponents)
        powers = np.array([1 << (e - base) for e in value.exponents], dtype=np.int64)
        axes = tuple(range(len(self.builder.dims(value.tensor))))
        constant = self.builder.constant("exponents", powers)
        tensor = self.builder.contract(
            "uniform", axes, value.tensor, axes, constant, axes[-1:], scale=self.builder.scale(value.tensor) - base
        )
        self._values[name] = Value(tensor, wide=True)
        return tensor

    def settled(self, name: str) -> int:
        """The value rounded to the activation width (once per name); saturates unless its bound is proven."""
        value = self._values[name]
        if not value.wide and value.exponents is None:
            return value.tensor
        if name not in self._settled:
            tensor = self.plain(name)
            self._settled[name] = Value(self.rescale(name, tensor, name))
        return self._settled[name].tensor

    def is_const(self, name: str) -> bool:
        """Whether a float name is a learned constant."""
        return name in self.graph.constants

    def const(self, name: str) -> np.ndarray:
        """A learned constant in float64."""
        return np.asarray(self.graph.constants[name], dtype=np.float64)

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of an activation or constant, without the batch axis."""
        return tuple(self.graph.constants[name].shape) if self.is_const(name) else self.graph.values[name].shape

    def finished(self, tensor: int) -> Value:
        """A result that is rounded later only if it grew clearly beyond the activation width."""
        m, M = self.builder.interval(tensor)
        limit = max(self.precision.activation_bits, self.precision.input_bits) + 2
        return Value(tensor, wide=max(-m - 1, M).bit_length() + 1 > limit)

    # Rounding

    def output_scale(self, calibrated: str, acc: int, *, nonnegative: bool, bits: int | None = None) -> int:
        """The scale at which the calibrated magnitudes, doubled, fill the width; never finer than ``acc``."""
        bits = bits or self.precision.activation_bits
        room = bits - (0 if nonnegative else 1) - _MARGIN_BITS
        return min(self.builder.scale(acc), room - ceil_log2(self.calibration.peak(calibrated)))

    def rescale(
        self,
        label: str,
        acc: int,
        calibrated: str,
        *,
        lo: float | None = None,
        hi: float | None = None,
        bits: int | None = None,
    ) -> int:
        """Round ``acc`` to the activation width, inside the operator's own real bounds if it has any.

        A side without a bound of its own takes the proven bound where that costs at most ``guard`` bits, else it
        saturates at the calibrated range, and the report counts how often.
        """
        b, bits = self.builder, bits or self.precision.activation_bits
        nonnegative = (lo is not None and lo >= 0) or b.interval(acc)[0] >= 0
        scale = self.output_scale(calibrated, acc, nonnegative=nonnegative, bits=bits)
        shift = b.scale(acc) - scale
        m, M = (rounded(v, shift) for v in b.interval(acc))
        low, low_saturates = self.low(m, lo, scale, nonnegative, bits)
        high, high_saturates = self.high(M, hi, scale, nonnegative, bits)
        # A proven end may lie beyond the operator's own bound on the other side; the block needs two values apart.
        if lo is None:
            low = min(low, high - 1)
        elif hi is None:
            high = max(high, low + 1)
        if shift == 0 and low <= m and M <= high:
            return acc
        block = clamp(b, label, acc, shift, low, high, scale)
        excess = ((block.below, low_saturates), (block.above, high_saturates))
        self.note(bits=bits, scale=scale, excess=tuple(i for i, counted in excess if counted and i is not None))
        return block.value

    def fit(
        self, label: str, acc: int, scale: int, lo: int, hi: int, *, count: bool = True, table: bool = False
    ) -> int:
        """Round ``acc`` to ``scale`` inside ``[lo, hi]``; nothing is emitted where it already is that.

        ``table``: the caller looks the result up in a table of exactly that domain.
        """
        b = self.builder
        shift = b.scale(acc) - scale
        m, M = b.interval(acc)
        if shift == 0 and lo <= m and M <= hi:
            return acc
        block = clamp(b, label, acc, shift, lo, hi, scale, enforced_elsewhere=table)
        if count:
            self.note(excess=tuple(i for i in (block.below, block.above) if i is not None))
        return block.value

    def low(self, m: int, lo: float | None, scale: int, nonnegative: bool, bits: int) -> tuple[int, bool]:
        if lo is not None:
            return int(quantise_array(np.array(lo), scale)), False
        if nonnegative:
            return 0, False
        proven = -(1 << max(0, -m - 1).bit_length()) if m < 0 else 0
        saturated = -(1 << (bits - 1))
        return (saturated, True) if proven < saturated << self.precision.guard else (proven, False)

    def high(self, M: int, hi: float | None, scale: int, nonnegative: bool, bits: int) -> tuple[int, bool]:
        if hi is not None:
            return int(quantise_array(np.array(hi), scale)), False
        proven = (1 << max(M, 1).bit_length()) - 1
        saturated = (1 << (bits if nonnegative else bits - 1)) - 1
        limit = ((saturated + 1) << self.precision.guard) - 1
        return (saturated, True) if proven > limit else (proven, False)

    def note(
        self,
        *,
        weight_bits: int | None = None,
        bits: int | None = None,
        scale: int | None = None,
        excess: tuple[int, ...] = (),
    ) -> None:
        """Record for the report."""
        layer = self.layers[-1]
        layer.weight_bits = weight_bits if weight_bits is not None else layer.weight_bits
        layer.activation_bits = bits if bits is not None else layer.activation_bits
        layer.scale = scale if scale is not None else layer.scale
        layer.excess = (*layer.excess, *excess)

    # Learned constants

    def weights(self, name: str, values: np.ndarray, bits: int, *, tag: str = "") -> int:
        """A committed constant at the finest scale that ``bits`` allow."""
        key = (name, tag, bits, values.shape)
        if key not in self._models:
            scale = weight_scale(values, bits)
            integers = quantise_array(values, scale)
            declared = signed_bits(integers, WEIGHT_BITS) or bits
            self._models[key] = self.builder.model(name, integers, scale, declared)
        return self._models[key]

    def weight_menu(self) -> Sequence[int]:
        """Widths to try, widest first."""
        return [bits for bits in reversed(WEIGHT_BITS) if bits <= self.precision.weight_bits]

    def addend(self, name: str, values: np.ndarray, scale: int) -> tuple[int, int]:
        """A committed constant to add at ``scale``: (coefficient, tensor). Wide ones lose low bits, not high ones."""
        lost = 0
        while True:
            integers = quantise_array(values, scale - lost)
            bits = signed_bits(integers, tuple(n for n in _BIAS_MENU if n <= self.precision.bias_bits))
            if bits is not None:
                break
            lost += 1
        # The values belong to the key: features with scales of their own divide one constant in different ways.
        key = (name, "addend", scale - lost, integers.shape, integers.tobytes())
        if key not in self._models:
            self._models[key] = self.builder.model(name, integers, scale - lost, bits)
        return 1 << lost, self._models[key]

    def closes(self, lo: int, hi: int) -> bool:
        """Whether an accumulator of this interval leaves room for its rescale identity (spec 4, rescale)."""
        return 5 * max(-lo, hi, 1) < self.builder.field.prime

    def require_closing(self, tensor: int) -> int:
        """``tensor``, or a refusal that names the layer."""
        m, M = self.builder.interval(tensor)
        if not self.closes(m, M):
            raise BoundsError(
                f"{self.builder.layer}: its accumulator can reach 2^{max(-m, M).bit_length()}, too wide for"
                f" {self.builder.field.label}",
                hint="use fewer bits or the other field",
            )
        return tensor

    def aligned(self, label: str, names: Sequence[str]) -> list[int]:
        """Activations at one common scale, exactly where the bounds allow it, else after settling them."""
        tensors = [self.plain(name) for name in names]
        if not self._alignable(tensors):
            tensors = [self.settled(name) for name in names]
        if not self._alignable(tensors):
            raise BoundsError(
                f"{self.builder.layer}: its operands' scales are too far apart for {self.builder.field.label}"
            )
        scale = max(self.builder.scale(tensor) for tensor in tensors)
        return [aligned(self.builder, f"{label}.aligned", tensor, scale) for tensor in tensors]

    def _alignable(self, tensors: Sequence[int]) -> bool:
        scale = max(self.builder.scale(tensor) for tensor in tensors)
        reach = 0
        for tensor in tensors:
            m, M = self.builder.interval(tensor)
            reach += max(-m, M) << (scale - self.builder.scale(tensor))
        return self.closes(-reach, reach)

    def lower(self, node: Node) -> None:
        """Lower one node under its own name."""
        from .. import ops

        self.builder.layer = node.origin or node.name
        self.layers.append(Layer(self.builder.layer, node.op))
        ops.get(node.op).lower(node, self)
