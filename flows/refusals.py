"""Why something had no effect, privately; for a stale press, what happened meanwhile and by whom. What was
written in a form is given back."""

from dataclasses import replace

from bot.chat.card import Card, Text, button
from bot.chat.text import quote
from bot.chat.turn import Done, Reply, Submitted, Turn, Whisper
from bot.desk import Desk, NotOnCase, Refusal, Stale
from bot.guidance.words import Words
from flows.entries import OpenCase
from flows.guarding import without
from flows.replying import GoingUp

words = Words("refusals")


async def refused(turn: Turn, desk: Desk, error: Refusal | NotOnCase) -> Reply:
    shows = Done if isinstance(turn.act, Submitted) else Whisper
    if isinstance(error, NotOnCase):
        # By nothing but what came with the turn: whether there is such a case makes no difference here.
        card, written = _why("not_on_case"), _typed(turn, desk)
    else:
        card = await _moved_on(turn, desk, error) if isinstance(error, Stale) else _why(error.why)
        written = await _written(turn, desk, error.case)
    given_back = (words.text("given_back"), *(Text(quote(one)) for one in written)) if written else ()
    return shows(replace(card, body=(*card.body, *given_back)))


def _why(key: str) -> Card:
    return Card(words("title"), (words.text(key), words.text("nothing_changed")))


async def _written(turn: Turn, desk: Desk, case_id: str) -> tuple[str, ...]:
    """A person's own words of the form that was refused, or of the one before it; choices are no words."""
    if not isinstance(turn.act, Submitted):
        return ()
    typed = _typed(turn, desk)
    before = await desk.recall(turn, GoingUp)
    if typed or before is None or before.case != case_id:
        return typed
    return (before.reason, *before.said.answers.values())


def _typed(turn: Turn, desk: Desk) -> tuple[str, ...]:
    """Without what would say which child is meant: what is given back is kept, to be repeated."""
    if not isinstance(turn.act, Submitted):
        return ()
    values = (one for one in turn.act.values.values() if isinstance(one, str) and " " in one.strip())
    return tuple(without(one, desk.known) for one in values)


async def _moved_on(turn: Turn, desk: Desk, error: Stale) -> Card:
    case = await desk.case(turn, error.case, standing_in=True)
    view = await desk.view(case, "case", turn.person.id if turn.person else "")
    event = next((past for past in reversed(view.history) if past.kind == error.since), None)
    if event is None:
        said = words.text("stale.since")
    else:
        name = desk.person(event.by).name if event.by else ""
        said = words.text(f"stale.{error.since}", name=name, at=desk.when(event.at))
    opens = button(words("open"), OpenCase(case=case.id))
    return Card(words("stale_title"), (said, words.text("nothing_changed")), (opens,))
