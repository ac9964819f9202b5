"""The ``affidavit`` command."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from affidavit import __version__
from affidavit.cli.common import report_error, say
from affidavit.errors import AffidavitError

#: Command name -> module; a module is imported only when its command runs.
COMMANDS = {
    "demo": "demo",
    "inspect": "inspect",
    "compile": "compile",
    "commit": "commit",
    "commit-input": "commit_input",
    "keygen": "keygen",
    "prove": "prove",
    "renew": "renew",
    "split": "split",
    "verify": "verify",
    "explain": "explain",
    "bench": "bench",
}


class LazyGroup(click.Group):
    """Loads one command's module at a time, so that ``verify`` starts fast and needs no prover packages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        module = COMMANDS.get(name)
        if module is None:
            return None
        command: click.Command = import_module(f"affidavit.cli.{module}").command
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="affidavit")
def cli() -> None:
    """Prove what an ML model computed, without showing the model or the data.

    Exit codes: 0 ok, 1 internal error, 2 usage, 3 rejected, 4 malformed, 5 policy refused, 6 unsupported model,
    7 budget spent, 8 input, output or lock.
    """


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    args = sys.argv[1:] if arguments is None else arguments
    try:
        result: Any = cli.main(args=args, prog_name="affidavit", standalone_mode=False)
        return int(result) if isinstance(result, int) else 0
    except AffidavitError as error:
        report_error(error, "--json" in args)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("interrupted; nothing was left half written")
        return 130
    except MemoryError:
        say("error: not enough memory")
        return 8
    except BrokenPipeError:
        return 0


def run() -> None:
    """Entry point of the installed command."""
    sys.exit(main())


if __name__ == "__main__":
    run()
