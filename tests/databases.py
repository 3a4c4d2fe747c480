"""A registry on each database, made anew for each test."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from coveragekit.registry.opening import Registry

ENABLE = "apt-get install postgresql-15 postgresql-15-postgis-3"
PASSWORD = "canary-p4ssw0rd"  # noqa: S105 - of a server that lives for one test run
TEMPLATE = "coveragekit_template"
DIALECTS = ["sqlite", "postgresql"]


@dataclass
class Clock:
    """A clock that a test sets; it does not move by itself."""

    at: datetime = field(default=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **spans: float) -> None:
        """Let time pass: ``clock.pass_by(hours=3)``."""
        self.at += timedelta(**spans)


@dataclass
class Server:
    """A PostgreSQL server on which databases can be made."""

    url: URL
    template: str = ""
    made: int = 0

    def run(self, *statements: str) -> None:
        """Run statements outside a transaction, in the server's first database."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def database(self, template: str | None = None) -> str:
        """Make a database and give its address."""
        self.made += 1
        name = f"coveragekit_{os.getpid()}_{self.made}"
        like = f" TEMPLATE {template}" if template else ""
        self.run(f"CREATE DATABASE {name}{like}")
        return self.address(name)

    def address(self, name: str) -> str:
        """Give the address of a database."""
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, address: str) -> None:
        """Take a database away, whoever still holds it."""
        name = make_url(address).database
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    share = Path("/usr/share/postgresql")
    for program in reversed(found):
        version = program.parent.parent.name
        if (share / version / "extension" / "postgis.control").is_file():
            return program.parent
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _started(programs: Path) -> Iterator[URL]:
    """Start a server of our own in a temporary folder; it refuses to run as root."""
    folder = Path(tempfile.mkdtemp(prefix="coveragekit-postgres-"))
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    password = folder / "password"
    password.write_text(PASSWORD)
    if as_user:
        shutil.chown(folder, "postgres")
        shutil.chown(password, "postgres")
    data, port = folder / "data", _free_port()

    def run(*words: object) -> None:
        command = [*as_user, *map(str, words)]
        done = subprocess.run(
            command, check=False, cwd=folder, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

    # fmt: off
    run(programs / "initdb", "-D", data, "-U", "tester", "-A", "scram-sha-256",
        "--pwfile", password, "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
    settings = (f"-c listen_addresses=127.0.0.1 -c port={port} -c fsync=off "
                f"-c unix_socket_directories={folder} -c max_connections=60 "
                "-c shared_buffers=64MB -c full_page_writes=off")
    # the server must not hold our pipes, so it writes to a file of its own
    run(programs / "pg_ctl", "-D", data, "-w", "-t", "60", "-o", settings,
        "-l", folder / "log", "start")
    # fmt: on
    try:
        yield URL.create(
            "postgresql+psycopg", "tester", PASSWORD, "127.0.0.1", port, "postgres"
        )
    finally:
        run(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _skip() -> NoReturn:
    message = (
        f"no PostgreSQL with PostGIS found; enable with: {ENABLE}, or name a "
        "server in COVERAGEKIT_TEST_POSTGRES"
    )
    if os.environ.get("COVERAGEKIT_REQUIRE", "") == "all":
        pytest.fail(message)
    pytest.skip(message)


@contextlib.contextmanager
def own_server() -> Iterator[Server]:
    """Give a server that one test may break; the test is skipped without one."""
    programs = _programs()
    if programs is None:
        _skip()
    with _started(programs) as url:
        yield Server(url)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Give a PostgreSQL server with PostGIS; the test is skipped without one."""
    given = os.environ.get("COVERAGEKIT_TEST_POSTGRES")
    programs = _programs()
    if not given and programs is None:
        _skip()
    with contextlib.ExitStack() as stack:
        if given:
            url = make_url(given).set(drivername="postgresql+psycopg")
        else:
            assert programs is not None
            url = stack.enter_context(_started(programs))
        server = Server(url)
        template = f"{TEMPLATE}_{os.getpid()}"
        server.run(f"CREATE DATABASE {template}")
        Registry.open(server.address(template), create=True).close()
        server.template = template
        yield server
        server.run(f"DROP DATABASE {template} WITH (FORCE)")


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands still until the test moves it."""
    return Clock()


@pytest.fixture(params=DIALECTS)
def registry_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of an empty registry, on each database in turn."""
    if request.param == "sqlite":
        path = tmp_path / "registry" / "registry.sqlite"
        Registry.open(path, create=True).close()
        yield str(path)
        return
    server: Server = request.getfixturevalue("postgres")
    address = server.database(server.template)
    yield address
    server.drop(address)


@pytest.fixture(params=DIALECTS)
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give an address where there is no registry yet, on each database in turn."""
    if request.param == "sqlite":
        yield str(tmp_path / "registry" / "registry.sqlite")
        return
    server: Server = request.getfixturevalue("postgres")
    address = server.database()
    yield address
    server.drop(address)


@pytest.fixture
def registry(registry_url: str, clock: Clock) -> Iterator[Registry]:
    """Give an empty registry, on each database in turn."""
    with Registry.open(registry_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def reopen(registry_url: str, clock: Clock) -> Iterator[Callable[[], Registry]]:
    """Open the same registry once more, as another program would."""
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(Registry.open(registry_url, clock=clock))
