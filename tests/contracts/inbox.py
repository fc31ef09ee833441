"""An inbox that a test scripts: what the adapters hand over, and what they are told to show."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.chat.form import Option
from bot.chat.phrases import Phrases
from bot.chat.port import NotSaved, Warned
from bot.chat.turn import Account, Act, Incoming, Invalid, Message, Replies, Reply

PHRASES = Phrases(
    open_form="Open the form",
    form_ready="The form is ready.",
    one_moment_title="One moment",
    one_moment="Getting this ready.",
    not_saved_title="Not saved",
    not_saved="Nothing was saved. Your words are still here.",
    too_many="Too much. Your words are still here. Again in {seconds} seconds.",
    try_again="Please try again in a minute.",
    shortened="… (shortened)",
    answered_privately="I have answered you in our private chat.",
    privately_unreachable="I could not reach you in private.",
    yes="Yes",
    no="No",
    choose="Choose one",
    find_person="Type part of a name",
    not_looked_up="I could not look. Type again.",
    required="required",
    date="date",
    time="time",
    see_below="The answer is below.",
    not_shown="Nothing is lost, but I could not show you the answer.",
    close="Close",
    cancel="Cancel",
)

Answer = Reply | Replies | None


@dataclass(slots=True)
class ScriptedInbox:
    """Answers each act with `answers`, once per key, and the same again for the same key; a refused form
    had no effect, and may come again.

    `down`: nothing can be saved. `gate`: while closed, an act waits, as with a stalled database.
    """

    answers: Callable[[Act], Answer] = lambda act: None
    down: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[Incoming] = field(default_factory=list)
    deliveries: list[str] = field(default_factory=list)
    kept: dict[str, Replies] = field(default_factory=dict)
    tracked: list[tuple[str, Account, Message]] = field(default_factory=list)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[tuple[Warned, Account | None, str]] = field(default_factory=list)
    searches: list[tuple[str, str]] = field(default_factory=list)
    people: Sequence[Option] = ()

    def __post_init__(self) -> None:
        self.gate.set()

    async def receive(self, incoming: Incoming) -> Replies:
        self.deliveries.append(incoming.key)
        await self.gate.wait()
        if self.down:
            raise NotSaved
        if incoming.key not in self.kept:
            self.heard.append(incoming)
            answer = self.answers(incoming.act)
            replies = answer if isinstance(answer, tuple) else (answer,) if answer else ()
            if any(isinstance(reply, Invalid) for reply in replies):
                return replies
            self.kept[incoming.key] = replies
        return self.kept[incoming.key]

    async def posted(self, tracked: str, account: Account, message: Message) -> None:
        self.tracked.append((tracked, account, message))

    async def search(self, account: Account, scope: str, words: str) -> tuple[Option, ...]:
        self.searches.append((scope, words))
        return tuple(person for person in self.people if words.casefold() in person.label.casefold())

    def refused(self, platform: str, reason: str) -> None:
        self.refusals.append((platform, reason))

    async def warn(self, platform: str, what: Warned, account: Account | None = None, link: str = "") -> None:
        if self.down:
            raise NotSaved
        self.warnings.append((what, account, link))

    @property
    def last(self) -> Incoming:
        return self.heard[-1]
