"""Mutants of compiled plans: ``validate`` refuses exactly what spec 2 forbids, and what it cannot see is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from attack_rules import accepts
from graphs import random_graph

from affidavit.plan import encode
from affidavit.plan import types as t
from affidavit.quantise import Options, compile_graph

core = pytest.importorskip("affidavit._core")
pytestmark = pytest.mark.core
SEEDS = range(20)


def compiled(seed: int) -> t.Plan:
    graph = random_graph(seed)
    x = np.random.default_rng(seed).normal(size=(24, *graph.inputs[0].shape))
    return compile_graph(graph, {"x": x}, Options(field=("koalabear", "goldilocks")[seed % 2])).plan


def valid(plan: t.Plan) -> bool:
    try:
        core.plan_check(encode(plan))
    except core.CoreError:
        return False
    return True


def without(plan: t.Plan, index: int) -> t.Plan:
    return replace(plan, relations=plan.relations[:index] + plan.relations[index + 1 :])


def with_relation(plan: t.Plan, index: int, relation: t.Relation) -> t.Plan:
    return replace(plan, relations=(*plan.relations[:index], relation, *plan.relations[index + 1 :]))


def with_body(plan: t.Plan, index: int, body: t.Body) -> t.Plan:
    tensor = replace(plan.tensors[index], body=body)
    return replace(plan, tensors=(*plan.tensors[:index], tensor, *plan.tensors[index + 1 :]))


def kind(plan: t.Plan, relation: t.Relation) -> str:
    target = relation.y if isinstance(relation, t.Lookup) else relation.tensor
    return f"{type(relation).__name__} on {type(plan.tensors[target].body).__name__}"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_removed_relation_on_a_committed_tensor_is_noticed(seed: int) -> None:
    plan = compiled(seed)
    assert valid(plan)
    seen: Counter[tuple[str, bool]] = Counter()
    for index, relation in enumerate(plan.relations):
        mutant = without(plan, index)
        seen[kind(plan, relation), valid(mutant)] += 1
        assert valid(mutant) == accepts(mutant), relation
        # What validation cannot see: relations on virtual tensors. They are the plan's meaning, pinned by its digest.
        target = relation.y if isinstance(relation, t.Lookup) else relation.tensor
        if isinstance(plan.tensors[target].body, t.Input | t.Fresh):
            assert not valid(mutant), relation
        else:
            assert valid(mutant), relation
    assert seen


def mutants(plan: t.Plan, r: np.random.Generator) -> Iterator[t.Plan]:
    p = plan.field.prime
    for index, relation in enumerate(plan.relations):
        if isinstance(relation, t.Range):
            for bits in (relation.bits + 1, relation.bits + 4, 28, 29, 48):
                yield with_relation(plan, index, replace(relation, bits=bits))
            for lo in (relation.lo - 1, relation.lo + p, relation.lo - p, relation.lo - p // 2):
                if -(1 << 63) < lo < 1 << 63:
                    yield with_relation(plan, index, replace(relation, lo=lo))
            body = plan.tensors[relation.tensor].body
            if isinstance(body, t.Fresh):
                # Declared and enforced range widened together, as an owner would.
                for bits in (relation.bits + 1, relation.bits + 8, 26, 28, 40, 46):
                    wide = replace(body, hi=body.lo + (1 << bits) - 1)
                    if bits <= 48:
                        yield with_relation(with_body(plan, relation.tensor, wide), index, replace(relation, bits=bits))
        if isinstance(relation, t.Lookup):
            table = plan.tables[relation.table]
            for shifted in (p, -p, p // 4, 1):
                if -(1 << 63) <= table.in_lo + shifted < (1 << 63) - (1 << 16):
                    moved = replace(table, in_lo=table.in_lo + shifted)
                    tables = list(plan.tables)
                    tables[relation.table] = moved
                    yield replace(plan, tables=tuple(tables))
    for index, tensor in enumerate(plan.tensors):
        if isinstance(tensor.body, t.Linear) and tensor.body.terms:
            for shift in (1, 2, 8, 20, 40):
                at = int(r.integers(len(tensor.body.terms)))
                terms = list(tensor.body.terms)
                coef = terms[at][0] << shift
                if -(1 << 62) < coef < 1 << 62:
                    terms[at] = (coef, terms[at][1])
                    yield with_body(plan, index, replace(tensor.body, terms=tuple(terms)))
            for constant in (p, -p, p // 2, 1 << 61):
                if -(1 << 63) <= constant < 1 << 63:
                    yield with_body(plan, index, replace(tensor.body, constant=constant))
        if isinstance(tensor.body, t.Model):
            for bits in (24, 28, 29, 32):
                yield with_body(plan, index, t.Model(-(1 << bits - 1), (1 << bits - 1) - 1))


@pytest.mark.parametrize("seed", SEEDS)
def test_validate_refuses_exactly_what_could_wrap(seed: int) -> None:
    plan = compiled(seed)
    verdicts: Counter[bool] = Counter()
    for mutant in mutants(plan, np.random.default_rng(seed)):
        # A Model range also needs a certificate: 2^b < p/4.
        provable = all(
            4 * (x.body.hi - x.body.lo + 1) < plan.field.prime for x in mutant.tensors if isinstance(x.body, t.Model)
        )
        expected = accepts(mutant) and provable
        verdicts[expected] += 1
        assert valid(mutant) == expected
    assert verdicts[True] and verdicts[False]
