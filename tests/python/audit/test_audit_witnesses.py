"""The honest witness is the only one; in every mutant a second one is found."""

from __future__ import annotations

import numpy as np
import pytest

from affidavit import ops
from affidavit.onnx import supported
from affidavit.plan import Builder, Field
from affidavit.plan import types as t
from affidavit.plan.blocks.clamp import clamp
from audit.blocks import audit_block, catalogue
from audit.claims import audit_claims, output_plan, toy_output_plan
from audit.graphs import CASES
from audit.local import search_near
from audit.mutants import mutants
from audit.onnx_models import families
from audit.operators import Compiled, audit_plan, compiled, free_choice, hard_inputs, toy_compiled
from audit.run import PARTS, main
from audit.search import Verdict, audit_row

MUTANTS = {mutant.name: mutant for mutant in mutants()}
BLOCKS = {block.name: block for block in catalogue()}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_in_the_tightest_toy_field(name: str) -> None:
    verdict, _, widths = audit_block(BLOCKS[name], 8)
    assert verdict.status == "unique", (verdict.second, verdict.notes)
    assert verdict.inputs >= 3 * len(widths) and verdict.free_cells


@pytest.mark.parametrize("name", MUTANTS)
def test_a_second_witness_of_every_mutant_is_found(name: str) -> None:
    found = MUTANTS[name].run()
    assert found.original_holds, "the original has a second witness, or its bounds are not needed"
    assert found.killed, "the mutant survives"
    assert (
        "->" in found.witness or "provable" in found.witness or "may be" in found.witness or "look up" in found.witness
    )


def test_there_are_enough_mutants() -> None:
    assert len(MUTANTS) >= 60


@pytest.mark.parametrize("name", CASES)
def test_operators(name: str) -> None:
    graph = CASES[name]()
    for case in (compiled(name, graph, Field.KOALABEAR), compiled(name, graph, Field.GOLDILOCKS)):
        verdict = audit_plan(case, 2)
        assert verdict.status == "unique", (verdict.second, verdict.notes)
    verdict = audit_plan(toy_compiled(name, graph), 3, range_bits=3)
    assert verdict.status == "unique", (verdict.second, verdict.notes)


def test_every_core_operator_and_every_onnx_operator_is_there() -> None:
    used = {node.op for graph in CASES.values() for node in graph().nodes}
    assert used == set(ops.registry.names())
    nodes = {(n.domain, n.op_type) for make in families().values() for n in make().graph.node}
    # ZipMap gives way to the tensor that it would wrap
    assert set(supported()) - nodes == {("ai.onnx.ml", "ZipMap")}


@pytest.mark.parametrize("rows", [[[1, -2]], [[0, -1], [1, 1]]])
def test_predicates(rows: list[list[int]]) -> None:
    toy = toy_output_plan(2, 2)
    for plan, widths, small in ((toy, [2, 4], True), (output_plan(2, 2, Field.GOLDILOCKS), [None], False)):
        found = audit_claims(plan, [np.array(rows)], toy=small, widths=widths, sample=10)
        assert set(found) == {"AtLeast", "AtMost", "Between", "TopK", "ArgMax", "PublicOutput"}
        assert {name: v.notes for name, v in found.items() if v.status != "unique"} == {}


@pytest.mark.parametrize("name", ["softmax", "normalize_l1", "moves"])
def test_rows_of_a_batch(name: str) -> None:
    case = compiled(name, CASES[name](), Field.KOALABEAR)
    rows = list(hard_inputs(case.plan, 8))[4:7]
    inputs = {port: np.concatenate([row[port] for row in rows]) for port in rows[0]}
    verdict = audit_row(case.plan, case.weights, inputs, choice=free_choice(case.plan))
    assert verdict.status == "unique", verdict.second


def test_random_false_witnesses() -> None:
    case = compiled("wide_softmax", CASES["wide_softmax"](), Field.KOALABEAR)
    for row in list(hard_inputs(case.plan, 6))[4:]:
        tried = search_near(case.plan, case.weights, row, 40, choice=free_choice(case.plan))
        assert tried.changes > 20 and tried.passed == []


def test_random_false_witnesses_find_a_hole() -> None:
    """Negative control: without its relations, what a tensor is set to passes."""
    from audit.weaken import drop

    b = Builder(Field.KOALABEAR, "hole")
    y = clamp(b, "c", b.linear("acc", [(5, b.input("x", (2,), 0, 8))], 3), 3, -16, 15, 0).value
    b.output("y", y, (2,))
    plan = drop("c.remainder", "only_below", "only_above")(b.finish()[0])
    tried = search_near(plan, {}, {"x": np.array([[3, 100]])}, 60)
    assert tried.passed


@pytest.mark.full
def test_random_graphs() -> None:
    from graphs import random_graph

    from affidavit.quantise import Options, compile_graph

    decided = 0
    for seed in range(60):
        graph = random_graph(seed)
        x = np.random.default_rng(seed).normal(size=(24, *graph.inputs[0].shape))
        made = compile_graph(graph, {"x": x}, Options(field=("koalabear", "goldilocks")[seed % 2]))
        cells = sum(int(np.prod(tensor.dims)) for tensor in made.plan.tensors if isinstance(tensor.body, t.Fresh))
        # more cells are more than the search decides in seconds
        if cells <= 45:
            verdict = audit_plan(Compiled(f"random {seed}", made.plan, made.weights), 5)
            assert verdict.status == "unique", (seed, verdict.second, verdict.notes)
            decided += 1
    assert decided >= 30


def test_the_exit_code_tells(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path) -> None:
    from audit import run

    assert main(["--quick", "--only", "claims", "--output", str(tmp_path / "a.json")]) == 0
    assert "no second witness" in capsys.readouterr().out.splitlines()[-1]
    assert '"second_witnesses": 0' in (tmp_path / "a.json").read_text()
    monkeypatch.setitem(PARTS, "claims", lambda results, extent: results.add(_bad(run)))
    assert main(["--only", "claims"]) == 1
    assert "1 PROBLEMS" in capsys.readouterr().out.splitlines()[-1]


def _bad(run):
    return run._row("part", "name", "field", "sizes", Verdict("second witness", 1, 1, 1), 0.0)
