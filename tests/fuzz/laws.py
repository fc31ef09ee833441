"""What must hold, whatever comes. Each law takes its input from a `Source`, or is given bytes as they are."""

import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from slack_bolt.request import payload_utils
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.email import forms as email_forms
from adapters.email.intake import Arrival as EmailArrival
from adapters.email.intake import Page as EmailPage
from adapters.email.intake import read as read_email
from adapters.slack import forms as slack_forms
from adapters.slack import intake as slack
from adapters.slack.replies import _inputs
from adapters.teams import forms as teams_forms
from adapters.teams import intake as teams
from bot.chat.action import Action, Payload
from bot.chat.outside import LONGEST_ID, LONGEST_KEY, Malformed, kept, read_json
from bot.chat.text import as_plain, markup
from bot.chat.turn import Address, Incoming
from bot.files import BadFile
from bot.people import source as people
from bot.people.directory import Directory
from bot.people.losses import Replacing, losses
from bot.people.records import changes
from bot.policies import source as policies
from bot.policies.held import held
from playground.house import EXAMPLE, shipped
from tests.contracts.test_email_render import KEYS
from tests.fuzz.mutating import Source, mutated, one_of, written
from tests.fuzz.shapes import JSON, Json, corpus, on_the_wire

ZONE = ZoneInfo("Europe/London")
PLATFORMS = frozenset({"slack", "teams", "email"})
_PAGE = EmailPage(
    "letter", "session", Address("email", "care.example", "braver@x.example", "jo@care.example")
)


# --- requests


def slack_reads(source: Source) -> None:
    """A request of Slack's, however spoilt, is an act, is none, or is malformed; nothing else."""
    value = mutated(corpus("slack")[one_of(source, tuple(corpus("slack")))], source, source.below(4))
    _, kind = on_the_wire(value)
    slack_takes(written(value, source), kind if source.below(8) else "text/plain")


def slack_takes(raw: bytes, kind: str = JSON) -> None:
    """The same for any bytes."""
    try:
        body = slack.parse(raw, kind)
        slack.organisation_wide(body)
        slack.happened(body)
        slack.is_removal(body)
    except Malformed:
        return
    _assert_sdk_takes(body)
    readers: tuple[Callable[[], slack.Heard | None], ...] = (
        lambda: slack.event(body, "U0BRAVER"), lambda: slack.command(body), lambda: slack.shortcut(body),
        lambda: slack.press(body), lambda: slack.submission(body, ZONE),
    )  # fmt: skip
    for reader in readers:
        heard = _unless_malformed(reader)
        if heard is not None:
            _assert_keepable(heard.incoming)
            if heard.view is not None:
                # A database that is away gives it back; one with errors is compared with it.
                json.dumps(slack_forms.given_back(heard.view, "not saved"))
                _inputs(heard.view)
    _unless_malformed(lambda: slack.looking(body))


def _assert_sdk_takes(body: Json) -> None:
    """What is well-formed to us does not make Slack's SDK fail where that would be a mistake of ours."""
    try:
        AsyncBoltRequest(body=body, mode="parsed")
    except (ValueError, TypeError, AttributeError, KeyError, IndexError):
        # Caught where it is made, and answered with 400.
        return
    if slack.is_heeded(body):
        for look in _SDK_LOOKS:
            look(body)


def teams_reads(source: Source) -> None:
    """An activity of Teams', however spoilt, is an act, is none, or is malformed; nothing else."""
    value = mutated(corpus("teams")[one_of(source, tuple(corpus("teams")))], source, source.below(4))
    teams_takes(written(value, source))


def teams_takes(raw: bytes) -> None:
    """The same for any bytes."""
    try:
        activity = teams.parse(raw)
    except Malformed:
        return
    # Whatever these raised would be a mistake of ours, and no 400.
    arrival = teams.read(activity)
    teams.mark(activity)
    if isinstance(arrival, teams.Arrival):
        _assert_keepable(arrival.incoming)


def email_reads(source: Source) -> None:
    """What a page sends, signed or not, is an act that both databases keep, a search, or not of this page."""
    carried = mutated({"p": _PAYLOAD, "n": "x", "w": "say", "f": "[]"}, source, source.below(3))
    # Whatever is sealed is ours, and so is an object without halves of characters.
    sealed = KEYS.seal("session", read_json(json.dumps(carried)) if isinstance(carried, dict) else {})
    # What was typed has been cleaned by `fields`, as in `test_requests`.
    texts = (sealed, sealed, sealed, sealed[:-1], "", "x", kept("\ud800x\x00"), ".".join("abc"))
    typed = {
        one_of(source, ("press", "form", "say", "words", "find")): [one_of(source, texts)] for _ in "abc"
    }
    arrival = read_email(_PAGE, typed, KEYS)
    if isinstance(arrival, EmailArrival):
        _assert_keepable(arrival.incoming)


# --- what comes back

_SDK_LOOKS = (
    payload_utils.to_event, payload_utils.to_message, payload_utils.to_command, payload_utils.to_options,
    payload_utils.to_shortcut, payload_utils.to_action, payload_utils.to_view, payload_utils.to_step,
    payload_utils.is_assistant_event, payload_utils.is_function,
)  # fmt: skip
_PAYLOAD = '{"n":"raise.open","v":1,"d":{"case":"x"}}'


def payload_reads(text: str) -> None:
    """A button's payload is one of ours or none, and what is one comes back as itself."""
    payload = Payload.decode(text)
    if payload is not None:
        assert Payload.decode(payload.encode()) == payload
        for action in actions():
            action.parse(Payload(action.name, payload.version, payload.data))
            action.parse(Payload(action.name, 1, payload.data))


def metadata_reads(source: Source) -> None:
    """What a modal, a card or a page carries along is read as ours, or not at all."""
    carried = {
        "action": json.loads(_PAYLOAD), "instance": "i", "conversation": "C", "kind": "personal",
        "thread": "", "scopes": {"who": "all"},
    }  # fmt: skip
    text = written(mutated(carried, source, 1 + source.below(3)), source).decode("utf-8", "replace")
    slack_forms.read({"private_metadata": text}, ZONE)
    slack_forms.scope_of({"private_metadata": text}, "person:who")
    teams_forms.unpack(text)
    email_forms.unpack(text)


def actions() -> list[type[Action]]:
    """Every button and form that there is."""
    found: list[type[Action]] = []
    ahead = [Action]
    while ahead:
        below = ahead.pop().__subclasses__()
        ahead += below
        found += [one for one in below if isinstance(getattr(one, "name", None), str)]
    return found


# --- files and texts


def policy_reads(raw: bytes) -> None:
    """A policy is read, or every problem of it is told with its line; and what is read can be used."""
    try:
        policy = _of_file(raw, "policy.yaml", policies.load)
        held(policy, lambda where: ("policy.yaml", 1), shipped())
    except BadFile as bad:
        _assert_told(bad)


def sheet_reads(raw: bytes) -> None:
    """A directory's table is read, or each problem is told with its line; what is read can be imported."""
    try:
        directory = _of_file(raw, "people.csv", lambda path: people.load(path, PLATFORMS))
    except BadFile as bad:
        _assert_told(bad)
        return
    changes(shipped(), directory)
    losses(Replacing(shipped(), directory, _policy(), (), PLATFORMS))


def directory_reads(raw: bytes) -> None:
    """The same for a directory in YAML."""
    try:
        directory: Directory = _of_file(raw, "people.yaml", lambda path: people.load(path, PLATFORMS))
        changes(shipped(), directory)
    except BadFile as bad:
        _assert_told(bad)


def markup_reads(text: str) -> None:
    """Any text is marked-up text, but for holes that nobody fills."""
    try:
        assert isinstance(as_plain(markup(text)), str)
    except KeyError:
        assert "{" in text


def spoilt(text: str, source: Source) -> bytes:
    """A text file with lines dropped, doubled, moved, cut or filled with what does not belong there."""
    lines = text.splitlines()
    for _ in range(1 + source.below(4)):
        at = source.below(len(lines)) if lines else 0
        match source.below(8):
            case 0 if lines:
                del lines[at]
            case 1 if lines:
                lines.insert(source.below(len(lines)), lines[at])
            case 2 if lines:
                head, colon, _ = lines[at].partition(":")
                lines[at] = f"{head}{colon} {one_of(source, _IN_FILES)}"
            case 3 if lines:
                cells = lines[at].split(",")
                cells[source.below(len(cells))] = one_of(source, _IN_FILES)
                lines[at] = ",".join(cells)
            case 4 if lines:
                lines[at] = " " * source.below(9) + lines[at].strip()
            case 5 if lines:
                lines[at] = lines[at][: source.below(len(lines[at]) + 1)]
            case _:
                lines.insert(at, one_of(source, _IN_FILES))
    raw = "\n".join(lines).encode("utf-8", "surrogatepass")
    if not source.below(10):
        at = source.below(len(raw) + 1)
        raw = raw[:at] + one_of(source, (b"\xff", b"\x00", b"\xed\xa0\x80", b"\xef\xbb\xbf")) + raw[at:]
    return (
        raw
        if source.below(20)
        else one_of(source, (b"", b"\xff\xfe", raw.decode("latin-1").encode("utf-16")))
    )


_IN_FILES = (
    "", " ", "\t", "-", ":", "''", '"', "[", "{", "]", "[" * 500, "- " * 300, "? ", "|", ">", "&a x", "*a",
    "!!python/object:x {}", "!x y", "<<: x", "null", "~", "yes", "1", "-1", "0x10", "1e999", "9" * 5_000,
    "٣", "30 working minutes", "0 working days", "99999999999 working days", "1 working fortnight", "\u2028",
    "\x85", "\x00", "\x1b", "\ud800", "\ufeff", "é" * 3_000, "x" * 70_000, "extends: example", "%YAML 9.9",
    "---", "...", "# x", "jo@x", "=1+1", '"a', 'a"b"c', ",,,,", "mon-fri 9-17", "monday-monday", "2026-13-45",
    "Europe/Nowhere", "../../etc/passwd", "slack:C0;teams", "health/:1", "a/b/c/d", "x:0", "x:99999",
)  # fmt: skip


def _of_file(raw: bytes, name: str, load: Callable[[Path], Any]) -> Any:
    with tempfile.TemporaryDirectory(prefix="braver-fuzz-") as folder:
        path = Path(folder) / name
        path.write_bytes(raw)
        return load(path)


def _policy() -> Any:
    return policies.load(EXAMPLE)


def _assert_told(bad: BadFile) -> None:
    assert bad.problems
    for problem in bad.problems:
        assert problem.what, "it says what is wrong"
        assert problem.remedy, "it says what to write instead"
        assert problem.line >= 0


def _unless_malformed(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Malformed:
        return None


def _assert_keepable(incoming: Incoming) -> None:
    """Both databases take every word of it, and their indexes every id."""
    for text in _texts(incoming):
        text.encode()
        assert "\x00" not in text
    assert len(incoming.key.encode()) <= LONGEST_KEY
    address = incoming.place.address
    for id in (
        incoming.account.tenant, incoming.account.user, incoming.place.thread, address.app, address.tenant,
        address.conversation, address.service,
    ):  # fmt: skip
        assert len(id.encode()) <= LONGEST_ID


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from (*_texts(name), *_texts(item))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _texts(item)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _texts(getattr(value, one.name))
