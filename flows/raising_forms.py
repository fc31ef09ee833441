"""The draft of an escalation, and the three forms that fill it: spoken, about, preview."""

import hashlib
from datetime import datetime, timedelta
from typing import ClassVar

from bot.chat.action import Action
from bot.chat.form import (
    ChoiceField,
    ChoicesField,
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
from bot.desk import Case, Desk, Filing, answer_due, events, stage_clock
from bot.guidance.danger import in_danger
from bot.guidance.words import Words
from flows.replying import recipient_ids, recipient_lines
from flows.urgent import contact_lines

words = Words("raising")

REFERENCE_LENGTH = 40
PHONE_LENGTH = 30


class Go(Action):
    """On to the forms: after the danger question, or past the offer of coaching."""

    name: ClassVar[str] = "raising.go"
    to: str = "spoken"
    afresh: bool = False


class SendSpoken(Action):
    name: ClassVar[str] = "raising.spoken"


class SendAbout(Action):
    name: ClassVar[str] = "raising.about"


class SendFiling(Action):
    """The preview, confirmed. `shown` are the recipients that it named, `draft` stands for the words."""

    name: ClassVar[str] = "raising.file"
    shown: tuple[str, ...] = ()
    draft: str = ""


class Draft(State):
    """What was written so far. Nothing of it is sent before it is filed."""

    name: ClassVar[str] = "raising.draft"
    keep_for: ClassVar[timedelta] = timedelta(days=7)
    at: datetime
    happened: bool | None = None
    who: str = ""
    when: str = ""
    result: str = ""
    agency: str = ""
    child_reference: str = ""
    decision: str = ""
    risk: str = ""
    request: str = ""
    phone: str = ""

    @property
    def next_form(self) -> str:
        """Where to go on: whether they have spoken is asked again until it was answered."""
        return "spoken" if self.happened is None else "about"

    @property
    def mark(self) -> str:
        """What was written, short enough for a button."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def filing(self, involved: tuple[str, ...]) -> Filing:
        return Filing(self.agency, self.concern(), frozenset(involved))

    def concern(self) -> events.Concern:
        spoken = events.Spoken(happened=bool(self.happened), who=self.who, when=self.when, result=self.result)
        return events.Concern(
            child_reference=self.child_reference, decision=self.decision, risk=self.risk,
            request=self.request, phone=self.phone, spoken=spoken,
        )  # fmt: skip


def spoken_form(draft: Draft) -> Form:
    fields = (
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


def about_form(desk: Desk, person: Person, draft: Draft) -> Form:
    agencies = tuple(
        Option(agency.id, agency.name) for agency in desk.directory.agencies if agency.id != person.agency
    )
    fields = (
        ChoiceField("agency", words("about.agency"), agencies, value=draft.agency),
        TextField(
            "child_reference", words("about.child_reference"), words("about.child_reference_hint"),
            max_length=REFERENCE_LENGTH, value=draft.child_reference,
        ),
        LongTextField(
            "decision", words("about.decision"), words("about.decision_hint"), max_length=1000,
            value=draft.decision,
        ),
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
    return form(words("about.title"), fields, SendAbout(), words("about.submit"), intro)


def _ring_first(desk: Desk, draft: Draft) -> Blocks:
    """The urgent contacts, where the words sound like danger: an open form hides the chat beneath it."""
    if not in_danger("\n".join((draft.decision, draft.risk, draft.request))):
        return ()
    numbers = tuple((Span(line),) for line in contact_lines(desk.policy))
    return (*words.blocks("preview.danger"), Bullets(numbers))


def _first_deadlines(desk: Desk, case: Case) -> dict[str, str]:
    seen, answer = stage_clock(case, "acknowledge", "receiving"), answer_due(case)
    at = desk.when(answer) if answer else ""
    return {"acknowledge": desk.when(seen) if seen else at, "answer": at}


def preview_form(desk: Desk, draft: Draft, case: Case, ticked: tuple[str, ...], practice: Blocks) -> Form:
    """Who is told, what they read, and by when; and the question who is involved. `case` is the case as it
    would be; `practice` says that it is a training case, where it is one."""
    stage, recipients = case.stage, case.now_with
    stage_words = f"{stage.label}, {stage.name}"
    intro = words.blocks("preview.intro", stage=stage_words, ladder=desk.policy.title)
    if ticked:
        intro = words.blocks("preview.changed") + intro
    intro = practice + _ring_first(desk, draft) + intro
    intro += recipient_lines(desk, case.raising_agency, draft.agency, recipients)
    intro += words.blocks("preview.clocks", **_first_deadlines(desk, case))
    opens = desk.closed_until()
    if opens is not None:
        intro += words.blocks("closed", opens=desk.when(opens))
    intro += words.blocks("preview.named") + words.blocks("preview.child", reference=draft.child_reference)
    for key in ("decision", "risk", "request"):
        intro += words.blocks(f"preview.{key}") + quote(getattr(draft, key))
    people = dict.fromkeys((*recipient_ids(recipients), *ticked))
    options = tuple(Option(person, desk.person(person).name) for person in people)
    fields = (
        ChoicesField(
            "involved", words("preview.involved"), options, words("preview.involved_hint"), value=ticked
        ),
    )
    action = SendFiling(shown=recipient_ids(recipients), draft=draft.mark)
    return form(words("preview.title"), fields, action, words("preview.submit"), intro)
