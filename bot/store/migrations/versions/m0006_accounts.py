"""A further account of a person waits until the person has said that it is theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # Every account that is there was linked by its verified e-mail, and stays so.
    op.add_column("accounts", sa.Column("state", sa.Text(), nullable=False, server_default="linked"))
    op.add_column("accounts", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("asked_in", "shown_name", "shown_where"):
        op.add_column("accounts", sa.Column(name, sa.Text(), nullable=False, server_default=""))
