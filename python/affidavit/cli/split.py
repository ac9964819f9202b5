"""``affidavit split``."""

from __future__ import annotations

import click

from affidavit.api import split
from affidavit.cli.common import emit, json_option, working
from affidavit.model import CommittedModel


@click.command("split")
@click.argument("model", type=click.Path())
@click.option("--uses", type=click.IntRange(min=1), required=True, help="Uses to give away.")
@click.option("--unsafe-allow-copy", is_flag=True, help="Use a copied or restored private file.")
@click.option("-o", "--output", "stem", type=click.Path(), required=True, help="Stem of the part's .model.")
@json_option
def command(model: str, uses: int, unsafe_allow_copy: bool, stem: str, as_data: bool) -> None:
    """Give part of MODEL's uses to another machine: writes STEM.model with its .uses and .thresholds (private).

    Move the three files, never copy them. The card stays the same.
    """
    owner = CommittedModel.load(model, unsafe_allow_copy=unsafe_allow_copy)
    part = working("splitting", lambda: split(owner, stem, uses=uses))
    data = {"model": str(part.path), "uses": part.uses_left, "uses_left": owner.uses_left}
    text = f"{part.path} (private, {part.uses_left} uses); {owner.uses_left} uses left in {model}"
    emit(data, text, as_data)
