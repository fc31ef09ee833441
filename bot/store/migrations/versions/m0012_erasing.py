"""Cases that are erased but for what is counted, and cards that are taken away from the chats."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("cases", sa.Column("outcome", sa.Text(), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("minimised", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("posted_cards", sa.Column("left_because", sa.Text(), nullable=False, server_default=""))
    _index("ix_cases_closed", "cases", ["closed_at", "id"], "status = 'closed'")
    _index("ix_cases_unminimised", "cases", ["closed_at", "id"], "status = 'closed' AND NOT minimised")
    _index("ix_cases_training", "cases", ["opened_at", "id"], "training AND status <> 'erased'")
    _index("ix_posted_cards_removing", "posted_cards", ["free_at"], "state = 'removing'")


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, unique=False, postgresql_where=sa.text(where), sqlite_where=sa.text(where)
    )
