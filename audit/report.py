"""The results file and the table: what was examined, by which method, with which verdict."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benches.machine import machine


@dataclass
class Row:
    """One line: a block, predicate, operator or model family."""

    part: str
    name: str
    field: str
    method: str
    sizes: str
    statements: int
    examined: int
    verdict: str
    seconds: float
    detail: str = ""


@dataclass
class Results:
    rows: list[Row] = field(default_factory=list)
    mutants: list[dict[str, Any]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, row: Row, good: str = "unique") -> None:
        self.rows.append(row)
        if row.verdict != good:
            self.failures.append(f"{row.part}: {row.name} ({row.field}): {row.verdict} {row.detail}")
        print(
            f"{row.part:10} {row.name[:38]:38} {row.field:14} {row.statements:6} {row.examined:9} "
            f"{row.seconds:7.1f} s  {row.verdict} {row.detail}",
            flush=True,
        )

    @property
    def killed(self) -> int:
        return sum(m["killed"] and m["original_holds"] for m in self.mutants)

    def last_line(self) -> str:
        counted = f"{len(self.rows)} parts, {sum(r.statements for r in self.rows)} statements"
        mutants = f"{self.killed}/{len(self.mutants)} mutants found"
        if self.failures:
            return f"audit: {len(self.failures)} PROBLEMS in {counted}; {mutants}"
        return f"audit: no second witness in {counted}; {mutants}"

    def write(self, path: Path, seconds: float) -> None:
        head = {
            "what": "search for second witnesses of blocks, predicates, operators and mutants (make audit)",
            **machine(),
            "seconds": round(seconds, 1),
            "statements": sum(r.statements for r in self.rows),
            "assignments_examined": sum(r.examined for r in self.rows),
            "second_witnesses": sum(r.verdict == "second witness" for r in self.rows),
            "undecided": sum(r.verdict == "undecided" for r in self.rows),
            "mutants_killed": f"{self.killed}/{len(self.mutants)}",
            "problems": self.failures,
        }
        # one line each, so that two versions of the file compare well
        rows = ",\n".join("    " + json.dumps(asdict(row), ensure_ascii=False) for row in self.rows)
        mutants = ",\n".join("    " + json.dumps(m, ensure_ascii=False) for m in self.mutants)
        text = json.dumps(head, indent=2, ensure_ascii=False)[:-2]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{text},\n  "rows": [\n{rows}\n  ],\n  "mutants": [\n{mutants}\n  ]\n}}\n')
