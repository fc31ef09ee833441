"""What takes its time, on the way out or on the way in, or arrives in another order than it was done."""

import asyncio

from playground.faults import Stall
from playground.house import House
from tests.faults.filing import filed_and_not_sent
from tests.faults.looking import POST, faults_of, happened, standing, the_case
from tests.stories.filing import filed


async def test_a_platform_that_takes_its_time(house: House, platform: str) -> None:
    """A message that hangs holds up no message to anybody else, and arrives once."""
    reference = await filed_and_not_sent(house)
    people = [house.world.person(name) for name in ("helen", "priya", "jo")]
    slow = faults_of(house.world, platform).next(POST[platform], Stall())
    sending = asyncio.create_task(house.quiet())
    await slow.met.wait()
    words = [f"Escalation {reference} for you", f"has escalated · {reference}", "is filed"]
    await _until_two_have_theirs(house, words)
    assert not sending.done()
    slow.release()
    await sending
    assert [len(standing(person, word)) for person, word in zip(people, words, strict=True)] == [1, 1, 1]


async def _until_two_have_theirs(house: House, words: list[str]) -> None:
    people = [house.world.person(name) for name in ("helen", "priya", "jo")]

    def arrived() -> bool:
        return sum(bool(standing(one, word)) for one, word in zip(people, words, strict=True)) >= 2

    await house.world.feed.until(arrived, patience=60)


async def test_an_act_that_arrives_after_its_time(house: House, platform: str) -> None:
    """An acknowledgement that was on its way for so long that the case went up meanwhile undoes nothing: who
    sent it is told how things stand now."""
    reference = await filed(house)
    helen = house.world.person("helen")
    late = faults_of(house.world, platform).late()
    typing = asyncio.create_task(helen.replies(f"Escalation {reference} for you", "ack"))
    await late.met.wait()
    while (await the_case(house.service.database)).stage == 1:
        await house.to_next_deadline()
    late.release()
    await typing
    await house.quiet()
    assert (await the_case(house.service.database)).stage == 2
    assert await happened(house.service.database, "acknowledged") == []
    await helen.expects_new("Stage 2")


async def test_acts_that_arrive_in_another_order(house: House, platform: str) -> None:
    """Of two acts the second one arrives first: each has its own effect, once."""
    reference = await filed(house)
    helen, jo = house.world.person("helen"), house.world.person("jo")
    faults_of(house.world, platform).swap()
    first = asyncio.create_task(helen.replies(f"Escalation {reference} for you", "ack"))
    await asyncio.sleep(0)
    await jo.says("cases")
    await first
    await house.quiet()
    assert len(await happened(house.service.database, "acknowledged")) == 1
    assert len(standing(jo, "Helen Castle has seen this")) == 1
    await jo.expects(reference)
