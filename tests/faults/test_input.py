"""Bad input: told what is wrong and what to do, with nothing lost and nothing leaked."""

from pathlib import Path

import pytest

from bot.__main__ import main
from bot.desk import Desk
from bot.guidance.content import root
from playground.house import KEY, House
from tests.faults.filing import to_the_preview
from tests.faults.looking import cases, counted, standing, the_case
from tests.stories.filing import filed

CONTENT = root()


async def test_a_mistyped_command(house: House) -> None:
    """A word that is nearly a command is answered with the nearest ones."""
    jo = house.world.person("jo")
    await jo.says("chekclist")
    await house.quiet()
    card = await jo.expects("I do not know “chekclist”")
    assert "checklist" in card.words.casefold().replace("chekclist", "")


async def test_a_text_beyond_its_limit(house: House) -> None:
    """The form stays, with the text in it, and says what is wrong; nobody is told anything."""
    await filed(house)
    jo, helen = house.world.person("jo"), house.world.person("helen")
    long = "The fridge was empty. " * 100
    await jo.presses("The risk has changed")
    await jo.submits({"What has changed": long})
    await house.quiet()
    form = jo.form()
    assert form is not None
    (field,) = (field for field in form.drawing.fields if field.label == "What has changed")
    assert field.shown.strip() == long.strip()
    assert "1,500" in field.error or "1500" in field.error
    assert not helen.sees("The risk has changed ·")


async def test_a_mistake_of_ours(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the service itself fails in the middle of an act, nothing of it is kept, the form is given back,
    no word of the failure is shown, and it is counted; sent again it works."""

    async def fails(*_: object) -> None:
        raise RuntimeError("secret inner workings")

    jo, helen = house.world.person("jo"), house.world.person("helen")
    await to_the_preview(house.world)
    with monkeypatch.context() as broken:
        broken.setattr(Desk, "raise_case", fails)
        await jo.submits({})
        await house.quiet()
    await jo.expects("I could not save this just now")
    assert not any(words in jo.screen() for words in ("secret inner workings", "Traceback", "RuntimeError"))
    assert counted(house, "braver_turns_failed") == 1
    assert await cases(house.service.database) == []
    await jo.submits({})
    await house.quiet()
    reference = (await the_case(house.service.database)).reference
    assert len(standing(helen, f"Escalation {reference} for you")) == 1


WRONG = {
    "policy": ("policies/example.yaml", "BRAVER_POLICY", "within: 30 working minutes", "within: soon"),
    "directory": ("directories/example.yaml", "BRAVER_DIRECTORY", "ways: slack", "ways: pigeon"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_malformed_file(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`braver run` ends with 2 and says file, line, what is wrong and what to write."""
    path, setting, right, wrong = WRONG[kind]
    lines = (CONTENT / path).read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.strip() == right)
    lines[at] = lines[at].replace(right, wrong)
    file = tmp_path / "changed.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv(setting, str(file))
    monkeypatch.setenv("BRAVER_TEAMS_ALLOW_ANONYMOUS", "true")
    monkeypatch.setenv("BRAVER_SECRET_KEY", KEY)
    said = _refused_to_run(monkeypatch, capsys)
    assert f"changed.yaml:{at + 1}" in said or f"changed.yaml, line {at + 1}" in said
    assert wrong.split(": ")[1] in said


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, "BRAVER_SLACK_BOT_TOKEN"),
        ({"BRAVER_SLACK_BOT_TOKEN": "xoxb-made-up"}, "BRAVER_SLACK_SIGNING_SECRET"),
        ({"BRAVER_TEAMS_ALLOW_ANONYMOUS": "true", "BRAVER_HOST": "0.0.0.0"}, "BRAVER_TEAMS_ALLOW_ANONYMOUS"),
        ({"BRAVER_TEAMS_APP_ID": "made-up", "BRAVER_TEAMS_TENANT_ID": "t"}, "BRAVER_TEAMS_APP_PASSWORD"),
        ({"BRAVER_TEAMS_ALLOW_ANONYMOUS": "true", "BRAVER_PORT": "many"}, "BRAVER_PORT"),
    ],
    ids=["nothing", "unsigned", "open-to-all", "no-password", "no-number"],
)
def test_a_wrong_setting(
    settings: dict[str, str], named: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """`braver run` ends with 2 and names the setting to change, without showing a secret."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    said = _refused_to_run(monkeypatch, capsys)
    assert named in said
    assert "xoxb-made-up" not in said


def _refused_to_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What `braver run` said before it ended with 2."""
    monkeypatch.setattr("sys.argv", ["braver", "run"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    return capsys.readouterr().err
