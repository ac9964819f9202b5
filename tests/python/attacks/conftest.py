"""Makes the helper modules of the folders importable by name."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in ("attacks", "plan", "quantise", "onnx"):
    path = str(Path(__file__).parents[1] / folder)
    if path not in sys.path:
        sys.path.append(path)
