"""Exact execution of plans in numpy, quantisation at the ports, and an independent check of every relation."""

from __future__ import annotations

from .check import broken_relations
from .ports import dequantise_outputs, quantise_inputs
from .program import WitnessProgram, witness

__all__ = ["WitnessProgram", "broken_relations", "dequantise_outputs", "quantise_inputs", "witness"]
