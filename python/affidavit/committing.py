"""Committing a compiled model: commitment, weight certificate, card."""

from __future__ import annotations

import os
import secrets

from affidavit import core, limits
from affidavit.bundle.card import Card, Certificate
from affidavit.bundle.commitment import Commitment
from affidavit.bundle.statement import CERTIFICATE, NO_LAYOUT, Statement
from affidavit.errors import UsageError
from affidavit.model import CommittedModel, CompiledModel, new_model_file


def commit_compiled(model: CompiledModel, uses: int) -> CommittedModel:
    """Commit ``model`` with pads for ``uses`` proofs. The certificate takes the opening reserved for it."""
    if isinstance(uses, bool) or not isinstance(uses, int) or not 1 <= uses <= limits.USES:
        raise UsageError(f"uses is a whole number from 1 to {limits.USES}")
    seed = secrets.token_bytes(32)
    oracle = core.commit_model(model.plan, model.weights, uses, seed)
    commitment = bytes(oracle.commitment)
    if Commitment.decode(commitment).uses < uses:
        raise UsageError(f"the commitment has no room for {uses} uses", hint="ask for fewer uses")
    statement = Statement(
        purpose=CERTIFICATE,
        plan=model.info.digest,
        layout=NO_LAYOUT,
        batch=1,
        model=core.digest("commitment", commitment),
        input_commitment=None,
        inputs=(),
        outputs=(),
    )
    layout = core.layout(model.plan, statement.encode(), commitment, None)
    encoded = statement.with_layout(bytes.fromhex(layout["digest"])).encode()
    entropy = os.urandom(32) + secrets.token_bytes(32)
    proof, _ = core.prove(model.plan, encoded, oracle, None, {}, entropy)
    card = Card(model.plan, commitment, Certificate(encoded, proof))
    return CommittedModel.in_memory(new_model_file(card, seed, uses, model.weights), oracle, model.report)
