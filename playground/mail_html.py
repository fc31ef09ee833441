"""HTML as a tree, and as the lines that a person reads from it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_UNSEEN = {"head", "script", "style", "template"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "div", "dd", "dl", "dt", "fieldset", "footer", "form", "h1",
    "h2", "h3", "header", "hr", "label", "legend", "li", "main", "nav", "ol", "p", "section", "table", "td",
    "th", "tr", "ul",
}  # fmt: skip
_BREAKS = {"blockquote", "dd", "li", "p", "pre", "textarea"}
"""Where the style of our pages shows line ends as they stand."""


@dataclass(slots=True)
class Node:
    """An element. `parts` are its texts and elements in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    parts: list["Node | str"] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def has(self, name: str) -> bool:
        return name in self.attributes

    def classed(self, name: str) -> bool:
        return name in self.get("class").split()

    def walk(self) -> Iterator["Node"]:
        """This element and all within, in reading order."""
        yield self
        for part in self.parts:
            if isinstance(part, Node):
                yield from part.walk()

    def all(self, *tags: str) -> list["Node"]:
        """The elements of these tags within."""
        return [node for node in self.walk() if node.tag in tags and node is not self]

    def first(self, found: Callable[["Node"], bool]) -> "Node | None":
        return next((node for node in self.walk() if found(node)), None)

    @property
    def text(self) -> str:
        """All text within, just as it stands."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def words(self) -> str:
        """All text within, on one line."""
        return " ".join(" ".join(lines(self)).split())


class _Builder(HTMLParser):
    """Raises AssertionError for an end tag that closes nothing: a page of ours is well formed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].parts.append(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].parts.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def parse(source: str) -> Node:
    """The page as a tree, whose root has no tag. Raises AssertionError where it is not well formed."""
    builder = _Builder()
    builder.feed(source)
    builder.close()
    assert len(builder.open) == 1, f"<{builder.open[-1].tag}> is never closed"
    return builder.root


def lines(node: Node, drawn: Callable[[Node], list[str] | None] = lambda node: None) -> list[str]:
    """What stands there, a line for each block. `drawn` gives the lines of an element that is read otherwise,
    None for all others."""
    found: list[str] = [""]

    def read(part: Node | str, breaks: bool) -> None:
        if isinstance(part, str):
            if breaks:
                first, *others = part.split("\n")
                found[-1] += first
                found.extend(others)
            else:
                found[-1] += re.sub(r"\s+", " ", part)
            return
        if part.tag in _UNSEEN or part.has("hidden"):
            return
        special = drawn(part)
        if special is not None:
            found.extend([*special, ""])
            return
        if part.tag == "br":
            found.append("")
            return
        is_block = part.tag in _BLOCKS
        if is_block:
            found.append("")
        for inner in part.parts:
            read(inner, breaks or part.tag in _BREAKS)
        if part.tag == "a":
            found[-1] += _address(part)
        if is_block:
            found.append("")

    read(node, False)
    return [" ".join(line.split()) for line in found if line.strip()]


def _address(link: Node) -> str:
    href = link.get("href")
    return f" ({href})" if href and href != link.text.strip() and href.startswith("http") else ""
