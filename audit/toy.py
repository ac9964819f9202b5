"""Small prime fields in which plans close by the same rules: the tightest case of every bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from affidavit.plan import BoundsError

T = TypeVar("T")


@dataclass(frozen=True)
class ToyField:
    """Stands where ``affidavit.plan.Field`` does: the rules of spec 2 are formulas in its prime."""

    prime: int
    label: str = "a toy field"


def primes(start: int = 11, stop: int = 1 << 30, factor: float = 1.0) -> Iterator[int]:
    """Primes from ``start``, each at least ``factor`` times the one before."""
    candidate = start | 1
    while candidate < stop:
        if all(candidate % d for d in range(3, int(candidate**0.5) + 1, 2)):
            yield candidate
            candidate = max(candidate, int(candidate * factor))
        candidate = (candidate + 2) | 1


def tightest(make: Callable[[Any], T], start: int = 11, factor: float = 1.0) -> T:
    """What ``make`` gives for the smallest field in which nothing is refused."""
    for p in primes(start, factor=factor):
        try:
            return make(ToyField(p))
        except BoundsError:
            continue
    raise AssertionError("closes in no field")
