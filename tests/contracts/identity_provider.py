"""An identity provider of our own, over HTTPS on this machine: signing keys and tokens as Microsoft's.

Each tenant is a realm of its own, which knows its own apps alone.
"""

import asyncio
import base64
import datetime as dt
import ipaddress
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

ISSUER = "https://api.botframework.com"
SCOPE = "https://api.botframework.com"


@cache
def first_key() -> rsa.RSAPrivateKey:
    return new_key()


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Realm:
    """One tenant: hands out tokens to the bot that is registered in it. `app` and `secret` are what it has to
    know; empty: anything. `gate`: while closed, nobody is answered."""

    def __init__(self, tenant: str, app: str = "", secret: str = "") -> None:
        self.tenant = tenant
        self._app = app
        self._secret = secret
        self.token_requests = 0
        self.tokens: list[str] = []
        self.lasts = 3_600
        self.refuses = False
        self.refusal: dict[str, Any] = {"error": "invalid_client"}
        self.gate = asyncio.Event()
        self.gate.set()

    def accepts(self, token: str) -> bool:
        """Whether the bot's own token is one of this realm."""
        return token in self.tokens

    async def token(self, request: web.Request) -> web.Response:
        self.token_requests += 1
        await self.gate.wait()
        asked = await request.post()
        right = self._app in ("", asked.get("client_id")) and self._secret in ("", asked.get("client_secret"))
        if self.refuses or not right:
            return web.json_response(self.refusal, status=401)
        token = f"token-{self.tenant}-{self.token_requests}"
        self.tokens.append(token)
        return web.json_response({"token_type": "Bearer", "expires_in": self.lasts, "access_token": token})


class IdentityProvider(Realm):
    """Publishes keys at `keys_url` and hands out tokens to the bot at `login_url`; counts both. It is the
    realm of its first tenant itself, further ones are added. `keys_gate`: while closed, no keys are told."""

    def __init__(self, tenant: str, ca_file: Path, base: str) -> None:
        super().__init__(tenant)
        self.ca_file = str(ca_file)
        self.base = base
        self.keys = {"k1": first_key()}
        self.endorsements = ["msteams"]
        self.key_requests = 0
        self.clock_ahead = 0.0
        self.keys_gate = asyncio.Event()
        self.keys_gate.set()
        self._realms: dict[str, Realm] = {tenant: self}

    def add(self, realm: Realm) -> Realm:
        """A further tenant, or another realm for a tenant that is there."""
        self._realms[realm.tenant] = realm
        return realm

    @property
    def keys_url(self) -> str:
        return f"{self.base}/openidconfiguration"

    def settings(self) -> dict[str, Any]:
        """The fields of `TeamsSettings` that point here."""
        return {
            "login_url": self.base,
            "keys_url": self.keys_url,
            "issuer": ISSUER,
            "scope": SCOPE,
            "ca_file": self.ca_file,
        }

    def claims(self, app: str, service: str) -> dict[str, Any]:
        """What a token of Teams says."""
        now = int(time.time())
        return {"iss": ISSUER, "aud": app, "serviceurl": service, "nbf": now - 60, "exp": now + 3_600}

    def sign(self, claims: dict[str, Any], key: str = "k1") -> str:
        return jwt.encode(claims, self.keys[key], algorithm="RS256", headers={"kid": key})

    async def _about_keys(self, request: web.Request) -> web.Response:
        self.key_requests += 1
        await self.keys_gate.wait()
        return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self.base}/keys"})

    async def _keys(self, request: web.Request) -> web.Response:
        keys = [self._jwk(kid, key) for kid, key in self.keys.items()]
        date = formatdate(time.time() + self.clock_ahead, usegmt=True)
        return web.json_response({"keys": keys}, headers={"Date": date})

    def _jwk(self, kid: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
        numbers = key.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": kid,
            "n": _b64(numbers.n),
            "e": _b64(numbers.e),
            "endorsements": self.endorsements,
        }

    async def _about_login(self, request: web.Request) -> web.Response:
        login = f"{self.base}/{self._realm(request).tenant}"
        return web.json_response(
            {
                "issuer": f"{login}/v2.0",
                "authorization_endpoint": f"{login}/oauth2/v2.0/authorize",
                "token_endpoint": f"{login}/oauth2/v2.0/token",
            }
        )

    async def _token(self, request: web.Request) -> web.Response:
        return await self._realm(request).token(request)

    def _realm(self, request: web.Request) -> Realm:
        realm = self._realms.get(request.match_info["tenant"])
        if realm is None:
            raise web.HTTPNotFound
        return realm

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/openidconfiguration", self._about_keys),
            web.get("/keys", self._keys),
            web.get("/{tenant}/v2.0/.well-known/openid-configuration", self._about_login),
            web.post("/{tenant}/oauth2/v2.0/token", self._token),
        ]


@asynccontextmanager
async def identity_provider(tenant: str, folder: Path) -> AsyncIterator[IdentityProvider]:
    """A running provider, with a certificate that only `ca_file` vouches for."""
    certificate, secret = folder / "provider.pem", folder / "provider.key"
    for path, pem in zip((certificate, secret), _certificate(), strict=True):
        path.write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    provider = IdentityProvider(tenant, certificate, "")
    app = web.Application()
    app.add_routes(provider.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    provider.base = f"https://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield provider
    finally:
        await runner.cleanup()


@cache
def _certificate() -> tuple[bytes, bytes]:
    """A certificate for this machine that vouches for itself, and its key."""
    key = new_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), secret


def _b64(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
