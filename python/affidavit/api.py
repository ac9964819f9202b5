"""The verbs of the public API. Everything that makes proofs is imported inside the call that needs it."""

from __future__ import annotations

import os
import time as clock
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from affidavit import limits
from affidavit.bundle.bundle import Bundle
from affidavit.errors import UsageError, utf8
from affidavit.keys import PrivateKey
from affidavit.predicates import Predicate

if TYPE_CHECKING:
    from affidavit.bundle.card import Card
    from affidavit.committed_input import CommittedInput
    from affidavit.model import CommittedModel, CompiledModel
    from affidavit.verify.policy import CardLike

PathLike = str | os.PathLike[str]


def compile(model: Any, calibration: Any, *, dims: Mapping[str, int] | None = None, **options: Any) -> CompiledModel:
    """Import, quantise and plan a model.

    ``model`` is a path or bytes of an ONNX file, an ``onnx.ModelProto`` or a scikit-learn estimator. ``calibration``
    holds typical inputs: a path (``.npz``, ``.json``), an array or a dict of arrays, samples along the batch axis.
    ``dims`` binds named dimensions; ``options`` go to the planner (``field``, ``fidelity``).

    Raises :class:`UnsupportedModel` with all reasons at once, :class:`Malformed` or :class:`InputError`.
    """
    from affidavit.compiling import compile_model

    return compile_model(model, calibration, dims=dims, options=options)


def commit(model: CompiledModel | PathLike, uses: int = 16) -> CommittedModel:
    """Commit a compiled model (or the path of its ``.plan``) with pads for ``uses`` proofs; ``save`` writes the
    private ``.model`` and the public ``.card``.

    Raises :class:`UnsupportedModel` for a model or a number of uses above the limits, :class:`Malformed` or
    :class:`InputError` for a plan or weights that cannot be read, and :class:`UsageError`.
    """
    from affidavit.committing import commit_compiled
    from affidavit.model import CompiledModel

    compiled = CompiledModel.load(model) if isinstance(model, (str, os.PathLike)) else model
    if not isinstance(compiled, CompiledModel):
        raise UsageError(f"commit takes a compiled model, not {type(model).__name__}")
    return commit_compiled(compiled, uses)


def renew(
    model: CommittedModel | PathLike, path: PathLike, *, uses: int | None = None, unsafe_allow_copy: bool = False
) -> CommittedModel:
    """Give a saved model fresh pads: a new private file ``PATH.model`` for ``uses`` proofs (as many as before, if not
    given), and ``PATH.card``, which shows verifiers that it is the same model.

    Bundles from before stay valid under the new card; the old private file keeps the uses it has left. A private file
    is renewed once. A renewal that was interrupted is finished by the same call. Raises :class:`UsageError` for a part,
    an unsaved model or more uses than the commitment's rows hold, and :class:`BudgetSpent` for a model that was renewed
    already.
    """
    from affidavit.renewing import renew_model

    return renew_model(_owner(model, "renew", unsafe_allow_copy), path, uses)


def split(
    model: CommittedModel | PathLike, path: PathLike, *, uses: int, unsafe_allow_copy: bool = False
) -> CommittedModel:
    """Give ``uses`` of a model's uses to a new private file ``PATH.model``, for another machine.

    They are spent here before the part is written. Move the part with its ``.uses`` and ``.thresholds``, never copy it:
    it is tied to the file that it is first used as. Its bundles verify under the same card. A part may be split again,
    but not renewed. From then on each side remembers its own thresholds only.

    Raises :class:`BudgetSpent` where fewer uses are left, :class:`InputError` where the files are not what they were or
    cannot be written, and :class:`UsageError`.
    """
    from affidavit.model import CommittedModel
    from affidavit.splitting import split_model

    return CommittedModel.load(split_model(_owner(model, "split", unsafe_allow_copy), path, uses))


def _owner(model: CommittedModel | PathLike, verb: str, unsafe_allow_copy: bool) -> CommittedModel:
    from affidavit.model import CommittedModel

    if isinstance(model, (str, os.PathLike)):
        return CommittedModel.load(model, unsafe_allow_copy=unsafe_allow_copy)
    if not isinstance(model, CommittedModel):
        raise UsageError(f"{verb} takes a committed model or the path of its .model, not {type(model).__name__}")
    if unsafe_allow_copy:
        raise UsageError("unsafe_allow_copy belongs to loading: give the path, or load the model with it")
    return model


def commit_input(
    inputs: Any,
    schema: Card | CommittedModel | bytes | PathLike,
    *,
    key: PrivateKey | bytes | PathLike | None = None,
    records: str | Sequence[str] = (),
    expiry: int = 0,
) -> CommittedInput:
    """Commit inputs for the model of a card, as their owner; no model file is needed.

    ``inputs`` is a path (``.npz``, ``.json``), an array or a dict of arrays by input name, each of shape
    ``[batch, *shape]`` in the model's own units. ``schema`` is the model's card. ``key`` (an issuer's Ed25519 PEM)
    signs the commitment together with one record id per row and an expiry in Unix seconds (0: none).

    Raises :class:`InputError` for values outside the calibrated range, other shapes, NaN, or a key that cannot be read,
    :class:`Malformed` for a damaged card, and :class:`UsageError`.
    """
    from affidavit import core
    from affidavit.committed_input import commit_arrays
    from affidavit.input_glue import quantised
    from affidavit.model import CommittedModel
    from affidavit.verify.policy import load_card

    card = schema.card if isinstance(schema, CommittedModel) else load_card(schema)
    return commit_arrays(
        core.input_schema(card.plan, card.current),
        quantised(card.plan, inputs),
        records=(records,) if isinstance(records, str) else tuple(records),
        expiry=expiry,
        key=None if key is None else PrivateKey.load(key),
    )


def prove(
    model: CommittedModel | PathLike,
    inputs: Any = None,
    *,
    input: CommittedInput | PathLike | None = None,
    inputs_as: str = "committed",
    reveal: str | Sequence[str] = (),
    predicate: Predicate | Sequence[Predicate] = (),
    nonce: bytes = b"",
    policy_id: str = "",
    time: int | None = None,
    unsafe_allow_repeated_thresholds: bool = False,
) -> Bundle:
    """Prove what the model computes on one input, or on a batch of them.

    Give either ``inputs`` (a path, array or dict; arrays of shape ``[batch, *shape]`` in the model's own units) or
    ``input`` (a committed input, possibly signed by its issuer).
    ``inputs_as`` says what the statement tells about plain inputs: "committed" (hidden; committed on the spot),
    "public" (shown in the bundle) or "unbound" (hidden; some input exists). ``reveal`` names outputs to show;
    ``predicate`` asks questions about outputs that stay hidden. Everything else is hidden.

    Spends one use of the model (and of a committed input) once all was checked, and before the proof is computed.
    Raises :class:`BudgetSpent`, :class:`InputError`, :class:`UsageError`, and :class:`PolicyRefused` where another
    threshold was proven before for the same record and policy id; none of these spends a use.
    """
    from affidavit.bundle.statement import Context
    from affidavit.committed_input import CommittedInput
    from affidavit.model import CommittedModel
    from affidavit.proving import KINDS, make_bundle

    owner = CommittedModel.load(model) if isinstance(model, (str, os.PathLike)) else model
    if not isinstance(owner, CommittedModel):
        raise UsageError("prove takes a committed model", hint="model = affidavit.commit(model, uses=16)")
    if (inputs is None) == (input is None):
        raise UsageError("give either inputs or a committed input")
    committed = CommittedInput.load(input) if isinstance(input, (str, os.PathLike)) else input
    if committed is not None and inputs_as != "committed":
        raise UsageError("a committed input stays committed")
    if inputs_as not in KINDS:
        raise UsageError(f"inputs_as is one of {', '.join(KINDS)}, not {inputs_as!r}")
    names = (reveal,) if isinstance(reveal, str) else tuple(reveal)
    predicates = (predicate,) if isinstance(predicate, Predicate) else tuple(predicate)
    if not names and not predicates:
        raise UsageError("the proof would say nothing", hint="reveal an output or ask a predicate")
    if len(nonce) > limits.NONCE_BYTES or len(utf8(policy_id, "a policy id")) > limits.POLICY_BYTES:
        raise UsageError(f"a nonce has at most {limits.NONCE_BYTES} bytes, a policy id {limits.POLICY_BYTES}")
    context = Context(nonce, policy_id, int(clock.time()) if time is None else time)
    return make_bundle(
        owner, inputs, committed, inputs_as, names, predicates, context, unsafe_allow_repeated_thresholds
    )


def load_model(path: PathLike, *, unsafe_allow_copy: bool = False) -> CommittedModel:
    """Read a private ``.model`` file, to prove with it more than once; its ``.uses`` file must lie beside it.

    Raises :class:`InputError` for a file that is missing or a copy, and :class:`Malformed` for a damaged one.
    """
    from affidavit.model import CommittedModel

    return CommittedModel.load(path, unsafe_allow_copy=unsafe_allow_copy)


def load_input(path: PathLike, *, unsafe_allow_copy: bool = False) -> CommittedInput:
    """Read a private ``.input`` file; its ``.uses`` file must lie beside it. Raises as :func:`load_model`."""
    from affidavit.committed_input import CommittedInput

    return CommittedInput.load(path, unsafe_allow_copy=unsafe_allow_copy)


def explain(subject: Any, card: CardLike | None = None) -> dict[str, Any]:
    """What is hidden, revealed and assumed, with the soundness ledger: for a bundle (with its card), card or plan.

    Raises :class:`Malformed`, :class:`InputError`, or :class:`Rejected` for a bundle of another card.
    """
    from affidavit.report.explain import explain_subject

    return explain_subject(subject, card)


def inspect(path: PathLike) -> dict[str, Any]:
    """Describe any affidavit file, or an ONNX model, without verifying it.

    Raises :class:`InputError` for a file that cannot be read, and :class:`Malformed` for one that is none of these.
    """
    from affidavit.report.inspect import inspect_file

    return inspect_file(path)
