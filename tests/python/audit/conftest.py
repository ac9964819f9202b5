"""Makes the package ``audit`` and the helper modules of other folders importable."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
TESTS = ROOT / "tests" / "python"
for folder in (ROOT, ROOT / "vectors", TESTS / "quantise", TESTS / "attacks", TESTS / "audit"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
