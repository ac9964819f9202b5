"""Prove and check "score >= 0.6" about a hidden record, with the Python API.

python examples/credit_decision.py
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


def main() -> None:
    table = german_credit.load()
    features = table.features.astype(np.float32)

    # the lender: trains, compiles, commits; publishes the card
    estimator = make_pipeline(StandardScaler(), LogisticRegression(C=0.1)).fit(features[:700], table.repaid[:700])
    compiled = af.compile(estimator, calibration=features[:700])
    model = af.commit(compiled, uses=4)

    with tempfile.TemporaryDirectory() as folder:
        # the bureau: commits and signs one applicant's record, without the model
        key, public = af.keygen(Path(folder) / "bureau")
        record = af.commit_input(features[800:801], model.card, key=key, records=table.ids[800])

        # the lender: proves the decision; record, weights and probability stay hidden
        question = af.at_least("probabilities[1]", "0.3")
        bundle = af.prove(model, input=record, predicate=question, policy_id="credit-v1")

        # the bank: card, public key and bundle are all that it needs
        policy = af.policy.Model(model.card, issuer=public, predicate=question, policy_id="credit-v1", outcome="any")
        result = af.verify(bundle.encode(), policy)

    print(f"verified: {result.bits:.1f} bits proven")
    for fact in result.known:
        print("known:  ", fact)
    for fact in result.assumed:
        print("assumed:", fact)


if __name__ == "__main__":
    main()
