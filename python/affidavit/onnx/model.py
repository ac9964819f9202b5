"""The parsed ONNX model: plain Python structures in place of protobuf messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

#: The default domain is spelled "" here; "ai.onnx" in a file means the same.
ML = "ai.onnx.ml"


@dataclass(frozen=True)
class OnnxNode:
    """One node; ``outputs`` and ``inputs`` hold "" for the ones left out."""

    name: str
    domain: str
    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attrs: Mapping[str, Any]
    version: int

    @property
    def label(self) -> str:
        """Operator with its domain, for messages."""
        return f"{self.domain}.{self.op}" if self.domain else self.op


@dataclass(frozen=True)
class OnnxInput:
    """An input: ``shape`` holds sizes, or symbols (``name[axis]`` for an axis without a name); None if undeclared."""

    name: str
    dtype: np.dtype[Any] | None
    shape: tuple[int | str, ...] | None


@dataclass(frozen=True)
class OnnxModel:
    """A structurally sound model. ``constants`` are float64, int64, bool or str arrays."""

    name: str
    inputs: tuple[OnnxInput, ...]
    outputs: tuple[str, ...]
    nodes: tuple[OnnxNode, ...]
    constants: dict[str, np.ndarray]
    opsets: dict[str, int] = field(default_factory=dict)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbolic sizes of the inputs, in order of appearance."""
        found = [s for i in self.inputs for s in i.shape or () if isinstance(s, str)]
        return tuple(dict.fromkeys(found))
