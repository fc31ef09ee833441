"""Sealed texts: what people wrote, as it goes into the database and comes out of it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import func, literal_column, select, update
from sqlmodel import col

from bot.store.keyring import SERVICE, DataKey, Keyring, Locked, Wrapped, scope_of
from bot.store.rows import Rows, table_of
from bot.store.statements import at, found, inserted
from bot.store.tables import DataKeyRow, StreamRow


class Sealed(Rows):
    """Texts that belong to no case are sealed with the service's own key, which is known from the start of
    the transaction; those of a case with the case's, which is made with its first text."""

    keyring: Keyring | None = None
    service_key: DataKey | None = None
    sealing = False
    """Whether what is written is sealed. It is, but for a database of an earlier release until
    `braver keys seal` has begun."""
    _made: Mapping[str, DataKey] = {}
    """The keys that this transaction made."""

    def undone(self) -> None:
        super().undone()
        self._made = {}

    def unlock(self, keyring: Keyring | None, service_key: Wrapped | None) -> None:
        """With these keys; `service_key` as the transaction found it. Raises Locked."""
        self.keyring, self.sealing = keyring, service_key is not None
        if keyring is not None and service_key is not None:
            self.service_key = keyring.service(service_key)
        elif keyring is not None and keyring.seals:
            raise Locked("the service's own key was taken out of the database")

    # What belongs to no case

    def _close(self, text: str, about: str) -> str:
        """The text as it is stored. `about` says where. Raises Locked."""
        if not self.sealing:
            return text
        return self._own_key().close(text, about) if text else text

    def _open(self, stored: str, about: str) -> str:
        """Raises Locked."""
        return self._own_key().open(stored, about) if scope_of(stored) else stored

    def _own_key(self) -> DataKey:
        if self.service_key is None:
            raise Locked("BRAVER_SECRET_KEY is missing: with it alone the database can be read")
        return self.service_key

    # What belongs to a case, or to nobody

    async def _close_of(self, scope: str, texts: Sequence[tuple[str, str]]) -> list[str]:
        """These texts (with what each is about) as they are stored. Raises Locked, and Erased."""
        if not self.sealing:
            return [text for text, _ in texts]
        key = await self._key_to_seal(scope)
        return [key.close(text, about) if text else text for text, about in texts]

    async def _open_of(self, stored: Sequence[tuple[str, str]]) -> list[str]:
        """These texts (with what each is about) in the open. Raises Locked, and Erased."""
        keys = await self._keys({scope_of(text) for text, _ in stored} - {""})
        return [
            keys[scope].open(text, about) if (scope := scope_of(text)) else text for text, about in stored
        ]

    async def _key_to_seal(self, scope: str) -> DataKey:
        if scope == SERVICE:
            return self._own_key()
        known = self._made.get(scope) or (self.keyring and self.keyring.at_hand(scope))
        if known:
            return known
        if (row := await self._key_row(scope)) is None:
            row = await self._new_key(scope)
        if scope in self._made:
            return self._made[scope]
        return (await self._read([row]))[scope]

    async def _new_key(self, scope: str) -> Wrapped:
        self._own_key()
        assert self.keyring is not None, "its own key came from there"
        key, wrapped = self.keyring.fresh(scope)
        values = {
            "scope": scope, "wrapped": wrapped.wrapped, "by": wrapped.by, "made_at": self.real_now,
            "erased_at": None,
        }  # fmt: skip
        if await self._changed(inserted(self._dialect, DataKeyRow, tuple(values), "scope"), values):
            self._made = {**self._made, scope: key}
            return wrapped
        row = await self._key_row(scope)
        assert row is not None, "somebody else has just written it"
        return row

    async def _keys(self, scopes: Collection[str]) -> Mapping[str, DataKey]:
        """The keys of these scopes."""
        found_keys: dict[str, DataKey] = {}
        missing: list[str] = []
        for scope in scopes:
            if scope == SERVICE:
                found_keys[scope] = self._own_key()
            elif known := self._made.get(scope) or (self.keyring and self.keyring.at_hand(scope)):
                found_keys[scope] = known
            else:
                missing.append(scope)
        if missing:
            rows = await self._key_rows(missing)
            if len(rows) < len(missing):
                raise Locked("the key of a sealed text is not in the database")
            found_keys |= await self._read(rows)
        return found_keys

    async def _read(self, rows: Sequence[Wrapped]) -> dict[str, DataKey]:
        self._own_key()
        assert self.keyring is not None, "its own key came from there"
        read = {row.scope: self.keyring.unwrapped(row) for row in rows}
        for key in read.values():
            self.keyring.keep_at_hand(key)
        return read

    async def _key_row(self, scope: str) -> Wrapped | None:
        row = (await self._execute(found(DataKeyRow, "scope"), at(scope=scope))).first()
        return None if row is None else Wrapped(row.scope, row.wrapped, row.by)

    async def _key_rows(self, scopes: Sequence[str]) -> list[Wrapped]:
        if len(scopes) == 1:
            one = await self._key_row(scopes[0])
            return [one] if one else []
        keys = table_of(DataKeyRow)
        some = select(keys.c.scope, keys.c.wrapped, keys.c.by).where(keys.c.scope.in_(scopes))
        return [Wrapped(*row) for row in await self._execute(some)]

    # The keys themselves

    async def begin_sealing(self) -> bool:
        """From now on everything that is written is sealed; False where it was so before."""
        assert self.keyring is not None, "nobody seals without a key"
        _, wrapped = self.keyring.fresh(SERVICE)
        values = {
            "scope": SERVICE, "wrapped": wrapped.wrapped, "by": wrapped.by, "made_at": self.real_now,
            "erased_at": None,
        }  # fmt: skip
        return await self._changed(inserted(self._dialect, DataKeyRow, tuple(values), "scope"), values) == 1

    async def is_untouched(self) -> bool:
        """Whether nothing was ever written here."""
        anything: Any = select(literal_column("1")).select_from(table_of(StreamRow)).limit(1)
        return (await self._execute(anything)).first() is None

    async def erase_key(self, scope: str) -> bool:
        """Nobody can read any more what was sealed under this scope; False where nothing was, or where that
        is so already."""
        if self.keyring is not None:
            self.keyring.forget(scope)
        self._made = {key: made for key, made in self._made.items() if key != scope}
        erased = update(DataKeyRow).where(col(DataKeyRow.scope) == scope, col(DataKeyRow.wrapped) != "")
        erased = erased.values(wrapped="", by="", erased_at=self.real_now)
        return await self._changed(erased.returning(col(DataKeyRow.scope))) == 1

    async def keys_by(self) -> dict[str, int]:
        """How many data keys each key wraps; "" counts the erased ones."""
        counted = select(col(DataKeyRow.by), func.count()).group_by(col(DataKeyRow.by))
        return {str(by): int(number) for by, number in await self._execute(counted)}

    async def rewrap_keys(self, limit: int) -> int:
        """Wrap at most `limit` data keys with the first key, those that another one wraps; how many they
        were. Raises Locked."""
        assert self.keyring is not None, "nobody turns keys without one"
        others = (col(DataKeyRow.by) != self.keyring.first, col(DataKeyRow.wrapped) != "")
        some = select(DataKeyRow).where(*others).order_by(col(DataKeyRow.scope)).limit(limit)
        rows = await self._all(DataKeyRow, some.with_for_update(skip_locked=True))
        for row in rows:
            new = self.keyring.rewrapped(Wrapped(row.scope, row.wrapped, row.by))
            this: Any = (col(DataKeyRow.scope) == row.scope, col(DataKeyRow.wrapped) == row.wrapped)
            await self._execute(update(DataKeyRow).where(*this).values(wrapped=new.wrapped, by=new.by))
        return len(rows)
