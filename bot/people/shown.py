"""Tables and long lists in a terminal."""

import shutil
import textwrap
from collections.abc import Iterator, Sequence

SHOWN = 200
"""So many lines are shown at most."""
_NARROWEST, _BETWEEN = 24, "  "


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int = 0) -> str:
    """Rows under their heads, in columns that stand exactly below each other. Long cells go on in the next
    line, so that no line is longer than `width` (that of the terminal, where none is given)."""
    wide = width or shutil.get_terminal_size((120, 24)).columns
    widths = _widths([heads, *rows], wide)
    lines = [_padded(heads, widths), _padded(["-" * one for one in widths], widths)]
    for row in rows:
        lines += _lines(row, widths)
    return "\n".join(lines)


def _widths(rows: Sequence[Sequence[str]], wide: int) -> list[int]:
    """Each column as wide as its longest cell; where that is too much, the widest ones give way."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = wide - len(_BETWEEN) * (len(widths) - 1)
    while sum(widths) > room:
        widest = widths.index(max(widths))
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    return widths


def _lines(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
    for number in range(max(map(len, cells))):
        yield _padded([cell[number] if number < len(cell) else "" for cell in cells], widths)


def _padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    return _BETWEEN.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
