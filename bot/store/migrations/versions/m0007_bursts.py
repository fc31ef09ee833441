"""Ten thousand messages at once, a million cases: each question finds its rows without looking at others."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_UNFINISHED = "finished_at IS NULL"
_LIVE = "state = 'live'"


def upgrade() -> None:
    # What an earlier release writes beside this one has no lane yet, as has what was there.
    op.add_column("deliveries", sa.Column("lane", sa.Text(), nullable=False, server_default=""))
    _index("ix_deliveries_lane", "deliveries", ["lane", "id"], _UNFINISHED)
    op.drop_index("ix_deliveries_finished", "deliveries")
    _index("ix_deliveries_finished", "deliveries", ["finished_at"], "finished_at IS NOT NULL")
    _index("ix_deliveries_lost", "deliveries", ["recipient"], "state = 'undeliverable'")
    op.drop_index("ix_deliveries_order", "deliveries")
    _index(
        "ix_deliveries_order",
        "deliveries",
        ["destination", sa.text("coalesce(case_id, '')"), "id"],
        _UNFINISHED,
    )
    op.create_index("ix_cases_newest", "cases", ["id", "status", "opened_at"], unique=False)
    op.drop_index("ix_case_members_person", "case_members")
    op.create_index("ix_case_members_person", "case_members", ["person", "case_id"], unique=False)
    _index("ix_deadlines_ticking", "deadlines", ["case_id"], _LIVE)
    _index("ix_deadlines_quarantined", "deadlines", ["id"], "state = 'quarantined'")
    _index("ix_acts_told", "acts", ["at"], "outcome <> ''")
    op.create_index("ix_posted_cards_message", "posted_cards", ["conversation", "message_id"], unique=False)
    _index("ix_posted_cards_alone", "posted_cards", ["free_at"], "case_id IS NULL")
    _index("ix_places_channels", "places", ["platform"], "kind = 'channel'")


def _index(name: str, table: str, columns: list[str | sa.TextClause], where: str) -> None:
    op.create_index(
        name, table, columns, unique=False, postgresql_where=sa.text(where), sqlite_where=sa.text(where)
    )
