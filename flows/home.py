"""The menu, and the answers where nothing else fits."""

from collections.abc import Sequence

from bot.chat.card import Button, Card, Divider, Element, Text, button
from bot.chat.router import Answered, Flow
from bot.chat.text import Bullets, Span
from bot.chat.turn import HomeOpened, Installed, ShowHome, Turn, Whisper
from bot.desk import Desk
from bot.guidance.advice import advise, topic
from bot.guidance.words import Words
from flows.coaching.checklist import progress
from flows.entries import (
    OpenAdvice,
    OpenBraver,
    OpenBriefing,
    OpenCases,
    OpenChecklist,
    OpenEntry,
    OpenHelp,
    OpenHome,
    OpenOtherChair,
    OpenPlan,
    OpenRehearsals,
    OpenUrgent,
    StartRaising,
)
from flows.showing import opened, public
from flows.urgent import contacts

flow = Flow[Desk]("home")
words = Words("home")

_MENU = (
    "menu", "home", "start", "cancel", "stop",
    "hello", "hello there", "hi", "hi there", "hey", "good morning", "good afternoon",
)  # fmt: skip


@flow.command(*_MENU, summary=words("summary"), exact=True, shows=True)
async def home(turn: Turn, desk: Desk) -> Answered:
    """The menu; on the home surface where there is one; a greeting to a channel that took Braver in. Nothing
    is waited for any more: what is typed after the menu is a new matter."""
    if isinstance(turn.act, Installed) and turn.place.kind == "channel":
        card = Card(words("installed.title"), (words.text("installed.channel"),), _help())
        return public(turn, card)
    await desk.wait_no_more(turn)
    menu = await _menu(turn, desk)
    return ShowHome(menu) if isinstance(turn.act, HomeOpened) else opened(turn, menu)


@flow.on(OpenHome, shows=True)
async def pressed(turn: Turn, desk: Desk, action: OpenHome) -> Answered:
    return await home(turn, desk)


async def stranger(turn: Turn, desk: Desk) -> Answered:
    """Kind, private, and still with the urgent contacts."""
    someone = desk.someone_to_ring(None)
    if someone is None:
        ask = words.text("stranger.ask_lead")
    else:
        phone = words("stranger.phone", phone=someone.phone) if someone.phone else ""
        ask = words.text("stranger.ask", name=someone.name, role=someone.role, phone=phone)
    body: tuple[Element, ...] = (words.text("stranger.body"), ask, Divider(), words.text("stranger.urgent"))
    card = Card(words("stranger.title"), (*body, *contacts(desk)))
    return ShowHome(card) if isinstance(turn.act, HomeOpened) else Whisper(card)


async def unknown_command(turn: Turn, desk: Desk, text: str, nearest: Sequence[str]) -> Answered:
    """The nearest commands, and advice in case the words were meant as a situation."""
    offered = Bullets(tuple((Span(word, bold=True),) for word in dict.fromkeys(nearest)))
    body: list[Element] = [Text((*words.blocks("unknown.nearest"), offered))]
    buttons = [*_help(), button(words("button.home"), OpenHome())]
    advised = advise(text)
    if advised.topic:
        body.append(words.text("unknown.advice"))
        label = words("unknown.as_advice", topic=topic(advised.topic).title)
        buttons.insert(0, button(label, OpenAdvice(topic=advised.topic)))
    return opened(turn, Card(words("unknown.title", words=text), tuple(body), tuple(buttons)))


async def outdated(turn: Turn, desk: Desk) -> Answered:
    menu = button(words("button.home"), OpenHome(), "primary")
    return Whisper(Card(words("outdated.title"), (words.text("outdated.body"),), (menu,)))


async def _menu(turn: Turn, desk: Desk) -> Card:
    name = turn.person.name.split()[0] if turn.person else ""
    done, of = await progress(turn, desk)
    checklist = words("button.checklist_on", done=done, of=of) if done else words("button.checklist")
    return Card(
        words("title"),
        (words.text("hello", name=name), words.text("how")),
        (
            button(words("button.advice"), OpenAdvice(), "primary", opens_form=True),
            button(words("button.raise"), StartRaising()),
            button(words("button.cases"), OpenCases()),
            button(words("button.plan"), OpenPlan()),
            button(words("button.rehearse"), OpenRehearsals()),
            button(checklist, OpenChecklist()),
            button(words("button.braver"), OpenBraver()),
            button(words("button.briefing"), OpenBriefing()),
            button(words("button.other_chair"), OpenOtherChair()),
            button(words("button.entry"), OpenEntry()),
            button(words("button.urgent"), OpenUrgent(), "danger"),
            *_help(),
        ),
        words.blocks("least_data"),
    )


def _help() -> tuple[Button, ...]:
    return (button(words("button.help"), OpenHelp()),)
