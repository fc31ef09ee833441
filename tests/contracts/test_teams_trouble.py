"""What people see in Teams when something goes wrong: nothing is lost, and nothing is said that is not so."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.chat.form import Form, LongTextField, refused
from bot.chat.turn import Act, Ask, Invalid, Pressed, Reply, Say, Submitted
from playground.faults import Broken, DropBefore, Refuse, Stall, TooMany
from tests.contracts.inbox import PHRASES
from tests.contracts.teams_harness import TeamsHarness, teams_harness
from tests.contracts.teams_talk import FILE, MENU, answers


@pytest_asyncio.fixture
async def teams() -> AsyncIterator[TeamsHarness]:
    async with teams_harness() as harness:
        yield harness


async def test_the_same_message_twice_is_answered_once(teams: TeamsHarness) -> None:
    """Two copies at once are one act with one answer."""
    teams.inbox.answers = answers
    teams.faults.twice()
    jo = teams.actor("jo")
    await jo.says("menu")
    await teams.settled()
    assert len(teams.inbox.deliveries) == 2
    assert len([message for message in jo.messages() if "Menu" in message.words]) == 1


async def test_a_message_that_is_not_saved_is_asked_for_again(teams: TeamsHarness) -> None:
    """503 while nothing can be saved, and the person is told so once; nothing is confirmed."""
    teams.inbox.answers = answers
    teams.inbox.down = True
    jo = teams.actor("jo")
    await jo.says("raise")
    await teams.settled()
    assert [attempt.status for attempt in teams.tenant.attempts[-2:]] == [503, 503]
    assert [seen.words for seen in jo.messages() if not seen.mine] == [PHRASES.try_again]
    assert not jo.sees("Menu")


@pytest.mark.parametrize("forms", ["card", "dialog"])
async def test_a_form_that_is_not_saved_gives_every_word_back(forms: str) -> None:
    """The words are still in the form, with what happened above them; sent again it is the same form."""
    async with teams_harness(forms=forms) as teams:
        teams.inbox.answers = answers
        jo = teams.actor("jo")
        await jo.says("menu")
        await jo.presses("Open")
        teams.inbox.down = True
        await jo.submits({"Reference": "X-1", "Why?": "because\nit matters"})
        form = jo.form()
        assert form is not None
        assert form.problem == PHRASES.not_saved
        assert [item.shown for item in form.drawing.fields] == ["X-1", "because\nit matters"]
        teams.inbox.down = False
        await jo.submits()
        await jo.expects("because it matters")
        assert [key for key in teams.inbox.deliveries if key.startswith("form:")] == ["form:inst-1"] * 2


async def test_an_old_clients_form_that_is_not_saved_gives_every_word_back(teams: TeamsHarness) -> None:
    """Also where the form came as a message there is 503, and the card holds the words again."""
    teams.inbox.answers = answers
    jo = teams.actor("jo")
    await jo.says("menu")
    await jo.presses("Open")
    form = jo.form()
    assert form is not None
    teams.inbox.down = True
    client: Any = jo.client
    old = form.drawing.buttons[0].raw["fallback"]
    post = teams.tenant.state.posts[form.chat][form.message]
    data = old["data"] | {"ref": "X-1", "why": "because"}
    await client._service.event(client._activities.value(client.user, post, data, ""))
    await teams.settled()
    again = jo.form()
    assert again is not None
    assert again.problem == PHRASES.not_saved
    assert [item.shown for item in again.drawing.fields] == ["X-1", "because"]
    assert teams.tenant.attempts[-1].status == 503


async def test_a_stalled_database_does_not_stall_teams(
    teams: TeamsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the work hangs the press is answered in time, and what comes of it late is shown late, once."""
    monkeypatch.setattr("adapters.teams.limits.ANSWER_WITHIN", 0.05)
    teams.inbox.answers = answers
    jo = teams.actor("jo")
    await jo.says("menu")
    await jo.expects("Menu")
    teams.inbox.gate.clear()
    await jo.presses("Ack")
    assert jo.sees(PHRASES.try_again)
    assert not jo.sees("Acknowledged")
    await jo.presses("Ack")
    assert len(set(teams.inbox.deliveries[1:])) == 1
    teams.inbox.gate.set()
    await jo.expects("Acknowledged")
    await teams.settled()
    assert len(teams.inbox.heard) == 2


async def test_a_press_sent_again_under_another_id_is_one_act(monkeypatch: pytest.MonkeyPatch) -> None:
    """Teams may give a press that it sends again another id: while the first is unanswered it is the same."""
    async with teams_harness(patience=0.2) as teams:
        teams.inbox.answers = answers
        jo = teams.actor("jo")
        await jo.says("menu")
        await jo.expects("Menu")
        with monkeypatch.context() as patch:
            # The first press gets no answer before it was sent again.
            patch.setattr(teams.inbox, "gate", asyncio.Barrier(2))
            await jo.presses("Ack")
        ids = {json.loads(attempt.body)["id"] for attempt in teams.tenant.attempts[-2:]}
        assert len(ids) == 2
        assert len(set(teams.inbox.deliveries[1:])) == 1


async def test_the_same_button_pressed_twice_on_purpose_is_two_acts(teams: TeamsHarness) -> None:
    """After an answer, the same button of the same card is pressed anew."""
    teams.inbox.answers = lambda act: Say(MENU)
    jo = teams.actor("jo")
    await jo.says("menu")
    menu = await jo.expects("Menu")
    await jo.presses("Ack", on=menu)
    await jo.presses("Ack", on=menu)
    assert len([one for one in teams.inbox.heard if isinstance(one.act, Pressed)]) == 2


async def test_a_reply_waits_a_moment_where_teams_asks_for_it(
    teams: TeamsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short 429 is waited out; the person has the answer."""
    teams.inbox.answers = answers
    teams.faults.next("post_activity", TooMany(after=0))
    jo = teams.actor("jo")
    await jo.says("menu")
    await jo.expects("Menu")


async def test_a_reply_that_could_not_be_sent_comes_with_the_same_act(teams: TeamsHarness) -> None:
    """A reply lost to a broken connection is no lost act: sent again, the act brings its reply."""
    teams.inbox.answers = answers
    teams.faults.next("post_activity", DropBefore())
    jo = teams.actor("jo")
    client: Any = jo.client
    said = await jo.says("menu")
    await teams.settled()
    assert not jo.sees("Menu")
    post = teams.tenant.state.posts[said.chat][said.id]
    await client._service.event(client._activities.message(client.user, post, "menu", False))
    await jo.expects("Menu")
    assert len(teams.inbox.heard) == 1


async def test_a_card_that_is_gone_is_said_anew(teams: TeamsHarness) -> None:
    """Where the pressed message can't be redrawn the card is a new message."""
    teams.inbox.answers = answers
    jo = teams.actor("jo")
    await jo.says("menu")
    card = await jo.expects("Menu")
    teams.faults.next("update_activity", Refuse("ActivityNotFoundInConversation", 404))
    await jo.presses("Ack", on=card)
    await teams.settled()
    assert teams.inbox.tracked[-1][2].id != card.id


async def test_a_failing_turn_tells_nothing_of_itself(teams: TeamsHarness) -> None:
    """An error inside is 503 and a kind word; no trace of it reaches a person."""

    def broken(act: Act) -> Reply:
        raise RuntimeError("secret detail")

    teams.inbox.answers = broken
    jo = teams.actor("jo")
    await jo.says("raise")
    await teams.settled()
    assert teams.tenant.attempts[-1].status == 503
    assert jo.sees(PHRASES.try_again)
    assert not jo.sees("secret")


async def test_a_form_too_full_to_be_shown_again_stays_as_it_is(teams: TeamsHarness) -> None:
    """Where all typed words do not fit into one card they stay where they were typed, with what is wrong."""
    fields = tuple(LongTextField(f"f{n}", f"Part {n}") for n in range(8))
    full = Form("Long", fields, FILE, "inst-1", "Send")
    teams.inbox.answers = lambda act: (
        Invalid(refused(full, act.values, {"f0": "Too long"})) if isinstance(act, Submitted) else Ask(full)
    )
    jo = teams.actor("jo")
    await jo.says("raise")
    await jo.submits({f"Part {n}": "long " * 600 for n in range(8)})
    await teams.settled()
    assert jo.sees("Part 0: Too long")
    form = jo.form()
    assert form is not None
    assert [len(item.shown) for item in form.drawing.fields] == [3_000] * 8


async def test_closing_waits_for_what_is_being_said() -> None:
    """A shutdown loses no reply that was on its way."""
    async with teams_harness() as teams:
        teams.inbox.answers = answers
        jo = teams.actor("jo")
        stall = teams.faults.next("update_activity", Stall())
        await jo.says("menu")
        await jo.expects("Menu")
        await jo.presses("Ack")
        closing = asyncio.create_task(teams.adapter.settled())
        await asyncio.sleep(0)
        assert not closing.done()
        stall.release()
        await closing
        assert teams.inbox.tracked[-1][0] == "case:7"


async def test_a_broken_teams_stalls_no_answer(teams: TeamsHarness) -> None:
    """Where Teams refuses every message the turn is still taken, and answered 200."""
    teams.inbox.answers = answers
    teams.faults.next("post_activity", Broken(500), times=2)
    jo = teams.actor("jo")
    await jo.says("menu")
    assert teams.tenant.attempts[-1].status == 200
    assert len(teams.inbox.heard) == 1
