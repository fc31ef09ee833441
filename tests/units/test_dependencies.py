"""What is delivered is listed, and looked up; where nobody could be asked, that is said."""

import json
import re
from importlib import metadata

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy import bill, vulnerabilities
from deploy.locked import FOLDER, Package, packages
from deploy.vulnerabilities import audited, report, verdict

ONE = Package("aiohttp", "3.14.5", ("0" * 64,), (), True, "")
TWO = Package("yarl", "1.24.0", ("1" * 64,), ("aiohttp",), False, "")


def _answer(*told: tuple[str, str, list[str] | None]) -> str:
    """Of pip-audit: name, release, and the vulnerabilities; None where it could not find out."""
    listed = [
        {"name": name, "skip_reason": "could not be audited"}
        if known is None
        else {
            "name": name,
            "version": version,
            "vulns": [{"id": one, "fix_versions": ["9.9"]} for one in known],
        }
        for name, version, known in told
    ]
    return json.dumps({"dependencies": listed, "fixes": []})


def test_every_locked_package_is_read() -> None:
    """As many as are pinned, each with its hashes, and all that the project wants among them."""
    for file in vulnerabilities.LOCKS:
        pinned = re.findall(r"^[a-z0-9][^\s#]*==", (FOLDER / file).read_text(encoding="utf-8"), re.MULTILINE)
        assert len(packages(file)) == len(pinned) > 0
    runtime = packages("runtime.txt")
    assert all(package.ours or package.needed_by for package in runtime)
    wanted = metadata.requires("braver") or []
    ours = {package.name for package in runtime if package.ours}
    named = {re.match(r"[\w-]+", one)[0].lower() for one in wanted if "extra ==" not in one}  # type: ignore[index]
    assert named <= ours


def test_the_bill_is_valid_and_always_the_same() -> None:
    """By the schema of CycloneDX; each package stands in it once, with what it needs; no machine is named."""
    made = bill.bill(packages("runtime.txt"), *bill.product())
    written = json.dumps(made)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(written) is None
    assert written == json.dumps(bill.bill(packages("runtime.txt"), *bill.product()))
    refs = [component["bom-ref"] for component in made["components"]]
    assert len(set(refs)) == len(refs) == len(packages("runtime.txt"))
    needs = {one["ref"]: one["dependsOn"] for one in made["dependencies"]}
    assert set(needs) == {*refs, made["metadata"]["component"]["bom-ref"]}
    reached: set[str] = set()
    ahead = list(needs[made["metadata"]["component"]["bom-ref"]])
    while ahead:
        ref = ahead.pop()
        if ref not in reached:
            reached.add(ref)
            ahead += needs[ref]
    assert reached == set(refs), "everything is there because of something"
    assert "://" not in re.sub(r'"name": "[^"]*"', "", written)


def test_what_is_known_to_be_vulnerable_is_refused() -> None:
    """With the package, the name of the vulnerability, and the release in which it is mended."""
    outcome = audited([ONE, TWO], lambda service: _answer(("aiohttp", "3.14.5", ["X-1"]), ("yarl", "1", [])))
    assert "VULNERABLE: aiohttp 3.14.5: X-1, mended in 9.9" in report(outcome, 2)
    assert verdict(outcome, strict=False) == verdict(outcome, strict=True) == vulnerabilities.FOUND


def test_nothing_known_is_said_only_where_all_was_answered() -> None:
    """Each package was looked up: then, and only then, nothing is known."""
    outcome = audited([ONE, TWO], lambda service: _answer(("aiohttp", "3.14.5", []), ("yarl", "1", [])))
    assert report(outcome, 2) == "Audited 2 locked packages: no vulnerability is known."
    assert verdict(outcome, strict=True) == 0


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "Traceback", "[]", _answer(("aiohttp", "3.14.5", None), ("yarl", "1", None))],
    ids=["nothing", "no list", "no JSON", "another shape", "not known there"],
)
def test_whom_nobody_could_be_asked_about_is_said_aloud(answer: str) -> None:
    """It is no pass: it says so, and ends well only where no answer was demanded."""
    outcome = audited([ONE, TWO], lambda service: answer)
    said = report(outcome, 2)
    assert "NOT AUDITED: 2 of 2 locked packages" in said
    assert "That is not “no vulnerabilities”" in said
    assert "no vulnerability is known" not in said
    assert verdict(outcome, strict=False) == 0
    assert verdict(outcome, strict=True) == vulnerabilities.NOT_ASKED


def test_the_second_database_is_asked_about_the_rest() -> None:
    """What one does not know the other may; what either found counts."""
    answers = {
        "pypi": _answer(("aiohttp", "3.14.5", ["X-1"]), ("yarl", "1", None)),
        "osv": _answer(("aiohttp", "3.14.5", []), ("yarl", "1", ["Y-2"])),
    }
    outcome = audited([ONE, TWO], answers.__getitem__)
    assert outcome.silent == set()
    assert len(outcome.known) == 2
    assert verdict(outcome, strict=False) == vulnerabilities.FOUND
