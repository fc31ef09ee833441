"""`python -m playground.shots`: pictures of the page, and of every card and form, into `docs/`.

The story is played twice, with everybody on their platform and then on the other one; after it, all else is
opened that can be opened by a word or a button. What anybody saw on the way is drawn by the page. Needs
Chromium (see `playground.chromium`) and the built page.
"""

import asyncio
import contextlib
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from bot.app import PLATFORMS
from bot.people import source
from bot.settings import Settings
from playground.chromium import Chromium, NoChromium
from playground.gallery import Gallery, Picture
from playground.house import House
from playground.people import Actor, Given
from playground.screen import Field, OpenForm
from playground.server import Stage, page
from playground.story import ABOUT, SPOKEN, play

DOCS = Path(__file__).parents[1] / "docs"
CARDS = "cards"
WIDE, PHONE = (1440, 900), (390, 844)
OTHER = {"slack": "teams", "teams": "slack"}
MOST_PRESSES = 60
"""Of one person who presses every button; there are far fewer."""
MOST_FORMS = 4
WORDS = {"reference": "CSC-5107", "phone": "07700 900101"}


async def main() -> None:
    """Play, collect, draw."""
    gallery = Gallery()
    async with Chromium() as browser:
        async with _opened() as house, _served(house) as address:
            await _pages(browser, address, house)
        async with _opened() as house:
            await _collect(gallery, house)
        async with _opened(swapped=True) as house:
            await _collect(gallery, house)
            async with _served(house) as address:
                await _draw(browser, address, gallery.pictures, str((await house.now()).tzinfo))
        (DOCS / "cards.md").write_text(_index(gallery.pictures), encoding="utf-8")
        if browser.complaints:
            sys.exit("The page complained:\n" + "\n".join(browser.complaints))


@contextlib.asynccontextmanager
async def _opened(*, swapped: bool = False) -> AsyncIterator[House]:
    """A house at ten o'clock of a working day; `swapped`: everybody is on the other platform."""
    people = source.load(Settings().directory, PLATFORMS).people
    moved = {entry.id: OTHER[entry.platform] for entry in people} if swapped else {}
    with tempfile.TemporaryDirectory(prefix="braver-shots-") as folder:
        async with House.open(Path(folder), platforms=moved) as house:
            await house.to_working_time()
            yield house


@contextlib.asynccontextmanager
async def _served(house: House) -> AsyncIterator[str]:
    """The page's address, while it shows this house."""
    directory = house.service.house.directory
    agencies = {agency.id: agency.name for agency in directory.agencies}
    roles = {entry.id: (entry.role, agencies[entry.agency]) for entry in directory.people}
    runner = web.AppRunner(page(Stage.of(house.world, house, roles)), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


# --- what is to be seen


async def _collect(gallery: Gallery, house: House) -> None:
    """Play the story; then press every button on a second case, and fill in every form on a third."""
    world = house.world
    async with gallery.watching(world, (await house.now()).tzinfo):
        await play(house)
        jo, priya, helen = map(world.person, ("jo", "priya", "helen"))
        for words, _ in house.service.house.commands:
            await jo.says(words)
            await _settle(house, jo)
        await _raise(house, jo)
        for person in (helen, priya, jo):
            await _press_all(house, person, fill_in=False)
        await _raise(house, jo)
        await jo.replies("Escalation BR-", "I can visit with them on Thursday.")
        for person in (helen, jo, priya, jo):
            await house.quiet()
            await _press_all(house, person, fill_in=True)
        await _cover(house, jo, helen)
        await jo.visits_home()
        await house.quiet()


async def _cover(house: House, jo: Actor, helen: Actor) -> None:
    """A manager is away while a case comes; the raiser lets a colleague answer; the manager is back."""
    await helen.says("entry")
    await helen.presses("I am away")
    await helen.submits({})
    await house.quiet()
    await _raise(house, jo)
    await jo.presses("Let a colleague answer for me")
    await _fill_in(house, jo, None)
    await helen.says("back")
    await house.quiet()


async def _raise(house: House, jo: Actor) -> None:
    await jo.says("raise")
    await jo.presses("Begin again" if "Begin again" in jo.buttons() else "No, go on")
    await jo.submits(SPOKEN)
    await jo.submits(ABOUT)
    await jo.submits({})
    await house.quiet()


async def _press_all(house: House, person: Actor, *, fill_in: bool) -> None:
    """Press one button of every label that this person sees, the newest first, and see to what it opens."""
    pressed: set[str] = set()
    for _ in range(MOST_PRESSES):
        label = next((label for label in reversed(person.buttons()) if label not in pressed), None)
        if label is None:
            return
        pressed.add(label)
        before = person.form()
        await person.presses(label)
        await house.quiet()
        if fill_in:
            await _fill_in(house, person, before)
        await _settle(house, person)


async def _fill_in(house: House, person: Actor, before: OpenForm | None) -> None:
    """Send the form that has just opened, filled in with whatever it takes, and those that follow it."""
    for _ in range(MOST_FORMS):
        form = person.form()
        if form is None or (before is not None and form.id == before.id):
            return
        before = form
        empty = [item for item in form.drawing.fields if not item.shown]
        await person.submits({item.id: await _something(person, form, item) for item in empty})
        await house.quiet()


async def _something(person: Actor, form: OpenForm, item: Field) -> Given:
    """What this field takes: the first choice, tomorrow, or words that give nobody away."""
    tomorrow = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    match item.kind:
        case "choice":
            offered = await person.client.search(form, item, "a") if item.searches else item.choices
            return offered[0].value if offered else None
        case "choices":
            return ()
        case "date" | "time" | "datetime":
            return tomorrow
    label = item.label.casefold()
    return next((words for part, words in WORDS.items() if part in label), "We visit together on Thursday.")


async def _settle(house: House, person: Actor) -> None:
    await house.quiet()
    form = person.form()
    if form is not None and form.surface != "card":
        await person.dismisses()


# --- pictures


async def _pages(browser: Chromium, address: str, house: House) -> None:
    """The page as a whole, wide and on a phone: a case was raised on one platform and seen on the other."""
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await _raise(house, jo)
    await helen.presses("Acknowledge")
    await house.quiet()
    for name, size in (("playground", WIDE), ("playground-phone", PHONE)):
        await browser.open(f"{address}#slack=jo&teams=helen", *size)
        await browser.until("document.querySelectorAll('.pane .message').length > 2")
        await browser.until("document.getAnimations().length === 0")
        await browser.run(_FROM_THE_TOP)
        await browser.picture(DOCS / f"{name}.png", "#page" if size == PHONE else "")
    await browser.leave()


_FROM_THE_TOP = """document.querySelectorAll('.messages').forEach((box) => {
    const cards = [...box.querySelectorAll('.message')];
    const card = cards.find((one) => one.innerText.includes('Escalation BR-'));
    if (card) box.scrollTop += card.getBoundingClientRect().top - box.getBoundingClientRect().top - 12;
})"""
"""Shows the card of the case from its first line on."""


async def _draw(browser: Chromium, address: str, pictures: Iterable[Picture], zone: str) -> None:
    """Every picture by itself, as the page draws it in a chat."""
    shutil.rmtree(DOCS / CARDS, ignore_errors=True)
    await browser.open(f"{address}#shot", *WIDE)
    await browser.until("document.querySelector('.waiting')")
    for picture in pictures:
        shown = json.dumps(
            {"platform": picture.platform, "zone": zone, "name": picture.name, **picture.drawing}
        )
        await browser.run(f"window.dispatchEvent(new CustomEvent('shot', {{detail: {shown}}}))")
        await browser.until(
            f"document.querySelector('.shot[data-name=\"{picture.name}\"].{picture.platform}')"
        )
        await browser.picture(_file(picture), ".shot")
    await browser.leave()


def _file(picture: Picture) -> Path:
    return DOCS / CARDS / f"{picture.name}-{picture.platform}.webp"


def _index(pictures: Iterable[Picture]) -> str:
    """All pictures on one page, the two platforms beside each other."""
    names: dict[str, dict[str, Picture]] = {}
    for picture in pictures:
        names.setdefault(picture.name, {})[picture.platform] = picture
    lines = [
        "# Every card and form, on both platforms",
        "",
        "Drawn by the playground's page from what its people saw: `make shots` makes this page anew.",
    ]
    for found in names.values():
        title = next(iter(found.values())).title.replace("|", "·")
        lines += ["", f"## {title}", "", "| Slack | Teams |", "|---|---|"]
        cells = [_cell(found.get(platform)) for platform in ("slack", "teams")]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(picture: Picture | None) -> str:
    if picture is None:
        return ""
    place = {"slack": "Slack", "teams": "Teams"}[picture.platform]
    return f"![{picture.title}, in {place}]({CARDS}/{_file(picture).name})"


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except NoChromium as missing:
        sys.exit(str(missing))
