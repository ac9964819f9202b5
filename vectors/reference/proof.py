"""Spec 8.1: the steps of one proof, in order."""

from __future__ import annotations

from dataclasses import dataclass

from . import commitment as cm
from . import plan as t
from . import statement as s
from .batching import claim_batching
from .codec import Reader
from .elaborate import certificate_plan, elaborate
from .errors import Broken, Refused, need, step
from .fields import Field, K
from .finish import Finish, RootBroken, column_weights, open_rows
from .layout import Layout, make
from .ledger import grinding, terms
from .plan_rules import validate
from .run import Degenerate, Run
from .stages import run_stages
from .statement_rules import check
from .transcript import Transcript
from .tree import checks, fraction_tree


@dataclass
class Report:
    bits: float
    ledger: dict[str, float]
    scalars: int
    products: int
    rows: int
    layout: Layout


class ProofSource:
    def __init__(self, field: Field, proof: bytes) -> None:
        self.field, self.reader = field, Reader(proof)

    def elements(self, count: int) -> list[K]:
        return self.field.read_ks(self.reader.take(count * self.field.k_width))


@dataclass
class Session:
    """What steps 1 to 13 establish."""

    plan: t.Plan
    statement: s.Statement
    model: cm.Commitment
    second: cm.Commitment | None
    circuit: object
    layout: Layout


def session(plan: bytes, statement: bytes, model: bytes, second: bytes | None, sealed: bool = True) -> Session:
    """``sealed`` False leaves step 13 out, to compute a layout digest."""
    with step(1):
        p = t.decode(plan)
    with step(2):
        known = validate(p)
    with step(3):
        st = s.decode(statement)
    with step(4):
        check(st, p, known)
    with step(5):
        m = cm.decode(model)
        second_commitment = None if second is None else cm.decode(second)
    with step(6):
        need(m.role == cm.MODEL and m.field == p.field and m.subject == p.digest, "a commitment of another model")
        need(m.digest == st.model, "another commitment than the statement's")
    with step(7):
        _second(p, st, m, second_commitment)
    if st.binding is not None:
        with step(8):
            schema = cm.export(p, m)
        with step(9):
            _schema(p, st, schema, second_commitment)
    used = p
    if st.purpose == s.CERTIFICATE:
        with step(10):
            used = certificate_plan(p)
            validate(used)
    with step(11):
        circuit = elaborate(used, known, st)
    with step(12):
        layout = make(circuit, st, m, second_commitment)
    if sealed:
        with step(13):
            need(layout.digest == st.layout, "another layout")
    return Session(p, st, m, second_commitment, circuit, layout)


def _second(p: t.Plan, st: s.Statement, m: cm.Commitment, second: cm.Commitment | None) -> None:
    wanted = st.binding is not None or st.purpose == s.RENEWAL
    need((second is not None) == wanted, "a second commitment that is missing or not asked for")
    if second is None:
        return
    if st.purpose == s.RENEWAL:
        need(second.role == cm.MODEL and second.digest == st.renewed, "another renewed commitment than the statement's")
        same = ("field", "subject", "batch")
        need(all(getattr(m, x) == getattr(second, x) for x in same), "a renewed commitment of another kind")
        need(second.root != m.root, "the same commitment again")
        return
    need(second.role == cm.INPUT and second.field == p.field, "an input commitment of another role or field")
    need(second.digest == st.binding.commitment, "another input commitment than the statement's")


def _schema(p: t.Plan, st: s.Statement, schema: cm.Schema, second: cm.Commitment) -> None:
    digest = cm.digest("schema", schema.encode())
    need(second.subject == digest == st.binding.schema, "another schema")
    need(second.pads == schema.pads and second.batch == st.batch, "other pads or another batch")
    ids = [port.tensor for port in p.inputs]
    need(all(p.tensors[i].dims == port.shape for i, port in zip(ids, p.inputs, strict=True)), "a port of another shape")
    need(ids == sorted(set(ids)), "ports whose tensors do not increase")


def open_transcript(x: Session) -> Transcript:
    """Everything public that comes before the proof."""
    transcript = Transcript(x.plan.field)
    transcript.absorb("plan digest", x.statement.plan)
    transcript.absorb("layout digest", x.layout.digest)
    transcript.absorb("statement", x.statement.raw)
    transcript.absorb("persistent commitments", x.model.raw + (b"" if x.second is None else x.second.raw))
    return transcript


def play(x: Session, transcript: Transcript, source: object) -> tuple[Run, list[K]]:
    """6.8 from the lookup challenges to the opening; the run and x1."""
    run = Run(x.circuit, x.layout, transcript, source)
    if x.circuit.log_leaves:
        alpha = transcript.challenge("lookup alpha")
        fraction_tree(run, alpha, transcript.challenge("lookup beta"))
    checks(run)
    run_stages(run)
    x1, _ = claim_batching(run)
    return run, x1


def verify(
    plan: bytes, statement: bytes, model: bytes, second: bytes | None, proof: bytes, least_bits: float = 128.0
) -> Report:
    """``second`` is the input commitment, or the renewed one for purpose 3."""
    x = session(plan, statement, model, second)
    transcript, source = open_transcript(x), ProofSource(x.plan.field, proof)
    reader = source.reader
    with step(14):
        root = reader.take(32)
    transcript.absorb("fresh root", root)
    with step(15):
        transcript.grind("lookup grinding", grinding(x.plan.field, x.circuit.log_leaves), reader.u64())
    with step(16):
        try:
            run, x1 = play(x, transcript, source)
        except Degenerate as broken:
            raise Refused("17", str(broken)) from broken
    ledger = terms(run)
    bits = min(ledger.values())
    with step(18):
        need(bits >= least_bits, "fewer proven bits than asked for")
    finish = Finish(run)
    with step(19):
        finish.check_sizes()
    with step(20):
        finish.read()
    with step(21):
        finish.check_claim()
    with step(22):
        finish.check_product()
    with step(23):
        transcript.grind("query grinding", x.layout.grinding, reader.u64())
    positions = sorted(set(transcript.positions("query positions", x.layout.queries, x.layout.log_domain)))
    roots = [x.model.root, *([] if x.second is None else [x.second.root]), root]
    with step(24):
        try:
            openings = open_rows(run, reader, positions, roots)
        except RootBroken as broken:
            raise Refused("25", str(broken)) from broken
    finish.expected(positions)
    weights = column_weights(run, x1)
    for i in range(len(positions)):
        with step(26):
            cells = finish.check_row(i, [opening.rows[i] for opening in openings], weights)
        with step(27):
            finish.check_masks(i, cells)
    with step(28):
        reader.done()
    return Report(bits, ledger, len(run.scalars), len(run.products), len(run.rows), x.layout)


__all__ = ["Broken", "Report", "Session", "open_transcript", "play", "session", "verify"]
