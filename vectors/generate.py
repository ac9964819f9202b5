"""Writes the vectors: `python vectors/generate.py` in the repository, with the compiled core of this checkout."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import case  # noqa: E402

from affidavit import core  # noqa: E402
from affidavit.bundle import statement as s  # noqa: E402
from affidavit.plan import encode  # noqa: E402
from affidavit.witness import WitnessProgram  # noqa: E402

DOMAINS = ("plan", "statement", "commitment", "layout", "schema", "card", "input-signature")
SEED, INPUT_SEED, ENTROPY = bytes(range(32)), bytes(range(32, 64)), b"affidavit vectors: never for a real proof"
USES = 2


def digests() -> list[dict[str, str]]:
    messages = (b"", b"abc", bytes(range(256)) * 5)
    return [{"domain": d, "data": m.hex(), "digest": core.digest(d, m).hex()} for d in DOMAINS for m in messages]


def intervals(plan: bytes) -> list[dict[str, Any]]:
    keys = ("id", "name", "kind", "batched", "dims", "lo", "hi")
    return [{k: tensor[k] for k in keys} for tensor in core.plan_info(plan).raw["tensors"]]


def sealed(plan: bytes, statement: s.Statement, model: bytes, committed: bytes | None) -> tuple[bytes, dict[str, Any]]:
    layout = core.layout(plan, statement.encode(), model, committed)
    return statement.with_layout(bytes.fromhex(layout["digest"])).encode(), layout


def placement() -> list[dict[str, Any]]:
    """Certificates of the wide plan: layouts with halved chunks, in columns of two numbers of pads."""
    plan = encode(case.wide_plan())
    entries = []
    for uses in (1, 16):
        model = bytes(core.commit_model(plan, case.wide_weights(), uses, SEED).commitment)
        statement = case.certificate(core.digest("plan", plan), core.digest("commitment", model))
        data, layout = sealed(plan, statement, model, None)
        entries.append({"uses": uses, "model": model.hex(), "statement": data.hex(), "layout": layout["digest"]})
    return entries


def main() -> None:
    plan = case.plan_bytes()
    digest = core.digest("plan", plan)
    program = WitnessProgram(case.plan(), case.weights())
    tensors = program.run({"x": case.inputs()})
    oracle = core.commit_model(plan, case.weights(), USES, SEED)
    model = bytes(oracle.commitment)
    model_digest = core.digest("commitment", model)
    schema = core.input_schema(plan, model)
    committed_oracle = core.commit_input(schema, case.BATCH, [case.inputs()], INPUT_SEED)
    committed = bytes(committed_oracle.commitment)
    binding = s.InputBinding(
        commitment=core.digest("commitment", committed),
        schema=core.digest("schema", schema),
        issuer=bytes(range(32)),
        records=("a", "b", "ç"),
        expiry=2_000_000_000,
    )

    statements = {
        "public": (case.statement(digest, model_digest, case.outputs(tensors, "public"), s.PUBLIC), None),
        "uniform": (case.statement(digest, model_digest, case.outputs(tensors, "uniform"), s.UNBOUND), None),
        "mixed": (
            case.statement(digest, model_digest, case.outputs(tensors, "mixed"), s.COMMITTED, binding),
            committed,
        ),
        "certificate": (case.certificate(digest, model_digest), None),
    }
    entries, proofs = [], []
    for name, (statement, given) in statements.items():
        data, layout = sealed(plan, statement, model, given)
        sizes = {k: layout[k] for k in ("range_bits", "log_leaves", "tensors", "lookups", "columns")}
        entries.append(
            {
                "name": name,
                "bytes": data.hex(),
                "digest": core.digest("statement", data).hex(),
                "input_commitment": None if given is None else given.hex(),
                "layout": layout["digest"],
                "sizes": sizes,
            }
        )
        if name in ("mixed", "certificate"):
            witness = {} if name == "certificate" else {i: a for i, a in tensors.items() if i not in (0, 1, 12)}
            proof, _ = core.prove(plan, data, oracle, committed_oracle if given else None, witness, ENTROPY)
            report = core.verify(plan, data, model, given, proof, 128.0)
            (HERE / f"{name}.proof").write_bytes(proof)
            counts = {k: report[k] for k in ("scalars", "products", "checks")}
            proofs.append({"statement": name, "file": f"{name}.proof", "bytes": len(proof)} | counts)

    write("digests.json", "H(domain, data) of spec 1", digests())
    write(
        "plan.json",
        "the plan of case.py: bytes, digest, proven intervals",
        {"bytes": plan.hex(), "digest": digest.hex(), "tensors": intervals(plan)},
    )
    write(
        "commitments.json",
        "commitments of case.py's weights and inputs; pads and salts, hence the roots, come from the seeds",
        {
            "uses": USES,
            "model": {"seed": SEED.hex(), "bytes": model.hex(), "digest": model_digest.hex()},
            "schema": {"bytes": schema.hex(), "digest": core.digest("schema", schema).hex()},
            "input": {"seed": INPUT_SEED.hex(), "bytes": committed.hex(), "digest": binding.commitment.hex()},
        },
    )
    write("statements.json", "statements about the plan with their layouts (spec 6.2, 6.4)", entries)
    write("placement.json", "layouts of the wide plan's certificates (spec 6.4)", placement())
    write("proofs.json", "proofs that verify; a new run makes others, since a prover draws fresh entropy", proofs)


def write(name: str, about: str, content: Any) -> None:
    head = {"about": about, "made_by": "vectors/generate.py"}
    (HERE / name).write_text(json.dumps(head | {"vectors": content}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
