"""Makes the helper modules of this folder and of the ONNX tests importable by name."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in ("corpus", "onnx"):
    path = str(Path(__file__).parents[1] / folder)
    if path not in sys.path:
        sys.path.append(path)
