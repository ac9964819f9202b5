"""Deliberately wrong orders: the power-loss simulation has to catch each of them, and for its own reason."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from scenes import SCENES
from test_power_loss import survive

from affidavit import core, proving, renewing, splitting
from affidavit.bundle import files, publish
from affidavit.bundle.budget import FileBudget
from affidavit.bundle.files import link_file
from affidavit.bundle.statement import Context, Statement
from affidavit.bundle.thresholds import FileThresholds


def part_before_spending(patch):
    real_spend, real_write = splitting.spend, splitting.write_part

    def write_part(model, part, staged):
        real_write(model, part, staged)
        real_spend(model, part.share)

    patch.setattr(splitting, "spend", lambda model, uses: None)
    patch.setattr(splitting, "write_part", write_part)


def proof_before_spending(patch):
    """The use is spent when the proof is made."""
    real_spend, real_prove, due = FileBudget.spend, core.prove, []

    def prove(*arguments):
        made = real_prove(*arguments)
        while due:
            real_spend(*due.pop())
        return made

    patch.setattr(FileBudget, "spend", lambda self, count=1: due.append((self, count)) or 0)
    patch.setattr(proving.core, "prove", prove)


def threshold_recorded_after_the_proof(patch):
    real_record, real_prove, due = FileThresholds.record, core.prove, []

    def prove(*arguments):
        made = real_prove(*arguments)
        while due:
            real_record(*due.pop())
        return made

    patch.setattr(FileThresholds, "record", lambda self, keys, value: due.append((self, keys, value)))
    patch.setattr(proving.core, "prove", prove)


def renewal_proven_before_its_opening_is_spent(patch):
    real_spend, real_prove, due = FileBudget.spend_renewal, core.prove, []

    def prove(*arguments):
        made = real_prove(*arguments)
        while due:
            real_spend(*due.pop())
        return made

    patch.setattr(FileBudget, "spend_renewal", lambda *arguments: due.append(arguments))
    patch.setattr(renewing.core, "prove", prove)


def renewal_statement_made_anew_after_a_crash(patch):
    """The same commitment, another statement: other rows. Only the digest of the commitment is on record."""
    real_statement, real_spend, real_check = renewing._statement, FileBudget.spend_renewal, FileBudget.check_renewal
    times = itertools.count(5)

    def stamped(model, commitment):
        statement = Statement.decode(real_statement(model, commitment))
        return replace(statement, context=Context(time=next(times))).encode()

    def prove(model, budget, pending, oracle):
        fresh = replace(pending, statement=stamped(model, pending.commitment))
        return real_prove(model, budget, fresh, oracle)

    real_prove = renewing._prove
    by_commitment = bytes(32 * [7])
    patch.setattr(renewing, "_prove", prove)
    patch.setattr(FileBudget, "spend_renewal", lambda self, _: real_spend(self, by_commitment))
    patch.setattr(FileBudget, "check_renewal", lambda self, _=None: real_check(self, by_commitment))


def renewal_begun_anew_after_a_crash(patch):
    """Another seed at each attempt, so another commitment."""
    real = FileBudget.spend_renewal

    def spend(self, target):
        if self.renewed() is None:
            real(self, target)

    patch.setattr(renewing, "read_pending", lambda path: None)
    patch.setattr(FileBudget, "check_renewal", lambda self, target=None: None)
    patch.setattr(FileBudget, "spend_renewal", spend)
    patch.setattr(
        renewing, "write_atomic", lambda *a, **k: files.write_atomic(*a, **{**k, "any_kind": True, "replace": True})
    )


def budget_after_the_name(patch):
    """The private file gets its name before its budget is there."""

    def publish_late(staged, share, companions, handover):
        staged.link()
        made = FileBudget.create(staged.target, share.file_id, share.queries, share.uses, part=share.part)
        for c in companions:
            files.write_atomic(c.path, c.data, private=c.private, replace=False)
        return made

    patch.setattr(splitting, "publish", publish_late)
    patch.setattr(publish, "publish", publish_late)


def pending_file_dropped_too_early(patch):
    real = renewing._publish

    def drop(model, file, path):
        staged = renewing.pending_path(path)
        link_file(staged, path)
        FileBudget.create(path, file.file_id, model.commitment.queries, file.uses)
        FileThresholds.create(path, file.secret, model.thresholds.entries())
        file.card.save(renewing._card_path(path))
        files.remove_quietly(staged)

    assert real is not drop
    patch.setattr(renewing, "_publish", drop)


MUTANTS = {
    "part before spending": ("split", part_before_spending, "uses opened and"),
    "proof before spending": ("prove", proof_before_spending, "uses opened and"),
    "proof before spending the last use": ("prove with the last use", proof_before_spending, "uses opened and"),
    "first use of a part, proof before spending": ("first use of a part", proof_before_spending, "uses opened and"),
    "threshold recorded after the proof": ("prove", threshold_recorded_after_the_proof, "another threshold"),
    "renewal proven before spending": ("renew", renewal_proven_before_its_opening_is_spent, "not on record"),
    "renewal statement made anew": ("renew", renewal_statement_made_anew_after_a_crash, "not on record|'outgoing': 2"),
    "renewal begun anew": ("renew", renewal_begun_anew_after_a_crash, "not on record|'outgoing': 2"),
    "budget after the name": ("split", budget_after_the_name, "no-budget|without its budget"),
    "pending file dropped too early": ("renew", pending_file_dropped_too_early, "without its budget"),
}
#: What the code would be without these operations, on file systems with and without attributes.
APPENDED, NEW = "sync of what is appended", "sync of new files"
FORGOTTEN = {
    "appending, prove": ("prove", APPENDED, True, "older than the last proof|another threshold"),
    "appending, prove, no attributes": ("prove", APPENDED, False, "uses opened and|another threshold"),
    "appending, split, no attributes": ("split", APPENDED, False, "uses opened and"),
    "appending, renew, no attributes": ("renew", APPENDED, False, "not on record"),
    "naming, renew": ("renew", NEW, True, "cut off|pending renewal"),
    "folder, renew": ("renew", "sync_folder", True, "renewed already"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_order_is_caught(name, start, places, fake_core, monkeypatch):
    scene, mutate, reason = MUTANTS[name]
    beginning = start(SCENES[scene])
    with monkeypatch.context() as patch:
        mutate(patch)
        with pytest.raises(AssertionError, match=reason):
            survive(SCENES[scene], beginning, places, fake_core)


@pytest.mark.parametrize("name", FORGOTTEN)
def test_a_forgotten_fsync_is_caught(name, start, places, fake_core):
    scene, forgets, attributes, reason = FORGOTTEN[name]
    with pytest.raises(AssertionError, match=reason):
        survive(SCENES[scene], start(SCENES[scene]), places, fake_core, forgets=(forgets,), attributes=attributes)
