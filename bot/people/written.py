"""A directory as a file again, YAML or a spreadsheet: read back, it is the same directory."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from bot.guidance.words import Words
from bot.people.directory import Directory
from bot.people.entries import Entry, Post
from bot.people.records import body, post_id
from bot.people.sheet import COLUMNS

words = Words("directory_tools")

MARK = "\ufeff"
"""Without it Excel does not take a CSV file for UTF-8."""
_PLAIN = re.compile(r"[a-z][a-z0-9_.-]*")
_OTHER_MEANING = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def as_sheet(directory: Directory) -> str:
    """The spreadsheet (CSV), without the mark that Excel wants before it; what it leaves out is told by
    `left_out`."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(directory))
    return out.getvalue()


def left_out(directory: Directory) -> tuple[str, ...]:
    """What a spreadsheet has no column for."""
    posts = (words("export.channel", post=post_id(post)) for post in directory.posts if post.channel)
    return tuple(posts)


def as_yaml(directory: Directory) -> str:
    lines: list[str] = []
    for key in ("agencies", "teams", "people", "posts"):
        parts = getattr(directory, key)
        lines += [f"{key}:"] if parts else []
        for part in parts:
            fields = [f"{name}: {_yaml(value)}" for name, value in body(part).items()]
            lines += [f"  {'- ' if not place else '  '}{text}" for place, text in enumerate(fields)]
        lines += [""] if parts else []
    leads = directory.safeguarding_leads
    lines.append("safeguarding_leads:" if leads else "safeguarding_leads: {}")
    lines += [f"  {_yaml(agency)}: {_yaml(person)}" for agency, person in leads.items()]
    return "\n".join((*lines, "", f"coordinator: {_yaml(directory.coordinator)}", ""))


def _yaml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_yaml(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_yaml, value))}]"
    text = str(value)
    plain = _PLAIN.fullmatch(text) and text not in _OTHER_MEANING
    return text if plain else json.dumps(text, ensure_ascii=False)


def _rows(directory: Directory) -> Iterator[dict[str, str]]:
    """Agencies and teams in which nobody is, then everybody."""
    agencies = {agency.id: agency.name for agency in directory.agencies}
    teams = {team.id: team.name for team in directory.teams}
    staffed, manned = ({getattr(entry, key) for entry in directory.people} for key in ("agency", "team"))
    for agency in directory.agencies:
        if agency.id not in staffed:
            yield {"agency": agency.id, "agency_name": agencies.pop(agency.id)}
    for team in directory.teams:
        if team.id not in manned:
            name = agencies.pop(team.agency, "")
            yield {
                "agency": team.agency,
                "agency_name": name,
                "team": team.id,
                "team_name": teams.pop(team.id),
            }
    held, covered = _posts(directory)
    led: dict[str, list[str]] = {}
    for agency_, lead in directory.safeguarding_leads.items():
        led.setdefault(lead, []).append(agency_)
    for entry in directory.people:
        yield {
            **_cells(entry),
            "agency_name": agencies.pop(entry.agency, ""),
            "team_name": teams.pop(entry.team, ""),
            "posts": "; ".join(_ref(post, entry) for post in held.get(entry.id, ())),
            "deputy_for": "; ".join(_covered(post, entry) for post in covered.get(entry.id, ())),
            "safeguarding_lead": _led(led.get(entry.id, []), entry),
            "coordinator": "yes" if entry.id == directory.coordinator else "",
        }


def _posts(directory: Directory) -> tuple[dict[str, list[Post]], dict[str, list[Post]]]:
    """Person → the posts that they hold, and those at which they deputise."""
    held: dict[str, list[Post]] = {}
    covered: dict[str, list[Post]] = {}
    for post in directory.posts:
        held.setdefault(post.holder, []).append(post)
        for deputy in post.deputies:
            covered.setdefault(deputy, []).append(post)
    return held, covered


def _cells(entry: Entry) -> dict[str, str]:
    plain = body(entry)
    return {
        name: "; ".join(value) if isinstance(value, list) else str(value) for name, value in plain.items()
    }


def _ref(post: Post, entry: Entry) -> str:
    return post.post if not post.team and post.agency == entry.agency else post_id(post)


def _covered(post: Post, entry: Entry) -> str:
    number = f":{post.deputies.index(entry.id) + 1}" if len(post.deputies) > 1 else ""
    return _ref(post, entry) + number


def _led(agencies: list[str], entry: Entry) -> str:
    return "yes" if agencies == [entry.agency] else "; ".join(agencies)
