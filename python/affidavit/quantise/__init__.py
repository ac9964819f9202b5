"""From the float graph to the integer plan, with a report of what that costs in accuracy."""

from __future__ import annotations

from .compile import Compiled, compile_graph
from .options import Options
from .report import Report

__all__ = ["Compiled", "Options", "Report", "compile_graph"]
