"""Prove what an ML model computed, without showing the model or the data.

>>> import affidavit as af
>>> model = af.compile("net.onnx", calibration=data)
>>> model = af.commit(model, uses=16)
>>> bundle = af.prove(model, inputs, predicate=af.at_least("probabilities[1]", "0.6"))
>>> result = af.verify(bundle, policy=af.policy.Model(model.card))
"""

from affidavit.api import commit, commit_input, compile, explain, inspect, prove
from affidavit.bundle.bundle import Bundle
from affidavit.bundle.card import Card
from affidavit.errors import (
    AffidavitError,
    BudgetSpent,
    InputError,
    Malformed,
    PolicyRefused,
    Rejected,
    UnsupportedModel,
    UsageError,
)
from affidavit.keys import PrivateKey, PublicKey, keygen
from affidavit.predicates import argmax, at_least, at_most, between, top_k
from affidavit.verify import policy
from affidavit.verify.check import verify
from affidavit.verify.verified import Verified

__version__ = "0.1.0"

__all__ = [
    "AffidavitError",
    "BudgetSpent",
    "Bundle",
    "Card",
    "InputError",
    "Malformed",
    "PolicyRefused",
    "PrivateKey",
    "PublicKey",
    "Rejected",
    "UnsupportedModel",
    "UsageError",
    "Verified",
    "argmax",
    "at_least",
    "at_most",
    "between",
    "commit",
    "commit_input",
    "compile",
    "explain",
    "inspect",
    "keygen",
    "policy",
    "prove",
    "top_k",
    "verify",
]
