"""The auditor: compares what people were told with what the database says and what the platforms hold.

Nothing of the service's own watchdog is used: what should have happened is worked out anew from the events.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from bot.escalation.notices import Notice
from bot.store.tables import DeliveryRow, PostedCard
from bot.store.work import StoredEvent
from tests.chaos.books import Books, Story
from tests.chaos.held import Held
from tests.chaos.ledger import Deed, Ledger

Wrong = Literal["lost event", "lost notice", "stuck case", "late clock", "second effect", "repeated message"]
KINDS: tuple[Wrong, ...] = (
    "lost event", "lost notice", "stuck case", "late clock", "second effect", "repeated message",
)  # fmt: skip
LATE = 5.0
"""Seconds after which a clock that ran out is late, while the service was there."""
_REFERENCE = re.compile(r"BR-[2-9A-Z]{5}")
_ONCE = ("acknowledged", "case_raised", "closed", "withdrawn", "clock_ran_out", "tried_next_way")
"""Events that come at most once for what `_of_what` says."""


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Wrong
    words: str


@dataclass(slots=True)
class Audit:
    """`found` is what is wrong; the rest are figures for the report."""

    found: list[Finding] = field(default_factory=list)
    told: int = 0
    events: int = 0
    notices: int = 0
    fired: int = 0
    latest: float = 0.0
    repeated: Counter[str] = field(default_factory=Counter)
    twice: Counter[str] = field(default_factory=Counter)
    context: list[str] = field(default_factory=list)

    def wrong(self, kind: Wrong, words: str) -> None:
        self.found.append(Finding(kind, words))


def audit(books: Books, messages: list[Held], ledger: Ledger, *, reads: bool = True) -> Audit:
    """All of it: `messages` are those that the platforms hold. `reads`: Slack let the service look."""
    done = Audit()
    _told(done, books, ledger)
    _shown(done, books, messages, ledger)
    _once(done, books, ledger)
    _stuck(done, books)
    _clocks(done, books, ledger)
    _arrived(done, books, messages)
    _repeated(done, books, messages, ledger, reads=reads)
    return done


# --- lost events


def _told(done: Audit, books: Books, ledger: Ledger) -> None:
    """Whatever somebody was told is done stands in a history, once."""
    for deed in ledger.deeds:
        there = [event for story in books.stories.values() for event in _caused(deed, story)]
        done.told += deed.told
        if deed.told and not there:
            done.wrong(
                "lost event", f"{deed.who} was told that it is done, and no event says it: {_of(deed)}"
            )
            done.context.append(_context(deed, books))
        if len(there) > 1:
            done.wrong("second effect", f"{len(there)} events come from one act: {_of(deed)}")


_ALSO = {"acknowledged": ("answered",)}
"""Who has answered has acknowledged by that."""
_ANYBODY = ("child_identified", "talk_confirmed")
"""Said once for a side: whoever says it again is told that it is so."""


def _caused(deed: Deed, story: Story) -> Iterable[StoredEvent]:
    if deed.case and deed.case != story.id:
        return
    for event in story.events:
        own = event.actor == deed.who or deed.kind in _ANYBODY
        if not own or event.kind not in (deed.kind, *_ALSO.get(deed.kind, ())):
            continue
        # What bears no words of the person's own is told apart by its case, and counted in `_once`.
        if deed.mark in json.dumps(event.body) if deed.mark else True:
            yield event
            if not deed.mark:
                return


def _context(deed: Deed, books: Books) -> str:
    """What there is instead, for whoever looks into it."""
    story = books.stories.get(deed.case)
    kinds = [f"{event.kind} by {event.actor or 'a clock'}" for event in story.events] if story else []
    return f"{_of(deed)}: told “{deed.words[:200]}”; {', '.join(kinds)}"


def _of(deed: Deed) -> str:
    return f"{deed.kind} {deed.reference or deed.case or ''} {deed.mark}".strip()


def _shown(done: Audit, books: Books, messages: list[Held], ledger: Ledger) -> None:
    """No case is shown to anybody that there is not, and nobody is said to have done what they did not."""
    known = {row.reference: row.id for row in books.cases.values()}
    seen = {(name, line.person) for line in ledger.shown for name in _REFERENCE.findall(line.what)}
    seen |= {(name, message.person) for message in messages for name in _REFERENCE.findall(message.words)}
    for reference, person in sorted(seen):
        if reference not in known:
            done.wrong("lost event", f"{person} was shown {reference}, and there is no such case")
    for card in books.cards:
        show = json.loads(card.notice)
        story = books.stories.get(card.case_id or "")
        if card.case_id and story is None:
            done.wrong("lost event", f"a card of {card.person} shows a case without events: {card.case_id}")
        elif story is not None and show.get("sequence", 0) > len(story.events):
            number = show["sequence"]
            name = books.reference(story.id)
            done.wrong("lost event", f"{card.person} was told of event {number} of {name}: there is none")
    for wrong in books.wrong:
        done.wrong("lost event", f"a history does not add up: {wrong}")
    for story in books.stories.values():
        row = books.cases.get(story.id)
        if row is None:
            done.wrong("lost event", f"case {story.id} has events and no row")
        elif story.case is None or story.case.model_dump_json() != row.state:
            done.wrong("lost event", f"{row.reference} is not what its events make of it")
    for row in books.cases.values():
        if row.id not in books.stories:
            done.wrong("lost event", f"{row.reference} has a row and no events")
    done.events = sum(len(story.events) for story in books.stories.values())


# --- second effects


def _once(done: Audit, books: Books, ledger: Ledger) -> None:
    """One form files one case, one press acknowledges once, a clock runs out once."""
    raised = Counter(
        str(event.body["concern"]["child_reference"])
        for story in books.stories.values()
        for event in story.events
        if event.kind == "case_raised"
    )
    for reference, times in raised.items():
        if times > 1:
            done.wrong("second effect", f"{times} cases were filed from one form, about {reference}")
    for story in books.stories.values():
        stage, seen = 0, Counter[tuple[object, ...]]()
        for event in story.events:
            stage = int(event.body["stage"]) if event.kind == "stage_entered" else stage
            if event.kind in _ONCE:
                seen[event.kind, *_of_what(event, stage)] += 1
        for (kind, *what), times in seen.items():
            if times > 1:
                name = books.reference(story.id)
                done.wrong("second effect", f"{kind} stands {times} times in {name}, for {what}")
        fired = Counter(row.key for row in books.deadlines if row.case_id == story.id)
        for key, times in fired.items():
            if times > 1:
                done.wrong("second effect", f"{books.reference(story.id)} has the clock {key} {times} times")


def _of_what(event: StoredEvent, stage: int) -> tuple[object, ...]:
    match event.kind:
        case "acknowledged":
            return (stage, event.body["side"])
        case "clock_ran_out" | "tried_next_way":
            return (event.body["clock"],)
        case _:
            return ()


# --- clocks and cases that stand still


def _stuck(done: Audit, books: Books) -> None:
    for reference in books.without_clock:
        done.wrong("stuck case", f"{reference} is open, and no clock of it runs")
    for row in books.deliveries:
        if row.finished_at is None:
            name = books.reference(row.case_id or "")
            done.wrong("stuck case", f"message {row.id} of {name} to {row.recipient} is still {row.state}")
    for card in books.cards:
        if card.state == "shown" and card.wanted_version > card.shown_version:
            name = books.reference(card.case_id or "")
            done.wrong("stuck case", f"a card of {name} for {card.person} still shows an old version")
    for clock in books.deadlines:
        overdue = clock.state == "live" and clock.due_at.timestamp() < books.now - LATE
        if overdue or clock.state == "quarantined":
            state = "did not fire" if overdue else "was put aside"
            done.wrong("stuck case", f"the clock {clock.key} of {books.reference(clock.case_id)} {state}")


def _clocks(done: Audit, books: Books, ledger: Ledger) -> None:
    for clock in books.deadlines:
        if clock.state != "fired" or clock.fired_at is None:
            continue
        done.fired += 1
        late = ledger.late(clock.due_at.timestamp(), clock.fired_at.timestamp())
        done.latest = max(done.latest, late)
        if late > LATE:
            name = books.reference(clock.case_id)
            done.wrong("late clock", f"the clock {clock.key} of {name} fired {late:.1f} s late")


# --- notices


def _arrived(done: Audit, books: Books, messages: list[Held]) -> None:
    """Each message that the events cause was sent, and stands with the person that it is for."""
    by_key = {row.key: row for row in books.deliveries}
    cards = defaultdict[tuple[str, str, int, str], list[PostedCard]](list)
    for card in books.cards:
        show = json.loads(card.notice)
        cards[card.case_id or "", str(show["kind"]), int(show.get("sequence", 0)), card.person].append(card)
    stand = {(one.platform, one.conversation, one.id): one for one in messages}
    for story in books.stories.values():
        for notice in story.owed:
            done.notices += 1
            problem = _missing(notice, by_key, story, cards, stand)
            if problem:
                name = books.reference(story.id)
                what = f"“{notice.kind}” (event {notice.sequence}) of {name} to {notice.recipient}"
                done.wrong("lost notice", f"{what} {problem}")
    owed = {_key(story, notice) for story in books.stories.values() for notice in story.owed}
    for row in books.deliveries:
        if row.case_id and row.key not in owed and ":instead:" not in row.key:
            done.wrong("lost event", f"{row.recipient} is told by message {row.id} what no event says")
        if row.state == "undeliverable":
            done.wrong("lost notice", f"message {row.id} to {row.recipient} was given up: {row.reason}")


def _key(story: Story, notice: Notice) -> str:
    return f"{story.id}:{notice.sequence}:{notice.kind}:{notice.recipient}"


def _missing(
    notice: Notice,
    by_key: dict[str, DeliveryRow],
    story: Story,
    cards: dict[tuple[str, str, int, str], list[PostedCard]],
    stand: dict[tuple[str, str, str], Held],
) -> str:
    row = by_key.get(_key(story, notice))
    if row is None:
        return "was never given out to be sent"
    if row.state != "done":
        return f"is {row.state}"
    posted = cards[story.id, notice.kind, notice.sequence, notice.recipient]
    if not posted:
        return "was sent, and no card is known"
    there = [stand.get((card.platform, card.conversation, card.message_id)) for card in posted]
    if not any(message is not None and message.person == notice.recipient for message in there):
        return "is said to be sent, and the platform has it not"
    return ""


# --- what came twice


def _repeated(done: Audit, books: Books, messages: list[Held], ledger: Ledger, *, reads: bool) -> None:
    """A message comes twice only where it was being sent at a kill, and then it says so; in Slack it does not
    come twice at all where the service may look."""
    known = {(card.platform, card.conversation, card.message_id): card for card in books.cards}
    rows = {(row.case_id, row.recipient, _plain(row.notice)): row for row in books.deliveries}
    keys = {row.key for row in books.deliveries}
    strangers = defaultdict[tuple[str, str], list[Held]](list)
    for message in messages:
        if message.key and message.key not in keys:
            what = _head(message)
            done.wrong("lost event", f"{message.person} has a message that nobody was to send: {what}")
        if (message.platform, message.conversation, message.id) not in known:
            strangers[message.platform, message.conversation].append(message)
    # Those that say that they came before first: an earlier copy is theirs, even where another message (a
    # reminder) had the same words.
    for message in sorted(messages, key=lambda one: (not one.marked, one.platform, one.conversation, one.id)):
        card = known.get((message.platform, message.conversation, message.id))
        row = rows.get((card.case_id, card.person, _plain(card.notice))) if card else None
        if row is None:
            # An answer to what somebody did: it is no message that must arrive.
            continue
        # The copy that is known is the last one, and each of the others is a copy of one message only.
        around = strangers[message.platform, message.conversation]
        others = [one for one in around if _same(message, one) and one.id < message.id] or [
            one for one in around if _same(message, one) and not message.marked
        ]
        for one in others:
            around.remove(one)
        again = int(message.marked) + sum(other.marked for other in others)
        done.repeated[message.platform] += again
        done.twice[message.platform] += len(others)
        what = f"message {row.id} to {row.recipient} ({_head(message)})"
        if len(others) > again:
            copies = ", ".join(one.id for one in (*others, message))
            done.wrong(
                "repeated message",
                f"{what} came {len(others) + 1} times, {again} of them say so ({message.platform}: {copies})",
            )
        most = ledger.kills_at(row.id)
        if again > most:
            done.wrong("repeated message", f"{what} was sent again {again} times, in flight at {most} kills")
        if reads and again and message.platform == "slack":
            done.wrong("repeated message", f"{what} was sent again where it could have been looked for")


def _same(known: Held, other: Held) -> bool:
    """Whether it is another copy. Slack keeps the key. In Teams it looks the same; one that says that it may
    have come before may have been drawn later, so that only its title tells."""
    if known.key or other.key:
        return known.key == other.key
    if known.marked or other.marked:
        return _head(known) == _head(other) and _named(known) == _named(other)
    return known.first == other.first


def _head(message: Held) -> str:
    return message.first.partition("\n")[0]


def _named(message: Held) -> set[str]:
    return set(_REFERENCE.findall(message.first))


def _plain(notice: str) -> str:
    """The notice without the word on why it comes."""
    show = json.loads(notice)
    return json.dumps({name: value for name, value in show.items() if name != "mark"}, sort_keys=True)
