"""The only door to the compiled core: typed results, and core exceptions turned into :mod:`affidavit.errors`.

Functions mirror ``docs/core-api.md``. Arrays are C-contiguous int64 of real cells.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from types import ModuleType
from typing import Any

import numpy as np

from affidavit.errors import AffidavitError, Malformed, Rejected, UnsupportedModel

#: How a plan begins (spec 2).
PLAN_MAGIC = b"AFFPLAN\x01"


def native() -> ModuleType:
    """The extension module; a clear error where it was not built."""
    try:
        from affidavit import _core
    except ImportError as error:
        raise AffidavitError(
            f"the compiled core is missing ({error})", hint="run `make build` in the repository", code="no-core"
        ) from error
    return _core


def _call(function: Any, *args: Any) -> Any:
    core = native()
    try:
        return function(core)(*args)
    except core.CoreError as error:
        raise _translated(core, error) from error


def _translated(core: ModuleType, error: Exception) -> AffidavitError:
    code = str(getattr(error, "code", "core"))
    message = str(getattr(error, "detail", "") or error)
    for source, target in (
        (core.CoreMalformed, Malformed),
        (core.CoreRejected, Rejected),
        (core.CoreUnsupported, UnsupportedModel),
    ):
        if isinstance(error, source):
            translated = target(message, code=code)
            if isinstance(translated, (Rejected, Malformed)):
                translated.step = getattr(error, "step", None)
            return translated
    return AffidavitError(message, code=code, hint="this is a defect in affidavit; please report it")


@dataclass(frozen=True)
class Port:
    """An input or output of a plan; real value = integer · 2^-scale, integer in ``[lo, hi]``."""

    name: str
    tensor: int
    shape: tuple[int, ...]
    scale: int
    lo: int
    hi: int

    @property
    def cells(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class PlanInfo:
    """A validated plan, as far as files, policies and predicates need it. ``raw`` is the core's own description."""

    digest: bytes
    field: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    raw: dict[str, Any]
    #: Tensors that the plan's relations need not force to one value (spec 2, rule 6), each with the reason.
    unforced: tuple[str, ...] = ()

    def output_index(self, name: str) -> int | None:
        return next((i for i, port in enumerate(self.outputs) if port.name == name), None)


@lru_cache(maxsize=8)
def plan_info(plan: bytes) -> PlanInfo:
    """Decode and validate a plan (spec 2). Raises :class:`Malformed` or :class:`Rejected`."""
    raw = json.loads(_call(lambda c: c.plan_check, plan))
    tensors = {t["id"]: t for t in raw["tensors"]}

    def port(entry: dict[str, Any]) -> Port:
        tensor = tensors[entry["tensor"]]
        return Port(
            entry["name"],
            entry["tensor"],
            tuple(entry["shape"]),
            entry["scale"],
            # decimal strings: an interval may be wider than JSON numbers are read safely
            int(tensor["lo"]),
            int(tensor["hi"]),
        )

    return PlanInfo(
        digest("plan", plan),
        raw["field"],
        tuple(map(port, raw["inputs"])),
        tuple(map(port, raw["outputs"])),
        raw,
        tuple(f"{entry['tensor']}: {entry['why']}" for entry in raw["unforced"]),
    )


def digest(domain: str, data: bytes) -> bytes:
    """``H(domain, data)`` of spec 1."""
    result: bytes = _call(lambda c: c.digest, domain, data)
    return bytes(result)


def parameters(plan: bytes, uses: int) -> dict[str, Any]:
    """The shape that a model commitment for so many uses will have."""
    return dict(json.loads(_call(lambda c: c.parameters, plan, uses)))


def commit_model(plan: bytes, tensors: dict[int, np.ndarray], uses: int, seed: bytes, like: bytes | None = None) -> Any:
    """The private side of a commitment; ``like``, an earlier one of this plan, gives the shape that a renewal keeps."""
    return _call(lambda c: c.commit_model, plan, tensors, uses, seed, like)


def commit_input(schema: bytes, batch: int, arrays: list[np.ndarray], seed: bytes) -> Any:
    return _call(lambda c: c.commit_input, schema, batch, arrays, seed)


def input_schema(plan: bytes, commitment: bytes) -> bytes:
    """The schema by which a data owner commits inputs for this model."""
    return bytes(_call(lambda c: c.input_schema, plan, commitment))


def layout(plan: bytes, statement: bytes, model: bytes, second: bytes | None) -> dict[str, Any]:
    """The layout of a proof; ``statement`` has an all-zero layout digest. ``digest`` is hexadecimal.

    ``second``, here and below: the committed input, or in a renewal the commitment that takes over.
    """
    return dict(json.loads(_call(lambda c: c.layout, plan, statement, model, second)))


def prove(
    plan: bytes,
    statement: bytes,
    model: Any,
    second: Any | None,
    tensors: dict[int, np.ndarray],
    entropy: bytes,
) -> tuple[bytes, dict[str, float]]:
    """Proof bytes and seconds by stage, in order."""
    arrays = {i: np.ascontiguousarray(tensor, dtype=np.int64) for i, tensor in tensors.items()}
    proof = _call(lambda c: c.prove, plan, statement, model, second, arrays, entropy)
    return bytes(proof.proof), {name: float(seconds) for name, seconds in json.loads(proof.timings)}


def verify(
    plan: bytes, statement: bytes, model: bytes, second: bytes | None, proof: bytes, min_bits: float
) -> dict[str, Any]:
    """The core's report; raises :class:`Rejected` or :class:`Malformed`."""
    return dict(json.loads(_call(lambda c: c.verify, plan, statement, model, second, proof, min_bits)))


def ledger(plan: bytes, statement: bytes, model: bytes, second: bytes | None) -> dict[str, Any]:
    """The soundness ledger of a proof of this statement, without a proof."""
    return dict(json.loads(_call(lambda c: c.ledger, plan, statement, model, second)))


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Strict Ed25519: canonical encodings, no small-order keys."""
    return bool(_call(lambda c: c.ed25519_verify_strict, public, message, signature))


def floor_seconds(field: str, cells: int) -> float:
    """Seconds to encode and hash ``cells`` cells of a field ("koalabear", "goldilocks") at rate 1/4, here and now."""
    return float(_call(lambda c: c.floor_seconds, field, cells))
