"""Where the sections of a proof lie (spec 6.10), by a run of the second verifier."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

from edits import Parts
from reference.codec import Reader
from reference.finish import Finish, open_rows, sizes
from reference.ledger import grinding
from reference.proof import ProofSource, Session, open_transcript, play, session
from reference.run import Run
from reference.transcript import Transcript, good_nonce


@dataclass
class Sections:
    session: Session
    run: Run
    finish: Finish
    at: dict[str, int]  # offset of each section, and "end"
    positions: list[int]


def replay(parts: Parts) -> tuple[Session, Run, Finish, Transcript]:
    """A run up to the query grinding; nothing is checked."""
    x = session(parts.plan, parts.statement, parts.model, parts.input)
    transcript, source = open_transcript(x), ProofSource(x.plan.field, parts.proof)
    transcript.absorb("fresh root", source.reader.take(32))
    transcript.grind("lookup grinding", grinding(x.plan.field, x.circuit.log_leaves), source.reader.u64())
    run, _ = play(x, transcript, source)
    finish = Finish(run)
    finish.read()
    return x, run, finish, transcript


def positions_for(x: Session, transcript: Transcript, nonce: int) -> list[int]:
    after = copy(transcript)
    after.grind("query grinding", x.layout.grinding, nonce)
    return sorted(set(after.positions("query positions", x.layout.queries, x.layout.log_domain)))


def ground_again(parts: Parts, count: int) -> int:
    """A good query nonce for a changed proof, with this number of positions."""
    x, _, _, transcript = replay(parts)
    probe = copy(transcript)
    seed = probe.grind_seed("query grinding", x.layout.grinding)
    nonce = 0
    while not (good_nonce(seed, x.layout.grinding, nonce) and len(positions_for(x, transcript, nonce)) == count):
        nonce += 1
    return nonce


def find(parts: Parts) -> Sections:
    x, run, finish, transcript = replay(parts)
    z, k = sizes(run), x.plan.field.k_width
    at, here = {}, 0
    for name, length in (
        ("root", 32),
        ("lookup nonce", 8),
        ("scalars", z.s * k),
        ("u", k << x.layout.log_rows),
        ("beta", k),
        ("X_H", z.n_h * k),
        ("X_Y", z.n * k),
        ("Phi", (2 * z.n - 1) * k),
        ("query nonce", 8),
    ):
        at[name], here = here, here + length
    reader = Reader(parts.proof)
    reader.at = at["query nonce"]
    positions = positions_for(x, transcript, reader.u64())
    names = ["model rows", *([] if parts.input is None else ["input rows"]), "fresh rows"]
    roots = [x.model.root, *([] if x.second is None else [x.second.root]), parts.proof[:32]]
    for name, opened in zip(names, open_rows(run, reader, positions, roots), strict=True):
        at[name] = opened.start
    at["end"] = reader.at
    return Sections(x, run, finish, at, positions)
