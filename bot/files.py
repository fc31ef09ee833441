"""The files that a partnership writes, read strictly: every mistake is told with its line and a remedy."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.complaints import Complaint, complaints

LARGEST = 1_000_000
"""How many bytes a file may have, unless whoever reads it says otherwise."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""How a file begins that Excel saved as "Unicode text"."""

Where = tuple[str | int, ...]
Kind = TypeVar("Kind")

_PREFIX = "tag:yaml.org,2002:"
_TAGS = frozenset(
    _PREFIX + tag
    for tag in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value")
)


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing that is wrong in a file, and what to write. `line` counts from 1; 0 is the whole file."""

    file: str
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what} {self.remedy}"


class BadFile(Exception):
    """A file that can't be used. `problems` are all that were found, in the order of their lines."""

    def __init__(self, problems: tuple[FileProblem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Tree:
    """What a file says, as mappings, lists and texts, with the line of every part of it.

    Every single value is a text: only whoever knows what it means may make a number of it, or a phone
    number would lose its leading nought. `files` says of parts that come from another file which one that is.
    """

    file: str
    data: Any
    lines: dict[Where, int] = field(default_factory=dict)
    files: dict[Where, str] = field(default_factory=dict)

    def place(self, where: Where) -> tuple[str, int]:
        """The file and the line of the part that `where` leads to, or of the nearest part around it."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.files.get(where, self.file), self.lines.get(where, 1)

    def line(self, where: Where) -> int:
        """The line alone, where all parts are of one file."""
        return self.place(where)[1]


def load(path: Path, kind: type[Kind], context: Mapping[str, Any] | None = None) -> Kind:
    """Read a YAML file as a `kind` (a pydantic model, or anything else that pydantic knows).

    `context` is handed to the validators. Raises BadFile.
    """
    return checked(read(path), kind, context)


def checked(tree: Tree, kind: type[Kind], context: Mapping[str, Any] | None = None) -> Kind:
    """What the tree says, as a `kind`. Raises BadFile with all problems that pydantic found."""
    try:
        return TypeAdapter(kind).validate_python(tree.data, context=dict(context or {}))
    except ValidationError as error:
        raise BadFile(in_order(tree, problems(tree, complaints(error, kind)))) from None


def problems(tree: Tree, found: Iterable[Complaint]) -> Iterator[FileProblem]:
    """The complaints with their lines."""
    for complaint in found:
        what = complaint.what
        if complaint.other:
            what = f"{what} (See line {tree.line(complaint.other)} too.)"
        yield FileProblem(*tree.place(complaint.where), what, complaint.remedy)


def in_order(tree: Tree, found: Iterable[FileProblem]) -> tuple[FileProblem, ...]:
    """As somebody reads: the file itself before those that it extends, from the first line to the last."""
    return tuple(sorted(found, key=lambda problem: (problem.file != tree.file, problem.file, problem.line)))


def text_of(path: Path, largest: int = LARGEST) -> str:
    """The text of a file of at most `largest` bytes, in UTF-8 with or without a byte order mark, or in UTF-16
    with one.

    Raises BadFile.
    """
    try:
        with path.open("rb") as opened:
            raw = opened.read(largest + 1)
    except OSError as error:
        what = f"This file can't be opened ({(error.strerror or 'unknown reason').lower()})."
        raise bad(path, 0, what, "Check the name, and that it may be read.") from None
    if len(raw) > largest:
        what = f"This file is larger than {largest // 1_000_000} MB."
        raise bad(path, 0, what, "Check that it is the right one.")
    try:
        return raw.decode("utf-16" if raw.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        remedy = "Save the file as UTF-8 (in Excel: “CSV UTF-8”)."
        raise bad(path, line, "Here stands a letter that can't be read.", remedy) from None


def read(path: Path, largest: int = LARGEST) -> Tree:
    """Read a YAML file of at most `largest` bytes. Raises BadFile.

    Keys may stand once; anchors, aliases and tags are refused, so that what is read is what is seen.
    """
    text = text_of(path, largest)
    try:
        node = composed(text)
        reader = _Reader(str(path))
        return Tree(reader.file, reader.plain(node, ()) if node else {}, reader.lines)
    except RecursionError:
        raise bad(
            path, 0, "This file is nested too deeply.", "Check the brackets and the indentation."
        ) from None
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        reason = error.problem if isinstance(error, MarkedYAMLError) else "it holds a forbidden character"
        raise bad(
            path,
            mark.line + 1 if mark else 0,
            f"This can't be read as YAML ({reason}).",
            "Check the line and the one before: indent with spaces and no tabs, one space after each colon, "
            "and quotation marks around a text that holds “: ” or “ #” or that begins with a sign.",
        ) from None


def composed(text: str) -> Node | None:
    """The nodes of a YAML text, each with its place. Raises YAMLError."""
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(text)
    except (KeyError, AssertionError):
        raise MarkedYAMLError(problem="it asks for a version of YAML that there is not") from None
    return node


def bad(path: Path | str, line: int, what: str, remedy: str) -> BadFile:
    """The error for a single problem."""
    return BadFile((FileProblem(str(path), line, what, remedy),))


class _Reader:
    """Makes plain values of YAML's nodes and notes the line of each."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Where, int] = {}

    def plain(self, node: Node, where: Where) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(where, line)
        if node.anchor:
            raise bad(self.file, line, "“&” and “*” have no use here.", "Write the text out in each place.")
        if node.tag not in _TAGS:
            raise bad(self.file, line, f"The tag {node.tag} has no use here.", "Write the value without “!”.")
        if isinstance(node, MappingNode):
            return dict(self._entries(node, where))
        if isinstance(node, SequenceNode):
            return [self.plain(item, (*where, place)) for place, item in enumerate(node.value)]
        return "" if node.tag == f"{_PREFIX}null" else node.value

    def _entries(self, node: MappingNode, where: Where) -> Iterator[tuple[str, Any]]:
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                raise bad(self.file, line, "Before a colon stands one word.", "Write “key: value”.")
            inner = (*where, str(key.value))
            if inner in self.lines:
                what = f"“{key.value}” stands here again, after line {self.lines[inner]}."
                raise bad(self.file, line, what, "Keep one of the two.")
            self.lines[inner] = line
            yield str(key.value), self.plain(value, inner)
