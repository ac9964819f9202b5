"""Whether two classes of proofs can be told apart, message class by message class.

Two kinds of tests: the largest mutual information between a feature and the class, against its own distribution under
permuted labels; and classifiers trained on one half of the proofs, whose advantage 2·accuracy − 1 on the other half has
an exact (Clopper–Pearson) confidence interval. All levels are divided by the number of tests (Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta, binomtest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

#: Timing is measured and reported, but nothing is claimed about it.
UNCLAIMED = ("time",)
_BINS = 4


@dataclass(frozen=True)
class Corpus:
    """Proofs of both classes as features."""

    labels: np.ndarray
    features: np.ndarray
    names: tuple[str, ...]

    @staticmethod
    def read(folder: Path) -> Corpus:
        labels = np.frombuffer((folder / "labels").read_bytes(), np.uint8).astype(np.int64)
        names = tuple((folder / "names").read_text().split("\n"))
        features = np.frombuffer((folder / "features").read_bytes(), "<f8").reshape(labels.size, len(names))
        return Corpus(labels, features, names)

    def message_classes(self) -> dict[str, np.ndarray]:
        """Columns that vary, by message class; classes that never vary are left out."""
        found: dict[str, list[int]] = {}
        for i in np.flatnonzero((self.features != self.features[0]).any(axis=0)):
            found.setdefault(self.names[i].split("|")[0], []).append(int(i))
        return {name: self.features[:, columns] for name, columns in found.items()}


def binned(features: np.ndarray) -> np.ndarray:
    """One-hot bins, [samples, features, bins]: by quantiles, which for two values are the values."""
    ranks = np.quantile(features, np.linspace(0, 1, _BINS + 1)[1:-1], axis=0)
    bins = (features[None] > ranks[:, None, :]).sum(axis=0)
    result: np.ndarray = (bins[:, :, None] == np.arange(_BINS)).astype(np.float32)
    return result


def _information(inside: np.ndarray, total: np.ndarray, ones: int, xlogx: np.ndarray) -> np.ndarray:
    """Mutual information in bits of class and bin; ``inside`` [..., features, bins] counts class 1."""
    n = xlogx.size - 1
    # H(class) − H(class | bin), where n·H is a sum of x·log x
    whole = xlogx[n] - xlogx[ones] - xlogx[n - ones]
    left = xlogx[total].sum(axis=-1) - (xlogx[inside] + xlogx[total - inside]).sum(axis=-1)
    result: np.ndarray = (whole - left) / n
    return result


def permutation_test(features: np.ndarray, labels: np.ndarray, level: float, seed: int) -> tuple[float, float]:
    """The largest mutual information over the features, and its p-value; exact enough to reject at ``level``.

    Where 1000 permutations leave a rejection possible, as many more as that takes.
    """
    rng = np.random.default_rng(seed)
    onehot = binned(features)
    n, width = labels.size, onehot.shape[1]
    flat = onehot.reshape(n, -1)
    total = flat.sum(axis=0).reshape(width, _BINS).astype(np.int32)
    ones = int(labels.sum())
    steps = np.arange(n + 1)
    xlogx = steps * np.log2(np.maximum(steps, 1))

    def largest(assignments: np.ndarray) -> np.ndarray:
        inside = (assignments.astype(np.float32) @ flat).astype(np.int32).reshape(-1, width, _BINS)
        result: np.ndarray = _information(inside, total, ones, xlogx).max(axis=1)
        return result

    observed = float(largest(labels[None])[0])
    reached, done, wanted = 0, 0, 1000
    while done < wanted:
        count = min(wanted - done, max(1, 4_000_000 // flat.shape[1]))
        assignments = rng.permuted(np.repeat(labels[None], count, axis=0), axis=1)
        # counts in float32 are exact; sums of logarithms are compared with a margin
        reached += int((largest(assignments) >= observed - 1e-9).sum())
        done += count
        if done == wanted and reached == 0:
            wanted = int(np.ceil(2 / level))
    return observed, (reached + 1) / (done + 1)


def _models(seed: int) -> dict[str, Any]:
    return {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500)),
        "boosting": HistGradientBoostingClassifier(max_iter=40, max_depth=3, random_state=seed),
    }


def advantage(features: np.ndarray, labels: np.ndarray, level: float, seed: int) -> dict[str, dict[str, float]]:
    """Advantage of each classifier on the half that it has not seen, with its interval at ``level``."""
    order = np.random.default_rng(seed).permutation(labels.size)
    train, test = order[: labels.size // 2], order[labels.size // 2 :]
    results = {}
    for name, model in _models(seed).items():
        hits = int((model.fit(features[train], labels[train]).predict(features[test]) == labels[test]).sum())
        n, tail = test.size, (1 - level) / 2
        low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, n - hits + 1))
        high = 1.0 if hits == n else float(beta.ppf(1 - tail, hits + 1, n - hits))
        # More hits than guessing the more frequent class gives.
        share = max(labels[test].mean(), 1 - labels[test].mean())
        p = float(binomtest(hits, n, float(share), alternative="greater").pvalue)
        results[name] = {"advantage": 2 * hits / n - 1, "low": 2 * low - 1, "high": 2 * high - 1, "p": p}
    return results


def analyse(corpus: Corpus, alpha: float, seed: int = 0) -> dict[str, Any]:
    """All tests of one corpus. ``told_apart`` names the message classes in which a test rejects at ``alpha``."""
    groups = corpus.message_classes()
    claimed = [features for name, features in groups.items() if name not in UNCLAIMED]
    # per message class one permutation test and two classifiers, and classifiers on everything
    tests = 3 * len(groups) + 2
    level = alpha / tests
    out: dict[str, dict[str, Any]] = {}
    apart = []
    for name, features in {**groups, "all messages": np.concatenate(claimed, axis=1)}.items():
        result: dict[str, Any] = {"features": int(features.shape[1])}
        result["classifiers"] = advantage(features, corpus.labels, 1 - level, seed)
        p = min(found["p"] for found in result["classifiers"].values())
        if name in groups:
            bits, information_p = permutation_test(features, corpus.labels, level, seed)
            result |= {"mutual_information_bits": bits, "mutual_information_p": information_p}
            p = min(p, information_p)
        out[name] = result
        if p <= level:
            apart.append(name)
    return {
        "samples": int(corpus.labels.size),
        "tests": tests,
        "level_of_each_test": level,
        "message classes": out,
        "told_apart": apart,
    }
