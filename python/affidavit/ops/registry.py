"""Name → operator, written out so that the set is closed and readable."""

from __future__ import annotations

from ..errors import UnsupportedModel
from .add import Add, Sub
from .argmax import ArgMax
from .base import Operator
from .broadcast import Broadcast
from .clamp import Clamp
from .concat import Concat
from .dense import Dense
from .leaky_relu import LeakyRelu
from .mul import Mul
from .neg import Neg
from .normalize import Normalize
from .reshape import Reshape
from .select import Select
from .slice import Slice
from .softmax import Softmax
from .sum import Sum
from .take import Take
from .transpose import Transpose
from .unary import Unary

_OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for operator in (
        Dense(),
        Add(),
        Sub(),
        Mul(),
        Neg(),
        Clamp(),
        LeakyRelu(),
        Unary(),
        Softmax(),
        Normalize(),
        ArgMax(),
        Select(),
        Sum(),
        Reshape(),
        Transpose(),
        Slice(),
        Concat(),
        Take(),
        Broadcast(),
    )
}


def get(op: str) -> Operator:
    """The operator called ``op``; raises ``UnsupportedModel`` for an unknown name."""
    try:
        return _OPERATORS[op]
    except KeyError:
        raise UnsupportedModel(f"unknown core operator {op!r}", hint=f"known: {', '.join(names())}") from None


def names() -> tuple[str, ...]:
    """All core operators, sorted."""
    return tuple(sorted(_OPERATORS))
