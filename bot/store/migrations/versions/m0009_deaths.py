"""How often the worker of a message ended: that is seldom the message's fault."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("deaths", sa.Integer(), nullable=False, server_default="0"))
