"""``affidavit verify``."""

from __future__ import annotations

from typing import Any

import click
import numpy as np

from affidavit import core
from affidavit.bundle.card import Card
from affidavit.cli.common import (
    QuestionCommand,
    emit,
    hex_bytes,
    json_option,
    lines_of,
    predicate_options,
    predicates_of,
    working,
)
from affidavit.report.text import plain, seconds, section
from affidavit.verify.check import verify
from affidavit.verify.policy import DEFAULT_BITS, Model, load_card, unsafe_any_model
from affidavit.verify.verified import Verified

#: More values than this are not printed as text.
_SHOWN = 64


def _arrays(path: str, card: Card) -> dict[str, np.ndarray]:
    """Arrays by input name; one array without a name belongs to a model's only input."""
    from affidavit.inputs import UNNAMED, load_arrays

    arrays, ports = load_arrays(path), core.plan_info(card.plan).inputs
    return {ports[0].name: arrays[UNNAMED]} if UNNAMED in arrays and len(ports) == 1 else arrays


@click.command("verify", cls=QuestionCommand)
@click.argument("bundle", type=click.Path())
@click.option("--card", type=click.Path(), required=True, help="The model's card, from its owner.")
@click.option("--issuer", type=click.Path(), help="Public PEM key that must have signed the input.")
@click.option("--record", "records", multiple=True, metavar="ID", help="Record id that must be there, one per row.")
@click.option("--records", "records_file", type=click.Path(), help="Text file of record ids, one per line and row.")
@click.option("--public-inputs", type=click.Path(), help="Inputs that must be public and these (.npz or .json).")
@click.option("--input-commitment", metavar="HEX", help="Digest of the input commitment that the proof must be about.")
@predicate_options
@click.option("--any-outcome", is_flag=True, help="Accept a proof that the answer is no.")
@click.option("--nonce", metavar="HEX", help="Nonce that the proof must carry.")
@click.option("--policy-id", help="Policy id that the proof must carry.")
@click.option("--max-age", type=float, metavar="SECONDS", help="Oldest acceptable proof; needs --nonce.")
@click.option("--min-bits", type=float, default=DEFAULT_BITS, show_default=True, help="Proven bits to insist on.")
@click.option("--unsafe-allow-unbound", is_flag=True, help="Accept a proof about some input that nothing binds.")
@click.option(
    "--unsafe-allow-unforced", is_flag=True, help="Accept a plan whose relations may leave the prover a choice."
)
@click.option("--unsafe-any-model", "any_model", is_flag=True, help="Accept a card that nobody vouches for.")
@json_option
def command(
    bundle: str,
    card: str,
    issuer: str | None,
    records: tuple[str, ...],
    records_file: str | None,
    public_inputs: str | None,
    input_commitment: str | None,
    any_outcome: bool,
    nonce: str | None,
    policy_id: str | None,
    max_age: float | None,
    min_bits: float,
    unsafe_allow_unbound: bool,
    unsafe_allow_unforced: bool,
    any_model: bool,
    as_data: bool,
    **questions: Any,
) -> None:
    """Check BUNDLE under a policy. Exit code 0 only if the proof holds and the policy accepts it."""
    if records_file is not None:
        records += lines_of(records_file)
    anchor = load_card(card)
    policy = (unsafe_any_model if any_model else Model)(
        anchor,
        predicate=predicates_of(**questions),
        outcome="any" if any_outcome else "true",
        issuer=issuer,
        records=records if records or records_file is not None else None,
        inputs=None if public_inputs is None else _arrays(public_inputs, anchor),
        input_commitment=hex_bytes(input_commitment, "--input-commitment"),
        nonce=hex_bytes(nonce, "--nonce"),
        policy_id=policy_id,
        max_age=max_age,
        min_bits=min_bits,
        unsafe_allow_unbound=unsafe_allow_unbound,
        unsafe_allow_unforced=unsafe_allow_unforced,
    )
    result = working("verifying", lambda: verify(bundle, policy))
    emit(result.to_json(), verified_text(result), as_data)


def verified_text(result: Verified) -> str:
    """The result for people."""
    parts = [
        f"VERIFIED  {result.bits:.1f} bits proven, {seconds(result.seconds['total'])} "
        f"(of which the card {seconds(result.seconds['card'])})"
    ]
    if not result.model_pinned:
        parts.append("WARNING: nobody vouches for the model: whoever made the proof chose it")
    if result.unbound:
        parts.append(f"WARNING: unbound inputs: {', '.join(result.unbound)}")
    if result.unforced:
        parts.append(f"WARNING: the plan may leave the prover a choice: {'; '.join(result.unforced)}")
    parts.append(section("known", result.known))
    if result.hidden_outputs:
        parts.append(section("hidden", [f"output {name}" for name in result.hidden_outputs]))
    parts.append(section("assumed", result.assumed))
    values = [*result.public_inputs.items(), *result.outputs.items()]
    if values:
        parts.append("\n".join(f"{name} = {_shown(array)}" for name, array in values))
    return plain("\n\n".join(parts))


def _shown(array: np.ndarray) -> str:
    if array.size <= _SHOWN:
        return str(array.tolist())
    return f"{array.size} values of shape {list(array.shape)}; --json shows them"
