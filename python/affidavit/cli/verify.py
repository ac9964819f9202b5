"""``affidavit verify``."""

from __future__ import annotations

from typing import Any

import click

from affidavit.cli.common import emit, hex_bytes, json_option, predicate_options, predicates_of, working
from affidavit.report.text import seconds, section
from affidavit.verify.check import verify
from affidavit.verify.policy import DEFAULT_BITS, Model
from affidavit.verify.verified import Verified


@click.command("verify")
@click.argument("bundle", type=click.Path())
@click.option("--card", type=click.Path(), required=True, help="The model's card, from its owner.")
@click.option("--issuer", type=click.Path(), help="Public PEM key that must have signed the input.")
@click.option("--record", "records", multiple=True, metavar="ID", help="Record id that must be there, one per row.")
@predicate_options
@click.option("--any-outcome", is_flag=True, help="Accept a proof that the answer is no.")
@click.option("--nonce", metavar="HEX", help="Nonce that the proof must carry.")
@click.option("--policy-id", help="Policy id that the proof must carry.")
@click.option("--max-age", type=float, metavar="SECONDS", help="Oldest acceptable proof; needs --nonce.")
@click.option("--min-bits", type=float, default=DEFAULT_BITS, show_default=True, help="Proven bits to insist on.")
@click.option("--unsafe-allow-unbound", is_flag=True, help="Accept a proof about some input that nothing binds.")
@json_option
def command(
    bundle: str,
    card: str,
    issuer: str | None,
    records: tuple[str, ...],
    any_outcome: bool,
    nonce: str | None,
    policy_id: str | None,
    max_age: float | None,
    min_bits: float,
    unsafe_allow_unbound: bool,
    as_data: bool,
    **questions: Any,
) -> None:
    """Check BUNDLE under a policy. Exit code 0 only if the proof holds and the policy accepts it."""
    policy = Model(
        card,
        predicate=predicates_of(**questions),
        outcome="any" if any_outcome else "true",
        issuer=issuer,
        records=records or None,
        nonce=hex_bytes(nonce, "--nonce"),
        policy_id=policy_id,
        max_age=max_age,
        min_bits=min_bits,
        unsafe_allow_unbound=unsafe_allow_unbound,
    )
    result = working("verifying", lambda: verify(bundle, policy))
    emit(result.to_json(), verified_text(result), as_data)


def verified_text(result: Verified) -> str:
    """The result for people."""
    parts = [
        f"VERIFIED  {result.bits:.1f} bits proven, {seconds(result.seconds['total'])} "
        f"(of which the card {seconds(result.seconds['card'])})"
    ]
    if result.unbound:
        parts.append(f"WARNING: unbound inputs: {', '.join(result.unbound)}")
    parts.append(section("known", result.known))
    if result.hidden_outputs:
        parts.append(section("hidden", [f"output {name}" for name in result.hidden_outputs]))
    parts.append(section("assumed", result.assumed))
    for name, values in result.outputs.items():
        parts.append(f"{name} = {values.tolist()}")
    return "\n\n".join(parts)
