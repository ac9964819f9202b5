"""What the time of making a proof shows about its secrets: measured, not claimed.

Two witnesses of one statement's shape, in random order on one machine; the time of the witness and that of the proof
without its proof-of-work (whose length is a function of public hashes). Welch's t and Kolmogorov–Smirnov, the
difference of medians and Cohen's d with bootstrap intervals.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

import numpy as np
from scipy.stats import ks_2samp, ttest_ind

from affidavit import core
from affidavit.bundle.statement import INFERENCE, NO_LAYOUT, UNBOUND, InputClaim, Statement
from affidavit.witness import WitnessProgram
from distinguish.cases import Model


def compare(first: np.ndarray, second: np.ndarray, seed: int = 0) -> dict[str, Any]:
    """Both samples as far as a measurement by somebody else would tell them apart; 99 % intervals."""
    rng = np.random.default_rng(seed)

    def cohen(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        pooled = np.sqrt((a.var(axis=-1, ddof=1) + b.var(axis=-1, ddof=1)) / 2)
        result: np.ndarray = (b.mean(axis=-1) - a.mean(axis=-1)) / pooled
        return result

    # a few runs are interrupted by other work; they would hide any effect
    limit = np.quantile(np.concatenate([first, second]), 0.95)
    a, b = first[first <= limit], second[second <= limit]
    draws = (rng.choice(a, (2000, a.size)), rng.choice(b, (2000, b.size)))
    medians = np.median(draws[1], axis=1) / np.median(draws[0], axis=1) - 1
    effects = cohen(*draws)
    interval = (0.005, 0.995)
    return {
        "samples": [int(a.size), int(b.size)],
        "median_seconds": [float(np.median(a)), float(np.median(b))],
        "median_difference": float(np.median(b) / np.median(a) - 1),
        "median_difference_interval": [float(x) for x in np.quantile(medians, interval)],
        "cohen_d": float(cohen(a, b)),
        "cohen_d_interval": [float(x) for x in np.quantile(effects, interval)],
        "welch_p": float(ttest_ind(a, b, equal_var=False).pvalue),
        "kolmogorov_smirnov_p": float(ks_2samp(a, b).pvalue),
    }


def measure(model: Model, rows: tuple[np.ndarray, np.ndarray], runs: int, seed: int = 0) -> dict[str, Any]:
    """``runs`` proofs for each row, in random order."""
    info = model.info
    # The core alone: a budget on disk would end the measurement, and its time is the file system's.
    oracle = core.commit_model(model.plan, model.weights, 16, os.urandom(32))
    commitment = bytes(oracle.commitment)
    claims = tuple(InputClaim(UNBOUND) for _ in info.inputs)
    statement = Statement(INFERENCE, info.digest, NO_LAYOUT, 1, core.digest("commitment", commitment), None, claims, ())
    layout = core.layout(model.plan, statement.encode(), commitment, None)
    encoded = statement.with_layout(bytes.fromhex(layout["digest"])).encode()
    program = WitnessProgram(model.parsed, model.weights)
    given = {i for i, tensor in enumerate(info.raw["tensors"]) if tensor["kind"].lower() in ("model", "constant")}
    order = np.random.default_rng(seed).permutation(np.repeat([0, 1], runs))
    witness: tuple[list[float], list[float]] = ([], [])
    proving: tuple[list[float], list[float]] = ([], [])
    for label in order:
        started = time.perf_counter()
        tensors = program.run({info.inputs[0].name: rows[label]})
        witness[label].append(time.perf_counter() - started)
        secret = {i: a for i, a in tensors.items() if i not in given}
        started = time.perf_counter()
        _, timings = core.prove(model.plan, encoded, oracle, None, secret, os.urandom(32))
        total = time.perf_counter() - started
        proving[label].append(total - timings["grinding"])
    skip = runs // 20
    result = {}
    for name, (first, second) in {"witness": witness, "proof without proof-of-work": proving}.items():
        result[name] = compare(np.array(first[skip:]), np.array(second[skip:]))
    return result


if __name__ == "__main__":
    from cases import small

    model = small()
    print(json.dumps(measure(model, model.bounds(), 200), indent=2))
