"""A policy file over the one that it extends: only what differs has to be written down. Pure.

Mappings are merged key by key. A list of parts that have a name of their own (stages, clocks, outcomes and
their like) is merged part by part, and `leave_out: yes` takes one of them away; any other list, and any
single value, takes the place of the base's.
"""

from dataclasses import dataclass, field
from typing import Any

from bot.escalation.mistake import brief, instead
from bot.files import Tree, Where, bad

_NAMED_BY: dict[str, tuple[str, ...]] = {
    "stages": ("number",),
    "clocks": ("name", "owner"),
    "outcomes": ("code",),
    "priorities": ("id",),
    "exclusions": ("id",),
    "before": ("id",),
    "after_closing": ("id",),
    "questions": ("id",),
}
"""The lists whose parts are told apart by a name, and the keys that hold it."""
_USUAL_OWNER = "receiving"
_DIGITS = 9
LEAVE_OUT = "leave_out"


class _Nameless:
    """The name of a part that has none: equal to no other."""


Name = tuple[str, ...] | _Nameless


def merged(own: Tree, base: Tree) -> Tree:
    """The own file over the base, with the file and the line of every part. Raises BadFile."""
    made = _Made(own, base, Tree(own.file, None, {(): own.lines.get((), 1)}))
    try:
        data = made.over(own.data, (), base.data, (), ())
    except RecursionError:
        what = "This file and the one that it extends are nested too deeply."
        raise bad(own.file, 0, what, "Check the brackets and the indentation.") from None
    return Tree(own.file, data, made.tree.lines, made.tree.files)


@dataclass(frozen=True, slots=True)
class _Made:
    own: Tree
    base: Tree
    tree: Tree = field(default_factory=lambda: Tree("", None))

    def over(self, own: Any, own_at: Where, base: Any, base_at: Where, at: Where) -> Any:
        self._note(self.own, own_at, at)
        if isinstance(own, dict) and isinstance(base, dict):
            return {key: self._key(key, own, own_at, base, base_at, at) for key in {**base, **own}}
        key = next((step for step in reversed(at) if isinstance(step, str)), "")
        if key in _NAMED_BY and at[-1:] == (key,) and _parts_in(own) and _parts_in(base):
            return self._parts(key, own, own_at, base, base_at, at)
        return self._copied(self.own, own, own_at, at)

    def _key(self, key: str, own: Any, own_at: Where, base: Any, base_at: Where, at: Where) -> Any:
        inner = (*at, key)
        if key not in own:
            return self._copied(self.base, base[key], (*base_at, key), inner)
        if key not in base or key == "within":
            return self._copied(self.own, own[key], (*own_at, key), inner)
        return self.over(own[key], (*own_at, key), base[key], (*base_at, key), inner)

    def _parts(
        self, key: str, own: list[Any], own_at: Where, base: list[Any], base_at: Where, at: Where
    ) -> list[Any]:
        """The base's parts in their order, each with what the own file changes; then the own file's new
        ones."""
        names = [_name(key, part) for part in base]
        mine = self._check(key, own, own_at, names)
        found: list[tuple[int | None, int | None]] = [
            (mine.get(name), place)
            for place, name in enumerate(names)
            if not (name in mine and _left_out(own[mine[name]]))
        ]
        found += [(place, None) for place, part in enumerate(own) if _name(key, part) not in names]
        if key == "stages":
            found.sort(key=lambda one: _number(own[one[0]] if one[0] is not None else base[one[1] or 0]))
        made: list[Any] = []
        for number, (own_place, base_place) in enumerate(found):
            inner = (*at, number)
            if own_place is None:
                assert base_place is not None
                made.append(self._copied(self.base, base[base_place], (*base_at, base_place), inner))
            elif base_place is None:
                made.append(self._copied(self.own, own[own_place], (*own_at, own_place), inner))
            else:
                places = ((*own_at, own_place), base[base_place], (*base_at, base_place))
                made.append(self.over(own[own_place], *places, inner))
        return made

    def _check(self, key: str, own: list[Any], own_at: Where, names: list[Name]) -> dict[Name, int]:
        """Where each part of the own list stands, by its name.

        No part stands twice, and only what the base has can be left out of it.
        """
        known = {name: " ".join(name) for name in names if isinstance(name, tuple)}
        mine: dict[Name, int] = {}
        for place, part in enumerate(own):
            name = _name(key, part)
            line = self.own.line((*own_at, place))
            if not isinstance(name, tuple):
                if _left_out(part):
                    needed = _NAMED_BY[key][0]
                    what = f"{LEAVE_OUT}: Without “{needed}” it is not plain which one to leave out."
                    raise bad(self.own.file, line, what, f"Add a line “{needed}: …”.")
                continue
            said = brief(" ".join(name))
            if name in mine:
                raise bad(self.own.file, line, f"{key}: {said} stands here twice.", "Keep one of the two.")
            mine[name] = place
            if _left_out(part) and name not in known:
                what = f"{LEAVE_OUT}: {self.base.file} has nothing called {said} here to leave out."
                raise bad(self.own.file, line, what, instead(" ".join(name), known.values()))
        return mine

    def _copied(self, tree: Tree, data: Any, from_: Where, at: Where) -> Any:
        self._note(tree, from_, at)
        if isinstance(data, dict):
            return {key: self._copied(tree, one, (*from_, key), (*at, key)) for key, one in data.items()}
        if isinstance(data, list):
            return [self._copied(tree, one, (*from_, n), (*at, n)) for n, one in enumerate(data)]
        return data

    def _note(self, tree: Tree, from_: Where, at: Where) -> None:
        file, line = tree.place(from_)
        self.tree.lines[at] = line
        if file != self.tree.file:
            self.tree.files[at] = file


def _name(key: str, part: Any) -> Name:
    """What tells a part of such a list from the others; a part without it is like no other."""
    if not isinstance(part, dict):
        return _Nameless()
    values = tuple(str(part.get(one, _USUAL_OWNER if one == "owner" else "")) for one in _NAMED_BY[key])
    return values if values[0] else _Nameless()


def _parts_in(data: Any) -> bool:
    """Whether this is a list with parts in it, or one that is empty; a list of single values has no names."""
    return isinstance(data, list) and (not data or any(isinstance(one, dict) for one in data))


def _left_out(part: Any) -> bool:
    return isinstance(part, dict) and str(part.get(LEAVE_OUT, "")).lower() in ("yes", "true")


def _number(part: Any) -> int:
    """The stage's number; what is none, or has more digits than any, is the model's to refuse."""
    text = str(part.get("number", "")) if isinstance(part, dict) else ""
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 0
