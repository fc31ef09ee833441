"""What reached somebody by no way can be tried anew, as if it had just been given."""

from datetime import timedelta

from bot.store.database import Database
from tests.units.recorder import opened

LEASE, DAY = timedelta(seconds=30), timedelta(days=1)


async def lost(database: Database, key: str, recipient: str) -> None:
    """A message for this person that arrived by no way."""
    async with database.work() as work:
        await work.deliver(key, None, recipient, None, '{"kind": "stage"}')
    async with database.work() as work:
        (row,) = await work.claim_deliveries(5, [], LEASE)
        row.failed = '[["slack", "the account is closed"]]'
        await work.put_back(row, "ready", timedelta(0), "the account is closed")
    async with database.work() as work:
        (row,) = await work.claim_deliveries(5, [], LEASE)
        assert await work.finish(row, "undeliverable", "the account is closed")


async def test_only_what_did_not_arrive_is_sent_again(database_url: str) -> None:
    """It is claimed like a new message, by all ways, with its new words; of others nothing is touched."""
    async with opened(database_url) as database:
        await lost(database, "1", "helen")
        await lost(database, "2", "leo")
        async with database.work() as work:
            (row,) = await work.not_arrived("helen", DAY)
            await work.send_again(row, '{"kind": "stage", "mark": "late"}')
            assert await work.not_arrived("helen", DAY) == []
            assert [one.key for one in await work.not_arrived("leo", DAY)] == ["2"]
        async with database.work() as work:
            (again,) = await work.claim_deliveries(5, [], LEASE)
            assert (again.key, again.notice) == ("1", '{"kind": "stage", "mark": "late"}')
            assert (again.attempts, again.failed, again.after_way) == (1, "[]", "")
            assert again.finished_at is None
            assert await work.stuck(timedelta(minutes=5)) == 0


async def test_what_is_sent_again_twice_is_sent_once(database_url: str) -> None:
    """A second press finds nothing: what is under way is not begun anew."""
    async with opened(database_url) as database:
        await lost(database, "1", "helen")
        async with database.reading() as work:
            (row,) = await work.not_arrived("helen", DAY)
        async with database.work() as work:
            await work.send_again(row, row.notice)
        async with database.work() as work:
            (claimed,) = await work.claim_deliveries(5, [], LEASE)
        async with database.work() as work:
            await work.send_again(row, "other words")
        async with database.work() as work:
            assert await work.holds(claimed, timedelta(0))
            assert await work.finish(claimed, "done")
