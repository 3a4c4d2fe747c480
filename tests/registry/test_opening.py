"""A registry is opened safely, or refused in plain words."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import stat
import threading
import traceback
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from coveragekit.errors import InputError, RegistryError
from coveragekit.registry import schema
from coveragekit.registry.connecting import as_url
from coveragekit.registry.drives import network_share
from coveragekit.registry.dumping import _without_password
from coveragekit.registry.faults import plain_words
from coveragekit.registry.opening import Registry, default_url, now, registry_id
from tests.databases import PASSWORD, Clock, Server


def _add_meta(registry: Registry, key: str) -> None:
    with registry.write() as connection:
        connection.execute(insert(schema.meta).values(key=key, value="1"))


def _keys(registry: Registry) -> set[str]:
    with registry.read() as connection:
        return set(connection.execute(select(schema.meta.c.key)).scalars())


def test_what_was_written_is_there_when_it_is_opened_again(
    registry: Registry, reopen
) -> None:
    _add_meta(registry, "a")

    assert "a" in _keys(reopen())


def test_a_change_that_fails_leaves_nothing_behind(registry: Registry) -> None:
    def fail() -> None:
        with registry.write() as connection:
            connection.execute(insert(schema.meta).values(key="half", value="1"))
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert "half" not in _keys(registry)


def test_a_look_cannot_write(registry: Registry) -> None:
    statement = insert(schema.meta).values(key="sly", value="1")

    with pytest.raises(RegistryError), registry.read() as connection:
        connection.execute(statement)

    assert "sly" not in _keys(registry)


def test_a_look_sees_one_moment(registry: Registry, reopen) -> None:
    other = reopen()
    query = select(schema.meta.c.key)

    with registry.read() as connection:
        before = set(connection.execute(query).scalars())
        _add_meta(other, "later")
        after = set(connection.execute(query).scalars())

    assert before == after
    assert "later" in _keys(registry)


def test_a_thread_that_writes_is_told_not_to_wait_for_itself(
    registry: Registry,
) -> None:
    with (
        registry.write(),
        pytest.raises(RegistryError, match="would wait for itself"),
        registry.write(),
    ):
        pass


def test_many_writers_at_once_each_read_what_the_last_one_wrote(
    registry: Registry, reopen
) -> None:
    _add_meta(registry, "count")
    opened = [reopen() for _ in range(5)]
    read = select(schema.meta.c.value).where(schema.meta.c.key == "count")
    change = schema.meta.update().where(schema.meta.c.key == "count")

    def add_ten(one: Registry) -> None:
        for _ in range(10):
            with one.write() as connection:
                seen = int(connection.execute(read).scalar_one())
                connection.execute(change.values(value=str(seen + 1)))

    threads = [threading.Thread(target=add_ten, args=(one,)) for one in opened]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with registry.read() as connection:
        assert connection.execute(read).scalar_one() == "51"


def test_the_clock_and_the_id_are_the_registrys_own(
    registry: Registry, clock: Clock
) -> None:
    with registry.read() as connection:
        assert now(connection) == clock.at
        assert registry_id(connection) == registry.registry_id

    assert len(bytes.fromhex(registry.registry_id)) == 16


def test_callbacks_run_after_a_kept_change_and_before_closing(
    registry: Registry,
) -> None:
    heard: list[str] = []
    registry.after_write(lambda one: heard.append(f"write {'a' in _keys(one)}"))
    registry.before_close(lambda one: heard.append(f"close {len(_keys(one)) > 0}"))

    _add_meta(registry, "a")
    with pytest.raises(RegistryError, match="rule"):
        _add_meta(registry, "a")
    registry.close()

    assert heard == ["write True", "close True"]


def test_a_broken_rule_is_told_without_the_values(registry: Registry) -> None:
    canary = "canary-contact@example.org"
    _add_meta(registry, canary)

    with pytest.raises(RegistryError, match="would break the rule") as caught:
        _add_meta(registry, canary)

    assert canary not in "".join(traceback.format_exception(caught.value))


def test_no_registry_is_made_by_looking_for_one(bare_url: str) -> None:
    with pytest.raises(RegistryError, match="registry init"):
        Registry.open(bare_url)

    assert not Path(bare_url).exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://root:canary-p4ssw0rd@host/db", "not lie in 'mysql'"),
        ("postgresql://user:canary-p4ssw0rd@host:port/db", "cannot be read"),
        ("sqlite://", "not lie in 'sqlite'"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(url: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        Registry.open(url)

    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


# SQLite


def test_the_file_and_its_folder_are_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "registry.sqlite"

    with Registry.open(path, create=True) as registry:
        _add_meta(registry, "a")
        beside = sorted(item.name for item in path.parent.iterdir())
        modes = {stat.S_IMODE(item.stat().st_mode) for item in path.parent.iterdir()}

    assert beside == [f"registry.sqlite{end}" for end in ("", "-shm", "-wal")]
    assert modes == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_closed_to_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "registry.sqlite"
    Registry.open(path, create=True).close()
    path.chmod(0o644)

    Registry.open(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "other users could read" in caplog.text


def test_the_connection_is_set_up_as_promised(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    Registry.open(path, create=True).close()

    with Registry.open(path) as registry, registry.write() as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }

    assert asked == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 2,
        "busy_timeout": 30_000,
    }


def test_a_network_share_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = f"36 25 0:31 / {tmp_path} rw,relatime - cifs //files/city rw\n"
    mounts = tmp_path / "mounts"
    mounts.write_text(table)
    monkeypatch.setattr("coveragekit.registry.drives._MOUNTS", mounts)

    with pytest.raises(RegistryError, match=r"network share \(cifs\).*PostgreSQL"):
        Registry.open(tmp_path / "registry.sqlite", create=True)

    assert not (tmp_path / "registry.sqlite").exists()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/city files/registry.sqlite", "nfs4"),
        ("/srv/city files/local/registry.sqlite", None),
        ("/srv/registry.sqlite", None),
        ("/mnt/c/registry.sqlite", "9p"),
    ],
)
def test_the_nearest_mount_decides(path: str, kind: str | None) -> None:
    table = """
        21 1 8:1 / / rw - ext4 /dev/sda1 rw
        36 21 0:31 / /srv/city\\040files rw,relatime shared:5 - nfs4 files:/city rw
        37 36 8:2 / /srv/city\\040files/local rw - ext4 /dev/sdb1 rw
        38 21 0:32 / /mnt/c rw - 9p drvfs rw
        """

    assert network_share(Path(path), mounts=table) == kind


def test_a_registry_inside_a_study_is_refused(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("")

    with pytest.raises(RegistryError, match="inside the study"):
        Registry.open(tmp_path / "deep" / "registry.sqlite", create=True)


def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE things (name TEXT)")
    other.close()
    before = path.read_bytes()

    with pytest.raises(RegistryError, match="is not a registry"):
        Registry.open(path, create=True)

    assert path.read_bytes() == before
    assert sorted(item.name for item in tmp_path.iterdir()) == ["other.sqlite"]


def test_a_registry_that_was_never_finished_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    with sqlite3.connect(path) as begun:
        begun.execute("PRAGMA journal_mode = WAL")
    begun.close()
    assert path.stat().st_size > 0

    with Registry.open(path, create=True) as registry:
        _add_meta(registry, "a")

    with Registry.open(path) as registry:
        assert "a" in _keys(registry)


def test_a_text_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "note.sqlite").write_text("not a database" * 100)

    with pytest.raises(RegistryError, match="is not a registry"):
        Registry.open(tmp_path / "note.sqlite")
    with pytest.raises(RegistryError, match="is a folder"):
        Registry.open(tmp_path)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    Registry.open(path, create=True).close()
    content = bytearray(path.read_bytes())
    content[4096:-4096] = os.urandom(len(content) - 8192)
    path.write_bytes(content)

    with pytest.raises(RegistryError, match="is damaged"):
        Registry.open(path)


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "registry.sqlite", create=True) as registry:
        _add_meta(registry, "kept")
        with registry.read() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

        def fill() -> None:
            with registry.write() as connection:
                # SQLite's own limit ends in the same error as a disk without room
                connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
                for number in range(100):
                    row = {"key": f"big{number}", "value": "x" * 4000}
                    connection.execute(insert(schema.meta).values(**row))

        with pytest.raises(RegistryError, match=r"disk of the registry .* is full"):
            fill()

        assert {key for key in _keys(registry) if key.startswith("big")} == set()
        assert "kept" in _keys(registry)


def test_a_writer_that_holds_on_is_told_to_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coveragekit.registry.connecting._BUSY_S", 0.05)
    path = tmp_path / "registry.sqlite"

    with (
        Registry.open(path, create=True) as one,
        Registry.open(path) as two,
        one.write(),
        pytest.raises(RegistryError, match="held by another program"),
    ):
        _add_meta(two, "a")


def test_the_default_place_is_the_users_data_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("COVERAGEKIT_REGISTRY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/home/somebody/.data")
    assert Path(default_url()).name == "registry.sqlite"
    assert "coveragekit" in default_url()

    monkeypatch.setenv("COVERAGEKIT_REGISTRY", "postgresql://host/db")
    assert default_url() == "postgresql://host/db"


# PostgreSQL


def test_the_password_is_in_no_word_about_a_registry(postgres: Server) -> None:
    address = postgres.database(postgres.template)
    with Registry.open(address) as registry:
        words = f"{registry!r} {registry} {registry.place}"
    postgres.drop(address)

    with pytest.raises(RegistryError) as gone:
        Registry.open(address)
    wrong = address.replace(PASSWORD, "canary-wrong")
    with pytest.raises(RegistryError) as refused:
        Registry.open(wrong)

    for error in (gone.value, refused.value):
        words += "".join(traceback.format_exception(error))
    assert PASSWORD in address
    assert PASSWORD not in words
    assert "canary-wrong" not in words


def test_a_password_given_as_an_option_is_hidden_as_well() -> None:
    more = f"sslmode=require&sslpassword={PASSWORD}2"
    url = as_url(f"postgresql://user@host/db?password={PASSWORD}&{more}")

    shown = repr(Registry(url, create_engine("sqlite://"), Clock()))

    assert url.password == PASSWORD
    assert url.query["sslmode"] == "require"
    assert "password" not in url.query
    assert PASSWORD not in f"{shown} {_without_password(url)}"
    assert "sslmode=require" in _without_password(url)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(RegistryError, match="does not answer"):
        Registry.open(f"postgresql://user:{PASSWORD}@127.0.0.1:9/registry")


def test_a_database_of_another_program_is_left_alone(postgres: Server) -> None:
    address = postgres.database()
    with Registry.open(address, create=True) as registry:
        registry.downgrade("base")
        with registry.write() as connection:
            connection.execute(text("INSERT INTO alembic_version VALUES ('abc')"))

    with pytest.raises(RegistryError, match="another program's tables"):
        Registry.open(address, create=True)
    postgres.drop(address)


def test_a_user_without_the_right_to_add_postgis_is_told(postgres: Server) -> None:
    address = postgres.database()
    name = make_url(address).database
    word = "canary-wr1ter"
    postgres.run(
        f"CREATE ROLE writer_{os.getpid()} LOGIN PASSWORD '{word}'",
        f"GRANT ALL ON DATABASE {name} TO writer_{os.getpid()}",
    )
    url = make_url(address).set(username=f"writer_{os.getpid()}", password=word)

    with pytest.raises(RegistryError, match="CREATE EXTENSION postgis") as caught:
        Registry.open(url.render_as_string(hide_password=False), create=True)

    assert word not in "".join(traceback.format_exception(caught.value))
    with pytest.raises(RegistryError, match="holds no registry"):
        Registry.open(address)
    postgres.drop(address)
    postgres.run(f"DROP ROLE writer_{os.getpid()}")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("53100", "no room"),
        ("58P01", "lacks PostGIS"),
        ("40P01", "two changes of the same rows at once"),
        ("57P01", "stopping or starting"),
        ("XX000", r"refused this \(XX000\)"),
    ],
)
def test_what_a_server_refuses_is_told_in_plain_words(state: str, words: str) -> None:
    class Refused(Exception):  # noqa: N818
        sqlstate = state

    error = OperationalError("INSERT canary", {"name": "canary"}, Refused("canary"))

    told = plain_words(error, "postgresql://host/db")

    assert re.search(words, told)
    assert "canary" not in told


def test_a_program_that_asks_too_much_at_once_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry.open(tmp_path / "r" / "registry.sqlite", create=True)
    monkeypatch.setattr(registry._engine.pool, "_timeout", 0.01)

    with registry, contextlib.ExitStack() as stack:

        def ask_for_ever() -> None:
            while True:
                stack.enter_context(registry.read())

        with pytest.raises(RegistryError, match="too many use the registry"):
            ask_for_ever()
