"""The standing card of a case: what the raiser, a manager, or whoever stands in sees at any moment."""

from bot.chat.card import Button, Card, Divider, Element, Fact, Facts, Status, Style, Text, Tone, button
from bot.chat.text import Blocks, quote
from bot.desk import CaseView, Side, agreed, answer_due, events, live_clocks, overdue, stage_clock
from bot.guidance.words import Words
from flows import case_actions as a
from flows.entries import OpenTimeline, OpenUrgent

words = Words("case")


def finished(view: CaseView, title: str, body: tuple[Element, ...], buttons: tuple[Button, ...] = ()) -> Card:
    """A card of a case with what all of them share: the training mark, and whose ladder it is."""
    case = view.case
    ladder = case.policy
    status = words(f"ladder_status.{ladder.status}", version=ladder.version)
    note = words.blocks("ladder_note", ladder=ladder.title, status=status)
    if case.training:
        title = words("training", title=title)
        note = words.blocks("training_note")
    return Card(title, body, buttons, note)


def stage_name(view: CaseView) -> str:
    stage = view.case.stage
    return f"{stage.label}, {stage.name}"


def standing_card(view: CaseView) -> Card:
    """The case as this reader sees it now. In a training group of two the raiser is also asked as manager,
    and has both cards."""
    case = view.case
    if case.members[view.reader].role == "coordinator":
        return _stands_in(view)
    if view.reader == case.raiser and (view.kind != "stage" or case.party_side(view.reader) is None):
        return _raiser_card(view)
    return _manager_card(view)


def raiser_safety(view: CaseView) -> tuple[Button, ...]:
    """On every card of the raiser, while the case is open."""
    case = view.case
    if not case.open:
        return ()
    return (
        button(words("label.urgent"), OpenUrgent(case=case.id), "danger"),
        button(words("label.risk"), a.StartRisk(case=case.id), opens_form=True),
    )


def raiser_moves(view: CaseView) -> tuple[Button, ...]:
    """What the raiser can do to move the case on, the next step first."""
    case, moves = view.case, []
    if not case.open:
        return ()
    if case.proposal is not None or agreed(case):
        label = "label.accept" if case.proposal is not None else "label.close"
        moves.append(
            button(
                words(label),
                a.StartAccept(case=case.id, stage=case.stage_number, round=case.round),
                "primary",
                opens_form=True,
            )
        )
        moves.append(
            button(
                words("label.not_accept"),
                a.StartNotAccept(case=case.id, stage=case.stage_number, round=case.round),
                opens_form=True,
            )
        )
    elif can_go_up(view):
        moves.append(
            button(
                words("label.go_up"),
                a.StartGoUp(case=case.id, stage=case.stage_number),
                "primary",
                opens_form=True,
            )
        )
    return tuple(moves)


def can_go_up(view: CaseView) -> bool:
    case = view.case
    return overdue(case) and case.policy.next_stage(case.stage_number) is not None


def record_buttons(view: CaseView) -> tuple[Button, ...]:
    """Writing while the case is open; its history and its record at any time."""
    case = view.case
    write = button(words("label.write"), a.StartWrite(case=case.id), opens_form=True)
    return (
        *((write,) if case.open else ()),
        button(words("label.timeline"), OpenTimeline(case=view.case.id)),
        button(words("label.record"), a.ShowRecord(case=view.case.id)),
    )


def talk_button(view: CaseView) -> Button:
    return button(words("label.talk"), a.StartTalk(case=view.case.id), opens_form=True)


def status(view: CaseView) -> Status:
    """Where the case stands, in one sentence."""
    case = view.case
    receiver = view.person(case.now_with.receiving.person).name
    raiser = view.person(case.raiser).name
    due = answer_due(case)
    at = view.when(due) if due else ""
    see = stage_clock(case, "acknowledge", "receiving")

    def said(key: str, tone: Tone, **values: object) -> Status:
        return Status(words(f"status.{key}", **values), tone)

    if case.ending is not None:
        name = view.person(case.ending.by).name
        if case.ending.outcome == "withdrawn":
            return said("withdrawn", "neutral", name=name, at=view.when(case.ending.at))
        return said("closed", "good", at=view.when(case.ending.at), outcome=outcome_words(view))
    if case.proposal is not None:
        return said("answered", "attention", raiser=raiser)
    if agreed(case):
        return said("agreed", "attention", raiser=raiser)
    if case.talk is not None:
        return said("talk", "attention")
    if case.now_with.receiving.stands_in:
        return said("finding", "attention", receiver=receiver)
    if overdue(case):
        seen = "receiving" in case.acknowledged
        return said("overdue" if seen else "overdue_seen", "urgent", receiver=receiver)
    if case.round > 1:
        return said("waiting_round", "neutral", receiver=receiver, due=at)
    if "receiving" in case.acknowledged:
        return said("waiting_answer", "neutral", receiver=receiver, due=at)
    if view.reader == case.raiser and case.now_with.receiving.person not in case.told:
        return said("sending", "neutral")
    return said("waiting_seen", "neutral", receiver=receiver, due=view.when(see) if see else at)


def outcome_words(view: CaseView) -> str:
    ending = view.case.ending
    assert ending is not None
    return next((o.label for o in view.case.policy.outcomes if o.code == ending.outcome), ending.outcome)


def _raiser_card(view: CaseView) -> Card:
    case = view.case
    title = words("main.title", reference=case.reference, stage=stage_name(view))
    facts = Facts((
        Fact(words("main.raiser_child"), case.concern.child_reference),
        Fact(words("main.their_child"), _their_child(view)),
        Fact(words("main.receiving"), _party(view, "receiving")),
        Fact(words("main.raising"), _party(view, "raising")),
        Fact(words("main.deadline"), _deadline(view)),
    ))  # fmt: skip
    body: tuple[Element, ...] = (status(view), facts, *_concern(view))
    buttons = raiser_safety(view) + raiser_moves(view)
    if case.open:
        buttons += (
            talk_button(view),
            button(words("label.withdraw"), a.StartWithdraw(case=case.id), opens_form=True),
        )
    return finished(view, title, body, buttons + record_buttons(view))


def _manager_card(view: CaseView) -> Card:
    case = view.case
    side: Side = case.party_side(view.reader) or case.members[view.reader].side
    raiser = view.person(case.raiser)
    receiver = view.person(case.now_with.receiving.person)
    other = view.directory.agency(case.receiving_agency)
    here = case.party_side(view.reader) == side
    part = side if here else "onlooker"
    title = words(
        f"manager.{part}_title", reference=case.reference, stage=stage_name(view), raiser=raiser.name
    )
    key = f"manager.{part}_intro"
    beyond = view.person(view.reader).agency != case.receiving_agency and not case.training
    if part == "receiving" and beyond and case.stage_number > 1:
        key = "manager.beyond_intro"
    if part == "raising" and case.now_with.receiving.stands_in:
        key = "manager.raising_intro_nobody"
    intro = words.text(
        key, raiser=raiser.name, raiser_role=raiser.role, agency=raiser.agency_name,
        other_agency=other.name if other else "", receiver=receiver.name,
    )  # fmt: skip
    body: list[Element] = [status(view), intro, *_why_here(view), *_child_for(view, side)]
    body += [_manager_facts(view, side), *_concern(view), *_spoken(view), words.text("not_the_record")]
    if here and case.open and side not in case.acknowledged:
        body.append(words.text("manager.how"))
    buttons = _party_buttons(view, side) if here and case.open else _onlooker_buttons(view, side)
    safety = raiser_safety(view) if view.reader == case.raiser else ()
    return finished(view, title, tuple(body), safety + buttons + record_buttons(view))


def _party_buttons(view: CaseView, side: Side) -> tuple[Button, ...]:
    case, buttons = view.case, []
    seen = side in case.acknowledged
    if not seen:
        buttons.append(
            button(
                words("label.acknowledge"), a.Acknowledge(case=case.id, stage=case.stage_number), "primary"
            )
        )
    if side == "receiving":
        if case.identified is None:
            buttons.append(button(words("label.identify"), a.StartIdentify(case=case.id), opens_form=True))
        if case.proposal is None:
            style: Style = "primary" if seen else "default"
            buttons.append(
                button(
                    words("label.answer"),
                    a.StartAnswer(case=case.id, stage=case.stage_number),
                    style,
                    opens_form=True,
                )
            )
            buttons.append(
                button(
                    words("label.more_time"),
                    a.StartMoreTime(case=case.id, stage=case.stage_number),
                    opens_form=True,
                )
            )
    elif can_go_up(view):
        buttons.append(
            button(words("label.go_up"), a.StartGoUp(case=case.id, stage=case.stage_number), opens_form=True)
        )
    buttons.append(talk_button(view))
    buttons.append(
        button(
            words("label.hand_over"), a.StartHandOver(case=case.id, stage=case.stage_number), opens_form=True
        )
    )
    return tuple(buttons)


def _onlooker_buttons(view: CaseView, side: Side) -> tuple[Button, ...]:
    """Somebody of the case who was not messaged at this stage: an earlier manager, the safeguarding lead."""
    if side == "raising" and can_go_up(view):
        step = a.StartGoUp(case=view.case.id, stage=view.case.stage_number)
        return (button(words("label.go_up"), step, opens_form=True),)
    return ()


def _stands_in(view: CaseView) -> Card:
    case = view.case
    side = case.party_side(view.reader)
    if side is None:
        return stands_still(view)
    agency = view.directory.agency(case.receiving_agency if side == "receiving" else case.raising_agency)
    title = words("manager.stands_in_title", reference=case.reference, stage=stage_name(view))
    text = words.text(
        "manager.stands_in", side=words(f"manager.side.{side}"), agency=agency.name if agency else ""
    )
    choose = button(
        words("label.choose"),
        a.StartHandOver(case=case.id, stage=case.stage_number),
        "primary",
        opens_form=True,
    )
    return finished(view, title, (text,), (choose,) if case.open else ())


def stands_still(view: CaseView) -> Card:
    """For the coordinator: that somebody is needed, or no longer is; never what the case is about."""
    case = view.case
    raiser = view.person(case.raiser)
    withdrawn = next((past for past in view.history if isinstance(past, events.Withdrawn)), None)
    if withdrawn is not None and withdrawn.coordinator == view.reader:
        key = "withdrawn"
    else:
        key = "still" if case.open and (case.prompts or case.reply_chases) else "moved"
    text = words.text(
        f"stands_still.{key}", reference=case.reference, stage=stage_name(view), raiser=raiser.name,
        agency=raiser.agency_name,
        phone=words("stands_still.phone", phone=raiser.phone) if raiser.phone else "",
    )  # fmt: skip
    return finished(view, words(f"stands_still.{key}_title", reference=case.reference), (text,))


def _their_child(view: CaseView) -> str:
    known = view.case.identified
    if known is None and view.case.now_with.receiving.stands_in:
        return words("main.child_unknown_nobody")
    if known is None:
        receiver = view.person(view.case.now_with.receiving.person)
        ring = f"{receiver.name}, {receiver.phone}" if receiver.phone else receiver.name
        return words("main.child_unknown", receiver=ring)
    name = view.person(known.by).name
    if known.reference:
        return words("main.child_known_reference", child=known.reference)
    return words("main.child_known", name=name)


def _party(view: CaseView, side: Side) -> str:
    case = view.case
    party = case.now_with.of(side)
    person = view.person(party.person)
    seen = case.acknowledged.get(side)
    if party.stands_in:
        progress = words("main.party_stands_in", name=person.name)
    elif seen is not None:
        progress = words("main.party_seen", name=view.person(seen.by).name, at=view.when(seen.at))
    elif party.person in case.told:
        progress = words("main.party_told")
    else:
        progress = words("main.party_being_sent")
    return words("main.party", name=person.name, post=party.post or person.role, progress=progress)


def _deadline(view: CaseView) -> str:
    clocks = [at for key, at in live_clocks(view.case).items() if not key.startswith(("identify:", "talk:"))]
    return view.when(min(clocks)) if clocks else words("main.no_deadline")


def _why_here(view: CaseView) -> list[Element]:
    entered = view.stage_entered()
    if entered is None or entered.because == "raised":
        return []
    why: Blocks = words.blocks("manager.why_up")
    why += words.blocks("manager.because_clock") if entered.because == "clock" else quote(entered.reason)
    if view.case.involved:
        why += words.blocks("manager.involved")
    return [Text(why)]


def _child_for(view: CaseView, side: Side) -> list[Element]:
    asked = side == "receiving" and view.case.party_side(view.reader) == side and view.case.open
    if not asked or view.case.identified is not None:
        return []
    raiser = view.person(view.case.raiser)
    return [words.text("manager.identify", raiser=raiser.name, phone=view.case.concern.phone)]


def _manager_facts(view: CaseView, side: Side) -> Facts:
    case = view.case
    raiser = view.person(case.raiser)
    raised_by = words(
        "manager.raised_by_value", name=raiser.name, role=raiser.role, agency=raiser.agency_name
    )
    child = words("manager.child_value", agency=raiser.agency_name, child=case.concern.child_reference)
    facts = [
        Fact(words("manager.raised_by"), raised_by),
        Fact(words("manager.phone"), case.concern.phone),
        Fact(words("manager.child"), child),
    ]
    if case.identified is not None and side == "receiving":
        known = case.identified.reference or words("manager.identified_by_call")
        facts.append(Fact(words("manager.identified"), known))
    if side == "raising":
        facts.append(Fact(words("main.receiving"), _party(view, "receiving")))
    for label, name in (("acknowledge_by", "acknowledge"), ("answer_by", "respond")):
        at = stage_clock(case, name, side)
        if at is not None and case.open and case.party_side(view.reader) == side:
            facts.append(Fact(words(f"manager.{label}"), view.when(at)))
    return Facts(tuple(facts))


def _concern(view: CaseView) -> list[Element]:
    concern = view.case.concern
    parts: list[Element] = [Divider()]
    for key, text in (("decision", concern.decision), ("risk", concern.risk)):
        parts.append(Text(words.blocks(f"manager.{key}") + quote(text)))
    for update in view.case.risk_updates:
        parts.append(Text(words.blocks("manager.risk_update") + quote(update)))
    parts.append(Text(words.blocks("manager.request") + quote(concern.request)))
    return parts


def _spoken(view: CaseView) -> list[Element]:
    spoken = view.case.concern.spoken
    if not spoken.happened:
        return [words.text("manager.not_spoken")]
    line = words.blocks("manager.spoken_line", who=spoken.who, when=spoken.when, result=spoken.result)
    return [Text(words.blocks("manager.spoken") + line)]
