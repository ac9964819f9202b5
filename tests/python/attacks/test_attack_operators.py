"""Attacks on operators: another number where arithmetic is free, if a constraint is missing. One test a published bug.

Each proof is made by a prover who computes with a false witness on a public input. The checked replay names the
constraint that the false number breaks, and the verifier refuses the final argument ("finish").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from attack_witness import Subject, Verdict, at, graph

from affidavit.bundle.statement import ArgMax, AtLeast, AtMost, TopK
from affidavit.plan import types as t

pytestmark = pytest.mark.core

CALIBRATION = np.random.default_rng(0).uniform(-1, 1, (64, 4))
DENSE = np.diag([0.3, -0.7, 1.1, 0.9])
GRAPHS: dict[str, Callable[[], Any]] = {
    "softmax": lambda: graph((4,), lambda m, x: m.add("softmax", x)),
    "argmax": lambda: graph((4,), lambda m, x: m.add("argmax", x, integer=True)),
    "l1": lambda: graph((4,), lambda m, x: m.add("normalize", x, norm="l1")),
    "l2": lambda: graph((4,), lambda m, x: m.add("normalize", x, norm="l2")),
    "max": lambda: graph((4,), lambda m, x: m.add("normalize", x, norm="max")),
    "relu": lambda: graph(
        (4,), lambda m, x: m.add("dense", x, m.const(DENSE)), lambda m, x: m.add("clamp", x, lo=0.0, hi=None)
    ),
    "clip": lambda: graph((4,), lambda m, x: m.add("clamp", x, lo=-0.3, hi=0.6)),
    "tanh": lambda: graph((4,), lambda m, x: m.add("unary", x, fn="tanh")),
    "leaky": lambda: graph((4,), lambda m, x: m.add("leaky_relu", x, alpha=0.1)),
    "square": lambda: graph((4,), lambda m, x: m.add("mul", x, x)),
}
FIELDS = ("koalabear", "goldilocks")


@pytest.fixture(scope="module")
def subject() -> Callable[..., Subject]:
    made: dict[Any, Subject] = {}

    def make(name: str, field: str = "koalabear") -> Subject:
        key = (name, field)
        if key not in made:
            made[key] = Subject(GRAPHS[name](), CALIBRATION, field=field)
        return made[key]

    return make


def refused(verdict: Verdict, *broken: str) -> None:
    """Exactly these constraints, and the verifier's final argument."""
    assert verdict == Verdict(frozenset(broken), "finish"), verdict


def rows(*cells: list[int]) -> np.ndarray:
    return np.array(cells, dtype=np.int64)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("name", GRAPHS)
def test_the_honest_witness_is_accepted(subject: Any, name: str, field: str) -> None:
    """The control of all tests below: ties, zeros and the ends of the range."""
    s = subject(name, field)
    body = s.plan.tensors[s.plan.inputs[0].tensor].body
    x = rows([0, 0, 0, 0], [5, 5, 3, 5], [body.lo, body.hi, 0, -1])
    assert s.tamper(x, {}) == Verdict(frozenset(), None)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("name", GRAPHS)
def test_no_number_of_the_prover_is_unconstrained(subject: Any, name: str, field: str) -> None:
    """JSTprove before #238: outputs of Exp, Sigmoid, Softmax, LayerNorm were hints that nothing constrained."""
    s, tried = subject(name, field), 0
    x = rows([7, -4, 9, 2], [-3, 11, 1, 6])
    for tensor in s.plan.tensors:
        if not isinstance(tensor.body, t.Fresh):
            continue
        for delta in (1, -1):
            cell = (1,) + (0,) * len(tensor.dims)
            verdict = s.tamper(x, {tensor.name: at(cell, lambda v, d=delta: v + d)})
            assert verdict.broken and verdict.error == "finish", (tensor.name, delta, verdict)
            tried += 1
    assert tried or name == "square"


def test_a_maximum_is_no_shuffle(subject: Any) -> None:
    """EZKL finding 4: [5,5,5,5,5] was a shuffle of [1,2,3,4,5], so any cell was the largest, the least or the k-th."""
    s, x = subject("argmax"), rows([1, 2, 3, 4])
    top, chosen = "argmax0/argmax.max", "argmax0/argmax.selector"
    is_max, strict, one = "zero:argmax0/argmax.is_max", "range:argmax0/argmax.strict", "zero:argmax0/argmax.one_chosen"
    pick = lambda *cells: lambda c, _: np.isin(np.arange(4), cells).astype(np.int64)[None]  # noqa: E731
    # a cell that is not the largest, with the true maximum and with its own value as the maximum
    refused(s.tamper(x, {chosen: pick(1)}), is_max)
    refused(s.tamper(x, {chosen: pick(1), top: at((0, 0), 2)}), strict, "lookup sum")
    # a maximum that is nobody's
    refused(s.tamper(x, {top: at((0, 0), 9)}), is_max)
    # twice one cell, none of them, two of them
    refused(s.tamper(x, {chosen: at((0, 3), 2)}), one, "range:" + chosen, strict, "lookup sum")
    refused(s.tamper(x, {chosen: pick()}), one)
    verdict = s.tamper(x, {chosen: pick(2, 3)})
    assert {one, is_max} <= verdict.broken and verdict.error == "finish"

    # inside another operator: a false maximum scales the whole row
    s, x = subject("max"), rows([100, 200, 300, 400])

    def ratio(cells: np.ndarray, honest: dict[str, np.ndarray]) -> np.ndarray:
        scale = s.port.scale
        return (2 ** (scale + 1) * x + 300) // 600

    false = {"normalize0/norm.max": at((0, 0), 300), "normalize0/norm.selector": pick(2), "normalize0/ratio": ratio}
    assert s.false(x, false)[s.port.tensor][0, 2] == 2**s.port.scale, "the lie: the third cell is the largest"
    verdict = s.tamper(x, false)
    assert verdict.broken >= {"range:normalize0/norm.below_max", "lookup sum"} and verdict.error == "finish"


def test_of_equal_cells_the_first_is_the_largest(subject: Any) -> None:
    """EZKL findings 7 and 11: ties could be broken either way, unlike in ONNX."""
    s, x = subject("argmax"), rows([5, 7, 3, 7])
    assert s.honest(x)[s.port.tensor].tolist() == [1]
    second = {"argmax0/argmax.selector": lambda c, _: np.array([[0, 0, 0, 1]])}
    refused(s.tamper(x, second), "range:argmax0/argmax.strict", "lookup sum")
    # the same as a claim about a hidden output: the statement's own comparison
    s, x = subject("clip"), rows([50, 70, 30, 70])
    tensors = s.honest(x)
    assert s.judge(x, tensors, (ArgMax(0, np.array([1], dtype=np.uint32)),)).error is None
    for false in (3, 0):
        verdict = s.judge(x, tensors, (ArgMax(0, np.array([false], dtype=np.uint32)),))
        refused(verdict, "output:" + s.port.name, "lookup sum")


def test_five_is_not_greater_than_five(subject: Any) -> None:
    """EZKL finding 5: the sign of zero was free, so greater(5, 5) could be 1."""
    s, x = subject("clip"), rows([5, 5, 3, 5])
    tensors = s.honest(x)
    value, scale = int(tensors[s.port.tensor][0, 0]), s.port.scale
    no, yes = np.array([False]), np.array([True])
    for claim in (AtLeast(0, 0, value, scale, yes), AtMost(0, 0, value, scale, yes), TopK(0, 0, 1, yes)):
        assert s.judge(x, tensors, (claim,)).error is None
    for claim in (
        AtLeast(0, 0, value, scale, no),
        AtMost(0, 0, value, scale, no),
        AtLeast(0, 0, value + 1, scale, yes),
        TopK(0, 0, 1, no),
        TopK(0, 2, 3, yes),
    ):
        verdict = s.judge(x, tensors, (claim,))
        assert verdict.broken <= {"output:" + s.port.name, "lookup sum"} and verdict.error == "finish", claim


def test_zero_has_one_sign(subject: Any) -> None:
    """EZKL finding 5 in a relu: zero split as 1 − 1, and |0| = 2."""
    s, x = subject("l1"), rows([0, 40, -40, 7])
    for cell in range(4):
        both = {
            "normalize0/positive_part": at((0, cell), lambda v: v + 1),
            "normalize0/positive_part.below": at((0, cell), lambda v: v + 1),
        }
        verdict = s.tamper(x, both)
        assert "zero:normalize0/positive_part.only_below" in verdict.broken and verdict.error == "finish"
    s, x = subject("relu"), rows([0, 0, 0, 0])
    both = {"clamp1/clamp": at((0, 1), 1), "clamp1/clamp.below": at((0, 1), 1)}
    verdict = s.tamper(x, both)
    assert any("only_below" in name for name in verdict.broken) and verdict.error == "finish"


@pytest.mark.parametrize("field", FIELDS)
def test_two_by_two_is_not_zero(subject: Any, field: str) -> None:
    """EZKL finding 5: div(2, 2) = 0. JSTprove #275: a tolerance of 3 units."""
    s, x = subject("l1", field), rows([2, 0, 0, 0])
    one = 2**s.port.scale
    assert s.honest(x)[s.port.tensor].tolist() == [[one, 0, 0, 0]]
    for false in (0, one - 1, one + 1, one - 3, one + 3, -one):
        verdict = s.tamper(x, {"normalize0/ratio": at((0, 0), false)})
        expected = {"range:normalize0/ratio.remainder", "range:normalize0/ratio.room"}
        assert verdict.broken & expected and "lookup sum" in verdict.broken and verdict.error == "finish", false


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    ("name", "quotient", "numerator", "divisor"),
    [
        ("l1", "normalize0/ratio", "normalize0/numerator", "normalize0/ratio.divisor"),
        ("softmax", "softmax0/probability", "softmax0/numerator", "softmax0/probability.divisor"),
    ],
)
def test_the_quotient_of_field_elements_is_out_of_range(
    subject: Any, field: str, name: str, quotient: str, numerator: str, divisor: str
) -> None:
    """EZKL finding 6: the quotient was not range-checked, so num · den⁻¹ mod p, with remainder 0, was one."""
    s, x = subject(name, field), rows([17, 5, 3, -6])
    p = s.plan.field.prime
    honest = s.named(s.honest(x))
    n, d = int(honest[numerator][0, 1]), int(honest[divisor].reshape(-1)[0])
    wanted = n * pow(d, -1, p) % p
    wrapped = wanted - p if wanted > p // 2 else wanted
    assert n % d and (wrapped * d - n) % p == 0, "remainder zero modulo p, not over the integers"
    tensors = s.false(x, {quotient: at((0, 1), wrapped)})
    # what the field sees: remainder 0
    for i, tensor in enumerate(s.plan.tensors):
        if isinstance(tensor.body, t.Linear | t.Contract) and tensor.name.startswith(quotient + "."):
            centred = np.vectorize(lambda v: (int(v) + p // 2) % p - p // 2, otypes=[np.int64])
            tensors[i] = centred(tensors[i])
    # the output is no public number that a statement could show, so it is hidden behind a question
    body = s.plan.tensors[s.port.tensor].body
    question = AtLeast(0, 0, body.lo, s.port.scale, np.array([True]))
    verdict = s.judge(x, tensors, (question,))
    assert verdict.error == "finish" and verdict.broken == {"range:" + quotient, "lookup sum"}, verdict


@pytest.mark.parametrize("field", FIELDS)
def test_the_root_is_the_integer_one(subject: Any, field: str) -> None:
    """EZKL finding 5 hit sqrt too: neither a neighbour nor the negative root."""
    s, x = subject("l2", field), rows([3, 4, 0, 0])
    root = int(s.named(s.honest(x))["normalize0/norm"][0, 0])
    for false in (root - 1, root + 1, -root, 0):
        verdict = s.tamper(x, {"normalize0/norm": at((0, 0), false)})
        named = {"range:normalize0/norm", "range:normalize0/norm.remainder", "range:normalize0/norm.room"}
        assert verdict.broken & named and verdict.error == "finish", (false, verdict)


@pytest.mark.parametrize("name", ["l1", "l2", "max"])
def test_a_row_of_zeros_has_one_result(subject: Any, name: str) -> None:
    """Zero divided by its norm of zero: anything, if zero times anything is zero."""
    s, x = subject(name), rows([0, 0, 0, 0], [4, 3, 2, 1])
    zero, flag, ratio = "normalize0/norm", "normalize0/norm.zero", "normalize0/ratio"
    assert not s.honest(x)[s.port.tensor][0].any()
    for false in (1, -1, 2**s.port.scale):
        verdict = s.tamper(x, {ratio: at((0, 0), false)})
        named = {f"range:{ratio}.remainder", f"range:{ratio}.room"}
        assert verdict.broken & named and verdict.error == "finish", verdict
    # the flag off in a zero row, where the divisor would be 0, and on in another
    verdict = s.tamper(x, {flag: at((0, 0), 0)})
    assert "range:normalize0/norm.positive" in verdict.broken and verdict.error == "finish", verdict
    verdict = s.tamper(x, {flag: at((1, 0), 1)})
    assert "zero:normalize0/norm.is_zero" in verdict.broken and verdict.error == "finish", verdict
    assert zero in {tensor.name.removesuffix(".max") for tensor in s.plan.tensors}


def test_softmax_is_of_these_logits(subject: Any) -> None:
    """Jolt Atlas: the operand of a softmax was not tied to the layer before it (operand_link)."""
    s, x = subject("softmax"), rows([30, 20, 10, 0])
    logits = "softmax0/logits"
    # other logits and an honest softmax of them, in every number that follows
    other = s.named(s.honest(rows([0, 10, 20, 30])))
    follow = {
        tensor.name: (lambda c, _, name=tensor.name: other[name])
        for tensor in s.plan.tensors
        if isinstance(tensor.body, t.Fresh)
    }
    tensors = s.false(x, follow)
    assert (
        tensors[s.port.tensor].tolist()
        == other[s.port.name if s.port.name in other else "softmax0/probability"].tolist()
    )
    refused(s.judge(x, tensors), f"zero:{logits}.remainder")


def test_each_part_of_a_softmax_is_forced(subject: Any) -> None:
    """A larger maximum makes all exponentials smaller alike; a false sum scales the probabilities."""
    s, x = subject("softmax"), rows([30, 20, 10, 0])
    verdict = s.tamper(x, {"softmax0/softmax.max": at((0, 0), 31)})
    assert {"zero:softmax0/softmax.is_max", "table:softmax0/exponential"} <= verdict.broken
    assert verdict.error == "finish"
    verdict = s.tamper(x, {"softmax0/softmax.max": at((0, 0), 29)})
    assert "table:softmax0/exponential" in verdict.broken and verdict.error == "finish"
    refused(s.tamper(x, {"softmax0/exponential": at((0, 3), lambda v: v + 1)}), *EXPONENTIAL)
    verdict = s.tamper(x, {"softmax0/sum": at((0, 0), lambda v: v + 1)})
    assert "zero:softmax0/sum.equal" in verdict.broken and verdict.error == "finish"
    for delta in (1, -1):
        verdict = s.tamper(x, {"softmax0/probability": at((0, 1), lambda v, d=delta: v + d)})
        named = {"range:softmax0/probability.remainder", "range:softmax0/probability.room"}
        assert verdict.broken & named and verdict.error == "finish"


EXPONENTIAL = ("table:softmax0/exponential", "zero:softmax0/sum.equal", "lookup sum")


def test_a_clamp_clamps(subject: Any) -> None:
    """Jolt Atlas: ONNX Clamp passed its argument through; Add and Sum were not clamped under zero knowledge."""
    s = subject("clip")
    hi = 1229  # round(0.6 · 2^11)
    assert s.port.scale == 11
    x = rows([hi + 100, 0, 0, 0])
    assert s.honest(x)[s.port.tensor][0, 0] == hi
    through = {"clamp0/clamp": at((0, 0), hi + 100), "clamp0/clamp.above": at((0, 0), 0)}
    refused(s.tamper(x, through), "range:clamp0/clamp.room", "lookup sum")
    # beyond the port's interval it is not even a public number
    x = rows([hi + 1000, 0, 0, 0])
    assert (
        s.tamper(x, {"clamp0/clamp": at((0, 0), hi + 1000), "clamp0/clamp.above": at((0, 0), 0)}).error == "statement"
    )
    # saturated though inside, on either side
    for name, side in (("above", -1), ("below", 1)):
        lie = {"clamp0/clamp": at((0, 1), side * 5), f"clamp0/clamp.{name}": at((0, 1), 5)}
        verdict = s.tamper(x, lie)
        refused(verdict, f"zero:clamp0/clamp.only_{name}")


@pytest.mark.parametrize("field", FIELDS)
def test_a_rescale_rounds_one_way(subject: Any, field: str) -> None:
    """A quotient one off, with the remainder that makes up for it (JSTprove #275: signed division)."""
    s, x = subject("relu", field), rows([100, -100, 77, 33])
    for cell in (0, 1, 2):
        for delta in (1, -1):
            verdict = s.tamper(x, {"clamp1/clamp": at((0, cell), lambda v, d=delta: v + d)})
            assert "range:clamp1/clamp.remainder" in verdict.broken and verdict.error == "finish", verdict


def test_a_table_has_no_other_entries(subject: Any) -> None:
    """The entry of a neighbour, and an argument beyond the table's domain with the entry at its end."""
    s, x = subject("tanh"), rows([100, -200, 40, 0])
    honest = s.named(s.honest(x))
    for cell, false in ((0, honest["unary0/tanh"][0, 2]), (2, honest["unary0/tanh"][0, 0])):
        refused(s.tamper(x, {"unary0/tanh": at((0, cell), int(false))}), "table:unary0/tanh", "lookup sum")
    beyond = rows([2000, 0, 0, 0])
    through = {
        "unary0/argument": at((0, 0), lambda v: v + 1),
        "unary0/argument.above": at((0, 0), lambda v: v - 1),
    }
    verdict = s.tamper(beyond, through)
    assert "table:unary0/tanh" in verdict.broken and verdict.error == "finish", verdict


def test_layers_agree_on_what_is_between_them() -> None:
    """zkLLM's code proved layer by layer and never that one's output is the next one's input (DeepProve, section 6)."""
    second = np.array([[0.5, -0.25], [0.75, 0.5], [-0.5, 0.25], [0.25, 1.0]])
    s = Subject(
        graph(
            (4,),
            lambda m, x: m.add("clamp", m.add("dense", x, m.const(DENSE)), lo=0.0, hi=None),
            lambda m, x: m.add("dense", x, m.const(second)),
        ),
        CALIBRATION,
    )
    x, y = rows([100, -100, 77, 33]), rows([5, 60, -70, 80])
    first, other = s.honest(x), s.honest(y)
    cut = next(i for i, tensor in enumerate(s.plan.tensors) if tensor.name == "dense2/product")
    # the first layer is honest on x, everything from the second product on is honest on y
    mixed = {i: (first if i < cut else other)[i] for i in first}
    verdict = s.judge(x, mixed)
    assert verdict.error == "finish" and any(name.startswith("stage ") for name in verdict.broken), verdict
    assert s.judge(x, first).error is None
