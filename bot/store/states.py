"""States: what a conversation remembers of a person (or an account), in a place or everywhere."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property

from sqlalchemy import bindparam, delete

from bot.store.acts import Acts
from bot.store.arrivals import Arrived
from bot.store.rows import table_of
from bot.store.sealed_columns import STATE
from bot.store.statements import at, found, gone, inserted, kept
from bot.store.tables import StateRow

_KEYS = ("person_key", "place_key", "name")
_states = table_of(StateRow).c
_OTHERS = delete(table_of(StateRow)).where(
    _states.person_key == bindparam("at_person_key"), _states.place_key == bindparam("at_place_key"),
    _states.question, _states.name != bindparam("at_name"),
)  # fmt: skip
"""The questions pending here, but for the one of this name."""


class States(Acts):
    """`person_key` and `place_key` are opaque; the empty place is for what follows the person."""

    @cached_property
    def _known(self) -> dict[tuple[str, str], dict[str, tuple[int, str, datetime]]]:
        return {}

    _asked = False
    """Whether the questions are not any more as they were when the transaction began."""

    def undone(self) -> None:
        super().undone()
        self._known.clear()

    async def state(self, person_key: str, place_key: str, name: str) -> tuple[int, str] | None:
        """Version and data (JSON text), or None (never kept, forgotten, expired)."""
        of_person = await self._remembered(person_key, place_key)
        version, data, expires_at = of_person.get(name, (0, "", self.now))
        return (version, data) if expires_at > self.now else None

    async def _remembered(self, person_key: str, place_key: str) -> dict[str, tuple[int, str, datetime]]:
        """All that is kept of a person in a place, asked once: a turn often needs several of the few."""
        key = (person_key, place_key)
        if key not in self._known:
            here = at(person_key=person_key, place_key=place_key)
            rows = await self._execute(found(StateRow, "person_key", "place_key"), here)
            self._known[key] = {
                row.name: (row.version, self.state_in(row.data, *key, row.name), _utc(row.expires_at))
                for row in rows
            }
        return self._known[key]

    async def keep_state(
        self,
        person_key: str,
        place_key: str,
        name: str,
        version: int,
        data: str,
        expires_at: datetime,
        *,
        question: bool = False,
    ) -> None:
        """Keep `data` (JSON text) in place of what was there; a question replaces the one that is pending."""
        if question:
            self._asked = True
            await self._execute(_OTHERS, at(person_key=person_key, place_key=place_key, name=name))
        self._known.pop((person_key, place_key), None)
        sealed = self._close(data, STATE.about(person_key, place_key, name))
        values = {"version": version, "data": sealed, "question": question, "expires_at": expires_at}
        keys = {"person_key": person_key, "place_key": place_key, "name": name}
        await self._execute(kept(self._dialect, StateRow, _KEYS, tuple(values)), keys | values)

    async def forget_state(self, person_key: str, place_key: str, name: str) -> None:
        if not self._writing and await self.state(person_key, place_key, name) is None:
            return
        self._asked = True
        self._known.pop((person_key, place_key), None)
        here = at(person_key=person_key, place_key=place_key, name=name)
        await self._execute(gone(StateRow, *_KEYS), here)

    async def forget_question(self, person_key: str, place_key: str) -> None:
        """Forget the question that waits for an answer here, if one does."""
        if not self._writing and await self.pending(person_key, place_key) is None:
            return
        self._asked = True
        self._known.pop((person_key, place_key), None)
        here = at(person_key=person_key, place_key=place_key, question=True)
        await self._execute(gone(StateRow, "person_key", "place_key", "question"), here)

    async def remember_once(self, person_key: str, what: str, name: str, expires_at: datetime) -> bool:
        """Keep that this was so; False where it was kept before. Of two at once, one is the first."""
        values = {
            "person_key": person_key, "place_key": what, "name": name, "version": 1,
            "data": self._close("{}", STATE.about(person_key, what, name)), "question": False,
            "expires_at": expires_at,
        }  # fmt: skip
        return await self._changed(inserted(self._dialect, StateRow, tuple(values), "name"), values) == 1

    async def pending(self, person_key: str, place_key: str) -> tuple[str, int, str] | None:
        """Name, version and data of the question that waits for an answer here."""
        first = self.arrived
        if (
            first is not None
            and not self._asked
            and (person_key, place_key) == (first.person, first.place_key)
        ):
            return first.question
        here = at(person_key=person_key, place_key=place_key, question=True)
        rows = await self._execute(found(StateRow, "person_key", "place_key", "question"), here)
        waiting = (row for row in rows if _utc(row.expires_at) > self.now)
        return next(
            (
                (row.name, row.version, self.state_in(row.data, person_key, place_key, row.name))
                for row in waiting
            ),
            None,
        )

    def readable(self, arrived: Arrived, key: str) -> Arrived:
        """What was kept of an arrival, in the open."""
        outcome, question = arrived.outcome, arrived.question
        if question is not None:
            name, version, data = question
            question = name, version, self.state_in(data, arrived.person or "", arrived.place_key, name)
        outcome = outcome and self.outcome_in(outcome, key)
        return replace(arrived, outcome=outcome, question=question)

    def state_in(self, stored: str, person_key: str, place_key: str, name: str) -> str:
        """A state's data as they were kept."""
        return self._open(stored, STATE.about(person_key, place_key, name))


def _utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)
