"""Renewing: fresh pads for the same weights, and a proof that they are the same.

Each step can be the last one, and running the same renewal again goes on from there:

1. the old private file is locked against another renewal,
2. a pending file under the new name holds everything that determines the proof,
3. the old ``.uses`` file says that the outgoing opening is spent, and for which statement,
4. the proof is made, deterministically: made again it opens the same rows; and it is checked,
5. the finished private file, proof included, takes the pending one's place; budget, ledger and card are written, and
   its own name comes last.

Before 3 nothing was opened. After 3 no other renewal can be proven.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from affidavit import core, limits
from affidavit.bundle import storage
from affidavit.bundle.budget import FileBudget, locked, uses_path
from affidavit.bundle.card import Card, Renewal
from affidavit.bundle.commitment import Commitment
from affidavit.bundle.files import (
    exists_error,
    input_error,
    link_file,
    make_durable,
    read_bounded,
    settle_link,
    write_atomic,
)
from affidavit.bundle.model_file import ModelFile
from affidavit.bundle.pending_file import PendingRenewal, pending_path, read_pending
from affidavit.bundle.publish import check_absent
from affidavit.bundle.statement import NO_LAYOUT, RENEWAL, Context, Statement
from affidavit.bundle.thresholds import ledger_bytes, ledger_path
from affidavit.bundle.uses_file import FILE_BYTES, UsesFile
from affidavit.errors import AffidavitError, InputError, Malformed, UsageError
from affidavit.model import CommittedModel, model_path

PathLike = str | os.PathLike[str]


def renew_model(model: CommittedModel, stem: PathLike, uses: int | None) -> CommittedModel:
    """Write ``STEM.model`` and its companions; see :func:`affidavit.renew`."""
    budget = model.budget
    if model.path is None or not isinstance(budget, FileBudget):
        raise UsageError("this model was never saved", hint="save it first: what renewing spends is kept on disk")
    if model.file.part is not None:
        raise UsageError(
            f"{model.path} is a part: only the original renews",
            hint="renew where the model was split, then split the renewed model",
            code="part",
        )
    if len(model.card.renewals) >= limits.RENEWALS:
        raise UsageError(f"a model is renewed at most {limits.RENEWALS} times", hint="commit it again")
    path = model_path(stem)
    with _alone(model.path):
        found = read_pending(pending_path(path))
        if isinstance(found, ModelFile):
            _check_finished(model, found, path, uses)
            if _has_its_name(path):
                return _finished(path)
        try:
            if not isinstance(found, ModelFile):
                pending, oracle = _begin(model, budget, path, found, uses)
                found = _stage(model, pending, _prove(model, budget, pending, oracle), path)
            _publish(model, found, path)
        except InputError as error:
            if error.code not in ("unconfirmed", "exists") and pending_path(path).exists():
                goes_on = "the renewal goes on when the same command is run again"
                error.hint = f"{error.hint}; {goes_on}" if error.hint else goes_on
            raise
        return _finished(path)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Only one renewal of a private file at a time; proofs and splits go on."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise input_error("open", path, error) from error
    try:
        locked(handle, fcntl.LOCK_EX, path)
        yield
    finally:
        os.close(handle)


def _begin(
    model: CommittedModel, budget: FileBudget, path: Path, found: PendingRenewal | None, uses: int | None
) -> tuple[PendingRenewal, Any]:
    """Steps 1 and 2: a durable pending file, that of before where it was begun before; and the new oracle."""
    predecessor = core.digest("commitment", model.card.current)
    spent_for = budget.renewed()
    if found is not None and found.predecessor != predecessor:
        raise InputError(
            f"{pending_path(path)} belongs to the renewal of another model", hint="choose another name", code="exists"
        )
    if spent_for is not None:
        # raises where it was spent for another statement than the pending one
        budget.check_renewal(None if found is None else core.digest("statement", found.statement))
    check_absent(path, uses_path(path), ledger_path(path), _card_path(path))
    model.thresholds.entries()  # a ledger that is missing, full or another's is found before
    if found is not None and (spent_for is not None or uses in (None, found.uses)):
        _check_uses(found.uses, uses)
        make_durable(pending_path(path))
        oracle = _oracle(model, found.uses, found.seed)
        if bytes(oracle.commitment) != found.commitment:
            raise Malformed("the pending file does not reproduce its commitment: it is damaged", code="commitment")
        return found, oracle
    budget.check_renewal()
    wanted = model.file.uses if uses is None else uses
    most = ((1 << model.commitment.log_rows) - 1) // model.commitment.queries - 2
    if isinstance(wanted, bool) or not isinstance(wanted, int) or not 1 <= wanted <= min(most, limits.USES):
        raise UsageError(
            f"a renewal of this model has 1 to {min(most, limits.USES)} uses",
            hint="it keeps the commitment's number of rows, and the pads have to fit into them",
            code="uses",
        )
    # hedged: an entropy source that repeats itself must not give the old seed, and with it the old pads, again
    seed = hmac.digest(model.file.seed, secrets.token_bytes(32) + predecessor, hashlib.sha256)
    oracle = _oracle(model, wanted, seed)
    commitment = bytes(oracle.commitment)
    statement = _statement(model, commitment)
    pending = PendingRenewal(secrets.token_bytes(32), seed, wanted, predecessor, commitment, statement)
    write_atomic(pending_path(path), pending.encode(), private=True, replace=found is not None)
    return pending, oracle


def _check_uses(pending: int, uses: int | None) -> None:
    if uses not in (None, pending):
        raise UsageError(
            f"this renewal was begun with {pending} uses",
            hint="its opening is spent: run it again with that number, or without --uses",
            code="uses",
        )


def _oracle(model: CommittedModel, uses: int, seed: bytes) -> Any:
    return core.commit_model(model.card.plan, model.weights, uses, seed, like=model.card.commitment)


def _statement(model: CommittedModel, commitment: bytes) -> bytes:
    statement = Statement(
        purpose=RENEWAL,
        plan=model.info.digest,
        layout=NO_LAYOUT,
        batch=1,
        model=core.digest("commitment", model.card.current),
        input_commitment=None,
        inputs=(),
        outputs=(),
        context=Context(time=int(time.time())),
        renewed=core.digest("commitment", commitment),
    )
    layout = core.layout(model.card.plan, statement.encode(), model.card.current, commitment)
    return statement.with_layout(bytes.fromhex(layout["digest"])).encode()


def _prove(model: CommittedModel, budget: FileBudget, pending: PendingRenewal, oracle: Any) -> bytes:
    """Steps 3 and 4, the only place where a renewal is proven: the outgoing opening is spent for this very statement.

    The proof is a function of the two seeds and the statement, so another statement would open other rows.
    """
    plan, statement = model.card.plan, pending.statement
    budget.spend_renewal(core.digest("statement", statement))
    proof, _ = core.prove(plan, statement, model.oracle, oracle, {}, bytes(32))
    try:
        core.verify(plan, statement, model.card.current, pending.commitment, proof, 0.0)
    except AffidavitError as error:
        raise AffidavitError(
            f"the renewal's proof does not hold: {error.message}",
            hint="this is a defect in affidavit; please report it",
        ) from error
    return proof


def _stage(model: CommittedModel, pending: PendingRenewal, proof: bytes, path: Path) -> ModelFile:
    """The finished private file, in the pending one's place."""
    card = model.card.renewed(Renewal(pending.commitment, pending.statement, proof))
    file = replace(model.file, file_id=pending.file_id, seed=pending.seed, uses=pending.uses, card=card)
    write_atomic(pending_path(path), file.encode(), private=True, any_kind=True)
    return file


def _check_finished(model: CommittedModel, file: ModelFile, path: Path, uses: int | None) -> None:
    if not file.card.renewals or replace(file.card, renewals=file.card.renewals[:-1]) != model.card:
        raise InputError(
            f"{pending_path(path)} belongs to the renewal of another model", hint="choose another name", code="exists"
        )
    _check_uses(file.uses, uses)


def _has_its_name(path: Path) -> bool:
    """Whether the finished file got its own name before, wherever it was moved since; then only cleaning is left.

    Otherwise its budget would be written a second time.
    """
    pending = pending_path(path)
    if pending.stat().st_nlink == 1:
        return False
    settle_link(pending, path)
    return True


def _finished(path: Path) -> CommittedModel:
    if not path.exists():
        raise InputError(
            f"{path} was finished before, and moved since", hint="use the file where you moved it", code="renewed"
        )
    return CommittedModel.load(path)


def _publish(model: CommittedModel, file: ModelFile, path: Path) -> None:
    """Step 5 from the staged file on; what an earlier attempt wrote is kept or written again."""
    pending = pending_path(path)
    queries = Commitment.decode(file.card.current).queries
    if path.exists() or path.is_symlink():
        raise exists_error(path)
    make_durable(pending)
    if uses_path(path).exists():
        _check_own_budget(file, path)
        make_durable(uses_path(path))
    else:
        check_absent(ledger_path(path), _card_path(path))
        FileBudget.create(path, file.file_id, queries, file.uses, staged=pending)
    # what was asked of the old file until now counts as asked of the new one
    write_atomic(ledger_path(path), ledger_bytes(file.secret, model.thresholds.entries()), private=True)
    _write_card(file.card, _card_path(path))
    link_file(pending, path)
    settle_link(pending, path)


def _check_own_budget(file: ModelFile, path: Path) -> None:
    """A budget is there already: only this renewal's own, from an attempt that was stopped, may be."""
    try:
        header = UsesFile.decode(read_bounded(uses_path(path), FILE_BYTES, "uses file")).header
    except Malformed:
        raise exists_error(uses_path(path)) from None
    if header.file_id != file.file_id or header.inode != storage.disk.inode(pending_path(path)):
        raise exists_error(uses_path(path))


def _write_card(card: Card, path: Path) -> None:
    data = card.encode()
    if path.exists():
        if read_bounded(path, len(data), "card") != data:
            raise exists_error(path)
        make_durable(path)
        return
    write_atomic(path, data, replace=False)


def _card_path(path: Path) -> Path:
    return path.with_suffix(".card")
