"""Run by Alembic: upgrades over the connection that `bot.store.schema` hands in."""

from alembic import context
from sqlmodel import SQLModel

import bot.store.tables  # noqa: F401  # fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    # SQLite can alter a table only by copying it.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
