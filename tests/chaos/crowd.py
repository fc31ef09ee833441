"""The people of a chaos run: each looks at their own screen and does, now and then, what stands there to be
done. Whatever gets no answer they do again, as people do."""

import asyncio
import json
import random
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from bot.chat.action import Payload
from bot.guidance.words import Words
from flows import case_actions as a
from playground.feed import Line
from playground.screen import Button, Client, Filled, OpenForm, Seen
from tests.chaos.ledger import Deed, Ledger

POLL = 0.15
ANSWER = 8.0
"""Seconds that somebody waits before they press again."""
MESSAGE = 90.0
"""Seconds that they wait for a message that must arrive, which may be on its way when the service dies."""
TRIES = 12
_ENDING, _MANAGING, _TALKING = Words("ending"), Words("managing"), Words("talking")
_REPLYING, _REFUSED = Words("replying"), Words("refusals")
NO_EFFECT = (_REFUSED("title"), _REFUSED("stale_title"), _REPLYING("done.lost"))
REFERENCE = re.compile(r"BR-[2-9A-Z]{5}")
_FILED = re.compile(Words("raising")("filed.title", reference=REFERENCE.pattern))
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Appetite:
    """`often`: in what share of the cases somebody does this. `event`: what it causes. `told`: how the answer
    begins, with the case's reference where it names one; `one_of` shuts out the others of that name."""

    often: float
    event: str
    told: tuple[str, ...]
    one_of: str = ""


def _titles(words: Words, *keys: str) -> tuple[str, ...]:
    return tuple(words(key, reference="{reference}") for key in keys)


APPETITES: Mapping[str, Appetite] = {
    a.Acknowledge.name: Appetite(0.8, "acknowledged", _titles(_MANAGING, "acknowledged.title")),
    a.StartAnswer.name: Appetite(0.7, "answered", _titles(_MANAGING, "answer.done_title")),
    a.StartIdentify.name: Appetite(0.4, "child_identified", _titles(_MANAGING, "identify.done_title")),
    a.StartTalk.name: Appetite(0.15, "talk_recorded", _titles(_TALKING, "done_title")),
    a.ConfirmTalk.name: Appetite(0.8, "talk_confirmed", _titles(_TALKING, "confirmed_title"), "talk"),
    a.StartRisk.name: Appetite(0.15, "risk_changed", _titles(_REPLYING, "risk.done_title")),
    a.StartAccept.name: Appetite(0.6, "closed", _titles(_ENDING, "accept.closed_title"), "reply"),
    a.StartNotAccept.name: Appetite(
        0.9, "answer_not_accepted", _titles(_REPLYING, "done.up_title", "done.again_title"), "reply"
    ),
    a.StartGoUp.name: Appetite(0.4, "stage_entered", _titles(_REPLYING, "done.up_title")),
    a.StartWithdraw.name: Appetite(0.05, "withdrawn", _titles(_REPLYING, "withdraw.done_title")),
}  # fmt: skip
_NO_MARK = (a.Acknowledge.name, a.ConfirmTalk.name, a.StartIdentify.name)
"""What has no words of the person's own."""


@dataclass(slots=True)
class Matter:
    """Something to raise, by one person, once. `reference` is their own, and stands in nothing else."""

    who: str
    reference: str
    against: str
    filed: bool = False


@dataclass(slots=True)
class Human:
    """`ending`: they finish what they have begun, if it takes no second try, and begin nothing."""

    id: str
    client: Client
    ledger: Ledger
    dice: random.Random
    matters: list[Matter] = field(default_factory=list)
    pace: float = 1.0
    ending: bool = False
    _decided: dict[tuple[str, ...], bool] = field(default_factory=dict)
    _number: int = 0

    async def lives(self) -> None:
        """Until `ending`; what is begun is finished first."""
        while not self.ending:
            matter = next((one for one in self.matters if not one.filed), None)
            wanted = self._wanted()
            # What they were about to press may be gone from the screen by now: then they look again.
            with suppress(AssertionError, KeyError):
                if matter is not None and (not wanted or self.dice.random() < 0.5):
                    await self._raises(matter)
                elif wanted:
                    await self._does(*self.dice.choice(wanted))
            await asyncio.sleep(self.dice.uniform(0.2, 2.0) * self.pace)

    # --- what stands there to be done

    def _wanted(self) -> list[tuple[Seen, Button, Payload]]:
        found = []
        for message, button, payload in self._buttons():
            appetite = APPETITES.get(payload.name)
            if appetite is not None and self._wants(payload, appetite):
                found.append((message, button, payload))
        return found

    def _wants(self, payload: Payload, appetite: Appetite) -> bool:
        what = _about(payload, appetite)
        if what not in self._decided:
            self._decided[what] = self.dice.random() < appetite.often
        return self._decided[what]

    def _buttons(self) -> Iterable[tuple[Seen, Button, Payload]]:
        for message in self.client.screen().messages:
            if message.mine:
                continue
            for button in message.drawing.buttons:
                payload = payload_of(button)
                if payload is not None:
                    yield message, button, payload

    # --- doing it

    async def _does(self, message: Seen, button: Button, payload: Payload) -> None:
        appetite = APPETITES[payload.name]
        self._decided[_about(payload, appetite)] = False
        self._number += 1
        mark = "" if payload.name in _NO_MARK else f"Line {self.id}-{self._number}."
        case = str(json.loads(payload.data)["case"])
        named = REFERENCE.search(message.words)
        deed = Deed(self.id, appetite.event, mark, case, named[0] if named else "")
        self.ledger.deeds.append(deed)
        opens = payload.name.endswith(".start")
        since = len(self._lines())
        for tried in range(TRIES):
            if tried and self.ending:
                return
            if self._answered(deed, appetite, since):
                return
            there = self._again(payload)
            if there is None and not opens:
                # The card was redrawn: what was pressed is over, whoever did it.
                return
            if there is not None:
                before = self._revision()
                await self.client.press(there[1], there[0])
                if opens:
                    form = await self._until(lambda: self._form(before), ANSWER)  # noqa: B023
                    if form is not None:
                        await self._fills(form, deed, appetite, since)
                        return
                elif await self._until(lambda: self._answered(deed, appetite, since), ANSWER):
                    return
            await asyncio.sleep(self.dice.uniform(0.3, 1.5))

    async def _fills(self, form: OpenForm, deed: Deed, appetite: Appetite, since: int) -> None:
        """Fill one form after the other, and send each until there is an answer to it."""
        for tried in range(TRIES):
            if tried and self.ending:
                return
            before = self._revision()
            await self.client.submit(form, self._values(form, deed.mark))
            closed = await self._until(lambda: self._after(form, before), ANSWER)  # noqa: B023
            patience = ANSWER if closed == "closed" else 0.3
            if await self._until(lambda: self._answered(deed, appetite, since), patience):
                return
            if closed == "closed":
                # It was taken. What came of it, a service that died then can't say: the cards of the case do.
                return
            following = self._form(before)
            if following is not None:
                form = following
            await asyncio.sleep(self.dice.uniform(0.3, 1.5))

    def _after(self, form: OpenForm, before: int) -> str | None:
        """What became of a form that was sent: "closed", "next", or nothing so far."""
        now = self.client.screen().form
        if now is None or (now.surface == form.surface and now.id != form.id and now.revision <= before):
            return "closed"
        return "next" if now.revision > before else None

    def _values(self, form: OpenForm, mark: str) -> dict[str, Filled]:
        """Everything that has to be filled in. What was written there by others is written anew."""
        filled: dict[str, Filled] = {}
        for item in form.drawing.fields:
            if item.required and item.kind in ("text", "long_text"):
                filled[item.id] = f"We have looked at it again. {mark}"
            elif item.required and item.kind == "choice" and not item.shown.strip():
                # The last one needs no further words, wherever one of them does.
                filled[item.id] = item.choices[-1].value
        return filled

    def _answered(self, deed: Deed, appetite: Appetite, since: int) -> bool:
        """Whether they were told since then that it is done, or that it had no effect. What bears the mark of
        an earlier deed tells of that one."""
        for line in self._lines()[since:]:
            head = line.what.partition("\n")[0]
            if deed.mark not in line.what and f"Line {self.id}-" in line.what:
                continue
            if any(_fits(head, title, deed.reference) for title in appetite.told):
                deed.told, deed.words = True, line.what
                return True
            if head in NO_EFFECT:
                deed.refused, deed.words = True, line.what
                return True
        return False

    # --- raising

    async def _raises(self, matter: Matter) -> None:
        deed = Deed(self.id, "case_raised", matter.reference)
        self.ledger.deeds.append(deed)
        since = len(self._lines())
        while not (matter.filed or self.ending):
            form = await self._begins()
            while form is not None and not matter.filed:
                before = self._revision()
                await self.client.submit(form, self._raising(form, matter))
                sent = form
                became = await self._until(lambda: self._after(sent, before), ANSWER)  # noqa: B023
                patience = MESSAGE if became == "closed" else 0.3
                if await self._until(lambda: self._filed(since, matter), patience):
                    matter.filed = deed.told = True
                    return
                form = None if became == "closed" else self._form(before) or form
                await asyncio.sleep(self.dice.uniform(0.3, 1.0))

    async def _begins(self) -> OpenForm | None:
        """Say that there is something to raise, and get to its first form; None where nobody answers."""
        before = self._revision()
        _ = await self.client.say("raise")
        go = await self._until(lambda: self._go(before), ANSWER)
        for _ in range(3):
            if go is None:
                return None
            pressed = self._revision()
            await self.client.press(go[1], go[0])
            form = await self._until(lambda: self._form(pressed), ANSWER)  # noqa: B023
            if form is not None:
                return form
        return None

    def _go(self, before: int) -> tuple[Seen, Button] | None:
        """Afresh, where something was begun before: what was written in it is another matter's."""
        found = [
            (message, button)
            for message, button, payload in self._buttons()
            if payload.name == "raising.go" and message.revision > before
        ]
        return found[-1] if found else None

    def _raising(self, form: OpenForm, matter: Matter) -> dict[str, Filled]:
        values: dict[str, Filled] = {}
        for item in form.drawing.fields:
            if not item.required and item.kind not in ("text", "long_text"):
                continue
            if item.kind == "choice":
                wanted = next((one for one in item.choices if one.label == matter.against), item.choices[0])
                values[item.id] = wanted.value
            elif item.label == "Your case reference for the child":
                values[item.id] = matter.reference
            elif item.label == "Your work phone":
                values[item.id] = "07700 900101"
            elif item.kind in ("text", "long_text"):
                values[item.id] = f"It was closed, and we ask for another look. {matter.reference}"
        return values

    def _filed(self, since: int, matter: Matter) -> bool:
        """Told so in answer, or by the card of the case that stands in the chat."""
        return any(
            _FILED.fullmatch(line.what.partition("\n")[0]) is not None
            or (line.what.startswith("Escalation BR-") and matter.reference in line.what)
            for line in self._lines()[since:]
        )

    # --- looking

    def _lines(self) -> list[Line]:
        return self.ledger.lines(self.client.name)

    def _revision(self) -> int:
        screen = self.client.screen()
        newest = [message.revision for message in screen.messages]
        return max([*newest, screen.form.revision if screen.form else 0], default=0)

    def _form(self, before: int) -> OpenForm | None:
        form = self.client.screen().form
        return form if form is not None and form.revision > before else None

    def _again(self, payload: Payload) -> tuple[Seen, Button] | None:
        found = [(message, button) for message, button, there in self._buttons() if there == payload]
        return found[-1] if found else None

    async def _until(self, look: Callable[[], T | None], patience: float) -> T | None:
        """What `look` finds, asked again and again for so many seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while True:
            found = look()
            if found or loop.time() > end:
                return found
            await asyncio.sleep(POLL)


def payload_of(button: Button) -> Payload | None:
    """What the button says when it is pressed, on either platform."""
    ours = (button.raw.get("data") or {}).get("braver") or {}
    return Payload.decode(str(button.raw.get("value") or ours.get("p") or ""))


def _about(payload: Payload, appetite: Appetite) -> tuple[str, ...]:
    """What is decided once: this step of this case, however often its button stands there."""
    return (payload.name, payload.data)


def _fits(head: str, title: str, reference: str) -> bool:
    return head == title.replace("{reference}", reference)
