"""What a user may ask of compilation, and the precision settings that the planner tries."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import UsageError
from ..plan import Field

#: The declared widths of weights: a fixed menu, so that no exact norm of a hidden weight enters a plan.
WEIGHT_BITS = (8, 10, 12, 14, 16)
ACTIVATION_BITS = (8, 10, 12, 14, 16, 18, 20)


@dataclass(frozen=True)
class Options:
    """``fidelity`` bounds the median error, as a share of the calibration output's range.

    ``field`` is ``None`` (the planner chooses), ``"koalabear"`` or ``"goldilocks"``.
    """

    name: str = "model"
    field: str | None = None
    fidelity: float = 1e-3
    weight_bits: int | None = None
    activation_bits: int | None = None
    #: Calibration rows beyond this many are not used.
    max_rows: int = 4096

    def __post_init__(self) -> None:
        if self.field not in (None, "koalabear", "goldilocks"):
            raise UsageError(f"unknown field {self.field!r}", hint="koalabear, goldilocks or none")
        if not self.fidelity > 0:
            raise UsageError("fidelity must be positive")
        if self.weight_bits is not None and self.weight_bits not in WEIGHT_BITS:
            raise UsageError(f"weight bits must be one of {WEIGHT_BITS}")
        if self.activation_bits is not None and self.activation_bits not in ACTIVATION_BITS:
            raise UsageError(f"activation bits must be one of {ACTIVATION_BITS}")
        if self.max_rows < 1:
            raise UsageError("at least one calibration row is needed")


@dataclass(frozen=True)
class Precision:
    """One setting that the planner tries. ``guard``: bits that a proven bound may cost instead of saturation."""

    field: Field
    weight_bits: int
    activation_bits: int
    input_bits: int
    table_bits: int
    guard: int

    @property
    def bias_bits(self) -> int:
        """A certificate must be able to prove a bias's range: 2^bits < p/4."""
        return 28 if self.field is Field.KOALABEAR else 32


def candidates(options: Options) -> tuple[Precision, ...]:
    """The settings to try, cheapest first."""
    koala = [Precision(Field.KOALABEAR, 16, a, a, 12, 0) for a in (12, 14, 10)]
    gold = [Precision(Field.GOLDILOCKS, 16, a, i, t, 8) for a, i, t in ((16, 18, 12), (18, 20, 14))]
    chosen = (koala if options.field != "goldilocks" else []) + (gold if options.field != "koalabear" else [])
    result = []
    for p in chosen:
        w, a = options.weight_bits or p.weight_bits, options.activation_bits or p.activation_bits
        # A forced width is wanted for speed or for a comparison: inputs follow it.
        i = max(p.input_bits, a) if options.activation_bits is None else a
        entry = Precision(p.field, w, a, i, p.table_bits, p.guard)
        if entry not in result:
            result.append(entry)
    return tuple(result)
