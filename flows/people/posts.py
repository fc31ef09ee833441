"""Posts of the ladder: who holds one, and who deputises in which order. The coordinator says so."""

from typing import ClassVar

from bot.chat.action import Action
from bot.chat.card import Button, Card, Text, button
from bot.chat.form import Field, Form, Option, PersonField, TextField, form, refused
from bot.chat.router import Flow, argument
from bot.chat.text import Bullets, Span
from bot.chat.turn import Ask, Done, Invalid, Reply, Turn, Whisper
from bot.desk import Desk, Post, by_field, post_id
from bot.guidance.words import Words
from flows.checking import invalid, submitted, text
from flows.entries import OpenPosts, StartPost
from flows.guarding import without
from flows.people.entry_card import post_line, post_name
from flows.people.entry_form import given_back
from flows.people.theirs import not_theirs

flow, words = Flow[Desk]("posts"), Words("posts")

_SHOWN = 10
_FEWEST, _MOST = 3, 8
"""So many deputies the form has room for; more where there are more."""


class SendPosts(Action):
    """Which posts are looked for."""

    name: ClassVar[str] = "posts.find"


class SendPost(Action):
    """`shown` are the holder and the deputies with whom the form was opened."""

    name: ClassVar[str] = "posts.correct.send"
    post: str
    shown: tuple[str, ...]


@flow.command("posts", summary=words("summary"), shows=True)
async def typed_posts(turn: Turn, desk: Desk) -> Reply:
    if not desk.is_coordinator(turn):
        return await not_theirs(turn, desk, "posts_not_theirs")
    wanted = without(argument(turn, "posts"), desk.known)
    return Whisper(_found(desk, wanted)) if wanted else Ask(_find_form())


@flow.on(OpenPosts, shows=True)
async def open_posts(turn: Turn, desk: Desk, press: OpenPosts) -> Reply:
    if not desk.is_coordinator(turn):
        return await not_theirs(turn, desk, "posts_not_theirs")
    return Ask(_find_form())


@flow.on(SendPosts)
async def send_posts(turn: Turn, desk: Desk, action: SendPosts) -> Reply:
    if not desk.is_coordinator(turn):
        return await not_theirs(turn, desk, "posts_not_theirs")
    values = submitted(turn)
    return invalid(_find_form(), values, desk) or Done(_found(desk, text(values, "wanted")))


@flow.on(StartPost, shows=True)
async def start_post(turn: Turn, desk: Desk, press: StartPost) -> Reply:
    if not desk.is_coordinator(turn):
        return await not_theirs(turn, desk, "posts_not_theirs")
    post = _post(desk, press.post)
    return Ask(_form(desk, post)) if post else Whisper(_gone())


@flow.on(SendPost)
async def send_post(turn: Turn, desk: Desk, action: SendPost) -> Reply:
    if not desk.is_coordinator(turn):
        return await not_theirs(turn, desk, "posts_not_theirs")
    post, values = _post(desk, action.post), submitted(turn)
    if post is None:
        return Done(_gone())
    shown = _form(desk, post)
    problem = invalid(shown, values, desk)
    if problem:
        return problem
    if action.shown != post.order:
        return Invalid(refused(shown, values, {}, words("form.changed", now=post_line(desk, post))))
    places = [field.id for field in shown.fields if field.id != "holder" and text(values, field.id)]
    deputies = tuple(text(values, place) for place in places)
    try:
        after = await desk.correct_post(turn, post, text(values, "holder"), deputies)
    except ValueError as error:
        at = {f"deputies.{number}": place for number, place in enumerate(places)}
        return given_back(
            shown, values, {at.get(where, where): said for where, said in by_field(error).items()}
        )
    return Done(Card(words("saved.title"), (words.text("saved.body", post=post_line(desk, after)),)))


def _found(desk: Desk, wanted: str) -> Card:
    """The posts in whose name, agency, team or people all of the words stand."""
    parts = wanted.casefold().split()
    found = [
        (post, line)
        for post in desk.directory.posts
        for line in (post_line(desk, post),)
        if all(part in f"{line} {post.agency}".casefold() for part in parts)
    ]
    if not found:
        return Card(words("none.title", wanted=wanted), (words.text("none.body"),), (_again(),))
    lines = Bullets(tuple((Span(line),) for _, line in found[:_SHOWN]))
    buttons = tuple(
        button(
            words("label.change", post=post_name(desk, post)), StartPost(post=post_id(post)), opens_form=True
        )
        for post, _ in found[:_SHOWN]
    )
    more = (words.text("more", more=len(found) - _SHOWN),) if len(found) > _SHOWN else ()
    return Card(words("found.title"), (Text((lines,)), *more), (*buttons, _again()))


def _again() -> Button:
    return button(words("label.find"), OpenPosts(), opens_form=True)


def _post(desk: Desk, wanted: str) -> Post | None:
    return next((post for post in desk.directory.posts if post_id(post) == wanted), None)


def _gone() -> Card:
    return Card(words("gone.title"), (words.text("gone.body"),), (_again(),))


def _find_form() -> Form:
    fields = (TextField("wanted", words("find.wanted"), words("find.hint")),)
    return form(words("find.title"), fields, SendPosts(), words("find.submit"))


def _form(desk: Desk, post: Post) -> Form:
    room = max(_FEWEST, len(post.deputies), min(len(post.deputies) + 1, _MOST))
    colleagues = (entry for entry in desk.directory.search("", f"agency:{post.agency}"))
    people = dict.fromkeys((*post.order, *(entry.id for entry in colleagues)))
    known = (desk.person(person) for person in list(people)[:25])
    options = tuple(Option(person.id, f"{person.name}, {person.role}") for person in known)
    fields: list[Field] = [
        PersonField("holder", words("form.holder"), "all", options, value=post.holder),
    ]
    for place in range(room):
        now = post.deputies[place] if place < len(post.deputies) else ""
        label = words("form.deputy", place=place + 1)
        fields.append(PersonField(f"deputy_{place + 1}", label, "all", options, required=False, value=now))
    action = SendPost(post=post_id(post), shown=post.order)
    intro = words.blocks("form.intro", post=post_name(desk, post))
    return form(words("form.title"), tuple(fields), action, words("form.submit"), intro)
