"""What a float activation became in the plan."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """``wide``: an accumulator at its full scale that nobody has rounded yet.

    ``exponents`` (one per cell of the last axis, or None): the real value is ``integer * 2^(exponent - scale)``.
    """

    tensor: int
    wide: bool = False
    exponents: tuple[int, ...] | None = None
    #: For an argmax: the one-hot tensor of the chosen index.
    one_hot: int | None = None


@dataclass
class Layer:
    """What the report says of one operator."""

    name: str
    op: str
    weight_bits: int | None = None
    activation_bits: int | None = None
    scale: int | None = None
    #: Tensors that are positive where a value saturated.
    excess: tuple[int, ...] = ()
