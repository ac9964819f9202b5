"""The German credit table as numbers: ordered categories as ranks, unordered ones as 0/1 columns, amounts in units
that keep every feature between 0 and about 20 (so that one input scale serves all)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

#: Column -> ordered categories; the feature is the rank.
ORDERED = {
    "status_of_existing_checking_account": (
        "no checking account",
        "... < 0 DM",
        "0 <= ... < 200 DM",
        "... >= 200 DM / salary assignments for at least 1 year",
    ),
    "savings_account_and_bonds": (
        "unknown/ no savings account",
        "... < 100 DM",
        "100 <= ... < 500 DM",
        "500 <= ... < 1000 DM",
        "... >= 1000 DM",
    ),
    "present_employment_since": (
        "unemployed",
        "... < 1 year",
        "1 <= ... < 4 years",
        "4 <= ... < 7 years",
        "... >= 7 years",
    ),
}
#: Column -> divisor: months to years, DM to thousands, years to decades.
NUMERIC = {
    "duration_in_month": 12.0,
    "credit_amount": 1000.0,
    "installment_rate_in_percentage_of_disposable_income": 1.0,
    "present_residence_since": 1.0,
    "age_in_years": 10.0,
    "number_of_existing_credits_at_this_bank": 1.0,
    "number_of_people_being_liable_to_provide_maintenance_for": 1.0,
}
#: Not used: sex and origin.
LEFT_OUT = ("personal_status_and_sex", "foreign_worker")
TARGET = "creditability"


@dataclass(frozen=True)
class CreditTable:
    """``features`` float64 [1000, n], ``repaid`` 0/1 [1000], ``names`` of the features, ``ids`` of the applicants."""

    features: np.ndarray
    repaid: np.ndarray
    names: tuple[str, ...]
    ids: tuple[str, ...]


def load() -> CreditTable:
    """Read the table that ships with the package."""
    text = files("affidavit.data").joinpath("german_credit.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    columns: list[np.ndarray] = []
    names: list[str] = []
    for column in rows[0]:
        if column == TARGET or column in LEFT_OUT:
            continue
        cells = [row[column] for row in rows]
        if column in NUMERIC:
            names.append(column)
            columns.append(np.array(cells, dtype=np.float64) / NUMERIC[column])
        elif column in ORDERED:
            names.append(column)
            columns.append(np.array([ORDERED[column].index(cell) for cell in cells], dtype=np.float64))
        else:
            values = np.array(cells)
            for category in sorted(set(cells)):
                names.append(f"{column}={category}")
                columns.append((values == category).astype(np.float64))
    repaid = np.array([row[TARGET] == "good" for row in rows], dtype=np.int64)
    ids = tuple(f"applicant-{number:04d}" for number in range(1, len(rows) + 1))
    return CreditTable(np.stack(columns, axis=1), repaid, tuple(names), ids)
