"""Run a plan in numpy: every tensor from model and inputs, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from ..errors import InputError, Malformed
from ..plan import types as t
from ..plan.decode import sources
from ..plan.intervals import interval_of
from . import hints
from .contract import ContractKernel
from .views import compile_view

Arrays = dict[int, np.ndarray]


class WitnessProgram:
    """A plan with its model bound and every step prepared, for many runs at little latency."""

    def __init__(self, plan: t.Plan, model: Mapping[int, np.ndarray]) -> None:
        self.plan = plan
        self.intervals: list[tuple[int, int]] = []
        self._fixed: Arrays = {}
        self._steps: dict[int, Callable[[Arrays], np.ndarray]] = {}
        for index, tensor in enumerate(plan.tensors):
            try:
                self.intervals.append(interval_of(tensor, plan.tensors, self.intervals))
                self._prepare(index, tensor, model)
            except (IndexError, ValueError, KeyError) as error:
                raise Malformed(f"tensor {tensor.name!r} is not well formed: {error}") from None

    def run(self, inputs: Mapping[str, np.ndarray], only: Iterable[int] | None = None) -> Arrays:
        """All tensors by id (model and constants included), or those that ``only`` needs.

        ``inputs`` are integers ``[B, *shape]`` by port name; a value outside its declared range is refused.
        """
        tensors = dict(self._fixed) | self._inputs(inputs)
        for index in self._order(only):
            tensors[index] = self._steps[index](tensors)
        return tensors

    def outputs(self, tensors: Arrays) -> dict[str, np.ndarray]:
        """Output ports in their declared shapes, as integers."""
        return {p.name: tensors[p.tensor].reshape(-1, *p.shape) for p in self.plan.outputs}

    def _order(self, only: Iterable[int] | None) -> Iterable[int]:
        if only is None:
            return self._steps
        needed = set(only)
        for index in range(len(self.plan.tensors) - 1, -1, -1):
            if index in needed:
                needed.update(sources(self.plan.tensors[index].body))
        return [index for index in self._steps if index in needed]

    def _inputs(self, inputs: Mapping[str, np.ndarray]) -> Arrays:
        unknown = sorted(set(inputs) - {port.name for port in self.plan.inputs})
        if unknown:
            raise InputError(f"unknown inputs: {', '.join(unknown)}")
        arrays: Arrays = {}
        rows: int | None = None
        for port in self.plan.inputs:
            if port.name not in inputs:
                raise InputError(f"the input {port.name!r} is missing")
            array = np.asarray(inputs[port.name])
            if array.dtype != np.int64 or array.shape[1:] != port.shape or array.ndim == 0 or not array.shape[0]:
                raise InputError(
                    f"input {port.name!r}: expected int64 [rows, {port.shape}], got {array.dtype} {array.shape}"
                )
            if rows not in (None, array.shape[0]):
                raise InputError("inputs have different numbers of rows")
            rows = int(array.shape[0])
            low, high = self.intervals[port.tensor]
            if array.size and (array.min() < low or array.max() > high):
                raise InputError(f"input {port.name!r} is outside its declared range [{low}, {high}]")
            arrays[port.tensor] = array.reshape(rows, *self.plan.tensors[port.tensor].dims)
        return arrays

    def _prepare(self, index: int, tensor: t.Tensor, model: Mapping[int, np.ndarray]) -> None:
        match tensor.body:
            case t.Model(lo, hi):
                if index not in model:
                    raise InputError(f"the model has no values for {tensor.name!r}")
                array = np.asarray(
                    model[index], dtype=np.int64, order="C"
                )  # ascontiguousarray would turn a scalar into a vector
                if array.shape != tensor.dims or (array.size and (array.min() < lo or array.max() > hi)):
                    raise InputError(f"the model's {tensor.name!r} does not have the plan's shape and range")
                self._fixed[index] = array
            case t.Constant(values):
                self._fixed[index] = np.array(values, dtype=np.int64).reshape(tensor.dims)
            case t.Input():
                pass
            case t.Fresh(_, _, hint):
                tables = self.plan.tables
                self._steps[index] = lambda have: hints.evaluate(hint, tables, have.__getitem__)
            case t.Linear() as body:
                self._steps[index] = self._linear(tensor, body)
            case t.Contract() as body:
                self._steps[index] = self._contract(body)
            case t.View():
                view = compile_view(tensor, self.plan.tensors.__getitem__)
                self._steps[index] = lambda have: view(have.__getitem__)

    def _linear(self, tensor: t.Tensor, body: t.Linear) -> Callable[[Arrays], np.ndarray]:
        rank, constant = len(tensor.dims), np.int64(body.constant)
        full = any(
            self.plan.tensors[s].dims == tensor.dims and self.plan.tensors[s].batched == tensor.batched
            for _, s in body.terms
        )
        terms = [(np.int64(c), s, self.plan.tensors[s]) for c, s in body.terms]

        def run(have: Arrays) -> np.ndarray:
            total: np.ndarray | None = None
            for coef, source, about in terms:
                array = have[source]
                if about.batched and array.ndim < rank + 1:
                    array = hints.align(array, rank + 1)
                part = array if coef == 1 else -array if coef == -1 else array * coef
                total = part if total is None else total + part
            if total is None:
                total = np.zeros((), dtype=np.int64)
            total = total + constant if constant else total
            if full:
                return total
            rows = (_rows(have, self.plan),) if tensor.batched else ()
            return np.broadcast_to(total, (*rows, *tensor.dims)).copy()

        return run

    def _contract(self, body: t.Contract) -> Callable[[Arrays], np.ndarray]:
        b = None if body.b is None else self.plan.tensors[body.b]
        reach = [0 if i is None else max(map(abs, self.intervals[i])) for i in (body.a, body.b)]
        kernel = ContractKernel(body, self.plan.tensors[body.a], b, *reach)
        a, other = body.a, body.b
        if other is None:
            return lambda have: kernel(have[a])
        if other in self._fixed:
            right = kernel.right(self._fixed[other])
            return lambda have: kernel(have[a], right)
        return lambda have: kernel(have[a], kernel.right(have[other]))


def _rows(have: Arrays, plan: t.Plan) -> int:
    return int(have[plan.inputs[0].tensor].shape[0])


def witness(plan: t.Plan, model: Mapping[int, np.ndarray], inputs: Mapping[str, np.ndarray]) -> Arrays:
    """Every tensor of ``plan`` for these inputs. For many runs, keep a ``WitnessProgram``."""
    return WitnessProgram(plan, model).run(inputs)
