"""``bench``: compile, commit, prove and verify one model on this machine, next to ONNX Runtime."""

from __future__ import annotations

import gc
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from affidavit import api, core
from affidavit.compiling import import_graph
from affidavit.errors import InputError
from affidavit.inputs import UNNAMED, load_arrays, prepare_inputs
from affidavit.keys import PrivateKey
from affidavit.verify.check import verify
from affidavit.verify.policy import Model

T = TypeVar("T")


class Clock:
    """Keeps every run of a named step; ``median`` is what is reported."""

    def __init__(self) -> None:
        self._runs: dict[str, list[float]] = {}

    def time(self, name: str, work: Callable[..., T], *args: Any, **more: Any) -> T:
        started = time.perf_counter()
        value = work(*args, **more)
        self._runs.setdefault(name, []).append(time.perf_counter() - started)
        return value

    def median(self, name: str) -> float:
        return statistics.median(self._runs[name])


def machine() -> str:
    """The processor's name."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def threads() -> int:
    """Threads that the core uses."""
    configured = os.environ.get("RAYON_NUM_THREADS", "")
    if configured.isdigit() and int(configured):
        return int(configured)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_rss() -> int:
    """Largest resident size of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def activation_cells(plan_bytes: bytes) -> int:
    """Cells per row that are rescaled or pass a non-linearity, counted once each: what ``floor_seconds`` prices."""
    from affidavit.plan import decode
    from affidavit.plan import types as t

    plan = decode(plan_bytes)
    counted = (t.Clamp, t.TableValue, t.FloorDiv, t.Isqrt, t.RowMax)
    return sum(
        tensor.cells
        for tensor in plan.tensors
        if isinstance(tensor.body, t.Fresh) and isinstance(tensor.body.hint, counted)
    )


class FloatModel:
    """The ONNX file in ONNX Runtime, fed row by row or in a batch as the graph allows."""

    def __init__(self, path: str, has_batch: bool) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise InputError(
                "bench needs onnxruntime", hint="pip install 'affidavit[compile]'", code="missing-extra"
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads()
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._types = {i.name: i.type for i in self._session.get_inputs()}
        self._names = [o.name for o in self._session.get_outputs()]
        fixed = any(isinstance(i.shape[0], int) for i in self._session.get_inputs() if i.shape)
        self._row_by_row = not has_batch or fixed
        self._has_batch = has_batch

    def run(self, rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Outputs by name with the rows in front."""
        types = {"tensor(double)": np.float64, "tensor(int64)": np.int64, "tensor(int32)": np.int32}
        feeds = {name: a.astype(types.get(self._types[name], np.float32)) for name, a in rows.items()}
        count = len(next(iter(feeds.values())))
        if not self._row_by_row:
            return dict(zip(self._names, self._session.run(None, feeds), strict=True))
        one = [
            self._session.run(None, {n: a[i : i + 1] if self._has_batch else a[i] for n, a in feeds.items()})
            for i in range(count)
        ]
        return {
            name: np.concatenate([np.asarray(r[k]).reshape(1, -1) for r in one]) for k, name in enumerate(self._names)
        }


def bench(
    model: str, inputs: str, calibration: str | None, *, repeat: int, uses: int, options: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The JSON object of ``affidavit bench``, and extra figures for people (stages, verify with an unseen card)."""
    clock = Clock()
    calibration_source = calibration or inputs
    samples = load_arrays(calibration_source)
    graph = import_graph(model, None, None if UNNAMED in samples else samples)
    rows, calibration_rows = prepare_inputs(graph, inputs), prepare_inputs(graph, samples)
    has_batch = graph.onnx_has_batch_axis
    del graph
    stages: list[dict[str, float]] = []
    key = PrivateKey.generate()
    batch = len(next(iter(rows.values())))
    records = [f"row-{i}" for i in range(batch)]
    compiled: Any = None
    committed: Any = None
    bundle: Any = None
    policy: Any = None
    table: Any = None
    for _ in range(repeat):
        del compiled, committed, bundle, policy, table
        gc.collect()  # peak memory is that of one run
        compiled = clock.time("compile", api.compile, model, calibration_source, **options)
        committed = clock.time("commit", api.commit, compiled, uses=uses)
        table = api.commit_input(rows, committed, key=key, records=records)
        names = [port.name for port in committed.info.outputs]
        committed.prepare()  # a prover loads its model once, not per proof
        bundle = clock.time("prove", api.prove, committed, input=table, reveal=names)
        stages.append(bundle.timings["seconds"])
        policy = Model(committed.card, issuer=key.public())
        clock.time("verify, card unseen", verify, bundle.encode(), policy)
        result = clock.time("verify", verify, bundle.encode(), policy)
    statement = bundle.decoded()
    layout = core.layout(
        committed.card.plan,
        statement.with_layout(bytes(32)).encode(),
        committed.card.commitment,
        None if bundle.input is None else bundle.input.commitment,
    )
    parameters = int(sum(a.size for a in compiled.weights.values()))
    field, plan_bytes = compiled.info.field, committed.card.plan
    del compiled, committed, policy  # the float model's memory does not add to the prover's
    runtime = FloatModel(model, has_batch)
    for _ in range(repeat):
        reference = clock.time("onnxruntime", runtime.run, rows)
    error, span = _fidelity(result.outputs, reference, runtime.run(calibration_rows))
    cells = activation_cells(plan_bytes) * batch
    data = {
        "parameters": parameters,
        "compile_seconds": clock.median("compile"),
        "commit_seconds": clock.median("commit"),
        "prove_seconds": clock.median("prove"),
        "verify_seconds": clock.median("verify"),
        "proof_bytes": len(bundle.proof),
        "peak_rss_bytes": peak_rss(),
        "onnxruntime_seconds": clock.median("onnxruntime"),
        "max_abs_error": error,
        "output_range": span,
        "proven_bits": result.bits,
        "field": field,
        "committed_cells": layout.get("committed_cells"),
        "lookup_cells": layout.get("lookup_cells"),
        "floor_seconds": statistics.median(core.floor_seconds(field, cells) for _ in range(repeat)),
        "threads": threads(),
        "machine": machine(),
    }
    extra = {"verify_card_unseen_seconds": clock.median("verify, card unseen"), "stages": stages[-1]}
    return data, extra


def _fidelity(
    proven: dict[str, np.ndarray], reference: dict[str, np.ndarray], calibration: dict[str, np.ndarray]
) -> tuple[float, float]:
    """Largest error and calibration span of the output that is worst in proportion; labels count only if alone."""
    shared = [name for name in proven if name in reference and reference[name].dtype.kind in "fiub"]
    floats = [name for name in shared if reference[name].dtype.kind == "f"] or shared
    worst, result = -1.0, (0.0, 0.0)
    for name in floats:
        truth = np.asarray(reference[name], dtype=np.float64).reshape(len(proven[name]), -1)
        error = float(np.abs(proven[name].reshape(truth.shape) - truth).max())
        span = float(np.ptp(np.asarray(calibration[name], dtype=np.float64)))
        ratio = error / span if span else error
        if ratio > worst:
            worst, result = ratio, (error, span)
    return result
