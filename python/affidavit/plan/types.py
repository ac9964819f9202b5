"""The plan as data (spec 2). ``builder`` makes it, ``encode`` and ``decode`` turn it into bytes and back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .fields import Field


@dataclass(frozen=True, eq=False)
class FunctionTable:
    """A public function ``in_lo + i -> values[i]`` with ``2**log_size`` entries."""

    in_lo: int
    log_size: int
    values: np.ndarray

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, FunctionTable)
            and (self.in_lo, self.log_size) == (other.in_lo, other.log_size)
            and np.array_equal(self.values, other.values)
        )


@dataclass(frozen=True)
class Clamp:
    src: int
    shift: int
    lo: int
    hi: int


@dataclass(frozen=True)
class Below:
    src: int
    shift: int
    lo: int


@dataclass(frozen=True)
class Above:
    src: int
    shift: int
    hi: int


@dataclass(frozen=True)
class TableValue:
    src: int
    table: int


@dataclass(frozen=True)
class RowMax:
    src: int


@dataclass(frozen=True)
class RowArgMax:
    src: int


@dataclass(frozen=True)
class FloorDiv:
    num: int
    den: int


@dataclass(frozen=True)
class Isqrt:
    src: int


@dataclass(frozen=True)
class Bits:
    src: int
    offset: int
    shift: int
    bits: int


@dataclass(frozen=True)
class RowMin:
    src: int


Hint = Clamp | Below | Above | TableValue | RowMax | RowArgMax | FloorDiv | Isqrt | Bits | RowMin


@dataclass(frozen=True)
class Model:
    lo: int
    hi: int


@dataclass(frozen=True)
class Input:
    lo: int
    hi: int
    index: int


@dataclass(frozen=True)
class Fresh:
    lo: int
    hi: int
    hint: Hint


@dataclass(frozen=True)
class Linear:
    terms: tuple[tuple[int, int], ...]
    constant: int


@dataclass(frozen=True)
class Contract:
    out: tuple[int, ...]
    a: int
    a_labels: tuple[int, ...]
    b: int | None = None
    b_labels: tuple[int, ...] = ()


@dataclass(frozen=True)
class Part:
    """One box of a View."""

    src: int
    box_offset: tuple[int, ...]
    box_shape: tuple[int, ...]
    src_offset: int
    src_strides: tuple[int, ...]


@dataclass(frozen=True)
class View:
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Constant:
    values: tuple[int, ...]


Body = Model | Input | Fresh | Linear | Contract | View | Constant


@dataclass(frozen=True)
class Tensor:
    """``dims`` is without the batch axis; a cell's real value is ``integer * 2**-scale``."""

    name: str
    batched: bool
    dims: tuple[int, ...]
    scale: int
    body: Body

    @property
    def cells(self) -> int:
        """Cells of one inference."""
        return math.prod(self.dims)


@dataclass(frozen=True)
class Range:
    tensor: int
    lo: int
    bits: int


@dataclass(frozen=True)
class Lookup:
    """The relation that spec 2 calls Table."""

    x: int
    y: int
    table: int


@dataclass(frozen=True)
class Zero:
    tensor: int


Relation = Range | Lookup | Zero


@dataclass(frozen=True)
class Port:
    name: str
    tensor: int
    shape: tuple[int, ...]
    scale: int


@dataclass(frozen=True)
class Plan:
    """The compiled, public circuit of one model for one inference."""

    field: Field
    name: str
    tables: tuple[FunctionTable, ...]
    tensors: tuple[Tensor, ...]
    relations: tuple[Relation, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
