"""What the desk is given, and what comes of an act."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.chat.card import Card
from bot.chat.turn import Account, Person, Reply, Turn
from bot.desk.keeping import Staying
from bot.desk.linking import Claim
from bot.desk.numbers import NumberState
from bot.desk.view import CaseView
from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case
from bot.escalation.decide import Refusal
from bot.escalation.policy import Policy
from bot.people.directory import Directory
from bot.people.register import Register

if TYPE_CHECKING:
    from bot.desk.desk import Desk


class NotOnCase(Exception):
    """The person is not on the case (or there is no such case: nobody learns which)."""


@dataclass(frozen=True, slots=True)
class House:
    """What the service was started with: the register of people, the policy of new cases, and who draws its
    cards.

    `alarm(what, detail, told_as, whose)` draws what the coordinator is told (`told_as` is "still" where they
    were told before, "instead" for whoever is told in their place; `whose` matter it is, a name or an
    address), `numbers` the urgent numbers to be rung;
    `follow_up(about, person, desk)` asks how it went; `topic(id, desk)` shows a topic of advice to many;
    `link_ask(claim, desk)` asks a person whether an account is theirs, `link_alarm(claim, why, desk)` tells
    the coordinator why one waits ("unreachable", "refused"), `link_done(account, desk)` tells it that it
    counts, `link_told(account, desk)` tells the person's other accounts that the coordinator linked it;
    `still_right(person, desk)` asks whether their entry is still right, `returned(person, since, desk)` shows
    what came while they were away, `mend(person, failed, desk)` asks the coordinator to see to an entry and
    `mended(person, desk)` says that messages arrive again; None where there is nothing to show.
    `staying(reference, erased, cards, desk)` says what of a case's cards could not be taken away.
    `marked(card, mark)` says on a card why it comes again; `failed()` says that a mistake of ours stopped an
    act, `refused` why one had no effect, `sent_before(texts)` that a form was saved with other words than
    these, `too_many(seconds, texts)` that it was too much in a minute, `left(reference, why)` that somebody
    is not on a case any more; `commands` are the typed commands with what they do; `platforms` are all that
    there are: whoever can't be reached on the one that they prefer is looked for on the others, by the same
    verified e-mail.
    """

    register: Register
    policy: Policy
    draw: Callable[[CaseView], Card]
    alarm: Callable[[str, str, str, str], Card]
    numbers: "Callable[[tuple[NumberState, ...], Desk, bool], Card]"
    follow_up: "Callable[[str, Person, Desk], Card]"
    topic: "Callable[[str, Desk], Card]"
    still_right: "Callable[[str, Desk], Card | None]"
    returned: "Callable[[str, datetime, Desk], Awaitable[Card | None]]"
    mend: "Callable[[str, tuple[e.Failed, ...], Desk], Card]"
    mended: "Callable[[str, Desk], Card]"
    staying: "Callable[[str, bool, Sequence[Staying], Desk], Card]"
    marked: Callable[[Card, str], Card]
    link_ask: "Callable[[Claim, Desk], Card]"
    link_alarm: "Callable[[Claim, str, Desk], Card]"
    link_done: "Callable[[Account, Desk], Card]"
    link_told: "Callable[[Account, Desk], Card]"
    failed: Callable[[], Card]
    sent_before: Callable[[Sequence[str]], Card]
    too_many: Callable[[int, Sequence[str]], Card]
    left: Callable[[str, str], Card]
    refused: "Callable[[Turn, Desk, Refusal | NotOnCase], Awaitable[Reply]]"
    commands: tuple[tuple[str, str], ...]
    platforms: tuple[str, ...]

    @property
    def directory(self) -> Directory:
        """As it is now."""
        return self.register.directory


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of a command: the case as it is now, and the events (none where it was already so)."""

    case: Case
    events: tuple[e.Event, ...]


@dataclass(frozen=True, slots=True)
class Filing:
    """What an escalation is filed with. `decided_by` is the person who decided, empty where the raiser named
    nobody; `unbacked`: the raiser's own manager does not stand behind it."""

    receiving_agency: str
    concern: e.Concern
    involved: frozenset[str] = frozenset()
    priority: str = ""
    urgent: bool = False
    decided_by: str = ""
    unbacked: bool = False
    entry: c.Entry = c.NO_ENTRY
