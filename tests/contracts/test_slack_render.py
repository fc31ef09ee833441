"""Any card and any form becomes something that Slack takes, and says what was written."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import forms, limits, render
from bot import files
from bot.chat.action import Payload
from bot.chat.card import Button, Card, Divider, Fact, Facts, Link, Progress, Status, Text
from bot.chat.form import (
    DateTimeField,
    Form,
    LongTextField,
    Option,
    PersonField,
    TextField,
    YesNoField,
)
from bot.chat.text import markup, plain
from bot.chat.turn import Address, Place
from bot.guidance.content import root
from tests.contracts import vocabulary
from tests.contracts.inbox import PHRASES
from tests.contracts.slack_validity import assert_home, assert_message, assert_modal

ZONE = ZoneInfo("Europe/London")
PLACE = Place(Address("slack", "T1", "A1", "C1"), "channel", "171.1")
ACTION = Payload("raise.file", 1, '{"case":"WIC-7"}')


def form(*fields: object, errors: dict[str, str] | None = None, problem: str = "") -> Form:
    return Form("Raise", fields, ACTION, "instance-1", "Send", errors=errors or {}, problem=problem)  # type: ignore[arg-type]


def words(blocks: object) -> str:
    """Everything that can be read in the blocks."""
    match blocks:
        case dict():
            own = blocks["text"] if isinstance(blocks.get("text"), str) else ""
            return own + "".join(words(value) for name, value in blocks.items() if name != "value")
        case list():
            return "\n".join(words(item) for item in blocks)
        case _:
            return ""


@given(vocabulary.cards())
def test_any_card_is_a_valid_message(card: Card) -> None:
    """Any card, of any length and script, is a message that Slack takes."""
    drawn = render.message(card, PHRASES)
    assert_message(drawn.blocks, drawn.text)


@given(vocabulary.cards())
def test_any_card_is_a_valid_home_view(card: Card) -> None:
    """Any card can be a person's home view."""
    assert_home(render.home(card, PHRASES))


@given(vocabulary.forms(), st.dictionaries(st.text("abc019", max_size=9), vocabulary.texts(), max_size=2))
def test_any_form_is_a_valid_modal(shown: Form, labels: dict[str, str]) -> None:
    """Any form, fresh or given back, is a modal that Slack takes."""
    assert_modal(forms.modal(shown, PLACE, ZONE, PHRASES, labels))


@given(vocabulary.cards())
def test_any_card_can_stand_in_for_a_form(card: Card) -> None:
    """Any card can be shown in a modal that waited for a form."""
    assert_modal(forms.notice(card, PHRASES))


@given(vocabulary.forms())
def test_a_form_knows_itself_when_it_comes_back(shown: Form) -> None:
    """A submitted modal says which action, which instance and which place it belongs to."""
    sent = forms.read(forms.modal(shown, PLACE, ZONE, PHRASES), ZONE)
    assert sent is not None
    assert (sent.payload.name, sent.payload.version) == (shown.action.name, shown.action.version)
    assert json.loads(sent.payload.data) == json.loads(shown.action.data)
    assert sent.instance == shown.instance
    assert (sent.began.conversation, sent.began.kind, sent.began.thread) == ("C1", "channel", "171.1")


def test_everything_on_a_card_can_be_read() -> None:
    """Title, body, buttons and footnote all stand in the message, in reading order, and in its fallback."""
    card = Card(
        "Case WIC-7",
        (
            Status("Answer due", "attention"),
            Text(markup("Some **bold** words.\n\n- one\n- two\n\n> a quote")),
            Facts((Fact("Raised by", "Jo Marsh"),)),
            Progress(3, 21, "Skill 3 of 21"),
            Divider(),
            Link("Ring 999", "tel:999"),
        ),
        (Button("Acknowledge", ACTION, "primary"),),
        plain("Braver keeps no names."),
    )
    drawn = render.message(card, PHRASES)
    seen = words(drawn.blocks)
    at = [seen.index(part) for part in ("WIC-7", "Answer due", "bold", "one", "two", "a quote", "Raised by")]
    assert at == sorted(at)
    for part in ("Jo Marsh", "Skill 3 of 21", "Ring 999", "Acknowledge", "Braver keeps no names."):
        assert part in seen
        assert part in drawn.text


def test_typed_text_stays_text() -> None:
    """What a person typed can become neither a mention nor a link nor markup nor an emoji."""
    typed = "<!channel> <@U1> *not bold* :tada: <https://x.example|here> &amp;"
    drawn = render.message(Card(typed, (Text(plain(typed)), Facts((Fact(typed, typed),)))), PHRASES)
    spans = [
        span
        for block in drawn.blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
        for span in part["elements"]
    ]
    assert spans[0] == {"type": "text", "text": typed}
    assert {span["type"] for span in spans} == {"text"}
    assert drawn.blocks[0]["text"] == {"type": "plain_text", "text": typed, "emoji": False}
    assert "&lt;!channel&gt;" in drawn.text


def test_an_address_that_leads_astray_is_no_link() -> None:
    """Only web, telephone and mail addresses can be followed; another one is shown as text."""
    card = Card("", (Link("here", "javascript:alert(1)"), Link("call", "tel:999")))
    first, second = (block["elements"][0]["elements"][0] for block in render.message(card, PHRASES).blocks)
    assert first == {"type": "text", "text": "here (javascript:alert(1))"}
    assert second == {"type": "link", "url": "tel:999", "text": "call"}


def test_a_long_card_is_split_and_whole() -> None:
    """Text beyond the limit of one block goes on in the next, and none of it is lost."""
    text = " ".join(f"word{n}" for n in range(1_000))
    drawn = render.message(Card("Long", (Text(plain(text)),)), PHRASES)
    assert len(drawn.blocks) > 2
    assert "".join(words(drawn.blocks).split()) == "".join(f"Long{text}".split())
    assert PHRASES.shortened not in words(drawn.blocks)


def test_a_card_beyond_all_limits_says_that_it_was_shortened() -> None:
    """What a message can't hold is left out, said so, and never at the cost of buttons and footnote."""
    card = Card("Long", (Text(plain("word " * 9_000)),), (Button("Go on", ACTION),), plain("small print"))
    drawn = render.message(card, PHRASES)
    seen = words(drawn.blocks)
    assert PHRASES.shortened in seen
    assert PHRASES.shortened in drawn.text
    assert "Go on" in seen
    assert "small print" in seen


def test_a_long_title_goes_on_below() -> None:
    """A title longer than a header is split, not lost."""
    title = " ".join(f"t{n}" for n in range(80))
    drawn = render.message(Card(title), PHRASES)
    assert "".join(words(drawn.blocks).replace("…", "").split()) == "".join(title.split())


def test_a_list_keeps_counting_across_blocks() -> None:
    """A numbered list that is split goes on with the next number."""
    source = "\n".join(f"{n}. {'item ' * 60}{n}" for n in range(1, 21))
    drawn = render.message(Card("", (Text(markup(source)),)), PHRASES)
    lists = [part for block in drawn.blocks for part in block["elements"]]
    assert len(lists) > 1
    assert [part.get("offset", 0) for part in lists][1] == len(lists[0]["elements"])


def test_a_button_that_opens_a_form_says_so() -> None:
    """Intake learns from the button itself whether a form answers it."""
    card = Card("", (), (Button("Raise", ACTION, opens_form=True), Button("Help", ACTION)))
    first, second = render.message(card, PHRASES).blocks[0]["elements"]
    assert first["action_id"].endswith(render.OPENS_FORM)
    assert not second["action_id"].endswith(render.OPENS_FORM)
    assert Payload.decode(first["value"]) == ACTION


def test_a_label_is_required_and_has_its_hint() -> None:
    """A field says what it is for, whether it must be filled in, and how long it may be."""
    field = LongTextField("risk", "What is the risk?", "No names, please.", max_length=500)
    (drawn,) = forms.modal(form(field), PLACE, ZONE, PHRASES)["blocks"]
    assert drawn["label"]["text"] == "What is the risk?"
    assert drawn["hint"]["text"] == "No names, please."
    assert drawn["optional"] is False
    assert drawn["element"]["max_length"] == 500
    assert drawn["element"]["multiline"] is True


def test_a_form_shown_again_holds_words_errors_and_problem() -> None:
    """The problem stands on top, an error above its field, and what was typed in the field."""
    shown = form(TextField("ref", "Reference", value="WIC"), errors={"ref": "Too short"}, problem="Not saved")
    problem, error, field = forms.modal(shown, PLACE, ZONE, PHRASES)["blocks"]
    assert "Not saved" in words(problem)
    assert "Too short" in words(error)
    assert field["element"]["initial_value"] == "WIC"


def test_what_is_wrong_stands_out() -> None:
    """A problem and an error are bold, and begin with a sign that is read aloud, before any colour."""
    shown = form(TextField("ref", "Reference"), errors={"ref": "Too short"}, problem="Not saved")
    for block in forms.modal(shown, PLACE, ZONE, PHRASES)["blocks"][:2]:
        (said,) = block["elements"][0]["elements"]
        assert said["text"].startswith("! ")
        assert said["style"] == {"bold": True}


def test_a_label_with_a_mark_of_its_own_gets_no_colon() -> None:
    """A question is followed by its answer, any other label by a colon."""
    card = Card("", (Facts((Fact("Does the other side know?", "Yes"), Fact("Phone", "01632 960000"))),))
    drawn = render.message(card, PHRASES)
    assert drawn.text.splitlines() == ["Does the other side know? Yes", "Phone: 01632 960000"]
    spans = drawn.blocks[0]["elements"][0]["elements"]
    assert "".join(span["text"] for span in spans).splitlines() == drawn.text.splitlines()


def test_every_button_that_sends_a_form_is_read_in_full() -> None:
    """Slack cuts such a label at 24 characters: the shipped words are no longer."""
    found = [
        words
        for file in sorted((root() / "flows").glob("*.yaml"))
        for name, words in _entries(files.read(file).data)
        if name.startswith("submit")
    ]
    assert len(found) > 10
    assert [words for words in found if render.length(words) > limits.VIEW_BUTTON] == []


def _entries(words: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in words.items():
        if isinstance(value, Mapping):
            yield from _entries(value)
        else:
            yield name, str(value)


def test_text_too_long_to_be_taken_is_still_given_back() -> None:
    """A field holds what was typed even where it is longer than what will be taken."""
    shown = form(TextField("ref", "Reference", max_length=10, value="x" * 400))
    (drawn,) = forms.modal(shown, PLACE, ZONE, PHRASES)["blocks"]
    assert drawn["element"]["initial_value"] == "x" * 400
    assert drawn["element"]["max_length"] == 400


def test_a_time_is_wall_time_of_the_partnership() -> None:
    """A date-time goes out and comes back as wall time of the partnership's zone, summer and winter."""
    for wall in (datetime(2026, 1, 5, 9, 30), datetime(2026, 7, 6, 9, 30)):  # noqa: DTZ001 - wall time is meant
        view = forms.modal(form(DateTimeField("when", "When?", value=wall)), PLACE, ZONE, PHRASES)
        (block,) = view["blocks"]
        element = block["element"]
        seconds = element["initial_date_time"]
        assert datetime.fromtimestamp(seconds, ZONE).replace(tzinfo=None) == wall
        state = {block["block_id"]: {element["action_id"]: {"selected_date_time": seconds}}}
        sent = forms.read({**view, "state": {"values": state}}, ZONE)
        assert sent is not None
        assert sent.values == {"when": wall}


def test_a_person_found_by_typing_keeps_their_name() -> None:
    """A person who was not among the first offered is shown by name when the form comes back."""
    field = PersonField("who", "Who?", "colleagues:7", (Option("p1", "Priya Okafor"),), value="p9")
    view = forms.modal(form(field), PLACE, ZONE, PHRASES, {"p9": "Helen Castle"})
    (drawn,) = view["blocks"]
    assert drawn["element"]["initial_option"]["text"]["text"] == "Helen Castle"
    assert forms.scope_of(view, drawn["element"]["action_id"]) == "colleagues:7"


def test_yes_and_no_stand_side_by_side() -> None:
    """Yes and no are two buttons to choose from, in the partnership's words, neither chosen beforehand."""
    (drawn,) = forms.modal(form(YesNoField("spoke", "Have you spoken?")), PLACE, ZONE, PHRASES)["blocks"]
    assert drawn["element"]["type"] == "radio_buttons"
    assert [option["text"]["text"] for option in drawn["element"]["options"]] == [PHRASES.yes, PHRASES.no]
    assert "initial_option" not in drawn["element"]


def test_two_forms_with_the_same_field_do_not_share_words() -> None:
    """Slack keeps what was typed where ids agree, so the next form's blocks have other ids."""
    first = form(TextField("why", "Why?"))
    second = Form("Next", first.fields, ACTION, "instance-2", "Send")
    assert forms.block_id(first, 0) != forms.block_id(second, 0)
