"""Rejecting vectors of steps 14 to 28: the proof's bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import sections
from edits import Parts, put, xor
from rejecting_session import QUERIES, Reject, planned, sealed, stated

from affidavit.bundle import statement as s
from affidavit.plan import decode
from affidavit.plan import types as t


def streams(name: str, b: Parts) -> Iterator[Reject]:
    """``b`` has a committed input, so three oracles."""
    found = sections.find(b)
    at, width, proof = found.at, found.session.plan.field.width, b.proof
    full = b"\xff" * width

    def of(label: str, data: bytes, step: str, least_bits: float = 128.0) -> Reject:
        return Reject(label, name, replace(b, proof=data), step, least_bits)

    def over(section: str, data: bytes) -> bytes:
        i = at[section]
        return proof[:i] + data + proof[i + len(data) :]

    yield of("proof-empty", b"", "14")
    yield of("proof-root-cut", proof[:31], "14")
    yield of("lookup-nonce-cut", proof[:39], "15")
    yield of("lookup-nonce", put(proof, 32, "Q", 1), "15")
    yield of("scalars-cut", proof[: at["scalars"] + 100], "16")
    yield of("scalar-not-canonical", over("scalars", full), "16")
    yield of("u-cut", proof[: at["beta"] - 1], "16")
    yield of("u-not-canonical", over("u", full), "16")
    yield of("bits", proof, "18", 129.0)
    yield of("bits-not-a-number", proof, "18", float("nan"))
    yield of("beta-cut", proof[: at["beta"]], "20")
    for section in ("beta", "X_H", "X_Y", "Phi"):
        yield of(f"{section}-not-canonical", over(section, full), "20")
    yield of("Phi-cut", proof[: at["query nonce"] - 1], "20")
    for section in ("root", "scalars", "u", "beta", "X_H", "X_Y"):
        yield of(f"{section}-changed", xor(proof, at[section]), "21")
    yield of("Phi-changed", xor(proof, at["Phi"]), "22")
    yield of("query-nonce-cut", proof[: at["query nonce"] + 7], "23")
    yield of("query-nonce", xor(proof, at["query nonce"]), "23")
    yield of("X_H-mask-changed", xor(proof, at["X_Y"] - width), "23")
    yield of("rows-missing", proof[: at["model rows"]], "24")
    yield of("rows-cut", proof[:-1], "24")
    for oracle in ("model", "input", "fresh"):
        yield of(f"{oracle}-row-not-canonical", over(f"{oracle} rows", full), "24")
        yield of(f"{oracle}-row-changed", xor(proof, at[f"{oracle} rows"]), "25")
    yield of("salt-changed", xor(proof, salts(found)), "25")
    yield of("sibling-changed", xor(proof, -1), "25")
    yield of("proof-longer", proof + b"\0", "28")
    yield of("ground-again", ground_again(found, b), "25")


def salts(found: sections.Sections) -> int:
    """Offset of the first salt of the model's opening."""
    count = len(found.positions)
    return found.at["model rows"] + count * found.session.layout.oracles[0].columns * found.session.plan.field.width


def ground_again(found: sections.Sections, b: Parts) -> bytes:
    """X_H's last cell (which no row is about) changed and the work done again, with rows of the old positions."""
    at = found.at
    proof = xor(b.proof, at["X_Y"] - found.session.plan.field.width)
    nonce = sections.ground_again(replace(b, proof=proof), len(found.positions))
    return put(proof, at["query nonce"], "Q", nonce)


def claims(name: str, b: Parts) -> Iterator[Reject]:
    """Statements that are false or were not proven; everything else recomputed."""
    st = s.Statement.decode(b.statement)
    first = st.outputs[0]
    flipped = np.where(np.arange(len(first.outcomes)) == 0, ~first.outcomes, first.outcomes)
    changes = {
        "claim-outcome": {"outputs": (replace(first, outcomes=flipped), *st.outputs[1:])},
        "claim-threshold": {"outputs": (replace(first, threshold=first.threshold + 1), *st.outputs[1:])},
        "claim-nonce": {"context": replace(st.context, nonce=b"another")},
        "claim-time": {"context": replace(st.context, time=st.context.time + 1)},
    }
    for label, change in changes.items():
        yield Reject(label, name, sealed(stated(b, **change)), "21")


def sizes(name: str, b: Parts, affine: tuple[str, Parts]) -> Iterator[Reject]:
    """Runs that are too long. Nothing is tested while scalars are read, so any canonical bytes do."""
    big = sealed(replace(b, model=put(b.model, QUERIES, "HBI", 2048, 16, 2048)))
    yield Reject("finish-size", name, big, "19", 0.0)
    base, a = affine
    plan = decode(a.plan)
    view = t.View((t.Part(2, (0,), (1 << 26,), 0, (0,)),))
    tensors = (*plan.tensors, t.Tensor("big", True, (1 << 26,), 0, view))
    heavy = planned(a, replace(plan, tensors=tensors, relations=(*plan.relations, t.Zero(5))))
    yield Reject("work", base, heavy, "17")
