"""The float graph between import and quantisation.

Shapes here never contain the batch axis: a ``batched`` value of shape ``(3, 4)`` is ``[B, 3, 4]`` in numpy. Every
activation is batched; constants live in ``Graph.constants`` and are not batched.

Core operators (``Node.op``); one module each in ``affidavit.ops``. ``x`` is a batched value, ``C`` names a constant.

===============  =====================  ======================================================================
op               inputs                 attributes and meaning
===============  =====================  ======================================================================
``dense``        x, C weight[, C bias]  ``x[..., k] @ weight[k, n] + bias[n]``
``add`` ``sub``  two of x or C          numpy broadcasting on the shapes without batch axis (result is batched)
``mul``          two of x or C          element-wise, broadcast
``neg``          x
``clamp``        x                      ``lo``, ``hi`` (float or None); Relu is ``lo=0``
``leaky_relu``   x                      ``alpha``
``unary``        x                      ``fn`` in {"sigmoid", "tanh", "exp", "sqrt", "log", "erf", ...}
``softmax``      x                      over the last axis
``normalize``    x                      last axis by ``norm`` "l1", "l2" or "max" (of magnitudes); zero rows stay zero
``argmax``       x                      over the last axis, removed; first index wins; integer valued
``select``       x, C values[n]         integer x in [0, n) -> values[x] (class labels)
``sum``          x                      ``axes``: sums and removes the axes
``reshape``      x                      ``shape``
``transpose``    x                      ``perm``
``slice``        x                      ``starts``, ``steps``, ``shape`` (one per axis; steps may be negative)
``concat``       x... (or C)            ``axis``
``take``         x                      ``axis``, ``indices``
``broadcast``    x                      ``shape``
===============  =====================  ======================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Value:
    """A named activation: its shape without the batch axis, and whether it holds integers (labels, indices)."""

    name: str
    shape: tuple[int, ...]
    integer: bool = False


@dataclass(frozen=True)
class Node:
    """One operator application. ``origin`` is the ONNX node's name, for messages."""

    op: str
    name: str
    inputs: tuple[str, ...]
    output: str
    attrs: dict[str, Any] = field(default_factory=dict)
    origin: str = ""


@dataclass(frozen=True)
class Graph:
    """A topologically sorted float graph; inputs are batched along a leading axis that no operator touches."""

    name: str
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    nodes: tuple[Node, ...]
    constants: dict[str, np.ndarray]
    values: dict[str, Value]
    #: True if the ONNX inputs carry the batch axis themselves (leading axis); False if one sample is one inference.
    onnx_has_batch_axis: bool = True
    #: Names of ONNX outputs that were left out, with the reason (ZipMap, string labels).
    dropped: dict[str, str] = field(default_factory=dict)
