"""What makes a ladder one that can't stand still and can't mislead: `mistakes(policy)`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.escalation.mistake import Mistake, brief, instead
from bot.escalation.policy.clocks import Clock
from bot.escalation.policy.parts import NO_RUNG, PRACTITIONER, RAISER

if TYPE_CHECKING:
    from bot.escalation.policy.policy import Policy

RESERVED_OUTCOMES = ("withdrawn",)
"""What the service records by itself, and no policy can name as an outcome."""

Where = tuple[str | int, ...]


def mistakes(policy: "Policy") -> Iterator[Mistake]:
    """Everything that is wrong between the parts of a policy, each part being right by itself."""
    yield from _order(policy)
    yield from _repeats(policy)
    yield from _priorities(policy)
    yield from _track(policy)
    yield from _endings(policy)
    yield from _beyond(policy)
    yield from _nobody(policy)
    yield from _standing(policy)


def _order(policy: "Policy") -> Iterator[Mistake]:
    for place, stage in enumerate(policy.stages):
        if stage.number != place + 1:
            what = f"This stage is numbered {stage.number}, but it is number {place + 1} from the top."
            remedy = "Number the stages 1, 2, 3 and so on, in the order of the ladder."
            yield Mistake(what, remedy, ("stages", place, "number"))


def _repeats(policy: "Policy") -> Iterator[Mistake]:
    """Two parts that people can't tell apart."""
    parts: tuple[tuple[str, str], ...] = (
        ("stages", "label"),
        ("outcomes", "code"),
        ("outcomes", "label"),
        ("priorities", "id"),
        ("priorities", "label"),
        ("exclusions", "id"),
        ("exclusions", "label"),
        ("before", "id"),
        ("after_closing", "id"),
        ("urgent", "number"),
    )
    for part, key in parts:
        values = [getattr(one, key) for one in getattr(policy, part)]
        for place, value in enumerate(values):
            if value in values[:place]:
                yield Mistake(
                    f"{brief(value)} stands here twice.", "Rename one of the two.", (part, place, key)
                )
    for place, outcome in enumerate(policy.outcomes):
        if outcome.code in RESERVED_OUTCOMES:
            what = f"{brief(outcome.code)} is recorded by itself and is not an outcome to choose."
            yield Mistake(what, "Leave this outcome out.", ("outcomes", place, "code"))


def _every_clock(policy: "Policy") -> Iterator[tuple[Where, Clock]]:
    for place, stage in enumerate(policy.stages):
        for at, clock in enumerate(stage.clocks):
            yield ("stages", place, "clocks", at), clock
        for at, clock in enumerate(stage.urgent.clocks or () if stage.urgent else ()):
            yield ("stages", place, "urgent", "clocks", at), clock


def _priorities(policy: "Policy") -> Iterator[Mistake]:
    """A clock that differs by priority has a time for each, and for no others."""
    known = {priority.id for priority in policy.priorities}
    for where, clock in _every_clock(policy):
        named = clock.within.priorities
        for other in sorted(named - known):
            yield Mistake(
                f"There is no priority {brief(other)}.", instead(other, known), (*where, "within", other)
            )
        if named and named <= known:
            for absent in sorted(known - named):
                what = f"For the priority {brief(absent)} there is no time."
                yield Mistake(what, f"Add a line “{absent}: …” (“not set” is possible).", (*where, "within"))
    used = any(clock.within.by for _, clock in _every_clock(policy))
    if policy.priorities and not used:
        what = "No clock differs by priority, so it would be asked for nothing."
        yield Mistake(
            what,
            "Write “within” of a clock with a time for each priority, or leave this out.",
            ("priorities",),
        )


def _track(policy: "Policy") -> Iterator[Mistake]:
    differs = [place for place, stage in enumerate(policy.stages) if stage.urgent is not None]
    capped = [place for place, cap in enumerate(policy.caps) if cap.track == "urgent"]
    if policy.urgent_track is None:
        remedy = "Add “urgent_track:” with “label” and “when”, or leave this out."
        for place in differs:
            yield Mistake("There is no urgent track.", remedy, ("stages", place, "urgent"))
        for place in capped:
            yield Mistake("There is no urgent track.", remedy, ("caps", place, "track"))
    elif not differs and not capped:
        what = "Nothing differs in the urgent track."
        yield Mistake(what, "Write “urgent:” at a stage, or leave this out.", ("urgent_track",))
    if all(stage.skipped(True) for stage in policy.stages):
        yield Mistake("The urgent track skips every stage.", "Keep one of them.", ("stages",))


def _endings(policy: "Policy") -> Iterator[Mistake]:
    """Nothing goes up from where there is nothing above."""
    last = len(policy.stages) - 1
    remedy = "Write “when_due: prompt”."
    for where, clock in _every_clock(policy):
        if where[1] == last and clock.when_due == "go_up":
            yield Mistake("The last stage has no stage above it to go up to.", remedy, (*where, "when_due"))
    for place, cap in enumerate(policy.caps):
        if cap.last > len(policy.stages):
            what = f"There is no stage {cap.last}."
            yield Mistake(what, f"The last one is {len(policy.stages)}.", ("caps", place, "last"))
        elif cap.last == len(policy.stages) and cap.when_due == "go_up":
            what = "Above the last stage there is none to go up to."
            yield Mistake(what, remedy, ("caps", place, "when_due"))


def _beyond(policy: "Policy") -> Iterator[Mistake]:
    for place, copy in enumerate(policy.copies):
        if copy.from_stage > len(policy.stages):
            what = f"There is no stage {copy.from_stage}."
            yield Mistake(what, f"The last one is {len(policy.stages)}.", ("copies", place, "from_stage"))
        if "meeting" in copy.on and not any(stage.meeting for stage in policy.stages):
            what = "No stage of this ladder has a meeting."
            yield Mistake(what, "Leave “meeting” out here, or add one to a stage.", ("copies", place, "on"))
    copied = {stage for copy in policy.copies if "stage" in copy.on
              for stage in range(copy.from_stage, len(policy.stages) + 1)}  # fmt: skip
    for where, clock in _every_clock(policy):
        stage = policy.stages[int(where[1])].number
        if clock.name == "notify" and stage not in copied:
            what = "Nobody gets a copy of this stage, so this clock would wait for nothing."
            yield Mistake(what, "Add somebody under “copies”, with “on: [stage]”.", (*where, "name"))


def _nobody(policy: "Policy") -> Iterator[Mistake]:
    """What nobody could ever do, or be told."""
    for name in ("skip", "bypass", "extend", "pause", "withdraw", "reopen"):
        move = getattr(policy.moves, name)
        if move is not None and name != "extend" and set(move.by) == {"safeguarding_lead"}:
            what = "The safeguarding lead is not on every case, so that perhaps nobody could do this."
            yield Mistake(what, "Add “raiser” or a manager.", ("moves", name, "by"))
    named: list[tuple[Where, str]] = [
        (("copies", place, "to"), copy.to) for place, copy in enumerate(policy.copies)
    ]
    named += [((*where, "tell"), post) for where, clock in _every_clock(policy) for post in clock.told]
    for place, stage in enumerate(policy.stages):
        posts = stage.meeting.posts if stage.meeting else ()
        named += [(("stages", place, "meeting"), post) for post in posts]
    for where, post in named:
        if post in (RAISER, PRACTITIONER, NO_RUNG):
            what = f"{brief(post)} is no post that somebody holds."
            yield Mistake(what, "Write a post, such as “service_manager”.", where)


def _standing(policy: "Policy") -> Iterator[Mistake]:
    """Nothing unconfirmed may pass as a partnership's own rule, and an example is nobody's."""
    if policy.status == "example" and policy.partnership:
        what = "An example belongs to no partnership."
        yield Mistake(what, "Leave this out, or write another status.", ("partnership",))
    if policy.status != "example" and not policy.partnership:
        yield Mistake("Whose policy this is has not been said.", "Add a line “partnership: …”.", ("status",))
    if policy.status == "provisional" and not policy.unconfirmed:
        what = "A provisional policy says what in it awaits confirmation."
        yield Mistake(what, "List it under “unconfirmed”, or write “confirmed”.", ("status",))
    if policy.status == "confirmed" and policy.unconfirmed:
        what = "A confirmed policy has nothing that awaits confirmation."
        yield Mistake(what, "Write “provisional”, or take these lines out.", ("unconfirmed",))
    if policy.status in ("sourced", "superseded") and not policy.source:
        what = "Where this ladder was read has not been said."
        yield Mistake(what, "Add a line “source: …”.", ("status",))
    if policy.status == "confirmed":
        for where, clock in _every_clock(policy):
            if clock.within.unset:
                what = "A confirmed policy has no time that is still to be set."
                yield Mistake(what, "Write the time, “none”, or “status: provisional”.", (*where, "within"))
