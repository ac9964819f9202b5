"""The statistical test itself: it finds what is there, and nothing where nothing is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from distinguish.analyse import Corpus, analyse, binned, permutation_test
from distinguish.run import verdicts

LEVEL = 1e-4


def corpus(seed: int, change: Any = None, samples: int = 300) -> Corpus:
    """Uniform bits and sizes in three message classes, and times."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, samples)
    features = np.concatenate([rng.integers(0, 2, (samples, 30)), rng.random((samples, 30))], axis=1)
    if change is not None:
        change(features, labels, rng)
    names = [f"{name}|{i}" for name in ("salts", "u", "time") for i in range(20)]
    return Corpus(labels, features, tuple(names))


@pytest.mark.full
def test_nothing_is_found_in_noise() -> None:
    for seed in range(6):
        assert analyse(corpus(seed), 0.01)["told_apart"] == []


@pytest.mark.full
def test_leaks_are_found_in_their_message_class() -> None:
    def bit(features: np.ndarray, labels: np.ndarray, _: Any) -> None:
        features[:, 7] = labels

    def noisy_bit(features: np.ndarray, labels: np.ndarray, rng: Any) -> None:
        features[:, 3] = labels ^ (rng.random(labels.size) < 0.25)

    def shift(features: np.ndarray, labels: np.ndarray, _: Any) -> None:
        features[:, 35] = (features[:, 35] + 0.5 * labels) / 1.5

    def spread(features: np.ndarray, labels: np.ndarray, _: Any) -> None:
        # equal means: no logistic regression sees it
        features[labels == 1, 33] = (features[labels == 1, 33] > 0.5) * 1.0

    for change, where in ((bit, "salts"), (noisy_bit, "salts"), (shift, "u"), (spread, "u")):
        apart = analyse(corpus(11, change), 0.01)["told_apart"]
        assert where in apart and not set(apart) - {where, "all messages"}, change.__name__


def test_the_information_is_that_of_the_definition() -> None:
    data = corpus(5, samples=64)
    for feature in (0, 31):
        column = data.features[:, [feature]]
        bits, p = permutation_test(column, data.labels, LEVEL, 0)
        cells = binned(column)[:, 0, :].argmax(axis=1)
        expected = 0.0
        for cell in set(cells.tolist()):
            for label in (0, 1):
                joint = ((cells == cell) & (data.labels == label)).mean()
                if joint:
                    expected += joint * np.log2(joint / ((cells == cell).mean() * (data.labels == label).mean()))
        assert bits == pytest.approx(expected, abs=1e-12)
        assert 0 < p <= 1


def test_permutation_p_values_are_uniform_under_the_null() -> None:
    rng = np.random.default_rng(8)
    features = rng.random((80, 5))
    values = [permutation_test(features, rng.integers(0, 2, 80), 0.1, seed)[1] for seed in range(150)]
    # Binomial(150, 0.2): mean 30, deviation 4.9
    assert 12 <= sum(p <= 0.2 for p in values) <= 48
    assert min(values) > 0


def test_a_verdict_needs_honest_proofs_together_and_leaks_apart() -> None:
    good = {"a/None": {"told_apart": []}, "b/None": {"told_apart": ["time"]}, "a/SaltBit": {"told_apart": ["salts"]}}
    assert verdicts(good) == []
    assert verdicts(good | {"a/None": {"told_apart": ["u"]}}) == ["a/None: told apart by u"]
    for apart in ([], ["time"]):
        assert verdicts({"a/SaltBit": {"told_apart": apart}}) == ["a/SaltBit: the planted leak went unnoticed"]
