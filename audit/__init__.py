"""Looks for a second witness: another assignment of the prover's own tensors that satisfies every relation of a plan.

``circuit`` says what a proof enforces, from the specification alone; ``solve`` finds all assignments modulo p;
``mutants`` are deliberately weakened copies, in each of which a second witness must be found; ``forced`` is the
reference of decision 011. ``python -m audit.run`` runs everything.
"""
