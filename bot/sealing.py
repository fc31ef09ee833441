"""Sealed texts: secrets as they lie in the database, readable only with `BRAVER_SECRET_KEY`."""

import base64
import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SHORTEST = 32
"""Characters of a key: fewer could be tried out."""
_PURPOSE = b"braver: secrets in the database, 1"


class WrongKey(Exception):
    """BRAVER_SECRET_KEY is not the key with which this was sealed, or it was sealed for something else."""


def keys_of(setting: str) -> tuple[str, ...]:
    """The keys of the setting, the first first."""
    return tuple(key for key in (part.strip() for part in setting.split(",")) if key)


class Seal:
    """`secrets`: one key or more. The first seals, all of them open."""

    def __init__(self, secrets: Sequence[str]) -> None:
        made = [_cipher(key) for key in secrets]
        self._first = made[0]
        self._all = MultiFernet(made)

    def close(self, secret: str, about: str) -> str:
        """The secret, sealed. `about` is what it belongs to: it opens for nothing else."""
        return self._all.encrypt(json.dumps([about, secret]).encode()).decode()

    def open(self, sealed: str, about: str) -> str:
        """The secret. Raises WrongKey."""
        try:
            found: list[str] = json.loads(self._all.decrypt(sealed.encode()))
        except InvalidToken:
            raise WrongKey("BRAVER_SECRET_KEY does not open what was sealed with another key") from None
        if found[0] != about:
            raise WrongKey("this was sealed for something else")
        return found[1]

    def is_fresh(self, sealed: str) -> bool:
        """Whether the first key opens it, so that the others are not needed for it."""
        try:
            self._first.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True


def derived(secret: str, purpose: bytes) -> bytes:
    """A key of 32 bytes, for this purpose alone."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


def _cipher(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived(key, _PURPOSE)))
