"""The page of one letter in a person's browser, and what they have read on it so far."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from playground.clock import Clock
from playground.feed import Feed, Kind
from playground.mail_letter import Letter
from playground.mail_page import FIELD, FIND, Page, Web, fields
from playground.screen import Button, Drawing, OpenForm, Seen

PLATFORM = "email"
BRAVER = "Braver"


class Tab:
    """`page` is what the browser shows. Cards of the moment stand in the answer to an act alone: they stay in
    sight until the next answer, also where the page was loaded again in between."""

    def __init__(self, number: int, letter: Letter, person: str, clock: Clock, feed: Feed) -> None:
        self.letter = letter
        self.id = f"page {number}"
        self.revision = 0
        self._numbers = itertools.count(1)
        self._page: Page | None = None
        self._behind: Page | None = None
        self._person = person
        self._clock = clock
        self._feed = feed
        self._kept: dict[str, Seen] = {}
        self._moment: list[Seen] = []
        self._mine: list[Seen] = []

    # --- the page

    @property
    def page(self) -> Page:
        assert self._page is not None, "nothing was opened"
        return self._page

    @property
    def is_letter(self) -> bool:
        """Whether the letter's cards are to be seen here, if need be behind a form."""
        return self._behind is not None

    def show(self, page: Page, *, again: bool = False) -> Page:
        """The browser has loaded this. `again`: not as an answer to an act, in another tab."""
        if not again:
            self._page = page
        if page.kind == "letter":
            self._behind = page
            if not again:
                self._moment.clear()
            self._read_cards(page)
        elif page.kind != "form":
            self._page, self._behind = page, None
            self._kept.clear()
            self._moment.clear()
        if not again:
            self._read_moment(page)
        return page

    def back(self) -> None:
        """From the form to the page before it."""
        self._page = self._behind
        self.revision = self._feed.touch()

    def _read_cards(self, page: Page) -> None:
        there = {card.message: card.drawing for card in page.cards if card.message}
        for gone in [id for id in self._kept if id not in there]:
            del self._kept[gone]
            self._tell("sees removed", "")
        for id, drawing in there.items():
            before = self._kept.get(id)
            if before is None:
                self._kept[id] = self._seen(id, drawing)
            elif before.words == drawing.words:
                self._kept[id] = replace(before, drawing=drawing)
            else:
                self._tell("sees redrawn", drawing.words)
                self._kept[id] = replace(
                    before, drawing=drawing, edits=before.edits + 1, revision=self._feed.touch()
                )

    def _read_moment(self, page: Page) -> None:
        if page.kind == "letter":
            drawings = [card.drawing for card in page.cards if not card.message]
            drawings += [Drawing((page.problem,))] if page.problem else []
        elif self.open_form is None:
            drawings = [page.drawing]
        else:
            drawings = []
            self._tell("sees", page.drawing.words)
        for drawing in drawings:
            self._moment.append(self._seen(f"{self.id}.{next(self._numbers)}", drawing))
        self.revision = self._feed.touch()

    def _seen(self, id: str, drawing: Drawing) -> Seen:
        self._tell("sees", drawing.words)
        return Seen(
            id, self.id, BRAVER, "", drawing, private=True,
            revision=self._feed.touch(), at=self._clock.now(),
        )  # fmt: skip

    def said(self, text: str) -> Seen:
        """What this person typed here."""
        id, drawing = f"{self.id}.{next(self._numbers)}", Drawing(tuple(text.splitlines()))
        mine = Seen(
            id, self.id, self._person, text, drawing, mine=True,
            revision=self._feed.touch(), at=self._clock.now(),
        )  # fmt: skip
        self._mine.append(mine)
        return mine

    @property
    def messages(self) -> tuple[Seen, ...]:
        """All that is to be seen here, the oldest first."""
        found = [*self._kept.values(), *self._moment, *self._mine]
        return tuple(sorted(found, key=lambda seen: seen.at))

    def _tell(self, kind: Kind, what: str) -> None:
        self._feed.add(self._person, PLATFORM, self.id, kind, what)

    # --- its forms

    @property
    def form(self) -> Web:
        """What is to be filled in: a form of Braver's, or the code."""
        found = next(self._to_fill(), None)
        assert found is not None, f"there is nothing to fill in on “{self.page.title}”"
        return found

    def _to_fill(self) -> Iterator[Web]:
        if self._page is not None and self._page.kind in ("form", "code"):
            yield from (form for form in self._page.forms if form.instance or fields(form, form.node))

    @property
    def open_form(self) -> OpenForm | None:
        web = next(self._to_fill(), None)
        if web is None or self._page is None:
            return None
        drawing = self._page.drawing
        senders = [button.label for button in drawing.buttons if button.enters]
        return OpenForm(
            web.instance or self.id, "page", self._page.title, drawing, senders[0] if senders else "",
            self._page.problem, chat=self.id, revision=self.revision,
        )  # fmt: skip

    @property
    def code_field(self) -> tuple[Web, str]:
        """The form that takes the code, and the name of its field."""
        return self.form, fields(self.form, self.form.node)[0].raw["name"]

    @property
    def say(self) -> Web:
        """Where words are typed."""
        page = self._page if self._page is not None and self._page.kind == "letter" else self._behind
        assert page is not None, "no page is open to type on"
        assert page.say is not None, f"there is nowhere to type on “{page.title}”"
        return page.say

    def sender(self, form: Web) -> Button | None:
        """The button that Enter presses: the first that sends."""
        return next((button for button in form.buttons if button.raw["name"] != FIND), None)

    def name_of(self, id: str) -> str:
        """The name under which the field is sent."""
        found = {item.id: str(item.raw["name"]) for item in fields(self.form, self.form.node)}
        return found.get(id, FIELD + id)
