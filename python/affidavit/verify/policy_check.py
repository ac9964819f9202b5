"""The policy's questions to a statement whose proof held; each refusal has its own code."""

from __future__ import annotations

import time
from math import prod

import numpy as np

from affidavit import limits
from affidavit.bundle.statement import COMMITTED, PUBLIC, UNBOUND, PublicOutput, Statement
from affidavit.core import PlanInfo
from affidavit.errors import PolicyRefused
from affidavit.rounding import round_half_up
from affidavit.verify.composition import Policy
from affidavit.verify.verified import question


def check_policy(policy: Policy, statement: Statement, plan: PlanInfo, bits: float, now: float | None = None) -> None:
    """Raises :class:`PolicyRefused` with the first thing that the policy does not accept."""
    clock = time.time() if now is None else now
    if bits < policy.min_bits:
        raise PolicyRefused(f"the proof shows {bits:.1f} bits, the policy asks for {policy.min_bits:g}", code="bits")
    if plan.unforced and policy.refuse_unforced:
        raise PolicyRefused(
            f"the card's plan may leave the prover a choice: {plan.unforced[0]}",
            hint="ask the model's owner for a card that affidavit compiled, or read the plan and allow it explicitly "
            "(unsafe_allow_unforced)",
            code="unforced",
        )
    _check_inputs(policy, statement, plan)
    _check_issuer(policy, statement, clock)
    _check_context(policy, statement, clock)
    _check_outputs(policy, statement, plan)


def _check_inputs(policy: Policy, statement: Statement, plan: PlanInfo) -> None:
    unbound = [p.name for p, c in zip(plan.inputs, statement.inputs, strict=True) if c.kind == UNBOUND]
    if unbound and policy.refuse_unbound:
        raise PolicyRefused(
            f"nothing binds the input {', '.join(unbound)}: the proof only says that some input exists",
            hint="ask for a committed or public input, or allow it explicitly (unsafe_allow_unbound)",
            code="unbound",
        )
    for pinned in sorted(policy.inputs, key=lambda p: (p.name, p.data)):
        position = next((i for i, port in enumerate(plan.inputs) if port.name == pinned.name), None)
        claim = None if position is None else statement.inputs[position]
        if position is None or claim is None or claim.kind != PUBLIC or claim.values is None:
            raise PolicyRefused(
                f"the policy asks for a public input {pinned.name!r}",
                hint='ask the prover for inputs_as="public" (--input-as public) under the name that inspect shows',
                code="input",
            )
        port, expected = plan.inputs[position], pinned.cells
        if expected.size != statement.batch * prod(port.shape):
            raise PolicyRefused(f"the public input {port.name!r} has another size than the policy's", code="input")
        with np.errstate(over="ignore"):  # infinite is no integer
            rounded = round_half_up(np.ldexp(expected, port.scale))
        # compared as integers: above 2^53 many of them are one float, and the prover would choose among them
        if not (np.abs(rounded) < 2.0**63).all() or not np.array_equal(rounded.astype(np.int64), claim.values):
            raise PolicyRefused(
                f"the public input {port.name!r} is not the one that the policy asks for",
                hint="the proof is about other data",
                code="input",
            )


def _check_issuer(policy: Policy, statement: Statement, clock: float) -> None:
    committed = statement.input_commitment
    issuer = None if committed is None else committed.issuer
    if policy.issuers is not None:
        if any(claim.kind != COMMITTED for claim in statement.inputs) or issuer is None:
            raise PolicyRefused("the policy asks for an input that an issuer signed", code="issuer")
        if issuer not in (key.raw for key in policy.issuers):
            raise PolicyRefused("the input was signed by another issuer than the policy's", code="issuer")
    elif issuer is not None:
        raise PolicyRefused(
            "the input is signed by an issuer that the policy does not name",
            hint="a signature by a key that you do not know says nothing; give the issuer's public key",
            code="issuer",
        )
    if policy.records is not None and (committed is None or committed.records != policy.records):
        raise PolicyRefused("the input holds other records than the policy asks for", code="records")
    if policy.input_commitment is not None and (committed is None or committed.commitment != policy.input_commitment):
        raise PolicyRefused("the input commitment is not the policy's", code="input")
    if committed is not None and committed.expiry and clock > committed.expiry:
        raise PolicyRefused("the signed input has expired", hint="ask the issuer for a new one", code="expired")


def _check_context(policy: Policy, statement: Statement, clock: float) -> None:
    context = statement.context
    if policy.nonce is not None and context.nonce != policy.nonce:
        raise PolicyRefused("the proof was not made for this nonce", code="nonce")
    if policy.policy_id is not None and context.policy != policy.policy_id:
        raise PolicyRefused(
            f"the proof was made for the policy {context.policy!r}, not {policy.policy_id!r}", code="policy-id"
        )
    if policy.max_age is None:
        return
    if context.time == 0:
        raise PolicyRefused("the statement gives no time", code="age")
    if not -limits.CLOCK_SKEW_SECONDS <= clock - context.time <= policy.max_age:
        raise PolicyRefused(f"the proof is not from the last {policy.max_age:g} seconds", code="age")


def _check_outputs(policy: Policy, statement: Statement, plan: PlanInfo) -> None:
    predicates = [claim for claim in statement.outputs if not isinstance(claim, PublicOutput)]
    for asked in sorted(policy.asked, key=str):
        wanted = asked.predicate
        bound = wanted.bind(plan)
        answers = [claim for claim in predicates if bound.answered_by(claim)]
        if not answers:
            others = [question(claim, plan) for claim in predicates if bound.same_kind(claim)]
            raise PolicyRefused(
                f"the policy asks whether {wanted}, the proof does not answer that",
                hint=f"it answers: {'; '.join(others)}" if others else None,
                code="threshold" if others and wanted.has_threshold else "predicate",
            )
        if asked.must_hold and not all(bool(bound.outcomes(claim).all()) for claim in answers):
            raise PolicyRefused(f"the answer is no: {wanted} does not hold for every row", code="outcome")
    if policy.all_true:
        for claim in predicates:
            outcomes = getattr(claim, "outcomes", None)
            if outcomes is not None and not outcomes.all():
                raise PolicyRefused(
                    f"the answer is no: {question(claim, plan)} does not hold for every row",
                    hint="a policy with outcome='any' accepts proofs of either answer",
                    code="outcome",
                )
