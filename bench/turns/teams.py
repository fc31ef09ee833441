"""Teams turns: (b) message → reply posted, `python -m bench.turns.teams [ROUNDS] [REQUESTS]`.

Braver as it runs, with its database, beside the SDK's stock echo bot; anonymous, and with the token of each
request checked, by keys of our own.
"""

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench.measure import Row, Subject, interleaved, table
from bench.turns import people
from bench.turns.teams_side import APP, TENANT, TeamsSide, driver
from playground.house import KEY
from tests.contracts.identity_provider import ISSUER, SCOPE, IdentityProvider, identity_provider

LEAST = 3.0
CONCURRENT = 32
TEXTS = ("menu", "help")
_ECHO, _OURS = ("-m", "bench.turns.teams_echo"), ("-m", "bench.turns.braver")


def _ours(folder: Path, provider: IdentityProvider | None) -> Mapping[str, str]:
    """The settings of Braver."""
    name = "signed" if provider else "anonymous"
    settings = {
        "BRAVER_SECRET_KEY": KEY,
        "BRAVER_DATABASE_URL": f"sqlite+aiosqlite:///{folder / f'teams-{name}.db'}", "BRAVER_PORT": "0",
        "BRAVER_DIRECTORY": str(people.written(folder, "teams")), "BRAVER_POLICY": str(people.POLICY),
    }  # fmt: skip
    if provider is None:
        return settings | {"BRAVER_TEAMS_ALLOW_ANONYMOUS": "true"}
    return settings | {
        "BRAVER_TEAMS_APP_ID": APP, "BRAVER_TEAMS_APP_PASSWORD": "secret", "BRAVER_TEAMS_TENANT_ID": TENANT,
        "BRAVER_TEAMS_LOGIN_URL": provider.base, "BRAVER_TEAMS_KEYS_URL": provider.keys_url,
        "BRAVER_TEAMS_CA_FILE": provider.ca_file,
    }  # fmt: skip


def _echo(provider: IdentityProvider | None) -> Mapping[str, str]:
    """The same for the stock echo, by the names of the SDK's samples."""
    if provider is None:
        return {}
    return {
        "APP_ID": APP, "APP_PASSWORD": "secret", "TO_BOT_FROM_CHANNEL_TOKEN_ISSUER": ISSUER,
        "TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL": provider.keys_url, "OAUTH_URL": provider.base,
        "TO_CHANNEL_FROM_BOT_LOGIN_URL": provider.base, "TO_CHANNEL_FROM_BOT_OAUTH_SCOPE": SCOPE,
        "REQUESTS_CA_BUNDLE": provider.ca_file,
    }  # fmt: skip


async def rows(folder: Path, rounds: int, requests: int) -> list[Row]:
    """The rows of (b)."""
    async with TeamsSide().serving() as side, identity_provider(TENANT, folder) as provider:
        token = provider.sign(provider.claims(APP, side.url))
        subjects = list[Subject]()
        ways = {"anonymous": (None, ""), "token checked": (provider, token)}
        for name, (checks, sent) in ways.items():
            drive = driver(side, people.crowd()[:CONCURRENT], TEXTS, sent)
            subjects += [
                Subject(f"echo, {name}", _ECHO, drive, _echo(checks)),
                Subject(f"ours, {name}", _OURS, drive, _ours(folder, checks)),
            ]
        found = await interleaved(subjects, rounds=rounds, requests=requests)
    return [
        Row(
            f"(b) Teams message → reply posted, {name}", found[f"ours, {name}"], found[f"echo, {name}"], LEAST
        )
        for name in ways
    ]


def main() -> int:
    rounds, requests = (*map(int, sys.argv[1:]), 5, 300)[:2]
    with tempfile.TemporaryDirectory(prefix="braver-bench-") as name:
        found = asyncio.run(rows(Path(name), rounds, requests))
    return 0 if table(found, lambda line: print(line, flush=True)) else 1  # noqa: T201 - what it is run for


if __name__ == "__main__":
    sys.exit(main())
