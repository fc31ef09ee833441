"""docs/data-inventory.md says of each column what it holds, as the tables are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
from pydantic import BaseModel
from sqlmodel import SQLModel

import bot.app  # noqa: F401  every conversation's memory is known once all is imported
from bot.chat.memory import State
from bot.escalation import events
from bot.store import sealed_columns, tables, upkeep

PAGE = Path(__file__).parents[2] / "docs" / "data-inventory.md"
TABLES = {table.name: [column.name for column in table.columns] for table in SQLModel.metadata.sorted_tables}
PERSONAL = {"words", "person", "–"}
SEALED = {"case", "service", "case or service", "secret", "digest", "–"}


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    holds: str
    personal: str
    sealed: str


def _sections() -> dict[str, str]:
    """The text below the heading of each table, by the table's name."""
    parts = re.split(r"^#{2,3} (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = zip(parts[1::2], parts[2::2], strict=True)
    return {name.strip("`"): text for name, text in found if name.startswith("`")}


def _rows(text: str) -> list[Row]:
    """The rows of four cells that begin with a name."""
    return [
        Row(*cells)
        for cells in re.findall(r"^\| `(\w+)` \| (.+?) \| (\S+) \| ([^|]+?) \|$", text, flags=re.MULTILINE)
    ]


SECTIONS = _sections()


def test_every_table_is_described() -> None:
    """Neither a table too few nor one too many, and each with how long its rows are kept."""
    assert SECTIONS.keys() == TABLES.keys()
    assert [name for name, text in SECTIONS.items() if "**Kept:** " not in text] == []


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_column_is_described(table: str) -> None:
    """Each once, in the order of the table, with what it holds, how personal, and how it is sealed."""
    rows = _rows(SECTIONS.get(table, ""))
    assert [row.name for row in rows] == TABLES[table]
    assert {row.personal for row in rows} <= PERSONAL
    assert {row.sealed for row in rows} <= SEALED


def test_no_words_of_people_lie_in_the_open() -> None:
    """A column that can hold what somebody typed is sealed."""
    bare = [
        f"{table}.{row.name}"
        for table, text in SECTIONS.items()
        for row in _rows(text)
        if row.personal == "words" and row.sealed not in ("case", "service", "case or service")
    ]
    assert bare == []


def test_what_is_said_to_be_sealed_is() -> None:
    """The columns that the store seals are the ones that the page says hold people's words, and no others."""
    held = {f"{one.row.__tablename__}.{one.column}" for one in sealed_columns.ALL}
    told = {
        f"{table}.{row.name}"
        for table, text in SECTIONS.items()
        for row in _rows(text)
        if row.personal == "words"
    }
    assert told == held


def _kinds(base: type[State] = State) -> Iterator[type[State]]:
    for kind in base.__subclasses__():
        if kind.__module__.partition(".")[0] in ("bot", "flows") and hasattr(kind, "name"):
            yield kind
        yield from _kinds(kind)


def _kept(length: timedelta) -> str:
    number, unit = (length.days, "day") if length.days else (length.seconds // 3600, "hour")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def test_everything_that_a_conversation_remembers_is_described() -> None:
    """Each kind of it, with the time for which it is kept."""
    told = re.findall(r"^\| `([\w.]+)` \| .+? \| (\d+ \w+) \|$", SECTIONS["states"], flags=re.MULTILINE)
    assert dict(told) == {kind.name: _kept(kind.keep_for) for kind in _kinds()}
    assert tables.StateRow.__tablename__ == "states"


NO_WORDS = {
    "asked", "attended", "by", "case", "check", "clock", "coordinator", "covers", "decided_by", "done_before",
    "invited", "involved", "lead", "nobody", "outcome", "people", "person", "post", "priority", "question",
    "raising_agency", "receiving_agency", "told", "training", "way", "kinds", "rule",
    "case_raised.reference", "Failed.reason", "not_reached.reason",
}  # fmt: skip
"""Fields of events, or one of a certain event, that hold ids, codes or Braver's own words: nothing typed."""


def _holds_text(annotation: object) -> bool:
    return annotation is str or any(map(_holds_text, get_args(annotation) if not _chosen(annotation) else ()))


def _chosen(annotation: object) -> bool:
    """Whether it is one of a few words that the program knows."""
    return get_origin(annotation) is Literal


def _words(name: str, model: type[BaseModel]) -> set[str]:
    """The fields that can hold what somebody typed."""
    texts = {field for field, about in model.model_fields.items() if _holds_text(about.annotation)}
    return {field for field in texts if not {field, f"{name}.{field}"} & NO_WORDS}


def test_where_the_words_of_a_case_stand_is_described() -> None:
    """Each field of an event that can hold what a person typed is listed, and no other."""
    models: dict[str, type[BaseModel]] = {kind.kind: kind for kind in events.Event.__subclasses__()}
    parts = (events.Concern, events.Spoken, events.Written, events.Failed, events.Party)
    models |= {part.__name__: part for part in parts}
    held = {name: _words(name, model) for name, model in models.items()}
    _, _, told = PAGE.read_text(encoding="utf-8").partition("\n### What people typed, in a case's history\n")
    rows = re.findall(r"^\| `(\w+)` \| (`.+?`) \| [^|]+ \|$", told.partition("\n### ")[0], re.MULTILINE)
    listed = {name: set(re.findall(r"`(\w+)`", fields)) for name, fields in rows}
    assert listed == {name: fields for name, fields in held.items() if fields}


def test_how_long_what_is_thrown_away_is_kept() -> None:
    """The times that the service itself keeps to are the ones that the page names."""
    days = {
        "acts": (upkeep.KEEP_ACTS, "30 days; the words of the reply one day, "),
        "deliveries": (upkeep.KEEP_DELIVERIES, "30 days after they were sent"),
        "posted_cards": (upkeep.KEEP_DELIVERIES, "others 30 days"),
        "letters": (upkeep.KEEP_LETTERS, "until 30 days after the last link to it has ended"),
    }
    for table, (kept, said) in days.items():
        assert kept == timedelta(days=30)
        assert said in " ".join(SECTIONS[table].partition("\n|")[0].split())
    assert timedelta(days=1) == upkeep.KEEP_REPLIES
