"""Random small models: every kind of virtual tensor over random shapes, for comparing two readings of the protocol."""

from __future__ import annotations

import random
from math import prod

import numpy as np
from models import Model, tensor

from affidavit import core
from affidavit.errors import AffidavitError
from affidavit.plan import Field, encode
from affidavit.plan import types as t

BOUND = 1 << 22  # of intervals: every output can be asked about in both fields
LO, HI, BITS = -8, 7, 4


class Builder:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.field = self.rng.choice((Field.KOALABEAR, Field.GOLDILOCKS))
        self.tensors: list[t.Tensor] = []
        self.relations: list[t.Range | t.Lookup | t.Zero] = []
        self.inputs: list[t.Port] = []
        self.outputs: list[t.Port] = []
        values = np.array([self.rng.randrange(-20, 20) for _ in range(1 << BITS)], dtype=np.int64)
        self.tables = (t.FunctionTable(LO, BITS, values),)
        self.intervals: list[tuple[int, int]] = []

    def plan(self) -> t.Plan:
        parts = (tuple(self.tensors), tuple(self.relations), tuple(self.inputs), tuple(self.outputs))
        return t.Plan(self.field, "random", self.tables, *parts)

    def dims(self) -> tuple[int, ...]:
        return tuple(self.rng.randint(1, 5) for _ in range(self.rng.choice((0, 1, 1, 2, 2, 3))))

    def add(self, batched: bool, dims: tuple[int, ...], body: t.Body, *relations: t.Range | t.Lookup | t.Zero) -> int:
        """Its id; -1 if the plan would not hold or its integers grow too large."""
        kept = len(self.tensors), len(self.relations), len(self.inputs)
        self.tensors.append(tensor(f"t{kept[0]}", batched, dims, body))
        self.relations += relations
        if isinstance(body, t.Input):
            self.inputs.append(t.Port(f"x{kept[2]}", kept[0], dims, 0))
        try:
            known = core.plan_info(encode(self.plan())).raw["tensors"][-1]
            interval = int(known["lo"]), int(known["hi"])
            if max(map(abs, interval)) < BOUND and prod(dims) <= 200:
                self.intervals.append(interval)
                return kept[0]
        except AffidavitError:
            pass
        del self.tensors[kept[0] :], self.relations[kept[1] :], self.inputs[kept[2] :]
        return -1

    def pick(self) -> int:
        return self.rng.randrange(len(self.tensors))

    def linear(self) -> int:
        target = self.tensors[self.pick()]
        fits = [i for i, x in enumerate(self.tensors) if self.broadcasts(x, target)]
        terms = tuple((self.rng.choice((-3, -1, 1, 2)), i) for i in self.rng.choices(fits, k=self.rng.randint(1, 3)))
        batched = any(self.tensors[i].batched for _, i in terms)
        return self.add(batched, target.dims, t.Linear(terms, self.rng.randint(-5, 5)))

    @staticmethod
    def broadcasts(x: t.Tensor, target: t.Tensor) -> bool:
        pairs = zip(x.dims[::-1], target.dims[::-1], strict=False)
        return len(x.dims) <= len(target.dims) and all(d in (1, e) for d, e in pairs)

    def contract(self) -> int:
        a, b = self.pick(), self.rng.choice((None, self.pick(), self.pick()))
        names = iter(self.rng.sample(range(250), 12))
        first = {next(names): d for d in self.tensors[a].dims}
        second: dict[int, int] = {}
        for d in self.tensors[b].dims if b is not None else ():
            same = [label for label, size in first.items() if size == d and label not in second]
            second[self.rng.choice(same) if same and self.rng.random() < 0.7 else next(names)] = d
        sizes = first | second
        out = [label for label in sizes if self.rng.random() < 0.6]
        self.rng.shuffle(out)
        batched = self.tensors[a].batched or (b is not None and self.tensors[b].batched)
        body = t.Contract(tuple(out), a, tuple(first), b, tuple(second))
        return self.add(batched, tuple(sizes[label] for label in out), body)

    def view(self) -> int:
        source = self.pick()
        cells, dims = prod(self.tensors[source].dims), self.dims()
        dims = dims or (() if self.tensors[source].batched else (1,))
        parts, start = [], 0
        while dims and start < dims[0] and len(parts) < 2:  # boxes one after the other along the first axis
            size = self.rng.randint(1, dims[0] - start)
            box = (size, *(self.rng.randint(1, d) for d in dims[1:]))
            offset = (start, *(self.rng.randint(0, d - e) for d, e in zip(dims[1:], box[1:], strict=True)))
            strides, least, most = [], 0, 0
            for e in box:
                room = cells - 1 - (most - least)
                stride = self.rng.randint(-3, 3)
                stride = stride if abs(stride) * (e - 1) <= room else 0
                least, most = least + min(stride * (e - 1), 0), most + max(stride * (e - 1), 0)
                strides.append(stride)
            first = self.rng.randint(-least, cells - 1 - most)
            parts.append(t.Part(source, offset, box, first, tuple(strides)))
            start += size + self.rng.randint(0, 1)
        if not dims:
            parts = [t.Part(source, (), (), self.rng.randrange(cells), ())]
        return self.add(self.tensors[source].batched, dims, t.View(tuple(parts)))

    def relate(self, i: int) -> None:
        """A relation that holds for every value."""
        low, high = self.intervals[i]
        match self.rng.randrange(4):
            case 0 if not isinstance(self.tensors[i].body, t.Model | t.Constant):
                self.relations.append(t.Range(i, low, max((high - low).bit_length(), 1)))
            case 1:
                zero = self.add(self.tensors[i].batched, self.tensors[i].dims, t.Linear(((1, i), (-1, i)), 0))
                if zero >= 0:
                    self.relations.append(t.Zero(zero))


def random_model(seed: int) -> Model:
    b = Builder(seed)
    for _ in range(b.rng.randint(1, 3)):
        b.add(False, b.dims(), t.Model(LO, HI))
    for index in range(b.rng.randint(1, 2)):
        i, dims = len(b.tensors), b.dims()
        b.add(True, dims, t.Input(LO, HI, index), t.Range(i, LO, BITS))
        if b.rng.random() < 0.6:
            b.add(True, dims, t.Fresh(-20, 20, t.TableValue(i, 0)), t.Lookup(i, i + 1, 0))
    dims = b.dims()
    b.add(False, dims, t.Constant(tuple(b.rng.randint(-4, 4) for _ in range(prod(dims)))))
    for _ in range(b.rng.randint(6, 14)):
        i = b.rng.choice((b.linear, b.contract, b.contract, b.view))()
        if i >= 0:
            b.relate(i)
    batched = [i for i, x in enumerate(b.tensors) if x.batched]
    for i in b.rng.sample(batched, min(3, len(batched))):
        b.outputs.append(t.Port(f"y{i}", i, b.tensors[i].dims, 0))
    plan = b.plan()
    rng = np.random.Generator(np.random.PCG64(seed))
    models = [(i, x) for i, x in enumerate(plan.tensors) if isinstance(x.body, t.Model)]
    return Model(f"random-{seed}", plan, {i: rng.integers(LO, HI + 1, x.dims, dtype=np.int64) for i, x in models})
