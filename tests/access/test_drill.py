"""The whole drill: a backup, a bad week, a restore, and nobody is let in who left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from coveragekit import access
from coveragekit.access import Door, Purpose, User, open_door
from coveragekit.errors import AccessRefused, RegistryError
from coveragekit.registry.opening import Registry
from tests.access.scene import ANN, CALL, CASE, KIM, OFFICE, OVERSIGHT, SUE, Scene
from tests.access.test_owners_side import RIA, payload
from tests.databases import Clock

WISH = Purpose("owner_request")
RING = [[[-84.4, 33.7], [-84.3, 33.7], [-84.3, 33.8], [-84.4, 33.7]]]


@pytest.fixture
def empty_url(
    request: pytest.FixtureRequest, registry_url: str, tmp_path: Path
) -> Iterator[str]:
    """Give a place of the same kind as the registry's, where there is none."""
    if "://" not in registry_url:
        yield str(tmp_path / "back" / "registry.sqlite")
        return
    server = request.getfixturevalue("postgres")
    address = server.database()
    yield address
    server.drop(address)


@pytest.fixture
def signed(registry_url: str, clock: Clock) -> Iterator[Door]:
    """Give the door of a registry whose log is signed."""
    with open_door(registry_url, clock=clock) as door:
        yield door


class Week:
    """A registry with all that may be shut, its backup, and what was shut since."""

    def __init__(self, door: Door, archive: Path) -> None:
        self.door, self.archive = door, archive
        self.leaves, self.stays = Scene(door), Scene(door)
        self.left = self.leaves.integrated()
        self.kept = self.stays.integrated()
        self.erased = Scene(door)
        self.gone = self.erased.registered()
        values = {"name": "kim", "role": "officer", "active": True}
        self.user = self.add("app_user", values)
        self.add("app_user", {"name": "ann", "role": "administrator"})
        shared = {"camera_id": self.kept, "to_name": "pat", "scope_live": True}
        self.share = self.add("share", shared)
        self.form = access.submit(payload(), language="en", registry=door)
        access.back_up(ANN, OFFICE, archive, registry=door)

    def add(self, kind: str, values: dict[str, object]) -> object:
        return access.add_row(ANN, OFFICE, kind, values=values, registry=self.door)

    def shut(self) -> None:
        """What happened since the backup."""
        self.leaves.move(self.left, "withdrawn")
        access.erase_owner(ANN, WISH, self.erased.owner_id, registry=self.door)
        self.change("app_user", self.user.user_id, {"active": False})
        self.change("share", self.share.share_id, {"revoked_at": self.now})
        self.add("privacy_zone", {"name": "clinic", "ring": RING})
        assert access.withdraw(self.form, "404 555 0123", registry=self.door)

    @property
    def now(self) -> object:
        return self.door.registry.clock()

    def change(self, kind: str, key: str, values: dict[str, object]) -> None:
        told = {"key": key, "values": values, "revision": 1, "registry": self.door}
        access.change_row(ANN, OFFICE, kind, **told)


@pytest.fixture
def week(signed: Door, tmp_path: Path, clock: Clock) -> Week:
    """Give a week of a registry."""
    made = Week(signed, tmp_path / "monday.tar.gz")
    clock.pass_by(days=5)
    made.shut()
    return made


@pytest.mark.parametrize("is_there", [True, False])
def test_a_restore_lets_nobody_in_whom_somebody_shut_out(
    week: Week, empty_url: str, tmp_path: Path, clock: Clock, is_there: bool
) -> None:
    former = week.door.registry.url.render_as_string(hide_password=False)

    done = access.restore(
        ANN,
        week.archive,
        empty_url,
        into=tmp_path / "parts",
        replaces=True,
        former=former if is_there else None,
        clock=clock,
    )

    with open_door(empty_url, clock=clock) as back:
        sees = {
            camera_id: back.may(SUE, "view_live", camera_id, CALL).allowed
            for camera_id in (week.left, week.gone, week.kept)
        }
        # who decided nothing is let in as before, where that can be known
        assert sees == {week.left: False, week.gone: False, week.kept: is_there}
        decision = back.may(KIM, "view_live", week.kept, CALL)
        assert decision.reason == "kim may no longer use the registry"
        shares = access.list_rows(ANN, OFFICE, "share", registry=back).rows
        assert [one.revoked_at is None for one in shares] == [False]
        waiting = access.list_submissions(ANN, OFFICE, registry=back).rows
        assert len(waiting) == (0 if is_there else 1)
        if is_there:
            assert len(access.zones(ANN, OFFICE, registry=back)) == 1
            owner = access.get_row(
                ANN, OFFICE, "owner", key=week.erased.owner_id, registry=back
            )
            assert (owner.name, owner.erased_at is None) == ("(erased)", False)
            assert done.words == ()
        else:
            assert len(done.words) == 7
            assert done.words[0].startswith("every consent is paused (3)")
        found = access.verify_audit(ANN, OVERSIGHT, registry=back)
        assert found.ok, found.words
        assert any("was restored to line" in one for one in found.words)


def test_a_copy_to_look_at_changes_nothing_in_it(
    week: Week, empty_url: str, tmp_path: Path, clock: Clock
) -> None:
    done = access.restore(
        ANN, week.archive, empty_url, into=tmp_path / "parts", clock=clock
    )

    assert done.words == ()
    with open_door(empty_url, clock=clock, sign=False) as back:
        assert back.may(SUE, "view_live", week.left, CALL).allowed
    found = access.verify_audit(ANN, OVERSIGHT, registry=week.door)
    assert found.ok, found.words


def test_a_backup_of_a_copy_is_signed_for_once_it_is_in_use(
    tmp_path: Path, clock: Clock
) -> None:
    first, second, third = (tmp_path / f"{name}.sqlite" for name in "abc")
    with open_door(first, create=True, clock=clock) as door:
        door.may(KIM, "view_live", None, CALL)
        access.back_up(ANN, OFFICE, tmp_path / "1.tar.gz", registry=door)
    told = {"clock": clock}
    access.restore(ANN, tmp_path / "1.tar.gz", second, into=tmp_path / "1", **told)
    with open_door(second, clock=clock, sign=False) as copy:
        access.back_up(ANN, OFFICE, tmp_path / "2.tar.gz", registry=copy)

    told |= {"replaces": True}
    access.restore(ANN, tmp_path / "2.tar.gz", third, into=tmp_path / "2", **told)

    with open_door(third, clock=clock) as door:
        assert door.signer is not None
        assert door.signer.sign(door.registry) is not None
        assert door.signer.fault is None


def test_a_backup_of_an_older_version_is_brought_up_before_anybody_is_let_in(
    week: Week, empty_url: str, tmp_path: Path, clock: Clock, registry_url: str
) -> None:
    week.door.close()
    archive = tmp_path / "old.tar.gz"
    with Registry.open(registry_url, clock=clock) as older:
        newest = older.version
        older.downgrade("0001")
    with Registry.open(registry_url, clock=clock, any_version=True) as older:
        from coveragekit.registry.backup import back_up

        back_up(older, archive)

    done = access.restore(
        ANN, archive, empty_url, into=tmp_path / "parts", replaces=True, clock=clock
    )

    assert done.version == newest
    with open_door(empty_url, clock=clock) as back:
        assert not back.may(SUE, "view_live", week.kept, CALL).allowed


def test_a_former_registry_that_cannot_be_asked_is_told_before_anything_is_done(
    week: Week, empty_url: str, tmp_path: Path
) -> None:
    with pytest.raises(RegistryError, match=r"no registry|not there|cannot"):
        access.restore(
            ANN,
            week.archive,
            empty_url,
            into=tmp_path / "parts",
            replaces=True,
            former=tmp_path / "nothing.sqlite",
        )

    assert not (tmp_path / "parts").exists()
    with pytest.raises(AccessRefused, match="named administrator"):
        access.restore(RIA, week.archive, empty_url, into=tmp_path / "parts")


def test_what_was_asked_of_who_left_is_asked_no_more_after_a_restore(
    signed: Door, empty_url: str, tmp_path: Path, clock: Clock, registry_url: str
) -> None:
    scene = Scene(signed)
    camera_id = scene.registered()
    ends = clock()
    ask = access.Ask(from_at=ends - timedelta(hours=1), to_at=ends)
    batch = access.request_footage(KIM, CASE, [camera_id], ask=ask, registry=signed)
    archive = tmp_path / "b.tar.gz"
    access.back_up(ANN, OFFICE, archive, registry=signed)
    scene.move(camera_id, "withdrawn")

    access.restore(
        ANN,
        archive,
        empty_url,
        into=tmp_path / "parts",
        replaces=True,
        former=registry_url,
        clock=clock,
    )

    with open_door(empty_url, clock=clock) as back:
        (one,) = access.list_requests(KIM, CASE, registry=back)
        assert (one.request_id, one.state) == (
            batch.requests[0].request_id,
            "closed",
        )
        assert (
            access.find_cameras(
                User("dee", "dispatcher", "proxy"), CASE, registry=back
            ).rows
            == ()
        )
