"""Where what people wrote lies in the database: in these columns, sealed, and nowhere else."""

from dataclasses import dataclass

from sqlmodel import SQLModel

from bot.store.tables import ActRow, CaseRow, DirectoryRow, EventRow, LetterRow, StateRow


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """`keys` are the columns that tell the row from others: a sealed text is bound to its own row."""

    row: type[SQLModel]
    column: str
    keys: tuple[str, ...]

    def about(self, *keys: str | int) -> str:
        """What a text of the row with these keys is bound to."""
        return "\n".join((str(self.row.__tablename__), self.column, *map(str, keys)))


OUTCOME = SealedColumn(ActRow, "outcome", ("key",))
STATE = SealedColumn(StateRow, "data", ("person_key", "place_key", "name"))
EVENT = SealedColumn(EventRow, "body", ("stream", "sequence"))
CASE = SealedColumn(CaseRow, "state", ("id",))
LETTER = SealedColumn(LetterRow, "card", ("id",))
RECORD = SealedColumn(DirectoryRow, "body", ("kind", "id"))
ALL = (OUTCOME, STATE, EVENT, CASE, LETTER, RECORD)
