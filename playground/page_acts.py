"""What somebody did on the page, carried out by that person's client."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, time

from playground.page_view import Player
from playground.screen import Button, Client, Field, Filled, Json, OpenForm, Seen

MAX_WORDS = 40_000


class CannotBeDone(Exception):
    """The act as sent can't be carried out; the message is for the person at the page."""


async def act(player: Player, asked: Json) -> Json:
    """Carry out one act, e.g. `{"do": "say", "text": "raise"}`; the answer is empty but for a search.

    Raises CannotBeDone for an unknown act, a wrong shape, and what is not on the screen any more.
    """
    doing = _DOING.get(_text(asked, "do"))
    if doing is None:
        raise CannotBeDone("This page does not know that.")
    return await doing(player.client, asked) or {}


async def _say(client: Client, asked: Json) -> None:
    await client.say(_text(asked, "text"))


async def _post(client: Client, asked: Json) -> None:
    name = next((chat.name for chat in client.screen().chats if chat.id == asked.get("chat")), None)
    if name is None:
        raise CannotBeDone("That chat is not there any more.")
    if asked.get("mention") is True:
        await client.mention(_text(asked, "text"), name)
    else:
        await client.talk(_text(asked, "text"), name)


async def _reply(client: Client, asked: Json) -> None:
    await client.reply(_message(client, asked), _text(asked, "text"), asked.get("mention") is True)


async def _press(client: Client, asked: Json) -> None:
    if "form" in asked:
        await client.press(_button(_form(client, asked).drawing.buttons, asked), None)
    else:
        message = _message(client, asked)
        await client.press(_button(message.drawing.buttons, asked), message)


async def _submit(client: Client, asked: Json) -> None:
    form = _form(client, asked)
    given = asked.get("values")
    if not isinstance(given, dict):
        raise CannotBeDone("The form came without its values.")
    known = {item.id: item for item in form.drawing.fields}
    filled = {name: _filled(known[name], value) for name, value in given.items() if name in known}
    await client.submit(form, filled, _button(form.drawing.buttons, asked) if "button" in asked else None)


async def _search(client: Client, asked: Json) -> Json:
    form = _form(client, asked)
    for item in form.drawing.fields:
        if item.id == asked.get("field"):
            found = await client.search(form, item, _text(asked, "words"))
            return {"choices": [{"value": choice.value, "label": choice.label} for choice in found]}
    raise CannotBeDone("That field is not there any more.")


async def _dismiss(client: Client, asked: Json) -> None:
    await client.dismiss()


async def _home(client: Client, asked: Json) -> None:
    await client.visit_home()


_DOING: Mapping[str, Callable[[Client, Json], Awaitable[Json | None]]] = {
    "say": _say,
    "post": _post,
    "reply": _reply,
    "press": _press,
    "submit": _submit,
    "search": _search,
    "dismiss": _dismiss,
    "home": _home,
}


def _text(asked: Json, key: str) -> str:
    value = asked.get(key)
    if not isinstance(value, str) or len(value) > MAX_WORDS:
        raise CannotBeDone("That is more than can be sent at once." if value else "There are no words in it.")
    return value


def _message(client: Client, asked: Json) -> Seen:
    screen = client.screen()
    for seen in (*screen.messages, *([screen.home] if screen.home else [])):
        if (seen.chat, seen.id) == (asked.get("chat"), asked.get("message")):
            return seen
    raise CannotBeDone("That message is not there any more.")


def _form(client: Client, asked: Json) -> OpenForm:
    """The modal or dialog that is open, or the message whose card is a form."""
    if "message" in asked:
        seen = _message(client, asked)
        return OpenForm(seen.id, "card", "", seen.drawing, message=seen.id, chat=seen.chat)
    form = client.screen().form
    if form is None or form.id != asked.get("form"):
        raise CannotBeDone("That form is not open any more.")
    return form


def _button(buttons: tuple[Button, ...], asked: Json) -> Button:
    for button in buttons:
        if button.raw == asked.get("button"):
            return button
    raise CannotBeDone("That button is not there any more.")


def _filled(item: Field, value: object) -> Filled:
    """What a browser's field holds, as what it means. Several choices: a list, or with commas between."""
    match item.kind, value:
        case "choices", list():
            return tuple(str(one) for one in value)
        case "choices", str():
            return tuple(one for one in value.split(",") if one)
        case _, "":
            return ""
        case "date", str():
            return _read(date.fromisoformat, item, value)
        case "time", str():
            return _read(time.fromisoformat, item, value)
        case "datetime", str():
            return _read(datetime.fromisoformat, item, value)
        case _, str() if len(value) <= MAX_WORDS:
            return value
    raise CannotBeDone(f"“{item.label}” can't hold that.")


def _read(parse: Callable[[str], Filled], item: Field, value: str) -> Filled:
    try:
        return parse(value)
    except ValueError:
        raise CannotBeDone(f"“{item.label}” can't hold that.") from None
