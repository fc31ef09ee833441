"""The draft of an escalation, and the forms that fill it: spoken, about, preview. What only some policies ask
for in a form of its own is in `raising_details.py`."""

import hashlib
from datetime import timedelta
from typing import ClassVar

from pydantic import AwareDatetime

from bot.chat.action import Action
from bot.chat.form import (
    ChoiceField,
    ChoicesField,
    DateTimeField,
    Field,
    Form,
    LongTextField,
    Option,
    TextField,
    YesNoField,
    form,
)  # fmt: skip
from bot.chat.memory import State
from bot.chat.text import Blocks, Bullets, Span, quote
from bot.chat.turn import Person
from bot.desk import Case, Desk, Unit, due_at, events
from bot.guidance.danger import in_danger
from bot.guidance.words import Words
from flows.entering import OnEntry, deadlines, own_request
from flows.recipients import copy_lines, involved_field, messaged, recipient_lines, shown_people
from flows.urgent import contact_lines

words = Words("raising")

REFERENCE_LENGTH = 40
PHONE_LENGTH = 30

DECISION, NO_BACKING, EXCLUDED = "decision", "no_backing", "excluded:"
"""What it is about: a decision, the own manager, or (with its id after it) what the ladder is not for."""


class Go(Action):
    """On to the forms: after the danger question, past the offer of coaching, or past where else it belongs
    (`all_the_same`), or without the own manager (`unbacked`)."""

    name: ClassVar[str] = "raising.go"
    to: str = "spoken"
    afresh: bool = False
    all_the_same: bool = False
    unbacked: bool = False


class SendSpoken(Action):
    name: ClassVar[str] = "raising.spoken"


class SendAbout(Action):
    name: ClassVar[str] = "raising.about"


class SendDetails(Action):
    name: ClassVar[str] = "raising.details"


class SendFiling(Action):
    """The preview, confirmed. `shown` stands for the people that it named, `draft` for the words."""

    name: ClassVar[str] = "raising.file"
    shown: tuple[str, ...] = ()
    draft: str = ""


class Draft(State):
    """What was written so far. Nothing of it is sent before it is filed."""

    name: ClassVar[str] = "raising.draft"
    keep_for: ClassVar[timedelta] = timedelta(days=7)
    at: AwareDatetime
    subject: str = ""
    all_the_same: bool = False
    unbacked: bool = False
    done_before: tuple[str, ...] = ()
    happened: bool | None = None
    who: str = ""
    when: str = ""
    result: str = ""
    agency: str = ""
    child_reference: str = ""
    decision: str = ""
    decided_at: AwareDatetime | None = None
    risk: str = ""
    request: str = ""
    phone: str = ""
    decided_by: str = ""
    priority: str = ""
    said: OnEntry = OnEntry()

    @property
    def held(self) -> bool:
        """Whether it belongs elsewhere, or has no backing, and the raiser has not gone on yet."""
        if self.subject == NO_BACKING:
            return not self.unbacked
        return self.subject.startswith(EXCLUDED) and not self.all_the_same

    @property
    def written(self) -> bool:
        """Whether it holds any words of the raiser."""
        return any((self.who, self.when, self.result, self.decision, self.risk, self.request))

    @property
    def half_told(self) -> tuple[str, ...]:
        """What is missing of a conversation that has taken place."""
        return tuple(one for one in ("who", "when", "result") if self.happened and not getattr(self, one))

    @property
    def next_form(self) -> str:
        """Where to go on: the first form is asked again until it was answered."""
        return "spoken" if self.happened is None or self.held or self.half_told else "about"

    @property
    def mark(self) -> str:
        """What was written, short enough for a button."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def concern(self) -> events.Concern:
        spoken = events.Spoken(happened=bool(self.happened), who=self.who, when=self.when, result=self.result)
        return events.Concern(
            child_reference=self.child_reference, decision=self.decision, risk=self.risk,
            request=self.request, phone=self.phone, spoken=spoken, decided_at=self.decided_at,
            done_before=self.done_before,
        )  # fmt: skip


def spoken_form(desk: Desk, person: Person, draft: Draft) -> Form:
    fields: tuple[Field, ...] = (
        *_subject(desk, person, draft),
        *_before(desk, draft),
        YesNoField("happened", words("spoken.happened"), value=draft.happened),
        TextField("who", words("spoken.who"), words("spoken.who_hint"), required=False, value=draft.who),
        TextField("when", words("spoken.when"), words("spoken.when_hint"), required=False, value=draft.when),
        LongTextField(
            "result", words("spoken.result"), words("spoken.result_hint"), required=False, max_length=500,
            value=draft.result,
        ),
    )  # fmt: skip
    intro = words.blocks("spoken.intro")
    return form(words("spoken.title"), fields, SendSpoken(), words("spoken.submit"), intro)


def _subject(desk: Desk, person: Person, draft: Draft) -> tuple[Field, ...]:
    """What it is about, where the policy says what its ladder is not for."""
    policy = desk.policy
    if not policy.exclusions:
        return ()
    decision = "subject.decision_within" if policy.within_one_agency else "subject.decision"
    options = [Option(DECISION, words(decision))]
    options += [Option(f"{EXCLUDED}{one.id}", one.label) for one in policy.exclusions]
    if "line_manager" in policy.stages[0].posts("raising", person.agency):
        options.append(Option(NO_BACKING, words("subject.no_backing")))
    return (ChoiceField("subject", words("subject.label"), tuple(options), value=draft.subject),)


def _before(desk: Desk, draft: Draft) -> tuple[Field, ...]:
    """The steps before the ladder. They are asked about and hold nothing up."""
    steps = desk.policy.before
    if not steps:
        return ()
    hint = " ".join((words("before.hint"), *(f"{one.label}: {one.words}" for one in steps if one.words)))
    options = tuple(Option(one.id, one.label) for one in steps)
    return (ChoicesField("before", words("before.label"), options, hint, value=draft.done_before),)


def about_form(desk: Desk, person: Person, draft: Draft, *, more: bool = False) -> Form:
    """`more`: the policy asks for more after this form."""
    fields: tuple[Field, ...] = (
        *_agency(desk, person, draft),
        TextField(
            "child_reference", words("about.child_reference"), words("about.child_reference_hint"),
            max_length=REFERENCE_LENGTH, value=draft.child_reference,
        ),
        LongTextField(
            "decision", words("about.decision"), words("about.decision_hint"), max_length=1000,
            value=draft.decision,
        ),
        *_decided_at(desk, draft),
        LongTextField("risk", words("about.risk"), words("about.risk_hint"), value=draft.risk),
        LongTextField(
            "request", words("about.request"), words("about.request_hint"), max_length=1000,
            value=draft.request,
        ),
        TextField(
            "phone", words("about.phone"), words("about.phone_hint"), max_length=PHONE_LENGTH,
            value=draft.phone or person.phone,
        ),
    )  # fmt: skip
    intro = words.blocks("about.intro")
    opens = desk.closed_until()
    if opens is not None:
        intro += words.blocks("closed", opens=desk.when(opens))
    submit = words("spoken.submit" if more else "about.submit")
    return form(words("about.title"), fields, SendAbout(), submit, intro)


def _agency(desk: Desk, person: Person, draft: Draft) -> tuple[Field, ...]:
    """Which agency decided; within one agency there is nothing to ask."""
    if desk.policy.within_one_agency:
        return ()
    agencies = tuple(
        Option(agency.id, agency.name) for agency in desk.directory.agencies if agency.id != person.agency
    )
    return (ChoiceField("agency", words("about.agency"), agencies, value=draft.agency),)


def _decided_at(desk: Desk, draft: Draft) -> tuple[Field, ...]:
    """When the decision was made, where the policy has a time for raising it."""
    clock = desk.policy.stages[0].clock("raise", "raising")
    if clock is None or not any(clock.within.times):
        return ()
    at = desk.wall(draft.decided_at) if draft.decided_at else None
    label, hint = words("about.decided_at"), words("about.decided_at_hint")
    return (DateTimeField("decided_at", label, hint, required=False, value=at),)


def _ring_first(desk: Desk, draft: Draft) -> Blocks:
    """The urgent contacts, where the words sound like danger: an open form hides the chat beneath it."""
    return (*words.blocks("preview.danger"), *_numbers(desk)) if _in_danger(draft) else ()


def _in_danger(draft: Draft) -> bool:
    return any(map(in_danger, (draft.decision, draft.risk, draft.request)))


def _numbers(desk: Desk) -> Blocks:
    """The urgent contacts that somebody answers, or may answer, at this moment."""
    answered = desk.answered_now()
    numbers = tuple((Span(line),) for contact, line in contact_lines(desk) if contact.number in answered)
    return (Bullets(numbers),) if numbers else ()


def _closed(desk: Desk, draft: Draft) -> Blocks:
    """Outside office hours: when somebody will probably see it, and whom to ring now, unless that is said
    above already."""
    opens = desk.closed_until()
    if opens is None:
        return ()
    numbers = () if _in_danger(draft) else _numbers(desk)
    ring = (*words.blocks("closed_ring"), *numbers) if numbers else ()
    return (*words.blocks("closed", opens=desk.when(opens)), *ring)


def _deadlines(desk: Desk, case: Case) -> Blocks:
    """Both deadlines of the other side in a sentence; each in a line where a policy has more to say."""
    clocks = {clock.name: clock for clock in case.stage.clocks if clock.owner == "receiving"}
    times = {name: due_at(case, clock) for name, clock in clocks.items()}
    plain = not any(clock.label or clock.binding == "indicative" for clock in clocks.values())
    seen, answer = times.get("acknowledge"), times.get("respond")
    if plain and times.keys() == {"acknowledge", "respond"} and seen and answer and not own_request(case):
        return words.blocks("preview.clocks", acknowledge=desk.when(seen), answer=desk.when(answer))
    return deadlines(desk, case)


def _late(desk: Desk, case: Case) -> Blocks:
    """That the policy's time for raising it has passed, kindly: it is still right to raise it."""
    asked = desk.raise_by(case)
    if asked is None or asked[0] > desk.now:
        return ()
    special = {Unit.IMMEDIATELY: "late_immediately", Unit.SAME_WORKING_DAY: "late_same_working_day"}
    return words.blocks(f"preview.{special.get(asked[1].unit, 'late')}", time=asked[1].words)


def _without_manager(desk: Desk, case: Case) -> Blocks:
    """That the manager who does not back it hears nothing, where that is so."""
    raiser = desk.directory.person(case.raiser)
    reached = {*messaged(case), *case.copied}
    if not case.unbacked or raiser is None or raiser.line_manager in reached:
        return ()
    return words.blocks("preview.unbacked")


def preview_form(desk: Desk, draft: Draft, case: Case, ticked: tuple[str, ...], practice: Blocks) -> Form:
    """Who is told, what they read, and by when; and the question who is involved. `case` is the case as it
    would be; `practice` says that it is a training case, where it is one."""
    stage_words = f"{case.stage.label}, {case.stage.name}"
    intro = words.blocks("preview.intro", stage=stage_words, ladder=desk.policy.title)
    if ticked:
        intro = words.blocks("preview.changed") + intro
    intro = practice + _ring_first(desk, draft) + intro
    intro += recipient_lines(desk, case) + copy_lines(desk, case)
    intro += _without_manager(desk, case) + _deadlines(desk, case)
    if case.policy.status == "provisional":
        intro += words.blocks("preview.provisional")
    intro += _late(desk, case) + _closed(desk, draft)
    intro += words.blocks("preview.named") + words.blocks("preview.child", reference=draft.child_reference)
    for key in ("decision", "risk", "request"):
        intro += words.blocks(f"preview.{key}") + quote(getattr(draft, key))
    intro += _chosen(case)
    action = SendFiling(shown=shown_people(case, ""), draft=draft.mark)
    fields = involved_field(desk, case, ticked)
    return form(words("preview.title"), fields, action, words("preview.submit"), intro)


def _chosen(case: Case) -> Blocks:
    """What was chosen and written beside the escalation itself, as the policy asks."""
    chosen: Blocks = ()
    label = next((one.label for one in case.policy.priorities if one.id == case.priority), "")
    if label:
        chosen += words.blocks("preview.priority", priority=label)
    if case.urgent and case.policy.urgent_track is not None:
        chosen += words.blocks("preview.track", track=case.policy.urgent_track.label)
    for answer in case.forms:
        chosen += words.blocks("preview.answer", question=answer.question) + quote(answer.text)
    return chosen
