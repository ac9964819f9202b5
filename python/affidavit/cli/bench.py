"""``affidavit bench``."""

from __future__ import annotations

import click

from affidavit.cli.common import emit, json_option, say, working
from affidavit.report.text import seconds, table


@click.command("bench")
@click.argument("model", type=click.Path())
@click.option("--input", "inputs", type=click.Path(), required=True, help="The input to prove (.npz or .json).")
@click.option("--calibration", type=click.Path(), help="Typical inputs; the input itself where left out.")
@click.option("--repeat", type=click.IntRange(min=1), default=3, show_default=True, help="Runs; medians are shown.")
@click.option("--uses", type=click.IntRange(min=1), default=16, show_default=True, help="Uses of the commitments.")
@click.option("--field", type=click.Choice(["koalabear", "goldilocks"]), help="Force the field.")
@json_option
def command(
    model: str, inputs: str, calibration: str | None, repeat: int, uses: int, field: str | None, as_data: bool
) -> None:
    """Compile, commit, prove and verify MODEL (.onnx) on this machine; the input is committed and signed."""
    from affidavit.report.bench import bench

    options = {} if field is None else {"field": field}
    data, extra = working(
        "measuring", lambda: bench(model, inputs, calibration, repeat=repeat, uses=uses, options=options)
    )
    say(f"verify with an unseen card: {seconds(extra['verify_card_unseen_seconds'])}")
    for stage, value in extra["stages"].items():
        if isinstance(value, float):
            say(f"  {stage}: {seconds(value)}")
    emit(data, table(data.items()), as_data)
