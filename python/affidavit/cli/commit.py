"""``affidavit commit``."""

from __future__ import annotations

import click

from affidavit.api import commit
from affidavit.cli.common import emit, json_option, working


@click.command("commit")
@click.argument("plan", type=click.Path())
@click.option("--uses", type=click.IntRange(min=1), default=16, show_default=True, help="Proofs to have pads for.")
@click.option("-o", "--output", "stem", type=click.Path(), required=True, help="Stem of the .model and .card.")
@json_option
def command(plan: str, uses: int, stem: str, as_data: bool) -> None:
    """Commit the model of PLAN: writes STEM.model with STEM.model.uses (private) and STEM.card (public)."""
    model = working("committing", lambda: commit(plan, uses=uses))
    private, card = model.save(stem)
    data = {"model": str(private), "card": str(card), "uses": model.uses_left, "plan": model.info.digest.hex()}
    emit(data, f"{private} (private, {model.uses_left} uses)\n{card}", as_data)
