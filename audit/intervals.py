"""Sets of integers as sorted, disjoint intervals, and exact preimages of polynomials of degree two modulo p."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Set = tuple[tuple[int, int], ...]


def size(s: Set) -> int:
    return sum(b - a + 1 for a, b in s)


def meet(s: Set, t: Sequence[tuple[int, int]]) -> Set:
    """Intersection."""
    out, i, j = [], 0, 0
    while i < len(s) and j < len(t):
        a, b = max(s[i][0], t[j][0]), min(s[i][1], t[j][1])
        if a <= b:
            out.append((a, b))
        if s[i][1] < t[j][1]:
            i += 1
        else:
            j += 1
    return tuple(out)


def halves(s: Set) -> tuple[Set, Set]:
    """The smaller half of the elements and the larger."""
    middle, count = size(s) // 2, 0
    for i, (a, b) in enumerate(s):
        if count + b - a + 1 >= middle:
            cut = a + middle - count - 1
            rest = ((cut + 1, b),) if cut < b else ()
            return (*s[:i], (a, cut)), (*rest, *s[i + 1 :])
        count += b - a + 1
    raise ValueError("an empty set has no halves")


def merged(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted and joined where they touch."""
    out: list[tuple[int, int]] = []
    for a, b in sorted(intervals):
        if out and a <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], b))
        else:
            out.append((a, b))
    return out


def preimage(
    square: int, slope: int, constant: int, low: int, high: int, first: int, last: int, p: int, cap: int
) -> list[tuple[int, int]] | None:
    """All v of [first, last] with square·v² + slope·v + constant in [low, high] mod p; None beyond ``cap`` pieces."""

    def f(v: int) -> int:
        return (square * v + slope) * v + constant

    pieces = [(first, last)]
    if square:
        # monotone on both sides of the vertex
        vertex = -slope // (2 * square)
        pieces = [(a, b) for a, b in ((first, min(last, vertex)), (max(first, vertex + 1), last)) if a <= b]
    found: list[tuple[int, int]] = []
    for a, b in pieces:
        ends = sorted((f(a), f(b)))
        k_first, k_last = -((high - ends[0]) // p), (ends[1] - low) // p
        # square coefficients make at most one bend inside a piece, at its end: values between the ends
        if k_last - k_first + 1 > cap:
            if square == 0 and high - low < cap:
                return _by_values(slope, constant, low, high, first, last, p)
            return None
        rising = f(b) >= f(a)
        for k in range(k_first, k_last + 1):
            piece = _monotone(f if rising else lambda v: -f(v), a, b, low + k * p, high + k * p, rising)
            if piece is not None:
                found.append(piece)
    return merged(found)


def _monotone(f: Callable[[int], int], a: int, b: int, low: int, high: int, rising: bool) -> tuple[int, int] | None:
    """{v in [a, b]: low ≤ ±f(v) ≤ high} for a non-decreasing f (the negated function where it falls)."""
    if not rising:
        low, high = -high, -low
    start = _first(lambda v: f(v) >= low, a, b)
    end = _first(lambda v: f(v) > high, a, b) - 1
    return (start, end) if start <= end else None


def _first(holds: Callable[[int], bool], a: int, b: int) -> int:
    """The first v of [a, b] from which on ``holds`` is true; b + 1 if never."""
    b += 1
    while a < b:
        middle = (a + b) // 2
        if holds(middle):
            b = middle
        else:
            a = middle + 1
    return a


def _by_values(slope: int, constant: int, low: int, high: int, first: int, last: int, p: int) -> list[tuple[int, int]]:
    """The same for few values on the right: one residue each."""
    inverse = pow(slope, -1, p)
    found = []
    for value in range(low, high + 1):
        v = first + ((value - constant) * inverse - first) % p
        found += [(v, v)] if v <= last else []
    return merged(found)
