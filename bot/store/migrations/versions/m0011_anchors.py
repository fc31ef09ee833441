"""Anchors of the streams. What was written can't be changed: on SQLite triggers refuse, on PostgreSQL the
grants do, which are set at each start (`bot.store.roles`)."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_MOVED = sa.text("sequence > anchored")


def upgrade() -> None:
    op.add_column("streams", sa.Column("anchored", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_streams_moved", "streams", ["name"], postgresql_where=_MOVED, sqlite_where=_MOVED)
    op.create_table(
        "anchors",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_anchors")),
    )
    op.create_table(
        "anchored",
        sa.Column("anchor", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("anchor", "stream", name=op.f("pk_anchored")),
    )
    op.create_index("ix_anchored_stream", "anchored", ["stream", "sequence"])
    if op.get_bind().dialect.name == "sqlite":
        for table in ("events", "anchors", "anchored"):
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is kept'); END"
                )
