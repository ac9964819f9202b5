"""How an import says no: one reason a node, all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from affidavit.errors import UnsupportedModel

_SHOWN = 20


class Reason(NamedTuple):
    """Why one node (or input, output, constant) cannot be compiled, and what would help."""

    node: str
    operator: str
    reason: str
    help: str


class ModelRefused(UnsupportedModel):
    """The model cannot be compiled; ``reasons`` lists every part that stands in the way."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        self.reasons = list(reasons)
        lines = [f"  {r.operator} '{r.node}': {r.reason}" for r in self.reasons[:_SHOWN]]
        if len(self.reasons) > _SHOWN:
            lines.append(f"  ... and {len(self.reasons) - _SHOWN} more")
        hints = list(dict.fromkeys(r.help for r in self.reasons if r.help))
        super().__init__(
            f"the model has {len(self.reasons)} part(s) that cannot be compiled:\n" + "\n".join(lines),
            hint="; ".join(hints[:5]) or None,
        )


class Refuse(Exception):
    """Raised by a translator; becomes a :class:`Reason` for the node at hand."""

    def __init__(self, reason: str, help: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.help = help


class TouchesBatch(Refuse):
    """The operator mixes rows of the leading axis: the model has to be read as one sample per inference."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} mixes the rows of the leading axis, so one sample is one inference and every axis needs a size",
            "fix the leading axis with dims={...}",
        )
