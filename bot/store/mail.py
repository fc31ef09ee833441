"""Letters to people who have no chat: their cards, and the links, codes and sessions that open their pages.

All times are real: whoever winds the playground's clock makes no link older. Whoever changes something about
a letter locks its row first, so that two at once are counted one after the other.
"""

import hmac
from collections.abc import Collection
from datetime import timedelta
from typing import cast

from sqlalchemy import delete, func, select, update
from sqlmodel import col

from bot.chat import codec
from bot.chat.card import Card
from bot.chat.port import Entered, Kept, Link, LinkState
from bot.chat.turn import Say
from bot.store.acts import Acts
from bot.store.sealed_columns import LETTER
from bot.store.tables import LetterCode, LetterLink, LetterRow, LetterSession

HOUR = timedelta(hours=1)
FORM = "letter-form:"
"""How the keys begin under which a digest of what was sent in the form of a page is kept, and no words."""


class Mail(Acts):
    """The store's part of `bot.chat.port.Mailbox`, where each method is described."""

    async def letter_written(self, id: str, address: str, card: Card, key: str) -> tuple[Kept, bool]:
        """`id` is the letter's, where it is new. The card of one that was sent stays: it may be newer."""
        fresh = self._insert(LetterRow).values(
            id=id, letter=id, address=address, key=key, card=self._text(id, card), written_at=self.real_now
        )
        await self._execute(fresh.on_conflict_do_nothing(index_elements=["key"]))
        row = await self._first(LetterRow, select(LetterRow).where(col(LetterRow.key) == key))
        assert row is not None, "it was just written"
        if row.sent_at is None and row.id != id:
            row.__dict__ |= {"card": self._text(row.id, card), "address": address}
            again = (col(LetterRow.id) == row.id, col(LetterRow.sent_at).is_(None))
            await self._execute(update(LetterRow).where(*again).values(card=row.card, address=address))
        return self._kept(row), row.sent_at is not None

    async def letter_sent(self, letter: str) -> None:
        unsent = (col(LetterRow.id) == letter, col(LetterRow.sent_at).is_(None))
        await self._execute(update(LetterRow).where(*unsent).values(sent_at=self.real_now))

    async def letter_found(self, address: str, key: str) -> Kept | None:
        sent = (col(LetterRow.key) == key, col(LetterRow.address) == address)
        found = select(LetterRow).where(*sent, col(LetterRow.sent_at).is_not(None))
        row = await self._first(LetterRow, found)
        return self._kept(row) if row else None

    async def letter_shows(self, address: str, id: str, card: Card) -> bool:
        ours = (col(LetterRow.id) == id, col(LetterRow.address) == address)
        shown = update(LetterRow).where(*ours).values(card=self._text(id, card))
        return await self._changed(shown.returning(col(LetterRow.id))) == 1

    async def letter_forgotten(self, address: str, id: str) -> None:
        ours = (col(LetterRow.id) == id, col(LetterRow.address) == address)
        row = await self._first(LetterRow, select(LetterRow).where(*ours))
        if row is None:
            return
        await self._execute(delete(LetterRow).where(col(LetterRow.id) == id))
        if row.letter == id:
            await self.forget_letters((id,))

    async def forget_letters(self, letters: Collection[str]) -> None:
        """These letters, with all that belongs to them."""
        for table in (LetterLink, LetterCode, LetterSession):
            await self._execute(delete(table).where(col(table.letter).in_(list(letters))))
        await self._execute(delete(LetterRow).where(col(LetterRow.letter).in_(list(letters))))

    async def letter_cards(self, letter: str, most: int) -> tuple[Kept, ...]:
        own = await self._first(LetterRow, select(LetterRow).where(col(LetterRow.id) == letter))
        if own is None:
            return ()
        under = select(LetterRow).where(col(LetterRow.letter) == letter, col(LetterRow.id) != letter)
        newest = under.order_by(col(LetterRow.written_at).desc(), col(LetterRow.id)).limit(most)
        return tuple(self._kept(row) for row in (own, *await self._all(LetterRow, newest)))

    async def letter_adds(self, letter: str, id: str, card: Card) -> Kept | None:
        own = await self._letter(letter)
        if own is None:
            return None
        fresh = self._insert(LetterRow).values(
            id=id, letter=letter, address=own.address, card=self._text(id, card), written_at=self.real_now
        )
        await self._execute(fresh.on_conflict_do_nothing(index_elements=["id"]))
        return await self._of_letter(letter, id)

    async def letter_replaces(self, letter: str, id: str, card: Card, act: str) -> Kept | None:
        """An older act that comes again must not put its card over a newer one."""
        if await self.once(f"letter:{act}") is None:
            this = (col(LetterRow.id) == id, col(LetterRow.letter) == letter)
            await self._execute(update(LetterRow).where(*this).values(card=self._text(id, card)))
        return await self._of_letter(letter, id)

    async def letter_linked(self, letter: str, link: str, lasts: timedelta, most: int | None) -> bool:
        if await self._letter(letter) is None:
            return False
        if most is not None:
            asked = select(func.count()).select_from(LetterLink)
            lately = (col(LetterLink.asked), col(LetterLink.made_at) > self.real_now - HOUR)
            asked = asked.where(col(LetterLink.letter) == letter, *lately)
            if (await self._execute(asked)).scalar_one() >= most:
                return False
        fresh = self._insert(LetterLink).values(
            link=link, letter=letter, made_at=self.real_now, ends_at=self.real_now + lasts,
            asked=most is not None, state="open", wrong=0,
        )  # fmt: skip
        await self._execute(fresh)
        return True

    async def link_found(self, link: str) -> Link | None:
        row = await self._first(LetterLink, select(LetterLink).where(col(LetterLink.link) == link))
        # Asked also where there is no link: nobody is to measure which of the two it was.
        of = row.letter if row else ""
        letter = await self._first(LetterRow, select(LetterRow).where(col(LetterRow.id) == of))
        if row is None or letter is None:
            return None
        over = row.state == "open" and row.ends_at <= self.real_now
        return Link(letter.id, letter.address, "over" if over else cast(LinkState, row.state))

    async def link_gets_code(self, link: str, code: str, lasts: timedelta, most: int) -> bool:
        found = await self._letter_of(link)
        if found is None:
            return False
        asked = select(func.count()).select_from(LetterCode).where(col(LetterCode.letter) == found.letter)
        asked = asked.where(col(LetterCode.made_at) > self.real_now - HOUR)
        if found.state != "open" or (await self._execute(asked)).scalar_one() >= most:
            return False
        await self._no_code(link)
        fresh = self._insert(LetterCode).values(
            link=link, letter=found.letter, code=code, made_at=self.real_now, ends_at=self.real_now + lasts
        )
        await self._execute(fresh)
        return True

    async def link_entered(self, link: str, code: str, session: str, lasts: timedelta, tries: int) -> Entered:
        found = await self._letter_of(link)
        if found is None:
            return Entered("closed")
        if await self.session_open(found.letter, session):
            return Entered("right")
        if found.state != "open":
            return Entered("closed")
        live = (col(LetterCode.link) == link, col(LetterCode.ends_at) > self.real_now)
        sent = await self._first(
            LetterCode, select(LetterCode).where(*live).order_by(col(LetterCode.id).desc())
        )
        if sent is None:
            return Entered("late")
        this = update(LetterLink).where(col(LetterLink.link) == link)
        if hmac.compare_digest(sent.code, code):
            await self._execute(this.values(state="used"))
            await self._no_code(link)
            fresh = self._insert(LetterSession).values(
                session=session, letter=found.letter, link=link, ends_at=self.real_now + lasts
            )
            await self._execute(fresh)
            return Entered("right")
        counted = this.values(wrong=col(LetterLink.wrong) + 1).returning(col(LetterLink.wrong))
        left = tries - int((await self._execute(counted)).scalar_one())
        if left > 0:
            return Entered("wrong", left)
        await self._execute(this.values(state="dead"))
        await self._no_code(link)
        return Entered("dead")

    async def session_open(self, letter: str, session: str) -> bool:
        here = (col(LetterSession.session) == session, col(LetterSession.letter) == letter)
        live = select(LetterSession).where(*here, col(LetterSession.ends_at) > self.real_now)
        return await self._first(LetterSession, live) is not None

    async def session_left(self, session: str) -> None:
        await self._execute(delete(LetterSession).where(col(LetterSession.session) == session))

    async def form_kept(self, instance: str, what: str) -> None:
        key = _form_key(instance)
        if await self.once(key) is None:
            await self.outcome(key, what)

    async def form_found(self, instance: str) -> str | None:
        return await self.kept_outcome(_form_key(instance))

    async def _no_code(self, link: str) -> None:
        """No code of this link counts any more. The rows stay: they are counted for an hour."""
        live = (col(LetterCode.link) == link, col(LetterCode.ends_at) > self.real_now)
        await self._execute(update(LetterCode).where(*live).values(ends_at=self.real_now))

    async def _of_letter(self, letter: str, id: str) -> Kept | None:
        this = (col(LetterRow.id) == id, col(LetterRow.letter) == letter)
        row = await self._first(LetterRow, select(LetterRow).where(*this))
        return self._kept(row) if row else None

    async def _letter_of(self, link: str) -> Link | None:
        """The link, once its letter is ours."""
        found = await self.link_found(link)
        if found is None or await self._letter(found.letter) is None:
            return None
        return await self.link_found(link)

    async def _letter(self, letter: str) -> LetterRow | None:
        return await self._first(
            LetterRow, select(LetterRow).where(col(LetterRow.id) == letter).with_for_update()
        )

    def _text(self, id: str, card: Card) -> str:
        return self._close(codec.encode((Say(card),)), LETTER.about(id))

    def _kept(self, row: LetterRow) -> Kept:
        (shown,) = codec.decode(self._open(row.card, LETTER.about(row.id)))
        assert isinstance(shown, Say), "written by _text"
        return Kept(row.id, row.letter, row.address, shown.card)


def _form_key(instance: str) -> str:
    return FORM + instance
