"""Run the audit: ``python -m audit.run [--quick] [--output results/audit.json]``.

Exit code 1 if a second witness is found, a search stays undecided, a mutant survives, or model and core disagree.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from affidavit.plan import Field, decode
from affidavit.proving import integers
from affidavit.witness import witness
from benches.machine import ROOT

from .blocks import audit_block, catalogue
from .claims import audit_claims, output_plan, toy_output_plan
from .core_check import Proving, compare
from .graphs import CASES
from .local import search_near
from .mutants import mutants
from .operators import Compiled, audit_plan, compiled, every_claim, free_choice, hard_inputs, toy_compiled
from .report import Results, Row
from .search import Verdict, audit_row

PROPAGATION = "all assignments, by propagation and cases"


@dataclass(frozen=True)
class Extent:
    """How much: rows of a block, of an operator, sampled claims, random changes, replays."""

    block_rows: int
    operator_rows: int
    claims: int
    changes: int
    replays: int


QUICK, FULL = Extent(12, 4, 10, 40, 4), Extent(256, 32, 250, 1500, 40)


def _row(part: str, name: str, field: str, sizes: str, verdict: Verdict, seconds: float) -> Row:
    detail = "" if verdict.second is None else str(verdict.second)
    if verdict.status != "unique" and verdict.notes:
        detail = f"{detail} {verdict.notes[0]}".strip()
    return Row(
        part, name, field, PROPAGATION, sizes, verdict.inputs, verdict.nodes, verdict.status, round(seconds, 2), detail
    )


def blocks(results: Results, extent: Extent) -> None:
    for block in catalogue():
        start = time.perf_counter()
        verdict, p, widths = audit_block(block, extent.block_rows)
        sizes = f"{verdict.free_cells} free cells, range tables of {widths} bits"
        results.add(_row("block", block.name, f"p = {p}", sizes, verdict, time.perf_counter() - start))


def claims(results: Results, extent: Extent) -> None:
    rows = [np.array(r) for r in ([[1, 1]], [[-2, 0]], [[0, -1], [1, 1]], [[-2, 1], [0, 0]])]
    toy = toy_output_plan(2, 2)
    fields: list[tuple[str, object, bool, list[int | None]]] = [(f"p = {toy.field.prime}", toy, True, [2, 4])]
    fields += [(field.label, output_plan(2, 2, field), False, [None, 9]) for field in Field]
    for label, plan, is_toy, widths in fields:
        start = time.perf_counter()
        found = audit_claims(plan, rows, toy=is_toy, widths=widths, sample=extent.claims)  # type: ignore[arg-type]
        seconds = (time.perf_counter() - start) / len(found)
        for name, verdict in found.items():
            results.add(_row("predicate", name, label, "1 and 2 rows of 2 cells", verdict, seconds))


def operators(results: Results, extent: Extent) -> None:
    for name, graph in CASES.items():
        for field in Field:
            _operator(results, extent, "operator", compiled(name, graph(), field), field)


def toy_operators(results: Results, extent: Extent) -> None:
    for name, graph in CASES.items():
        case = toy_compiled(name, graph())
        for bits in (2, 4):
            start = time.perf_counter()
            verdict = audit_plan(case, 2 * extent.operator_rows, range_bits=bits)
            sizes = f"{verdict.free_cells} free cells, range table of {bits} bits"
            field = f"p = {case.plan.field.prime}"
            results.add(_row("toy", name, field, sizes, verdict, time.perf_counter() - start))


def onnx(results: Results, extent: Extent) -> None:
    import affidavit as af

    from .onnx_models import models

    for name, proto, feeds in models():
        for field in Field:
            made = af.compile(proto, feeds, field=field.label)
            case = Compiled(name, decode(made.plan), made.weights)
            _operator(results, extent, "onnx", case, field)


def _operator(results: Results, extent: Extent, part: str, case: Compiled, field: Field) -> None:
    start = time.perf_counter()
    verdict = audit_plan(case, extent.operator_rows)
    sizes = f"{len(case.plan.relations)} relations, {verdict.free_cells} free cells"
    results.add(_row(part, case.name, field.label, sizes, verdict, time.perf_counter() - start))


def models(results: Results, extent: Extent) -> None:
    """The demonstration's perceptron (64, 32) on applicants of the data set and on hard inputs."""
    import tempfile

    import affidavit as af
    from affidavit.data import german_credit
    from affidavit.demo.training import export, train

    table = german_credit.load()
    trained = train(table)
    features = table.features[trained.train].astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        export(trained, table.features[trained.train], Path(folder) / "model.onnx")
        made = af.compile(Path(folder) / "model.onnx", features)
    case, start = Compiled("credit decision", decode(made.plan), made.weights), time.perf_counter()
    verdict = audit_plan(case, extent.operator_rows // 4)
    quantised = integers(made.plan, {case.plan.inputs[0].name: features[: extent.operator_rows]})
    for position in range(extent.operator_rows):
        rows = {port: a[position : position + 1] for port, a in quantised.items()}
        verdict.add(audit_row(case.plan, case.weights, rows, choice=free_choice(case.plan)))
    sizes = f"{len(case.plan.relations)} relations, {verdict.free_cells} free cells"
    results.add(_row("model", case.name, case.plan.field.label, sizes, verdict, time.perf_counter() - start))


def near(results: Results, extent: Extent) -> None:
    """Random false witnesses next to the honest one, and the same ones judged by the core."""
    for position, (name, graph) in enumerate(CASES.items()):
        field = list(Field)[position % 2]
        case, start = compiled(name, graph(), field), time.perf_counter()
        rows = list(hard_inputs(case.plan, 12, seed=1))
        tried = [
            search_near(case.plan, case.weights, row, extent.changes // 4, choice=free_choice(case.plan), seed=i)
            for i, row in enumerate(rows[5:9])
        ]
        passed = [x for t in tried for x in t.passed]
        count, seconds = sum(t.changes for t in tried), time.perf_counter() - start
        verdict = "second witness" if passed else "unique"
        method, sizes = "random false witnesses near the honest one", "4 inputs"
        row = Row("near", name, field.label, method, sizes, 4, count, verdict, round(seconds, 2), "; ".join(passed[:3]))
        results.add(row)


def against_core(results: Results, extent: Extent) -> None:
    for position, (name, graph) in enumerate(CASES.items()):
        field = list(Field)[(position + 1) % 2]
        case, start = compiled(name, graph(), field), time.perf_counter()
        proving = Proving(case.plan, case.weights)
        rows = list(hard_inputs(case.plan, 8, seed=2))[4:7]
        inputs = {port: np.concatenate([row[port] for row in rows]) for port in rows[0]}
        tensors = witness(case.plan, case.weights, inputs)
        said = every_claim(case.plan, tensors)[position % 3 :: 3]
        found = compare(proving, inputs, said, extent.replays, public=position % 4 == 3, seed=position)
        verdict = "differ" if found.differ or found.satisfied == 0 else "agree"
        seconds = round(time.perf_counter() - start, 2)
        detail = found.differ[0] if found.differ else f"{found.broken} broken, {found.satisfied} satisfied"
        method = "same broken relations as the core's replay"
        sizes = f"3 rows, {len(said)} claims"
        row = Row("core", name, field.label, method, sizes, found.compared, found.compared, verdict, seconds, detail)
        results.add(row, good="agree")


def weakened(results: Results, extent: Extent) -> None:
    for mutant in mutants():
        found = mutant.run()
        results.mutants.append(asdict(found))
        state = "found" if found.killed else "SURVIVES"
        if not found.original_holds:
            state += ", AND THE ORIGINAL FAILS"
        if not (found.killed and found.original_holds):
            results.failures.append(f"mutant: {found.mutant}: {state}")
        print(f"mutant     {found.mutant:58} {state}: {found.witness}", flush=True)


PARTS: dict[str, Callable[[Results, Extent], None]] = {
    "blocks": blocks,
    "claims": claims,
    "toy": toy_operators,
    "operators": operators,
    "onnx": onnx,
    "models": models,
    "near": near,
    "core": against_core,
    "mutants": weakened,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="audit", description="search for second witnesses")
    parser.add_argument("--quick", action="store_true", help="less of everything, in half a minute")
    parser.add_argument("--only", choices=list(PARTS), action="append", help="these parts alone")
    parser.add_argument("--output", type=Path, help="write the results as JSON")
    options = parser.parse_args(arguments)
    results, start = Results(), time.perf_counter()
    for name, part in PARTS.items():
        if not options.only or name in options.only:
            part(results, QUICK if options.quick else FULL)
    if options.output is not None:
        output = options.output if options.output.is_absolute() else ROOT / options.output
        results.write(output, time.perf_counter() - start)
    for failure in results.failures:
        print(failure)
    print(results.last_line())
    return int(bool(results.failures))


if __name__ == "__main__":
    sys.exit(main())
