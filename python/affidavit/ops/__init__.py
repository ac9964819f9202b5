"""The closed set of core operators, one module each. ``get(op)`` gives shapes, float reference and lowering."""

from __future__ import annotations

from .base import Operator
from .registry import get, names

__all__ = ["Operator", "get", "names"]
