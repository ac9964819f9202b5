"""``affidavit prove``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from affidavit.api import prove
from affidavit.bundle.bundle import MAGIC, Bundle
from affidavit.bundle.files import PendingFile
from affidavit.cli.common import (
    QuestionCommand,
    emit,
    hex_bytes,
    json_option,
    predicate_options,
    predicates_of,
    working,
)
from affidavit.committed_input import CommittedInput
from affidavit.errors import InputError
from affidavit.model import CommittedModel
from affidavit.report.text import seconds, size


@click.command("prove", cls=QuestionCommand)
@click.argument("model", type=click.Path())
@click.option("--input", "source", type=click.Path(), required=True, help="A committed .input, or .npz / .json.")
@click.option(
    "--input-as",
    type=click.Choice(["committed", "public", "unbound"]),
    default="committed",
    show_default=True,
    help="What the statement says about a plain input.",
)
@click.option("--reveal", multiple=True, metavar="OUTPUT", help="Show this output.")
@predicate_options
@click.option("--nonce", metavar="HEX", help="The verifier's nonce.")
@click.option("--policy-id", default="", help="The policy that the proof is made for.")
@click.option("--no-time", is_flag=True, help="Leave the time out of the statement.")
@click.option("--unsafe-allow-repeated-thresholds", is_flag=True, help="Allow another threshold on the same record.")
@click.option("--unsafe-allow-copy", is_flag=True, help="Use a copied or restored private file.")
@click.option("-o", "--output", type=click.Path(), required=True, help="The bundle to write.")
@json_option
def command(
    model: str,
    source: str,
    input_as: str,
    reveal: tuple[str, ...],
    nonce: str | None,
    policy_id: str,
    no_time: bool,
    unsafe_allow_repeated_thresholds: bool,
    unsafe_allow_copy: bool,
    output: str,
    as_data: bool,
    **questions: Any,
) -> None:
    """Prove what MODEL (.model) computes on one input or a batch; all that is not revealed stays hidden."""
    predicates = predicates_of(**questions)
    owner = CommittedModel.load(model, unsafe_allow_copy=unsafe_allow_copy)
    committed = (
        CommittedInput.load(source, unsafe_allow_copy=unsafe_allow_copy) if Path(source).suffix == ".input" else None
    )
    # opened before a use is spent
    with PendingFile(output, MAGIC) as target:
        bundle = working(
            "proving",
            lambda: prove(
                owner,
                None if committed is not None else source,
                input=committed,
                inputs_as=input_as,
                reveal=reveal,
                predicate=predicates,
                nonce=hex_bytes(nonce, "--nonce") or b"",
                policy_id=policy_id,
                time=0 if no_time else None,
                unsafe_allow_repeated_thresholds=unsafe_allow_repeated_thresholds,
            ),
        )
        path = _write(target, bundle)
    times = bundle.timings["seconds"]
    left = bundle.timings["uses_left"]
    data = {"bundle": str(path), "proof_bytes": len(bundle.proof), "seconds": times, "uses_left": left}
    text = f"{path} ({size(len(bundle.proof))}, {seconds(times['total'])}); {left} uses left"
    emit(data, text, as_data)


def _write(target: PendingFile, bundle: Bundle) -> Path:
    try:
        return target.write(bundle.encode())
    except InputError as error:
        made = "the proof was made: its use is spent, and its thresholds count as asked"
        error.hint = f"{error.hint}; {made}" if error.hint else made
        raise
