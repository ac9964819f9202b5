"""The audit's circuit is what the specification says and what the core proves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from reference import elaborate as second
from reference import plan as second_plan
from reference import statement as second_statement
from reference.plan_rules import validate

from affidavit import core
from affidavit.bundle import statement as s
from affidavit.errors import Rejected
from affidavit.plan import Field, encode
from affidavit.plan import types as t
from affidavit.witness import witness
from audit.circuit import Multiplicities, elaborate
from audit.core_check import Proving, compare
from audit.graphs import CASES
from audit.operators import compiled, every_claim, hard_inputs
from audit.search import inference
from audit.values import broken, broken_cells, complete

pytestmark = pytest.mark.core
NAMES = ("dense", "wide_softmax", "normalize_l2", "argmax", "unary_tanh", "select_by_input", "two_outputs")


def rows_of(plan: t.Plan, count: int = 3) -> dict[str, np.ndarray]:
    rows = list(hard_inputs(plan, 4 + count, seed=5))[4:]
    return {port: np.concatenate([row[port] for row in rows]) for port in rows[0]}


@pytest.mark.parametrize("field", list(Field))
@pytest.mark.parametrize("name", NAMES)
def test_the_circuit_has_the_shape_of_the_reference_and_of_the_core(name: str, field: Field) -> None:
    case = compiled(name, CASES[name](), field)
    inputs = rows_of(case.plan)
    claims = every_claim(case.plan, witness(case.plan, case.weights, inputs))
    plan = second_plan.decode(encode(case.plan))
    known = validate(plan)
    proving = Proving(case.plan, case.weights)
    for said in (claims, claims[1:3], claims[:1], []):
        statement = proving.statement(inputs, False, said)
        c = elaborate(case.plan, statement, case.weights, inputs)
        other = second.elaborate(plan, known, second_statement.decode(statement.encode()))
        assert [x.dims for x in c.tensors] == [node.shape for node in other.nodes]
        assert [look.x for look in c.lookups] == [look.x for look in other.lookups]
        assert [table.log_size for table in c.tables] == [table.log_size for table in other.tables]
        assert c.range_bits == other.range_bits
        layout = core.layout(proving.bytes, statement.encode(), bytes(proving.model.commitment), None)
        assert (layout["range_bits"], layout["tensors"], layout["lookups"]) == (
            c.range_bits,
            len(c.tensors),
            len(c.lookups),
        )


@pytest.mark.parametrize("position", range(len(NAMES)))
def test_false_witnesses_break_the_same_relations_in_the_core(position: int) -> None:
    case = compiled(NAMES[position], CASES[NAMES[position]](), list(Field)[position % 2])
    inputs = rows_of(case.plan)
    claims = every_claim(case.plan, witness(case.plan, case.weights, inputs))[position % 2 :: 2]
    found = compare(Proving(case.plan, case.weights), inputs, claims, 6, public=position == 3, seed=position)
    assert found.differ == []
    assert found.satisfied >= 1
    fresh = any(isinstance(x.body, t.Fresh) for x in case.plan.tensors)
    assert found.broken >= 3 or not fresh


def test_false_claims_break_the_same_relations_in_the_core() -> None:
    case = compiled("softmax", CASES["softmax"](), Field.GOLDILOCKS)
    inputs = rows_of(case.plan)
    proving, tensors = Proving(case.plan, case.weights), witness(case.plan, case.weights, inputs)
    for claim in every_claim(case.plan, tensors):
        name = "classes" if hasattr(claim, "classes") else "outcomes" if hasattr(claim, "outcomes") else "values"
        truth = getattr(claim, name)
        false = ~truth if name == "outcomes" else (truth + 1) % 3 if name == "classes" else truth + 1
        found = compare(proving, inputs, [replace(claim, **{name: false})], 0)
        assert found.differ == [] and found.broken == 1, claim


def test_public_integers_beyond_the_interval_are_refused_by_both() -> None:
    case = compiled("clamp", CASES["clamp"](), Field.KOALABEAR)
    inputs = rows_of(case.plan, 1)
    y = witness(case.plan, case.weights, inputs)[case.plan.outputs[0].tensor].reshape(-1)
    aliased = s.PublicOutput(0, y + case.plan.field.prime)
    c = elaborate(case.plan, inference(case.plan, 1, aliased), case.weights, inputs)
    assert c.refused == ["output:" + case.plan.outputs[0].name]
    with pytest.raises(Rejected, match="outside the port's interval"):
        Proving(case.plan, case.weights).statement(inputs, False, [aliased])


def test_a_lookup_that_occurs_p_times_is_not_seen_by_counting() -> None:
    case = compiled("clamp", CASES["clamp"](), Field.KOALABEAR)
    inputs = rows_of(case.plan, 1)
    c = elaborate(case.plan, inference(case.plan, 1), case.weights, inputs)
    tensors = witness(case.plan, case.weights, inputs)
    fresh = {i: tensors[i].astype(object) for i, x in enumerate(case.plan.tensors) if isinstance(x.body, t.Fresh)}
    have = complete(c, fresh)
    assert broken(c, have) == broken_cells(c, have) == []
    assert c.leaves() < c.prime and any(isinstance(x.kind, Multiplicities) for x in c.tensors)
    first = min(fresh)
    fresh[first] = fresh[first] + c.prime // 3
    have = complete(c, fresh)
    assert set(broken(c, have)) == set(broken_cells(c, have)) != set()
