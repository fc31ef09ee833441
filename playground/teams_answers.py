"""What the answer to an invoke does on the screen of the person who clicked."""

import uuid

from playground.feed import Kind
from playground.screen import Json
from playground.teams_cards import card_problems, draw
from playground.teams_state import CARD, PLATFORM, Dialog, Post, TeamsState

NO_ANSWER = "Something went wrong. Please try again."
UNREACHABLE = "Unable to reach app. Please try again."
MESSAGE = "application/vnd.microsoft.activity.message"


class Answers:
    """The screen of one person."""

    def __init__(self, state: TeamsState, user: str) -> None:
        self._state = state
        self._user = user

    def card(self, post: Post, answer: Json | None) -> None:
        """Action.Execute: a card takes the place of the pressed one, for this person alone in a channel."""
        kind, value = (answer or {}).get("type"), (answer or {}).get("value")
        if kind == CARD and isinstance(value, dict) and not card_problems(value):
            if post.chat in self._state.chats:
                self._state.redraw(post, post.text, [value])
            else:
                self._state.redraw_for(post, self._user, [value])
        elif kind == MESSAGE and isinstance(value, str):
            self.notice(post.chat, value, post.thread)
        elif kind == "application/vnd.microsoft.error" and isinstance(value, dict):
            self.notice(post.chat, str(value.get("message", NO_ANSWER)), post.thread)
        elif (answer or {}).get("statusCode") != 200 or value is not None:
            self.notice(post.chat, NO_ANSWER, post.thread)

    def task(self, answer: Json | None, chat: str, message: str) -> None:
        """task/fetch and task/submit: a dialog opens, goes on, or closes with a word."""
        task = (answer or {}).get("task") or {}
        value = task.get("value")
        match task.get("type"):
            case "continue" if isinstance(value, dict) and self._fits(value):
                self._open(str(value.get("title", "")), value["card"]["content"], chat, message)
            case "message":
                self._state.dialogs.pop(self._user, None)
                if value:
                    self.notice(chat, str(value))
                self._state.feed.touch()
            case _:
                self.notice(chat, UNREACHABLE)

    def _fits(self, value: Json) -> bool:
        card = value.get("card") or {}
        return card.get("contentType") == CARD and not card_problems(card.get("content"))

    def _open(self, title: str, card: Json, chat: str, message: str) -> None:
        dialog = Dialog(uuid.uuid4().hex, title, card, chat, message)
        again = self._user in self._state.dialogs
        self._state.dialogs[self._user] = dialog
        name = self._state.members[self._user].name
        kind: Kind = "sees redrawn" if again else "sees"
        self._state.feed.add(name, PLATFORM, f"dialog “{title}”", kind, draw("", [card]).words)
        dialog.revision = self._state.feed.revision

    def notice(self, chat: str, text: str, thread: str = "") -> None:
        """A word that Teams shows to this person alone."""
        self._state.post(chat, self._state.bot, text, [], thread, only_for=self._user)
