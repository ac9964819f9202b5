"""The two prime fields a plan can name."""

from __future__ import annotations

from enum import IntEnum


class Field(IntEnum):
    """Tag in the plan's bytes."""

    KOALABEAR = 1
    GOLDILOCKS = 2

    @property
    def prime(self) -> int:
        """The field's characteristic."""
        return (2**31 - 2**24 + 1) if self is Field.KOALABEAR else (2**64 - 2**32 + 1)

    @property
    def label(self) -> str:
        """Name for options and reports."""
        return self.name.lower()
