"""What was measured, and on what: for the files under ``results/``."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
#: Vector extensions that the field arithmetic, the code or the hash function can use.
EXTENSIONS = ("avx", "bmi", "gfni", "sha", "vaes", "vpclmul")


def machine() -> dict[str, Any]:
    """Commit, date, system, processor with its vector flags, threads."""
    processor, flags = "", set()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            processor = value.strip()
        elif key.strip() == "flags":
            flags = {flag for flag in value.split() if flag.startswith(EXTENSIONS)}
    return {
        "commit": _git("rev-parse", "HEAD") + ("+changes" if _git("status", "--porcelain") else ""),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor,
        "python": platform.python_version(),
        "cpu_flags": sorted(flags),
        "threads": len(os.sched_getaffinity(0)),
    }


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
