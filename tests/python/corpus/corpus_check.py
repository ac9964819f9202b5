"""The whole way for one model, with the checks that every model of the corpus must pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from onnx import ModelProto

import affidavit as af
from affidavit.bundle.bundle import Bundle
from affidavit.plan import decode
from affidavit.plan import types as t
from affidavit.proving import integers
from affidavit.witness import WitnessProgram, broken_relations
from affidavit.witness.check import define

KINDS = ("committed", "public", "unbound")


@dataclass(frozen=True)
class Proven:
    """``integers`` and ``reals`` by output, ``[B, *shape]``, as the verified statement shows them."""

    compiled: Any
    integers: dict[str, np.ndarray]
    reals: dict[str, np.ndarray]
    witness_seconds: float
    prove_seconds: float


def prove_and_verify(
    model: Any, calibration: Any, inputs: Mapping[str, np.ndarray], *, kind: str, folder: Path | None, **options: Any
) -> Proven:
    """compile → commit → prove with every output shown → verify; the integers are the witness's and the relations'.

    With ``folder`` every step goes through its files, as separate machines would do it.
    """
    compiled = af.compile(model, calibration, **options)
    committed = af.commit(compiled, uses=1)
    card, source = committed.card, committed
    if folder is not None:
        source, card = committed.save(folder / "net")
    names = [port.name for port in committed.info.outputs]
    bundle = af.prove(source, dict(inputs), inputs_as=kind, reveal=names)
    sent: Any = bundle.save(folder / "net.affidavit") if folder is not None else Bundle.decode(bundle.encode())
    verified = af.verify(sent, policy=af.policy.Model(card, unsafe_allow_unbound=kind == "unbound"))
    assert verified.bits >= 128 and verified.unbound == (tuple(inputs) if kind == "unbound" else ())

    plan, rows = decode(compiled.plan), integers(compiled.plan, dict(inputs))
    tensors = WitnessProgram(plan, compiled.weights).run(rows)
    assert broken_relations(plan, tensors) == []
    by_relations = independent_outputs(plan, tensors)
    claims = {committed.info.outputs[claim.output].name: claim.values for claim in verified.statement.outputs}
    assert set(claims) == set(names)
    shown = {}
    for port in committed.info.outputs:
        shown[port.name] = claims[port.name].reshape(verified.batch, *port.shape)
        np.testing.assert_array_equal(claims[port.name], tensors[port.tensor].reshape(-1), err_msg=port.name)
        np.testing.assert_array_equal(claims[port.name], by_relations[port.name].reshape(-1), err_msg=port.name)
        np.testing.assert_array_equal(
            verified.outputs[port.name], np.ldexp(shown[port.name].astype(float), -port.scale)
        )
    seconds = bundle.timings["seconds"]
    return Proven(compiled, shown, dict(verified.outputs), seconds["witness"], seconds["total"])


def independent_outputs(plan: t.Plan, tensors: Mapping[int, np.ndarray]) -> dict[str, np.ndarray]:
    """The outputs computed a second time by the definitions of spec 2, from committed tensors only.

    The relations, checked before, leave the Fresh tensors no other value; the witness program is not used.
    """
    kinds = (t.Model, t.Input, t.Fresh)
    have = {i: np.asarray(a) for i, a in tensors.items() if isinstance(plan.tensors[i].body, kinds)}
    rows = have[plan.inputs[0].tensor].shape[0]
    for index, tensor in enumerate(plan.tensors):
        if index not in have:
            have[index] = define(plan, tensor, have, rows)
    return {port.name: have[port.tensor] for port in plan.outputs}


def in_floats(proto: ModelProto, feeds: Mapping[str, np.ndarray], *, batched: bool) -> dict[str, np.ndarray]:
    """ONNX Runtime without optimisations; ``[B, *shape]`` float64 by output, sample by sample without a batch axis."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options)
    names = [o.name for o in session.get_outputs()]
    if batched:
        found = session.run(None, dict(feeds))
    else:
        rows = range(len(next(iter(feeds.values()))))
        found = [
            np.stack(a)
            for a in zip(*(session.run(None, {k: a[i] for k, a in feeds.items()}) for i in rows), strict=True)
        ]
    return {
        name: np.asarray(a, dtype=np.float64) for name, a in zip(names, found, strict=True) if not isinstance(a, list)
    }
