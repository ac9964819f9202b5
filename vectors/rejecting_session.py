"""Rejecting vectors of steps 1 to 13: plan, statement, commitments and layout."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from edits import Parts, put, xor
from reference import Refused
from reference.proof import session

from affidavit import core
from affidavit.bundle import statement as s
from affidavit.plan import decode, encode
from affidavit.plan import types as t

# Offsets in a commitment (spec 3)
ROLE, FIELD, SUBJECT, LOG_ROWS, LOG_BLOWUP, COLUMNS, QUERIES, GRINDING, PADS, BATCH, ROOT = (
    8,
    9,
    10,
    42,
    43,
    44,
    48,
    50,
    51,
    55,
    59,
)


@dataclass(frozen=True)
class Reject:
    name: str
    base: str
    parts: Parts
    step: str
    least_bits: float = 128.0


def stated(parts: Parts, **changes: object) -> Parts:
    """Another statement, and nothing recomputed."""
    return replace(parts, statement=replace(s.Statement.decode(parts.statement), **changes).encode())


def sealed(parts: Parts) -> Parts:
    """All digests recomputed, so that an edit reaches the step that it is about."""
    plan = core.digest("plan", parts.plan)
    model = parts.model[:SUBJECT] + plan + parts.model[SUBJECT + 32 :]
    st = s.Statement.decode(parts.statement)
    binding = st.input_commitment
    if binding is not None and parts.input is not None:
        binding = replace(binding, commitment=core.digest("commitment", parts.input))
    st = replace(st, plan=plan, layout=s.NO_LAYOUT, model=core.digest("commitment", model), input_commitment=binding)
    parts = replace(parts, model=model, statement=st.encode())
    try:
        layout = session(parts.plan, parts.statement, parts.model, parts.input, sealed=False).layout.digest
    except Refused:
        return parts  # no layout: refused before it is needed
    return replace(parts, statement=st.with_layout(layout).encode())


def planned(parts: Parts, plan: t.Plan, **changes: object) -> Parts:
    """Another plan, all digests recomputed."""
    return sealed(stated(replace(parts, plan=encode(plan)), **changes))


def flags(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.bool_)


def plans(name: str, b: Parts) -> Iterator[Reject]:
    plan = decode(b.plan)

    def bytes_(label: str, data: bytes) -> Reject:
        return Reject(label, name, replace(b, plan=data), "1")

    yield bytes_("plan-cut", b.plan[:-1])
    yield bytes_("plan-longer", b.plan + b"\0")
    yield bytes_("plan-version", put(b.plan, 8, "H", 2))
    yield bytes_("plan-field", put(b.plan, 10, "B", 3))
    yield bytes_("plan-name-not-utf8", put(b.plan, 15, "B", 0xFF))
    yield bytes_("plan-table-size", put(b.plan, b.plan.index(b"vector") + 6 + 4 + 8, "B", 0))

    def rule(label: str, **changes: object) -> Reject:
        return Reject(label, name, planned(b, replace(plan, **changes)), "2")

    def body(i: int, new: t.Body) -> tuple[t.Tensor, ...]:
        return (*plan.tensors[:i], replace(plan.tensors[i], body=new), *plan.tensors[i + 1 :])

    yield rule("plan-rule-1-no-range", relations=plan.relations[:1] + plan.relations[2:])
    yield rule("plan-rule-2-wraps", relations=(*plan.relations, t.Range(4, 1 << 40, 6)))
    wide = (replace(plan.tensors[8], body=t.Linear(((64, 8),), 0)),)
    wide_plan = (*plan.tensors, replace(wide[0], name="wide", body=t.Linear(((3, 8),), 0)))
    yield rule("plan-rule-3-wide", tensors=wide_plan, outputs=(t.Port("wide", 16, (15,), 0),))
    yield rule("plan-rule-4-names", outputs=plan.outputs + plan.outputs[:1])
    yield rule("plan-rule-5-index", inputs=(replace(plan.inputs[0], tensor=5, shape=(15,)),))
    yield rule("plan-order", tensors=body(4, t.Linear(((1, 5),), 0)))
    part = t.Part(13, (0, 0), (1, 1), 0, (0, 0))
    yield rule("plan-view-overlap", tensors=body(15, t.View((*plan.tensors[15].body.parts, part))))
    yield rule("plan-view-outside", tensors=body(15, t.View((t.Part(13, (0, 0), (3, 5), 15, (-5, -1)),))))
    yield rule("plan-model-range", tensors=body(1, t.Model(-3, 3)))


def statements(name: str, b: Parts, certificate: tuple[str, Parts]) -> Iterator[Reject]:
    raw = b.statement
    first = s.Statement.decode(raw).outputs[0]
    flag = raw.index(struct.pack("<IqhI", first.cell, first.threshold, first.scale, len(first.outcomes))) + 18
    for label, data in (
        ("statement-longer", raw + b"\0"),
        ("statement-protocol", put(raw, 8, "H", 2)),
        ("statement-purpose", put(raw, 10, "B", 4)),
        ("statement-batch-0", put(raw, 75, "I", 0)),
        ("statement-bool", put(raw, flag, "B", 2)),
        ("statement-control", raw.replace(b"vector policy", b"vector\npolicy")),
    ):
        assert data != raw, label
        yield Reject(label, name, replace(b, statement=data), "3")
    st = s.Statement.decode(raw)
    f, binding = flags(1, 1, 1), st.input_commitment
    for label, changes in (
        ("statement-plan", {"plan": bytes(32)}),
        ("statement-inputs", {"inputs": st.inputs * 2}),
        ("statement-unbound", {"inputs": (s.InputClaim(s.UNBOUND),)}),
        ("statement-records", {"input_commitment": replace(binding, records=("a", "b"))}),
        ("statement-port", {"outputs": (s.AtLeast(3, 0, 0, 0, f),)}),
        ("statement-cell", {"outputs": (s.AtLeast(0, 15, 0, 0, f),)}),
        ("statement-scale", {"outputs": (s.AtLeast(0, 0, 0, 1, f),)}),
        ("statement-outcomes", {"outputs": (s.AtLeast(0, 0, 0, 0, f[:2]),)}),
        ("statement-threshold", {"outputs": (s.AtLeast(0, 0, 102, 0, f),)}),
        ("statement-low-high", {"outputs": (s.Between(0, 0, 5, 4, 0, f),)}),
        ("statement-k", {"outputs": (s.TopK(0, 0, 16, f),)}),
        ("statement-class", {"outputs": (s.ArgMax(0, np.array([0, 1, 15], dtype=np.uint32)),)}),
        ("statement-public-range", {"outputs": (s.PublicOutput(0, np.full(45, 102)),)}),
    ):
        yield Reject(label, name, stated(b, **changes), "4")
    base, c = certificate
    yield Reject("certificate-batch", base, stated(c, batch=2), "4")
    yield Reject("certificate-outputs", base, stated(c, outputs=(s.AtLeast(0, 0, 0, 0, f[:1]),)), "4")


def commitments(name: str, b: Parts, public: tuple[str, Parts]) -> Iterator[Reject]:
    m, i = b.model, b.input

    def model(label: str, data: bytes, step: str) -> Reject:
        return Reject(label, name, replace(b, model=data), step)

    yield model("model-cut", m[:-1], "5")
    yield model("model-role-unknown", put(m, ROLE, "B", 3), "5")
    yield model("model-batch", put(m, BATCH, "I", 1), "5")
    yield model("model-pads", put(m, PADS, "I", 4096), "5")
    yield Reject("input-batch-0", name, replace(b, input=put(i, BATCH, "I", 0)), "5")
    yield Reject("input-longer", name, replace(b, input=i + b"\0"), "5")
    yield model("model-is-input", i, "6")
    yield model("model-field", put(m, FIELD, "B", 2), "6")
    yield model("model-subject", xor(m, SUBJECT), "6")
    yield model("model-root", xor(m, ROOT), "6")
    yield Reject("input-missing", name, replace(b, input=None), "7")
    yield Reject("input-root", name, replace(b, input=xor(i, ROOT)), "7")
    yield Reject("input-is-model", name, replace(b, input=m), "7")
    yield Reject("input-not-asked-for", public[0], replace(public[1], input=i), "7")

    def second(label: str, data: bytes, step: str) -> Reject:
        return Reject(label, name, sealed(replace(b, input=data)), step)

    yield second("input-subject", xor(i, SUBJECT), "9")
    yield second("input-pads", put(i, PADS, "I", 200), "9")
    yield second("input-batch", put(i, BATCH, "I", 4), "9")
    binding = s.Statement.decode(b.statement).input_commitment
    yield Reject("input-schema", name, stated(b, input_commitment=replace(binding, schema=bytes(32))), "9")
    plan = decode(b.plan)
    reshaped = replace(plan, inputs=(replace(plan.inputs[0], shape=(4, 5)),))
    changed = planned(b, reshaped)
    schema = core.digest("schema", core.input_schema(changed.plan, changed.model))
    changed = replace(changed, input=changed.input[:SUBJECT] + schema + changed.input[SUBJECT + 32 :])
    changed = sealed(stated(changed, input_commitment=replace(binding, schema=schema)))
    yield Reject("input-port-shape", name, changed, "9")
    yield second("input-rate", put(i, LOG_BLOWUP, "B", 3), "12")
    yield second("input-columns", put(i, COLUMNS, "I", 2), "12")


def renewals(name: str, b: Parts) -> Iterator[Reject]:
    """Edits of a renewal; "input" is the commitment that takes over."""
    st = s.Statement.decode(b.statement)

    def of(label: str, step: str, parts: Parts) -> Reject:
        return Reject(f"renewal-{label}", name, parts, step)

    def new(label: str, step: str, data: bytes) -> Reject:
        """Another commitment takes over, and the statement says so."""
        return of(label, step, stated(replace(b, input=data), renewed=core.digest("commitment", data)))

    yield of("cut", "3", replace(b, statement=b.statement[:-1]))
    yield of("of-itself", "4", stated(b, renewed=st.model))
    yield of("batch", "4", stated(b, batch=2))
    yield of("with-input", "4", stated(b, inputs=(s.InputClaim(s.UNBOUND),)))
    yield of("commitment-cut", "5", replace(b, input=b.input[:-1]))
    yield of("of-another", "6", stated(b, model=bytes(32)))
    yield of("missing", "7", replace(b, input=None))
    yield of("to-another", "7", stated(b, renewed=bytes(32)))
    yield new("plan", "7", xor(b.input, SUBJECT))
    yield new("field", "7", put(b.input, FIELD, "B", 3 - b.input[FIELD]))
    yield new("same-root", "7", put(b.model, PADS, "I", int.from_bytes(b.model[PADS : PADS + 4], "little") + 1))
    yield new("height", "12", put(b.input, LOG_ROWS, "B", b.input[LOG_ROWS] + 1))
    yield new("queries", "12", put(b.input, QUERIES, "H", 100))
    yield new("columns", "12", put(b.input, COLUMNS, "I", 9))
    yield new("pads", "12", put(b.input, PADS, "I", 1))
    yield of("layout", "13", stated(b, layout=bytes(32)))
    yield new("root", "21", xor(b.input, -1))
    yield of("time", "21", stated(b, context=replace(st.context, time=1)))


def layouts(name: str, b: Parts, unbound: tuple[str, Parts]) -> Iterator[Reject]:
    """``b`` has a public input of five rows."""
    plan = decode(b.plan)
    yield Reject(
        "public-input-range", name, planned(b, replace(plan, relations=(*plan.relations, t.Range(2, 0, 7)))), "11"
    )
    empty = (*plan.tensors[:15], replace(plan.tensors[15], body=t.View(())))
    yield Reject("view-without-parts", name, planned(b, replace(plan, tensors=empty), outputs=()), "11")
    port = (t.Port("exclusive", 8, (15,), 0),)
    claims = (s.AtLeast(0, 0, 5, 0, flags(1, 1, 1, 1, 1)),)
    yield Reject("predicate-wide", name, planned(b, replace(plan, outputs=port), outputs=claims), "11")
    u_name, u = unbound
    yield Reject("leaves", u_name, sealed(stated(u, batch=1 << 20, outputs=())), "11")

    def model(label: str, offset: int, form: str, *values: int) -> Reject:
        return Reject(label, name, sealed(replace(b, model=put(b.model, offset, form, *values))), "12")

    yield model("height-low", LOG_ROWS, "B", 11)
    yield model("height-high", LOG_ROWS, "B", 21)
    yield model("rate", LOG_BLOWUP, "B", 1)
    yield model("queries-0", QUERIES, "H", 0)
    yield model("queries-many", QUERIES, "HBI", 2049, 16, 2100)
    yield model("pads-few", PADS, "I", 165)
    yield model("grinding", GRINDING, "B", 21)
    yield model("columns", COLUMNS, "I", 2)
    yield Reject("layout", name, stated(b, layout=bytes(32)), "13")
    smaller = sealed(replace(b, model=put(b.model, PADS, "I", 167)))
    old = s.Statement.decode(b.statement).layout
    yield Reject("layout-of-other-pads", name, stated(smaller, layout=old), "13")
