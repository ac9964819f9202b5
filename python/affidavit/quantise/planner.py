"""Tries precisions, cheapest first, and takes the first whose integer model is close enough to the float model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import UnsupportedModel
from ..ir.graph import Graph
from ..plan import BoundsError, Builder, Field, Plan
from ..plan import types as t
from ..witness import WitnessProgram, dequantise_outputs
from .calibrate import Calibration
from .context import Lowering
from .inputs import lower_inputs
from .options import Options, Precision, candidates
from .report import Report, compare, layer_reports
from .scales import quantise_array

#: Below this many cells a proof costs the same in either field, so the largest error counts too, not the median alone.
_SMALL = 1 << 18
#: Share of calibration rows whose label may differ; on small plans none may.
_LABELS = 0.01
#: Share beyond which an integer output is no rounding error but another function: nothing is compiled.
_ANOTHER_FUNCTION = 0.1
#: Cells of activations that one evaluation chunk may hold.
_CHUNK_CELLS = 1 << 24


@dataclass(frozen=True)
class Candidate:
    """A closed plan with its weights and its error report."""

    precision: Precision
    plan: Plan
    weights: dict[int, np.ndarray]
    report: Report


def choose(graph: Graph, calibration: Calibration, options: Options) -> Candidate:
    """The cheapest precision that meets the fidelity; without one, the most accurate that closes.

    Raises ``BoundsError`` naming the layer if no precision closes, ``UnsupportedModel`` if integers come out wrong.
    """
    built: list[Candidate] = []
    rejected: list[str] = []
    failure: BoundsError | None = None
    for precision in candidates(options):
        label = f"{precision.field.label}, {precision.activation_bits}-bit activations"
        try:
            candidate = build(graph, calibration, options, precision, tuple(rejected))
        except BoundsError as error:
            failure = error
            rejected.append(f"{label}: {error.message}")
            continue
        if _good(candidate, options):
            return candidate
        built.append(candidate)
        rejected.append(
            f"{label}: median error {candidate.report.median_error:.2g},"
            f" largest {candidate.report.max_error:.2g} of the range"
        )
    if not built:
        raise failure or UnsupportedModel(f"{graph.name}: nothing to try")
    best = min(built, key=lambda c: (c.report.disagreement, c.report.median_error, c.report.max_error))
    if best.report.disagreement > _ANOTHER_FUNCTION:
        raise UnsupportedModel(
            f"an integer output differs from the model's in {best.report.disagreement:.0%} of the calibration rows",
            hint="whole numbers beyond the precision of activations are rounded; keep them below 2^14 or so, or give "
            "the output as a float, whose error the report shows",
            code="integers",
        )
    return best


def build(
    graph: Graph, calibration: Calibration, options: Options, precision: Precision, rejected: tuple[str, ...] = ()
) -> Candidate:
    """Lower ``graph`` at one precision and measure it on the calibration rows."""
    builder = Builder(precision.field, options.name)
    ctx = Lowering(builder, graph, calibration, precision)
    lower_inputs(ctx)
    for node in graph.nodes:
        ctx.lower(node)
    for value in graph.outputs:
        builder.layer = value.name
        builder.output(value.name, ctx.settled(value.name), value.shape)
    plan, kept = builder.finish()
    for layer in ctx.layers:
        layer.excess = tuple(kept[i] for i in layer.excess)
    report = _measure(graph, calibration, plan, builder.weights, ctx, rejected)
    return Candidate(precision, plan, builder.weights, report)


def _measure(
    graph: Graph,
    calibration: Calibration,
    plan: Plan,
    weights: dict[int, np.ndarray],
    ctx: Lowering,
    rejected: tuple[str, ...],
) -> Report:
    program = WitnessProgram(plan, weights)
    wanted = {p.tensor for p in plan.outputs} | {i for layer in ctx.layers for i in layer.excess}
    chunk = max(1, _CHUNK_CELLS // max(1, sum(x.cells for x in plan.tensors if x.batched)))
    outputs: dict[str, list[np.ndarray]] = {p.name: [] for p in plan.outputs}
    counts = None
    for start in range(0, calibration.rows, chunk):
        rows = {p.name: _integers(plan, p, calibration.values[p.name][start : start + chunk]) for p in plan.inputs}
        tensors = program.run(rows, wanted)
        for name, array in dequantise_outputs(plan, tensors).items():
            outputs[name].append(array)
        layers = layer_reports(ctx.layers, tensors)
        counts = layers if counts is None else tuple(a.plus(b) for a, b in zip(counts, layers, strict=True))
    actual = {name: np.concatenate(parts) for name, parts in outputs.items()}
    return Report(
        plan.field.label,
        calibration.rows,
        compare(graph, calibration.values, actual),
        counts or (),
        tuple(v.name for v in graph.outputs if v.integer),
        rejected,
    )


def _integers(plan: Plan, port: t.Port, values: np.ndarray) -> np.ndarray:
    body = plan.tensors[port.tensor].body
    assert isinstance(body, t.Input)
    return np.asarray(np.clip(quantise_array(values, port.scale), body.lo, body.hi))


def _good(candidate: Candidate, options: Options) -> bool:
    report, plan = candidate.report, candidate.plan
    if report.median_error > options.fidelity or report.disagreement > _LABELS:
        return False
    cells = sum(x.cells for x in plan.tensors if isinstance(x.body, t.Model | t.Input | t.Fresh))
    small = cells < _SMALL or candidate.precision.field is Field.GOLDILOCKS
    return not small or (report.max_error <= options.fidelity and report.disagreement == 0)
