"""``affidavit explain``."""

from __future__ import annotations

import click

from affidavit.api import explain
from affidavit.cli.common import emit, json_option, working
from affidavit.report.explain import explain_text


@click.command("explain")
@click.argument("file", type=click.Path())
@click.option("--card", type=click.Path(), help="The model's card, to explain a bundle in full.")
@json_option
def command(file: str, card: str | None, as_data: bool) -> None:
    """Say what a bundle, card or plan reveals, hides and assumes, with the soundness ledger term by term."""
    result = working("explaining", lambda: explain(file, card))
    emit(result, explain_text(result), as_data)
