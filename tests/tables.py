"""Braver's tables in a database, made by the migrations, for copies."""

import asyncio

from sqlalchemy import make_url

from bot.store import schema


def made(url: str) -> None:
    """Bring this database up to date."""
    asyncio.run(schema.upgrade(make_url(url)))
