"""What a statement tells that a proof cannot hide: the function's own leaks, in plain words.

Zero knowledge is about the proof. What the outcome of a question, a public output or the commitment itself says about
secrets is the choice of whoever makes the statement, so ``explain`` names it.
"""

from __future__ import annotations

from affidavit.bundle.commitment import Commitment
from affidavit.bundle.statement import (
    PUBLIC,
    ArgMax,
    AtLeast,
    AtMost,
    Between,
    PublicOutput,
    Statement,
    TopK,
)
from affidavit.core import PlanInfo
from affidavit.report.text import plain

_ANSWERS = (
    "each threshold answered about one record narrows its score; how many were answered before, elsewhere or under "
    "other policy ids, is not known to the verifier"
)
_TIMING = "to somebody who watches the prover: how long it takes and how much memory; no constant-time claim is made"


def reveals(statement: Statement, plan: PlanInfo, commitment: bytes) -> tuple[str, ...]:
    """One sentence per thing that the reader learns beside the claims' own words."""
    facts: list[str] = []
    asked = False
    for claim in statement.outputs:
        name = plan.outputs[claim.output].name
        cells = plan.outputs[claim.output].cells
        match claim:
            case PublicOutput():
                facts.append(
                    f"the public output {name} is a function of the input: of a model that loses little (an almost "
                    "invertible one) it shows input features, and many outputs show weights"
                )
            case AtLeast() | AtMost():
                asked = True
                facts.append(f"on which side of the threshold the cell of {name} lies")
            case Between():
                asked = True
                facts.append(f"whether the cell of {name} lies in the interval: if it does, its value up to the width")
            case ArgMax():
                facts.append(f"argmax of {name}: {cells - 1} comparisons per inference, of its largest cell")
            case TopK():
                facts.append(f"whether the rank of one cell of {name} among {cells} is at most {claim.k}")
    if asked:
        facts.append(_ANSWERS)
    if any(claim.kind == PUBLIC for claim in statement.inputs):
        facts.append("the public input in full; with answers about many public inputs a model can be imitated")
    binding = statement.input_commitment
    if binding is not None:
        kind = "signed " if binding.issuer is not None else ""
        facts.append(f"which proofs are about the same {kind}input commitment (they name it)")
        if binding.records:
            facts.append("the record ids in the statement")
    if statement.batch > 1:
        facts.append(f"the batch size: these {statement.batch} inferences belong together")
    if statement.context.time:
        facts.append("when the proof was made, as the prover says")
    return tuple(plain(fact) for fact in [*facts, *model_reveals(commitment), _TIMING])


def model_reveals(commitment: bytes) -> tuple[str, ...]:
    """The same of a commitment alone."""
    uses = Commitment.decode(commitment).uses
    return (
        f"the number of uses that the model was committed for ({uses}), not how many are left",
        "which proofs are by the same committed model (they name it)",
    )


def plan_reveals() -> tuple[str, ...]:
    """The same of a plan: what follows from the model and its calibration data."""
    return (
        "the architecture: shapes, operators, bit widths and scales, which follow from the weights' sizes",
        "the ranges of inputs and of intermediate values, which follow from the calibration data",
        "structural integers of the model (indices, constants of shape arithmetic)",
    )
