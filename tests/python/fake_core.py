"""A stand-in for the compiled core, for tests of files, policies and glue: same boundary, no cryptography.

Its "proof" is a keyed hash of everything that a real proof binds, so that any change is rejected; it hides nothing.
Tests of proofs use the real core.
"""

from __future__ import annotations

import hashlib
import json
from types import ModuleType, SimpleNamespace

from affidavit.bundle.codec import Writer
from affidavit.bundle.commitment import COMMITMENT_MAGIC, SCHEMA_MAGIC, Commitment, Schema
from affidavit.bundle.statement import NO_LAYOUT, Statement
from affidavit.errors import Malformed
from affidavit.plan import decode
from affidavit.plan.intervals import interval_of

QUERIES, LOG_ROWS, GRINDING = 10, 12, 16


class CoreError(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class CoreMalformed(CoreError): ...


class CoreRejected(CoreError): ...


class CoreUnsupported(CoreError): ...


class CoreInternal(CoreError): ...


def digest(domain: str, data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=32, person=domain.encode()[:16]).digest()


def _plan(data: bytes):
    try:
        return decode(data)
    except Malformed as error:
        raise CoreMalformed("plan", str(error)) from error


def plan_check(data: bytes) -> str:
    plan = _plan(data)
    intervals: list[tuple[int, int]] = []
    for tensor in plan.tensors:
        intervals.append(interval_of(tensor, plan.tensors, intervals))
    tensors = [
        {
            "id": i,
            "name": t.name,
            "kind": type(t.body).__name__,
            "batched": t.batched,
            "dims": list(t.dims),
            "scale": t.scale,
            "lo": str(intervals[i][0]),
            "hi": str(intervals[i][1]),
        }
        for i, t in enumerate(plan.tensors)
    ]

    def port(p):
        return {"name": p.name, "tensor": p.tensor, "shape": list(p.shape), "scale": p.scale}

    cells = sum(t.cells for t in plan.tensors if type(t.body).__name__ == "Model")
    return json.dumps(
        {
            "digest": digest("plan", data).hex(),
            "unforced": [],
            "field": plan.field.name.lower(),
            "tensors": tensors,
            "inputs": [port(p) for p in plan.inputs],
            "outputs": [port(p) for p in plan.outputs],
            "model_cells": cells,
            "relations": len(plan.relations),
        }
    )


def parameters(plan: bytes, uses: int) -> str:
    return json.dumps({"log_rows": LOG_ROWS, "queries": QUERIES, "pads": QUERIES * (uses + 2)})


def _commitment(role: int, field: int, subject: bytes, pads: int, batch: int, root: bytes) -> bytes:
    out = Writer("commitment")
    out.raw("magic", COMMITMENT_MAGIC, 8)
    out.u8("role", role)
    out.u8("field", field)
    out.digest("subject", subject)
    out.u8("log rows", LOG_ROWS)
    out.u8("log blowup", 2)
    out.u32("columns", 3)
    out.u16("queries", QUERIES)
    out.u8("grinding", GRINDING)
    out.u32("pads", pads)
    out.u32("batch", batch)
    out.digest("root", root)
    return out.finish()


def _root(seed: bytes, arrays) -> bytes:
    state = hashlib.blake2b(seed, digest_size=32)
    for array in arrays:
        state.update(array.tobytes())
    return state.digest()


def commit_model(plan: bytes, tensors, uses: int, seed: bytes, like: bytes | None = None):
    pads = QUERIES * (uses + 2)
    if pads >= 1 << LOG_ROWS:
        raise CoreUnsupported("pads", "too many uses")
    root = _root(seed, [tensors[i] for i in sorted(tensors)])
    field = int(_plan(plan).field.value)
    return SimpleNamespace(commitment=_commitment(1, field, digest("plan", plan), pads, 0, root))


def commit_input(schema: bytes, batch: int, arrays, seed: bytes):
    described = Schema.decode(schema)
    root = _root(seed, arrays)
    return SimpleNamespace(
        commitment=_commitment(2, described.field, digest("schema", schema), described.pads, batch, root)
    )


def input_schema(plan: bytes, commitment: bytes) -> bytes:
    c, decoded = Commitment.decode(commitment), _plan(plan)
    out = Writer("input schema")
    out.raw("magic", SCHEMA_MAGIC, 8)
    out.u8("field", c.field)
    out.u8("log rows", c.log_rows)
    out.u8("log blowup", c.log_blowup)
    out.u16("queries", c.queries)
    out.u8("grinding", c.grinding)
    out.u32("pads", c.pads)
    out.count("inputs", len(decoded.inputs), 256)
    for port in decoded.inputs:
        body = decoded.tensors[port.tensor].body
        out.text("name", port.name, 256)
        out.each("shape", port.shape, 8, lambda n: out.u32("axis", n))
        out.i16("scale", port.scale)
        out.i64("lo", body.lo)
        out.i64("hi", body.hi)
    return out.finish()


def layout(plan: bytes, statement: bytes, model: bytes, committed: bytes | None) -> str:
    decoded = Statement.decode(statement)
    assert decoded.layout == NO_LAYOUT
    return json.dumps(
        {
            "digest": digest("layout", plan + bytes([decoded.batch % 256]) + model).hex(),
            "committed_cells": 7,
            "lookup_cells": 5,
        }
    )


def _proof(plan: bytes, statement: bytes, model: bytes, committed: bytes | None) -> bytes:
    parts = [digest("plan", plan), digest("statement", statement), digest("commitment", model), committed or b""]
    return b"".join(digest(f"proof{i}", b"".join(parts)) for i in range(4))


def prove(plan: bytes, statement: bytes, model, committed, tensors, entropy: bytes):
    assert len(entropy) >= 32
    proof = _proof(plan, statement, model.commitment, None if committed is None else committed.commitment)
    return SimpleNamespace(proof=proof, timings=json.dumps([["commit", 0.001], ["open", 0.001]]))


def ledger(plan: bytes, statement: bytes, model: bytes, committed: bytes | None) -> str:
    terms = [{"name": "queries", "formula": "0.625^t", "bits": 128.5, "kind": "proven"}]
    return json.dumps({"terms": terms, "rbr_bits": 128.5, "union_bits": 128.4, "bits_without_grinding": 112.5})


def verify(plan: bytes, statement: bytes, model: bytes, committed: bytes | None, proof: bytes, min_bits: float) -> str:
    try:
        decoded = Statement.decode(statement)
    except Malformed as error:
        raise CoreMalformed("statement", str(error)) from error
    blank = decoded.with_layout(NO_LAYOUT).encode()
    if bytes.fromhex(json.loads(layout(plan, blank, model, committed))["digest"]) != decoded.layout:
        raise CoreRejected("layout", "another layout")
    if proof != _proof(plan, statement, model, committed):
        raise CoreRejected("finish", "the proof does not hold")
    return json.dumps(
        {
            "ledger": json.loads(ledger(plan, statement, model, committed)),
            "parts": [{"name": "rows", "bytes": len(proof)}],
        }
    )


def floor_seconds(field: str, cells: int) -> float:
    assert field in ("koalabear", "goldilocks")
    return cells * 1e-8


def ed25519_verify_strict(public: bytes, message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def as_module() -> ModuleType:
    """A module object to stand in for ``affidavit._core``."""
    module = ModuleType("affidavit._core")
    for name, value in globals().items():
        if not name.startswith("_") and name != "as_module":
            setattr(module, name, value)
    return module
