"""Arrivals: an act comes in, and with the first words of its transaction all is known that it needs.

What the time is, how new the directory is, whether the act was carried out before, who is there and whether
this place is known: asked one after the other, these took most of the time of a short turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, Table, and_, bindparam, literal_column, select

from bot.chat.turn import Account, Place
from bot.store.keyring import SERVICE, Wrapped
from bot.store.rows import Dialect, table_of
from bot.store.tables import AccountRow, ActRow, ClockRow, DataKeyRow, PlaceRow, StateRow, StreamRow

_NOW = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')", "postgresql": "now()"}
_FRESH = timedelta(minutes=10)
"""So long it need not be written down once more that somebody was seen in the same place."""
_LINKED = "linked"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An act that comes in: its key, whose account it is, and where. `place_key`: under which the questions
    that are pending there are kept."""

    key: str
    account: Account
    place: Place
    place_key: str = ""

    def parameters(self) -> dict[str, str]:
        address = self.place.address
        return {
            "key": self.key, "a_platform": self.account.platform, "a_tenant": self.account.tenant,
            "a_user": self.account.user, "p_platform": address.platform, "p_tenant": address.tenant,
            "p_app": address.app, "p_conversation": address.conversation, "place_key": self.place_key,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the database knows of it. `outcome` is what was kept when the act was carried out, None where it
    was not; `person` the one that the account is linked to. `settled`: the place stands there as it is.
    `question` (name, version, data) is the one that waits for this person's answer there."""

    outcome: str | None
    person: str | None
    settled: bool
    place_key: str
    question: tuple[str, int, str] | None


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a transaction begins with. Both times are aware UTC. `service_key`: the service's own data key as
    it lies there, None where nothing is sealed yet. What was kept of an arrival is as it is stored."""

    now: datetime
    real_now: datetime
    directory_version: int
    service_key: Wrapped | None
    arrived: Arrived | None


@cache
def asking(dialect: Dialect, *, arrival: bool, keys: bool = True) -> Select[Any]:
    """The first statement of a transaction; with the parameters of an arrival, if there is one. `keys`: the
    database is of a release that seals."""
    streams, acts = table_of(StreamRow), table_of(ActRow)
    accounts, places, states = table_of(AccountRow), table_of(PlaceRow), table_of(StateRow)
    known = [
        literal_column(_NOW[dialect]),
        select(table_of(ClockRow).c.shift_seconds).scalar_subquery(),
        select(streams.c.sequence).where(streams.c.name == "directory").scalar_subquery(),
        *(_service(name) if keys else literal_column("NULL").label(name) for name in ("wrapped", "by")),
    ]
    if not arrival:
        return select(*known)
    one = select(literal_column("1").label("one")).subquery()
    here = one.outerjoin(accounts, _is(accounts, "a", "platform", "tenant", "user"))
    here = here.outerjoin(places, _is(places, "p", "platform", "tenant", "app", "conversation"))
    here = here.outerjoin(
        states,
        and_(
            states.c.person_key == accounts.c.person, states.c.place_key == bindparam("place_key"),
            states.c.question,
        ),
    )  # fmt: skip
    outcome = select(acts.c.outcome).where(acts.c.key == bindparam("key")).scalar_subquery()
    return select(
        *known, outcome, accounts.c.person, accounts.c.state, places.c.service, places.c.kind, places.c.user,
        places.c.person, places.c.gone, places.c.seen_at, states.c.name,
        states.c.version, states.c.data, states.c.expires_at,
    ).select_from(here)  # fmt: skip


def _service(name: str) -> Any:
    keys = table_of(DataKeyRow)
    return select(keys.c[name]).where(keys.c.scope == SERVICE).scalar_subquery()


def begun(row: Sequence[Any], arrival: Arrival | None) -> Beginning:
    """What the first statement found."""
    real_now = _aware(row[0])
    now = real_now + timedelta(seconds=row[1])
    service_key = Wrapped(SERVICE, row[3], row[4]) if row[3] is not None else None
    if arrival is None:
        return Beginning(now, real_now, row[2] or 0, service_key, None)
    outcome, linked, state = row[5:8]
    *question, expires_at = row[14:]
    waits = expires_at is not None and _aware(expires_at) > now
    person = linked if state == _LINKED else None
    arrived = Arrived(
        outcome, person, _settled(arrival, person, list(row[8:14]), real_now), arrival.place_key,
        (question[0], question[1], question[2]) if waits else None,
    )  # fmt: skip
    return Beginning(now, real_now, row[2] or 0, service_key, arrived)


def _settled(arrival: Arrival, person: str | None, found: list[Any], now: datetime) -> bool:
    """Whether `People.seen` would change nothing that counts."""
    place = arrival.place
    if place.kind == "home":
        return True
    personal = place.kind == "personal"
    owner = person if personal and person else ""
    *stands, gone, seen_at = found
    if stands != [place.address.service, place.kind, arrival.account.user if personal else "", owner] or gone:
        return False
    return now - _aware(seen_at) < _FRESH


def _is(table: Table, prefix: str, *names: str) -> Any:
    return and_(*(table.c[name] == bindparam(f"{prefix}_{name}") for name in names))


def _aware(at: datetime | str) -> datetime:
    if isinstance(at, str):
        return datetime.fromisoformat(at).replace(tzinfo=UTC)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
