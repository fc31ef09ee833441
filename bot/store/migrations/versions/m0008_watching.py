"""When a human was told of an incident last; clocks whose messages may have gone out before."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("incidents", sa.Column("told_at", _AT, nullable=True))
    op.add_column("deadlines", sa.Column("doubt_since", _AT, nullable=True))
