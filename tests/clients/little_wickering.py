"""The six people of the tenant, and the directory that knows them. Everybody is made up."""

import json
from pathlib import Path
from typing import Any

from tests.clients.agents_playground import Member

JO = Member("jo", "Jo Marsh", "jo.marsh@health.little-wickering.example")
PRIYA = Member("priya", "Priya Okafor", "priya.okafor@health.little-wickering.example")
RUTH = Member("ruth", "Ruth Fennimore", "ruth.fennimore@health.little-wickering.example")
MAREK = Member("marek", "Marek Tull", "marek.tull@social-care.little-wickering.example")
HELEN = Member("helen", "Helen Castle", "helen.castle@social-care.little-wickering.example")
NOOR = Member("noor", "Noor Lindley", "noor.lindley@social-care.little-wickering.example")
EVERYBODY = (JO, PRIYA, RUTH, MAREK, HELEN, NOOR)

_HEALTH, _CARE = "health", "social_care"


def colleagues(me: Member) -> list[Member]:
    return [member for member in EVERYBODY if member != me]


def write_directory(path: Path, channel: str) -> Path:
    """Jo raises to Helen, whose post is nudged in the channel with this id."""
    directory: dict[str, Any] = {
        "agencies": [
            {"id": _HEALTH, "name": "Little Wickering Community Health"},
            {"id": _CARE, "name": "Little Wickering Children's Social Care"},
            {"id": "partnership", "name": "Little Wickering Safeguarding Children Partnership"},
        ],
        "people": [
            _person(JO, _HEALTH, "Health visitor", "07700 900101", line_manager="priya"),
            _person(PRIYA, _HEALTH, "Community health team lead", "07700 900103"),
            _person(RUTH, _HEALTH, "Named nurse, safeguarding lead", "01632 960106"),
            _person(MAREK, _CARE, "Social worker", "07700 900107", line_manager="helen"),
            _person(HELEN, _CARE, "Team manager", "07700 900109"),
            _person(NOOR, _CARE, "Safeguarding lead", "01632 960112"),
        ],
        "posts": [
            {"agency": _CARE, "post": "team_manager", "holder": "helen",
             "channel": {"platform": "teams", "id": channel}},
            {"agency": _HEALTH, "post": "team_manager", "holder": "priya"},
            {"agency": "partnership", "post": "independent_chair", "holder": "noor"},
            *({"agency": agency, "post": post, "holder": holder}
              for agency, holder in ((_HEALTH, "ruth"), (_CARE, "noor"))
              for post in ("line_manager", "service_manager", "strategic_lead")),
        ],
        "safeguarding_leads": {_HEALTH: "ruth", _CARE: "noor"},
        "coordinator": "ruth",
    }  # fmt: skip
    # JSON is YAML too.
    path.write_text(json.dumps(directory, indent=2), encoding="utf-8")
    return path


def _person(member: Member, agency: str, role: str, phone: str, line_manager: str = "") -> dict[str, str]:
    return {
        "id": member.slug, "name": member.name, "email": member.email, "ways": "teams",
        "agency": agency, "role": role, "phone": phone, "line_manager": line_manager,
    }  # fmt: skip
