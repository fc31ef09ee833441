"""The machine is gone, and a backup of the day before is put into a database of the other kind."""

from pathlib import Path

import pytest

from bot.audit.whole import audited
from bot.backup.restoring import restored
from bot.backup.taking import taken
from bot.store.database import Database
from playground.house import House
from tests.faults.filing import filed_and_not_sent

CROSSWISE = [("sqlite", "postgres"), pytest.param(("postgres", "sqlite"), marks=pytest.mark.full)]


@pytest.mark.parametrize("where", CROSSWISE)
async def test_life_goes_on_from_a_backup(
    request: pytest.FixtureRequest, tmp_path: Path, where: tuple[str, str]
) -> None:
    """Jo had filed, and nothing was sent yet when the backup was made; then it was sent, and Helen answered.
    Restored, nobody knows of that: what is sent says that it may have come before, the coordinator is asked
    to look, the case has its clocks, and it can be brought on by the same people."""
    before = str(request.getfixturevalue(f"{where[0]}_url"))
    after = str(request.getfixturevalue(f"bare_{where[1]}_url"))
    file = tmp_path / "backup.braver"
    async with House.open(tmp_path, database_url=before) as house:
        await house.to_working_time()
        reference = await filed_and_not_sent(house)
        await taken(Database(before), file)
        await house.quiet()
        helen = house.world.person("helen")
        await helen.presses("Acknowledge", on=reference)
        await house.quiet()
        assert not helen.sees("may have reached you before")

    with file.open("rb") as backup:
        await restored(Database(after), backup)
    async with House.open(tmp_path, database_url=after) as house:
        assert (await audited(house.service.database, at_rest=True)).findings == ()
        await house.service.engine.watchdog.step()
        await house.quiet()
        jo, helen, sam = (house.world.person(id) for id in ("jo", "helen", "sam"))
        assert sam.sees("Braver needs a look: it was restored from a backup")
        await helen.expects("This message may have reached you before")
        await helen.presses("Acknowledge", on=reference)
        await house.quiet()
        await jo.expects("acknowledged")
        assert (await audited(house.service.database)).findings == ()
        assert (await house.service.engine.watchdog.look()).well
