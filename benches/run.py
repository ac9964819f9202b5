"""The benchmark models, each through ``affidavit bench`` in a process of its own (so that peak memory is its own).

    python -m benches.run [--repeat 5] [--only credit] [--output results/bench.json]

Writes one JSON file with commit, date, processor, flags and threads; figures of different machines compare by ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benches.machine import ROOT, machine
from benches.models import MODELS


def measure(folder: Path, repeat: int, tree: Path = ROOT) -> dict[str, object]:
    """What ``affidavit bench`` of a tree says of the model in a folder."""
    command = [sys.executable, "-m", "affidavit.cli.main", "bench", str(folder / "model.onnx")]
    command += ["--input", str(folder / "input.npz"), "--calibration", str(folder / "calibration.npz")]
    environment = os.environ | {"PYTHONPATH": str(tree / "python")}
    done = subprocess.run(
        [*command, "--repeat", str(repeat), "--json"], stdout=subprocess.PIPE, text=True, env=environment, cwd=folder
    )
    if done.returncode:
        raise SystemExit(done.returncode)
    result: dict[str, object] = json.loads(done.stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", choices=sorted(MODELS), action="append")
    parser.add_argument("--output", type=Path, default=ROOT / "results" / "bench.json")
    arguments = parser.parse_args()
    results = {}
    for name in arguments.only or MODELS:
        print(f"== {name}", file=sys.stderr)
        with tempfile.TemporaryDirectory() as directory:
            MODELS[name](Path(directory))
            results[name] = measure(Path(directory), arguments.repeat)
    text = json.dumps({"machine": machine(), "models": results}, indent=2)
    if arguments.only is None:
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
