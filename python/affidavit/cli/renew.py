"""``affidavit renew``."""

from __future__ import annotations

import click

from affidavit.api import renew
from affidavit.cli.common import emit, json_option, say, working
from affidavit.model import CommittedModel
from affidavit.verify.card_check import identity_of


@click.command("renew")
@click.argument("model", type=click.Path())
@click.option("--uses", type=click.IntRange(min=1), help="Proofs to have pads for; as many as before, if not given.")
@click.option("--unsafe-allow-copy", is_flag=True, help="Use a copied or restored private file.")
@click.option("-o", "--output", "stem", type=click.Path(), required=True, help="Stem of the new .model and .card.")
@json_option
def command(model: str, uses: int | None, unsafe_allow_copy: bool, stem: str, as_data: bool) -> None:
    """Give MODEL (.model) fresh pads: writes STEM.model with its .uses and .thresholds (private), and STEM.card.

    The new card shows that it is the same model; publish it in place of the old one. Bundles made before stay valid
    under it. After an interruption the same command goes on.
    """
    before = CommittedModel.load(model, unsafe_allow_copy=unsafe_allow_copy)
    try:
        renewed = working("renewing", lambda: renew(before, stem, uses=uses))
    except KeyboardInterrupt:
        say("the renewal goes on when the same command is run again")
        raise
    card = str(renewed.path.with_suffix(".card")) if renewed.path is not None else None
    data = {
        "model": str(renewed.path),
        "card": card,
        "uses": renewed.uses_left,
        "renewals": len(renewed.card.renewals),
        "identity": identity_of(renewed.card).hex(),
    }
    if renewed.commitment.pads != before.commitment.pads:
        say("note: the number of uses is another one, so inputs that were committed before have to be committed again")
    emit(data, f"{renewed.path} (private, {renewed.uses_left} uses)\n{card}", as_data)
