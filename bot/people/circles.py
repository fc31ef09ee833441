"""Circles: who leads to whom, and back again."""

from collections.abc import Collection, Iterator, Mapping


def circles(leads_to: Mapping[str, Collection[str]]) -> Iterator[tuple[str, ...]]:
    """Each set of names that all lead to each other, as they stand in `leads_to`, once.

    By Tarjan's way, without recursion: a chain may be as long as the directory.
    """
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: list[str] = []
    is_open: set[str] = set()
    for start in leads_to:
        if start in order:
            continue
        path = [(start, iter(leads_to[start]))]
        order[start] = low[start] = len(order)
        open_.append(start)
        is_open.add(start)
        while path:
            name, nexts = path[-1]
            following = next(nexts, None)
            if following is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[name])
                if low[name] == order[name]:
                    place = open_.index(name)
                    found = open_[place:]
                    del open_[place:]
                    is_open.difference_update(found)
                    if len(found) > 1:
                        yield tuple(found)
            elif following not in order:
                order[following] = low[following] = len(order)
                open_.append(following)
                is_open.add(following)
                path.append((following, iter(leads_to.get(following, ()))))
            elif following in is_open:
                low[name] = min(low[name], order[following])
