"""Any card and any form of the vocabulary, as hypothesis strategies: what both renderers must take."""

import json
from datetime import datetime

from hypothesis import strategies as st

from bot.chat.action import MAX_PAYLOAD, Payload
from bot.chat.card import Button, Card, Divider, Element, Fact, Facts, Link, Progress, Status, Text
from bot.chat.form import (
    MAX_OPTIONS,
    ChoiceField,
    ChoicesField,
    DateTimeField,
    Field,
    Form,
    LongTextField,
    Option,
    PersonField,
    TextField,
    YesNoField,
)
from bot.chat.outside import kept
from bot.chat.text import Blocks, Bullets, Paragraph, Quote, Span

AWKWARD = (
    "",
    " ",
    "\n\n",
    "\u200b",  # zero width: there, and nothing to see
    "\x00\x07\x1b",
    "a\r\nb\tc",
    "👩🏽‍⚕️🧒🏿" * 40,
    "مرحبا بالعالم " * 30,
    "e\u0301\u0327" * 200,  # letters under heaps of accents
    "\u202ereversed\u202c",
    "<!channel> <@U123|you> <http://x.example|y> &amp; *b* _i_ ~s~ `c` :smile: > q",
    "# [x](http://x.example) **b** __i__ ![i](http://x.example/i.png) - a\n1. b\n> q <at>you</at> \\",
    "{{name}} ${x} {0}",
    "x" * 151,
    "y" * 3_001,
    "word " * 4_000,
    "長" * 20_000,
    "😀" * 10_000,
)
ADDRESSES = (
    "",
    "https://x.example/a?b=c&d=(e)",
    "http://x.example",
    "tel:999",
    "mailto:jo@wickering.example",
    "javascript:alert(1)",
    "https://x.example/with space",
    "https://x.example/" + "a" * 4_000,
)


def texts() -> st.SearchStrategy[str]:
    """Any script, any length: nothing, emoji, right to left, other people's markup, 20,000 signs."""
    return st.one_of(st.text(max_size=60), st.sampled_from(AWKWARD))


def payloads() -> st.SearchStrategy[Payload]:
    """Payloads from empty to as long as a button may carry."""
    full = Payload("filled", 1, json.dumps({"x": "z" * (MAX_PAYLOAD - 40)}))
    short = st.builds(
        lambda name, version, value: Payload(name, version, json.dumps({"case": value})),
        st.sampled_from(("home.open", "raise.file", "case.acknowledge")),
        st.integers(1, 9),
        # What comes back from a platform has lost what no database keeps, and nothing else is ever put in.
        st.text(max_size=30).map(kept),
    )
    return st.one_of(short, st.just(full))


def spans() -> st.SearchStrategy[tuple[Span, ...]]:
    span = st.builds(Span, texts(), st.booleans(), st.booleans(), st.sampled_from(ADDRESSES))
    return st.lists(span, max_size=3).map(tuple)


def blocks() -> st.SearchStrategy[Blocks]:
    """Marked-up text."""
    block = st.one_of(
        st.builds(Paragraph, spans()),
        st.builds(Quote, spans()),
        st.builds(Bullets, st.lists(spans(), max_size=4).map(tuple), st.booleans()),
    )
    return st.lists(block, max_size=3).map(tuple)


def elements() -> st.SearchStrategy[Element]:
    facts = st.lists(st.builds(Fact, texts(), texts()), max_size=12).map(tuple)
    tones = st.sampled_from(("neutral", "good", "attention", "urgent"))
    return st.one_of(
        st.builds(Text, blocks()),
        st.builds(Facts, facts),
        st.builds(Progress, st.integers(-5, 200), st.integers(-5, 100), texts()),
        st.builds(Status, texts(), tones),
        st.builds(Link, texts(), st.sampled_from(ADDRESSES)),
        st.just(Divider()),
    )


def buttons() -> st.SearchStrategy[Button]:
    styles = st.sampled_from(("default", "primary", "danger"))
    return st.builds(Button, texts(), payloads(), styles, st.booleans())


def cards() -> st.SearchStrategy[Card]:
    """Any card."""
    some = st.lists(elements(), max_size=5).map(tuple)
    many = st.lists(elements(), min_size=3, max_size=4).map(lambda few: tuple(few * 20))
    pressed = st.lists(buttons(), max_size=4).map(tuple)
    crowded = st.lists(buttons(), min_size=1, max_size=2).map(lambda few: tuple(few * 30))
    return st.builds(
        Card, texts(), st.one_of(some, some, many), st.one_of(pressed, pressed, crowded), blocks()
    )


def options(least: int = 0) -> st.SearchStrategy[tuple[Option, ...]]:
    """Options with the short opaque values that the vocabulary asks for, and any label."""
    value = st.text("abcxyzÄß0189_.@+-", min_size=1, max_size=75)
    values = st.lists(value, min_size=least, max_size=MAX_OPTIONS)
    return st.tuples(values, st.lists(texts(), min_size=1, max_size=4)).map(
        lambda drawn: tuple(Option(value, drawn[1][n % len(drawn[1])]) for n, value in enumerate(drawn[0]))
    )


def moments() -> st.SearchStrategy[datetime | None]:
    return st.one_of(st.none(), st.datetimes())


def fields(id: str) -> st.SearchStrategy[Field]:
    """Any field of this id, empty or filled, also with a value that is too long or none of its options."""
    label, hint, needed = texts(), texts(), st.booleans()
    length = st.integers(0, 5_000)
    chosen = st.text("abc019", max_size=20)
    answer = st.one_of(st.none(), st.booleans())
    scope = st.sampled_from(("", "colleagues:7", "s" * 4_000))
    named = st.just(id)
    return st.one_of(
        st.builds(TextField, named, label, hint, needed, length, texts()),
        st.builds(LongTextField, named, label, hint, needed, length, texts()),
        st.builds(ChoiceField, named, label, options(), hint, needed, chosen),
        options().flatmap(
            lambda some: st.builds(
                ChoicesField,
                named,
                label,
                st.just(some),
                hint,
                needed,
                st.just(tuple(option.value for option in some[:3])),
            )
        ),
        st.builds(PersonField, named, label, scope, options(), hint, needed, chosen),
        st.builds(DateTimeField, named, label, hint, needed, moments()),
        st.builds(YesNoField, named, label, hint, needed, answer),
    )


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """Any form, fresh or given back with errors and a problem."""
    number = draw(st.integers(0, 8))
    drawn = tuple(draw(fields(f"field_{n}")) for n in range(number))
    wrong = draw(st.lists(st.sampled_from([item.id for item in drawn] or ["none"]), unique=True, max_size=3))
    return Form(
        draw(texts()),
        drawn,
        draw(payloads()),
        draw(st.uuids()).hex,
        draw(texts()),
        draw(blocks()),
        {id: draw(texts()) for id in wrong},
        draw(texts()),
    )
