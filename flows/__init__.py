"""The conversations, written once. None of them knows which platform it is held on."""

from bot.chat.router import Flow
from bot.desk import Desk
from flows import (
    backing,
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
from flows.coaching import (
    advice,
    braver,
    briefing,
    checklist,
    counts,
    follow_up,
    notes,
    other_chair,
    plan,
    practice,
    rehearsal,
    walk,
)
from flows.people import answering, away, entry, handing_over, mending, posts, returning


def all_flows() -> tuple[Flow[Desk], ...]:
    """Every conversation, in the order in which help lists their commands."""
    return (
        advice.flow,
        raising.flow,
        following.flow,
        managing.flow,
        urgent.flow,
        entry.flow,
        away.flow,
        handing_over.flow,
        returning.flow,
        answering.flow,
        posts.flow,
        mending.flow,
        numbers.flow,
        plan.flow,
        rehearsal.flow,
        checklist.flow,
        practice.flow,
        notes.flow,
        braver.flow,
        briefing.flow,
        walk.flow,
        other_chair.flow,
        follow_up.flow,
        ladder.flow,
        replying.flow,
        talking.flow,
        meeting.flow,
        pausing.flow,
        backing.flow,
        ending.flow,
        sharing.flow,
        training.flow,
        counts.flow,
        home.flow,
        help.flow,
    )
