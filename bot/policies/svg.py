"""A small writer of SVG pictures: boxes of wrapped text that never run into each other."""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

FONT = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"
LINE = 1.35
"""The height of a line of text, as a multiple of its size."""
_WIDER = 1.16
"""Of the fonts that may be found, the widest is that much wider than the one whose widths are known."""

_WIDTHS = {
    **dict.fromkeys("ijl'", 222), **dict.fromkeys(" .,:;!/ftI()[]|-", 300), **dict.fromkeys("r“”‘’\"", 345),
    **dict.fromkeys("ckszvxyJ", 500), **dict.fromkeys("FTZL", 611), **dict.fromkeys("ABEKPSVXY&", 667),
    **dict.fromkeys("CDHNRUw", 722), **dict.fromkeys("GOQ", 778), **dict.fromkeys("mM", 833), "W": 944,
}  # fmt: skip
"""How wide the letters of Helvetica are, in thousandths of their size; the others count as 560."""


def width(text: str, size: float, bold: bool = False) -> float:
    """How wide a text is at most, in the picture's units."""
    em = sum(_WIDTHS.get(letter, 560 if letter < "\u0250" else 1000) for letter in text) / 1000
    return em * size * _WIDER * (1.06 if bold else 1.0)


def wrapped(text: str, size: float, room: float, bold: bool = False) -> list[str]:
    """The text in lines that are no wider than `room`; a word that is too long is broken."""
    lines: list[str] = []
    line = ""
    for word in "".join(c if c.isprintable() else " " for c in text).split():
        longer = f"{line} {word}" if line else word
        if width(longer, size, bold) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        while width(word, size, bold) > room:
            fits = max(1, next(n for n in range(len(word), -1, -1) if width(word[:n], size, bold) <= room))
            lines.append(word[:fits])
            word = word[fits:]
        line = word
    return [*lines, line] if line else lines or [""]


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph: its words, their size, and how far it is set in."""

    text: str
    size: float = 14
    bold: bool = False
    indent: float = 0
    colour: str = "#1b1b1b"
    gap: float = 4
    bullet: bool = False

    def lines(self, room: float) -> list[str]:
        return wrapped(self.text, self.size, room - self.indent, self.bold)

    def height(self, room: float) -> float:
        return self.gap + len(self.lines(room)) * self.size * LINE


def height_of(paragraphs: list[Words], room: float) -> float:
    return sum(one.height(room) for one in paragraphs)


@dataclass(slots=True)
class Picture:
    """What has been drawn so far."""

    parts: list[str] = field(default_factory=list)

    def box(
        self, x: float, y: float, wide: float, high: float, *, fill: str, line: str, round_: float = 8
    ) -> None:
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" rx="{round_:g}" '
            f'fill="{fill}" stroke="{line}" stroke-width="2"/>'
        )

    def path(self, d: str, colour: str, *, arrow: bool = False, dashed: bool = False) -> None:
        end = ' marker-end="url(#up)"' if arrow else ""
        dashes = ' stroke-dasharray="6 5"' if dashed else ""
        self.parts.append(f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="2.5"{dashes}{end}/>')

    def write(self, x: float, y: float, room: float, paragraphs: list[Words]) -> float:
        """The paragraphs from `y` down; gives where they end."""
        for one in paragraphs:
            y += one.gap
            if one.bullet:
                self.parts.append(
                    f'<circle cx="{x + one.indent - 10:g}" cy="{y + one.size * 0.78:g}" r="2.5" '
                    f'fill="{one.colour}"/>'
                )
            for line in one.lines(room):
                y += one.size * LINE
                weight = ' font-weight="bold"' if one.bold else ""
                self.parts.append(
                    f'<text x="{x + one.indent:g}" y="{y - one.size * 0.35:g}" font-size="{one.size:g}" '
                    f'fill="{one.colour}"{weight}>{escape(line)}</text>'
                )
        return y

    def svg(self, wide: float, high: float, title: str, about: str, arrows: str = "#1d4f91") -> str:
        """The picture as a file, with what it shows in words for whoever can't see it. `arrows`: the colour
        of their heads."""
        clean = ["".join(c if c.isprintable() else " " for c in text) for text in (title, about)]
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}" height="{high:g}" '
            f'viewBox="0 0 {wide:g} {high:g}" role="img" aria-labelledby="title about" lang="en" '
            f'font-family="{FONT}">'
        )
        return "\n".join([
            '<?xml version="1.0" encoding="UTF-8"?>', head,
            f'<title id="title">{escape(clean[0])}</title>', f'<desc id="about">{escape(clean[1])}</desc>',
            '<defs><marker id="up" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7" '
            f'orient="auto-start-reverse"><path d="M0 0 L10 5 L0 10 z" fill="{arrows}"/></marker></defs>',
            f'<rect width="{wide:g}" height="{high:g}" fill="#ffffff"/>', *self.parts, "</svg>", "",
        ])  # fmt: skip
