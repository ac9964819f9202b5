"""``inspect``: what a file is and says, by its magic, without verifying it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from affidavit import core
from affidavit.bundle import bundle as bundle_format
from affidavit.bundle import card as card_format
from affidavit.bundle import input_files, model_file, pending_file
from affidavit.bundle.budget import FileBudget
from affidavit.bundle.bundle import Bundle
from affidavit.bundle.card import Card
from affidavit.bundle.commitment import FIELDS, Commitment, Schema
from affidavit.bundle.files import input_error, read_bounded
from affidavit.bundle.input_files import InputCard, InputFile
from affidavit.bundle.model_file import ModelFile, WeightsFile
from affidavit.bundle.pending_file import PendingRenewal
from affidavit.errors import AffidavitError, Malformed, UsageError
from affidavit.limits import PRIVATE_FILE_BYTES
from affidavit.plan import decode
from affidavit.verify.card_check import identity_of
from affidavit.verify.verified import KINDS


def inspect_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    """A description of the file; raises :class:`Malformed` for what affidavit does not know."""
    target = Path(path)
    if target.suffix == ".onnx":
        return {"file": str(target), **_onnx(target)}
    try:
        with target.open("rb") as stream:
            magic = stream.read(8)
    except OSError as error:
        raise input_error("read", target, error) from error
    except ValueError as error:
        raise UsageError(f"{str(target)!r} is no path: {error}") from error
    describe = _READERS.get(magic)
    if describe is None:
        raise Malformed(f"{target} is no affidavit file", hint="ONNX models need the suffix .onnx")
    data = read_bounded(target, PRIVATE_FILE_BYTES, "affidavit file")
    return {"file": str(target), "bytes": len(data), **describe(data, target)}


def _onnx(path: Path) -> dict[str, Any]:
    from affidavit.compiling import import_graph

    graph = import_graph(path, None)
    operators: dict[str, int] = {}
    for node in graph.nodes:
        operators[node.op] = operators.get(node.op, 0) + 1
    return {
        "kind": "onnx",
        "name": graph.name,
        "inputs": [{"name": v.name, "shape": list(v.shape)} for v in graph.inputs],
        "outputs": [{"name": v.name, "shape": list(v.shape)} for v in graph.outputs],
        "operators": operators,
        "parameters": int(sum(c.size for c in graph.constants.values())),
        **({"dropped": dict(graph.dropped)} if graph.dropped else {}),
    }


#: Characters of a tensor's body that are shown.
_BODY = 400


def describe_plan(plan: bytes) -> dict[str, Any]:
    """All that a plan makes public, in short."""
    info = core.plan_info(plan)

    def ports(side: tuple[core.Port, ...]) -> list[dict[str, Any]]:
        return [{"name": p.name, "shape": list(p.shape), "scale": p.scale, "lo": p.lo, "hi": p.hi} for p in side]

    tensors = info.raw["tensors"]
    bodies = decode(plan).tensors
    return {
        "plan": info.digest.hex(),
        "field": info.field,
        "inputs": ports(info.inputs),
        "outputs": ports(info.outputs),
        "tensors": len(tensors),
        "relations": info.raw.get("relations"),
        # spec 2, rule 6: empty if the plan is seen to be a function
        "unforced": list(info.unforced),
        "model_cells": info.raw.get("model_cells"),
        "tables": info.raw.get("tables"),
        "public_tensors": [
            # Coefficients, constants, clamp bounds and shifts stand in the body, and all of them are public.
            {**{k: t[k] for k in ("id", "name", "kind", "dims", "scale")}, "body": repr(b.body)[:_BODY]}
            for t, b in zip(tensors, bodies, strict=True)
        ],
    }


def describe_commitment(data: bytes) -> dict[str, Any]:
    c = Commitment.decode(data)
    return {
        "commitment": core.digest("commitment", data).hex(),
        "root": c.root.hex(),
        "field": FIELDS[c.field],
        "rows": 1 << c.log_rows,
        "columns": c.columns,
        "rate": f"1/{1 << c.log_blowup}",
        "queries": c.queries,
        "grinding": c.grinding,
        "pads": c.pads,
        "batch": c.batch,
    }


def _budget(path: Path, file_id: bytes, commitment: bytes, uses: int, part: bool = False) -> dict[str, Any]:
    budget = FileBudget(path, file_id, Commitment.decode(commitment).queries, uses, part=part)
    try:
        return {"uses_left": budget.left()}
    except AffidavitError as error:
        return {"uses_left": None, "uses_problem": error.message}


def _reserve(path: Path, file: ModelFile) -> str:
    """What became of the one renewal that the pads pay for."""
    if file.part is not None:
        return "with the original"
    budget = FileBudget(path, file.file_id, Commitment.decode(file.card.current).queries, file.share)
    try:
        target = budget.renewed()
    except AffidavitError:
        return "unknown"
    return "available" if target is None else f"spent for {target.hex()}"


def _plan(data: bytes, _: Path) -> dict[str, Any]:
    return {"kind": "plan", **describe_plan(data)}


def _weights(data: bytes, _: Path) -> dict[str, Any]:
    file = WeightsFile.decode(data)
    cells = sum(a.size for a in file.weights.values())
    return {"kind": "weights (private)", "plan": file.plan_digest.hex(), "tensors": len(file.weights), "cells": cells}


def _card(data: bytes, _: Path) -> dict[str, Any]:
    card = Card.decode(data)
    return {
        "kind": "card",
        "card": core.digest("card", data).hex(),
        **describe_plan(card.plan),
        "model": describe_commitment(card.current),
        "certificate_bytes": len(card.certificate.proof),
        **_chain(card),
    }


def _chain(card: Card) -> dict[str, Any]:
    """The identity, and the commitments by which the model was known."""
    return {
        "identity": identity_of(card).hex(),
        "renewals": len(card.renewals),
        "commitments": [core.digest("commitment", c).hex() for c in card.commitments],
    }


def _model(data: bytes, path: Path) -> dict[str, Any]:
    file = ModelFile.decode(data)
    return {
        "kind": "model (private)" if file.part is None else "part of a model (private)",
        "uses": file.share,
        **_budget(path, file.file_id, file.card.current, file.share, file.part is not None),
        "renewal": _reserve(path, file),
        **describe_plan(file.card.plan),
        **_chain(file.card),
        "model": describe_commitment(file.card.current),
    }


def _pending(data: bytes, _: Path) -> dict[str, Any]:
    file = PendingRenewal.decode(data)
    return {
        "kind": "renewal that was begun (private): run the same renew again",
        "uses": file.uses,
        "predecessor": file.predecessor.hex(),
        "model": describe_commitment(file.commitment),
    }


def _input_card_fields(card: InputCard) -> dict[str, Any]:
    schema = Schema.decode(card.schema)
    return {
        "schema": core.digest("schema", card.schema).hex(),
        "inputs": [{"name": p.name, "shape": list(p.shape), "scale": p.scale} for p in schema.inputs],
        "input": describe_commitment(card.commitment),
        "records": list(card.records),
        "expiry": card.expiry,
        "issuer": None if card.issuer is None else card.issuer.hex(),
    }


def _input_card(data: bytes, _: Path) -> dict[str, Any]:
    return {"kind": "input card", **_input_card_fields(InputCard.decode(data))}


def _input(data: bytes, path: Path) -> dict[str, Any]:
    file = InputFile.decode(data)
    return {
        "kind": "input (private)",
        "batch": file.batch,
        **_budget(path, file.file_id, file.card.commitment, Commitment.decode(file.card.commitment).uses),
        **_input_card_fields(file.card),
    }


def _bundle(data: bytes, _: Path) -> dict[str, Any]:
    bundle = Bundle.decode(data)
    statement = bundle.decoded()
    binding = statement.input_commitment
    return {
        "kind": "bundle",
        "verified": False,
        "plan": statement.plan.hex(),
        "model": statement.model.hex(),
        "batch": statement.batch,
        "inputs": [KINDS[claim.kind] for claim in statement.inputs],
        "outputs": [type(claim).__name__ for claim in statement.outputs],
        "issuer": None if binding is None or binding.issuer is None else binding.issuer.hex(),
        "records": [] if binding is None else list(binding.records),
        "nonce": statement.context.nonce.hex(),
        "policy": statement.context.policy,
        "time": statement.context.time,
        "proof_bytes": len(bundle.proof),
    }


_READERS: dict[bytes, Callable[[bytes, Path], dict[str, Any]]] = {
    core.PLAN_MAGIC: _plan,
    model_file.WEIGHTS_MAGIC: _weights,
    model_file.MODEL_MAGIC: _model,
    pending_file.MAGIC: _pending,
    card_format.MAGIC: _card,
    bundle_format.MAGIC: _bundle,
    input_files.CARD_MAGIC: _input_card,
    input_files.INPUT_MAGIC: _input,
}
