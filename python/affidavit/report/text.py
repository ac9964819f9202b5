"""Plain-text tables and human units; no dependency, so that the verifier stays small."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(rows: Iterable[Sequence[object]], header: Sequence[str] | None = None) -> str:
    """Left-aligned columns, two spaces apart; the last column is not padded."""
    body = [[str(cell) for cell in row] for row in rows]
    lines = ([list(header)] if header else []) + body
    if not lines:
        return ""
    columns = max(len(line) for line in lines)
    widths = [max((len(line[i]) for line in lines if i < len(line)), default=0) for i in range(columns)]

    def render(line: Sequence[str]) -> str:
        return "  ".join(cell.ljust(widths[i]) for i, cell in enumerate(line)).rstrip()

    out = [render(line) for line in lines]
    if header:
        out.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(out)


def plain(text: str) -> str:
    """Text as a terminal may have it: what moves its cursor or reorders what is read is written as an escape."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def section(title: str, lines: Iterable[str]) -> str:
    """A heading with one indented bullet per line."""
    return "\n".join([title, *(f"  - {line}" for line in lines)])


def seconds(value: float) -> str:
    if value < 1e-3:
        return f"{value * 1e6:.0f} us"
    if value < 1:
        return f"{value * 1e3:.1f} ms"
    return f"{value:.2f} s"


def size(count: int) -> str:
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} B"
