"""The watchers are watched: counted, reviewed, signed for, and checked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from coveragekit.access import (
    Door,
    Purpose,
    User,
    back_up,
    count_looks,
    create_registry,
    decide_review,
    export_cameras,
    import_rows,
    list_reviews,
    local_user,
    open_door,
    public_keys,
    read_audit,
    restore,
    upgrade_registry,
    verify_audit,
)
from coveragekit.access.signing import Signer
from coveragekit.access.watching import checkpoints_of
from coveragekit.errors import (
    AccessRefused,
    ConflictError,
    InputError,
    RegistryError,
)
from coveragekit.registry.checkpoints import read_checkpoints
from coveragekit.registry.opening import Registry
from coveragekit.registry.schema import audit_entry
from tests.access.scene import (
    ANN,
    AUD,
    CALL,
    DEE,
    EMERGENCY,
    KIM,
    OFFICE,
    OVERSIGHT,
    SUE,
    Scene,
)
from tests.databases import Clock
from tests.registry.tampering import behind


def test_looks_of_people_and_of_rules_are_counted_apart(
    scene: Scene, clock: Clock
) -> None:
    camera_id, other, door = scene.integrated(), scene.integrated(), scene.door
    start = clock()
    for _ in range(3):
        door.may(DEE, "view_live", camera_id, CALL, kind="unattended")
    door.may(DEE, "view_live", camera_id, CALL)
    door.may(DEE, "view_live", other, CALL)
    door.may(KIM, "view_live", camera_id, Purpose("call"))
    clock.pass_by(hours=1)
    later = clock()
    door.may(KIM, "view_live", camera_id, CALL)

    def counted(**asked: object) -> dict[tuple[str, str], int]:
        found = count_looks(AUD, OVERSIGHT, registry=door, **asked)  # type: ignore[arg-type]
        return {
            (one.kind, one.result): one.count
            for one in found
            if one.action == "view_live"
        }

    assert counted() == {
        ("human", "allowed"): 3,
        ("human", "refused"): 1,
        ("unattended", "allowed"): 3,
    }
    assert counted(camera_id=other) == {("human", "allowed"): 1}
    assert counted(since=later) == {("human", "allowed"): 1}
    assert counted(since=start, until=later)["human", "allowed"] == 2
    with pytest.raises(AccessRefused):
        count_looks(KIM, OVERSIGHT, registry=door)


def test_an_emergency_waits_for_a_review_by_somebody_else(
    scene: Scene, clock: Clock
) -> None:
    camera_id, door = scene.integrated(), scene.door
    looked = door.may(SUE, "view_live", camera_id, EMERGENCY)
    clock.pass_by(hours=71)
    door.may(KIM, "view_live", camera_id, EMERGENCY)

    by_sue, by_kim = list_reviews(AUD, OVERSIGHT, registry=door)
    assert (by_sue.audit_seq, by_sue.actor) == (looked.seq, "sue")
    assert by_sue.camera_ids == (camera_id,)
    assert by_sue.lifted == ("case_number",)
    assert not by_sue.is_overdue
    clock.pass_by(hours=1)
    overdue, _ = list_reviews(AUD, OVERSIGHT, registry=door)
    assert overdue.is_overdue

    told = {"revision": by_sue.revision, "registry": door, "note": "a child was lost"}
    with pytest.raises(AccessRefused, match="nobody reviews a look of their own"):
        decide_review(SUE, OVERSIGHT, by_sue.review_id, verdict="justified", **told)
    with pytest.raises(AccessRefused, match="may not review an emergency look"):
        decide_review(KIM, OVERSIGHT, by_kim.review_id, verdict="justified", **told)
    with pytest.raises(InputError, match="one of: justified, not justified"):
        decide_review(SUE, OVERSIGHT, by_kim.review_id, verdict="fine", **told)
    with pytest.raises(InputError, match="there is no review"):
        decide_review(SUE, OVERSIGHT, "rvw_0", verdict="justified", **told)
    with pytest.raises(ConflictError):
        decide_review(
            SUE,
            OVERSIGHT,
            by_kim.review_id,
            verdict="justified",
            note="x",
            revision=9,
            registry=door,
        )

    done = decide_review(
        SUE, OVERSIGHT, by_kim.review_id, verdict="not justified", **told
    )

    assert (done.decided_by, done.verdict) == ("sue", "not justified")
    assert [one.review_id for one in list_reviews(AUD, OVERSIGHT, registry=door)] == [
        by_sue.review_id
    ]
    every = list_reviews(AUD, OVERSIGHT, open_only=False, registry=door)
    assert len(every) == 2
    with pytest.raises(InputError, match="sue has reviewed"):
        decide_review(
            User("sam", "supervisor", "proxy"),
            OVERSIGHT,
            by_kim.review_id,
            verdict="justified",
            note="x",
            revision=done.revision,
            registry=door,
        )


def test_the_log_is_signed_after_so_many_changes_and_at_the_end(
    registry_url: str, tmp_path: Path
) -> None:
    with open_door(registry_url) as door:
        assert door.signer is not None
        door.signer.every = 5
        file = checkpoints_of(door)
        for _ in range(7):
            door.may(KIM, "view_live", "cam_0", CALL)
        assert [one.seq for one in read_checkpoints(file)] == [6]  # 5 and the key
    with open_door(registry_url) as door:
        assert [one.seq for one in read_checkpoints(file)] == [6, 8]
        keys = public_keys(door.registry)
        assert keys == (read_checkpoints(file)[0].key,)
        found = verify_audit(AUD, OVERSIGHT, registry=door)
        assert (found.ok, found.complete, found.proved_to) == (True, True, 8)
        assert verify_audit(AUD, OVERSIGHT, registry=door, keys=keys).ok
        lines = read_audit(AUD, OVERSIGHT, registry=door, action="record_key")
        assert [one.entry.object_ids for one in lines] == [keys]
    with open_door(registry_url):
        pass  # nothing was changed: nothing is signed
    assert len(read_checkpoints(file)) == 3
    assert file.is_relative_to(tmp_path / "checkpoints")


def test_the_log_is_signed_after_a_time(registry_url: str) -> None:
    with open_door(registry_url, sign=False) as door:
        signer = Signer(after_s=0.0)
        door.registry.after_write(signer.after_write)
        door.may(KIM, "view_live", "cam_0", CALL)

        assert len(read_checkpoints(checkpoints_of(door))) == 1


def test_a_log_that_was_tampered_with_is_never_signed(
    registry_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with open_door(registry_url) as door:
        for _ in range(4):
            door.may(KIM, "view_live", "cam_0", CALL)
        assert door.signer is not None
        door.signer.sign(door.registry)
        for _ in range(4):
            door.may(KIM, "view_live", "cam_0", CALL)
        with behind(door.registry) as connection:
            change = audit_entry.update().where(audit_entry.c.seq == 8)
            connection.execute(change.values(actor="sam"))

        with caplog.at_level(logging.ERROR):
            assert door.signer.sign(door.registry) is None

        assert "does not go on from the checkpoint" in str(door.signer.fault)
        assert "audit verify" in caplog.text
        found = verify_audit(AUD, OVERSIGHT, registry=door)
        assert (found.ok, found.first_bad, found.what) == (False, 8, "changed")
        assert len(read_checkpoints(checkpoints_of(door))) == 1


def test_a_key_that_cannot_be_read_stops_nobody_and_is_told(
    registry_url: str, keys: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (keys / "keys").mkdir()
    (keys / "keys" / "audit.pem").write_text("not a key")
    (keys / "keys" / "audit.pem").chmod(0o600)

    with caplog.at_level(logging.ERROR), open_door(registry_url) as door:
        assert not door.may(KIM, "view_live", "cam_0", CALL).allowed

    assert "could not be signed" in caplog.text
    assert "holds no Ed25519 key" in caplog.text


def test_a_registry_is_made_by_a_named_administrator(bare_url: str) -> None:
    for user in (KIM, User("", "administrator"), User("x", "administrator", "token")):
        with pytest.raises(AccessRefused, match="made by a named administrator"):
            create_registry(user, bare_url)

    with create_registry(ANN, bare_url) as door:
        first = read_audit(ANN, OFFICE, registry=door)[0].entry
    assert (first.action, first.actor) == ("create_registry", "ann")

    with pytest.raises(RegistryError, match="there is a registry already"):
        create_registry(ANN, bare_url)
    assert local_user("ann", registry=bare_url).role == "administrator"
    assert upgrade_registry(ANN, OFFICE, bare_url)[1] is not None
    with pytest.raises(AccessRefused, match="may not upgrade"):
        upgrade_registry(KIM, OFFICE, bare_url)


def test_who_sits_here_has_the_role_that_the_registry_lists(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COVERAGEKIT_USER", "pia")

    assert local_user(registry=door) == User("pia", "analyst", "local")
    monkeypatch.setenv("COVERAGEKIT_ROLE", "planner")
    assert local_user(registry=door).role == "planner"
    assert local_user("sam", "officer", registry=door) == User("sam", "officer")


ROWS = [
    {"source_id": "1", "lon": -84.39, "lat": 33.75, "kind": "dome", "access": "public"},
    {"source_id": "2", "lon": 400.0, "lat": 33.75, "kind": "dome"},
]


def test_what_is_imported_and_exported_is_on_record(door: Door) -> None:
    told = {"source": "city.csv", "agency": "City", "registry": door}
    would = import_rows(ANN, OFFICE, ROWS, dry_run=True, **told)
    assert (would.added, would.refused) == (1, 1)
    assert export_cameras(ANN, OFFICE, "internal", registry=door).table.empty

    import_rows(ANN, OFFICE, ROWS, **told)
    inside = export_cameras(
        ANN, OFFICE, "internal", recipient="City council", registry=door
    )
    outside = export_cameras(ANN, OFFICE, "public", registry=door)

    assert inside.table["access"].tolist() == ["public"]
    assert outside.table.empty  # one camera is too few to be told
    *_, first, second = read_audit(ANN, OFFICE, registry=door)
    assert (first.entry.action, second.entry.action) == (
        "export_registry",
        "publish_registry",
    )
    assert first.entry.recipient == "City council"
    assert first.entry.rows == 1
    assert first.entry.object_ids == ()  # a city of ids would fill the log
    assert len(str(first.entry.digest)) == 64
    with pytest.raises(InputError, match="there is no release 'secret'"):
        export_cameras(ANN, OFFICE, "secret", registry=door)
    with pytest.raises(AccessRefused, match="may not take the registry out"):
        export_cameras(AUD, OVERSIGHT, "internal", registry=door)
    with pytest.raises(AccessRefused, match="may not read cameras from a file"):
        import_rows(KIM, OFFICE, ROWS, **told)


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, Path]:
    """Give a registry of SQLite with some lines, and a backup of it with its study."""
    place, archive = tmp_path / "r" / "registry.sqlite", tmp_path / "b.tar.gz"
    study = tmp_path / "town"
    study.mkdir()
    (study / "study.toml").write_text("name = 'town'")
    with create_registry(ANN, place) as door:
        import_rows(ANN, OFFICE, ROWS, source="city.csv", agency="City", registry=door)
        back_up(ANN, OFFICE, archive, parts={"studies/town": study}, registry=door)
        with pytest.raises(AccessRefused, match="may not make a backup"):
            back_up(KIM, OFFICE, tmp_path / "k.tar.gz", registry=door)
    return place, archive


def test_a_drill_brings_everything_back_and_leaves_the_original_alone(
    kept: tuple[Path, Path], tmp_path: Path
) -> None:
    place, archive = kept
    copy = tmp_path / "copy.sqlite"

    found = restore(ANN, archive, copy, into=tmp_path / "back")

    assert (found.parts["studies/town"] / "study.toml").read_text() == "name = 'town'"
    with open_door(copy) as door:
        signed = found.parts["checkpoints"] / checkpoints_of(door).name
        was = verify_audit(ANN, OFFICE, checkpoints=signed, registry=door)
        assert was.ok
        # all that was in the archive; its own line of the restore nobody has signed
        assert was.proved_to == was.entries - 1
        assert export_cameras(ANN, OFFICE, "internal", registry=door).form == "exact"
        last = read_audit(ANN, OFFICE, registry=door, action="restore")
        assert [one.entry.parameters["replaces"] for one in last] == [False]
    with open_door(place) as door:
        door.may(KIM, "view_live", "cam_0", CALL)
    with open_door(place) as door:
        assert verify_audit(ANN, OFFICE, registry=door).ok
        assert door.signer is not None
        assert door.signer.fault is None


def test_a_registry_that_replaces_the_former_one_says_what_was_lost(
    kept: tuple[Path, Path], tmp_path: Path
) -> None:
    place, archive = kept
    with open_door(place) as door:
        for _ in range(5):
            door.may(KIM, "view_live", "cam_0", CALL)
    for one in place.parent.iterdir():
        one.unlink()

    restore(ANN, archive, place, into=tmp_path / "back", replaces=True)

    with open_door(place) as door:
        found = verify_audit(ANN, OFFICE, registry=door)
    assert found.ok
    assert found.complete
    assert any("was restored to line" in words for words in found.words)
    assert any("were lost" in words for words in found.words)


def test_checkpoints_come_back_to_a_machine_that_has_none(
    kept: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, archive = kept
    monkeypatch.setenv("COVERAGEKIT_CHECKPOINTS", str(tmp_path / "new"))
    place = tmp_path / "there.sqlite"

    restore(ANN, archive, place, into=tmp_path / "back", replaces=True)

    with open_door(place) as door:
        assert verify_audit(ANN, OFFICE, registry=door).complete
    assert len(list((tmp_path / "new").glob("*.jsonl"))) == 1


def test_who_is_no_administrator_restores_nothing(tmp_path: Path) -> None:
    with pytest.raises(AccessRefused, match="restored by a named administrator"):
        restore(KIM, tmp_path / "b.tar.gz", tmp_path / "r", into=tmp_path / "x")

    assert not (tmp_path / "x").exists()


def test_a_reopened_registry_goes_on_from_what_was_signed(
    registry_url: str, reopen: Callable[[], Registry], clock: Clock
) -> None:
    with open_door(registry_url, clock=clock) as door:
        door.may(KIM, "view_live", "cam_0", CALL)
    clock.pass_by(days=-3)
    with open_door(registry_url, clock=clock) as door:
        door.may(KIM, "view_live", "cam_0", CALL)
    clock.at += timedelta(days=9)

    with open_door(registry_url, clock=clock) as door:
        assert verify_audit(AUD, OVERSIGHT, registry=door).complete
