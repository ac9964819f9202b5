"""The error report of a compiled model, as data and in words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from affidavit.model import CompiledModel
from affidavit.report.text import table


def report_data(model: CompiledModel) -> dict[str, Any]:
    """The planner's report as plain data; empty for a model that was loaded from its files."""
    if model.report is None:
        return {}
    report = model.report
    return {
        "fidelity": {"asked": model.fidelity, "reached": report.median_error, "met": model.fidelity_met},
        **asdict(report),
        "max_error": report.max_error,
        "median_error": report.median_error,
        "saturated": report.saturated,
    }


def fidelity_row(model: CompiledModel) -> list[tuple[str, str]]:
    """A line for people where the model is less accurate than was asked for."""
    if model.fidelity_met is not False:
        return []
    asked, reached = f"{model.fidelity:.2e}", f"{model.report.median_error:.2e}"
    return [
        (
            "FIDELITY MISSED",
            f"asked for a median error of {asked} of the output range, reached {reached}; this is the most accurate "
            "setting that compiles",
        )
    ]


def report_text(model: CompiledModel) -> str:
    """Field, errors as shares of each output's range, and saturation."""
    if model.report is None:
        return table([("field", model.info.field)])
    report = model.report
    rows = [
        *fidelity_row(model),
        ("field", report.field),
        ("calibration rows", report.rows),
        ("max error", f"{report.max_error:.2e} of the output range"),
        ("median error", f"{report.median_error:.2e} of the output range"),
        ("saturated cells", report.saturated),
    ]
    if report.labels:
        rows.append(("labels that differ", f"{100 * report.disagreement:.2f} % of the rows"))
    outputs = [
        (
            f"  {o.name}",
            f"{o.range:.6g}",
            f"{o.max_error:.2e}",
            f"{o.mean_error:.2e}",
            "" if o.top1_agreement is None else f"{100 * o.top1_agreement:.2f} %",
        )
        for o in report.outputs
    ]
    return table(rows) + "\n\n" + table(outputs, ("  output", "range", "max error", "mean error", "top-1 agreement"))
