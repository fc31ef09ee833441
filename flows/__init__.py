"""The conversations, written once. None of them knows which platform it is held on."""

from bot.chat.router import Flow
from bot.desk import Desk


def all_flows() -> tuple[Flow[Desk], ...]:
    """Every conversation, in the order in which help lists their commands."""
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

    return tuple(
        module.flow
        for module in (
            urgent, advice, raising, following, checklist, braver, briefing, managing, replying,
            talking, sharing, training, home, help,
        )
    )  # fmt: skip
