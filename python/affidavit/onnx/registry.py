"""Translators by (domain, operator). Each module of ``operators`` registers its own."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

from .context import Context
from .values import Value

Translator = Callable[[Context], Value | tuple[Value, ...]]

_TRANSLATORS: dict[tuple[str, str], Translator] = {}


def translates(domain: str, *ops: str) -> Callable[[Translator], Translator]:
    """Register the decorated function for ``ops`` of ``domain`` ("" is ai.onnx)."""

    def register(function: Translator) -> Translator:
        for op in ops:
            if _TRANSLATORS.setdefault((domain, op), function) is not function:
                raise ValueError(f"two translators for {domain}.{op}")
        return function

    return register


@cache
def _load() -> None:
    from . import operators

    for module in pkgutil.iter_modules(operators.__path__):
        importlib.import_module(f"{operators.__name__}.{module.name}")


def translator(domain: str, op: str) -> Translator | None:
    """The translator, or None if the operator is not supported."""
    _load()
    return _TRANSLATORS.get((domain, op))


def supported() -> list[tuple[str, str]]:
    """All registered (domain, operator) pairs, sorted."""
    _load()
    return sorted(_TRANSLATORS)
