"""What a verified statement lets its reader know, and what that knowledge rests on, in plain words."""

from __future__ import annotations

from affidavit.bundle.statement import COMMITTED, PUBLIC, UNBOUND, ArgMax, PublicOutput, Statement
from affidavit.core import PlanInfo
from affidavit.report.text import plain
from affidavit.verify.verified import question

SETUP = "none (transparent: no ceremony, no secret setup)"
HASH = "BLAKE3 behaves like a random oracle (Fiat-Shamir, Merkle trees)"
UNAUDITED = "this software is correct; it has not been audited"

#: What a proof rests on whose card the verifier does not know (``unsafe_any_model``).
UNPINNED = "UNSAFE: the card came along with the proof: nobody vouches that its model is the one that you mean"

#: What a proof rests on whose plan is not seen to be a function (``unsafe_allow_unforced``).
UNFORCED = "UNSAFE: the plan's relations may leave the prover a choice of outputs"

#: What every proof rests on, whatever it says.
ALWAYS = (f"setup: {SETUP}", HASH, UNAUDITED)


def known(statement: Statement, plan: PlanInfo, identity: bytes = b"", position: int = 0) -> tuple[str, ...]:
    """One sentence per fact that the proof establishes; ``position`` is the commitment's in its card's chain."""
    rows = "one inference" if statement.batch == 1 else f"{statement.batch} inferences"
    facts = [
        f"the committed model {statement.model.hex()[:16]} computed {rows} of the plan {statement.plan.hex()[:16]}"
    ]
    if position:
        facts.append(f"it holds the weights of the model {identity.hex()[:16]}, after {_times(position)}")
    for port, given in zip(plan.inputs, statement.inputs, strict=True):
        if given.kind == PUBLIC:
            facts.append(f"input {port.name} is the public one")
        elif given.kind == UNBOUND:
            facts.append(f"input {port.name} is UNBOUND: some input exists, nothing says which")
    binding = statement.input_commitment
    if binding is not None:
        names = ", ".join(p.name for p, c in zip(plan.inputs, statement.inputs, strict=True) if c.kind == COMMITTED)
        signer = "signed by nobody" if binding.issuer is None else f"signed by issuer {binding.issuer.hex()[:16]}"
        facts.append(f"input {names} is committed under {binding.commitment.hex()[:16]}, {signer}")
        if binding.records:
            first = (
                binding.records[0] if len(binding.records) == 1 else f"{binding.records[0]} ... {binding.records[-1]}"
            )
            # record ids are part of what an issuer signs; without one they are only the prover's words
            named = "records" if binding.issuer is not None else "records, as the prover names them"
            facts.append(f"{named}: {first}")
    for claim in statement.outputs:
        if isinstance(claim, PublicOutput):
            facts.append(f"output {plan.outputs[claim.output].name} is revealed")
        elif isinstance(claim, ArgMax):
            shown = ", ".join(str(int(c)) for c in claim.classes[:8]) + (" ..." if claim.classes.size > 8 else "")
            facts.append(f"{question(claim, plan)} = {shown}")
        else:
            true = int(claim.outcomes.sum())
            verdict = ("true" if true else "false") if statement.batch == 1 else f"true for {true} of {statement.batch}"
            facts.append(f"{question(claim, plan)}: {verdict}")
    return tuple(plain(fact) for fact in facts)


def _times(renewals: int) -> str:
    return "one renewal" if renewals == 1 else f"{renewals} renewals"


def assumed(statement: Statement) -> tuple[str, ...]:
    """One sentence per thing that is not proven."""
    facts = list(ALWAYS)
    binding = statement.input_commitment
    if binding is not None and binding.issuer is not None:
        facts.append("the issuer signs only true records and keeps its key (Ed25519)")
    elif binding is not None or any(claim.kind == UNBOUND for claim in statement.inputs):
        facts.append("the prover chose the input: no issuer vouches for it")
    if statement.context.time:
        facts.append("the time in the statement is the prover's claim")
    if not statement.context.nonce:
        facts.append("no nonce: the proof may have been made at any time, and shown to others before")
    return tuple(facts)


def hidden(statement: Statement, plan: PlanInfo) -> tuple[str, ...]:
    """What the proof does not show."""
    shown = {claim.output for claim in statement.outputs if isinstance(claim, PublicOutput)}
    facts = ["all weights", "every intermediate value"]
    facts += [f"input {p.name}" for p, c in zip(plan.inputs, statement.inputs, strict=False) if c.kind != PUBLIC]
    facts += [f"output {port.name}" for i, port in enumerate(plan.outputs) if i not in shown]
    return tuple(facts)
