"""One case from challenge to closing, played by its people on both platforms, and told as a transcript."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playground.feed import Line
from playground.house import House
from playground.people import Given

SPOKEN: dict[str, Given] = {
    "Have you spoken with the practitioner who decided?": True,
    "With whom": "Marek Tull, social worker",
    "When": "Monday morning, by phone",
    "What came of it": "He kept to the decision.",
}
ABOUT: dict[str, Given] = {
    "Which agency decided?": "Little Wickering Children's Social Care",
    "Your case reference for the child": "HV-2231",
    "The decision you do not agree with": "The referral of 3 November was closed at the front door: "
    "threshold not met, no further action.",
    "Why it matters for the child": "The younger child has lost weight since September. "
    "Two home visits found no food in the house. "
    "The older child says that there is nothing to eat at weekends.",
    "What you ask for": "A child and family assessment, begun by the end of this week.",
    "Your work phone": "07700 900101",
}


async def play(house: House) -> str:
    """The story; gives the case's reference. Raises AssertionError where somebody does not see it."""
    world = house.world
    jo, priya = world.person("jo"), world.person("priya")
    helen, tom = world.person("helen"), world.person("tom")

    await jo.says("They say threshold is not met and closed my referral, but the children are hungry")
    await house.quiet()
    await jo.expects("Raise")

    await jo.says("checklist")
    await jo.presses("All 21, one at a time")
    await jo.expects("Skill 1 of 21")

    await jo.says("raise")
    await jo.presses("No, go on")
    await jo.submits(SPOKEN)
    await jo.submits(ABOUT)
    await jo.expects("Helen Castle")
    await jo.submits({})
    await jo.expects("Your own card with everything on it")
    await house.quiet()
    reference = _reference(jo.message("Escalation BR-").words)

    await minutes(house, 4)
    await priya.expects(reference)
    await priya.replies(f"has escalated · {reference}", "ack")
    await minutes(house, 9)
    await helen.expects(f"Escalation {reference} for you")
    await helen.replies(f"Escalation {reference} for you", "acknowledge")
    await house.quiet()
    await jo.expects("Helen Castle has seen this")
    await jo.expects("Nothing is decided")

    await helen.presses("I know which child")
    await helen.submits({"How do you know?": "We have our own case reference",
                         "Your agency's case reference": "CSC-5107"})  # fmt: skip
    await house.quiet()
    await jo.expects("CSC-5107")

    # Nobody answers, so it goes up a stage by itself, as the ladder says.
    while not tom.sees(reference):
        await house.to_next_deadline()
    await jo.expects("Stage 2")
    await minutes(house, 6)
    await tom.presses("Acknowledge")
    await house.quiet()
    await jo.expects("Tom")

    await minutes(house, 35)
    await tom.presses("Answer")
    await tom.submits(
        {"Your answer": "We looked again. An assessment begins tomorrow; Helen's team visits with you."}
    )
    await house.quiet()
    await minutes(house, 12)
    await jo.expects("An assessment begins tomorrow")
    await jo.presses("This settles it")
    await jo.submits(
        {
            "Outcome": "The decision was changed",
            "What changes for the child": "Assessment from tomorrow, joint visit.",
        }
    )
    await house.quiet()
    for person in (jo, priya, helen, tom):
        await person.expects(f"{reference} is closed")
    return reference


async def minutes(house: House, number: int) -> None:
    """People need time to read."""
    await house.wind_by(timedelta(minutes=number))


async def tell(say: Callable[[str], None], platforms: Mapping[str, str] | None = None) -> bool:
    """Play the story on SQLite and say it line by line; whether the case closed as the story says."""
    with tempfile.TemporaryDirectory(prefix="braver-story-") as folder:
        async with House.open(Path(folder), platforms=platforms) as house:
            await house.to_working_time()
            before = len(house.world.transcript)
            try:
                reference = await play(house)
            finally:
                for line in _lines(house, house.world.transcript[before:]):
                    say(line)
            async with house.service.database.reading() as work:
                row = await work.case_by_reference(reference)
            closed = row is not None and row.status == "closed"
            say("")
            say(f"{reference} closed, on both platforms." if closed else f"{reference} did not close.")
            return closed


def _lines(house: House, transcript: Sequence[Line]) -> list[str]:
    """Who did and saw what, where and when; of a card drawn again, what is new on it."""
    zone = ZoneInfo(house.service.house.policy.calendar.zone)
    lines: list[str] = []
    shown: dict[tuple[str, str], set[str]] = {}
    for line in transcript:
        at = datetime.fromtimestamp(line.when, UTC).astimezone(zone)
        lines.append("")
        lines.append(f"{at:%a %d %b, %H.%M} · {line.person} · {line.platform}, {line.where} · {line.kind}")
        parts = line.what.splitlines()
        before = shown.get((line.person, parts[0]), set()) if line.kind == "sees redrawn" else set()
        shown[line.person, parts[0]] = set(parts)
        lines += [f"    {part}" for number, part in enumerate(parts) if number == 0 or part not in before]
    return lines


def _reference(words: str) -> str:
    return next(word for word in words.split() if word.startswith("BR-"))
