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


def terms(run: Run) -> dict[str, float]:
    """Bits of every term; proven bits are the least."""
    circuit, layout, k = run.circuit, run.layout, run.field.log2_size
    domain, n_c, q = 1 << layout.log_domain, len(run.rows), len(run.products)
    log_leaves = circuit.log_leaves

    def over(numerator: float) -> float:
        return inf if numerator <= 0 else k - log2(numerator)

    result = {
        "sumcheck round": over(3),
        "claim batching": over(run.most_claims),
        "tensor proximity, each coordinate": over(domain),
        "mask coefficient": over(domain),
        "finish lambda, x": over(2 * domain + 2 + n_c + q),
        "finish rho, sigma": over(3 * domain),
        "queries": layout.queries * -log2((1 + 1 / 4) / 2) + layout.grinding,
    }
    if log_leaves:
        result["lookup alpha, beta"] = over((TUPLE + 2) << log_leaves) + grinding(run.field, log_leaves)
        result["layer lambda and point"] = over(2)
    tensors = [*circuit.zeros, *(tensor for tensor, _ in circuit.publics)]
    if tensors:
        result["check point"] = over(max(circuit.nodes[i].vars for i in tensors))
    return result
