"""Weakened copies, each by one thing. In each a second witness has to be found, in the honest original none."""

from __future__ import annotations

from .claim_mutants import claim_mutants
from .mutant import Mutant
from .plan_mutants import plan_mutants
from .wrap_mutants import wrap_mutants


def mutants() -> list[Mutant]:
    return [*plan_mutants(), *claim_mutants(), *wrap_mutants()]
