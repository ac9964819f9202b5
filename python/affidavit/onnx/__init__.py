"""ONNX front end: :func:`load` turns a model into the float graph, :func:`read_model` only parses and checks it."""

from __future__ import annotations

from .load import load
from .model import OnnxInput, OnnxModel
from .read import read_model
from .refusal import ModelRefused, Reason
from .registry import supported

__all__ = ["ModelRefused", "OnnxInput", "OnnxModel", "Reason", "load", "read_model", "supported"]
