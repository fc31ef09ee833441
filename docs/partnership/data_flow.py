"""Draws docs/partnership/data-flow.svg: `python -m docs.partnership.data_flow`. In black and white alone."""

from dataclasses import dataclass
from pathlib import Path

from bot.policies.svg import Picture, Words, height_of

FILE = Path(__file__).with_name("data-flow.svg")
TITLE = "Where data flow in Braver"

_BLACK, _WHITE, _GREY = "#1b1b1b", "#ffffff", "#f0f0f0"
_WIDE = 1060.0
_MARGIN, _PAD = 30.0, 12.0


@dataclass(frozen=True, slots=True)
class Flow:
    """What goes from somewhere to somewhere. `at`: where its number stands in the picture, each time."""

    number: int
    source: str
    target: str
    what: str
    at: tuple[tuple[float, float], ...]


FLOWS = (
    Flow(
        1,
        "people",
        "their chat",
        "what they type and press; the cards that they read",
        ((95, 206), (375, 206)),
    ),
    Flow(
        2,
        "the chat",
        "Braver",
        "signed requests: who, where, what was typed or pressed",
        ((95, 396), (375, 396)),
    ),
    Flow(3, "Braver", "the chat", "cards for the people on the case", ((205, 396), (485, 396))),
    Flow(
        4,
        "Braver",
        "the mail server",
        "that something awaits, a link, a code; no word of a case",
        ((640, 396),),
    ),
    Flow(5, "the mailbox", "the person", "the same", ((640, 206),)),
    Flow(
        6,
        "the person's browser",
        "Braver",
        "the code, what is typed and pressed; the page comes back",
        ((795, 306),),
    ),
    Flow(7, "Braver", "the database", "all that is kept; people's words sealed", ((280, 606),)),
    Flow(
        8, "the database", "backups", "the rows as they lie there; encrypted once more by you", ((166, 770),)
    ),
    Flow(9, "Braver", "its log", "what failed and where in the code; no words", ((590, 612),)),
    Flow(10, "Braver", "a monitor outside", "that all is well, each minute", ((546, 770),)),
    Flow(
        11,
        "Braver",
        "a place elsewhere",
        "anchors: digests that show whether history was changed",
        ((376, 770),),
    ),
    Flow(12, "the partnership's files", "Braver", "the policy; the directory of people", ((856, 650),)),
    Flow(
        13, "people", "each agency's own record", "what belongs on the child's record, by hand", ((842, 138),)
    ),
)


def about() -> str:
    """All that the picture shows, in words."""
    said = (f"{flow.number}. From {flow.source} to {flow.target}: {flow.what}." for flow in FLOWS)
    inside = (
        "A dashed frame is the machine that runs Braver: in it its edge, Braver, its database and its log."
    )
    return " ".join((inside, *said))


def drawn() -> str:
    """The picture as the text of an SVG file."""
    picture = Picture()
    picture.write(_MARGIN, 14, _WIDE - 2 * _MARGIN, [Words(TITLE, 24, bold=True)])
    picture.path("M30 450 H830 V742 H30 Z", _BLACK, dashed=True)
    picture.write(560, 706, 260, [Words("The machine that runs Braver", 15, bold=True)])
    for arrow in _ARROWS:
        picture.path(arrow, _BLACK, arrow=True)
    picture.path("M780 120 H878", _BLACK, arrow=True, dashed=True)
    for x, y, wide, high, grey, name, more in _BOXES:
        picture.box(x, y, wide, high, fill=_GREY if grey else _WHITE, line=_BLACK)
        picture.write(x + _PAD, y + 4, wide - 2 * _PAD, [Words(name, 15, bold=True), *_more(more)])
    for flow in FLOWS:
        for across, down in flow.at:
            _number(picture, across, down, flow.number)
    end = _legend(picture, 910)
    return picture.svg(_WIDE, end + _MARGIN, TITLE, about(), arrows=_BLACK)


_ARROWS = (
    "M120 160 V240",
    "M180 240 V164",
    "M400 160 V240",
    "M460 240 V164",
    "M120 350 V466",
    "M180 470 V354",
    "M400 350 V466",
    "M460 470 V354",
    "M670 240 V164",
    "M670 470 V354",
    "M760 160 V466",
    "M400 530 V576",
    "M460 580 V534",
    "M310 655 H254",
    "M250 635 H306",
    "M550 634 H626",
    "M140 690 V806",
    "M350 690 V806",
    "M520 690 V806",
    "M880 676 H554",
)

_BOXES = (
    (40, 70, 220, 94, False, "People of one agency", "on their phones and computers"),
    (320, 70, 220, 94, False, "People of another agency", "on their phones and computers"),
    (600, 70, 180, 94, False, "People without a chat", "in a browser"),
    (882, 80, 148, 84, False, "Each agency's own record", ""),
    (40, 240, 220, 114, True, "Slack workspace", "its agency's; its administrators and Slack can read it"),
    (
        320,
        240,
        220,
        114,
        True,
        "Microsoft 365 tenant",
        "its agency's; its administrators and Microsoft can read it",
    ),
    (600, 240, 140, 114, False, "Mail server, mailbox", "no word of a case"),
    (
        50,
        470,
        760,
        64,
        False,
        "The edge of the machine",
        "your HTTPS proxy for what comes in; calls out go straight",
    ),
    (310, 580, 240, 110, False, "Braver", "the process: it holds the key, and reads what it has to show"),
    (
        60,
        580,
        190,
        110,
        False,
        "Database",
        "words sealed, with a key for each case; who and when in the open",
    ),
    (630, 592, 150, 60, False, "Log", "no words"),
    (882, 630, 148, 92, False, "Policy and directory", "files of the partnership"),
    (60, 810, 200, 64, False, "Backups", "key kept apart"),
    (290, 810, 150, 64, False, "Elsewhere", "anchors"),
    (465, 810, 190, 64, False, "Monitor outside", "nothing personal"),
)
"""Left, top, width, height, grey (somebody else's machine, where words lie readable), name, what it is."""


def _more(text: str) -> list[Words]:
    return [Words(text, 12.5)] if text else []


def _number(picture: Picture, x: float, y: float, number: int) -> None:
    picture.parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="14" fill="{_BLACK}"/>')
    picture.parts.append(
        f'<text x="{x:g}" y="{y + 5:g}" font-size="14" font-weight="bold" text-anchor="middle" '
        f'fill="{_WHITE}">{number}</text>'
    )


def _legend(picture: Picture, y: float) -> float:
    """What each number is, below; gives where it ends."""
    room = _WIDE - 2 * _MARGIN - 40
    for flow in FLOWS:
        said = [Words(f"{flow.source} → {flow.target}: {flow.what}", 15)]
        _number(picture, _MARGIN + 14, y + 14, flow.number)
        picture.write(_MARGIN + 40, y, room, said)
        y += max(32.0, height_of(said, room) + 6)
    said = [
        Words(
            "Grey: machines of others, whose administrators can read words there. Dashed arrow: by hand.", 13
        )
    ]
    return picture.write(_MARGIN, y + 4, room + 40, said)


if __name__ == "__main__":
    FILE.write_text(drawn(), encoding="utf-8")
