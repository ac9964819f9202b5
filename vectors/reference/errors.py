"""What a check raises, and how it gets the number of its step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Broken(Exception):
    """A check fails; the caller knows which step of the specification the check belongs to."""


class Refused(Exception):
    """The verifier's answer: the first step of spec 8.1 ("1" to "28") or 8.2 ("b1", …) that fails, and why."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"step {step}: {reason}")
        self.step, self.reason = step, reason


@contextmanager
def step(number: int | str) -> Iterator[None]:
    """A check that breaks inside is a refusal at this step."""
    try:
        yield
    except Broken as broken:
        raise Refused(str(number), str(broken)) from broken


def need(condition: bool, reason: str) -> None:
    if not condition:
        raise Broken(reason)
