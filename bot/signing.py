"""Signatures that anybody can check who has the public key: made with a key that derives from
`BRAVER_SECRET_KEY`, for one purpose alone."""

from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"braver: signs anchors of the histories, 1"
_SAYS = b"braver anchor 1\n"


class Signer:
    """`secret` is one key of the setting. `public` is the public key, in hexadecimal digits."""

    def __init__(self, secret: str) -> None:
        seed = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw().hex()

    def sign(self, digest: str) -> str:
        """The signature, in hexadecimal digits."""
        return self._key.sign(_SAYS + digest.encode()).hex()


def public_keys(secrets: Iterable[str]) -> tuple[str, ...]:
    """The public keys of all keys of the setting, in their order."""
    return tuple(Signer(secret).public for secret in secrets)


def signed(public: str, digest: str, signature: str) -> bool:
    """Whether whoever has the secret key of `public` signed this digest."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), _SAYS + digest.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
