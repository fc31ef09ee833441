"""Where a case stands, in words: its stage, its state in a sentence, its next deadline."""

from bot.chat.card import Status, Text, Tone
from bot.desk import NEXT_WAY, CaseView, Side, agreed, answer_due, holding, live_clocks, overdue, stage_clock
from bot.guidance.ladder import clock_label
from bot.guidance.words import Words

words = Words("case")


def stage_name(view: CaseView) -> str:
    stage = view.case.stage
    return f"{stage.label}, {stage.name}"


def outcome_words(view: CaseView, code: str = "") -> str:
    """The label of an outcome: the one of the ending, or this one."""
    wanted = code or (view.case.ending.outcome if view.case.ending else "")
    return next((o.label for o in view.case.policy.outcomes if o.code == wanted), wanted)


def status(view: CaseView) -> Status:
    """Where the case stands, in one sentence."""
    case = view.case
    receiver = view.person(case.now_with.receiving.person).name
    raiser = view.person(case.raiser).name

    def said(key: str, tone: Tone, **values: object) -> Status:
        return Status(words(f"status.{key}", **values), tone)

    if case.ending is not None:
        name = view.person(case.ending.by).name
        if case.ending.outcome == "withdrawn":
            return said("withdrawn", "neutral", name=name, at=view.when(case.ending.at))
        return said("closed", "good", at=view.when(case.ending.at), outcome=outcome_words(view))
    if case.paused is not None:
        name = view.person(case.paused.by).name
        return said("paused", "attention", name=name, until=view.when(case.paused.until))
    if case.closure is not None:
        return said("closure", "attention", raiser=raiser, names=must_agree(view))
    if case.proposal is not None:
        return said("answered", "attention", raiser=raiser)
    if agreed(case):
        return said("agreed", "attention", raiser=raiser)
    if case.talk is not None:
        return said("talk", "attention")
    if case.now_with.receiving.stands_in:
        return said("finding", "attention", receiver=receiver)
    if overdue(case):
        return said("overdue_seen" if unseen(view) else "overdue", "urgent", receiver=receiver)
    if case.meeting is not None:
        held = "meeting_held" if case.meeting.held_at else "meeting"
        return said(held, "neutral", when=view.when(case.meeting.when))
    return _waiting(view, receiver)


def unseen(view: CaseView) -> bool:
    """Whether the other side has not acknowledged what the stage asks it to acknowledge in time."""
    case = view.case
    return "receiving" not in case.acknowledged and case.stage.clock("acknowledge", "receiving") is not None


def _waiting(view: CaseView, receiver: str) -> Status:
    case = view.case
    due, see = answer_due(case), stage_clock(case, "acknowledge", "receiving")
    at = view.when(due) if due else words("main.no_deadline")
    if case.round > 1:
        return Status(words("status.waiting_round", receiver=receiver, due=at), "neutral")
    if "receiving" in case.acknowledged:
        return Status(words("status.waiting_answer", receiver=receiver, due=at), "neutral")
    if case.speaks_as_raiser(view.reader) and case.now_with.receiving.person not in case.told:
        return Status(words("status.sending"), "neutral")
    return Status(
        words("status.waiting_seen", receiver=receiver, due=view.when(see) if see else at), "neutral"
    )


def must_agree(view: CaseView) -> str:
    """Who has still to agree to the outcome, by name."""
    closure = view.case.closure
    asked = (one for role in (closure.waiting if closure else ()) for one in holding(view.case, role))
    return ", ".join(view.person(one).name for one in dict.fromkeys(asked))


def next_deadline(view: CaseView) -> str:
    """The next of its deadlines and what it is for: "by Tue 5 Jan, 12.30 (other side answers)"."""
    clocks = {
        key: at
        for key, at in live_clocks(view.case).items()
        if not key.startswith(("identify:", "talk:")) and NEXT_WAY not in key
    }
    if not clocks:
        return words("main.no_deadline")
    key, at = min(clocks.items(), key=lambda item: item[1])
    return words("main.deadline_value", at=view.when(at), what=_measured(view, key))


def _measured(view: CaseView, key: str) -> str:
    parts = key.partition("@")[0].split(":")
    if parts[0] in ("cap", "pause", "check"):
        return words(f"deadline.{parts[0]}")
    if parts[1] in ("reply", "prompt", "closure"):
        return words(f"deadline.{parts[1]}", raiser=view.person(view.case.raiser).name)
    name, owner = parts[1:3]
    side: Side = "raising" if owner == "raising" else "receiving"
    clock = view.case.stage.clock(name, side)
    return clock_label(clock) if clock else name


def own_request(view: CaseView) -> str:
    """That the time for the answer is the raiser's request and no partnership's rule; empty otherwise."""
    case = view.case
    if not case.open or case.reply_by is None or case.respond_by is not None:
        return ""
    unset = case.stage.answer.within.of(case.priority) is None
    if not unset and answer_due(case) != case.reply_by:
        return ""
    key = "asked" if case.reply_by_asked else "put_in"
    awaited = case.stage.answer.within.is_unset(case.priority)
    why = "sooner" if not unset else "unset" if awaited else "no_limit"
    return words(
        f"reply_by.{key}", raiser=view.person(case.raiser).name, at=view.when(case.reply_by),
        why=words(f"reply_by.{why}"),
    )  # fmt: skip


def request_line(view: CaseView) -> tuple[Text, ...]:
    """The same as a line of a card, where there is something to say."""
    asked = own_request(view)
    return (words.text("reply_by.line", said=asked),) if asked else ()
