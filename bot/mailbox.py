"""The mailbox: letters and what opens their pages, each act in one transaction of the database."""

import secrets
from datetime import timedelta

from bot.chat.card import Card
from bot.chat.port import Entered, Kept, Link
from bot.store.database import Database


class BotMailbox:
    """`bot.chat.port.Mailbox` over the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, address: str, card: Card, key: str) -> tuple[Kept, bool]:
        async with self._database.work() as work:
            return await work.letter_written(secrets.token_urlsafe(12), address, card, key)

    async def sent(self, letter: str) -> None:
        async with self._database.work() as work:
            await work.letter_sent(letter)

    async def find(self, address: str, key: str) -> Kept | None:
        async with self._database.reading() as work:
            return await work.letter_found(address, key)

    async def show(self, address: str, id: str, card: Card) -> bool:
        async with self._database.work() as work:
            return await work.letter_shows(address, id, card)

    async def forget(self, address: str, id: str) -> None:
        async with self._database.work() as work:
            await work.letter_forgotten(address, id)

    async def cards(self, letter: str, most: int) -> tuple[Kept, ...]:
        async with self._database.reading() as work:
            return await work.letter_cards(letter, most)

    async def add(self, letter: str, id: str, card: Card) -> Kept | None:
        async with self._database.work() as work:
            return await work.letter_adds(letter, id, card)

    async def replace(self, letter: str, id: str, card: Card, act: str) -> Kept | None:
        async with self._database.work() as work:
            return await work.letter_replaces(letter, id, card, act)

    async def link(self, letter: str, link: str, lasts: timedelta, most: int | None = None) -> bool:
        async with self._database.work() as work:
            return await work.letter_linked(letter, link, lasts, most)

    async def linked(self, link: str) -> Link | None:
        async with self._database.reading() as work:
            return await work.link_found(link)

    async def code(self, link: str, code: str, lasts: timedelta, most: int) -> bool:
        async with self._database.work() as work:
            return await work.link_gets_code(link, code, lasts, most)

    async def enter(self, link: str, code: str, session: str, lasts: timedelta, tries: int) -> Entered:
        async with self._database.work() as work:
            return await work.link_entered(link, code, session, lasts, tries)

    async def session(self, letter: str, session: str) -> bool:
        async with self._database.reading() as work:
            return await work.session_open(letter, session)

    async def leave(self, session: str) -> None:
        async with self._database.work() as work:
            await work.session_left(session)

    async def form_taken(self, instance: str, what: str) -> None:
        async with self._database.work() as work:
            await work.form_kept(instance, what)

    async def form_sent(self, instance: str) -> str | None:
        async with self._database.reading() as work:
            return await work.form_found(instance)
