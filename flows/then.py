"""What stood when the event of a notice happened: a card drawn again must not tell it of today's stage."""

from bot.desk import CaseView, events


def past_stage(view: CaseView) -> bool:
    """The case has gone up since: what the notice asked for is over."""
    return view.case.stage_number != view.stage_then


def stage_then(view: CaseView) -> str:
    stage = view.case.policy.stage(view.stage_then)
    return f"{stage.label}, {stage.name}"


def manager_then(view: CaseView) -> str:
    """The name of who stood on the raising side: a later stage has somebody else there."""
    person = view.case.now_with.raising.person
    for past in view.history:
        if past.at > view.event.at:
            break
        if isinstance(past, events.StageEntered):
            person = past.parties.raising.person
        elif isinstance(past, events.HandedOver) and past.side == "raising":
            person = past.to.person
    return view.person(person).name
