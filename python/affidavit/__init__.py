"""Prove what an ML model computed, without showing the model or the data.

>>> import affidavit as af
>>> model = af.compile("net.onnx", calibration=data)
>>> model = af.commit(model, uses=16)
>>> bundle = af.prove(model, inputs, predicate=af.at_least("probabilities[1]", "0.6"))
>>> result = af.verify(bundle, policy=af.policy.Model(model.card))
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from affidavit.api import commit, commit_input, compile, explain, inspect, load_input, load_model, prove, renew, split
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

if TYPE_CHECKING:
    from affidavit.committed_input import CommittedInput
    from affidavit.model import CommittedModel, CompiledModel

__version__ = "0.1.0"

__all__ = [
    "AffidavitError",
    "BudgetSpent",
    "Bundle",
    "Card",
    "CommittedInput",
    "CommittedModel",
    "CompiledModel",
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
    "load_input",
    "load_model",
    "policy",
    "prove",
    "renew",
    "split",
    "top_k",
    "verify",
]

#: Classes of the owner's side, imported when they are asked for: a verifier does without them.
_OWNERS = {
    "CommittedInput": "affidavit.committed_input",
    "CommittedModel": "affidavit.model",
    "CompiledModel": "affidavit.model",
}


def __getattr__(name: str) -> Any:
    if name not in _OWNERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_OWNERS[name]), name)
