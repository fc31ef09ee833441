"""Every card that tells somebody of a case: `draw(view)` for each kind of notice, always from the case as it
is now, so that a card drawn again never offers a step that is over."""

from collections.abc import Callable
from dataclasses import replace

from bot.chat.card import Card, Element, Fact, Facts, Text, button
from bot.chat.text import quote
from bot.desk import CaseView, agreed, events, overdue
from flows import cards_by_policy, cards_of_record
from flows import case_actions as a
from flows.case_card import standing_card, stands_still
from flows.case_moves import can_go_up, check_buttons, raiser_moves, record_buttons, reopening, talk_button
from flows.case_state import outcome_words, request_line, stage_name, status, unseen, words
from flows.correcting import filed_lines
from flows.for_whom import SIDES, named
from flows.then import manager_then, past_stage, stage_before, stage_then
from flows.told import actor, answer_by, expect, manager_name, raiser_name, receiver_name, told

Draw = Callable[[CaseView], Card]


def draw(view: CaseView) -> Card:
    """The card of this kind for this reader. Whoever only stands in, or is only told that something happened,
    is never shown what a case is about."""
    role = view.case.members[view.reader].role if view.reader else ""
    if role == "coordinator":
        return standing_card(view)
    if role == "informed":
        return cards_by_policy.outside(view)
    return _DRAW[view.kind](view)


def _seen(view: CaseView) -> Card:
    event = expect(view, events.Acknowledged)
    case, who = view.case, actor(view)
    waiting = case.open and case.proposal is None and not past_stage(view)
    key = f"seen.{event.side}" if waiting else "seen.past"
    text = words.text(key, reference=case.reference, due=answer_by(view), name=who["name"], role=who["role"])
    body = (text,) if waiting else (text, status(view))
    return told(view, "seen.title", body, name=who["name"])


def _stage_raiser(view: CaseView) -> Card:
    """To the raiser: a further stage. The card of the case itself stands at the head of the thread."""
    event = expect(view, events.StageEntered)
    earlier = stage_before(view)
    stage = view.case.policy.stage(event.stage, view.case.urgent)
    receiving, raising = (view.person(event.parties.of(side).person) for side in SIDES)
    key = "stage_raiser.clock" if event.because == "clock" else "stage_raiser.person"
    text = words.text(
        key, earlier=f"{earlier.label}, {earlier.name}", receiver=receiving.name, role=receiving.role,
        phone=receiving.phone, manager=raising.name,
    )  # fmt: skip
    title = f"{stage.label}, {stage.name}"
    moves = () if past_stage(view) else raiser_moves(view)
    body: tuple[Element, ...] = (text, status(view), *request_line(view))
    return told(view, "went_up.title", body, *moves, stage=title)


def _answer(view: CaseView) -> Card:
    event = expect(view, events.Answered)
    case = view.case
    body: list[Element] = [
        words.text("answer.body", stage=stage_then(view), **actor(view)),
        Text(quote(event.text)),
    ]
    pending = case.proposal is not None and case.proposal.at == event.at
    if not pending:
        body.insert(0, status(view))
        return told(view, "answer.title", tuple(body), name=actor(view)["name"])
    if not case.speaks_as_raiser(view.reader):
        body.append(words.text("answer.manager", raiser=raiser_name(view)))
        return told(view, "answer.title", tuple(body), name=actor(view)["name"])
    last = case.next_stage is None
    body.append(words.text("answer.ask_last" if last else "answer.ask"))
    return told(view, "answer.title", tuple(body), *raiser_moves(view), name=actor(view)["name"])


def _answer_filed(view: CaseView) -> Card:
    event = expect(view, events.Answered)
    body = (words.text("answer_filed.body", raiser=raiser_name(view)), Text(quote(event.text)), status(view))
    return told(view, "answer_filed.title", body)


def _not_accepted(view: CaseView) -> Card:
    event = expect(view, events.AnswerNotAccepted)
    step = a.StartAnswer(case=view.case.id, stage=view.case.stage_number)
    waiting = view.may("answer")
    buttons = (button(words("label.answer"), step, "primary", opens_form=True),) if waiting else ()
    body = (
        words.text("not_accepted.body", name=actor(view)["name"]),
        Text(quote(event.reason)),
        words.text("not_accepted.more", due=answer_by(view)) if waiting else status(view),
    )
    return told(view, "not_accepted.title", body, *buttons)


def _went_up(view: CaseView) -> Card:
    event = expect(view, events.StageEntered)
    entered = view.case.policy.stage(event.stage, view.case.urgent)
    earlier = stage_before(view)
    receiver = view.person(event.parties.receiving.person)
    key = "went_up.clock" if event.because == "clock" else "went_up.person"
    text = words.text(
        key, earlier=f"{earlier.label}, {earlier.name}", receiver=receiver.name,
        raiser=raiser_name(view), name=actor(view)["name"],
    )  # fmt: skip
    return told(view, "went_up.title", (text, status(view)), stage=f"{entered.label}, {entered.name}")


def _overdue(view: CaseView) -> Card:
    event, case = expect(view, events.Prompted), view.case
    receiver = view.person(case.now_with.receiving.person)
    if past_stage(view) or not overdue(view.case):
        return told(view, "overdue.title", (status(view),))
    last = case.next_stage is None
    phone = words("overdue.phone", phone=receiver.phone) if receiver.phone else ""
    seen = "receiving" in case.acknowledged
    key = "overdue.body_seen" if unseen(view) else "overdue.body" if seen else "overdue.body_answer"
    body: list[Element] = [
        words.text(
            key, receiver=receiver.name,
            stage=stage_name(view), reference=case.reference,
        ),
        words.text("overdue.what_last" if last else "overdue.what", receiver=receiver.name, phone=phone),
    ]  # fmt: skip
    asked_first = case.speaks_as_raiser(view.reader) or view.reader == case.now_with.raising.person
    if event.level > 1 and not asked_first:
        body.append(words.text("overdue.lead", raiser=raiser_name(view), manager=manager_name(view)))
    buttons = [*talk_button(view)]
    if can_go_up(view):
        step = a.StartGoUp(case=case.id, stage=case.stage_number)
        buttons.insert(0, button(words("label.go_up"), step, "primary", opens_form=True))
    return told(view, "overdue.title", tuple(body), *buttons)


def _manager_silent(view: CaseView) -> Card:
    case = view.case
    if "raising" in case.acknowledged or not case.open or past_stage(view):
        return told(view, "manager_silent.title", (status(view),), manager=manager_then(view))
    buttons = (
        button(words("label.acknowledge"), a.Acknowledge(case=case.id, stage=case.stage_number), "primary"),
        button(
            words("label.hand_over"), a.StartHandOver(case=case.id, stage=case.stage_number), opens_form=True
        ),
    )
    own = view.may("acknowledge") and view.may("hand_over")
    key = "manager_silent.manager" if own else "manager_silent.raiser"
    body = (words.text(key, reference=case.reference, manager=manager_name(view)),)
    return told(view, "manager_silent.title", body, *(buttons if own else ()), manager=manager_name(view))


def _reply_due(view: CaseView) -> Card:
    case = view.case
    if case.proposal is None and not agreed(case):
        return told(view, "reply_due.title", (status(view),))
    if not case.speaks_as_raiser(view.reader):
        return told(view, "reply_due.title", (words.text("reply_due.other", raiser=raiser_name(view)),))
    if case.proposal is None:
        return told(view, "reply_due.title", (words.text("reply_due.talk"),), *raiser_moves(view))
    name = view.person(case.proposal.by).name
    body = (words.text("reply_due.raiser", name=name), Text(quote(case.proposal.text)))
    return told(view, "reply_due.title", body, *raiser_moves(view))


def _more_time(view: CaseView) -> Card:
    event, case = expect(view, events.MoreTimeAsked), view.case
    who = actor(view)
    body: list[Element] = [
        words.text("more_time.body", name=who["name"], until=view.when(event.until)),
        Text(quote(event.reason)),
    ]
    current = case.more_time is not None and case.more_time.until == event.until
    if not current or not view.may("decide_more_time"):
        return told(view, "more_time.title", (*body, status(view)), name=who["name"])
    body.append(words.text("more_time.ask"))
    agree = button(
        words("label.agree_time"),
        a.DecideMoreTime(case=case.id, stage=case.stage_number, until=event.until, agreed=True),
    )
    refuse = button(
        words("label.refuse_time"),
        a.DecideMoreTime(case=case.id, stage=case.stage_number, until=event.until, agreed=False),
    )
    return told(view, "more_time.title", tuple(body), agree, refuse, name=who["name"])


def _more_time_agreed(view: CaseView) -> Card:
    event = expect(view, events.MoreTimeAgreed)
    text = words.text("more_time_agreed.body", name=actor(view)["name"], until=view.when(event.until))
    return told(view, "more_time_agreed.title", (text,))


def _more_time_refused(view: CaseView) -> Card:
    case = view.case
    mine = view.reader == case.now_with.receiving.person and not past_stage(view)
    key = "body" if mine and case.open and case.proposal is None and not agreed(case) else "past"
    text = words.text(f"more_time_refused.{key}", name=actor(view)["name"], due=answer_by(view))
    return told(view, "more_time_refused.title", (text,))


def _handed_over(view: CaseView) -> Card:
    event = expect(view, events.HandedOver)
    taker = view.person(event.to.person)
    values = {"reference": view.case.reference, "receiver": taker.name, "role": taker.role}
    if event.by == event.to.person:
        text = words.text("handed_over.taken_back", name=taker.name, reference=view.case.reference)
    elif event.by:
        text = words.text("handed_over.body", name=actor(view)["name"], **values)
    elif event.reason:
        text = words.text("handed_over.by_service", **values)
    elif event.to.covers and not event.to.stands_in:
        whose = view.person(event.to.covers).name
        text = words.text("handed_over.covered", whose=whose, **values)
    else:
        text = words.text("handed_over.nobody_on_duty", **values)
    said = (text, Text(quote(event.reason))) if event.reason else (text,)
    return told(view, "handed_over.title", said, receiver=named(view, event.to))


def _answers_for(view: CaseView) -> Card:
    """To the colleague: for whom, what they can do, and the case as the raiser sees it."""
    raiser = raiser_name(view)
    if not view.case.open or view.case.answers_for != view.reader:
        return _answers_no_more(view)
    card = standing_card(view)
    title = words("answers_for.title", raiser=raiser, reference=view.case.reference)
    return replace(card, title=title, body=(words.text("answers_for.body", raiser=raiser), *card.body))


def _answers_no_more(view: CaseView) -> Card:
    body: tuple[Element, ...] = (words.text("answers_no_more.body", raiser=raiser_name(view)), status(view))
    return told(view, "answers_for.over_title", body, raiser=raiser_name(view))


def _not_reached(view: CaseView) -> Card:
    event = expect(view, events.NotReached)
    person = view.person(event.person)
    name = f"{person.name} ({person.phone})" if person.phone else person.name
    text = words.text("not_reached.body", person=name, reason=event.reason)
    return told(view, "not_reached.title", (text, status(view)))


def _identify(view: CaseView) -> Card:
    case = view.case
    if case.identified is not None:
        return _identified(view)
    text = words.text("identify.body", raiser=raiser_name(view), phone=case.concern.phone)
    known = button(words("label.identify"), a.StartIdentify(case=case.id), "primary", opens_form=True)
    return told(view, "identify.title", (text,), *((known,) if view.may("identify") else ()))


def _identified(view: CaseView) -> Card:
    known = view.case.identified
    assert known is not None
    name = view.person(known.by).name
    key = "identified.reference" if known.reference else "identified.body"
    return told(view, "identified.title", (words.text(key, name=name, child=known.reference),))


def _talk(view: CaseView) -> Card:
    event = next(past for past in reversed(view.history) if isinstance(past, events.TalkRecorded))
    if isinstance(view.event, events.TalkRecorded):
        event = view.event
    case = view.case
    name = view.person(event.by).name
    facts = [Fact(words("talk.who"), event.who), Fact(words("talk.when"), view.when(event.when))]
    if event.owner:
        facts.append(Fact(words("talk.owner"), event.owner))
    if event.by_when is not None:
        facts.append(Fact(words("talk.by_when"), view.when(event.by_when)))
    body: list[Element] = [
        words.text("talk.body", name=name),
        Facts(tuple(facts)),
        Text(words.blocks("talk.agreed") + quote(event.agreed)),
    ]
    title = "talk.corrected_title" if event.corrects else "talk.title"
    if view.kind == "talk_due":
        title = "talk_due.title"
    waiting = case.talk is not None and case.talk.at == event.at and view.may("confirm_talk")
    if not waiting:
        return told(view, title, (*body, status(view)))
    body.append(words.text("talk.ask", name=name))
    confirm = button(
        words("label.confirm_talk"), a.ConfirmTalk(case=case.id, recorded_at=event.at), "primary"
    )
    correct = button(words("label.correct_talk"), a.StartTalk(case=case.id, correcting=True), opens_form=True)
    return told(view, title, tuple(body), confirm, correct)


def _talk_confirmed(view: CaseView) -> Card:
    body: list[Element] = [words.text("talk_confirmed.body", name=actor(view)["name"])]
    if view.case.speaks_as_raiser(view.reader):
        body.append(words.text("talk_confirmed.raiser"))
        return told(view, "talk_confirmed.title", tuple(body), *raiser_moves(view))
    body.append(words.text("talk_confirmed.other", raiser=raiser_name(view)))
    return told(view, "talk_confirmed.title", tuple(body))


def _shared(view: CaseView) -> Card:
    event = expect(view, events.Shared)
    key = "shared.both" if event.with_both else "shared.own"
    body = (words.text(key, **actor(view)), Text(quote(event.text)))
    return told(view, "shared.title", body, name=actor(view)["name"])


def _risk(view: CaseView) -> Card:
    event = expect(view, events.RiskChanged)
    body = (
        words.text("risk.body", name=actor(view)["name"]),
        Text(quote(event.text)),
        words.text("risk.ask"),
    )
    return told(view, "risk.title", body)


def _risk_filed(view: CaseView) -> Card:
    event = expect(view, events.RiskChanged)
    text = words.text("risk_filed.body", receiver=receiver_name(view), manager=manager_name(view))
    return told(view, "risk_filed.title", (text, Text(quote(event.text))))


def _closed(view: CaseView) -> Card:
    event = expect(view, events.Closed)
    text = words.text("closed.body", outcome=outcome_words(view), name=actor(view)["name"])
    body = (text, Text(quote(event.note)), words.text("closed.record"), *filed_lines(view))
    after = check_buttons(view) + reopening(view)
    return told(view, "closed.title", body, *after, *record_buttons(view))


def _withdrawn(view: CaseView) -> Card:
    event = expect(view, events.Withdrawn)
    body: list[Element] = [words.text("withdrawn.body", name=actor(view)["name"]), Text(quote(event.reason))]
    if view.reader == event.lead:
        body.append(words.text("withdrawn.lead", name=actor(view)["name"]))
    return told(view, "withdrawn.title", tuple(body), *record_buttons(view))


def _on_it_again(view: CaseView) -> Card:
    """To whoever had left the case, and is on it now."""
    return told(view, "left_again.title", (status(view),))


def awaits(view: CaseView) -> Card:
    """For a channel: that a message awaits a post, and nothing else."""
    event, case = view.event, view.case
    assert isinstance(event, events.StageEntered | events.HandedOver), "a card of another event"
    party = event.parties.receiving if isinstance(event, events.StageEntered) else event.to
    title = words("awaits.title", post=party.post)
    waiting = case.open and not past_stage(view) and "receiving" not in case.acknowledged
    if not waiting:
        return Card(title, (words.text("awaits.done"),))
    step = button(words("label.acknowledge"), a.Acknowledge(case=case.id, stage=case.stage_number), "primary")
    return Card(title, (words.text("awaits.body"),), (step,))


_DRAW: dict[str, Draw] = {
    "case": standing_card,
    "filed": standing_card,
    "stage": standing_card,
    "stage_raiser": _stage_raiser,
    "went_up": _went_up,
    "seen": _seen,
    "answer": _answer,
    "answer_filed": _answer_filed,
    "not_accepted": _not_accepted,
    "overdue": _overdue,
    "manager_silent": _manager_silent,
    "reply_due": _reply_due,
    "more_time": _more_time,
    "more_time_agreed": _more_time_agreed,
    "more_time_refused": _more_time_refused,
    "handed_over": _handed_over,
    "answers_for": _answers_for,
    "answers_no_more": _answers_no_more,
    "not_reached": _not_reached,
    "identify": _identify,
    "identified": _identified,
    "talk": _talk,
    "talk_due": _talk,
    "talk_confirmed": _talk_confirmed,
    "shared": _shared,
    "risk": _risk,
    "risk_filed": _risk_filed,
    "closed": _closed,
    "withdrawn": _withdrawn,
    "stands_still": stands_still,
    "awaits": awaits,
    "left": _on_it_again,
    **cards_by_policy.DRAW,
    **cards_of_record.DRAW,
}

KINDS = frozenset(_DRAW)
"""Every kind of card that can be drawn of a case."""
