"""Why something had no effect, privately; for a stale press, what happened meanwhile and by whom."""

from bot.chat.card import Card, button
from bot.chat.turn import Reply, Turn, Whisper
from bot.desk import Desk, NotOnCase, Refusal, Stale
from bot.guidance.words import Words
from flows.entries import OpenCase

words = Words("refusals")


async def refused(turn: Turn, desk: Desk, error: Refusal | NotOnCase) -> Reply:
    if isinstance(error, Stale):
        return Whisper(await _moved_on(turn, desk, error))
    why = "not_on_case" if isinstance(error, NotOnCase) else error.why
    return Whisper(Card(words("title"), (words.text(why), words.text("nothing_changed"))))


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
