"""What commands share: output, progress, errors with exit codes, Ctrl-C."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import click
import numpy as np

from affidavit import limits
from affidavit.bundle.files import read_bounded
from affidavit.errors import AffidavitError, InputError
from affidavit.predicates import Predicate, argmax, at_least, at_most, between, top_k
from affidavit.report.text import plain

T = TypeVar("T")
#: Seconds before a running step is shown.
_QUIET_SECONDS = 1.0


def as_json(value: Any) -> str:
    def default(item: Any) -> Any:
        if isinstance(item, np.ndarray):
            return item.tolist()
        if isinstance(item, np.generic):
            return item.item()
        if isinstance(item, bytes):
            return item.hex()
        return str(item)

    return json.dumps(value, indent=2, default=default, allow_nan=False)


def emit(value: Any, text: str, as_data: bool) -> None:
    """Data to stdout: JSON, or the text that says the same."""
    click.echo(as_json(value) if as_data else plain(text))


def say(message: str) -> None:
    """To people."""
    click.echo(plain(message), err=True)


def working(title: str, work: Callable[[], T], *, show: bool = True) -> T:
    """Run ``work`` with a running clock on a terminal's stderr once it takes over a second.

    The work runs in a thread, because the core does not return to Python while it computes: Ctrl-C ends the command
    at once, and files are only written whole.
    """
    result: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(work())
        except BaseException as error:  # handed to the waiting thread
            failure.append(error)

    thread = threading.Thread(target=run, daemon=True)
    started = time.monotonic()
    thread.start()
    shown = False
    while thread.is_alive():
        thread.join(0.05 if not shown else 0.2)
        elapsed = time.monotonic() - started
        if show and elapsed > _QUIET_SECONDS and sys.stderr.isatty() and thread.is_alive():
            shown = True
            click.echo(f"\r{title} ... {elapsed:.0f} s", err=True, nl=False)
    if shown:
        click.echo(f"\r{title}: {time.monotonic() - started:.1f} s", err=True)
    if failure:
        raise failure[0]
    return result[0]


def report_error(error: AffidavitError, as_data: bool) -> None:
    """To stderr in words; with ``--json`` also to stdout as data."""
    say(f"error: {error.message}")
    if error.hint:
        say(f"hint: {error.hint}")
    if as_data:
        reasons = [getattr(r, "_asdict", lambda r=r: str(r))() for r in getattr(error, "reasons", ())]
        data = {"error": error.code, "exit_code": error.exit_code, "message": error.message, "hint": error.hint}
        step = getattr(error, "step", None)
        extra = ({"reasons": reasons} if reasons else {}) | ({} if step is None else {"step": step})
        click.echo(as_json(data | extra))


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_data", is_flag=True, help="Print JSON to stdout.")(command)


#: Between an output and its class in the value of --argmax; a command line's arguments cannot hold it.
_CLASS = "\0"


class QuestionCommand(click.Command):
    """A command whose ``--argmax OUTPUT`` may be followed by a class, which click's options cannot say."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        joined: list[str] = []
        rest = list(args)
        while rest:
            argument = rest.pop(0)
            if argument == "--":
                joined += [argument, *rest]
                break
            if argument == "--argmax" and rest:
                joined.append(argument)
                argument = rest.pop(0)
            elif not argument.startswith("--argmax="):
                joined.append(argument)
                continue
            if rest and rest[0].isascii() and rest[0].isdigit():
                argument += _CLASS + rest.pop(0)
            joined.append(argument)
        return super().parse_args(ctx, joined)


def lines_of(path: str) -> tuple[str, ...]:
    """Record ids from a text file, one per line."""
    data = read_bounded(path, limits.BATCH * (limits.RECORD_BYTES + 2), "list of record ids")
    try:
        return tuple(data.decode("utf-8").splitlines())
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text") from None


def predicate_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--at-least, --at-most, --between, --argmax, --top-k; each may be repeated. For a :class:`QuestionCommand`."""
    for option in (
        click.option(
            "--top-k", "top_ks", nargs=2, multiple=True, metavar="CELL K", help="CELL is among the K largest."
        ),
        click.option(
            "--argmax", "argmaxes", multiple=True, metavar="OUTPUT [CLASS]", help="Index of the largest cell (CLASS)."
        ),
        click.option(
            "--between", "betweens", nargs=3, multiple=True, metavar="CELL LOW HIGH", help="LOW <= CELL <= HIGH."
        ),
        click.option("--at-most", "at_mosts", nargs=2, multiple=True, metavar="CELL T", help="CELL <= T."),
        click.option("--at-least", "at_leasts", nargs=2, multiple=True, metavar="CELL T", help="CELL >= T."),
    ):
        command = option(command)
    return command


def predicates_of(
    at_leasts: tuple[tuple[str, str], ...],
    at_mosts: tuple[tuple[str, str], ...],
    betweens: tuple[tuple[str, str, str], ...],
    argmaxes: tuple[str, ...],
    top_ks: tuple[tuple[str, str], ...],
) -> list[Predicate]:
    """The predicates of the options, in a fixed order."""
    ks = []
    for cell, k in top_ks:
        if not k.isdigit():
            raise click.BadParameter(f"K is a whole number, not {k!r}", param_hint="--top-k")
        ks.append(top_k(cell, int(k)))
    classes = [(output, index) for output, _, index in (text.partition(_CLASS) for text in argmaxes)]
    return [
        *(at_least(cell, t) for cell, t in at_leasts),
        *(at_most(cell, t) for cell, t in at_mosts),
        *(between(cell, low, high) for cell, low, high in betweens),
        *(argmax(output, int(index) if index else None) for output, index in classes),
        *ks,
    ]


def hex_bytes(text: str | None, name: str) -> bytes | None:
    if text is None:
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise click.BadParameter("expected hexadecimal digits", param_hint=name) from None
