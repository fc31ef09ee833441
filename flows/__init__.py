"""The conversations, written once. None of them knows which platform it is held on."""

from bot.chat.router import Flow
from bot.desk import Desk
from flows import (
    advice,
    braver,
    briefing,
    checklist,
    following,
    help,
    home,
    managing,
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
        checklist.flow,
        braver.flow,
        briefing.flow,
        replying.flow,
        talking.flow,
        sharing.flow,
        training.flow,
        home.flow,
        help.flow,
    )
