"""The stages: who stands there on each side, what is written, and the meeting where there is one."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from bot.escalation.mistake import Mistake, refuse
from bot.escalation.policy.clocks import ANSWERS, Clock, spoken
from bot.escalation.policy.parts import (
    NO_RUNG,
    PRACTITIONER,
    RAISER,
    Key,
    Name,
    Part,
    Ref,
    Refs,
    Side,
    YesNo,
)


class Question(Part):
    """A question of a stage's form."""

    id: Key
    label: Name
    hint: Annotated[str, Field(max_length=150)] = ""
    required: YesNo = True


class StageForm(Part):
    """What must be written before a case enters the stage, beside what every escalation holds."""

    name: Name
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=4)]


class Meeting(Part):
    """The meeting of a stage. `convener` calls it and stands on the receiving side, `chair` writes the
    minutes; with them are invited the raiser, the raising side and the posts in `invite`. Fewer than `quorum`
    people can't settle it. `decides`: its outcome closes the case; else it mediates, and the raiser
    decides."""

    convener: Ref
    chair: Ref
    invite: Refs | None = None
    quorum: Annotated[int, Field(ge=1, le=20)]
    decides: YesNo

    @property
    def posts(self) -> tuple[str, ...]:
        """Everybody whom the policy invites beside the parties, each once."""
        return tuple(dict.fromkeys((self.chair, self.convener, *(self.invite or ()))))


class Variant(Part):
    """A stage in the urgent track: what differs there. `skip`: the track passes it by."""

    label: Name | None = None
    name: Name | None = None
    clocks: tuple[Clock, ...] | None = None
    skip: YesNo = False


class Stage(Part):
    """A rung. `raising` and `receiving` name the posts whose holders are messaged: a post of the side's
    own agency ("team_manager"), or of a named agency ("partnership/independent_chair"). Of several, the first
    has the stage; all of them may act for their side.

    `agencies` says where an agency differs, whichever side it is on: other posts, or "none" where it has no
    such rung: a case against it then passes the stage by, and on its own side whoever had it keeps it. A
    meeting is convened by the same post for all.
    `verbal`: a conversation that both sides confirm counts as the answer.
    """

    number: Annotated[int, Field(ge=1, le=20)]
    label: Name
    name: Name
    formal: YesNo = True
    verbal: YesNo = True
    raising: Refs
    receiving: Refs
    agencies: dict[Key, Refs] = Field(default_factory=dict)
    clocks: Annotated[tuple[Clock, ...], Field(min_length=1)]
    form: StageForm | None = None
    meeting: Meeting | None = None
    urgent: Variant | None = None

    @model_validator(mode="before")
    @classmethod
    def _convened(cls, data: Any) -> Any:
        """At a stage with a meeting, the receiving side is whoever convenes it."""
        meeting = data.get("meeting") if isinstance(data, Mapping) else None
        convener = meeting.get("convener") if isinstance(meeting, Mapping) else None
        return {"receiving": convener, **data} if convener and isinstance(data, Mapping) else data

    @model_validator(mode="after")
    def _sound(self) -> Self:
        refuse([*_posts(self), *_clocks(self, self.clocks, ("clocks",)), *_variant(self), *_meeting(self)])
        return self

    def posts(self, side: Side, agency: str) -> tuple[str, ...]:
        """Who is messaged for a side of this agency, as `agency/post` or `post`; () where it has no rung."""
        own = self.agencies.get(agency)
        convened = side == "receiving" and self.meeting is not None
        if own is not None and not convened:
            return () if own == (NO_RUNG,) else own
        return self.raising if side == "raising" else self.receiving

    def clock(self, name: str, owner: Side) -> Clock | None:
        return next((clock for clock in self.clocks if clock.name == name and clock.owner == owner), None)

    @property
    def answer(self) -> Clock:
        """The clock for the other side's answer: the one that a reply-by or an agreed later time moves."""
        return next(clock for name in ANSWERS for clock in self.clocks if clock.name == name)

    def on_track(self, urgent: bool) -> "Stage":
        """The stage as it is in the urgent track, or in the ordinary one."""
        if not urgent or self.urgent is None:
            return self
        changed = {
            key: value
            for key in ("label", "name", "clocks")
            if (value := getattr(self.urgent, key)) is not None
        }
        return self.model_copy(update=changed)

    def skipped(self, urgent: bool) -> bool:
        return urgent and self.urgent is not None and self.urgent.skip


def _posts(stage: Stage) -> Iterator[Mistake]:
    for side, wrong_one in (("raising", PRACTITIONER), ("receiving", RAISER)):
        for place, ref in enumerate(getattr(stage, side)):
            if ref == wrong_one:
                what = f"The {wrong_one} is not on the {side} side."
                yield Mistake(what, "Write the post whose holder is messaged.", (side, place))
            if ref == NO_RUNG:
                what = "A stage where nobody is messaged is no stage."
                yield Mistake(what, "Write a post, or leave the stage out.", (side, place))
    if RAISER in stage.raising and len(stage.raising) > 1:
        what = "The raiser is told of everything anyway."
        yield Mistake(what, "Leave the raiser out beside other posts.", ("raising",))
    if stage.raising == (RAISER,) and stage.clock("acknowledge", "raising"):
        what = "Nobody is messaged on the raising side here, so nobody there can acknowledge."
        yield Mistake(what, "Leave their clock out, or name a post here.", ("raising",))


def _clocks(stage: Stage, clocks: tuple[Clock, ...], where: tuple[str | int, ...]) -> Iterator[Mistake]:
    """A stage whose answer nobody times could stand still with nobody noticing."""
    if not any(clock.name in ANSWERS for clock in clocks):
        remedy = "Add “- name: respond”, “starts: messaged”, “within: …” (“not set” is possible)."
        what = f"Stage {stage.number} has no clock for the other side's answer."
        yield Mistake(what, remedy, where)
    names = [(clock.name, clock.owner) for clock in clocks]
    for place, clock in enumerate(clocks):
        if (clock.name, clock.owner) in names[:place]:
            whose = f"the {clock.owner} side to {spoken(clock.name)}"
            what = f"Stage {stage.number} already has a clock for {whose}."
            yield Mistake(what, "Keep one of the two.", (*where, place))
        if clock.name == "raise" and stage.number > 1:
            what = "The clock for raising it runs before the first stage only."
            remedy = "Move it to stage 1; “decide” is the raiser's clock at the others."
            yield Mistake(what, remedy, (*where, place, "name"))
        if clock.starts == "acknowledged" and not _timed(clocks, clock.owner):
            what = f"This clock starts when the {clock.owner} side acknowledges, but nothing asks them to."
            remedy = (
                "Write “starts: messaged”, or add a clock named “acknowledge”, with a time, for that side."
            )
            yield Mistake(what, remedy, (*where, place, "starts"))


def _timed(clocks: tuple[Clock, ...], owner: Side) -> bool:
    """Whether this side must acknowledge in a time that is set whatever the priority."""
    return any(
        clock.name == "acknowledge" and clock.owner == owner and all(clock.within.times) for clock in clocks
    )


def _variant(stage: Stage) -> Iterator[Mistake]:
    variant = stage.urgent
    if variant is None:
        return
    if variant.clocks is not None:
        yield from _clocks(stage, variant.clocks, ("urgent", "clocks"))
    if variant.skip and (variant.clocks or variant.label or variant.name):
        what = "A stage that the urgent track skips can't also differ there."
        yield Mistake(what, "Keep “skip: yes” alone, or leave it out.", ("urgent", "skip"))


def _meeting(stage: Stage) -> Iterator[Mistake]:
    meeting = stage.meeting
    if meeting is None:
        return
    if stage.receiving[0] != meeting.convener:
        what = "The receiving side of a meeting's stage is whoever convenes it."
        yield Mistake(what, "Leave “receiving” out, or name the convener first.", ("receiving",))
    people = len(meeting.posts) + len(stage.raising) + 1
    if meeting.quorum > people:
        what = f"{meeting.quorum} people must be there, but only {people} are invited."
        yield Mistake(what, "Write a smaller quorum, or invite more posts.", ("meeting", "quorum"))
