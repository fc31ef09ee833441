"""The keys under which texts lie in the database.

Each case has a data key of its own, and the service one for what belongs to no case. A data key lies in the
table `data_keys`, wrapped with a key that is made from BRAVER_SECRET_KEY and is never in the database. So who
has the database alone can read nothing; and where the data key of a case is erased, nobody can read the case.
"""

import hashlib
import os
import time
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.sealing import derived

SERVICE = "service"
"""The scope of what belongs to no case. Once it has a key, everything that is written is sealed."""
MARK = "s1."
"""How a sealed text begins."""
_PURPOSE = b"braver: data keys, 1"
_NONCE = 12
_MOST = 4_096
"""So many data keys are kept at hand."""
_FOR = 600.0
"""Seconds for which one is: whoever erased it in another process waits no longer for it to be forgotten."""


class Locked(Exception):
    """The text can't be opened: BRAVER_SECRET_KEY is missing, or is not the one with which it was sealed."""


class Erased(Exception):
    """The key of this case was erased: nobody can read it any more."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key as it lies in the database. `by` names the key that wraps it."""

    scope: str
    wrapped: str
    by: str


class DataKey:
    """Seals and opens texts of one scope. `about` is where a text stands: it opens nowhere else."""

    def __init__(self, scope: str, secret: bytes) -> None:
        self.scope = scope
        self._cipher = AESGCM(secret)
        self._before = f"{MARK}{scope}."

    def close(self, text: str, about: str) -> str:
        return self._before + _sealed(self._cipher, text.encode(), about)

    def open(self, sealed: str, about: str) -> str:
        """Raises Locked."""
        return _opened(self._cipher, sealed.removeprefix(self._before), about).decode()


class Keyring:
    """`secrets`: those of BRAVER_SECRET_KEY, one or more. The first wraps, all of them unwrap."""

    def __init__(self, secrets: Sequence[str]) -> None:
        ciphers = [derived(secret, _PURPOSE) for secret in secrets]
        self._wrapping = {hashlib.sha256(key).hexdigest()[:16]: AESGCM(key) for key in ciphers}
        self.first = next(iter(self._wrapping))
        """The name of the key that wraps."""
        self._at_hand: OrderedDict[str, tuple[float, DataKey]] = OrderedDict()
        self._service: tuple[str, DataKey] | None = None

    def fresh(self, scope: str) -> tuple[DataKey, Wrapped]:
        """A new data key."""
        secret = AESGCM.generate_key(256)
        return DataKey(scope, secret), self._wrap(scope, secret)

    def unwrapped(self, row: Wrapped) -> DataKey:
        """Raises Locked, and Erased."""
        return DataKey(row.scope, self._secret(row))

    def rewrapped(self, row: Wrapped) -> Wrapped:
        """The same data key, wrapped with the first key. Raises Locked, and Erased."""
        return self._wrap(row.scope, self._secret(row))

    def service(self, row: Wrapped) -> DataKey:
        """The service's own. Every transaction asks for it. Raises Locked."""
        if self._service is None or self._service[0] != row.wrapped:
            try:
                self._service = row.wrapped, self.unwrapped(row)
            except Erased as erased:
                raise Locked("the service's own key was taken out of the database") from erased
        return self._service[1]

    @property
    def seals(self) -> bool:
        """Whether the service's own key was there before: then nothing is written in the open any more."""
        return self._service is not None

    def at_hand(self, scope: str) -> DataKey | None:
        """One that was read a short time ago."""
        kept = self._at_hand.get(scope)
        if kept is None or kept[0] < time.monotonic():
            return None
        self._at_hand.move_to_end(scope)
        return kept[1]

    def keep_at_hand(self, key: DataKey) -> None:
        """Only what is committed: what was rolled back would seal texts that nobody could open."""
        self._at_hand[key.scope] = time.monotonic() + _FOR, key
        self._at_hand.move_to_end(key.scope)
        while len(self._at_hand) > _MOST:
            self._at_hand.popitem(last=False)

    def forget(self, scope: str) -> None:
        self._at_hand.pop(scope, None)

    def _wrap(self, scope: str, secret: bytes) -> Wrapped:
        return Wrapped(scope, _sealed(self._wrapping[self.first], secret, scope), self.first)

    def _secret(self, row: Wrapped) -> bytes:
        if not row.wrapped:
            raise Erased(row.scope)
        cipher = self._wrapping.get(row.by)
        if cipher is None:
            raise Locked("BRAVER_SECRET_KEY is not the key with which the database was sealed")
        return _opened(cipher, row.wrapped, row.scope)


def scope_of(text: str) -> str:
    """The scope under which a stored text is sealed; empty where it lies in the open."""
    if not text.startswith(MARK):
        return ""
    return text[len(MARK) : text.find(".", len(MARK))]


def is_open(text: str) -> bool:
    """Whether there is something in the text that anybody could read."""
    return bool(text) and not text.startswith(MARK)


def _sealed(cipher: AESGCM, plain: bytes, about: str) -> str:
    nonce = os.urandom(_NONCE)
    return b64encode(nonce + cipher.encrypt(nonce, plain, about.encode())).decode()


def _opened(cipher: AESGCM, sealed: str, about: str) -> bytes:
    try:
        whole = b64decode(sealed, validate=True)
        return cipher.decrypt(whole[:_NONCE], whole[_NONCE:], about.encode())
    except (InvalidTag, ValueError) as error:
        raise Locked("a sealed text was changed, or stands where it does not belong") from error
