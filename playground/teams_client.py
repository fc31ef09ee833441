"""One person's Teams: what they see, and what their clicks and words send to the service."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from playground.screen import Button, Chat, Choice, Drawing, Field, Filled, Json, OpenForm, Screen, Seen
from playground.teams_activity import Activities
from playground.teams_answers import UNREACHABLE, Answers
from playground.teams_cards import draw, initial, problem, read_input
from playground.teams_service import TeamsService
from playground.teams_state import PLATFORM, Dialog, Post, TeamsState

REQUIRED = "This field is required."


class TeamsClient:
    """A person of the tenant. Every act returns when Teams has had the service's answer, or given up."""

    platform = PLATFORM

    def __init__(self, state: TeamsState, service: TeamsService, activities: Activities, user: str) -> None:
        self._state = state
        self._service = service
        self._activities = activities
        self._answers = Answers(state, user)
        self.user = user
        self.name = state.members[user].name

    def screen(self) -> Screen:
        """The chat with the bot first, then the channels of the person's teams."""
        chats = [self._chat(self._state.chat(self.user), self._state.bot_name)]
        for team in self._state.teams.values():
            if self.user in team.members:
                chats += [self._chat(id, name) for id, name in team.channels.items()]
        return Screen(tuple(chats), self._form(chats))

    def _chat(self, id: str, name: str) -> Chat:
        posts = self._state.posts.get(id, {}).values()
        visible = [post for post in posts if post.only_for in ("", self.user)]
        messages = tuple(self._state.seen(post, self.user) for post in visible)
        return Chat(id, name, "personal" if id in self._state.chats else "channel", messages)

    def _form(self, chats: list[Chat]) -> OpenForm | None:
        dialog = self._state.dialogs.get(self.user)
        if dialog is not None:
            drawing = self._dialog_drawing(dialog)
            said = dialog.problem or problem([dialog.card])
            return OpenForm(
                dialog.id, "dialog", dialog.title, drawing, _submit(drawing), said,
                dialog.message, dialog.chat, dialog.card, dialog.revision,
            )  # fmt: skip
        messages = [message for chat in chats for message in chat.messages if message.drawing.fields]
        if not messages:
            return None
        newest = max(messages, key=lambda message: int(message.id))
        cards = newest.card if isinstance(newest.card, list) else [newest.card or {}]
        title = newest.drawing.lines[0] if newest.drawing.lines else ""
        return OpenForm(
            newest.id, "card", title, newest.drawing, _submit(newest.drawing), problem(cards),
            newest.id, newest.chat, cards[0], newest.revision,
        )  # fmt: skip

    async def look(self) -> None:
        """What changes is seen by itself."""

    # --- words

    async def say(self, text: str) -> Seen:
        """Type into the personal chat with the bot."""
        return await self._type(self._state.chat(self.user), text)

    async def mention(self, text: str, channel: str, thread: str = "") -> Seen:
        return await self._type(self._state.named(channel), text, thread, mention=True)

    async def talk(self, text: str, channel: str, thread: str = "") -> Seen:
        """Type into a channel without a mention: the bot hears it only with the channel-read consent."""
        return await self._type(self._state.named(channel), text, thread)

    async def reply(self, message: Seen, text: str, mention: bool = False) -> Seen:
        thread = "" if message.chat in self._state.chats else message.thread or message.id
        return await self._type(message.chat, text, thread, mention=mention)

    async def _type(self, chat: str, text: str, thread: str = "", *, mention: bool = False) -> Seen:
        shown = f"{self._state.bot_name} {text}" if mention else text
        self._tell(self._state.place(chat, thread), f"types “{shown}”")
        post = self._state.post(chat, self.user, shown, [], thread)
        if self._activities.heard(post, mention):
            await self._service.event(self._activities.message(self.user, post, text, mention))
        return self._state.seen(post, self.user)

    async def visit_home(self) -> None:
        """Teams has no home of an app: ask for the menu."""
        await self.say("menu")

    # --- buttons and forms

    async def press(self, button: Button, on: Seen | None) -> None:
        """Press a button of a message or (`on` None) of the open dialog, with what its card holds."""
        if on is None:
            await self._press_in_dialog(button, {})
            return
        post = self._state.posts[on.chat][on.id]
        self._tell(self._state.where(post), f"presses “{button.label}”")
        await self._act(post, button)

    async def submit(
        self, form: OpenForm, values: Mapping[str, Filled], button: Button | None = None
    ) -> None:
        """Fill and send a form card or a dialog; Teams itself refuses what is required and empty."""
        typed = {id: _wire(value) for id, value in values.items()}
        chosen = button or _sender(form.drawing)
        if form.surface == "dialog":
            await self._press_in_dialog(chosen, typed)
            return
        post = self._state.posts[form.chat][form.message]
        self._state.typed.setdefault((self.user, post.id), {}).update(typed)
        self._state.refresh(post, self.user)
        drawing = post.drawings[self.user]
        self._tell(self._state.where(post), f"sends “{_told(drawing)}” with “{chosen.label}”")
        await self._act(post, chosen)

    async def _act(self, post: Post, button: Button) -> None:
        action = button.raw
        if action["type"] == "Action.OpenUrl":
            return
        data = dict(action.get("data") or {})
        if button.enters:
            fields = post.drawings[self.user].fields
            typed = self._state.typed.get((self.user, post.id), {})
            refused = _refused(fields, typed)
            self._state.refused[(self.user, post.id)] = refused
            if refused:
                self._state.refresh(post, self.user)
                post.revisions[self.user] = self._state.feed.touch()
                return
            data |= _inputs(fields, typed)
        await self._send(post, action, data)

    async def _send(self, post: Post, action: Json, data: Json) -> None:
        kind = (data.get("msteams") or {}).get("type", "")
        if action["type"] == "Action.Execute":
            value: Json = {"type": "Action.Execute", "verb": action.get("verb", ""), "data": data}
            if action.get("id"):
                value["id"] = action["id"]
            activity = self._activities.invoke(
                self.user, "adaptiveCard/action", {"action": value, "trigger": "manual"}, post
            )
            self._answers.card(post, await self._service.invoke(activity))
        elif kind == "task/fetch":
            asked = {key: value for key, value in data.items() if key != "msteams"} | {"type": "task/fetch"}
            given = {"data": asked, "context": {"theme": "default"}}
            answer = await self._service.invoke(self._activities.invoke(self.user, "task/fetch", given, post))
            self._answers.task(answer, post.chat, post.id)
        elif kind in ("messageBack", "imBack"):
            said = data["msteams"].get("text") or data["msteams"].get("value") or ""
            await self._service.event(self._activities.value(self.user, post, data, str(said)))
        else:
            await self._service.event(self._activities.value(self.user, post, data, ""))

    async def _press_in_dialog(self, button: Button, typed: dict[str, str]) -> None:
        dialog = self._state.dialogs.get(self.user)
        if dialog is None:
            raise AssertionError(f"{self.name} has no dialog open")
        if button.raw["type"] != "Action.Submit":
            raise AssertionError(f"a dialog knows Action.Submit alone, not {button.raw['type']}")
        key = (self.user, dialog.id)
        self._state.typed.setdefault(key, {}).update(typed)
        drawing = self._dialog_drawing(dialog)
        self._tell(f"dialog “{dialog.title}”", f"sends “{_told(drawing)}” with “{button.label}”")
        data = dict(button.raw.get("data") or {})
        if button.enters:
            refused = _refused(drawing.fields, self._state.typed[key])
            self._state.refused[key] = refused
            if refused:
                dialog.revision = self._state.feed.touch()
                return
            data |= _inputs(drawing.fields, self._state.typed[key])
        given = {"data": data, "context": {"theme": "default"}}
        post = self._state.posts[dialog.chat][dialog.message]
        answer = await self._service.invoke(self._activities.invoke(self.user, "task/submit", given, post))
        if answer is None:
            dialog.problem = UNREACHABLE
            dialog.revision = self._state.feed.touch()
        else:
            self._answers.task(answer, dialog.chat, dialog.message)

    def _dialog_drawing(self, dialog: Dialog) -> Drawing:
        key = (self.user, dialog.id)
        found = draw("", [dialog.card], self._state.typed.get(key), self._state.refused.get(key))
        return (
            Drawing((dialog.problem, *found.lines), found.buttons, found.fields) if dialog.problem else found
        )

    async def search(self, form: OpenForm, item: Field, words: str) -> Sequence[Choice]:
        """The field's own choices, and what the service finds for the words."""
        query = {"kind": "search", "queryText": words, "queryOptions": {"skip": 0, "top": 25}}
        query["dataset"] = item.raw["choices.data"]["dataset"]
        post = self._state.posts[form.chat][form.message]
        answer = await self._service.invoke(
            self._activities.invoke(self.user, "application/search", query, post)
        )
        results = ((answer or {}).get("value") or {}).get("results", [])
        found = {choice.value: choice for choice in item.choices}
        found |= {result["value"]: Choice(result["value"], result["title"]) for result in results}
        return tuple(found.values())

    async def dismiss(self) -> None:
        dialog = self._state.dialogs.pop(self.user, None)
        if dialog is None:
            raise AssertionError(f"{self.name} has no dialog open")
        self._tell(f"dialog “{dialog.title}”", "closes it")

    def _tell(self, where: str, what: str) -> None:
        self._state.feed.add(self.name, PLATFORM, where, "does", what)


def _submit(drawing: Drawing) -> str:
    senders = [button.label for button in drawing.buttons if button.enters]
    return senders[0] if senders else ""


def _sender(drawing: Drawing) -> Button:
    for button in drawing.buttons:
        if button.enters:
            return button
    raise AssertionError(f"the form has no button that sends it, only {[b.label for b in drawing.buttons]}")


def _told(drawing: Drawing) -> str:
    return "; ".join(f"{item.label}: {item.shown}" for item in drawing.fields)


def _wire(value: Filled) -> str:
    match value:
        case datetime():
            raise AssertionError("Teams has a date field and a time field, none for both")
        case date():
            return value.isoformat()
        case time():
            return value.strftime("%H:%M")
        case tuple():
            return ",".join(value)
    return value


def _inputs(fields: Sequence[Field], typed: Mapping[str, str]) -> dict[str, str]:
    """What the inputs hold by id; an empty one is left out, as the renderer does."""
    held = {item.id: typed.get(item.id, initial(item.raw)) for item in fields}
    return {id: value for id, value in held.items() if value}


def _refused(fields: Sequence[Field], typed: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for item in fields:
        now = read_input(item.raw, typed.get(item.id))
        if item.required and not now.shown.strip():
            found[item.id] = str(item.raw.get("errorMessage") or REQUIRED)
        elif item.max_length and len(now.shown) > item.max_length:
            found[item.id] = str(item.raw.get("errorMessage") or f"At most {item.max_length} characters.")
    return found
