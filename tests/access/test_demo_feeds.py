"""The demo's cameras: real servers on loopback, and a registry of their own."""

from __future__ import annotations

import socket
import time
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from coveragekit.access import Purpose, User, consent_history, demo_feeds, demo_plan
from coveragekit.access.demo_feeds import DemoFeeds, demo_folder
from coveragekit.access.demo_plan import DemoCamera, Part, plan_cameras
from coveragekit.access.looking import Looks
from coveragekit.errors import AccessRefused, InputError
from coveragekit.feeds.messages import Fragment, Message, Picture, State
from coveragekit.sources import CitySize
from coveragekit.study import Study, create_city
from coveragekit.view import Store

SUE = User("sue", "supervisor", "local")
PAT = User("pat", "planner", "local")
CALL = Purpose("call", case_number="26-0417")
Form = Literal["best", "jpeg"]
PARTS: tuple[Part, ...] = (
    *("plain", "agency", "mjpeg", "snapshot", "login", "wrong_login"),
    *("masked", "zone", "offline", "registered"),
)


def _camera(number: int, part: Part) -> DemoCamera:
    # far enough apart that one zone is in view of one camera
    lon = -84.39 + 0.01 * number
    place = {"lon": lon, "lat": 33.75, "bearing_deg": 90.0}
    return DemoCamera(f"cam_{number}", f"Corner {number}", "bullet", part, **place)


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of a study that has one camera for each part."""
    planned = tuple(_camera(number, part) for number, part in enumerate(PARTS))
    monkeypatch.setattr(demo_feeds, "plan_cameras", lambda _: planned)
    folder = tmp_path / "town"
    folder.mkdir()
    return folder


def _seen(
    looks: Looks, camera_id: str, *, form: Form = "best", within_s: float = 20.0
) -> list[Message]:
    """Look until there are pictures, or it is said why there are none."""
    came: list[Message] = []
    ends_s = time.monotonic() + within_s
    with looks.look(SUE, CALL, camera_id, form=form) as look:
        while time.monotonic() < ends_s:
            came += look.take(0.2)
            ended = [one for one in came if isinstance(one, State)]
            if any(isinstance(one, (Fragment, Picture)) for one in came) or (
                ended and ended[-1].state in {"offline", "refused"}
            ):
                return came
    pytest.fail(f"{camera_id} showed nothing and gave no reason: {came}")


def test_each_camera_shows_what_it_is_there_to_show(study: Path) -> None:
    with (
        DemoFeeds(study) as feeds,
        Looks(feeds.door, feeds.settings) as looks,
    ):
        (registered,) = feeds.ids("registered")
        with pytest.raises(AccessRefused, match="did not agree to live access"):
            looks.look(SUE, CALL, registered)
        for part in ("plain", "agency", "mjpeg", "snapshot", "login"):
            form: Form = "jpeg" if part in {"mjpeg", "snapshot"} else "best"
            came = _seen(looks, feeds.ids(part)[0], form=form)
            assert any(isinstance(one, (Fragment, Picture)) for one in came), part
        for part in ("masked", "zone"):
            pictures = [
                one
                for one in _seen(looks, feeds.ids(part)[0])
                if isinstance(one, Picture)
            ]
            assert pictures, part
            assert all(one.is_masked for one in pictures)
        faults = {"offline": "FeedUnreachable", "wrong_login": "FeedLoginError"}
        for part, fault in faults.items():
            states = [
                one for one in _seen(looks, feeds.ids(part)[0]) if type(one) is State
            ]
            assert states[-1].fault == fault
        with pytest.raises(AccessRefused, match="the role planner may not"):
            looks.look(PAT, CALL, feeds.ids("plain")[0])


def test_two_ports_of_this_machine_may_be_opened_and_nothing_else(study: Path) -> None:
    with DemoFeeds(study) as feeds:
        gate = feeds.settings.gate
        told = feeds.environment
        assert {host for host, _ in gate.exempt} == {"127.0.0.1"}
        assert len(gate.exempt) == 2
        assert gate.networks == ()
        assert not gate.public
        assert gate.file_root is None
        kept = {Path(value).parent for value in told.values() if value != "1"}
        assert kept <= {feeds.folder, feeds.folder / "keys"}
        assert feeds.folder == demo_folder(study) == study.parent / "town-cameras"
        # beside the study, and readable by nobody else
        assert list(study.iterdir()) == []
        assert feeds.folder.stat().st_mode & 0o077 == 0
    for _, port in gate.exempt:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_what_was_made_before_is_used_again(study: Path) -> None:
    with DemoFeeds(study) as feeds:
        first, port = feeds.door.registry.registry_id, feeds.settings.gate.exempt
        consent = _withdraw(feeds, "plain")
    with DemoFeeds(study) as feeds:
        assert feeds.door.registry.registry_id == first
        assert feeds.settings.gate.exempt == port
        assert _states(feeds, consent)[-1] == "withdrawn"


def _withdraw(feeds: DemoFeeds, part: str) -> str:
    from coveragekit.access import change_consent

    boss, office = User("kim", "administrator"), Purpose("administration")
    (camera_id,) = feeds.ids(part)
    change_consent(
        boss, office, camera_id, to="withdrawn", side="owner", registry=feeds.door
    )
    return camera_id


def _states(feeds: DemoFeeds, camera_id: str) -> list[str]:
    boss, office = User("kim", "administrator"), Purpose("administration")
    found = consent_history(boss, office, camera_id, registry=feeds.door)
    return [one.receipt.to for one in found]


def test_what_is_too_old_or_of_other_cameras_is_made_anew(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DemoFeeds(study) as feeds:
        first = feeds.door.registry.registry_id
    monkeypatch.setattr(demo_feeds, "_GOOD_FOR", timedelta(0))
    with DemoFeeds(study) as feeds:
        second = feeds.door.registry.registry_id
    monkeypatch.setattr(demo_feeds, "_GOOD_FOR", timedelta(days=180))
    fewer = tuple(_camera(number, part) for number, part in enumerate(PARTS[1:]))
    monkeypatch.setattr(demo_feeds, "plan_cameras", lambda _: fewer)
    with DemoFeeds(study) as feeds:
        assert len(feeds.ids()) == len(PARTS) - 1
        assert len({first, second, feeds.door.registry.registry_id}) == 3
        assert feeds.settings.evidence is not None
        feeds.settings.evidence.mkdir()
        (feeds.settings.evidence / "still.jpg").write_bytes(b"kept")
    assert sorted(one.name for one in study.parent.iterdir()) == [
        "town",
        "town-cameras",
    ]
    # pictures that somebody kept go aside with the log that proves them
    monkeypatch.setattr(demo_feeds, "_GOOD_FOR", timedelta(0))
    with DemoFeeds(study):
        (aside,) = study.parent.glob("town-cameras-until-*")
        assert (aside / "evidence" / "still.jpg").read_bytes() == b"kept"
        assert (aside / "registry.sqlite").is_file()


def test_two_demos_of_one_study_do_not_meet(study: Path) -> None:
    with DemoFeeds(study) as one:
        with DemoFeeds(study) as other:
            assert other.folder != one.folder
            assert not other.settings.gate.exempt & one.settings.gate.exempt
            with Looks(other.door, other.settings) as looks:
                assert _seen(looks, other.ids("snapshot")[0], form="jpeg")
        assert not other.folder.exists()
        assert (one.folder / "registry.sqlite").is_file()


def test_a_folder_of_somebody_else_is_left_alone(study: Path, tmp_path: Path) -> None:
    other = tmp_path / "mine"
    other.mkdir()
    (other / "letter.txt").write_text("kept")
    with pytest.raises(InputError, match="holds no simulated cameras"):
        DemoFeeds(study, other)
    assert [one.name for one in other.iterdir()] == ["letter.txt"]
    left = [one.name for one in tmp_path.iterdir()]
    assert sorted(left) == ["mine", "town"]


def test_nothing_of_the_users_own_is_touched(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    for name in ("COVERAGEKIT_REGISTRY", "COVERAGEKIT_AUDIT_KEY"):
        monkeypatch.setenv(name, str(home / name))
    monkeypatch.setenv("COVERAGEKIT_CHECKPOINTS", str(home / "checkpoints"))
    monkeypatch.setenv("COVERAGEKIT_FEEDS", str(home / "feeds.toml"))
    monkeypatch.setenv("COVERAGEKIT_POLICY", str(home / "policy.toml"))
    monkeypatch.setenv("HOME", str(home))

    with DemoFeeds(study) as feeds:
        assert feeds.door.policy.name.startswith("coveragekit default")

    assert not home.exists()


def test_its_registry_is_checked_by_its_own_log(study: Path) -> None:
    from coveragekit.access import read_audit

    with DemoFeeds(study) as feeds:
        path = feeds.environment["COVERAGEKIT_REGISTRY"]
        auditor, why = User("ida", "auditor"), Purpose("oversight")
        lines = read_audit(auditor, why, registry=feeds.door)
        said = {one.entry.action for one in lines}
        assert {"change_consent", "manage_feeds", "edit_zones"} <= said
    assert Path(path).stat().st_mode & 0o077 == 0


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Give a small city, built; none of its cameras is integrated."""
    size = CitySize(buildings=60, cameras=40, incidents=60)
    made = create_city(tmp_path_factory.mktemp("city") / "city", size, seed=3)
    made.build()
    return made


@pytest.mark.slow
def test_the_plan_fits_tiers_and_states_and_stays_the_same(city: Study) -> None:
    planned = plan_cameras(city.path)

    assert plan_cameras(city.path) == planned
    assert len({one.camera_id for one in planned}) == len(planned) == 16
    assert {one.part for one in planned} == set(PARTS)
    cameras, meta = Store.open(city.path).cameras, Store.open(city.path).meta
    rows = {one.part: cameras.camera_id.find(one.camera_id) for one in planned}
    assert meta["tiers"][cameras.access[rows["agency"]]] == "public"
    assert meta["tiers"][cameras.access[rows["registered"]]] == "registered"
    assert meta["statuses"][cameras.status[rows["offline"]]] == "offline"
    assert meta["statuses"][cameras.status[rows["plain"]]] == "online"
    assert all(cameras.used[row] for row in rows.values())
    for part in ("zone", "masked"):
        (one,) = [one for one in planned if one.part == part]
        assert one.bearing_deg is not None
        assert one.kind in {"bullet", "dome", "turret"}


@pytest.mark.slow
def test_a_study_with_few_cameras_is_refused(
    city: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_plan, "_LEAST", 99)
    words = r"the study has \d\d cameras in use; simulated pictures need 99 or more"
    with pytest.raises(InputError, match=words):
        plan_cameras(city.path)
