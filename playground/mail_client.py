"""One person with a mailbox and a browser, and with no chat.

Every letter with a link is opened as it comes: the link, the code that comes in a second letter, the page.
With `opens` off they lie unread until `open`. Pages do not change by themselves: `look` loads them again.
"""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime

from playground.clock import Clock
from playground.faults import Faults
from playground.feed import Feed
from playground.mail_browser import Browser, Line
from playground.mail_letter import Letter
from playground.mail_page import FIND, QUERY, Page, Typed, Web
from playground.mail_tab import BRAVER, PLATFORM, Tab
from playground.screen import Button, Chat, Choice, Drawing, Field, Filled, OpenForm, Screen, Seen

MAILBOX = "mailbox"


class MailClient:
    """A person with this address. Every act returns when the browser has the service's answer."""

    platform = PLATFORM

    def __init__(self, name: str, address: str, line: Line, faults: Faults, clock: Clock, feed: Feed) -> None:
        self.name = name
        self.user = address
        self.opens = True
        self.browser = Browser(line)
        self._line = line
        self._faults = faults
        self._clock = clock
        self._feed = feed
        self._letters: list[Letter] = []
        self._box: list[Seen] = []
        self._tabs: list[Tab] = []
        self._numbers = itertools.count(1)
        self._busy = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    # --- the mailbox

    @property
    def letters(self) -> tuple[Letter, ...]:
        """Every letter, the oldest first."""
        return tuple(self._letters)

    @property
    def newest_link(self) -> Letter:
        """The newest letter with a link in it."""
        linked = [letter for letter in self._letters if letter.link]
        assert linked, f"{self.name} has no letter with a link"
        return linked[-1]

    def arrived(self, letter: Letter) -> None:
        """The mail server has put a letter into the mailbox."""
        self._letters.append(letter)
        words = (letter.subject, *letter.text.splitlines())
        self._feed.add(self.name, PLATFORM, MAILBOX, "sees", "\n".join(words))
        seen = Seen(
            f"letter-{len(self._letters)}", MAILBOX, BRAVER, letter.text,
            Drawing(tuple(line for line in words if line.strip())),
            revision=self._feed.revision, at=self._clock.now(),
        )  # fmt: skip
        self._box.append(seen)
        if letter.link and self.opens:
            self._tasks.append(asyncio.get_running_loop().create_task(self._read(letter)))

    async def settled(self) -> None:
        """Wait until every letter that came has been opened. Raises what went wrong with one."""
        while self._tasks:
            begun, self._tasks = self._tasks, []
            await asyncio.gather(*begun)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- links and codes

    async def open(self, letter: Letter | None = None, *, elsewhere: bool = False) -> Page:
        """Follow the link of a letter (of the newest), here or in a browser that nobody signed in with."""
        chosen = letter or self.newest_link
        self._tell(MAILBOX, f"opens the link of “{chosen.subject}”" + (" elsewhere" if elsewhere else ""))
        if elsewhere:
            return await Browser(self._line).open(chosen.link)
        async with self._busy:
            return self._tab(chosen).show(await self.browser.open(chosen.link))

    async def ask_anew(self, page: Page) -> Page:
        """Ask for a new link on the page of one that is refused, as a stranger would."""
        return await Browser(self._line).send(page, page.forms[0], {}, None)

    async def _read(self, letter: Letter) -> None:
        """Open a letter as people do: the link, the code, the page."""
        async with self._busy:
            tab = self._tab(letter)
            page = tab.show(await self.browser.open(letter.link))
            if page.kind == "link":
                codes = len(self._codes)
                page = tab.show(await self._send(tab, page.forms[0], {}, None))
                if page.kind == "code":
                    await self._feed.until(lambda: len(self._codes) > codes)
                    form, name = tab.code_field
                    tab.show(await self._send(tab, form, {name: [self._codes[-1]]}, None))

    @property
    def _codes(self) -> list[str]:
        return [letter.code for letter in self._letters if letter.code]

    def _tab(self, letter: Letter) -> Tab:
        """The letter's tab, the newest of all from now on."""
        found = next((tab for tab in self._tabs if tab.letter is letter), None)
        if found is None:
            found = Tab(next(self._numbers), letter, self.name, self._clock, self._feed)
        else:
            self._tabs.remove(found)
        self._tabs.append(found)
        return found

    # --- sees

    def screen(self) -> Screen:
        """The mailbox, then the page of each letter that was opened."""
        box = Chat(MAILBOX, MAILBOX, "personal", tuple(self._box))
        pages = tuple(Chat(tab.id, tab.id, "personal", tab.messages) for tab in self._tabs)
        forms = [form for tab in self._tabs if (form := tab.open_form) is not None]
        newest = max(forms, key=lambda form: form.revision, default=None)
        return Screen((box, *pages), newest)

    async def look(self) -> None:
        """Load every page again that was opened: what has changed since then is seen. Where the time of a
        page is over, a new link is asked for."""
        await self.settled()
        async with self._busy:
            for tab in tuple(self._tabs):
                if tab.is_letter:
                    page = await self.browser.reload(tab.letter.link)
                    tab.show(page, again=True)
                    if page.kind == "refused" and self.opens:
                        self._tabs.remove(tab)
                        for form in page.forms:
                            await self.browser.send(page, form, {}, None)
        await self.settled()

    # --- words

    async def say(self, text: str) -> Seen:
        """Type into the newest page."""
        return await self._type(self._newest(), text)

    async def mention(self, text: str, channel: str, thread: str = "") -> Seen:
        raise AssertionError(f"{self.name} has e-mail alone: there are no channels")

    async def talk(self, text: str, channel: str, thread: str = "") -> Seen:
        raise AssertionError(f"{self.name} has e-mail alone: there are no channels")

    async def reply(self, message: Seen, text: str, mention: bool = False) -> Seen:
        """Type on the page on which the message stands."""
        return await self._type(self._of(message), text)

    async def _type(self, tab: Tab, text: str) -> Seen:
        form = tab.say
        self._tell(tab.id, f"types “{text}”")
        said = tab.said(text)
        async with self._busy:
            tab.show(await self._send(tab, form, {"words": [text]}, None, acts=True))
        return said

    async def visit_home(self) -> None:
        """There is no home of an app: ask for the menu."""
        await self.say("menu")

    # --- buttons and forms

    async def press(self, button: Button, on: Seen | None) -> None:
        """Press a button of a page; `on` is None for one of the open form."""
        tab = self._of(on) if on is not None else self._with_form()
        self._tell(tab.id, f"presses “{button.label}”")
        form = button.raw["form"]
        async with self._busy:
            tab.show(await self._send(tab, form, {}, button, acts=True))

    async def submit(
        self, form: OpenForm, values: Mapping[str, Filled], button: Button | None = None
    ) -> None:
        """Fill the open page's form, over what it holds, and send it."""
        tab = self._with_form()
        web = tab.form
        chosen = button or next(item for item in form.drawing.buttons if item.enters)
        typed = {tab.name_of(id): _wire(value) for id, value in values.items()}
        told = "; ".join(f"{id}: {', '.join(_wire(value))}" for id, value in values.items())
        self._tell(tab.id, f"sends “{told}” with “{chosen.label}”")
        async with self._busy:
            tab.show(await self._send(tab, web, typed, chosen, acts=True))

    async def search(self, form: OpenForm, item: Field, words: str) -> Sequence[Choice]:
        """Type part of a name and press “Find”: the page comes again, with who was found."""
        tab = self._with_form()
        find = next(
            button
            for button in form.drawing.buttons
            if button.raw["name"] == FIND and button.raw["value"] == item.id
        )
        async with self._busy:
            tab.show(await self._send(tab, tab.form, {QUERY + item.id: [words]}, find))
        found = tab.open_form
        assert found is not None
        return next(again.choices for again in found.drawing.fields if again.id == item.id)

    async def dismiss(self) -> None:
        """Go back from the form to the page that it was opened on."""
        tab = self._with_form()
        self._tell(tab.id, "goes back")
        tab.back()

    async def _send(
        self, tab: Tab, form: Web, typed: Typed, button: Button | None, *, acts: bool = False
    ) -> Page:
        copies = 2 if acts and self._faults.take_twice() else 1
        return await self.browser.send(tab.page, form, typed, button or tab.sender(form), copies)

    def _newest(self) -> Tab:
        opened = [tab for tab in self._tabs if tab.is_letter]
        assert opened, f"{self.name} has no page open to type on"
        return opened[-1]

    def _of(self, seen: Seen) -> Tab:
        found = next((tab for tab in self._tabs if tab.id == seen.chat), None)
        assert found is not None, f"{self.name} can't answer to what stands in the {seen.chat}"
        return found

    def _with_form(self) -> Tab:
        opened = [tab for tab in self._tabs if tab.open_form is not None]
        assert opened, f"{self.name} has no form open"
        return max(opened, key=lambda tab: tab.revision)

    def _tell(self, where: str, what: str) -> None:
        self._feed.add(self.name, PLATFORM, where, "does", what)


def _wire(value: Filled) -> Sequence[str]:
    """What the browser sends of a field; nothing at all for choices of which none was made."""
    match value:
        case tuple():
            return value
        case str():
            return (value,)
        case datetime():
            return (value.isoformat(timespec="minutes"),)
    raise AssertionError(f"a page has no field for {value!r}")
