"""Spec 7.2: the proven bits of one proof."""

from __future__ import annotations

from math import inf, log2

from .fields import Field
from .run import Run

TUPLE = 3  # W, the entries of a lookup tuple


def grinding(field: Field, log_leaves: int) -> int:
    """pow_L of spec 6.7."""
    x = 128 + log_leaves + log2(5) - field.log2_size
    return min(max(int(-(-x // 1)), 0), 20)


def proven_bits(run: Run) -> float:
    circuit, layout, k = run.circuit, run.layout, run.field.log2_size
    domain, n_c, q = 1 << layout.log_domain, len(run.rows), len(run.products)
    log_leaves = circuit.log_leaves

    def over(numerator: float) -> float:
        return inf if numerator <= 0 else k - log2(numerator)

    terms = [over(3), over(run.most_claims), over(domain), over(2 * domain + 2 + n_c + q), over(3 * domain)]
    if log_leaves:
        terms += [over((TUPLE + 2) << log_leaves) + grinding(run.field, log_leaves), over(2)]
    tensors = [*circuit.zeros, *(tensor for tensor, _ in circuit.publics)]
    if tensors:
        terms.append(over(max(circuit.nodes[i].vars for i in tensors)))
    terms.append(layout.queries * -log2((1 + 1 / 4) / 2) + layout.grinding)
    return min(terms)
