"""One person before the vendor's Teams client, in the test language of the playground.

    jo = Actor("jo", AgentsClient(client), client.feed)
    await jo.says("raise")
    await jo.submits({"What is the risk?": "…"})

It keeps what the client's page would show: fed by the same stream, it sends what the page sends, and it
holds a form back where the page would (a required input is empty, a choice is not on offer).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from playground.screen import Button, Chat, Choice, Drawing, Field, Filled, OpenForm, Screen, Seen
from playground.teams_cards import draw, initial, problem
from tests.clients.agents_playground import BOT, BOT_NAME, AgentsPlayground

Json = dict[str, Any]

CARD = "application/vnd.microsoft.card.adaptive"
WORDS = "application/vnd.microsoft.activity.message"
_THREAD = ";messageid="


@dataclass(slots=True)
class _Message:
    """A message as the client holds it; `note` is what it says under a card after a press."""

    id: str
    chat: str
    author: str
    at: float
    text: str
    card: Json | None = None
    thread: str = ""
    edits: int = 0
    revision: int = 0
    note: str = ""

    @property
    def conversation(self) -> str:
        """Where it stands, in the client's words."""
        personal = self.chat.startswith("a:")
        return self.chat if personal else f"{self.chat}{_THREAD}{self.thread or self.id}"


@dataclass(slots=True)
class _Chat:
    id: str
    name: str
    messages: list[_Message] = field(default_factory=list)


class AgentsClient:
    """What the person of this client sees and does. Channels are named `general` and `duty`."""

    platform = "teams"

    def __init__(self, playground: AgentsPlayground) -> None:
        self._playground = playground
        self.name = playground.me.name
        self.user = playground.me.slug
        names = {playground.personal: BOT_NAME, playground.general: "general", playground.channel: "duty"}
        self._chats = {id: _Chat(id, name) for id, name in names.items()}
        playground.heard = self._hear

    # --- sees

    def screen(self) -> Screen:
        chats = tuple(self._chat(chat) for chat in self._chats.values())
        screen = Screen(chats)
        forms = [message for message in screen.messages if message.drawing.fields]
        return replace(screen, form=_form(forms[-1])) if forms else screen

    async def look(self) -> None:
        """What changes is seen by itself."""

    def _chat(self, chat: _Chat) -> Chat:
        personal = chat.id == self._playground.personal
        messages = tuple(self._seen(message) for message in chat.messages)
        return Chat(chat.id, chat.name, "personal" if personal else "channel", messages)

    def _seen(self, message: _Message) -> Seen:
        drawn = _drawn(message)
        lines = (*drawn.lines, message.note) if message.note else drawn.lines
        return Seen(
            message.id,
            message.chat,
            message.author,
            message.text,
            replace(drawn, lines=lines),
            message.card,
            message.thread,
            message.edits,
            mine=message.author == self.name,
            revision=message.revision,
            at=message.at,
        )

    def _hear(self, frame: Json) -> None:
        match frame["action"]:
            case "createMessage":
                self._created(frame["actionConversationId"], frame["message"])
            case "updateMessage":
                shown = self._found(frame["message"]["messageId"])
                shown.text, shown.card = _content(frame["message"])
                shown.edits += 1
                self._touch(shown)

    def _created(self, conversation: str, content: Json) -> None:
        chat, _, thread = conversation.partition(_THREAD)
        text, card = _content(content)
        author = BOT_NAME if content["from"]["id"] == BOT else self.name
        at = content["timestamp"] / 1000
        self._add(_Message(content["messageId"], chat, author, at, text, card, thread))

    def _add(self, message: _Message) -> None:
        """Answers can be heard before the client says when it took the words that they answer."""
        messages = self._chats[message.chat].messages
        messages.append(message)
        messages.sort(key=lambda message: message.at)
        if not message.revision:
            self._touch(message)

    def _touch(self, message: _Message) -> None:
        message.revision = self._playground.feed.touch()

    def _found(self, id: str) -> _Message:
        for chat in self._chats.values():
            for message in chat.messages:
                if message.id == id:
                    return message
        raise AssertionError(f"{self.name} has no message {id}")

    # --- types

    async def say(self, text: str) -> Seen:
        """Type to the bot in private."""
        return await self._type(self._playground.personal, text, mention=False)

    async def mention(self, text: str, channel: str, thread: str = "") -> Seen:
        """Type in a channel, by name, with the bot mentioned: a new thread, or in the one with this root."""
        return await self._type(self._named(channel, thread), text, mention=True)

    async def talk(self, text: str, channel: str, thread: str = "") -> Seen:
        """Type in a channel without a mention: this client keeps it from the bot."""
        return await self._type(self._named(channel, thread), text, mention=False)

    async def reply(self, message: Seen, text: str, mention: bool = False) -> Seen:
        """Type under a message: in its thread in a channel, below it in private."""
        return await self._type(self._found(message.id).conversation, text, mention=mention)

    def _named(self, channel: str, thread: str) -> str:
        for chat in self._chats.values():
            if chat.name == channel:
                return chat.id + (_THREAD + thread if thread else "")
        raise AssertionError(f"{self.name} has no channel {channel!r}")

    async def _type(self, conversation: str, text: str, *, mention: bool) -> Seen:
        chat, _, thread = conversation.partition(_THREAD)
        await self._playground.opens(chat)
        revision = self._playground.feed.touch()
        answer = await self._playground.types(conversation, text, mention=mention)
        shown = f"@{BOT_NAME} {text}" if mention else text
        at = answer["timestamp"] / 1000
        message = _Message(answer["messageId"], chat, self.name, at, shown, thread=thread, revision=revision)
        self._add(message)
        return self._seen(message)

    # --- presses

    async def press(self, button: Button, on: Seen | None) -> None:
        """Press a button of a message, with the inputs of its card as they stand."""
        assert on is not None, "this client has no form outside its messages"
        await self._act(self._found(on.id), button, {})

    async def submit(
        self, form: OpenForm, values: Mapping[str, Filled], button: Button | None = None
    ) -> None:
        """Fill the inputs of a card and press its button."""
        chosen = button or next(button for button in form.drawing.buttons if button.enters)
        await self._act(self._found(form.message), chosen, values)

    async def search(self, form: OpenForm, item: Field, words: str) -> Sequence[Choice]:
        """What the card offers: this client does not ask for more by typing."""
        return item.choices

    async def dismiss(self) -> None:
        raise AssertionError("a form on a card can't be closed")

    async def visit_home(self) -> None:
        """Look at the chat with the bot."""
        await self._playground.opens(self._playground.personal)

    async def _act(self, message: _Message, button: Button, values: Mapping[str, Filled]) -> None:
        if button.url:
            return
        action = button.raw
        data = dict(action.get("data") or {})
        if button.enters:
            data |= _inputs(_drawn(message).fields, values)
        if action["type"] == "Action.Submit":
            await self._playground.submits(message.conversation, message.id, data)
            return
        assert action["type"] == "Action.Execute", f"this client does not know {action['type']}"
        sent = {"type": action["type"], "title": action.get("title"), "verb": action["verb"], "data": data}
        answer = await self._playground.executes(message.conversation, message.id, sent)
        match answer.get("type"):
            case kind if kind == CARD:
                message.card = answer["value"]
                message.edits += 1
            case kind if kind == WORDS:
                message.note = str(answer["value"])
            case _:
                raise AssertionError(f"the client can't show the answer to “{button.label}”: {answer}")
        self._touch(message)


def _content(message: Json) -> tuple[str, Json | None]:
    cards = [part["content"] for part in message.get("attachments") or [] if part["contentType"] == CARD]
    return message.get("text") or "", cards[0] if cards else None


def _drawn(message: _Message) -> Drawing:
    return draw(message.text, [message.card] if message.card else [])


def _form(message: Seen) -> OpenForm:
    submit = next((button.label for button in message.drawing.buttons if button.enters), "")
    title = message.drawing.lines[0] if message.drawing.lines else ""
    return OpenForm(
        message.id,
        "card",
        title,
        message.drawing,
        submit,
        problem([message.card] if isinstance(message.card, dict) else []),
        message.id,
        message.chat,
        revision=message.revision,
    )


def _inputs(fields: Sequence[Field], values: Mapping[str, Filled]) -> Json:
    """What the client sends of the inputs: those that hold something; it keeps back what it finds wrong."""
    data: Json = {}
    for item in fields:
        held = _text(values[item.id]) if item.id in values else initial(item.raw)
        assert held or not item.required, f"the client asks for “{item.label}” first"
        if held:
            data[item.id] = held
        if item.kind in ("choice", "choices") and held and not item.searches:
            offered = {choice.value for choice in item.choices}
            chosen = held.split(",") if item.kind == "choices" else [held]
            assert offered.issuperset(chosen), f"“{item.label}” offers no {chosen}"
    return data


def _text(value: Filled) -> str:
    match value:
        case datetime():
            raise AssertionError("a date and a time are two inputs here")
        case date():
            return value.isoformat()
        case time():
            return value.strftime("%H:%M")
        case tuple():
            return ",".join(value)
    return value
