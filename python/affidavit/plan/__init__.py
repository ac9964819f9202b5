"""The plan: the public circuit of a model, as data, as canonical bytes, and the builder that makes it."""

from __future__ import annotations

from .builder import BoundsError, Builder
from .decode import decode
from .encode import encode
from .fields import Field
from .types import Plan

__all__ = ["BoundsError", "Builder", "Field", "Plan", "decode", "encode"]
