"""The conversations, written once. None of them knows which platform it is held on."""

from bot.chat.router import Flow
from bot.desk import Desk
from flows import (
    advice,
    backing,
    braver,
    briefing,
    checklist,
    ending,
    following,
    help,
    home,
    ladder,
    managing,
    meeting,
    numbers,
    pausing,
    raising,
    replying,
    sharing,
    talking,
    training,
    urgent,
)


def all_flows() -> tuple[Flow[Desk], ...]:
    """Every conversation, in the order in which help lists their commands."""
    return (
        advice.flow,
        raising.flow,
        following.flow,
        managing.flow,
        urgent.flow,
        numbers.flow,
        checklist.flow,
        braver.flow,
        briefing.flow,
        ladder.flow,
        replying.flow,
        talking.flow,
        meeting.flow,
        pausing.flow,
        backing.flow,
        ending.flow,
        sharing.flow,
        training.flow,
        home.flow,
        help.flow,
    )
