"""The rows of a spreadsheet that was saved as CSV, whatever saved it: `rows_of(path, columns, needed)`."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.escalation.mistake import brief, instead
from bot.files import BadFile, FileProblem, bad, text_of

LARGEST = 50_000_000
"""How many bytes a directory may have."""
REMARK = "#"
"""How a row begins that explains, and says nothing."""
_FIRST_ROWS = 10
"""In so many rows at the top the columns are looked for: a title may stand above them."""
_SIGNS = ",;\t"
_HIDDEN = dict.fromkeys(map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2007\u2009\u202f\u3000"), " ") | (
    dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"), "")
)
"""Spaces of another width; what is not seen at all."""
_QUOTES = '“”„‟"'
_QUOTED = re.compile(rf"[{_QUOTES}](.*)[{_QUOTES}]", re.DOTALL)
_OTHER_FILES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How the own files of spreadsheet programs begin: .xlsx and .ods, .xls."""
_CALLED = {"e_mail": "email", "mail": "email", "platform": "ways", "deputises_for": "deputy_for"}


@dataclass(frozen=True, slots=True)
class Row:
    """A row with something in it, by column; `line` is where it begins."""

    line: int
    cells: dict[str, str]


@dataclass(slots=True)
class Table:
    """`header` is the line of the columns' names."""

    rows: list[Row] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)
    header: int = 1


def rows_of(path: Path, columns: Sequence[str], needed: Sequence[str]) -> Table:
    """Read the table. Columns part at “,”, “;” or a tab and stand in any order; rows that begin with “#” and
    empty ones are left out, and so is what stands above the columns' names.

    Raises BadFile where no row can be read; what is wrong with single rows is among the problems.
    """
    text = _text(path)
    lines = text.split("\n")
    top, sign = _header(lines, columns)
    found = Table(header=top + 1)
    reader = csv.reader(io.StringIO("\n".join(lines[top:]), newline=""), delimiter=sign, strict=True)
    line, names = found.header, list[str]()
    try:
        for cells in reader:
            if not names:
                names = _names(path, line, cells, columns, needed)
            elif any(cell.strip() for cell in cells) and not _remark(cells, names):
                found.problems += _too_many(path, line, cells, names)
                found.rows.append(Row(line, _by_column(names, cells)))
            line = top + reader.line_num + 1
    except csv.Error as error:
        what = f"This can't be read as CSV ({error})."
        remedy = "Check the quotation marks, or save it again from the spreadsheet."
        raise BadFile((*found.problems, FileProblem(str(path), line, what, remedy))) from None
    if not names:
        raise bad(path, 1, "This file is empty.", f"Begin with the columns: {', '.join(columns)}.")
    return found


def clean(cell: str) -> str:
    """What is in a cell, without what a word processor or a web page has put around it unseen."""
    plain = cell if cell.isascii() else unicodedata.normalize("NFC", cell.translate(_HIDDEN))
    plain = plain.strip()
    quoted = _QUOTED.fullmatch(plain) if plain[:1] in _QUOTES else None
    return quoted[1].strip() if quoted else plain


def _text(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            begins = opened.read(4)
    except OSError:
        begins = b""
    save = "Save it from the spreadsheet as “CSV UTF-8”, and name that file."
    if begins in _OTHER_FILES:
        raise bad(path, 0, "This is a spreadsheet's own file, and not CSV.", save)
    text = text_of(path, LARGEST)
    if "\0" in text:
        raise bad(path, 0, "This is no text.", save)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _header(lines: Sequence[str], columns: Iterable[str]) -> tuple[int, str]:
    """The place of the line with the columns' names, and the sign between them: where most are known."""
    known = frozenset(columns)

    def score(place: int, sign: str) -> int:
        return len(known & {_name(cell) for cell in lines[place].split(sign)})

    likely = [(place, sign) for place in range(min(len(lines), _FIRST_ROWS)) for sign in _SIGNS]
    place, sign = max(likely, key=lambda one: score(*one))
    if score(place, sign) > 1:
        return place, sign
    return 0, max(_SIGNS, key=lines[0].count)


def _name(cell: str) -> str:
    written = re.sub(r"\W+", "_", clean(cell).lower())
    return "email" if written == "e_mail" else written


def _names(
    path: Path, line: int, cells: list[str], columns: Sequence[str], needed: Sequence[str]
) -> list[str]:
    names = [_name(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    problems = [
        *(
            (f"There is no column {brief(name)}.", _instead(name, columns))
            for name in names
            if name and name not in columns
        ),
        *((f"The column {brief(name)} is missing.", "Add it.") for name in needed if name not in names),
        *(
            (f"The column {brief(name)} stands here twice.", "Keep one.")
            for name in columns
            if names.count(name) > 1
        ),
    ]
    if problems and names:
        raise BadFile(tuple(FileProblem(str(path), line, what, remedy) for what, remedy in problems))
    return names


def _instead(name: str, columns: Sequence[str]) -> str:
    return f"It is called {brief(_CALLED[name])}." if name in _CALLED else instead(name, columns)


def _remark(cells: list[str], names: list[str]) -> bool:
    place = names.index("id") if "id" in names else 0
    return any(cell.lstrip().startswith(REMARK) for cell in (cells[0], *cells[place : place + 1]))


def _too_many(path: Path, line: int, cells: list[str], names: list[str]) -> Iterator[FileProblem]:
    beyond = any(cell.strip() for cell in cells[len(names) :])
    unnamed = any(cell.strip() for cell, name in zip(cells, names, strict=False) if not name)
    if beyond:
        remedy = "Put a cell that holds “,” or “;” in quotation marks."
        yield FileProblem(str(path), line, "This row has more cells than the first.", remedy)
    if unnamed:
        remedy = "Name the column in the first row, or empty the cell."
        yield FileProblem(str(path), line, "A cell of this row is in a column without a name.", remedy)


def _by_column(names: list[str], cells: list[str]) -> dict[str, str]:
    written = zip(names, map(clean, cells), strict=False)
    return dict.fromkeys(filter(None, names), "") | {name: cell for name, cell in written if name}
