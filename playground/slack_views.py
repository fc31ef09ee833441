"""Modals and the app's home: opening, pushing, updating, publishing, and what a submission's answer does."""

from playground.feed import Kind
from playground.screen import Drawing, Json
from playground.slack_blocks import view_problems
from playground.slack_error import SlackError
from playground.slack_reader import draw
from playground.slack_state import PLATFORM, SlackState, View

MAX_STACK = 3
TROUBLE = "We had some trouble connecting. Try again?"
"""What Slack says in a modal whose submission was not answered well or in time."""


class SlackViews:
    """The `views.*` methods."""

    def __init__(self, state: SlackState) -> None:
        self._state = state

    def open(self, args: Json) -> Json:
        given = _given(args)
        user = self._user(args)
        self._state.stacks[user] = []
        return {"view": view_json(self._state, push(self._state, user, given))}

    def push(self, args: Json) -> Json:
        given = _given(args)
        user = self._user(args)
        if len(self._state.stacks.get(user, [])) >= MAX_STACK:
            raise SlackError("push_limit_reached")
        return {"view": view_json(self._state, push(self._state, user, given))}

    def update(self, args: Json) -> Json:
        given = _given(args)
        view = self._find(str(args.get("view_id", "")), str(args.get("external_id", "")))
        if args.get("hash") and args["hash"] != view.hash:
            raise SlackError("hash_conflict")
        self._state.fill_view(view, given)
        tell(self._state, view, "sees redrawn")
        return {"view": view_json(self._state, view)}

    def publish(self, args: Json) -> Json:
        given = _given(args)
        user = str(args.get("user_id", ""))
        if user not in self._state.users:
            raise SlackError("user_not_found")
        home = self._state.homes.get(user)
        if home is not None and args.get("hash") and args["hash"] != home.hash:
            raise SlackError("hash_conflict")
        if home is None:
            home = self._state.homes[user] = self._state.new_view(given, user)
        else:
            self._state.fill_view(home, given)
        tell(self._state, home, "sees")
        return {"view": view_json(self._state, home)}

    def _user(self, args: Json) -> str:
        user, problem = self._state.use_trigger(str(args.get("trigger_id", "")))
        if problem:
            raise SlackError(problem)
        return user

    def _find(self, view_id: str, external_id: str) -> View:
        for stack in self._state.stacks.values():
            for view in stack:
                if view_id == view.id or (external_id and view.json.get("external_id") == external_id):
                    return view
        raise SlackError("not_found")


def _given(args: Json) -> Json:
    problems = view_problems(args.get("view"))
    if problems:
        raise SlackError("invalid_arguments", response_metadata={"messages": problems})
    view: Json = args["view"]
    return view


def push(state: SlackState, user: str, given: Json) -> View:
    """Put a new view on top of the user's stack."""
    stack = state.stacks.setdefault(user, [])
    view = state.new_view(given, user)
    view.root = stack[0].id if stack else view.id
    view.previous = stack[-1].id if stack else ""
    stack.append(view)
    tell(state, view, "sees")
    return view


def top(state: SlackState, user: str) -> View | None:
    """The modal before the user's eyes."""
    stack = state.stacks.get(user)
    return stack[-1] if stack else None


def answer(state: SlackState, view: View, given: Json) -> None:
    """Carry out what the service answered to the submission of `view`; nonsense is shown as trouble."""
    stack = state.stacks.get(view.user, [])
    match given.get("response_action"):
        case None if not given:
            stack.remove(view)
            state.feed.touch()
        case "clear":
            stack.clear()
            state.feed.touch()
        case "errors" if _fits(given.get("errors"), view):
            view.errors = dict(given["errors"])
            tell(state, view, "sees redrawn")
        case "update" if not view_problems(given.get("view")):
            state.fill_view(view, given["view"])
            tell(state, view, "sees redrawn")
        case "push" if not view_problems(given.get("view")):
            push(state, view.user, given["view"])
        case _:
            view.problem = TROUBLE
            tell(state, view, "sees redrawn")


def _fits(errors: object, view: View) -> bool:
    inputs = {block["block_id"] for block in view.json["blocks"] if block["type"] == "input"}
    return isinstance(errors, dict) and bool(errors) and set(errors) <= inputs


def draw_view(view: View) -> Drawing:
    """The view as seen, with what is filled in and what is said against it."""
    found = draw(view.json["blocks"], view.state, view.errors)
    return Drawing((view.problem, *found.lines), found.buttons, found.fields) if view.problem else found


def title(view: View) -> str:
    return str(view.json["title"]["text"]) if view.json["type"] == "modal" else "Home"


def tell(state: SlackState, view: View, kind: Kind) -> None:
    """Put the view on the transcript of its user."""
    where = "home" if view.json["type"] == "home" else f"form “{title(view)}”"
    state.feed.add(state.users[view.user].name, PLATFORM, where, kind, draw_view(view).words)
    view.revision = state.feed.revision


def view_json(state: SlackState, view: View) -> Json:
    """The view as the API and the payloads show it."""
    given = view.json
    return {
        "id": view.id,
        "team_id": state.team_id,
        "type": given["type"],
        "blocks": given["blocks"],
        "private_metadata": given.get("private_metadata", ""),
        "callback_id": given.get("callback_id", ""),
        "external_id": given.get("external_id", ""),
        "state": {"values": view.state},
        "hash": view.hash,
        "title": given.get("title"),
        "close": given.get("close"),
        "submit": given.get("submit"),
        "clear_on_close": given.get("clear_on_close", False),
        "notify_on_close": given.get("notify_on_close", False),
        "root_view_id": view.root or view.id,
        "previous_view_id": view.previous or None,
        "app_id": state.app_id,
        "app_installed_team_id": state.team_id,
        "bot_id": "B" + state.bot_user[1:],
    }
