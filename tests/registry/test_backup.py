"""A backup made while others write comes back whole, or is refused."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import tarfile
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from coveragekit.errors import InputError, MissingExtraError, RegistryError
from coveragekit.registry import archives, cameras, dumping, owners, schema
from coveragekit.registry.audit import Entry, append
from coveragekit.registry.audit_check import verify
from coveragekit.registry.backup import back_up, restore
from coveragekit.registry.opening import Registry
from tests.databases import PASSWORD


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, registry: Registry, tmp_path: Path):
    """Give a place of the same kind as the registry's, where there is none."""
    if registry.dialect == "sqlite":
        yield str(tmp_path / "back" / "registry.sqlite")
        return
    server = request.getfixturevalue("postgres")
    address = server.database()
    yield address
    server.drop(address)


def _add_pair(registry: Registry, number: int) -> None:
    """Add an owner, a contact and a line of the log: all of them or none."""
    with registry.write() as connection:
        owner = {"name": f"owner {number}", "kind": "business"}
        owner_id = owners.add_owner(connection, owner, by="x").owner_id
        owners.add_contact(connection, {"owner_id": owner_id, "phone": "1"}, by="x")
        cameras.add_camera(connection, {"lon": number / 100, "lat": 1.0}, by="x")
        line = Entry(
            actor="x",
            role="administrator",
            kind="human",
            action="manage",
            object_type="owner",
            object_ids=(owner_id,),
            result="done",
        )
        append(connection, line)


def _counts(registry: Registry) -> set[int]:
    tables = (schema.owner, schema.contact, schema.camera, schema.audit_entry)
    with registry.read() as connection:
        return {
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables
        }


def _parts(folder: Path) -> dict[str, Path]:
    study = folder / "atlanta"
    (study / ".results" / "1").mkdir(parents=True)
    (study / ".results" / "1" / "summary.json").write_text("{}")
    (study / "results").symlink_to(".results/1")
    (study / "outside").symlink_to("/etc/passwd")
    (study / "study.toml").write_text('name = "Atlanta"')
    (folder / "policy.toml").write_text("policy = 'x'")
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "one.jsonl").write_text("{}\n")
    return {
        "studies/atlanta": study,
        "policy.toml": folder / "policy.toml",
        "checkpoints": folder / "checkpoints",
    }


def test_a_restore_drill(registry: Registry, empty_url: str, tmp_path: Path) -> None:
    for number in range(3):
        _add_pair(registry, number)
    given = tmp_path / "given"
    given.mkdir()

    kept = back_up(registry, tmp_path / "kept" / "b.tar.gz", parts=_parts(given))
    _add_pair(registry, 99)
    brought = restore(kept.path, empty_url, tmp_path / "into")

    assert brought.registry_id == registry.registry_id
    assert brought.made_at == registry.clock()
    assert set(brought.parts) == {"studies/atlanta", "policy.toml", "checkpoints"}
    study = brought.parts["studies/atlanta"]
    assert (study / "results" / "summary.json").read_text() == "{}"
    assert (study / "results").is_symlink()
    assert not (study / "outside").is_symlink()
    assert brought.parts["policy.toml"].read_text() == "policy = 'x'"
    assert (brought.parts["checkpoints"] / "one.jsonl").read_text() == "{}\n"
    assert kept.size_bytes == kept.path.stat().st_size
    with Registry.open(empty_url, clock=registry.clock) as back:
        assert _counts(back) == {3}
        with back.read() as connection:
            assert verify(connection, ()).ok
            assert len(cameras.nearest_cameras(connection, 0.0, 1.0, n=9)) == 2
        # it goes on from there, and its log is guarded as before
        _add_pair(back, 4)
        with pytest.raises(RegistryError), back.write() as connection:
            connection.execute(schema.audit_entry.delete())
    assert _counts(registry) == {4}


def test_a_backup_while_others_write_is_of_one_moment(
    registry: Registry, empty_url: str, reopen, tmp_path: Path
) -> None:
    other, stop = reopen(), threading.Event()
    _add_pair(registry, 0)

    def go_on() -> None:
        number = 1
        while not stop.is_set():
            _add_pair(other, number)
            number += 1

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        kept = back_up(registry, tmp_path / "b.tar.gz")
    finally:
        stop.set()
        writer.join()
    restore(kept.path, empty_url, tmp_path / "into")

    with Registry.open(empty_url) as back, back.read() as connection:
        assert verify(connection, ()).ok
        assert len(_counts(back)) == 1


def test_an_archive_is_private_and_there_whole_or_not_at_all(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.tar.gz"
    back_up(registry, path)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archives, "_flush", fail)
    with pytest.raises(RegistryError, match=r"No space left on device; nothing was"):
        back_up(registry, tmp_path / "c.tar.gz")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not (tmp_path / "c.tar.gz").exists()
    assert [one.name for one in tmp_path.glob(".*")] == []


def test_an_older_archive_is_never_replaced(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "b.tar.gz"
    back_up(registry, path)
    before = path.read_bytes()

    with pytest.raises(InputError, match="so that the older one is kept"):
        back_up(registry, path)

    assert path.read_bytes() == before


def test_nothing_that_is_there_is_overwritten(
    registry: Registry, registry_url: str, empty_url: str, tmp_path: Path
) -> None:
    _add_pair(registry, 1)
    kept = back_up(registry, tmp_path / "b.tar.gz")
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine").write_text("")

    with pytest.raises(RegistryError, match="already"):
        restore(kept.path, registry_url, tmp_path / "into")
    with pytest.raises(InputError, match="is not empty"):
        restore(kept.path, empty_url, full)

    assert _counts(registry) == {1}
    assert not (tmp_path / "into").exists()
    assert sorted(one.name for one in full.iterdir()) == ["mine"]


def _changed(path: Path, change) -> Path:
    """Write an archive anew with other members."""
    other = path.with_name("changed.tar.gz")
    with tarfile.open(path) as source, tarfile.open(other, "w:gz") as target:
        for member in source:
            file = source.extractfile(member)
            content = b"" if file is None else file.read()
            for info, data in change(member, content):
                info.size = len(data)
                target.addfile(info, io.BytesIO(data))
    return other


def _as_it_is(member, content):
    yield member, content


def _byte_changed(member, content):
    is_registry = member.name.startswith("registry/")
    yield member, content[:-1] + b"x" if is_registry else content


def _registry_gone(member, content):
    if not member.name.startswith("registry/"):
        yield member, content


def _with_stranger(member, content):
    yield tarfile.TarInfo("../evil"), b"x"
    yield member, content


def _newer_format(member, content):
    yield member, content.replace(b'"format": 1', b'"format": 2')


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_byte_changed, "is damaged: 'registry/registry"),
        (_registry_gone, "lacks 1 files, such as 'registry/registry"),
        (_with_stranger, r"holds '\.\./evil' beside what it kept"),
        (_newer_format, "format 2, newer than"),
    ],
)
def test_an_archive_that_was_changed_is_refused(
    registry: Registry, empty_url: str, tmp_path: Path, change, words: str
) -> None:
    kept = back_up(registry, tmp_path / "b.tar.gz")
    assert restore(_changed(kept.path, _as_it_is), empty_url, tmp_path / "good")
    path = _changed(kept.path, change)

    with pytest.raises(RegistryError, match=words):
        restore(path, empty_url, tmp_path / "into")

    assert not (tmp_path / "into").exists()
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_an_archive_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    with Registry.open(tmp_path / "r" / "registry.sqlite", create=True) as registry:
        kept = back_up(registry, tmp_path / "b.tar.gz")
    content = kept.path.read_bytes()
    kept.path.write_bytes(content[: int(len(content) * share)])

    with pytest.raises(RegistryError, match=r"cannot be read|is no backup"):
        restore(kept.path, tmp_path / "back" / "r.sqlite", tmp_path / "into")

    assert not (tmp_path / "back" / "r.sqlite").exists()


def test_an_archive_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="No such file"):
        restore(tmp_path / "no.tar.gz", tmp_path / "r.sqlite", tmp_path / "into")


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("a/b/c", "../../d"),
        ("a/c", "/etc/passwd"),
        ("a/c", "../b/x"),
        ("a/c", "d/../../x"),
        ("../a", "b"),
        ("a/f/x", "../f"),
    ],
)
def test_a_link_that_leads_out_is_refused(
    tmp_path: Path, name: str, target: str
) -> None:
    # a file stands where the last link would need a folder
    path = _forged(tmp_path, {"a/f": b"x"}, {name: target})
    (tmp_path / "into").mkdir()

    with pytest.raises(RegistryError, match=r"leads out of it|could not be made"):
        archives.unpack(path, tmp_path / "into")


def test_links_that_lead_out_one_over_the_other_are_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    links = {"p/a/b/c/d": "../../..", "p/e": "a/b/c/d/../../outside"}
    files = {"p/a/b/c/f": b"x"}
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()

    with pytest.raises(RegistryError, match="'p/e' that leads out of it"):
        archives.unpack(_forged(tmp_path, files, links), tmp_path / "one")
    with pytest.raises(RegistryError, match=r"leads out of it|could not be made"):
        archives.unpack(
            _forged(tmp_path, {**files, "p/e/evil": b"y"}, links), tmp_path / "two"
        )

    assert list(outside.iterdir()) == []


def test_a_link_in_the_archive_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "forged.tar.gz"
    text = json.dumps({"format": 1, "files": {"p/e": {}}, "links": {}}).encode()
    with tarfile.open(path, "w:gz") as target:
        link = tarfile.TarInfo("p/e")
        link.type, link.linkname = tarfile.SYMTYPE, "../../outside"
        target.addfile(link)
        info = tarfile.TarInfo(archives.MANIFEST)
        info.size = len(text)
        target.addfile(info, io.BytesIO(text))
    (tmp_path / "into").mkdir()

    with pytest.raises(RegistryError, match="'p/e' beside what it kept"):
        archives.unpack(path, tmp_path / "into")

    assert list((tmp_path / "into").iterdir()) == []


def _forged(folder: Path, files: dict[str, bytes], links: dict[str, str]) -> Path:
    """Write an archive as somebody who means harm would."""
    path = folder / "forged.tar.gz"
    told = {
        name: {"sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
    }
    manifest = {"format": 1, "files": told, "links": links}
    with tarfile.open(path, "w:gz") as target:
        for name, data in (*files.items(), ("manifest.json", _json(manifest))):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            target.addfile(info, io.BytesIO(data))
    return path


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def test_a_draft_that_another_user_made_first_is_not_written_to(
    tmp_path: Path,
) -> None:
    bait = tmp_path / "bait"
    bait.write_text("")
    (tmp_path / ".b.tar.gz.part").symlink_to(bait)
    with Registry.open(tmp_path / "r" / "registry.sqlite", create=True) as registry:
        kept = back_up(registry, tmp_path / "b.tar.gz")

    assert bait.read_text() == ""
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    assert sorted(one.name for one in tmp_path.glob(".*")) == [".b.tar.gz.part"]


@pytest.mark.parametrize("name", ["../x", "", "a//b", "registry", "a\\b", "/x", "."])
def test_a_part_needs_a_name_that_a_file_may_have(tmp_path: Path, name: str) -> None:
    with (
        Registry.open(tmp_path / "r" / "registry.sqlite", create=True) as registry,
        pytest.raises(InputError, match="cannot be called"),
    ):
        back_up(registry, tmp_path / "b.tar.gz", parts={name: tmp_path})


def test_a_part_has_to_be_there(tmp_path: Path) -> None:
    with (
        Registry.open(tmp_path / "r" / "registry.sqlite", create=True) as registry,
        pytest.raises(InputError, match="nothing at"),
    ):
        back_up(registry, tmp_path / "b.tar.gz", parts={"a": tmp_path / "no"})


def test_a_damaged_registry_is_not_kept_as_if_it_were_whole(tmp_path: Path) -> None:
    path = tmp_path / "r" / "registry.sqlite"
    registry = Registry.open(path, create=True)
    registry.close()
    content = bytearray(path.read_bytes())
    content[8192:-4096] = os.urandom(len(content) - 12288)
    path.write_bytes(content)

    with pytest.raises(RegistryError, match=r"damaged|could not be copied"):
        dumping.copy_sqlite(path, tmp_path / "copy.sqlite")


def test_an_index_that_lost_a_row_is_no_whole_registry(tmp_path: Path) -> None:
    path = tmp_path / "r" / "registry.sqlite"
    with Registry.open(path, create=True) as registry, registry.write() as connection:
        owner = {"name": "x", "kind": "person", "owner_id": "own_canary0123"}
        owners.add_owner(connection, owner, by="x")
    content = path.read_bytes()
    # the id stands in the table and in its index; in one of them it is changed
    assert content.count(b"own_canary0123") == 2
    path.write_bytes(content.replace(b"own_canary0123", b"own_canary9999", 1))

    with pytest.raises(RegistryError, match="is damaged, so it was not kept"):
        dumping.copy_sqlite(path, tmp_path / "copy.sqlite")


def test_the_rights_on_the_log_come_back_too(
    registry: Registry, empty_url: str, tmp_path: Path
) -> None:
    if registry.dialect == "sqlite":
        return
    kept = back_up(registry, tmp_path / "b.tar.gz")
    restore(kept.path, empty_url, tmp_path / "into")
    query = "SELECT relacl::text FROM pg_class WHERE relname = 'audit_entry'"

    with Registry.open(empty_url) as back, back.read() as connection:
        rights = connection.exec_driver_sql(query).scalar_one()
    with registry.read() as connection:
        assert connection.exec_driver_sql(query).scalar_one() == rights
    # a: insert, r: read, w: update, d: delete, D: truncate
    assert not set(rights.split("=")[1].split("/")[0]) & set("wdD")


def test_a_copy_goes_back_to_its_own_kind_of_database(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "r" / "registry.sqlite", create=True) as registry:
        kept = back_up(registry, tmp_path / "b.tar.gz")

    with pytest.raises(InputError, match="a registry on sqlite"):
        restore(kept.path, "postgresql://user@127.0.0.1:9/x", tmp_path / "into")


def test_the_password_is_in_no_word_and_no_archive(
    postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgres.database(postgres.template)
    seen: list[list[str]] = []
    run = dumping.subprocess.run

    def spy(words, **more):
        seen.append(words)
        return run(words, **more)

    monkeypatch.setattr(dumping.subprocess, "run", spy)
    with Registry.open(address) as registry:
        kept = back_up(registry, tmp_path / "b.tar.gz")
    postgres.drop(address)
    with pytest.raises(RegistryError, match="pg_restore could not copy") as caught:
        dumping.fill_postgres(tmp_path / "no", make_url(address))

    asked = f"{address}?sslmode=prefer"
    with pytest.raises(RegistryError, match="pg_restore could not copy"):
        dumping.fill_postgres(tmp_path / "no", make_url(asked))

    assert "?sslmode=prefer" in str(seen[-1])
    assert PASSWORD not in f"{seen} {caught.value} {archives.read_manifest(kept.path)}"


def test_without_the_programs_of_postgresql_it_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumping, "_DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MissingExtraError, match="apt-get install postgresql-client"):
        dumping.copy_postgres(make_url("postgresql://host/x"), tmp_path / "copy")
