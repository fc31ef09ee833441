"""The standing card of a case: what the raiser, a manager, or whoever stands in sees at any moment."""

from bot.chat.card import Button, Card, Divider, Element, Fact, Facts, Text, button
from bot.chat.text import Blocks, Bullets, Span, quote
from bot.desk import READING, CaseView, Side, due_at, events
from bot.guidance.ladder import clock_label
from flows import case_actions as a
from flows.case_moves import (
    check_buttons,
    onlooker_buttons,
    party_buttons,
    raise_another,
    raiser_moves,
    raiser_rest,
    raiser_safety,
    record_buttons,
    reopening,
)  # fmt: skip
from flows.case_state import next_deadline, request_line, stage_name, status, words
from flows.correcting import corrections, filed_lines
from flows.for_whom import named, on_top
from flows.reached import tried
from flows.someone import somebody


def finished(view: CaseView, title: str, body: tuple[Element, ...], buttons: tuple[Button, ...] = ()) -> Card:
    """A card of a case with what all of them share: the training mark, and whose ladder it is."""
    case = view.case
    ladder = case.policy
    body = (*on_top(view), *body)
    standing = words(f"ladder_status.{ladder.status}")
    note = words.blocks("ladder_note", ladder=ladder.title, version=ladder.version, status=standing)
    if case.speaks_as_raiser(view.reader):
        body, buttons = (*body, *somebody(view.someone_to_ring())), (*buttons, raise_another())
    if case.training:
        title = words("training", title=title)
        note = words.blocks("training_note")
    return Card(title, body, buttons, note)


def standing_card(view: CaseView) -> Card:
    """The case as this reader sees it now. In a training group of two the raiser is also asked as manager,
    and has both cards."""
    case = view.case
    if case.members[view.reader].role == "coordinator":
        return _stands_in(view)
    if case.members[view.reader].role in READING:
        return _reader_card(view)
    if case.speaks_as_raiser(view.reader) and (view.kind != "stage" or case.party_side(view.reader) is None):
        return _raiser_card(view)
    return _manager_card(view)


def _raiser_card(view: CaseView) -> Card:
    case = view.case
    title = words("main.title", reference=case.reference, stage=stage_name(view))
    facts = Facts((
        Fact(_child_label(view), case.concern.child_reference),
        Fact(words("main.their_child"), _their_child(view)),
        *_parties(view, "receiving"),
        *_parties(view, "raising"),
        *_answers_for(view),
        Fact(words("main.deadline"), next_deadline(view)),
        *_by_policy(view),
    ))  # fmt: skip
    body: tuple[Element, ...] = (
        status(view),
        *request_line(view),
        facts,
        *tried(view),
        *meeting_lines(view),
        *_concern(view),
    )
    buttons = raiser_safety(view) + raiser_moves(view) + raiser_rest(view)
    buttons += check_buttons(view) + reopening(view)
    return finished(view, title, body, buttons + record_buttons(view))


def _reader_card(view: CaseView) -> Card:
    """For who gets a copy, or is invited to the meeting: the whole case, to read."""
    case = view.case
    role = case.members[view.reader].role
    raiser = view.person(case.raiser)
    other = view.directory.agency(case.receiving_agency)
    title = words("manager.onlooker_title", reference=case.reference, stage=stage_name(view))
    intro = words.text(
        f"reader.{role}", raiser=raiser.name, agency=raiser.agency_name,
        other_agency=other.name if other else "",
    )  # fmt: skip
    body = [status(view), intro, *_why_here(view), _manager_facts(view, "raising"), *tried(view)]
    body += meeting_lines(view)
    body += [*_concern(view), *_spoken(view), words.text("not_the_record")]
    return finished(view, title, tuple(body), onlooker_buttons(view, "receiving") + record_buttons(view))


def _manager_card(view: CaseView) -> Card:
    case = view.case
    side: Side = case.party_side(view.reader) or case.side_of(view.reader) or "receiving"
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
    body: list[Element] = [
        status(view),
        intro,
        *_why_here(view),
        *_child_for(view, side),
        *request_line(view),
    ]
    body += [_manager_facts(view, side), *tried(view), *meeting_lines(view), *_concern(view), *_spoken(view)]
    body.append(words.text("not_the_record"))
    if here and case.open and side not in case.acknowledged:
        body.append(words.text("manager.how"))
    buttons = party_buttons(view, side) if here and case.open else onlooker_buttons(view, side)
    safety = raiser_safety(view) if case.speaks_as_raiser(view.reader) else ()
    after = check_buttons(view) + reopening(view)
    return finished(view, title, tuple(body), safety + buttons + after + record_buttons(view))


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
    return finished(view, title, (text, *tried(view)), (choose,) if view.may("hand_over") else ())


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


def _child_label(view: CaseView) -> str:
    if view.reader == view.case.raiser:
        return words("main.raiser_child")
    return words("main.raiser_child_of", raiser=view.person(view.case.raiser).name)


def _answers_for(view: CaseView) -> tuple[Fact, ...]:
    """The colleague who may answer for the raiser."""
    case = view.case
    if not case.answers_for:
        return ()
    label = words("main.answers_for", raiser=view.person(case.raiser).name)
    return (Fact(label, view.person(case.answers_for).name),)


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


def _parties(view: CaseView, side: Side) -> tuple[Fact, ...]:
    """Everybody messaged for a side, and how far it has come; a raiser who stands alone is not messaged."""
    case = view.case
    if not case.asked(side):
        return ()
    label = words(f"main.{side}")
    return tuple(Fact(label, _party(view, side, place)) for place in range(len(case.now_with.all_of(side))))


def _party(view: CaseView, side: Side, place: int = 0) -> str:
    case = view.case
    party = case.now_with.all_of(side)[place]
    person = view.person(party.person)
    seen = case.acknowledged.get(side)
    if party.stands_in:
        progress = words("main.party_stands_in", name=person.name)
    elif seen is not None and (place == 0 or seen.by == party.person):
        progress = words("main.party_seen", name=view.person(seen.by).name, at=view.when(seen.at))
    elif party.person in case.told:
        progress = words("main.party_told")
    else:
        progress = words("main.party_being_sent")
    return words("main.party", name=named(view, party), post=party.post or person.role, progress=progress)


def _by_policy(view: CaseView) -> tuple[Fact, ...]:
    """The priority and the track, where the policy has them."""
    case, facts = view.case, list[Fact]()
    label = next((one.label for one in case.policy.priorities if one.id == case.priority), "")
    if label:
        facts.append(Fact(words("main.priority"), label))
    if case.urgent and case.policy.urgent_track is not None:
        facts.append(Fact(words("main.track"), case.policy.urgent_track.label))
    return tuple(facts)


def meeting_lines(view: CaseView) -> list[Element]:
    """The meeting that was called at this stage, and its minutes."""
    meeting, rules = view.case.meeting, view.case.stage.meeting
    if meeting is None or rules is None:
        return []
    invited = Bullets(tuple((Span(f"{one.name}, {one.role}"),) for one in map(view.person, meeting.invited)))
    said = words.blocks(
        "meeting.line", when=view.when(meeting.when), where=meeting.where, quorum=rules.quorum,
        rule=words("meeting.decides" if rules.decides else "meeting.mediates"),
    )  # fmt: skip
    found: list[Element] = [Text((*said, invited))]
    if meeting.minutes:
        found.append(Text(words.blocks("meeting.minutes") + quote(meeting.minutes)))
    return found


def _why_here(view: CaseView) -> list[Element]:
    entered = view.stage_entered()
    if entered is None:
        return []
    if entered.because == "raised":
        filled = tuple(entered.form)
        parts = [words.blocks("manager.form", question=one.question) + quote(one.text) for one in filled]
        return [Text(part) for part in parts]
    why: Blocks = words.blocks("manager.why_up")
    why += words.blocks("manager.because_clock") if entered.because == "clock" else quote(entered.reason)
    for answer in entered.form:
        why += words.blocks("manager.form", question=answer.question) + quote(answer.text)
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
        *_answers_for(view),
        Fact(words("manager.phone"), case.concern.phone),
        Fact(words("manager.child"), child),
        *_by_policy(view),
    ]
    if case.identified is not None and side == "receiving":
        known = case.identified.reference or words("manager.identified_by_call")
        facts.append(Fact(words("manager.identified"), known))
    if side == "raising":
        facts += _parties(view, "receiving")
    facts += _own_deadlines(view, side)
    return Facts(tuple(facts))


def _own_deadlines(view: CaseView, side: Side) -> list[Fact]:
    """Each clock that runs for whoever reads this as a party of the stage."""
    case = view.case
    if not case.open or case.party_side(view.reader) != side or case.paused is not None:
        return []
    found: list[Fact] = []
    for clock in case.stage.clocks:
        at = due_at(case, clock) if clock.owner == side else None
        if at is not None:
            known = {"acknowledge": "acknowledge_by", "respond": "answer_by"}
            own = words(f"manager.{known[clock.name]}") if clock.name in known and not clock.label else ""
            label = own or words("manager.deadline", what=clock_label(clock))
            guide = words("manager.guide") if clock.binding == "indicative" else ""
            found.append(Fact(label, f"{view.when(at)}{guide}"))
    return found


def _concern(view: CaseView) -> list[Element]:
    concern = view.case.concern
    parts: list[Element] = [Divider()]
    for key, text in (("decision", concern.decision), ("risk", concern.risk)):
        parts.append(Text(words.blocks(f"manager.{key}") + quote(text)))
    for update in view.case.risk_updates:
        parts.append(Text(words.blocks("manager.risk_update") + quote(update)))
    parts.append(Text(words.blocks("manager.request") + quote(concern.request)))
    return [*parts, *corrections(view, 1), *filed_lines(view)]


def _spoken(view: CaseView) -> list[Element]:
    spoken = view.case.concern.spoken
    if not spoken.happened:
        return [words.text("manager.not_spoken")]
    line = words.blocks("manager.spoken_line", who=spoken.who, when=spoken.when, result=spoken.result)
    return [Text(words.blocks("manager.spoken") + line)]
