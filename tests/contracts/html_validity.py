"""Whether a page is sound, for every reader: read with the standard parser, without a browser."""

from collections import Counter
from html.parser import HTMLParser

_VOID = {"meta", "input", "hr", "br", "link"}
_TYPED = {"input", "textarea", "select"}
_UNLABELLED = {"hidden"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str]]] = []
        self.named: dict[int, str] = {}
        self._buttons: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> says something twice: {names}"
        assert not [name for name in names if name.startswith("on")], f"<{tag}> has a script"
        assert tag != "script"
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag in _VOID:
            return
        assert not (tag == "form" and "form" in self.open), "a form within a form"
        self.open.append(tag)
        if tag in ("button", "h1", "h2", "legend", "label", "a", "title"):
            self._buttons.append(len(self.found) - 1)
            self.named[len(self.found) - 1] = ""

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()
        if self._buttons and self.found[self._buttons[-1]][0] == tag:
            self._buttons.pop()

    def handle_data(self, data: str) -> None:
        for which in self._buttons:
            self.named[which] += data


def assert_page(source: str) -> None:
    """The page is well-formed, has one heading, every id once, every input labelled, and no script."""
    source.encode()
    assert "\x00" not in source
    reader = _Reader()
    reader.feed(source)
    reader.close()
    assert reader.open == [], f"left open: {reader.open}"
    tags = Counter(tag for tag, _ in reader.found)
    assert [tags[one] for one in ("html", "title", "main", "h1")] == [1, 1, 1, 1]
    assert dict(reader.found)["html"]["lang"] == "en-GB"
    ids = Counter(attrs["id"] for _, attrs in reader.found if "id" in attrs)
    assert [id for id, times in ids.items() if times > 1 or not id or " " in id] == []
    for attribute in ("for", "aria-labelledby", "aria-describedby"):
        for _, attrs in reader.found:
            assert set(attrs.get(attribute, "").split()) <= set(ids), f"{attribute} leads nowhere: {attrs}"
    labelled = {attrs["for"] for tag, attrs in reader.found if tag == "label"}
    for tag, attrs in reader.found:
        if tag in _TYPED and attrs.get("type") not in _UNLABELLED:
            assert attrs.get("id") in labelled or "aria-labelledby" in attrs, f"without a label: {attrs}"
        assert "style" not in attrs, "a style that the policy of the page forbids"
        assert attrs.get("href", "#").startswith(("#", "/mail/", "http:", "https:", "tel:", "mailto:")), attrs
    for which, words in reader.named.items():
        assert words.strip(), f"without words: {reader.found[which]}"
