"""What is asked before a case enters a stage: the urgent track, by when the child needs an answer, and the
stage's own form. The same for the first stage and for those above. And the deadlines there, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from bot.chat.form import DateTimeField, Field, LongTextField, Values, YesNoField
from bot.chat.text import Blocks, Bullets, Span
from bot.desk import Case, Clock, Desk, Duration, Stage, Unit, UrgentTrack, commands, due_at, events
from bot.guidance.ladder import clock_label
from bot.guidance.words import Words
from flows.checking import text

words = Words("entering")

LATEST = timedelta(days=30)
"""No child waits longer than this for an answer that somebody asks for."""
ANSWER_LENGTH = 1500


class OnEntry(BaseModel):
    """What was said so far; `answers` by the field of each question. Kept in a flow's draft."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    urgent: bool | None = None
    reply_by: AwareDatetime | None = None
    answers: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Ahead:
    """A stage that may be entered, as its track has it, by a case of this priority."""

    stage: Stage
    priority: str = ""

    @property
    def unset(self) -> bool:
        """Whether there is no time for the answer, so that the raiser is asked for one."""
        return self.stage.answer.within.of(self.priority) is None

    @property
    def sooner(self) -> bool:
        return not self.unset and self.stage.answer.or_sooner

    def fields(self) -> Iterator[tuple[str, str, bool]]:
        """Field, label and whether it is required, of each question of the stage's form."""
        for question in self.stage.form.questions if self.stage.form else ():
            yield f"q{self.stage.number}_{question.id}", question.label, question.required

    def entry(self, said: OnEntry, *, urgent: bool = False) -> commands.Entry:
        """What was said, as far as this stage asks for it."""
        written = tuple(
            events.Written(question=label, text=said.answers[field])
            for field, label, _ in self.fields()
            if said.answers.get(field)
        )
        reply_by = said.reply_by if self.unset or self.sooner else None
        return commands.Entry(reply_by=reply_by, form=written, urgent=urgent)


def is_asked(ahead: Sequence[Ahead], track: UrgentTrack | None) -> bool:
    """Whether anything is asked before one of these is entered; `track` where the case is not yet in it."""
    return track is not None or any(one.unset or one.sooner or one.stage.form for one in ahead)


def entry_fields(
    desk: Desk, ahead: Sequence[Ahead], track: UrgentTrack | None, said: OnEntry
) -> tuple[Field, ...]:
    """The questions. `ahead` are all stages that may be meant, since some answers of the same form decide
    which: what only some of them need is then not required by the form, but by `read_entry`."""
    fields: list[Field] = []
    if track is not None:
        hint = words("urgent_hint", when=track.when)
        fields.append(YesNoField("urgent", words("urgent", track=track.label), hint, value=said.urgent))
    return *fields, *_reply_by(desk, ahead, said), *_questions(ahead, said)


def _reply_by(desk: Desk, ahead: Sequence[Ahead], said: OnEntry) -> tuple[Field, ...]:
    kept = desk.wall(said.reply_by) if said.reply_by and said.reply_by > desk.now else None
    unset = [one for one in ahead if one.unset]
    if unset and len(unset) == len(ahead):
        why = words(f"reply_by.{why_asked(unset[0].stage.answer, unset[0].priority)}")
        value = kept or desk.wall(desk.offered_reply_by())
        hint = words("reply_by.hint", why=why)
        return (DateTimeField("reply_by", words("reply_by.label"), hint, value=value),)
    if unset:
        label, hint = words("reply_by.label"), words("reply_by.hint_some")
        return (DateTimeField("reply_by", label, hint, required=False, value=kept),)
    if any(one.sooner for one in ahead):
        label, hint = words("reply_by.sooner"), words("reply_by.hint_sooner")
        return (DateTimeField("reply_by", label, hint, required=False, value=kept),)
    return ()


def why_asked(answer: Clock, priority: str) -> str:
    """Why the raiser is asked for a time: the partnership has still to set it, or its policy has no limit."""
    return "unset" if answer.within.is_unset(priority) else "no_limit"


def _questions(ahead: Sequence[Ahead], said: OnEntry) -> Iterator[Field]:
    stages = {one.stage.number: one.stage for one in ahead}
    for stage in stages.values():
        for question in stage.form.questions if stage.form else ():
            field = f"q{stage.number}_{question.id}"
            yield LongTextField(
                field, question.label, question.hint, required=question.required and len(stages) == 1,
                max_length=ANSWER_LENGTH, value=said.answers.get(field, ""),
            )  # fmt: skip


def read_entry(desk: Desk, one: Ahead, values: Values) -> tuple[OnEntry, dict[str, str]]:
    """What was said, and what is wrong with it: field → words. `one` is the stage that was chosen."""
    urgent = values.get("urgent")
    answers = {field: text(values, field) for field, _, _ in one.fields()}
    required = {field for field, _, required in one.fields() if required}
    errors = {field: words.form_words.required for field in required if not answers[field]}
    at = values.get("reply_by")
    reply_by = desk.instant(at) if isinstance(at, datetime) and (one.unset or one.sooner) else None
    problem = reply_by_problem(desk, one, reply_by)
    if problem:
        errors["reply_by"] = problem
    said = OnEntry(
        urgent=urgent if isinstance(urgent, bool) else None, reply_by=reply_by,
        answers={field: answer for field, answer in answers.items() if answer},
    )  # fmt: skip
    return said, errors


def reply_by_problem(desk: Desk, one: Ahead, reply_by: datetime | None) -> str:
    """What is wrong with the time asked for, in words; empty where nothing is."""
    if reply_by is None:
        return words("reply_by.needed") if one.unset else ""
    if not one.unset and not one.sooner:
        return ""
    if reply_by <= desk.now:
        return words("reply_by.past")
    return words("reply_by.far") if reply_by > desk.now + LATEST else ""


def own_request(case: Case) -> bool:
    """Whether the time for the answer at this stage is the raiser's request, and not the policy's time."""
    answer = case.stage.answer
    if case.reply_by is None:
        return False
    return answer.within.of(case.priority) is None or due_at(case, answer) == case.reply_by


def deadlines(desk: Desk, case: Case) -> Blocks:
    """Every deadline of the other side at this stage in words, each with whose it is."""
    lines = [_line(desk, case, clock) for clock in case.stage.clocks if clock.owner == "receiving"]
    return (*words.blocks("deadline.intro"), Bullets(tuple((Span(line),) for line in lines)))


def request(desk: Desk, case: Case) -> Blocks:
    """The deadline that the raiser asks for; nothing where the policy's time counts."""
    line = _line(desk, case, case.stage.answer) if own_request(case) else ""
    return (Bullets(((Span(line),),)),) if line else ()


def _line(desk: Desk, case: Case, clock: Clock) -> str:
    what, at = clock_label(clock), due_at(case, clock)
    time = clock.within.of(case.priority)
    if at is None:
        return _later(clock, what, time)
    if clock == case.stage.answer and own_request(case):
        key = why_asked(clock, case.priority) if time is None else "sooner"
        return words(f"deadline.{key}", what=what, at=desk.when(at))
    key = "guide" if clock.binding == "indicative" else "line"
    return words(f"deadline.{key}", what=what, at=desk.when(at))


def _later(clock: Clock, what: str, time: Duration | None) -> str:
    """A clock that starts only when something has happened, or that has no time."""
    if time is None or clock.starts not in ("acknowledged", "talked"):
        return words("deadline.none", what=what)
    began = words(f"began.{clock.starts}")
    special = {Unit.IMMEDIATELY: "later_immediately", Unit.SAME_WORKING_DAY: "later_same_working_day"}
    return words(f"deadline.{special.get(time.unit, 'later')}", what=what, time=time.words, began=began)
