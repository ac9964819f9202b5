"""Float graph and calibration rows in, canonical plan and integer weights out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..ir.graph import Graph
from ..plan import Plan, encode
from .calibrate import calibrate
from .options import Options
from .planner import choose
from .report import Report


@dataclass(frozen=True)
class Compiled:
    """``weights``: the Model tensors by plan id. ``graph``: the float graph that the plan was made from."""

    plan_bytes: bytes
    plan: Plan
    weights: dict[int, np.ndarray]
    report: Report
    graph: Graph


def compile_graph(graph: Graph, calibration: dict[str, np.ndarray], options: Options | None = None) -> Compiled:
    """Quantise and lower ``graph``. The same graph, calibration and options give the same bytes.

    Raises ``InputError`` for unusable calibration, ``UnsupportedModel`` (``BoundsError`` where bounds do not close in
    any field that is allowed) with the layer's name.
    """
    options = options or Options(name=graph.name)
    chosen = choose(graph, calibrate(graph, calibration, options.max_rows), options)
    return Compiled(encode(chosen.plan), chosen.plan, chosen.weights, chosen.report, graph)
