"""``affidavit inspect``."""

from __future__ import annotations

from typing import Any

import click

from affidavit.api import inspect
from affidavit.cli.common import emit, json_option
from affidavit.report.text import table


@click.command("inspect")
@click.argument("file", type=click.Path())
@json_option
def command(file: str, as_data: bool) -> None:
    """Say what FILE is and what it makes public: ONNX model, plan, card, bundle, input card or a private file."""
    result = inspect(file)
    emit(result, _text(result), as_data)


def _text(result: dict[str, Any]) -> str:
    simple: list[tuple[str, object]] = []
    blocks: list[str] = []
    for key, value in result.items():
        if isinstance(value, dict):
            blocks.append(f"{key}\n" + table((f"  {k}", v) for k, v in value.items()))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            names = tuple(value[0])
            rows = [[f"  {row.get(n)}" if i == 0 else row.get(n) for i, n in enumerate(names)] for row in value]
            blocks.append(f"{key}\n" + table(rows, [f"  {n}" if i == 0 else n for i, n in enumerate(names)]))
        else:
            shown = (
                value
                if not isinstance(value, list)
                else ", ".join(map(str, value[:8])) + (" ..." if len(value) > 8 else "")
            )
            simple.append((key, shown))
    return "\n\n".join([table(simple), *blocks])
