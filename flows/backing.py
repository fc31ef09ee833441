"""A manager of the raiser does not stand behind the challenge: it goes on, with their safeguarding lead."""

from bot.chat.card import Card
from bot.chat.form import Form, LongTextField, form
from bot.chat.router import Flow
from bot.chat.turn import Ask, Done, Invalid, Turn
from bot.desk import Case, Desk, commands
from bot.guidance.words import Words
from flows import case_actions as a
from flows.checking import invalid, me, submitted, text

words = Words("backing")
flow = Flow[Desk]("backing")


@flow.on(a.StartBacking, shows=True)
async def start_backing(turn: Turn, desk: Desk, press: a.StartBacking) -> Ask:
    case = await desk.case_for(turn, press.case, "refuse_backing", stage=press.stage)
    return Ask(await _backing_form(turn, desk, case, press.stage))


@flow.on(a.SendBacking)
async def send_backing(turn: Turn, desk: Desk, sent: a.SendBacking) -> Invalid | Done:
    case, values = await desk.case(turn, sent.case), submitted(turn)
    problem = invalid(await _backing_form(turn, desk, case, sent.stage), values, desk)
    if problem:
        return problem
    command = commands.RefuseBacking(by=me(turn), stage=sent.stage, reason=text(values, "reason"))
    case = (await desk.act(turn, case.id, command)).case
    raiser = desk.person(case.raiser).name
    said = words.text(_key("done", case), raiser=raiser, **_who(desk, case))
    return Done(Card(words("done_title"), (said,)))


async def _backing_form(turn: Turn, desk: Desk, case: Case, stage: int) -> Form:
    """Who takes the manager's part is said before anything is written."""
    after = await desk.as_if(case, commands.RefuseBacking(by=me(turn), stage=stage, reason=""))
    raiser = desk.person(case.raiser).name
    intro = words.blocks("intro", raiser=raiser)
    intro += words.blocks(_key("instead", after), raiser=raiser, **_who(desk, after))
    fields = (LongTextField("reason", words("reason"), words("reason_hint"), max_length=500),)
    action = a.SendBacking(case=case.id, stage=stage)
    return form(words("title"), fields, action, words("submit"), intro)


def _key(key: str, after: Case) -> str:
    return f"{key}_stands_in" if after.now_with.raising.stands_in else key


def _who(desk: Desk, after: Case) -> dict[str, str]:
    """Who has the raising side now."""
    person = desk.person(after.now_with.raising.person)
    return {"name": person.name, "role": person.role}
