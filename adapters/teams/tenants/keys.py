"""The keys with which Teams signs: fetched off the loop and ahead of need, and kept."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt
from botframework.connector.auth import JwtTokenExtractor

from adapters.teams import limits
from adapters.teams.tenants.cloud import Cloud, trust


class Unauthorised(Exception):
    """The request is not from this tenant's Teams. `reason` is for a counter: nothing personal in it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeysUnavailable(Exception):
    """No signing key could be fetched yet: nobody can be told from a forger. Safe to try again."""


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key, in the shape in which the SDK asks for it."""

    public_key: Any
    endorsements: list[str]


@dataclass(frozen=True, slots=True)
class Published:
    """Signing keys by id, and the `Date` of the answer that named them."""

    keys: dict[str, Key]
    date: str | None


class Keys:
    """The keys with which Teams signs, by id. Stands in for the SDK's own cache, which blocks the loop and
    fails on an id that it does not know."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._keys: dict[str, Key] = {}
        self._fetched = self._tried = float("-inf")
        self._lock = asyncio.Lock()
        self._beside: asyncio.Task[None] | None = None
        JwtTokenExtractor.metadataCache[cloud.keys_url] = self

    async def get(self, key_id: str | None) -> Key:
        """Raises Unauthorised for an unknown id, KeysUnavailable where no key at all could be had. Nobody
        waits for keys to be fetched again whose own is known."""
        if key_id in self._keys:
            if time.monotonic() - self._fetched > limits.KEYS_FRESH and self._may_try():
                self._fetch_beside()
        else:
            await self._look_again(key_id)
        if not self._keys:
            raise KeysUnavailable
        key = self._keys.get(key_id or "")
        if key is None:
            raise Unauthorised("unknown signing key")
        return key

    def _fetch_beside(self) -> None:
        if self._beside is None or self._beside.done():
            self._tried = time.monotonic()
            self._beside = asyncio.create_task(self._fetch())

    async def _look_again(self, key_id: str | None) -> None:
        async with self._lock:
            if key_id not in self._keys and self._may_try():
                self._tried = time.monotonic()
                await self._fetch()

    def _may_try(self) -> bool:
        """Not too soon after the last time."""
        pause = limits.KEYS_AGAIN if self._keys else limits.FIRST_KEYS_AGAIN
        return time.monotonic() - self._tried > pause

    async def close(self) -> None:
        """Stop fetching."""
        if self._beside is not None:
            self._beside.cancel()
            await asyncio.gather(self._beside, return_exceptions=True)

    async def _fetch(self) -> None:
        """A failure leaves the keys that are known as they are."""
        try:
            self._keys = (await published(self._cloud)).keys
        except UNPUBLISHED:
            return
        self._fetched = time.monotonic()


UNPUBLISHED = (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError, AttributeError)
"""What `published` raises where the keys can't be had, or are none."""


async def published(cloud: Cloud) -> Published:
    """The keys with which Teams signs at the moment. Raises one of UNPUBLISHED."""
    context = await asyncio.to_thread(trust, cloud.ca_file)
    connector = aiohttp.TCPConnector(ssl=context)
    timeout = aiohttp.ClientTimeout(total=limits.CONNECT_WITHIN)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=True) as session:
        about, _ = await _json(session, cloud.keys_url)
        found, date = await _json(session, str(about["jwks_uri"]))
    keys = {str(key["kid"]): _key(key) for key in found["keys"] if key.get("kty") == "RSA" and "kid" in key}
    return Published(keys, date)


async def _json(session: aiohttp.ClientSession, url: str) -> tuple[Any, str | None]:
    async with session.get(url, allow_redirects=False, raise_for_status=True) as answer:
        return await answer.json(content_type=None), answer.headers.get("Date")


def _key(raw: dict[str, Any]) -> Key:
    return Key(jwt.PyJWK.from_dict({**raw, "alg": "RS256"}).key, list(raw.get("endorsements") or ()))
