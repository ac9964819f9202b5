"""``affidavit demo``."""

from __future__ import annotations

import click

from affidavit.bundle.files import write_atomic
from affidavit.cli.common import as_json, emit, json_option, say, working
from affidavit.demo.folder import MARKER, fresh_folder


@click.command("demo")
@click.option("-o", "--output", default="demo-out", show_default=True, type=click.Path(), help="Folder for the files.")
@json_option
def command(output: str, as_data: bool) -> None:
    """Run the credit story on real data: a lender proves a decision to a bank, without record, weights or score."""
    from affidavit.demo.story import Demo
    from affidavit.demo.summary import summary, summary_data

    folder = fresh_folder(output)
    results = working("demo", lambda: Demo(folder, say).run(), show=False)
    data = summary_data(results)
    write_atomic(folder / MARKER, (as_json(data) + "\n").encode())
    say(f"files are in {folder}/; try: affidavit explain {folder}/decision.affidavit --card {folder}/credit.card\n")
    emit(data, summary(results), as_data)
