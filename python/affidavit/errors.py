"""The exception tree. Every error carries a stable ``code``, a message that says what happened and a ``hint``.

Exit codes of the command line: 1 internal, 2 usage, 3 rejected, 4 malformed, 5 policy, 6 unsupported model,
7 budget spent, 8 input, output or lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class AffidavitError(Exception):
    """Base of every error that affidavit raises on purpose."""

    exit_code = 1
    code = "internal"

    def __init__(self, message: str, *, hint: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code


class UsageError(AffidavitError):
    """The call itself is wrong: unknown name, wrong type, contradictory options."""

    exit_code = 2
    code = "usage"


def utf8(text: str, what: str) -> bytes:
    """The bytes of a text; :class:`UsageError` for what is no text, as arguments are that are no UTF-8."""
    try:
        return text.encode("utf-8")
    except (UnicodeEncodeError, AttributeError):
        raise UsageError(f"{what} is valid Unicode text") from None


class Rejected(AffidavitError):
    """The proof does not show the statement."""

    exit_code = 3
    code = "rejected"

    #: Number of the step in spec 8.1 that failed, where the core's verifier refused.
    step: int | None = None


class Malformed(AffidavitError):
    """A file or byte string does not have its format."""

    exit_code = 4
    code = "malformed"

    #: Number of the step in spec 8.1 that failed, where the core's verifier refused.
    step: int | None = None


class PolicyRefused(AffidavitError):
    """The proof may be valid, but the verifier's policy asks for something else."""

    exit_code = 5
    code = "policy"


class UnsupportedModel(AffidavitError):
    """The model has parts that cannot be compiled; all of them are listed in ``reasons``."""

    exit_code = 6
    code = "unsupported"

    #: One entry per part that stands in the way.
    reasons: Sequence[Any] = ()


class BudgetSpent(AffidavitError):
    """A private file has no uses left."""

    exit_code = 7
    code = "budget"


class InputError(AffidavitError):
    """A file or array cannot be read, written, locked or used: names, shapes, dtypes, NaN, disk."""

    exit_code = 8
    code = "input"
