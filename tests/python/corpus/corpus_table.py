"""The committed table of the scikit-learn corpus: figures with commit, date and machine."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np


def machine() -> dict[str, Any]:
    """Processor, its vector flags and the threads that may be used."""
    about: dict[str, Any] = {"processor": platform.machine(), "threads": len(os.sched_getaffinity(0)), "flags": []}
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return about
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            about["processor"] = value.strip()
        elif key.strip() == "flags":
            about["flags"] = sorted(f for f in value.split() if f.startswith(("avx", "gfni", "vaes", "bmi")))
    return about


def _commit() -> str:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    """One line per model, so that two versions of the file compare well."""
    relative = np.array([row["relative_error"] for row in rows])
    head = {
        "what": "error of the proven integers against ONNX Runtime, as a share of the calibration output's range",
        "commit": _commit(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "models": len(rows),
        "median_relative_error": float(np.median(relative)),
        "largest_relative_error": float(relative.max()),
        "labels_that_differ": sum(row["labels"] - row["labels_equal"] for row in rows),
    }
    lines = ",\n".join("    " + json.dumps(row) for row in rows)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(head, indent=2)[:-2] + ',\n  "rows": [\n' + lines + "\n  ]\n}\n")
