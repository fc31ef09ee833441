"""Who is on duty: absences, named covers, deputies, working patterns, and the end of the list."""

from datetime import UTC, datetime, timedelta

from bot.people.directory import Directory
from bot.people.duty import Absence, Duty
from bot.people.entries import Team
from bot.people.pattern import Pattern
from tests.units.cases import DIRECTORY, MONDAY, POLICY

WEEK = timedelta(days=7)
SATURDAY = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
MANAGER = "team_manager"


def away(person: str, cover: str = "", *, since: datetime = MONDAY, for_: timedelta = WEEK) -> Absence:
    return Absence(f"away-{person}", person, since, since + for_, cover)


def duty(*absences: Absence, directory: Directory = DIRECTORY, now: datetime = MONDAY) -> Duty:
    by_person = {one.person: tuple(x for x in absences if x.person == one.person) for one in absences}
    return Duty(directory, by_person, POLICY.calendar, now)


def found(on: Duty, *not_these: str, whose: str = "", post: str = MANAGER) -> tuple[str, str]:
    """Who has the post of social care, and for whom; two empty texts where nobody is found."""
    there = on.standing(post, "social_care", whose, not_these)
    return (there.entry.id, there.covers) if there else ("", "")


def working(**patterns: str) -> Directory:
    """The example, with these people working by these patterns."""
    return DIRECTORY.model_copy(
        update={
            "people": tuple(
                entry.model_copy(update={"works": Pattern.parse(patterns.get(entry.id, ""))})
                for entry in DIRECTORY.people
            )
        }
    )


def test_the_holder_has_it() -> None:
    """Nobody is away: it is nobody's but the holder's."""
    assert found(duty()) == ("helen", "")


def test_whoever_is_away_is_covered_by_the_person_they_named() -> None:
    """Before the deputies of the post, and it is said for whom."""
    assert found(duty(away("helen", "noor"))) == ("noor", "helen")


def test_without_a_named_cover_the_deputies_have_it() -> None:
    """In their order."""
    assert found(duty(away("helen"))) == ("leo", "helen")


def test_a_cover_who_is_away_too_is_passed_over() -> None:
    """The next in turn has it, for the first of them."""
    assert found(duty(away("helen", "noor"), away("noor"))) == ("leo", "helen")


def test_somebody_who_may_not_have_it_is_no_cover() -> None:
    """Not even if the absent person names the one who decided."""
    assert found(duty(away("helen", "noor")), "noor") == ("leo", "helen")


def test_whoever_is_passed_over_is_not_covered_for() -> None:
    """The holder decided, so that the message was never theirs."""
    assert found(duty(), "helen") == ("leo", "")
    assert found(duty(away("leo", "noor")), "helen") == ("noor", "leo")


def test_nobody_is_left() -> None:
    """Holder, deputy and covers are all away for long: the ladder's net must catch it."""
    assert found(duty(away("helen"), away("leo"))) == ("", "")


def test_whoever_is_back_on_the_next_working_day_has_it_rather_than_nobody() -> None:
    """The first to come back, and the message is theirs."""
    short = timedelta(hours=20)
    assert found(duty(away("helen"), away("leo", for_=short))) == ("leo", "helen")
    assert found(duty(away("helen", for_=short), away("leo"))) == ("helen", "")


def test_an_absence_counts_from_its_first_to_its_last_moment() -> None:
    """Before it begins and from its end on, the person has their messages themselves."""
    absence = away("helen", since=MONDAY + timedelta(hours=1), for_=timedelta(hours=3))
    for hours, who in ((0, "helen"), (1, "leo"), (3, "leo"), (4, "helen")):
        assert found(duty(absence, now=MONDAY + timedelta(hours=hours)))[0] == who


def test_a_part_timer_is_covered_on_their_days_off() -> None:
    """Monday is none of the holder's days."""
    assert found(duty(directory=working(helen="Tue-Fri"))) == ("leo", "helen")


def test_at_night_the_message_is_for_who_works_when_the_office_opens() -> None:
    """On Saturday it is Monday that counts."""
    assert found(duty(directory=working(helen="Mon"), now=SATURDAY)) == ("helen", "")
    assert found(duty(directory=working(helen="Tue-Fri"), now=SATURDAY)) == ("leo", "helen")


def test_the_team_s_post_goes_before_the_agency_s() -> None:
    """For a decision of somebody in the team; other teams have the agency's."""
    post = DIRECTORY.post("social_care", MANAGER)
    assert post is not None
    own = post.model_copy(update={"team": "assessment", "holder": "grace", "deputies": ()})
    people = tuple(
        entry.model_copy(update={"team": "assessment"}) if entry.id == "leo" else entry
        for entry in DIRECTORY.people
    )
    team = Team(id="assessment", name="Assessment team", agency="social_care")
    directory = DIRECTORY.model_copy(
        update={"people": people, "teams": (team,), "posts": (*DIRECTORY.posts, own)}
    )
    assert found(duty(directory=directory), whose="leo") == ("grace", "")
    assert found(duty(directory=directory), whose="noor") == ("helen", "")
    there = duty(directory=directory).standing(MANAGER, "social_care", team="assessment")
    assert there is not None
    assert there.entry.id == "grace"


def test_a_line_manager_who_is_away_is_covered() -> None:
    """By whom they named, else by the holder of that post."""
    on = duty(away("priya", "dana"))
    there = on.standing("line_manager", "health", "jo", ("jo",))
    assert there is not None
    assert (there.entry.id, there.covers) == ("dana", "priya")
