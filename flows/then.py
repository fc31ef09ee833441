"""What stood when the event of a notice happened: a card drawn again must not tell it of today's stage."""

from bot.desk import CaseView, Stage, events


def past_stage(view: CaseView) -> bool:
    """The case has gone up since: what the notice asked for is over."""
    return view.case.stage_number != view.stage_then


def stage_then(view: CaseView) -> str:
    stage = view.case.policy.stage(view.stage_then, view.case.urgent)
    return f"{stage.label}, {stage.name}"


def stage_before(view: CaseView) -> Stage:
    """The stage from which the case came to the one of the event: not always the next below."""
    entered = [past.stage for past in view.history if isinstance(past, events.StageEntered)
               and past.at <= view.event.at]  # fmt: skip
    number = entered[-2] if len(entered) > 1 else max(1, view.stage_then)
    return view.case.policy.stage(number, view.case.urgent)


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
