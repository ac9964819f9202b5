"""Writes the vectors: `python vectors/generate.py` in the repository, with the compiled core of this checkout."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import accepting  # noqa: E402
import bases  # noqa: E402
import case  # noqa: E402
import rejecting_bundle  # noqa: E402
import rejecting_proof  # noqa: E402
import rejecting_session  # noqa: E402
import zero  # noqa: E402
from edits import edits_of  # noqa: E402

from affidavit import core  # noqa: E402
from affidavit.bundle import statement as s  # noqa: E402
from affidavit.bundle.bundle import Bundle  # noqa: E402
from affidavit.plan import Field, encode  # noqa: E402
from affidavit.witness import WitnessProgram  # noqa: E402

DOMAINS = ("plan", "statement", "commitment", "layout", "schema", "card", "input-signature")
SEED, INPUT_SEED = accepting.SEED, accepting.INPUT_SEED
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
    entries = []
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
    proofs()


def proofs() -> None:
    """Bundles and cards that hold, and edits of them that do not. A new run makes others: a prover draws entropy."""
    committed, bundles = accepting.everything()
    (HERE / "cards").mkdir(exist_ok=True)
    (HERE / "bundles").mkdir(exist_ok=True)
    entries: list[dict[str, Any]] = []
    for name, model in committed.items():
        (HERE / "cards" / f"{name}.card").write_bytes(model.card)
        renewal = {"renewal": 0} if name == accepting.RENEWED else {}
        what, covers = ("renewal", "two commitments to one model") if renewal else ("certificate", "weight certificate")
        entries.append({"name": f"{what}-{name}", "covers": covers, "card": f"cards/{name}.card"} | renewal)
    for spec in accepting.SPECS:
        (HERE / "bundles" / f"{spec.name}.affidavit").write_bytes(bundles[spec.name])
        files = {"card": f"cards/{spec.model}.card", "bundle": f"bundles/{spec.name}.affidavit"}
        entries.append({"name": spec.name, "covers": spec.covers} | files | {"policy": spec.policy})
    lies = {}
    for field in (Field.KOALABEAR, Field.GOLDILOCKS):
        for lie, parts in zero.proofs(field, int(field)).items():
            name = f"zero-{field.name.lower()}" + (f"-{lie}" if lie else "")
            if lie and field == Field.GOLDILOCKS:
                continue  # the same steps; one field is enough
            (HERE / "bundles" / f"{name}.affidavit").write_bytes(Bundle(parts.statement, parts.proof).encode())
            if lie:
                lies[lie] = name
                continue
            inline = {"bundle": f"bundles/{name}.affidavit", "plan": parts.plan.hex(), "model": parts.model.hex()}
            covers = "proven without the core: zero weights, no lookups, one product, 8 queries"
            entries.append({"name": name, "covers": covers, "least_bits": 0.0} | inline)
    for entry in entries:
        p = bases.read(entry).parts
        report = core.verify(p.plan, p.statement, p.model, p.input, p.proof, entry.get("least_bits", 128.0))
        entry |= {k: report[k] for k in ("scalars", "products", "checks")}
    write("accept.json", "what verifies (spec 8.1), with its numbers of scalars, products and rows", entries)
    write(
        "reject.json",
        "what does not verify, as edits of what does, with the step of spec 8 that refuses it",
        rejects(lies),
    )


def rejects(lies: dict[str, str]) -> list[dict[str, Any]]:
    read = bases.accepting()
    p = {name: base.parts for name, base in read.items()}
    f = {name: base.files for name, base in read.items() if base.files is not None}
    certificate = "certificate-layer-koalabear"
    entries = []
    for r in (
        *rejecting_session.plans("unsigned", p["unsigned"]),
        *rejecting_session.statements("signed-mixed", p["signed-mixed"], (certificate, p[certificate])),
        *rejecting_session.commitments("signed-mixed", p["signed-mixed"], ("public", p["public"])),
        *rejecting_session.renewals("renewal-affine-renewed", p["renewal-affine-renewed"]),
        *rejecting_session.layouts("public", p["public"], ("unbound-false", p["unbound-false"])),
        *rejecting_proof.streams("unsigned", p["unsigned"]),
        *rejecting_proof.claims("signed-mixed", p["signed-mixed"]),
        *rejecting_proof.sizes("public", p["public"], ("affine-public", p["affine-public"])),
    ):
        bits = {} if r.least_bits == 128.0 else {"least_bits": "NaN" if math.isnan(r.least_bits) else r.least_bits}
        entries.append(
            {"name": r.name, "level": "proof", "base": r.base, "step": r.step} | bits | described(r.base, r.parts, p)
        )
    exchanged = {"name": "proof-of-another-statement", "level": "proof", "base": "unsigned", "step": "21"}
    entries.append(exchanged | {"from": {"proof": "signed-mixed"}})
    for lie, step in (("row", "26"), ("pads", "27"), ("operands", "27"), ("product", "27")):
        entry = {"name": f"lie-{lie}", "level": "proof", "base": "zero-koalabear", "step": step, "least_bits": 0.0}
        entries.append(entry | {"bundle": f"bundles/{lies[lie]}.affidavit"})
    given = {spec.name: spec.policy for spec in accepting.SPECS}
    signed = ("signed-true", f["signed-true"], given["signed-true"])
    for r in (
        *rejecting_bundle.bundles(*signed, ("unsigned", f["unsigned"])),
        *rejecting_bundle.cards(*signed, f["affine-public"].card),
        *rejecting_bundle.chains("affine-renewed", f["affine-renewed"], f["affine-public"].card),
        *rejecting_bundle.policies(f, given),
    ):
        entry = {"name": r.name, "level": "bundle", "base": r.base, "step": r.step, "policy": r.policy}
        entries.append(entry | described(r.base, r.files, f))
    return entries


def described(name: str, changed: Any, all_: dict[str, Any]) -> dict[str, Any]:
    """Edits, or whole files that are those of another base."""
    edits, taken = edits_of(all_[name], changed), {}
    for part in list(edits):
        data = getattr(changed, part)
        if data is not None and len(data) > 1000:
            same = [other for other, base in all_.items() if getattr(base, part) == data]
            if same:
                taken[part] = same[0]
                del edits[part]
    return ({"from": taken} if taken else {}) | {"edits": edits}


def write(name: str, about: str, content: Any) -> None:
    head = {"about": about, "made_by": "vectors/generate.py"}
    text = json.dumps(head | {"vectors": content}, indent=1, ensure_ascii=False)
    if name == "reject.json":  # an entry a line
        lines = ",\n  ".join(json.dumps(entry, ensure_ascii=False) for entry in content)
        text = json.dumps(head, indent=1)[:-2] + f',\n "vectors": [\n  {lines}\n ]\n}}'
    (HERE / name).write_text(text + "\n")


if __name__ == "__main__":
    main()
