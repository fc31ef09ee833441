"""Cover: who has a message while somebody is away, who has it back, and who answers for the raiser."""

from datetime import timedelta

import pytest

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.changes import replay
from bot.escalation.clocks import NEXT_WAY, live_clocks
from bot.escalation.decide import NotTheirs, Refusal, Stale
from bot.people.duty import Absence
from tests.units.cases import DIRECTORY, MONDAY, Played, raised, standing_in
from tests.units.rich_policy import policy_with

DAY = timedelta(days=1)
WITH_NET = policy_with(reach={"nobody_left": "partnership/business_manager", "next_way_after": "50%"})
NOBODY: frozenset[str] = frozenset()


def away(person: str, cover: str = "") -> Absence:
    return Absence(person, person, MONDAY - DAY, MONDAY + 30 * DAY, cover)


def receiving(played: Played) -> tuple[str, str]:
    party = played.open_case.now_with.receiving
    return party.person, party.covers


# Who has it


def test_the_cover_is_messaged_and_the_absent_one_finds_it_on_return() -> None:
    """The absent manager is told nothing now, and is on the case."""
    played = raised(standing=standing_in(DIRECTORY, away("helen", "noor")))
    assert receiving(played) == ("noor", "helen")
    assert ("stage", "noor") in played.told_since(0)
    assert not any(person == "helen" for _, person in played.told_since(0))
    assert played.open_case.members["helen"].role == "receiving_manager"
    assert played.open_case.covered == ("helen",)


def test_nobody_at_the_post_leaves_the_post_that_the_policy_names() -> None:
    """Holder and deputy are away: the business manager, before any safeguarding lead."""
    standing = standing_in(DIRECTORY, away("helen"), away("leo"))
    assert receiving(raised(standing=standing, policy=WITH_NET)) == ("nell", "helen")
    assert receiving(raised(standing=standing)) == ("noor", "helen")


def test_nobody_at_all_leaves_the_coordinator_who_does_not_see_it() -> None:
    """Everybody who could have it is away: somebody still has to find the right person."""
    gone = (away(person) for person in ("helen", "leo", "noor", "nell", "alma"))
    played = raised(standing=standing_in(DIRECTORY, *gone), policy=WITH_NET)
    party = played.open_case.now_with.receiving
    assert (party.person, party.stands_in, party.covers) == ("sam", True, "helen")
    assert played.open_case.members["sam"].role == "coordinator"
    assert played.open_case.members["helen"].role == "receiving_manager"
    played.standing = standing_in(DIRECTORY)
    played.do(c.TakeBack("helen", 1))
    assert receiving(played) == ("helen", "")


def test_who_decided_never_has_it_even_as_a_named_cover() -> None:
    """The manager who is away named the very person whose decision is disputed."""
    standing = standing_in(DIRECTORY, away("helen", "marek"))
    played = raised(standing=standing, decided_by="marek")
    assert receiving(played) == ("leo", "helen")


# An absence that begins while a case runs, and ends


def test_what_somebody_has_goes_over_when_they_leave() -> None:
    """No clock restarts; the raiser is told; the one who left is told nothing."""
    played = raised()
    clocks = live_clocks(played.open_case)
    played.standing = standing_in(DIRECTORY, away("helen", "noor"))
    mark = len(played.told)
    played.do(c.Relieve("helen", 1))
    assert receiving(played) == ("noor", "helen")
    assert played.told_since(mark) == {("stage", "noor"), ("handed_over", "jo")}
    assert live_clocks(played.open_case) == clocks
    assert played.do(c.Relieve("helen", 1)) == ()


def test_nothing_goes_over_from_who_has_nothing() -> None:
    """Or at a stage that is over."""
    played = raised(standing=standing_in(DIRECTORY, away("tom")))
    assert played.do(c.Relieve("tom", 1)) == ()
    assert played.do(c.Relieve("helen", 2)) == ()


def test_on_return_they_take_it_back() -> None:
    """And the cover is no longer asked."""
    played = raised(standing=standing_in(DIRECTORY, away("helen", "noor")))
    played.standing = standing_in(DIRECTORY)
    mark = len(played.told)
    played.do(c.TakeBack("helen", 1))
    assert receiving(played) == ("helen", "")
    assert ("stage", "helen") in played.told_since(mark)
    played.do(c.Answer("helen", 1, "We visit tomorrow."))


def test_there_is_nothing_to_take_back_once_it_has_moved_on() -> None:
    """It went up a stage, or was handed on."""
    played = raised(standing=standing_in(DIRECTORY, away("helen", "noor")))
    with pytest.raises(NotTheirs):
        played.do(c.TakeBack("tom", 1))
    played.do(c.HandOver("noor", 1, "leo", "Closer to it."))
    with pytest.raises(NotTheirs):
        played.do(c.TakeBack("helen", 1))
    while played.open_case.stage_number == 1:
        played.wait()
    with pytest.raises(Stale):
        played.do(c.TakeBack("helen", 1))


# The raiser's cover


def answers_for(person: str = "kit") -> Played:
    played = raised()
    played.do(c.LetAnswer("jo", person))
    return played


def test_a_colleague_answers_for_the_raiser() -> None:
    """They get what the raiser gets, and can say that it is settled."""
    played = answers_for()
    mark = len(played.told)
    played.do(c.Answer("helen", 1, "We visit tomorrow."))
    assert {("answer", "jo"), ("answer", "kit")} <= played.told_since(mark)
    played.do(c.Accept("kit", 1, 1, "agreed_plan", "A visit."))
    assert not played.open_case.open
    assert replay(played.history) == played.open_case


def test_the_colleague_is_told_when_it_begins_and_when_it_ends() -> None:
    """After that they decide nothing any more."""
    played = raised()
    mark = len(played.told)
    played.do(c.LetAnswer("jo", "kit"))
    assert played.told_since(mark) == {("answers_for", "kit")}
    mark = len(played.told)
    played.do(c.LetAnswer("jo", ""))
    assert played.told_since(mark) == {("left", "kit")}
    played.do(c.Answer("helen", 1, "We visit tomorrow."))
    with pytest.raises(NotTheirs):
        played.do(c.Accept("kit", 1, 1, "agreed_plan", "A visit."))


@pytest.mark.parametrize("person", ["helen", "marek", "jo", "nobody-at-all", "tom"])
def test_nobody_of_the_other_side_answers_for_the_raiser(person: str) -> None:
    """Only a colleague of the raiser's own agency."""
    with pytest.raises(Refusal):
        answers_for(person)


def test_only_the_raiser_says_who_answers_for_them() -> None:
    """Not the colleague, and not the manager."""
    played = answers_for()
    for person in ("kit", "priya", "helen"):
        with pytest.raises(NotTheirs):
            played.do(c.LetAnswer(person, "ines"))


# The next way


def test_an_unacknowledged_message_also_goes_the_next_way() -> None:
    """After half of the time, to the side that has not acknowledged, and to it alone."""
    played = raised(policy=WITH_NET)
    played.do(c.Delivered("helen", 1, "teams"))
    played.do(c.Acknowledge("priya", 1))
    clocks = live_clocks(played.open_case)
    [key] = [key for key in clocks if NEXT_WAY in key]
    seen_by = next(at for key, at in clocks.items() if key.endswith("acknowledge:receiving"))
    assert clocks[key] - MONDAY == (seen_by - MONDAY) / 2
    mark = len(played.told)
    assert [type(event) for event in played.wait()] == [e.TriedNextWay]
    [notice] = played.told[mark:]
    assert (notice.kind, notice.recipient, notice.after_way) == ("stage", "helen", "teams")
    assert not any(NEXT_WAY in key for key in live_clocks(played.open_case))


def test_a_message_that_is_still_on_its_way_goes_by_another_one_too() -> None:
    """The platform has not taken it yet: what comes after the person's first way is tried."""
    played = raised(policy=WITH_NET)
    played.wait()
    assert {notice.after_way for notice in played.told if notice.after_way} == {"first"}


def test_an_acknowledged_message_goes_no_other_way() -> None:
    """And where the policy says nothing of it, none does."""
    played = raised(policy=WITH_NET)
    played.do(c.Acknowledge("helen", 1))
    assert not any(NEXT_WAY in key and key.endswith("receiving") for key in live_clocks(played.open_case))
    assert not any(NEXT_WAY in key for key in live_clocks(raised().open_case))


def test_what_was_tried_is_remembered() -> None:
    """Told by which way, after which others failed; a further way that fails covers for nobody."""
    failed = (e.Failed(way="slack", reason="nobody has that address"),)
    played = raised(policy=WITH_NET)
    played.do(c.Delivered("helen", 1, "email", failed))
    told = next(event for event in played.history if isinstance(event, e.Told))
    assert (told.way, told.failed) == ("email", failed)
    assert played.do(c.Delivered("helen", 1, "email", ())) == ()
    [event] = played.do(c.NoNextWay("helen", 1, failed))
    assert isinstance(event, e.WayFailed)
    assert receiving(played) == ("helen", "")
