"""The test language: what a person does and sees, in the same words on every platform.

    jo, helen = world.person("jo"), world.person("helen")
    await jo.says("raise")                            # to the bot, in private ("/braver raise" works too)
    await jo.mentions("raise", channel="duty-team")
    await jo.presses("Acknowledge")                   # the newest visible button of this label
    await jo.submits({"What is the risk?": "…", "Who decided?": "Marek", "Have you spoken?": True})
    card = await helen.expects("has seen this")       # waits for it, at most `patience` seconds
    await helen.replies(card, "ack")                  # under that message, in its thread
    jo.sees("…"), jo.buttons(), jo.form(), jo.screen()

Every act returns when the platform had the service's answer; what the service sends by itself is waited
for with `expects` or `expects_new`. What can't be done raises AssertionError, saying what is on the screen.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from typing import TypeVar

from playground.feed import PATIENCE, Feed
from playground.screen import Button, Choice, Client, Field, Filled, OpenForm, Screen, Seen

Given = str | bool | Sequence[str] | date | time | datetime | None
"""A value for a field: text or an option's label, yes/no, labels, a date, a time, a naive wall time."""
T = TypeVar("T")
_SPACE = re.compile(r"\s+")


class Actor:
    """One person of the world."""

    def __init__(self, id: str, client: Client, feed: Feed) -> None:
        self.id = id
        self.client = client
        self._feed = feed
        self._mark = 0
        self.patience = PATIENCE

    @property
    def name(self) -> str:
        return self.client.name

    @property
    def platform(self) -> str:
        return self.client.platform

    # --- does

    async def says(self, text: str) -> Seen:
        """Type to the bot in private."""
        self._mark = self._feed.revision
        return await self.client.say(text)

    async def mentions(self, text: str, channel: str, thread: str = "") -> Seen:
        """Type in a channel (by name), with the bot mentioned."""
        self._mark = self._feed.revision
        return await self.client.mention(text, channel, thread)

    async def replies(self, to: Seen | str, text: str, *, mention: bool = False) -> Seen:
        """Type under a message, given as seen or by words that stand in it (the newest such)."""
        message = self.message(to) if isinstance(to, str) else to
        self._mark = self._feed.revision
        return await self.client.reply(message, text, mention)

    async def presses(self, label: str, on: Seen | str | None = None) -> None:
        """Press the newest visible button with this label, waited for where it is not there yet.

        `on` narrows it to one message, given as seen or by words in it.
        """
        where, button = await self._soon(lambda: self._button(label, on))
        self._mark = self._feed.revision
        await self.client.press(button, where)

    async def submits(self, values: Mapping[str, Given] | None = None, button: str = "") -> None:
        """Fill the open form by label or field id, leave the other fields as they are, and send it.

        A form on its way is waited for. `button` names one of several that send it.
        """
        form = await self._soon(lambda: self._form_with(values or {}))
        filled = await self._filled(form, values or {})
        chosen = self._labelled(form.drawing.buttons, button, "the form") if button else None
        self._mark = self._feed.revision
        await self.client.submit(form, filled, chosen)

    async def dismisses(self) -> None:
        """Close the open form without sending it."""
        await self.client.dismiss()

    async def visits_home(self) -> None:
        """Open the app's home."""
        self._mark = self._feed.revision
        await self.client.visit_home()

    # --- sees

    def sees(self, words: str) -> bool:
        """Do these words stand on the screen now, other than in what this person typed?"""
        return self._find(words, 0) is not None

    async def expects(self, words: str) -> Seen:
        """The newest message, form or home view with these words, waited for where it is not there yet."""
        return await self._until(words, 0)

    async def expects_new(self, words: str) -> Seen:
        """The same, but only what has appeared or was redrawn since this person last did something."""
        return await self._until(words, self._mark)

    def message(self, words: str) -> Seen:
        """The newest visible message with these words, this person's own ones too."""
        for message in reversed(_placed(self.messages())):
            if _plain(words) in _plain(message.words):
                return message
        raise AssertionError(f"{self.name} sees no {words!r}:\n{self.screen()}")

    def messages(self) -> tuple[Seen, ...]:
        """Every visible message, the one changed last at the end."""
        return self.client.screen().messages

    def newest(self) -> Seen:
        """The message of somebody else that was posted or redrawn last."""
        others = [message for message in self.messages() if not message.mine]
        if not others:
            raise AssertionError(f"{self.name} has no message")
        return others[-1]

    def buttons(self, on: Seen | str | None = None) -> list[str]:
        """The labels of the visible buttons, the newest last; `on` narrows it to one message."""
        return [button.label for _, button in self._buttons(on)]

    def form(self) -> OpenForm | None:
        """The open form: title, fields with labels, values and errors, and what is said against it all."""
        return self.client.screen().form

    def screen(self) -> str:
        """A plain transcript of all that is visible now, read from the cards themselves."""
        screen = self.client.screen()
        parts = [f"== {self.name} on {self.platform}"]
        if screen.home:
            parts.append(f"-- home\n{screen.home.words}")
        for chat in screen.chats:
            if chat.messages:
                parts.append(f"-- {'private chat' if chat.kind == 'personal' else '#' + chat.name}")
            parts += [_told(message) for message in chat.messages]
        if screen.form and screen.form.surface != "card":
            parts.append(f"-- form: {screen.form.title}\n{screen.form.drawing.words}\n[{screen.form.submit}]")
        return "\n".join(parts)

    # --- how

    async def _soon(self, look: Callable[[], T]) -> T:
        """What `look` finds, at once or after a change; its own AssertionError where it never does."""

        def found() -> T | None:
            with suppress(AssertionError):
                return look()
            return None

        if found() is None:
            await self.client.look()
        with suppress(TimeoutError):
            return await self._feed.until(found, self.patience)
        return look()

    async def _until(self, words: str, after: int) -> Seen:
        if self._find(words, after) is None:
            await self.client.look()
        try:
            return await self._feed.until(lambda: self._find(words, after), self.patience)
        except TimeoutError:
            when = " new" if after else ""
            raise AssertionError(f"{self.name} was never shown{when} {words!r}:\n{self.screen()}") from None

    def _find(self, words: str, after: int) -> Seen | None:
        wanted = _plain(words)
        for candidate in reversed(_all(self.client.screen())):
            if candidate.revision > after and not candidate.mine and wanted in _plain(candidate.words):
                return candidate
        return None

    def _buttons(self, on: Seen | str | None) -> list[tuple[Seen | None, Button]]:
        screen = self.client.screen()
        if on is not None:
            words = on if isinstance(on, str) else ""
            message = self.message(words) if words else self._again(on)
            return [(message, button) for button in message.drawing.buttons]
        surfaces: list[tuple[Seen | None, Button]] = []
        for message in [*([screen.home] if screen.home else []), *_placed(screen.messages)]:
            surfaces += [(message, button) for button in message.drawing.buttons]
        if screen.form and screen.form.surface != "card":
            surfaces += [(None, button) for button in screen.form.drawing.buttons]
        return surfaces

    def _again(self, on: Seen | str | None) -> Seen:
        for message in self.messages():
            if isinstance(on, Seen) and (message.id, message.chat) == (on.id, on.chat):
                return message
        raise AssertionError(f"{self.name} does not see that message any more:\n{self.screen()}")

    def _button(self, label: str, on: Seen | str | None) -> tuple[Seen | None, Button]:
        surfaces = self._buttons(on)
        for where, button in reversed(surfaces):
            if _same(button.label, label):
                return where, button
        visible = [button.label for _, button in surfaces]
        raise AssertionError(f"{self.name} sees no button {label!r}, only {visible}:\n{self.screen()}")

    def _labelled(self, buttons: Sequence[Button], label: str, where: str) -> Button:
        for button in buttons:
            if _same(button.label, label):
                return button
        raise AssertionError(f"no button {label!r} on {where}, only {[button.label for button in buttons]}")

    def _open_form(self) -> OpenForm:
        form = self.form()
        if form is None:
            raise AssertionError(f"{self.name} has no form open:\n{self.screen()}")
        return form

    def _form_with(self, values: Mapping[str, Given]) -> OpenForm:
        """The open form, once it has these fields: one that says "one moment" gets them later."""
        form = self._open_form()
        for wanted in values:
            self._fields(form, wanted)
        return form

    async def _filled(self, form: OpenForm, values: Mapping[str, Given]) -> dict[str, Filled]:
        filled: dict[str, Filled] = {}
        for wanted, value in values.items():
            for item in self._fields(form, wanted):
                filled[item.id] = await self._value(form, item, value)
        return filled

    def _fields(self, form: OpenForm, wanted: str) -> list[Field]:
        """The field of this label or id; the date and the time beside it where they are two fields."""
        fields = form.drawing.fields
        exact = [item for item in fields if _same(item.label, wanted) or item.id == wanted]
        found = exact or [item for item in fields if _plain(item.label).startswith(_plain(wanted))]
        kinds = {item.kind for item in found}
        if len(found) == 1 or (len(found) == 2 and kinds == {"date", "time"}):
            return found
        labels = [item.label for item in fields]
        raise AssertionError(f"{len(found)} fields answer to {wanted!r} on “{form.title}”: {labels}")

    async def _value(self, form: OpenForm, item: Field, value: Given) -> Filled:
        match item.kind, value:
            case _, None:
                return () if item.kind == "choices" else ""
            case "choice", bool():
                return _chosen(item, item.choices, "yes" if value else "no").value
            case "choice", str():
                choices = await self.client.search(form, item, value) if item.searches else item.choices
                return _chosen(item, choices, value).value
            case "choices", list() | tuple():
                return tuple(_chosen(item, item.choices, label).value for label in value)
            case "date", datetime():
                return value.date()
            case "time", datetime():
                return value.time()
            case "datetime", datetime():
                return value
            case "date", date():
                return value
            case "time", time():
                return value
            case "text" | "long_text", str():
                return value
        raise AssertionError(f"the {item.kind} field {item.label!r} does not take {value!r}")


def _chosen(item: Field, choices: Sequence[Choice], wanted: str) -> Choice:
    for match in (
        lambda choice: _same(choice.label, wanted),
        lambda choice: choice.value == wanted,
        lambda choice: _plain(wanted) in _plain(choice.label),
    ):
        found = [choice for choice in choices if match(choice)]
        if len(found) == 1:
            return found[0]
    offered = [choice.label for choice in choices]
    raise AssertionError(f"the field {item.label!r} offers {offered}, not one {wanted!r}")


def _all(screen: Screen) -> list[Seen]:
    found = [*screen.messages]
    if screen.home:
        found.append(screen.home)
    if screen.form and screen.form.surface != "card":
        form = screen.form
        words = (form.title, *form.drawing.lines)
        drawing = type(form.drawing)(words, form.drawing.buttons, form.drawing.fields)
        found.append(Seen(form.id, "form", "", "", drawing, private=True, revision=form.revision))
    return sorted(found, key=lambda seen: seen.revision)


def _placed(messages: Sequence[Seen]) -> list[Seen]:
    """In the order in which they were posted: an edit does not move a message."""
    return sorted(messages, key=lambda message: (message.at, message.id))


def _told(message: Seen) -> str:
    thread = "   ↳ " if message.thread else ""
    marks = [mark for mark, is_so in (("only you", message.private), ("edited", message.edits > 0)) if is_so]
    author = f"{thread}{message.author}{' (' + ', '.join(marks) + ')' if marks else ''}: "
    return author + message.words.replace("\n", "\n" + " " * len(thread) + "  ")


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip().casefold()
