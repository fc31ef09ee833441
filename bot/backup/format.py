"""The file of a backup: compressed lines of JSON, with a checksum for each table and one for the whole.

    {"braver backup": 1, "version": "0.1.0", "revision": "0008", "made_at": "…"}
    {"table": "cases", "columns": [["id", "text"], ["opened_at", "instant"], …]}
    [[…], […], …]                                     rows, many to a line
    {"end": "cases", "rows": 100, "sha256": "…"}      over the lines of rows
    …
    {"end": "backup", "rows": 20000, "sha256": "…"}   over all lines before

A file that lacks its last line is not whole. The checksums find what was spoilt on the way; that nobody
changed the histories on purpose is shown by their own chains, in the audit.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO, Literal

from bot.guidance.words import Words

words = Words("backup")
FORMAT = 1
_MARK = "braver backup"
_MOST = 1_000_000
"""Characters of one line of rows, or as much as one row needs."""
_LONGEST = 64_000_000
"""Bytes: no line is longer in a file of ours."""
_MAGIC = b"\x1f\x8b"
_BEGINNING = f'{{"{_MARK}":'.encode()
ColumnKind = Literal["text", "integer", "number", "truth", "instant"]
KINDS: dict[type, ColumnKind] = {
    str: "text", int: "integer", float: "number", bool: "truth", datetime: "instant",
}  # fmt: skip
_TYPES = {kind: type_ for type_, kind in KINDS.items()}


class BadBackup(Exception):
    """The file can't be used; the text says why, and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Header:
    """`version` of Braver and `revision` of the schema that the backup is of; `made_at` is the database's
    real time."""

    version: str
    revision: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[tuple[str, ColumnKind], ...]


Part = Header | Table | list[dict[str, Any]]
"""What a file is read as: the header, then for each table the table and its rows, some at a time."""


@dataclass(slots=True)
class Summary:
    """How many rows each table has."""

    rows: dict[str, int] = field(default_factory=dict)

    @property
    def all(self) -> int:
        return sum(self.rows.values())


class Writer:
    """Writes a backup, part by part; `end` makes it whole."""

    def __init__(self, out: BinaryIO, header: Header) -> None:
        self._zip = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=out, mtime=0)
        self._whole = hashlib.sha256()
        self.summary = Summary()
        self._table = Table("", ())
        self._own = hashlib.sha256()
        self._line(
            {
                _MARK: FORMAT, "version": header.version, "revision": header.revision,
                "made_at": header.made_at.isoformat(),
            }
        )  # fmt: skip

    def begin(self, table: Table) -> None:
        self._table, self._own = table, hashlib.sha256()
        self.summary.rows[table.name] = 0
        self._line({"table": table.name, "columns": table.columns})

    def rows(self, rows: Sequence[Sequence[Any]]) -> None:
        """Rows of the table that was begun, their values in the order of its columns."""
        line: list[str] = []
        length = 0
        for row in rows:
            text = json.dumps([_plain(value) for value in row], ensure_ascii=False, separators=(",", ":"))
            if line and length + len(text) > _MOST:
                self._own.update(self._raw(f"[{','.join(line)}]"))
                line, length = [], 0
            line.append(text)
            length += len(text)
        if line:
            self._own.update(self._raw(f"[{','.join(line)}]"))
        self.summary.rows[self._table.name] += len(rows)

    def finish(self) -> None:
        """The table is through."""
        name = self._table.name
        self._line({"end": name, "rows": self.summary.rows[name], "sha256": self._own.hexdigest()})

    def end(self) -> None:
        self._line({"end": "backup", "rows": self.summary.all, "sha256": self._whole.hexdigest()})
        self._zip.close()

    def _line(self, said: dict[str, Any]) -> None:
        self._raw(json.dumps(said, ensure_ascii=False, separators=(",", ":")))

    def _raw(self, text: str) -> bytes:
        line = f"{text}\n".encode()
        self._whole.update(line)
        self._zip.write(line)
        return line


def read(file: BinaryIO) -> Iterator[Part]:
    """The parts of a backup, from the beginning of the file. Raises BadBackup as soon as something is wrong,
    at the latest at its end: who acts on a part can only rely on it when all of them were read."""
    file.seek(0)
    if file.read(2) != _MAGIC:
        raise BadBackup(words("foreign"))
    file.seek(0)
    try:
        yield from _Reader(gzip.GzipFile(fileobj=file, mode="rb")).parts()
    except EOFError as error:
        raise BadBackup(words("cut_off")) from error
    except (OSError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise BadBackup(words("altered")) from error


class _Reader:
    def __init__(self, unzipped: gzip.GzipFile) -> None:
        self._unzipped = unzipped
        self._whole = hashlib.sha256()
        self._all = 0

    def parts(self) -> Iterator[Part]:
        yield self._header()
        while True:
            before = self._whole.hexdigest()
            said = self._said(self._line())
            if said.get("end") == "backup":
                self._must(said["rows"] == self._all and said["sha256"] == before)
                self._must(not self._unzipped.read(1))
                return
            table = Table(str(said["table"]), tuple((str(name), kind) for name, kind in said["columns"]))
            self._must(all(kind in _TYPES for _, kind in table.columns))
            yield table
            yield from self._rows(table)

    def _header(self) -> Header:
        if not self._unzipped.peek(len(_BEGINNING)).startswith(_BEGINNING):
            raise BadBackup(words("foreign"))
        said = self._said(self._line())
        if said[_MARK] != FORMAT:
            raise BadBackup(words("newer", version=str(said.get("version", ""))[:20]))
        return Header(str(said["version"]), str(said["revision"]), datetime.fromisoformat(said["made_at"]))

    def _rows(self, table: Table) -> Iterator[list[dict[str, Any]]]:
        own, number = hashlib.sha256(), 0
        while True:
            line = self._line()
            if line.startswith(b"{"):
                end = self._said(line)
                self._must(end == {"end": table.name, "rows": number, "sha256": own.hexdigest()})
                self._all += number
                return
            own.update(line)
            rows = [_row(table, values) for values in json.loads(line)]
            number += len(rows)
            yield rows

    def _said(self, line: bytes) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(line)
        self._must(isinstance(said, dict))
        return said

    def _line(self) -> bytes:
        line = self._unzipped.readline(_LONGEST)
        if not line.endswith(b"\n"):
            raise EOFError if len(line) < _LONGEST else ValueError
        self._whole.update(line)
        return line

    @staticmethod
    def _must(holds: bool) -> None:
        if not holds:
            raise ValueError


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value


def _row(table: Table, values: Any) -> dict[str, Any]:
    """The row by column. Raises ValueError for a value that is not of its column's kind."""
    return {name: _value(kind, value) for (name, kind), value in zip(table.columns, values, strict=True)}


def _value(kind: ColumnKind, value: Any) -> Any:
    if value is None:
        return None
    if kind == "instant":
        return datetime.fromisoformat(value)
    if kind == "number" and type(value) is int:
        return float(value)
    if type(value) is not _TYPES[kind]:
        raise ValueError
    return value
