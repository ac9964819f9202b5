"""Compiled plans in the real fields, and inputs that are hard on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from affidavit.bundle import statement as s
from affidavit.ir.graph import Graph
from affidavit.plan import Builder, Field
from affidavit.plan import types as t
from affidavit.plan.intervals import Interval, interval_of
from affidavit.quantise import Options, compile_graph
from affidavit.quantise.calibrate import calibrate
from affidavit.quantise.context import Lowering
from affidavit.quantise.inputs import lower_inputs
from affidavit.quantise.options import Precision

from .blocks import chosen_freely
from .search import Verdict, audit_row
from .toy import ToyField, tightest

Rows = dict[str, np.ndarray]


@dataclass(frozen=True)
class Compiled:
    name: str
    plan: t.Plan
    weights: Mapping[int, np.ndarray]


def calibration(graph: Graph, rows: int = 48, seed: int = 0) -> Rows:
    """By the input's name: whole numbers, features of very different size, or about one."""
    rng, found = np.random.default_rng(seed), {}
    for value in graph.inputs:
        x = rng.uniform(-1, 1, size=(rows, *value.shape))
        if value.name == "whole":
            x = rng.integers(0, 5, size=x.shape).astype(np.float64)
        elif value.name == "spread":
            x = x * np.array([1.0, 300.0, 0.01])
        found[value.name] = x
    return found


def compiled(name: str, graph: Graph, field: Field, activation_bits: int | None = None) -> Compiled:
    options = Options(field=field.label, activation_bits=activation_bits)
    made = compile_graph(graph, calibration(graph), options)
    return Compiled(name, made.plan, made.weights)


#: Activation bits in toy fields; an index must keep scale 0.
TOY_BITS = {"select_from_a_sum": 6, "select_by_input": 6}


def toy_compiled(name: str, graph: Graph) -> Compiled:
    """In the smallest field in which its bounds close, with activations of 4 bits and tables of 2^3 entries."""
    bits = TOY_BITS.get(name, 4)
    known = calibrate(graph, calibration(graph), 48)

    def make(field: ToyField) -> Compiled:
        builder = Builder(field, name)  # type: ignore[arg-type]
        ctx = Lowering(builder, graph, known, Precision(field, 8, bits, bits, 3, 0))  # type: ignore[arg-type]
        lower_inputs(ctx)
        for node in graph.nodes:
            ctx.lower(node)
        for value in graph.outputs:
            builder.output(value.name, ctx.settled(value.name), value.shape)
        plan, _ = builder.finish()
        return Compiled(name, plan, builder.weights)

    return tightest(make, start=67, factor=1.02)


def limits(plan: t.Plan, port: t.Port) -> tuple[int, int]:
    """What every Range on the port's tensor leaves."""
    ranges = [r for r in plan.relations if isinstance(r, t.Range) and r.tensor == port.tensor]
    return max(r.lo for r in ranges), min(r.lo + (1 << r.bits) - 1 for r in ranges)


def hard_inputs(plan: t.Plan, count: int, seed: int = 0) -> Iterator[Rows]:
    """Ends of the ranges, zeros, ties, single cells apart, neighbours of zero, then random ones of every size."""
    rng = np.random.default_rng(seed)

    def fill(make: Callable[[t.Port, int, int], np.ndarray]) -> Rows:
        rows = {}
        for port in plan.inputs:
            lo, hi = limits(plan, port)
            rows[port.name] = np.clip(make(port, lo, hi), lo, hi).astype(np.int64)[None]
        return rows

    def sized(port: t.Port, lo: int, hi: int) -> np.ndarray:
        share = 2.0 ** -rng.integers(0, 20)
        return np.round(rng.uniform(lo * share, hi * share, size=port.shape))

    def tied(port: t.Port, lo: int, hi: int) -> np.ndarray:
        return rng.choice(rng.integers(lo, hi + 1, size=2), size=port.shape)

    def corner(port: t.Port, lo: int, hi: int) -> np.ndarray:
        return rng.choice(np.array([lo, hi, 0, lo + 1, hi - 1, 1, -1]), size=port.shape)

    def single(port: t.Port, lo: int, hi: int) -> np.ndarray:
        x = np.zeros(port.shape, dtype=np.int64)
        x.reshape(-1)[rng.integers(x.size)] = rng.choice(np.array([lo, hi, 1, -1]))
        return x

    fixed = [
        lambda port, lo, hi: np.full(port.shape, lo),
        lambda port, lo, hi: np.full(port.shape, hi),
        lambda port, lo, hi: np.zeros(port.shape),
        lambda port, lo, hi: np.full(port.shape, (lo + hi) // 3),
    ]
    for index in range(count):
        if index < len(fixed):
            yield fill(fixed[index])
        else:
            yield fill((corner, tied, single, sized)[index % 4])


def free_choice(plan: t.Plan) -> Callable[[str], bool]:
    """Names of the selectors to which no relation for the first maximum belongs."""
    names = {x.name for x in plan.tensors}

    def choice(name: str) -> bool:
        return chosen_freely(name) and f"{name.split('.selector')[0]}.strict" not in names

    return choice


def audit_plan(case: Compiled, rows: int, *, seed: int = 0, range_bits: int | None = None) -> Verdict:
    """``rows`` hard inputs. In a toy field lookups are taken one by one (``system_of``)."""
    verdict, toy = Verdict(), isinstance(case.plan.field, ToyField)
    for inputs in hard_inputs(case.plan, rows, seed):
        choice = free_choice(case.plan)
        verdict.add(audit_row(case.plan, case.weights, inputs, choice=choice, range_bits=range_bits, toy=toy))
    return verdict


def every_claim(plan: t.Plan, tensors: Mapping[int, np.ndarray]) -> list[s.OutputClaim]:
    """True claims of every kind about every output that a predicate may be asked of."""
    claims: list[s.OutputClaim] = []
    intervals: list[Interval] = []
    for tensor in plan.tensors:
        intervals.append(interval_of(tensor, plan.tensors, intervals))
    for index, port in enumerate(plan.outputs):
        # a threshold lies inside the port's interval extended by one (spec 3)
        top = intervals[port.tensor][1] + 1
        y = tensors[port.tensor]
        y = y.reshape(len(y), -1)
        middle, scale = int(np.median(y[:, 0])), port.scale
        larger = (y > y[:, :1]).sum(axis=1)
        end = min(middle + 3, top)
        inside = (middle <= y[:, 0]) & (y[:, 0] <= end)
        claims += [
            s.PublicOutput(index, y.reshape(-1)),
            s.AtLeast(index, 0, middle, scale, y[:, 0] >= middle),
            s.Between(index, 0, middle, end, scale, inside),
            s.AtMost(index, 0, middle, scale, y[:, 0] <= middle),
            s.ArgMax(index, y.argmax(axis=1).astype(np.uint32)),
            s.TopK(index, 0, 1, larger < 1),
        ]
    return claims
