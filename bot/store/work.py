"""The unit of work: everything that one act or one clock does to the database, in one transaction."""

from bot.store.acts import Acts
from bot.store.anchors import Anchors
from bot.store.cards import Cards
from bot.store.condition import Condition
from bot.store.counts import Counted, Counts
from bot.store.deadlines import Deadlines
from bot.store.deliveries import Deliveries, Delivery
from bot.store.directory import DirectoryStore, Mark, Record
from bot.store.erasing import Erasing
from bot.store.events import StoredEvent
from bot.store.held import Held
from bot.store.inspecting import Inspecting
from bot.store.installations import InstallationRows
from bot.store.mail import Mail
from bot.store.people import People
from bot.store.roles import Roles
from bot.store.rows import Conflict
from bot.store.states import States
from bot.store.tables import AccountRow, CaseRow, DeadlineRow, DeliveryRow, PostedCard
from bot.store.unsealed import Unsealed
from bot.store.upkeep import Upkeep

__all__ = [
    "AccountRow",
    "CaseRow",
    "Conflict",
    "Counted",
    "DeadlineRow",
    "Delivery",
    "DeliveryRow",
    "Mark",
    "PostedCard",
    "Record",
    "StoredEvent",
    "Work",
]


class Work(
    DirectoryStore, Deadlines, Deliveries, Inspecting, Unsealed, Erasing, Cards, Held, States, People,
    InstallationRows, Counts, Condition, Mail, Acts, Upkeep, Anchors, Roles,
):  # fmt: skip
    """One transaction. `now` (aware UTC) is the database's time plus the playground's offset, `real_now`
    the same without it; both are fixed at the start. `Database.work` commits it, `Database.reading` reads.

    An act takes its locks in one order: its key, its case, then everything else.
    """
