"""One contract, kept by every adapter: what a flow may rely on, whatever the person uses.

Everything goes over real HTTP: a simulated platform on one side, a scripted inbox on the other.
"""

import time
from collections.abc import Mapping
from typing import Protocol

import pytest

from bot.chat.action import Payload
from bot.chat.card import Button, Card, Fact, Facts, Status, Text
from bot.chat.port import DeliveryError, Gone, Platform, Refused, TryLater, Uncertain, Unreachable
from bot.chat.text import plain, quote
from bot.chat.turn import (
    Message,
    Place,
)
from playground.faults import Broken, DropAfter, DropBefore, Faults, Refuse, TooMany
from playground.people import Actor
from tests.contracts.inbox import ScriptedInbox
from tests.contracts.lacking import Missing, needs
from tests.contracts.reasons import assert_plain

CHANNEL = "duty-team"
POST = {"slack": "chat.postMessage", "teams": "post_activity", "email": "DATA"}
UPDATE = {"slack": "chat.update", "teams": "update_activity"}
DELETE = {"slack": "chat.delete", "teams": "delete_activity"}
REFUSED = {"slack": Refuse("cant_delete_message"), "teams": Refuse("Forbidden", 403)}

RAISE = Payload("raise.open", 1, '{"case":"WIC-7"}')
CASE = Card(
    "Case WIC-7",
    (Status("Answer due", "attention"), Facts((Fact("Raised by", "Jo Marsh"),)), Text(quote("It rained."))),
    (Button("Acknowledge", RAISE, "primary"),),
    plain("No names, please."),
)


class Harness(Protocol):
    """A simulated platform, the real adapter, and an inbox that the test scripts.

    Jo and Helen are in the channel `CHANNEL` and can be reached; Lena has an account and is not in it.
    `lacks` says what the platform has not, and why; `nobody` is an address that nobody has there.
    """

    name: str
    inbox: ScriptedInbox
    lacks: Mapping[Missing, str]
    nobody: str

    @property
    def platform(self) -> Platform: ...

    @property
    def faults(self) -> Faults: ...

    def actor(self, id: str) -> Actor: ...

    async def personal(self, id: str) -> Place:
        """The person's private chat."""

    async def channel(self) -> Place:
        """Raises AssertionError where there are none: see `needs`."""

    async def known(self) -> tuple[Place, ...]:
        """The places in whose roster somebody may be found."""

    async def nowhere(self) -> Place:
        """A conversation that is not there, or that the bot is not in."""

    async def settled(self) -> None:
        """Every event was taken and every reply carried out."""


class SendingContract:
    """Tests for a `harness` fixture."""

    async def test_a_post_shows_all_of_the_card(self, harness: Harness) -> None:
        """A posted card arrives in the person's private chat with everything that it says."""
        await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        seen = await harness.actor("jo").expects("Case WIC-7")
        for words in ("Answer due", "Raised by", "Jo Marsh", "It rained.", "No names, please."):
            assert words in seen.words
        assert [button.label for button in seen.drawing.buttons] == ["Acknowledge"]

    async def test_a_post_is_for_one_person(self, harness: Harness) -> None:
        """What is posted to one person is seen by nobody else."""
        await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        assert not harness.actor("helen").sees("Case WIC-7")

    async def test_a_post_in_a_channel_is_for_all_there(self, harness: Harness) -> None:
        """What is posted in a channel is seen by its members, and by nobody else."""
        needs(harness, "channels")
        await harness.platform.post(await harness.channel(), CASE, "delivery-1")
        assert harness.actor("jo").sees("Case WIC-7")
        assert harness.actor("helen").sees("Case WIC-7")
        assert not harness.actor("lena").sees("Case WIC-7")

    async def test_a_reply_stands_in_the_thread(self, harness: Harness) -> None:
        """A post whose place has a thread stands under the thread's root."""
        needs(harness, "channels")
        place = await harness.channel()
        root = await harness.platform.post(place, CASE, "delivery-1")
        there = Place(root.address, "channel", root.thread or root.id)
        await harness.platform.post(there, Card("Under it"), "delivery-2")
        assert (await harness.actor("jo").expects("Under it")).thread == root.id

    async def test_an_update_takes_the_place_of_the_card(self, harness: Harness) -> None:
        """An updated message shows the new card where the old one stood."""
        message = await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        before = await harness.actor("jo").expects("Case WIC-7")
        await harness.platform.update(message, Card("Case WIC-7 is closed"))
        after = await harness.actor("jo").expects("is closed")
        assert after.id == before.id
        assert not harness.actor("jo").buttons()

    async def test_somebody_unknown_is_unreachable(self, harness: Harness) -> None:
        """An address that nobody has is unreachable, with a reason in words; nobody is guessed."""
        with pytest.raises(Unreachable) as caught:
            await harness.platform.reach(harness.nobody, await harness.known())
        assert_plain(caught.value.reason)

    async def test_somebody_who_is_there_is_proved_to_be(self, harness: Harness) -> None:
        """Nobody is messaged for it; and somebody unknown is not proved, whatever places were seen."""
        known, before = await harness.known(), len(harness.actor("jo").messages())
        await harness.platform.present("jo@wickering.example", (await harness.personal("jo"), *known))
        with pytest.raises(Unreachable) as caught:
            await harness.platform.present(harness.nobody, known)
        assert_plain(caught.value.reason)
        await harness.settled()
        assert len(harness.actor("jo").messages()) == before

    async def test_the_platform_vouches_for_the_speaker(self, harness: Harness) -> None:
        """Who wrote is known by the e-mail address that the platform has verified, and by name."""
        await harness.actor("jo").says("hello")
        heard = harness.inbox.last
        profile = await harness.platform.profile(heard.account, heard.place)
        assert profile is not None
        name = "" if "names" in harness.lacks else "Jo Marsh"
        assert (profile.email, profile.name) == ("jo@wickering.example", name)

    async def test_a_reached_person_is_the_one_who_writes(self, harness: Harness) -> None:
        """The place found by e-mail is the place from which the person writes."""
        place = await harness.personal("jo")
        await harness.actor("jo").says("hello")
        assert harness.inbox.last.place.address.conversation == place.address.conversation

    # --- errors

    async def test_too_many_requests_are_tried_later(self, harness: Harness) -> None:
        """Where the platform asks to wait, the error says for how long."""
        place = await harness.personal("jo")
        harness.faults.next(POST[harness.name], TooMany(after=7))
        with pytest.raises(TryLater) as caught:
            await harness.platform.post(place, CASE, "delivery-1")
        assert caught.value.after == (None if "waiting times" in harness.lacks else 7)

    async def test_a_platform_that_is_down_is_tried_later(self, harness: Harness) -> None:
        """A platform that is not available has taken nothing."""
        place = await harness.personal("jo")
        harness.faults.next(POST[harness.name], Broken(503))
        with pytest.raises(TryLater):
            await harness.platform.post(place, CASE, "delivery-1")
        assert not harness.actor("jo").sees("Case WIC-7")

    async def test_a_lost_answer_is_uncertain(self, harness: Harness) -> None:
        """A post whose answer is lost may have arrived, and the error says so."""
        place = await harness.personal("jo")
        harness.faults.next(POST[harness.name], DropAfter())
        with pytest.raises(Uncertain):
            await harness.platform.post(place, CASE, "delivery-1")
        await harness.actor("jo").expects("Case WIC-7")

    async def test_a_cut_connection_is_in_the_closed_set(self, harness: Harness) -> None:
        """A connection cut before anything was done raises an error of the closed set, and shows nothing."""
        place = await harness.personal("jo")
        harness.faults.next(POST[harness.name], DropBefore())
        with pytest.raises((TryLater, Uncertain)):
            await harness.platform.post(place, CASE, "delivery-1")
        assert not harness.actor("jo").sees("Case WIC-7")

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 500, 502, 504])
    async def test_every_failure_is_in_the_closed_set(self, harness: Harness, status: int) -> None:
        """Whatever the platform answers, only a delivery error comes out, and it names no secret."""
        place = await harness.personal("jo")
        message = await harness.platform.post(place, CASE, "delivery-1")
        harness.faults.next(POST[harness.name], Broken(status), times=9)
        with pytest.raises(DeliveryError) as caught:
            await harness.platform.post(place, CASE, "delivery-2")
        reasons = [caught.value.reason]
        if "updates that can fail" not in harness.lacks:
            harness.faults.next(UPDATE[harness.name], Broken(status), times=9)
            with pytest.raises(DeliveryError) as caught:
                await harness.platform.update(message, CASE)
            reasons.append(caught.value.reason)
        for reason in reasons:
            assert "http" not in reason
            assert "xox" not in reason

    async def test_a_place_without_the_bot_is_unreachable(self, harness: Harness) -> None:
        """A conversation that the bot is not in can't be posted to."""
        with pytest.raises(Unreachable):
            await harness.platform.post(await harness.nowhere(), CASE, "delivery-1")

    async def test_a_message_that_is_not_there_is_gone(self, harness: Harness) -> None:
        """Updating a message that was removed says that it is gone."""
        message = await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        removed = Message(message.address, "1700000000.000001")
        with pytest.raises(Gone):
            await harness.platform.update(removed, CASE)

    async def test_a_message_is_taken_away(self, harness: Harness) -> None:
        """Nobody sees it any more; what stays all the same is said in words, without a secret."""
        message = await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        await harness.actor("jo").expects("Case WIC-7")
        stays = await harness.platform.remove(message)
        await harness.actor("jo").client.look()
        assert not harness.actor("jo").sees("It rained.")
        assert (stays == "") == ("messages that can be recalled" not in harness.lacks)
        if stays:
            assert_plain(stays)

    async def test_a_message_in_a_thread_is_taken_away_alone(self, harness: Harness) -> None:
        """What people wrote around it is theirs, and stays."""
        needs(harness, "channels")
        place = await harness.channel()
        root = await harness.platform.post(place, Card("Above it"), "delivery-1")
        there = Place(root.address, "channel", root.thread or root.id)
        below = await harness.platform.post(there, CASE, "delivery-2")
        await harness.actor("jo").replies(await harness.actor("jo").expects("Above it"), "That is mine")
        await harness.platform.remove(below)
        assert not harness.actor("jo").sees("Case WIC-7")
        assert harness.actor("jo").sees("Above it")
        assert "That is mine" in harness.actor("jo").screen()

    async def test_what_is_taken_away_twice_is_gone(self, harness: Harness) -> None:
        """So that a crash in between does no harm."""
        message = await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        await harness.platform.remove(message)
        try:
            await harness.platform.remove(message)
        except Gone as gone:
            assert_plain(gone.reason)

    @pytest.mark.parametrize("status", [401, 403, 429, 500, 502])
    async def test_what_can_t_be_taken_away_is_in_the_closed_set(self, harness: Harness, status: int) -> None:
        """Whatever the platform answers; a fault of its own is tried again, what is forbidden is not."""
        needs(harness, "updates that can fail")
        message = await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        harness.faults.next(DELETE[harness.name], Broken(status), times=9)
        with pytest.raises(DeliveryError) as caught:
            await harness.platform.remove(message)
        assert isinstance(caught.value, TryLater) == (status != 403 or harness.name == "slack")
        assert_plain(caught.value.reason)

    async def test_what_is_not_ours_can_t_be_taken_away(self, harness: Harness) -> None:
        """The platform says no; the reason is in words."""
        needs(harness, "updates that can fail")
        message = await harness.platform.post(await harness.personal("jo"), CASE, "delivery-1")
        harness.faults.next(DELETE[harness.name], REFUSED[harness.name])
        with pytest.raises(Refused) as caught:
            await harness.platform.remove(message)
        assert_plain(caught.value.reason)

    async def test_a_post_is_found_by_its_key(self, harness: Harness) -> None:
        """Where the platform can look posts up, one that was taken is found by its key, and no other is."""
        place, began = await harness.personal("jo"), time.time()
        message = await harness.platform.post(place, CASE, "delivery-1")
        found = await harness.platform.find(place, "delivery-1", began)
        assert (found is not None) == harness.platform.capabilities.finds_posts
        assert found is None or found.id == message.id
        assert await harness.platform.find(place, "delivery-2", began) is None

    async def test_a_post_of_unknown_fate_is_found_by_its_key(self, harness: Harness) -> None:
        """Where the platform can look posts up, the lost one is found by its key and can be updated."""
        needs(harness, "lost posts that are found")
        if not harness.platform.capabilities.finds_posts:
            assert await harness.platform.find(await harness.personal("jo"), "delivery-1", 0) is None
            return
        place, began = await harness.personal("jo"), time.time()
        harness.faults.next(POST[harness.name], DropAfter())
        with pytest.raises(Uncertain):
            await harness.platform.post(place, CASE, "delivery-1")
        assert await harness.platform.find(place, "delivery-2", began) is None
        found = await harness.platform.find(place, "delivery-1", began)
        assert found is not None
        await harness.platform.update(found, Card("Found again"))
        assert harness.actor("jo").sees("Found again")
