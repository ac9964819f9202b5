"""The benchmark models, each through ``affidavit bench`` in a process of its own (so that peak memory is its own).

    python benches/run.py [--repeat 5] [--only credit] [--output results/bench.json]

Writes one JSON file with commit, date, processor, flags and threads; figures of different machines compare by ratio.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
from machine import machine
from onnx import TensorProto, helper, numpy_helper

from affidavit.data import german_credit
from affidavit.demo.training import export, train

ROOT = Path(__file__).parent.parent


def credit(folder: Path, rows: int) -> None:
    """The demonstration's perceptron (64, 32) on one applicant, or on all."""
    table = german_credit.load()
    trained = train(table)
    export(trained, table.features[trained.train], folder / "model.onnx")
    np.savez(folder / "calibration.npz", X=table.features[trained.train].astype(np.float32))
    np.savez(folder / "input.npz", X=table.features[:rows].astype(np.float32))


def deep(folder: Path, layers: int = 14, width: int = 512) -> None:
    """A perceptron of 14 layers and 3.4 M parameters with He-initialised weights."""
    rng = np.random.default_rng(0)
    sizes = [*[width] * layers, 10]
    weights: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []
    name = "x"
    for i, (m, n) in enumerate(pairwise(sizes)):
        matrix = rng.normal(0, np.sqrt(2 / m), (m, n)).astype(np.float32)
        weights += [numpy_helper.from_array(matrix, f"w{i}"), numpy_helper.from_array(np.zeros(n, np.float32), f"b{i}")]
        last = i == layers - 1
        nodes.append(helper.make_node("Gemm", [name, f"w{i}", f"b{i}"], ["y" if last else f"h{i}"]))
        if not last:
            nodes.append(helper.make_node("Relu", [f"h{i}"], [f"r{i}"]))
        name = f"r{i}"
    graph = helper.make_graph(
        nodes,
        "deep",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["B", sizes[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["B", sizes[-1]])],
        weights,
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), folder / "model.onnx"
    )
    samples = rng.normal(0, 1, (256, sizes[0])).astype(np.float32)
    np.savez(folder / "calibration.npz", x=samples)
    np.savez(folder / "input.npz", x=samples[:1])


MODELS: dict[str, Callable[[Path], None]] = {
    "credit": lambda folder: credit(folder, 1),
    "credit-1000": lambda folder: credit(folder, 1000),
    "deep-mlp": deep,
}


def measure(name: str, repeat: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        MODELS[name](folder)
        command = [sys.executable, "-m", "affidavit.cli.main", "bench", str(folder / "model.onnx")]
        command += ["--input", str(folder / "input.npz"), "--calibration", str(folder / "calibration.npz")]
        done = subprocess.run([*command, "--repeat", str(repeat), "--json"], stdout=subprocess.PIPE, text=True)
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
        results[name] = measure(name, arguments.repeat)
    text = json.dumps({"machine": machine(), "models": results}, indent=2)
    if arguments.only is None:
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
