"""The directory in the database; the ways by which a message was tried."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "directory",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_directory")),
    )
    op.create_index(op.f("ix_directory_version"), "directory", ["version"], unique=False)
    op.add_column("deliveries", sa.Column("after_way", sa.Text(), nullable=False, server_default=""))
    op.add_column("deliveries", sa.Column("failed", sa.Text(), nullable=False, server_default="[]"))
