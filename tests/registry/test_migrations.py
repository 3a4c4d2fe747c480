"""A registry goes up and down between versions with its data, or is left alone."""

from __future__ import annotations

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text, update

from coveragekit.errors import RegistryError
from coveragekit.registry import (
    cameras,
    feed_rows,
    owners,
    picture_masks,
    schema,
    versions,
)
from coveragekit.registry.opening import Registry

# what PostGIS adds is no word of SQLAlchemy's
pytestmark = pytest.mark.filterwarnings("ignore:Did not recognize type 'geometry'")


KNOWN = versions.known()
NEWEST = KNOWN[-1]


_NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "DOWN"


def upgrade():
    # a table that many rows point to is built anew on SQLite
    with op.batch_alter_table("owner") as batch:
        batch.add_column(sa.Column("nickname", sa.Text))
        batch.create_index("ix_owner_nickname", ["nickname"])
    op.execute("UPDATE owner SET nickname = name || '!'")
    if op.get_bind().execute(sa.text(
        "SELECT count(*) FROM owner WHERE name = 'refused'"
    )).scalar():
        op.execute("INSERT INTO meta VALUES ('registry_id', 'twice')")


def downgrade():
    with op.batch_alter_table("owner") as batch:
        batch.drop_index("ix_owner_nickname")
        batch.drop_column("nickname")
"""


def _fill(registry: Registry) -> None:
    with registry.write() as connection:
        owners.add_owner(connection, {"name": "A", "kind": "person"}, by="x")
        cameras.add_camera(connection, {"lon": 1.0, "lat": 2.0}, by="x")


def test_the_migrations_make_the_tables_that_the_code_speaks_of(
    registry: Registry,
) -> None:
    def ours(item, name, kind, *_) -> bool:
        extra = {"place", "ix_camera_place", "ix_camera_words"}
        if kind == "table":
            return name in schema.metadata.tables
        of_camera = (
            getattr(item, "table", None) is not None and item.table.name == "camera"
        )
        return not (of_camera and name in extra)

    with registry.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": ours, "compare_type": True}
        )
        differences = compare_metadata(context, schema.metadata)

    assert differences == []


def test_every_table_has_the_columns_that_the_code_writes(registry: Registry) -> None:
    with registry.read() as connection:
        found = inspect(connection)
        for table in schema.metadata.sorted_tables:
            there = {column["name"] for column in found.get_columns(table.name)}
            if table is schema.camera:
                there -= {"place"}
            assert there == {column.name for column in table.columns}


def test_down_takes_all_away_and_up_makes_it_again(registry: Registry) -> None:
    _fill(registry)
    before = registry.registry_id

    registry.downgrade("base")
    with registry.read() as connection:
        left = set(inspect(connection).get_table_names()) & set(schema.metadata.tables)
    assert left == set()
    assert registry.version is None

    registry.upgrade()
    _fill(registry)
    assert registry.version == versions.newest()
    assert registry.registry_id != before


def test_a_registry_of_a_newer_version_is_refused_and_untouched(
    registry: Registry, registry_url: str
) -> None:
    _fill(registry)
    with registry.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    for try_it in (
        lambda: Registry.open(registry_url),
        lambda: Registry.open(registry_url, create=True),
        registry.upgrade,
        lambda: registry.downgrade("base"),
    ):
        with pytest.raises(RegistryError, match=r"version 9999.*install the newer"):
            try_it()

    with registry.read() as connection:
        assert len(owners.list_owners(connection).rows) == 1


def test_a_registry_of_an_older_version_asks_for_the_upgrade(
    registry: Registry, registry_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "known", lambda: (*KNOWN, "9000"))

    with pytest.raises(
        RegistryError, match=rf"older version {NEWEST}.*registry upgrade"
    ):
        Registry.open(registry_url)

    with Registry.open(registry_url, any_version=True) as opened:
        assert opened.version == NEWEST


@pytest.fixture
def with_next(tmp_path, monkeypatch: pytest.MonkeyPatch, registry_url: str):
    """Give one more migration, as a later release would."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for path in (versions._FOLDER / "versions").iterdir():
        if path.suffix in {".py", ".sql"}:
            (folder / "versions" / path.name).write_bytes(path.read_bytes())
    text_of_it = _NEXT.replace("DOWN", NEWEST)
    (folder / "versions" / "v9000_next.py").write_text(text_of_it)
    monkeypatch.setattr(versions, "_FOLDER", folder)
    versions.known.cache_clear()
    yield
    versions.known.cache_clear()


@pytest.mark.usefixtures("with_next")
def test_a_later_version_changes_a_table_that_holds_data_and_back(
    registry_url: str,
) -> None:
    with Registry.open(registry_url, any_version=True) as registry:
        with registry.write() as connection:
            owner = owners.add_owner(
                connection, {"name": "A", "kind": "person"}, by="x"
            )
            owners.add_contact(
                connection, {"owner_id": owner.owner_id, "phone": "1"}, by="x"
            )

        registry.upgrade()
        with registry.read() as connection:
            names = connection.execute(text("SELECT nickname FROM owner")).scalars()
            assert names.all() == ["A!"]
        assert registry.version == "9000"

        registry.downgrade(NEWEST)
        with registry.read() as connection:
            columns = {one["name"] for one in inspect(connection).get_columns("owner")}
            assert "nickname" not in columns
            assert owners.get_owner(connection, owner.owner_id) == owner
            contacts = owners.list_contacts(connection).rows
            assert [one.owner_id for one in contacts] == [owner.owner_id]

        # the spatial index and the guards of the log are there after it too
        with registry.write() as connection:
            cameras.add_camera(connection, {"lon": 1.0, "lat": 2.0}, by="x")
        with registry.read() as connection:
            assert len(cameras.nearest_cameras(connection, 1.0, 2.0)) == 1


@pytest.mark.usefixtures("with_next")
def test_a_migration_that_fails_leaves_all_as_it_was(registry_url: str) -> None:
    with Registry.open(registry_url, any_version=True) as registry:
        with registry.write() as connection:
            owners.add_owner(connection, {"name": "refused", "kind": "person"}, by="x")

        with pytest.raises(RegistryError, match="would break the rule"):
            registry.upgrade()

        assert registry.version == NEWEST
        with registry.write() as connection:
            columns = {one["name"] for one in inspect(connection).get_columns("owner")}
            assert "nickname" not in columns
            # the rules between tables hold again
            connection.execute(update(schema.meta).values(value="x"))
        with (
            pytest.raises(RegistryError, match="would break the rule"),
            registry.write() as connection,
        ):
            connection.execute(
                insert(schema.fee_tier).values(
                    plan_id="fee_no", cameras_from=1, days_from=1
                )
            )


def test_each_version_goes_down_and_up_with_the_data_of_the_first(
    registry: Registry,
) -> None:
    with registry.write() as connection:
        owner = owners.add_owner(connection, {"name": "A", "kind": "person"}, by="x")
        camera = cameras.add_camera(connection, {"lon": 1.0, "lat": 2.0}, by="x")
        values = {"name": "lake", "address": "rtsp://10.0.0.1/a"}
        feed_rows.add_feed(connection, values, by="x")
        ring = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]
        mask = {"camera_id": camera.camera_id, "ring": ring}
        picture_masks.add_mask(connection, mask, by="x")

    for version in reversed(KNOWN[:-1]):
        registry.downgrade(version)
    registry.upgrade()

    assert registry.version == NEWEST
    with registry.read() as connection:
        assert owners.get_owner(connection, owner.owner_id) == owner
        assert cameras.get_camera(connection, camera.camera_id) == camera
        # what the first version has no place for is gone, and its table is there
        assert feed_rows.list_feeds(connection).rows == ()
        assert picture_masks.masks_of(connection, camera.camera_id) == ()


def test_there_is_no_going_to_a_version_that_is_not_there(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="no version '0099'; allowed: 0001"):
        registry.upgrade("0099")


def test_two_who_make_the_same_registry_make_one(bare_url: str) -> None:
    made: list[str] = []
    faults: list[BaseException] = []

    def make() -> None:
        try:
            with Registry.open(bare_url, create=True) as registry:
                made.append(registry.registry_id)
        except RegistryError as error:
            faults.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert len(made) == 4
    assert len(set(made)) == 1


def test_the_log_can_only_grow(registry: Registry) -> None:
    line = {
        "seq": 1,
        "at": registry.clock(),
        "actor": "a",
        "role": "officer",
        "kind": "human",
        "action": "look",
        "object_type": "camera",
        "object_ids": ["cam_1"],
        "parameters": {},
        "result": "allowed",
        "prev_hash": "0",
        "hash": "1",
    }
    table = schema.audit_entry
    with registry.write() as connection:
        connection.execute(insert(table).values(line))

    statements = [
        update(table).values(actor="b"),
        table.delete(),
        insert(table).values({**line, "seq": 3, "prev_hash": "1", "hash": "3"}),
    ]
    if registry.dialect == "postgresql":
        statements.append(text("TRUNCATE audit_entry CASCADE"))
    else:
        statements.append(insert(table).prefix_with("OR REPLACE").values(line))
    for statement in statements:
        with pytest.raises(RegistryError), registry.write() as connection:
            connection.execute(statement)

    with registry.read() as connection:
        assert connection.execute(select(table.c.actor)).scalars().all() == ["a"]
