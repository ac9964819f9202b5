"""The demonstration's final table."""

from __future__ import annotations

from typing import Any

from affidavit.demo.story import THRESHOLD, Results
from affidavit.report.text import seconds, size, table


def summary(results: Results) -> str:
    """What was revealed, what stayed hidden, what it cost, and what was refused."""
    facts, times, sizes = results.facts, results.seconds, results.sizes
    decision, portfolio = results.decision, results.portfolio
    assert decision is not None and portfolio is not None
    issuer = decision.issuer.hex()[:16] if decision.issuer else "nobody"
    rows: list[tuple[str, Any]] = [
        (
            "model",
            f"perceptron 64-32, {facts['parameters']} committed numbers, AUC {facts['auc']:.3f}, {facts['field']}",
        ),
        ("revealed", f"{decision.answers[0].question}: {decision.answers[0].outcomes[0]}"),
        ("", f"record id {decision.records[0]}, signed by issuer {issuer}"),
        ("hidden", "the record, all weights, every intermediate value, the probability itself"),
        ("assumed", "setup: none; BLAKE3 as random oracle; the issuer's honesty"),
        ("soundness", f"{decision.bits:.1f} bits proven ({decision.bits_without_grinding:.1f} without proof-of-work)"),
        (
            "error vs float",
            f"max {facts['max_abs_error']:.2e}, mean {facts['mean_abs_error']:.2e} over 1000 applicants",
        ),
        ("compile, commit", f"{seconds(times['compile'])}, {seconds(times['commit'])} (once)"),
        ("prove, one applicant", f"{seconds(times['prove'])}, proof {size(sizes['proof'])}"),
        ("verify", f"{seconds(times['verify'])} (first time with this card {seconds(times['verify, card unseen'])})"),
        (
            f"prove, {facts['applicants']} applicants",
            f"{seconds(times['prove table'])} in one proof of {size(sizes['table proof'])}, "
            f"verified in {seconds(times['verify table'])}",
        ),
        ("", f"{facts['approved']} approved at {THRESHOLD}; {facts['agreement']} decisions equal the float model's"),
        ("card", size(sizes["card"])),
        ("uses left", facts["uses_left"]),
    ]
    refused = [(f"  {name}", error, message) for name, error, message in results.refusals]
    return table(rows) + "\n\nrefused\n" + table(refused)


def summary_data(results: Results) -> dict[str, Any]:
    """The same as plain data."""
    decision = results.decision
    return {
        "seconds": results.seconds,
        "bytes": results.sizes,
        "facts": results.facts,
        "refused": [{"case": n, "error": e, "message": m} for n, e, m in results.refusals],
        "decision": None if decision is None else decision.to_json(),
    }
