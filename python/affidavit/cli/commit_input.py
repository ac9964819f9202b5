"""``affidavit commit-input``."""

from __future__ import annotations

import time

import click

from affidavit.api import commit_input
from affidavit.cli.common import emit, json_option, lines_of, working


@click.command("commit-input")
@click.argument("inputs", type=click.Path())
@click.option("--schema", type=click.Path(), required=True, help="The model's .card.")
@click.option("--key", type=click.Path(), help="The issuer's private PEM key.")
@click.option("--record", "records", multiple=True, metavar="ID", help="Record id, one per row, in order.")
@click.option("--records", "records_file", type=click.Path(), help="Text file of record ids, one per line and row.")
@click.option("--expires-in", type=click.IntRange(min=1), metavar="SECONDS", help="How long the signature is good.")
@click.option("-o", "--output", "stem", type=click.Path(), required=True, help="Stem of the .input and .input-card.")
@json_option
def command(
    inputs: str,
    schema: str,
    key: str | None,
    records: tuple[str, ...],
    records_file: str | None,
    expires_in: int | None,
    stem: str,
    as_data: bool,
) -> None:
    """Commit INPUTS (.npz or .json) for the model of a card, as their owner; sign them as an issuer with --key."""
    if records_file is not None:
        records += lines_of(records_file)
    expiry = 0 if expires_in is None else int(time.time()) + expires_in
    committed = working("committing", lambda: commit_input(inputs, schema, key=key, records=records, expiry=expiry))
    private, card = committed.save(stem)
    data = {"input": str(private), "input_card": str(card), "uses": committed.uses_left, "batch": committed.batch}
    emit(data, f"{private} (private, {committed.uses_left} uses)\n{card}", as_data)
