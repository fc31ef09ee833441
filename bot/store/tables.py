"""The tables. Times are aware UTC; identifiers of people, cases and platforms are opaque texts.

Two clocks stand in the columns. *Now* (the database's time plus the playground's offset) dates what people
see and when things are due; *real now* (the database's time alone) dates leases, retries and what waits.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Integer, Text, UniqueConstraint, false, text
from sqlalchemy.orm import configure_mappers
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

_BIG = BigInteger().with_variant(Integer, "sqlite")


def _number() -> Any:
    """A primary key that the database counts up."""
    return Field(default=None, primary_key=True, sa_type=_BIG)


def _empty() -> Any:
    """A text that is empty in the rows of earlier releases."""
    return Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})


def _of_a_case() -> ForeignKeyConstraint:
    """Checked at the commit: within a transaction the case may be saved last."""
    return ForeignKeyConstraint(["case_id"], ["cases.id"], deferrable=True, initially="DEFERRED")


class ClockRow(SQLModel, table=True):
    """One row: by how much the playground has wound *now* forward."""

    __tablename__ = "clock"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    shift_seconds: float


class ActRow(SQLModel, table=True):
    """A person's act that was carried out; `outcome` is what to answer when it comes again."""

    __tablename__ = "acts"
    __table_args__ = (
        Index(
            "ix_acts_told", "at", postgresql_where=text("outcome <> ''"), sqlite_where=text("outcome <> ''")
        ),
    )
    key: str = Field(primary_key=True, sa_type=Text)
    at: datetime = Field(index=True)
    outcome: str = Field(sa_type=Text)


class StreamRow(SQLModel, table=True):
    """The head of a stream of events: its length and its newest hash. Locked while something is appended.
    `anchored` is its length in the newest anchor that holds it; 0: it is in none."""

    __tablename__ = "streams"
    __table_args__ = (
        Index(
            "ix_streams_moved",
            "name",
            postgresql_where=text("sequence > anchored"),
            sqlite_where=text("sequence > anchored"),
        ),
    )
    name: str = Field(primary_key=True, sa_type=Text)
    sequence: int
    hash: str = Field(sa_type=Text)
    anchored: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class EventRow(SQLModel, table=True):
    """An event, append-only. `hash` covers the stored texts of this row and `previous`."""

    __tablename__ = "events"
    stream: str = Field(primary_key=True, sa_type=Text)
    sequence: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
    kind: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    previous: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)


class AnchorRow(SQLModel, table=True):
    """A signed word on how far the streams went at a time (real). Append-only; see `bot.store.anchors`.

    `previous` is the digest of the anchor before, `heads` how many streams it holds, `root` that of the tree
    over them; `key` (public) and `signature` are in hexadecimal digits.
    """

    __tablename__ = "anchors"
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
    previous: str = Field(sa_type=Text)
    heads: int
    root: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    signature: str = Field(sa_type=Text)


class AnchoredHead(SQLModel, table=True):
    """The head of a stream as an anchor holds it. Append-only."""

    __tablename__ = "anchored"
    __table_args__ = (Index("ix_anchored_stream", "stream", "sequence"),)
    anchor: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    stream: str = Field(primary_key=True, sa_type=Text)
    sequence: int
    hash: str = Field(sa_type=Text)


class CaseRow(SQLModel, table=True):
    """The projection of a case's events. `state` is JSON text, read only by who wrote it. `status` is open,
    closed or erased: of an erased one `state` and `raiser` are empty, and `outcome` is what it ended with.
    `minimised`: its copies in the chats were taken away."""

    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "ix_cases_open",
            "id",
            postgresql_where=text("status = 'open'"),
            sqlite_where=text("status = 'open'"),
        ),
        Index("ix_cases_newest", "id", "status", "opened_at"),
        Index(
            "ix_cases_closed",
            "closed_at",
            "id",
            postgresql_where=text("status = 'closed'"),
            sqlite_where=text("status = 'closed'"),
        ),
        Index(
            "ix_cases_unminimised",
            "closed_at",
            "id",
            postgresql_where=text("status = 'closed' AND NOT minimised"),
            sqlite_where=text("status = 'closed' AND NOT minimised"),
        ),
        Index(
            "ix_cases_training",
            "opened_at",
            "id",
            postgresql_where=text("training AND status <> 'erased'"),
            sqlite_where=text("training AND status <> 'erased'"),
        ),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    reference: str = Field(sa_type=Text, unique=True)
    version: int
    status: str = Field(sa_type=Text)
    training: bool
    stage: int
    opened_at: datetime
    closed_at: datetime | None = None
    state: str = Field(sa_type=Text)
    raiser: str = Field(sa_type=Text)
    outcome: str = _empty()
    minimised: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class CaseMember(SQLModel, table=True):
    """Who is on a case, and as what."""

    __tablename__ = "case_members"
    __table_args__ = (_of_a_case(), Index("ix_case_members_person", "person", "case_id"))
    case_id: str = Field(primary_key=True, sa_type=Text)
    person: str = Field(primary_key=True, sa_type=Text)
    role: str = Field(sa_type=Text)


class DeadlineRow(SQLModel, table=True):
    """A clock of a case. States: live, fired, ended, quarantined.

    `attempts` counts the claims; `claimed_until` is real time. `doubt_since` (real time): it may have fired
    after that, in what a restored backup does not know of.
    """

    __tablename__ = "deadlines"
    __table_args__ = (
        UniqueConstraint("case_id", "key"),
        _of_a_case(),
        Index(
            "ix_deadlines_live",
            "due_at",
            postgresql_where=text("state = 'live'"),
            sqlite_where=text("state = 'live'"),
        ),
        Index(
            "ix_deadlines_ticking",
            "case_id",
            postgresql_where=text("state = 'live'"),
            sqlite_where=text("state = 'live'"),
        ),
        Index(
            "ix_deadlines_quarantined",
            "id",
            postgresql_where=text("state = 'quarantined'"),
            sqlite_where=text("state = 'quarantined'"),
        ),
    )
    id: int = _number()
    case_id: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    due_at: datetime
    state: str = Field(sa_type=Text)
    attempts: int
    claimed_until: datetime | None = None
    fired_at: datetime | None = None
    doubt_since: datetime | None = None


class DeliveryRow(SQLModel, table=True):
    """A message that must arrive. States: ready, sending, uncertain; done, undeliverable, dropped.

    `destination` is the person, or the channel: one send at a time goes there. `free_at` (real time) is when
    the row may be claimed: its next try, or the end of its lease. `token` grows with each claim.
    `doubt_since` (real time) is when a send began whose fate nobody knows. `finished_at` is set with the
    last three states. `tries` counts what the platform put off, `attempts` what may be the message's fault,
    `deaths` how often the worker that had it ended or froze.
    `after_way`: the ways up to this platform are left out ("first": the first one is); `failed` is JSON text:
    the ways that were tried, each with why it did not work. `lane` is the workspace or tenant to which it
    goes, empty until somebody has looked.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "ix_deliveries_free",
            "free_at",
            postgresql_where=text("finished_at IS NULL"),
            sqlite_where=text("finished_at IS NULL"),
        ),
        Index(
            "ix_deliveries_order",
            "destination",
            text("coalesce(case_id, '')"),
            "id",
            postgresql_where=text("finished_at IS NULL"),
            sqlite_where=text("finished_at IS NULL"),
        ),
        Index(
            "ix_deliveries_lane",
            "lane",
            "id",
            postgresql_where=text("finished_at IS NULL"),
            sqlite_where=text("finished_at IS NULL"),
        ),
        Index(
            "ix_deliveries_lost",
            "recipient",
            postgresql_where=text("state = 'undeliverable'"),
            sqlite_where=text("state = 'undeliverable'"),
        ),
        Index(
            "uq_deliveries_in_flight",
            "destination",
            unique=True,
            postgresql_where=text("state = 'sending'"),
            sqlite_where=text("state = 'sending'"),
        ),
        # Of those that are finished alone: SQLite would look for the unfinished ones here, and find them all.
        Index(
            "ix_deliveries_finished",
            "finished_at",
            postgresql_where=text("finished_at IS NOT NULL"),
            sqlite_where=text("finished_at IS NOT NULL"),
        ),
    )
    id: int = _number()
    key: str = Field(sa_type=Text, unique=True)
    case_id: str | None = Field(default=None, sa_type=Text)
    recipient: str = Field(sa_type=Text)
    destination: str = Field(sa_type=Text)
    place: str | None = Field(default=None, sa_type=Text)
    notice: str = Field(sa_type=Text)
    wait_until: datetime | None = None
    created_at: datetime
    state: str = Field(sa_type=Text)
    attempts: int
    tries: int
    token: int
    free_at: datetime
    doubt_since: datetime | None = None
    finished_at: datetime | None = None
    reason: str = Field(sa_type=Text)
    after_way: str = Field(default="", sa_type=Text)
    failed: str = Field(default="[]", sa_type=Text)
    deaths: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    lane: str = _empty()


class DirectoryRow(SQLModel, table=True):
    """A record of the directory: an agency, a team, a person, a post, a lead, the coordinator, an absence.

    `body` is JSON text; `version` the event of the directory's history that told of it last; `gone`: it is
    no more; `place`: where it stands among those of its kind.
    """

    __tablename__ = "directory"
    kind: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(primary_key=True, sa_type=Text)
    body: str = Field(sa_type=Text)
    version: int = Field(index=True)
    gone: bool
    place: int


class BlockRow(SQLModel, table=True):
    """A destination or a platform that asked us to wait until then (real time)."""

    __tablename__ = "blocks"
    name: str = Field(primary_key=True, sa_type=Text)
    until: datetime


class PostedCard(SQLModel, table=True):
    """A card that stands in a chat. States: shown, gone (the platform lost it), ended (not redrawn any more);
    removing (it is to be taken away), left (it can't be: `left_because` says why, in words).

    `kind` is the place's; `notice` says what to draw, `shown_digest` what was drawn last (empty: not known);
    `token` and `free_at` as for a delivery.
    """

    __tablename__ = "posted_cards"
    __table_args__ = (
        UniqueConstraint("platform", "tenant", "conversation", "message_id"),
        Index(
            "ix_posted_cards_stale",
            "free_at",
            postgresql_where=text("wanted_version > shown_version AND state = 'shown'"),
            sqlite_where=text("wanted_version > shown_version AND state = 'shown'"),
        ),
        Index(
            "ix_posted_cards_removing",
            "free_at",
            postgresql_where=text("state = 'removing'"),
            sqlite_where=text("state = 'removing'"),
        ),
        Index("ix_posted_cards_thread", "conversation", "thread"),
        Index("ix_posted_cards_message", "conversation", "message_id"),
        Index(
            "ix_posted_cards_alone",
            "free_at",
            postgresql_where=text("case_id IS NULL"),
            sqlite_where=text("case_id IS NULL"),
        ),
    )
    id: int = _number()
    case_id: str | None = Field(default=None, sa_type=Text, index=True)
    person: str = Field(sa_type=Text)
    destination: str = Field(sa_type=Text)
    platform: str = Field(sa_type=Text)
    tenant: str = Field(sa_type=Text)
    app: str = Field(sa_type=Text)
    conversation: str = Field(sa_type=Text)
    service: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    message_id: str = Field(sa_type=Text)
    thread: str = Field(sa_type=Text)
    notice: str = Field(sa_type=Text)
    wanted_version: int
    shown_version: int
    shown_digest: str = Field(default="", sa_type=Text)
    state: str = Field(sa_type=Text)
    tries: int
    token: int
    free_at: datetime
    left_because: str = _empty()


class StateRow(SQLModel, table=True):
    """What a conversation remembers. `data` is JSON text; `question`: it waits for an answer."""

    __tablename__ = "states"
    person_key: str = Field(primary_key=True, sa_type=Text)
    place_key: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(primary_key=True, sa_type=Text)
    version: int
    data: str = Field(sa_type=Text)
    question: bool
    expires_at: datetime = Field(index=True)


class AccountRow(SQLModel, table=True):
    """A platform's account that says, by a verified e-mail, that it is a person of the directory.

    States: linked; waiting (the person is asked on an account that is linked); refused. `linked_at` is when
    it was linked, or since when it waits. Only for one that is not linked: `asked_at` is when the person was
    asked last, `asked_in` the platform on which, empty where they could not be; `shown_name` and
    `shown_where` are what its platform calls it, and its workspace or tenant.
    """

    __tablename__ = "accounts"
    platform: str = Field(primary_key=True, sa_type=Text)
    tenant: str = Field(primary_key=True, sa_type=Text)
    user: str = Field(primary_key=True, sa_type=Text)
    person: str = Field(sa_type=Text, index=True)
    email: str = Field(sa_type=Text)
    linked_at: datetime
    state: str = Field(default="linked", sa_type=Text, sa_column_kwargs={"server_default": "linked"})
    asked_at: datetime | None = None
    asked_in: str = _empty()
    shown_name: str = _empty()
    shown_where: str = _empty()


class PlaceRow(SQLModel, table=True):
    """A place that the app was seen in. A personal one belongs to `user`, and to `person` once linked."""

    __tablename__ = "places"
    __table_args__ = (
        Index(
            "ix_places_channels",
            "platform",
            postgresql_where=text("kind = 'channel'"),
            sqlite_where=text("kind = 'channel'"),
        ),
    )
    platform: str = Field(primary_key=True, sa_type=Text)
    tenant: str = Field(primary_key=True, sa_type=Text)
    app: str = Field(primary_key=True, sa_type=Text)
    conversation: str = Field(primary_key=True, sa_type=Text)
    service: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    user: str = Field(sa_type=Text)
    person: str = Field(sa_type=Text, index=True)
    gone: bool
    seen_at: datetime


class IncidentRow(SQLModel, table=True):
    """Something that a human was told about and that still stands: told once, not every minute. `told_at` is
    when it was told again. Times are real."""

    __tablename__ = "incidents"
    key: str = Field(primary_key=True, sa_type=Text)
    opened_at: datetime
    told_at: datetime | None = None


class CountRow(SQLModel, table=True):
    """How often something of the coaching was used in a month ("2026-11"), and by how many; never by whom."""

    __tablename__ = "counts"
    month: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(primary_key=True, sa_type=Text)
    times: int
    people: int


class InstallationRow(SQLModel, table=True):
    """The app in one workspace. `token` is sealed, and empty once revoked. `stamp` grows with each change."""

    __tablename__ = "installations"
    platform: str = Field(primary_key=True, sa_type=Text)
    tenant: str = Field(primary_key=True, sa_type=Text)
    enterprise: str = Field(sa_type=Text)
    app: str = Field(sa_type=Text)
    bot: str = Field(sa_type=Text)
    token: str = Field(sa_type=Text)
    scopes: str = Field(sa_type=Text)
    installed_by: str = Field(sa_type=Text)
    installed_at: datetime
    revoked_at: datetime | None = None
    stamp: int


class InstallStateRow(SQLModel, table=True):
    """An installation that was begun: the hash of the state with which it may come back, once, until then."""

    __tablename__ = "install_states"
    hash: str = Field(primary_key=True, sa_type=Text)
    expires_at: datetime = Field(index=True)


class LetterRow(SQLModel, table=True):
    """A letter to somebody who has no chat, or a further card on its page: then `letter` is the letter's id,
    and `key` is empty. `card` is what the page shows now (JSON text). Times are real."""

    __tablename__ = "letters"
    id: str = Field(primary_key=True, sa_type=Text)
    letter: str = Field(sa_type=Text, index=True)
    address: str = Field(sa_type=Text)
    key: str | None = Field(default=None, sa_type=Text, unique=True)
    card: str = Field(sa_type=Text)
    written_at: datetime
    sent_at: datetime | None = None


class LetterLink(SQLModel, table=True):
    """A link to a letter's page, by its digest. States: open, used, dead. `wrong` counts the wrong codes,
    `asked`: somebody asked for it. Times are real."""

    __tablename__ = "letter_links"
    link: str = Field(primary_key=True, sa_type=Text)
    letter: str = Field(sa_type=Text, index=True)
    made_at: datetime
    ends_at: datetime = Field(index=True)
    asked: bool
    state: str = Field(sa_type=Text)
    wrong: int


class LetterCode(SQLModel, table=True):
    """A code for a link, by its digest. Times are real."""

    __tablename__ = "letter_codes"
    id: int = _number()
    link: str = Field(sa_type=Text, index=True)
    letter: str = Field(sa_type=Text, index=True)
    code: str = Field(sa_type=Text)
    made_at: datetime
    ends_at: datetime


class LetterSession(SQLModel, table=True):
    """Somebody who proved with a code that the letter is theirs, by the digest of what their browser holds.
    `ends_at` is real time."""

    __tablename__ = "letter_sessions"
    session: str = Field(primary_key=True, sa_type=Text)
    letter: str = Field(sa_type=Text, index=True)
    link: str = Field(sa_type=Text)
    ends_at: datetime


class DataKeyRow(SQLModel, table=True):
    """The key under which the texts of a scope are sealed, itself sealed: see `keyring`. `wrapped` is empty
    once it was erased; `by` names the key that wraps it. Times are real."""

    __tablename__ = "data_keys"
    scope: str = Field(primary_key=True, sa_type=Text)
    wrapped: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text, index=True)
    made_at: datetime
    erased_at: datetime | None = None


# What is read is made without its constructor, which would do this at its first use.
configure_mappers()
