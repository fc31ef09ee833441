"""What the coaching is used for, in numbers without people, for the coordinator and safeguarding leads."""

from bot.chat.card import Card, Element, Fact, Facts
from bot.chat.router import Answered, Flow
from bot.chat.turn import Turn
from bot.desk import FEWEST, Desk
from bot.guidance.advice import topics
from bot.guidance.other_chair import guides
from bot.guidance.rehearsal import rehearsals
from bot.guidance.skills import groups
from bot.guidance.words import Words
from flows.coaching.safety import home
from flows.showing import opened

flow = Flow[Desk]("counts")
words = Words("counts")

_MONTHS = 3
"""How many months are shown, the newest first."""


@flow.command("counts", summary=words("summary"), exact=True, shows=True)
async def asked(turn: Turn, desk: Desk) -> Answered:
    assert turn.person is not None
    if not desk.may_see_counts(turn.person.id):
        return opened(turn, Card(words("not_yours.title"), (words.text("not_yours.body"),), (home(),)))
    counted = await desk.counted()
    body: list[Element] = [words.text("intro", fewest=FEWEST)]
    months = list(dict.fromkeys(one.month for one in counted))[:_MONTHS]
    for month in months:
        facts = (
            Fact(_name(one.name), words("line", times=one.times, people=one.people))
            for one in counted
            if one.month == month
        )
        body += [words.text("month", month=month), Facts(tuple(facts))]
    if not months:
        body.append(words.text("none", fewest=FEWEST))
    return opened(turn, Card(words("title"), tuple(body), (home(),)))


def _name(counted: str) -> str:
    """What was counted, in words: of a topic, a rehearsal or a group, its own name."""
    kind, _, what = counted.partition(":")
    own = f"name.{kind}.{what}"
    if own in words:
        return words(own)
    titles: dict[str, dict[str, str]] = {
        "advice": {id: one.title for id, one in topics().items()},
        "rehearsal": {id: one.title for id, one in rehearsals().items()},
        "checklist": {one.id: one.name for one in groups()},
        "other_chair": {one.id: one.title for one in guides()},
    }
    return words(f"kind.{kind}", what=titles.get(kind, {}).get(what, what))
