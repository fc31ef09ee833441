"""The router: which conversation a turn belongs to.

What a typed text means, in this order: danger, command, the pending question, the thread's case, advice.
"""

import difflib
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from bot.chat.action import Action, Payload
from bot.chat.memory import Memory, Question
from bot.chat.turn import (
    Act,
    Commanded,
    HomeOpened,
    Installed,
    Pressed,
    Replies,
    Reply,
    Said,
    Submitted,
    Turn,
)

D = TypeVar("D", bound=Memory)
D_contra = TypeVar("D_contra", bound=Memory, contravariant=True)
A = TypeVar("A", bound=Action)
Q = TypeVar("Q", bound=Question)
Answered = Reply | Replies | None

Handler = Callable[[Turn, D], Awaitable[Answered]]


@dataclass(frozen=True, slots=True)
class Command(Generic[D]):
    """`words`: the names by which it is called, the first is shown in help. `exact`: it counts only when
    it is the whole message, so that "acknowledge" inside a sentence acknowledges nothing. `shows`: it only
    shows something, as a rule, and changes nothing. `always`: it is answered however much came before."""

    words: tuple[str, ...]
    summary: str
    handle: Handler[D]
    exact: bool
    shows: bool
    always: bool = False


class Flow(Generic[D]):
    """A conversation: its commands, buttons, forms and questions, collected by decorators.

    A handler gets the turn and the desk (and the typed action, question or words) and returns a reply,
    a tuple of replies, or None for silence.

    `shows`: the handler only shows something, as a rule. It is then tried without writing; where it does
    change something, all of it is done again in a transaction that writes. It is a promise about time alone.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.commands: list[Command[D]] = []
        self.buttons: dict[str, Callable[[Turn, D, Payload], Awaitable[Answered]]] = {}
        self.showing: set[str] = set()
        self.always: set[str] = set()
        self.questions: dict[str, Callable[[Turn, D, Question, str], Awaitable[Answered]]] = {}
        self.question_kinds: dict[str, type[Question]] = {}

    def command(
        self,
        *words: str,
        summary: str = "",
        exact: bool = False,
        shows: bool = False,
        always: bool = False,
    ) -> Callable[[Handler[D]], Handler[D]]:
        """The handler of a typed command; what follows the command is `argument(turn, ...)`."""

        def register(handle: Handler[D]) -> Handler[D]:
            self.commands.append(Command(words, summary, handle, exact, shows, always))
            return handle

        return register

    def on(
        self, action: type[A], *, shows: bool = False, always: bool = False
    ) -> Callable[[Callable[[Turn, D, A], Awaitable[Answered]]], Callable[[Turn, D, A], Awaitable[Answered]]]:
        """The handler of a press of a button, or of a submitted form, with this action."""

        def register(
            handle: Callable[[Turn, D, A], Awaitable[Answered]],
        ) -> Callable[[Turn, D, A], Awaitable[Answered]]:
            async def parsed(turn: Turn, desk: D, payload: Payload) -> Answered:
                typed = action.parse(payload)
                if typed is None:
                    raise OutdatedButton(payload.name)
                return await handle(turn, desk, typed)

            if action.name in self.buttons:
                raise ValueError(f"flow {self.name}: action {action.name} has two handlers")
            self.buttons[action.name] = parsed
            if shows:
                self.showing.add(action.name)
            if always:
                self.always.add(action.name)
            return handle

        return register

    def question(
        self, kind: type[Q]
    ) -> Callable[
        [Callable[[Turn, D, Q, str], Awaitable[Answered]]], Callable[[Turn, D, Q, str], Awaitable[Answered]]
    ]:
        """The handler of a typed answer to a pending question."""

        def register(
            handle: Callable[[Turn, D, Q, str], Awaitable[Answered]],
        ) -> Callable[[Turn, D, Q, str], Awaitable[Answered]]:
            async def typed(turn: Turn, desk: D, question: Question, text: str) -> Answered:
                assert isinstance(question, kind)
                return await handle(turn, desk, question, text)

            self.questions[kind.name] = typed
            self.question_kinds[kind.name] = kind
            return handle

        return register


class OutdatedButton(Exception):
    """A button of a newer release, or one whose payload fits nothing: the person is told kindly."""


class Fallbacks(Protocol[D_contra]):
    """What the router does where no command, button or question fits. Implemented by the flows."""

    async def listen(self, parts: Sequence[str], *, advising: bool) -> None:
        """Understand these words, each of the parts written in one piece, before they are asked about.
        `advising`: they may be words to be advised on."""

    def in_danger(self, text: str) -> bool:
        """Whether the words say that a child or anybody is at risk now."""

    async def danger(self, turn: Turn, desk: D_contra, text: str) -> Answered:
        """Urgent contacts, first of all, for anybody, known or not."""

    async def stranger(self, turn: Turn, desk: D_contra, urgent: bool) -> Answered:
        """Somebody who is not in the directory, or not known for sure: a private, kind explanation. `urgent`:
        they are shown the urgent contacts already."""

    async def thread(self, turn: Turn, desk: D_contra, text: str) -> Answered:
        """Words in the thread of a case; None where the place is no case's thread."""

    async def advice(self, turn: Turn, desk: D_contra, text: str) -> Answered:
        """Anything else that was typed to the bot."""

    async def unknown_command(
        self, turn: Turn, desk: D_contra, text: str, nearest: Sequence[str]
    ) -> Answered:
        """A word or two that look like a command and are none: the nearest ones."""

    async def outdated(self, turn: Turn, desk: D_contra) -> Answered:
        """A button that this release can't read."""

    async def home(self, turn: Turn, desk: D_contra) -> Answered:
        """The home surface, or the greeting after an installation."""


class Router(Generic[D]):
    """Dispatches a turn to the flows."""

    def __init__(self, flows: Iterable[Flow[D]], fallbacks: Fallbacks[D]) -> None:
        self._fallbacks = fallbacks
        self._commands: dict[str, Command[D]] = {}
        self._buttons: dict[str, Callable[[Turn, D, Payload], Awaitable[Answered]]] = {}
        self._showing: set[str] = set()
        self._always: set[str] = set()
        self._questions: dict[str, Callable[[Turn, D, Question, str], Awaitable[Answered]]] = {}
        self._question_kinds: dict[str, type[Question]] = {}
        for flow in flows:
            for command in flow.commands:
                for word in command.words:
                    self._claim(self._commands, word, command, flow.name)
            for name, handle in flow.buttons.items():
                self._claim(self._buttons, name, handle, flow.name)
            for name, answer in flow.questions.items():
                self._claim(self._questions, name, answer, flow.name)
            self._showing |= flow.showing
            self._always |= flow.always
            self._question_kinds.update(flow.question_kinds)
        self._longest = sorted(self._commands, key=len, reverse=True)

    @staticmethod
    def _claim(table: dict[str, object] | dict, key: str, value: object, flow: str) -> None:  # type: ignore[type-arg]
        if key in table:
            raise ValueError(f"flow {flow}: {key!r} is already taken")
        table[key] = value

    def summaries(self) -> tuple[tuple[str, str], ...]:
        """Command and what it does, for help, in the order of registration."""
        return tuple(
            (word, command.summary)
            for word, command in self._commands.items()
            if word == command.words[0] and command.summary
        )

    def shows(self, act: Act) -> bool:
        """Whether this act only shows something, as a rule: it can be tried without writing."""
        match act:
            case Pressed(payload):
                return payload.name in self._showing
            case HomeOpened():
                return True
            case Said(text, True) | Commanded(text):
                command = self._command(text) if text.strip() else None
                return command.shows if command is not None else not text.strip()
            case _:
                return False

    def is_urgent(self, act: Act) -> bool:
        """Whether this act is answered however much came before: it tells of danger, or asks for the urgent
        contacts."""
        match act:
            case Pressed(payload):
                return payload.name in self._always
            case Said(text) | Commanded(text) if self._is_command(act):
                return self._commands[_normal(text)].always
            case _:
                return any(map(self._fallbacks.in_danger, texts_of(act)))

    async def listen(self, act: Act) -> None:
        """Understand what was typed, before the turn begins: it takes its time."""
        parts = texts_of(act)
        if parts and not self._is_command(act):
            await self._fallbacks.listen(parts, advising=isinstance(act, Said | Commanded))

    async def route(self, turn: Turn, desk: D) -> Replies:
        """The replies to this turn. The desk's effects are not committed here."""
        try:
            answered = await self._dispatch(turn, desk)
        except OutdatedButton:
            answered = await self._fallbacks.outdated(turn, desk)
        if answered is None:
            return ()
        return answered if isinstance(answered, tuple) else (answered,)

    async def _dispatch(self, turn: Turn, desk: D) -> Answered:
        text = typed(turn.act)
        urgent: Answered = None
        if not self._is_command(turn.act) and any(map(self._fallbacks.in_danger, texts_of(turn.act))):
            urgent = await self._fallbacks.danger(turn, desk, text)
        return _together(urgent, await self._known(turn, desk, text, urgent is not None))

    def _is_command(self, act: Act) -> bool:
        """Whether the whole message is the name of a command: it tells of nothing, so of no danger."""
        return isinstance(act, Said | Commanded) and _normal(act.text) in self._commands

    async def _known(self, turn: Turn, desk: D, text: str, urgent: bool) -> Answered:
        if turn.person is None:
            overheard = isinstance(turn.act, Said) and not turn.act.addressed
            if overheard or isinstance(turn.act, Installed):
                return None
            return await self._fallbacks.stranger(turn, desk, urgent)
        match turn.act:
            case Pressed(payload) | Submitted(payload):
                handle = self._buttons.get(payload.name)
                if handle is None:
                    raise OutdatedButton(payload.name)
                return await handle(turn, desk, payload)
            case HomeOpened() | Installed():
                return await self._fallbacks.home(turn, desk)
            case Said() | Commanded():
                return await self._words(turn, desk, text, urgent)
            case _:
                return None

    async def _words(self, turn: Turn, desk: D, text: str, urgent: bool) -> Answered:
        if not text:
            return await self._fallbacks.home(turn, desk)
        question = await self._pending(turn, desk)
        dictated = question is not None and question.dictated
        command = self._commands.get(_normal(text)) if dictated else self._command(text)
        if command is not None:
            if dictated:
                await desk.wait_no_more(turn)
            return await command.handle(turn, desk)
        if question is not None:
            return await self._questions[question.name](turn, desk, question, text)
        answered = await self._fallbacks.thread(turn, desk, text)
        if answered is not None:
            return answered
        if urgent or (isinstance(turn.act, Said) and not turn.act.addressed):
            return None
        nearest = self._nearest(text)
        if nearest:
            return await self._fallbacks.unknown_command(turn, desk, text, nearest)
        return await self._fallbacks.advice(turn, desk, text)

    async def _pending(self, turn: Turn, desk: D) -> Question | None:
        """The question that waits for an answer here, if this release can read it."""
        pending = await desk.pending(turn)
        if pending is None:
            return None
        name, version, data = pending
        kind = self._question_kinds.get(name)
        return kind.restore(version, data) if kind else None

    def _command(self, text: str) -> Command[D] | None:
        words = _normal(text)
        exact = self._commands.get(words)
        if exact is not None:
            return exact
        for word in self._longest:
            if words.startswith(f"{word} ") and not self._commands[word].exact:
                return self._commands[word]
        return None

    def _nearest(self, text: str) -> Sequence[str]:
        words = _normal(text)
        if len(words.split()) > 2:
            return ()
        return difflib.get_close_matches(
            words, [c.words[0] for c in self._commands.values()], n=3, cutoff=0.72
        )


def _together(first: Answered, then: Answered) -> Answered:
    """Danger comes first and interrupts, but what was typed or sent is still taken: words are never lost."""
    if first is None or then is None:
        return then if first is None else first
    return (
        *(first if isinstance(first, tuple) else (first,)),
        *(then if isinstance(then, tuple) else (then,)),
    )


def typed(act: Act) -> str:
    """The words of the act, if it has any: typed, commanded, or in any text of a submitted form."""
    return "\n".join(texts_of(act))


def texts_of(act: Act) -> tuple[str, ...]:
    """What was written in one piece: the message, or each text of the form."""
    match act:
        case Said(text) | Commanded(text):
            whole = text.strip()
            return (whole,) if whole else ()
        case Submitted(values=values):
            # What is chosen from a list may be a bare number, and says nothing.
            said = (value for value in values.values() if isinstance(value, str))
            return tuple(value for value in said if any(sign.isalpha() for sign in value))
        case _:
            return ()


def argument(turn: Turn, *words: str) -> str:
    """What was typed after the command (any of `words`); all of the text where none of them leads it."""
    text = typed(turn.act)
    for word in sorted(words, key=len, reverse=True):
        if _normal(text) == word:
            return ""
        pattern = r"\s*/?" + r"\s+".join(map(re.escape, word.split())) + r"[\s:,.!-]+"
        match = re.match(pattern, text, flags=re.IGNORECASE)
        if match:
            return text[match.end() :].strip()
    return text


def _normal(text: str) -> str:
    return " ".join(text.lower().strip().strip(".!?,;:/").split())
