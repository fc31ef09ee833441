"""Letters to people who have no chat, and the links, codes and sessions of their pages."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "letters",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("written_at", _AT, nullable=False),
        sa.Column("sent_at", _AT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("key", name=op.f("uq_letters_key")),
    )
    op.create_index(op.f("ix_letters_letter"), "letters", ["letter"])
    op.create_table(
        "letter_links",
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("made_at", _AT, nullable=False),
        sa.Column("ends_at", _AT, nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("link", name=op.f("pk_letter_links")),
    )
    op.create_index(op.f("ix_letter_links_letter"), "letter_links", ["letter"])
    op.create_index(op.f("ix_letter_links_ends_at"), "letter_links", ["ends_at"])
    op.create_table(
        "letter_codes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("made_at", _AT, nullable=False),
        sa.Column("ends_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_codes")),
    )
    op.create_index(op.f("ix_letter_codes_link"), "letter_codes", ["link"])
    op.create_index(op.f("ix_letter_codes_letter"), "letter_codes", ["letter"])
    op.create_table(
        "letter_sessions",
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("ends_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("session", name=op.f("pk_letter_sessions")),
    )
    op.create_index(op.f("ix_letter_sessions_letter"), "letter_sessions", ["letter"])
