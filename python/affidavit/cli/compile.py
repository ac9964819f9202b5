"""``affidavit compile``."""

from __future__ import annotations

import click

from affidavit.api import compile as compile_model
from affidavit.cli.common import emit, json_option, working
from affidavit.errors import UsageError
from affidavit.model import plan_paths
from affidavit.report.compiled import report_data, report_text


def _dims(pairs: tuple[str, ...]) -> dict[str, int]:
    result = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not value.isdigit() or not name:
            raise UsageError(f"{pair!r} is no dimension", hint="write --dim name=3")
        result[name] = int(value)
    return result


@click.command("compile")
@click.argument("model", type=click.Path())
@click.option("--calibration", type=click.Path(), required=True, help="Typical inputs (.npz or .json).")
@click.option("--dim", "dims", multiple=True, metavar="NAME=N", help="Bind a named dimension of the model.")
@click.option("--field", type=click.Choice(["koalabear", "goldilocks"]), help="Force the field.")
@click.option("--fidelity", type=float, help="Median error to reach, relative to the output's range.")
@click.option("-o", "--output", type=click.Path(), required=True, help="The plan; weights go beside it.")
@click.option("--force", is_flag=True, help="Replace an existing plan; weights are never replaced.")
@json_option
def command(
    model: str,
    calibration: str,
    dims: tuple[str, ...],
    field: str | None,
    fidelity: float | None,
    output: str,
    force: bool,
    as_data: bool,
) -> None:
    """Import, quantise and plan an ONNX MODEL: writes a public plan and, beside it, private weights."""
    options = {k: v for k, v in {"field": field, "fidelity": fidelity}.items() if v is not None}
    plan_paths(output, force=force)
    compiled = working("compiling", lambda: compile_model(model, calibration, dims=_dims(dims), **options))
    plan, weights = compiled.save(output, force=force)
    data = {"plan": str(plan), "weights": str(weights), "digest": compiled.digest, **report_data(compiled)}
    emit(data, f"{plan}\n{weights} (private)\n\n{report_text(compiled)}", as_data)
