"""Spec 3: a statement against its plan (step 4)."""

from __future__ import annotations

from math import prod

from . import statement as s
from .errors import need
from .intervals import Interval
from .plan import Plan


def check(statement: s.Statement, plan: Plan, known: list[Interval]) -> None:
    st = statement
    need(st.plan == plan.digest, "another plan")
    if st.purpose != s.INFERENCE:
        need(st.batch == 1, "a batch other than 1")
        need(not st.inputs and not st.outputs and st.binding is None, "inputs or outputs that this purpose has not")
        need(st.purpose != s.RENEWAL or st.renewed != st.model, "a renewal to the same commitment")
        return
    need(len(st.inputs) == len(plan.inputs), "another number of inputs than the plan's")
    committed = [x.kind == s.COMMITTED for x in st.inputs]
    need(all(committed) or not any(committed), "some inputs committed and some not")
    need((st.binding is not None) == any(committed), "an input commitment without committed inputs, or the reverse")
    if st.binding is not None:
        need(len(st.binding.records) in (0, st.batch), "records that are not one a row")
    for claim, port in zip(st.inputs, plan.inputs, strict=True):
        if claim.kind == s.PUBLIC:
            tensor = plan.tensors[port.tensor]
            need(len(claim.values) == st.batch * tensor.cells, "another number of public values")
            need(all(tensor.body.lo <= v <= tensor.body.hi for v in claim.values), "a public value out of range")
    for output in st.outputs:
        _output(output, st, plan, known)


def _output(claim: s.OutputClaim, st: s.Statement, plan: Plan, known: list[Interval]) -> None:
    need(claim.output < len(plan.outputs), "an output that the plan has not")
    port = plan.outputs[claim.output]
    cells = prod(plan.tensors[port.tensor].dims)
    low, high = known[port.tensor]

    def inside(*values: int) -> None:
        need(all(low - 1 <= v <= high + 1 for v in values), "a value beyond the port's interval")

    if claim.kind == s.OUT_PUBLIC:
        need(len(claim.values) == st.batch * cells, "another number of values")
        inside(*claim.values)
        return
    if claim.kind == s.ARGMAX:
        need(len(claim.values) == st.batch, "not one class a row")
        need(all(v < cells for v in claim.values), "a class that is no cell")
        return
    need(claim.cell < cells, "a cell that the port has not")
    need(len(claim.outcomes) == st.batch, "not one outcome a row")
    if claim.kind == s.TOP_K:
        need(1 <= claim.k <= cells, "k out of bounds")
        return
    need(claim.scale == port.scale, "another scale than the port's")
    if claim.kind == s.AT_LEAST:
        inside(claim.low)
    elif claim.kind == s.AT_MOST:
        inside(claim.high)
    else:
        need(claim.low <= claim.high, "low above high")
        inside(claim.low, claim.high)
