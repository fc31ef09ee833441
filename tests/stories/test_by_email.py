"""A manager who is on no chat: letters that say nothing, a page behind a code, and the same case."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.house import House
from playground.mail_client import MailClient
from playground.mail_letter import Letter
from playground.people import Actor
from tests.stories.filing import filed
from tests.stories.people import BY_EMAIL, Pairing

SECRETS = (
    "Jo Marsh", "Helen", "Castle", "Priya", "Marek", "Health", "Social Care", "HV-2231", "BR-", "weight",
    "food", "escalat", "stage", "child and family",
)  # fmt: skip
"""What no letter says, in any case: names, agencies, references, words of the case, what it is about."""
USED = "a link in an e-mail was opened again"
WRONG = "wrong codes were typed in"
"""What the coordinator is told."""


@pytest.fixture
def pairing() -> Pairing:
    """Jo raises in Slack; the receiving side has e-mail alone."""
    return BY_EMAIL


@pytest.fixture
async def house(tmp_path: Path, pairing: Pairing) -> AsyncIterator[House]:
    """A house on SQLite at ten o'clock."""
    async with House.open(tmp_path, platforms=pairing.platforms()) as opened:
        await opened.to_working_time()
        yield opened


def mail_of(actor: Actor) -> MailClient:
    """The person's mailbox and browser."""
    assert isinstance(actor.client, MailClient)
    return actor.client


def assert_says_nothing(letter: Letter) -> None:
    """Neither the subject nor either form of the words, nor any header but the address, tells of a case."""
    said = "\n".join((letter.subject, letter.text, letter.html))
    # A link is random signs, in which a short word may stand by chance.
    said = said.replace(letter.link, "").casefold() if letter.link else said.casefold()
    assert not [secret for secret in SECRETS if secret.casefold() in said]
    headers = {name: value for name, value in letter.headers.items() if name != "to"}
    assert not [secret for secret in SECRETS if secret.casefold() in str(headers).casefold()]


def times_told(actor: Actor, words: str) -> int:
    """How many messages with these words this person has."""
    return sum(words.casefold() in message.words.casefold() for message in actor.messages())


async def test_a_manager_by_email_acknowledges_and_answers(house: House) -> None:
    """Told by a letter that says nothing; behind the link and its code she acknowledges, answers, and hears
    of the end. The raiser sees each step in Slack."""
    reference = await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    card = await helen.expects(f"Escalation {reference} for you")
    assert "The younger child has lost weight since September." in card.words
    await helen.presses("Acknowledge")
    await house.quiet()
    await jo.expects("Helen Castle has seen this")
    await helen.presses("Answer")
    await helen.submits({"Your answer": "We looked again. An assessment begins tomorrow."})
    await house.quiet()
    await jo.expects("An assessment begins tomorrow.")
    await jo.presses("This settles it")
    await jo.submits(
        {"Outcome": "The decision was changed", "What changes for the child": "Assessment from tomorrow."}
    )
    await house.quiet()
    await helen.expects(f"{reference} is closed")
    letters = mail_of(helen).letters
    assert len([letter for letter in letters if letter.link]) >= 2
    for letter in letters:
        assert_says_nothing(letter)


async def test_typed_words_do_on_the_page_what_they_do_in_a_chat(house: House) -> None:
    """She types "ack", and it is acknowledged."""
    reference = await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    await helen.replies(f"Escalation {reference} for you", "ack")
    await house.quiet()
    await jo.expects("Helen Castle has seen this")


async def test_an_answer_that_lacks_something_is_given_back(house: House) -> None:
    """The form comes again with its error in words and all that was typed."""
    reference = await filed(house)
    helen = house.world.person("helen")
    await helen.presses("I know which child", on=f"Escalation {reference} for you")
    await helen.submits({"How do you know?": "We have our own case reference"})
    await helen.expects("Please give the reference")
    form = helen.form()
    assert form is not None
    assert "We have our own case reference" in [item.shown for item in form.drawing.fields]
    await helen.submits({"Your agency's case reference": "CSC-881"})
    await house.quiet()
    await house.world.person("jo").expects("CSC-881")


async def test_what_changes_stands_on_the_page_without_a_letter(house: House) -> None:
    """Edits notify nobody: the page shows the case as it is whenever it is opened."""
    reference = await filed(house)
    helen = house.world.person("helen")
    before = await helen.expects(f"Escalation {reference} for you")
    assert "Acknowledge" in helen.buttons(before)
    letters = len(mail_of(helen).letters)
    await helen.presses("Acknowledge")
    await house.quiet()
    after = helen.message(f"Escalation {reference} for you")
    assert (after.id, after.edits > 0) == (before.id, True)
    assert "Acknowledge" not in helen.buttons(after)
    assert len(mail_of(helen).letters) == letters


async def test_a_link_is_used_once(house: House) -> None:
    """Whoever opens it again elsewhere sees nothing of the case; the coordinator is told once; a new link
    goes to the same address alone, and opens the page."""
    reference = await filed(house)
    helen, sam = house.world.person("helen"), house.world.person("sam")
    await helen.expects(f"Escalation {reference} for you")
    mail = mail_of(helen)
    letters = len(mail.letters)
    for _ in range(2):
        page = await mail.open(elsewhere=True)
        assert page.kind == "refused"
        assert not [secret for secret in SECRETS if secret.casefold() in page.drawing.words.casefold()]
    await house.quiet()
    told = await sam.expects(USED)
    assert times_told(sam, USED) == 1
    assert reference not in told.words
    assert len(mail.letters) == letters
    await mail.ask_anew(page)
    await house.quiet()
    assert len([letter for letter in mail.letters if letter.link]) > 1
    await helen.presses("Acknowledge")
    await house.quiet()
    await house.world.person("jo").expects("Helen Castle has seen this")


async def test_ones_own_link_opens_ones_own_page_again(house: House) -> None:
    """Clicked once more in a mailbox on the web, which is another site: the page is there, nobody is told."""
    reference = await filed(house)
    helen, sam = house.world.person("helen"), house.world.person("sam")
    await helen.expects(f"Escalation {reference} for you")
    page = await mail_of(helen).open()
    assert page.kind == "letter"
    assert reference in page.drawing.words
    await house.quiet()
    assert not sam.sees(USED)


async def test_what_opens_every_link_of_a_letter_uses_none_up(house: House) -> None:
    """A scanner of mails opens links before people do: no code goes out, and the link still works."""
    helen, sam = house.world.person("helen"), house.world.person("sam")
    mail = mail_of(helen)
    mail.opens = False
    reference = await filed(house)
    before = len(mail.letters)
    for _ in range(3):
        page = await mail.open(elsewhere=True)
        assert page.kind == "link"
        assert not [secret for secret in SECRETS if secret.casefold() in page.drawing.words.casefold()]
    assert len(mail.letters) == before
    await mail.open()
    await helen.presses("Send me a code")
    await helen.submits({"Your code": mail.letters[-1].code})
    await helen.expects(f"Escalation {reference} for you")
    await house.quiet()
    assert not sam.sees(USED)


async def test_five_wrong_codes_close_a_link(house: House) -> None:
    """Nothing is shown, the right code is too late, the coordinator is told once; a new link then works."""
    helen, sam = house.world.person("helen"), house.world.person("sam")
    mail = mail_of(helen)
    mail.opens = False
    reference = await filed(house)
    await mail.open()
    await helen.presses("Send me a code")
    right = mail.letters[-1].code
    wrong = next(code for code in ("000000", "111111") if code != right)
    for _ in range(5):
        assert helen.form() is not None
        await helen.submits({"Your code": wrong})
    assert helen.form() is None
    assert (await mail.open()).kind == "refused"
    for secret in SECRETS:
        assert not helen.sees(secret)
    await house.quiet()
    told = await sam.expects(WRONG)
    assert times_told(sam, WRONG) == 1
    assert reference not in told.words
    mail.opens = True
    await helen.presses("Send me a new link")
    await house.quiet()
    await helen.presses("Acknowledge")
    await house.quiet()
    await house.world.person("jo").expects("Helen Castle has seen this")


async def test_an_address_that_is_no_more_is_not_silence(house: House) -> None:
    """The mail server refuses the address for good: the next person gets it, and the raiser is told."""
    await house.world.leaves("helen")
    await filed(house)
    jo = house.world.person("jo")
    told = await jo.expects("could not be reached: the mail server knows no such address")
    assert "Helen Castle" in told.words
    await jo.expects("Waiting for Leo Ashby to acknowledge")
