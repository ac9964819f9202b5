"""Prove the decisions about a whole table in one proof; check them with nothing but bytes that were handed over.

python examples/portfolio.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import affidavit as af
from affidavit.data import german_credit

QUESTION = af.at_least("probabilities[1]", "0.6")


def prove(folder: Path, records: list[str], data: np.ndarray, repaid: np.ndarray) -> tuple[bytes, bytes, Path]:
    """Lender and bureau: the bundle, the card and the bureau's public key."""
    estimator = make_pipeline(StandardScaler(), LogisticRegression(C=0.1)).fit(data, repaid)
    model = af.commit(af.compile(estimator, calibration=data), uses=4)
    key, public_key = af.keygen(folder / "bureau")
    table = af.commit_input(data, model.card, key=key, records=records)
    bundle = af.prove(model, input=table, predicate=QUESTION, policy_id="portfolio")
    print(f"{len(records)} rows proven in {bundle.timings['seconds']['total']:.2f} s, {len(bundle.proof)} bytes")
    print(f"uses left: model {model.uses_left}, table {table.uses_left}")
    return bundle.encode(), model.card.encode(), public_key


def main() -> None:
    source = german_credit.load()
    records, data = list(source.ids), source.features.astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        bundle, card, public_key = prove(Path(folder), records, data, source.repaid)

        # the bank knows which records it asked about, in which order
        policy = af.policy.Model(
            card, issuer=public_key, records=records, predicate=QUESTION, policy_id="portfolio", outcome="any"
        )
        result = af.verify(bundle, policy)
    outcomes = np.array(result.answers[0].outcomes)
    print(f"verified in {result.seconds['total']:.3f} s: {result.bits:.1f} bits proven")
    print(f"{outcomes.sum()} of {result.batch} yes")
    print("no:", ", ".join(np.array(result.records)[~outcomes][:5]), "...")


if __name__ == "__main__":
    main()
