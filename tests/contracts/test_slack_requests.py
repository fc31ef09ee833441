"""What comes to the one address: who is let in, how long an answer may take, what a failure tells Slack."""

import json
import time
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from adapters.slack import SlackSettings, limits
from bot.chat.action import Payload
from bot.chat.card import Button, Card
from bot.chat.form import Form, LongTextField
from bot.chat.turn import Ask, Done, Said, Say, Submitted
from playground.screen import Json
from playground.slack_client import envelope
from playground.slack_service import signed
from tests.contracts.conversation_contract import FORM
from tests.contracts.inbox import PHRASES
from tests.contracts.slack_harness import ZONE, SlackHarness, slack_harness

OPEN = Payload("raise.open", 1)


@pytest.fixture
async def harness() -> AsyncIterator[SlackHarness]:
    """A workspace with the adapter."""
    async with slack_harness() as found:
        yield found


@pytest.fixture
async def hasty() -> AsyncIterator[SlackHarness]:
    """The same with an adapter of little patience, so that no test waits for a database that hangs."""
    async with slack_harness(answer_within=0.05, moment_after=0.0) as found:
        yield found


async def post(
    harness: SlackHarness, body: bytes, headers: dict[str, str], kind: str = "application/json"
) -> tuple[int, str]:
    """A request to the adapter; status and body of its answer."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            harness.workspace.service, data=body, headers={"Content-Type": kind, **headers}
        ) as answer,
    ):
        return answer.status, await answer.text()


async def send(harness: SlackHarness, body: str, kind: str = "application/json") -> tuple[int, str]:
    """A request that Slack signed."""
    return await post(harness, body.encode(), signed(harness.workspace.signing_secret, body), kind)


def words(harness: SlackHarness, text: str, ts: str = "1790000000.000100", **more: object) -> str:
    """A message of Jo's in her direct message, as an event."""
    state = harness.workspace.state
    event: Json = {"type": "message", "channel_type": "im", "user": harness.users["jo"], "text": text}
    event |= {"ts": ts, "event_ts": ts, "channel": state.direct(harness.users["jo"]).id, **more}
    return json.dumps(envelope(state, event))


def now(shift: int = 0) -> int:
    return int(time.time()) + shift


def tampered(headers: dict[str, str], **changed: str) -> dict[str, str]:
    names = {"stamp": "X-Slack-Request-Timestamp", "signature": "X-Slack-Signature"}
    return {**headers, **{names[name]: value for name, value in changed.items()}}


WRONG, OLD, NONE = "wrong signature", "too old", "no signature"
FORGERIES: dict[str, tuple[str, Callable[[str, str], dict[str, str]]]] = {
    "made-up": (WRONG, lambda secret, body: tampered(signed(secret, body), signature="v0=" + "0" * 64)),
    "other scheme": (WRONG, lambda secret, body: tampered(signed(secret, body), signature="v1=abc")),
    "other secret": (WRONG, lambda secret, body: signed("somebody else's", body)),
    "other body": (WRONG, lambda secret, body: signed(secret, body + " ")),
    "old signature, new time": (
        WRONG,
        lambda secret, body: tampered(signed(secret, body, now(-301)), stamp=str(now())),
    ),
    "signed long ago": (OLD, lambda secret, body: signed(secret, body, now(-301))),
    "signed in the future": (OLD, lambda secret, body: signed(secret, body, now(400))),
    "no headers": (NONE, lambda secret, body: {}),
    "no signature": (NONE, lambda secret, body: tampered(signed(secret, body), signature="")),
    "no time": (NONE, lambda secret, body: tampered(signed(secret, body), stamp="")),
    "time in words": (NONE, lambda secret, body: tampered(signed(secret, body), stamp="yesterday")),
}


@pytest.mark.parametrize("how", FORGERIES)
async def test_a_request_that_is_not_slacks_is_refused(harness: SlackHarness, how: str) -> None:
    """A forged, stale or replayed request gets 401, is counted, and has no effect."""
    body = words(harness, "hello")
    reason, forge = FORGERIES[how]
    status, answer = await post(harness, body.encode(), forge(harness.workspace.signing_secret, body))
    assert status == 401
    assert answer == ""
    assert harness.inbox.refusals == [("slack", reason)]
    assert not harness.inbox.deliveries


async def test_a_signed_request_is_let_in(harness: SlackHarness) -> None:
    """The same request with Slack's signature is taken and not counted."""
    assert (await send(harness, words(harness, "hello")))[0] == 200
    assert harness.inbox.last.act == Said("hello")
    assert not harness.inbox.refusals


async def test_a_replay_within_minutes_is_the_same_act(harness: SlackHarness) -> None:
    """A signed request that is sent once more has no second effect and no second answer."""
    harness.inbox.answers = lambda act: Say(Card("I am here"))
    body = words(harness, "hello")
    headers = signed(harness.workspace.signing_secret, body)
    for _ in range(3):
        assert (await post(harness, body.encode(), headers))[0] == 200
    await harness.settled()
    assert len(harness.inbox.heard) == 1
    assert len([seen for seen in harness.actor("jo").messages() if "I am here" in seen.words]) == 1


async def test_a_request_too_large_is_not_read(harness: SlackHarness) -> None:
    """A body beyond the limit is refused before it is parsed, signed or not."""
    body = words(harness, "x" * limits.BODY)
    assert (await send(harness, body))[0] == 413
    assert harness.inbox.refusals == [("slack", "too large")]
    assert not harness.inbox.deliveries


async def test_the_address_proves_itself(harness: SlackHarness) -> None:
    """Slack's question whether the address is ours is answered with its challenge."""
    status, answer = await send(harness, json.dumps({"type": "url_verification", "challenge": "c-1"}))
    assert status == 200
    assert json.loads(answer) == {"challenge": "c-1"}


@pytest.mark.parametrize("body", ["{", "[]", "null", '"x"', "{}", '{"type":"event_callback"}'])
async def test_a_signed_body_without_sense_does_no_harm(harness: SlackHarness, body: str) -> None:
    """What Slack would never send is turned away without an error of ours and without a trace."""
    status, answer = await send(harness, body)
    assert status < 500
    assert "Traceback" not in answer
    assert not harness.inbox.deliveries


@pytest.mark.parametrize(
    "event",
    [
        {"type": "reaction_added", "user": "U1", "reaction": "eyes", "item": {}},
        {"type": "member_joined_channel", "user": "U1", "channel": "C1"},
        {"type": "something_new"},
        {"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "messages"},
    ],
)
async def test_other_events_are_taken_quietly(harness: SlackHarness, event: Json) -> None:
    """An event that is no act of a person gets 200, so that Slack does not send it again."""
    status, _ = await send(harness, json.dumps(envelope(harness.workspace.state, event)))
    assert status == 200
    assert not harness.inbox.deliveries


async def test_an_event_that_was_not_saved_comes_again(harness: SlackHarness) -> None:
    """With the database away an event is answered 503, nobody is told anything, and the repetition counts."""
    harness.inbox.answers = lambda act: Say(Card("I am here"))
    harness.inbox.down = True
    body = words(harness, "hello")
    assert (await send(harness, body))[0] == 503
    await harness.settled()
    assert not harness.actor("jo").sees("I am here")
    harness.inbox.down = False
    assert (await send(harness, body))[0] == 200
    await harness.settled()
    assert len(harness.inbox.heard) == 1
    assert harness.actor("jo").sees("I am here")


async def test_words_that_were_not_saved_at_last_are_told(harness: SlackHarness) -> None:
    """Slack sends an event three times more. After that nobody but us knows of it: whoever spoke to Braver is
    told, and nobody who did not."""
    harness.inbox.down = True
    body = words(harness, "hello")
    there = {"channel_type": "channel", "channel": harness.channel_id, "user": harness.users["helen"]}
    beside = words(harness, "still there?", "1790000000.000200", thread_ts="1790000000.000150", **there)
    for retry in ("", "1", "2", "3"):
        assert not harness.actor("jo").sees(PHRASES.try_again)
        for sent in (body, beside):
            headers = signed(harness.workspace.signing_secret, sent)
            headers |= {"X-Slack-Retry-Num": retry} if retry else {}
            assert (await post(harness, sent.encode(), headers))[0] == 503
        await harness.settled()
    assert len([seen for seen in harness.actor("jo").messages() if PHRASES.try_again in seen.words]) == 1
    assert not harness.actor("helen").sees(PHRASES.try_again)


async def test_a_stalled_database_confirms_nothing(hasty: SlackHarness) -> None:
    """While the database hangs an event gets 503 in time; saved late, it is answered, and answered once."""
    hasty.inbox.answers = lambda act: Say(Card("I am here"))
    hasty.inbox.gate.clear()
    body = words(hasty, "hello")
    assert (await send(hasty, body))[0] == 503
    assert not hasty.actor("jo").sees("I am here")
    hasty.inbox.gate.set()
    await hasty.settled()
    await send(hasty, body)
    await hasty.settled()
    assert len(hasty.inbox.heard) == 1
    assert len([seen for seen in hasty.actor("jo").messages() if "I am here" in seen.words]) == 1


async def test_a_failure_of_ours_says_nothing_outside(harness: SlackHarness) -> None:
    """An unforeseen error leads to a repetition, and its words stay inside."""

    def broken(act: object) -> None:
        raise RuntimeError("secret words")

    harness.inbox.answers = broken
    status, answer = await send(harness, words(harness, "hello"))
    assert (status, answer) == (503, "")


async def test_a_press_that_was_not_saved_is_told(harness: SlackHarness) -> None:
    """A press is not sent again by Slack, so the person is told that it had no effect."""
    await harness.platform.post(await harness.personal("jo"), Card("Case", (), (Button("Ack", OPEN),)), "k")
    harness.inbox.down = True
    await harness.actor("jo").presses("Ack")
    await harness.settled()
    assert harness.actor("jo").sees(PHRASES.not_saved_title)
    assert harness.actor("jo").sees(PHRASES.try_again)


async def test_a_command_that_was_not_saved_is_told(harness: SlackHarness) -> None:
    """So is a command, to the person alone."""
    harness.inbox.down = True
    await harness.workspace.client(harness.users["jo"]).command(
        "/braver raise", harness.workspace.state.named("duty-team")
    )
    await harness.settled()
    assert harness.actor("jo").sees(PHRASES.try_again)
    assert not harness.actor("helen").sees(PHRASES.try_again)


async def test_a_slow_form_is_announced_before_the_trigger_dies(hasty: SlackHarness) -> None:
    """Where the form is slow to come, a modal says so at once and is filled when the form is there."""
    hasty.inbox.answers = lambda act: Ask(FORM)
    jo = hasty.actor("jo")
    card = Card("Menu", (), (Button("Raise", OPEN, opens_form=True),))
    await hasty.platform.post(await hasty.personal("jo"), card, "k")
    hasty.inbox.gate.clear()
    await jo.presses("Raise")
    await jo.expects(PHRASES.one_moment)
    hasty.workspace.clock.wind(10)
    hasty.inbox.gate.set()
    await hasty.settled()
    form = jo.form()
    assert form is not None
    assert form.title == FORM.title
    assert not jo.sees(PHRASES.one_moment)


async def test_a_slow_form_that_does_not_come_says_so(hasty: SlackHarness) -> None:
    """A modal that waited in vain says that nothing was saved."""
    card = Card("Menu", (), (Button("Raise", OPEN, opens_form=True),))
    await hasty.platform.post(await hasty.personal("jo"), card, "k")
    hasty.inbox.gate.clear()
    hasty.inbox.down = True
    await hasty.actor("jo").presses("Raise")
    await hasty.actor("jo").expects(PHRASES.one_moment)
    hasty.inbox.gate.set()
    await hasty.settled()
    assert hasty.actor("jo").sees(PHRASES.try_again)


async def test_a_slow_form_that_became_a_card_shows_the_card(hasty: SlackHarness) -> None:
    """A modal that waited for a form shows the card that came instead."""
    hasty.inbox.answers = lambda act: Say(Card("This case is closed"))
    card = Card("Menu", (), (Button("Raise", OPEN, opens_form=True),))
    await hasty.platform.post(await hasty.personal("jo"), card, "k")
    hasty.inbox.gate.clear()
    await hasty.actor("jo").presses("Raise")
    await hasty.actor("jo").expects(PHRASES.one_moment)
    hasty.inbox.gate.set()
    await hasty.settled()
    form = hasty.actor("jo").form()
    assert form is not None
    assert form.title == "This case is closed"


async def test_a_stalled_submission_gives_the_words_back_in_time(hasty: SlackHarness) -> None:
    """While the database hangs a form comes back with its words; sent again, it is the act that was saved."""
    note = Form("Note", (LongTextField("note", "What happened?"),), OPEN, "instance-9", "Send")
    hasty.inbox.answers = lambda act: Done(Card("Filed")) if isinstance(act, Submitted) else Ask(note)
    jo = hasty.actor("jo")
    await hasty.workspace.client(hasty.users["jo"]).command(
        "/braver note", hasty.workspace.state.direct(hasty.users["jo"])
    )
    await hasty.settled()
    hasty.inbox.gate.clear()
    await jo.submits({"What happened?": "It rained."})
    form = jo.form()
    assert form is not None
    assert PHRASES.not_saved in form.drawing.words
    assert [item.shown for item in form.drawing.fields] == ["It rained."]
    assert not jo.sees("Filed")
    hasty.inbox.gate.set()
    await hasty.settled()
    await jo.submits({"What happened?": "It rained a lot."})
    await hasty.settled()
    assert [act.values for act in submissions(hasty)] == [{"note": "It rained."}]
    assert jo.form() is None
    assert len([seen for seen in jo.messages() if "Filed" in seen.words]) == 1


async def test_a_form_may_fail_to_be_saved_twice(harness: SlackHarness) -> None:
    """However often a form could not be saved, it says so once, and holds what was typed last."""
    note = Form("Note", (LongTextField("note", "What happened?"),), OPEN, "instance-9", "Send")
    harness.inbox.answers = lambda act: Ask(note)
    jo = harness.actor("jo")
    there = harness.workspace.state.direct(harness.users["jo"])
    await harness.workspace.client(harness.users["jo"]).command("/braver note", there)
    await harness.settled()
    harness.inbox.down = True
    await jo.submits({"What happened?": "It rained."})
    await jo.submits({"What happened?": "It rained a lot."})
    form = jo.form()
    assert form is not None
    assert form.drawing.words.count(PHRASES.not_saved) == 1
    assert [item.shown for item in form.drawing.fields] == ["It rained a lot."]


def submissions(harness: SlackHarness) -> list[Submitted]:
    return [heard.act for heard in harness.inbox.heard if isinstance(heard.act, Submitted)]


def test_settings_keep_their_secrets() -> None:
    """Neither the token nor the signing secret is shown where settings are printed."""
    shown = repr(SlackSettings("xoxb-secret", "signing-secret", ZONE))
    assert "secret" not in shown
