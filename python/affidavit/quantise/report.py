"""How far the integer model is from the float model, on the calibration set."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..ir.graph import Graph
from .value import Layer


@dataclass(frozen=True)
class OutputReport:
    """Errors are absolute, in the output's unit; ``range`` is the calibration output's largest minus smallest cell."""

    name: str
    range: float
    max_error: float
    mean_error: float
    median_error: float
    #: Share of rows with the same first largest cell (or the same label); None where that has no meaning.
    top1_agreement: float | None
    #: What shares are taken of: the range, or for an output that is constant on the calibration set its magnitude.
    unit: float

    @property
    def relative_max(self) -> float:
        """Largest error as a share of the range."""
        return self.max_error / self.unit

    @property
    def relative_median(self) -> float:
        """Median error as a share of the range."""
        return self.median_error / self.unit


@dataclass(frozen=True)
class LayerReport:
    name: str
    op: str
    weight_bits: int | None
    activation_bits: int | None
    scale: int | None
    #: Cells of the calibration set that saturated.
    saturated: int

    def plus(self, other: LayerReport) -> LayerReport:
        """The same layer with the counts of both."""
        return replace(self, saturated=self.saturated + other.saturated)


@dataclass(frozen=True)
class Report:
    """The error report of one compilation."""

    field: str
    rows: int
    outputs: tuple[OutputReport, ...]
    layers: tuple[LayerReport, ...]
    #: Integer outputs (labels, indices): judged by agreement, not by error.
    labels: tuple[str, ...] = ()
    #: Settings that were tried before: why each was not taken.
    rejected: tuple[str, ...] = ()

    @property
    def max_error(self) -> float:
        """Largest error of any output as a share of that output's range (labels are judged by agreement)."""
        return max((o.relative_max for o in self.outputs if o.name not in self.labels), default=0.0)

    @property
    def median_error(self) -> float:
        """Largest of the outputs' median errors, as shares of their ranges."""
        return max((o.relative_median for o in self.outputs if o.name not in self.labels), default=0.0)

    @property
    def disagreement(self) -> float:
        """Largest share of rows whose label differs, over the integer outputs."""
        return max((1 - (o.top1_agreement or 0.0) for o in self.outputs if o.name in self.labels), default=0.0)

    @property
    def saturated(self) -> int:
        """Saturated cells over all layers."""
        return sum(layer.saturated for layer in self.layers)


def compare(graph: Graph, expected: dict[str, np.ndarray], actual: dict[str, np.ndarray]) -> tuple[OutputReport, ...]:
    """One report per output."""
    reports = []
    for value in graph.outputs:
        want, got = expected[value.name], actual[value.name]
        error = np.abs(got - want)
        agreement = None
        if value.integer:
            agreement = float(np.mean(error < 0.5))
        elif value.shape and value.shape[-1] > 1:
            agreement = float(np.mean(got.argmax(axis=-1) == want.argmax(axis=-1)))
        spread = float(want.max() - want.min())
        peak = float(np.abs(want).max())
        unit = spread if spread > 1e-9 * peak else peak or 1.0
        errors = (float(error.max()), float(error.mean()), float(np.median(error)))
        reports.append(OutputReport(value.name, spread, *errors, agreement, unit))
    return tuple(reports)


def layer_reports(layers: list[Layer], tensors: dict[int, np.ndarray]) -> tuple[LayerReport, ...]:
    """Saturation counts from the excess tensors of the calibration run."""
    return tuple(
        LayerReport(
            layer.name,
            layer.op,
            layer.weight_bits,
            layer.activation_bits,
            layer.scale,
            sum(int(np.count_nonzero(tensors[i])) for i in layer.excess),
        )
        for layer in layers
    )
