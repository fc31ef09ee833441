"""By which ways people of a case were told, and which of them did not work: in words, on every card."""

from dataclasses import dataclass, field

from bot.chat.card import Element, Text
from bot.chat.text import Bullets, Span
from bot.desk import CaseView, events
from bot.guidance.words import Words

words = Words("reached")


@dataclass(slots=True)
class _Tried:
    told: list[events.Told] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    failed_after: tuple[events.Failed, ...] = ()
    next_way: bool = False
    no_other: bool = False
    reached: bool = True


def tried(view: CaseView) -> list[Element]:
    """What was tried at the present stage to reach its people, where it took more than their first way."""
    found = _since_the_stage(view)
    lines = [
        (Span(f"{view.person(person).name}: ", bold=True), Span(_said(view, one)))
        for person, one in found.items()
        if one.failed or one.next_way
    ]
    if not lines:
        return []
    return [Text((*words.blocks("title"), Bullets(tuple(lines))))]


def without_success(failed: tuple[events.Failed, ...]) -> str:
    """The ways that did not work, each with why; empty where there were none."""
    return " ".join(words("failed", way=way(one.way), reason=one.reason) for one in failed)


def way(name: str) -> str:
    """A platform as people call it."""
    key = f"way.{name}"
    return words(key) if key in words else name


def _since_the_stage(view: CaseView) -> dict[str, _Tried]:
    found: dict[str, _Tried] = {}
    for event in view.history:
        match event:
            case events.StageEntered():
                found.clear()
            case events.Told():
                one = found.setdefault(event.person, _Tried())
                one.told.append(event)
                _note(one, event.failed)
            case events.NotReached():
                one = found.setdefault(event.person, _Tried())
                one.reached = False
                _note(one, event.failed)
            case events.WayFailed():
                one = found.setdefault(event.person, _Tried())
                one.no_other, one.failed_after = True, event.failed
            case events.TriedNextWay():
                for person in event.people:
                    found.setdefault(person, _Tried()).next_way = True
            case _:
                pass
    return found


def _note(one: _Tried, failed: tuple[events.Failed, ...]) -> None:
    one.failed |= {each.way: each.reason for each in failed}


def _said(view: CaseView, one: _Tried) -> str:
    parts = [without_success((events.Failed(way=way, reason=why),)) for way, why in one.failed.items()]
    if not one.told:
        parts.append(words("nobody" if not one.reached else "waits"))
    for number, told in enumerate(one.told):
        key = "told" if number == 0 else "told_too"
        parts.append(words(key, way=way(told.way), at=view.when(told.at)))
    if one.next_way and len(one.told) == 1:
        key = "next_way" if not one.no_other else "next_failed" if one.failed_after else "no_other"
        parts.append(words(key, failed=without_success(one.failed_after)))
    return " ".join(parts)
