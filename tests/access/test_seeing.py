"""Who left is found by the desk alone, and a person's name is told to it alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from coveragekit.access import (
    CameraFilter,
    Door,
    Purpose,
    User,
    add_row,
    change_row,
    consent_history,
    find_cameras,
    get_row,
    list_rows,
    near_cameras,
)
from coveragekit.errors import InputError
from coveragekit.registry.camera_list import tier
from coveragekit.registry.consent import effective_state_column, move
from coveragekit.registry.consent_rules import Act
from coveragekit.registry.schema import camera, consent, owner, site
from coveragekit.registry.visible import standing_in_sight
from tests.access.scene import ANN, AUD, CASE, DEE, KIM, LAT, LON, OFFICE, SUE, Scene
from tests.databases import Clock

RIA = User("ria", "recruiter", "proxy")
WISH, RECRUIT = Purpose("owner_request"), Purpose("recruitment")
UPKEEP, OVERSIGHT = Purpose("upkeep"), Purpose("oversight")
DESK = [(RIA, WISH), (ANN, OFFICE), (ANN, WISH), (SUE, OFFICE)]
OTHERS = [
    (KIM, CASE),
    (KIM, WISH),  # an officer may say so, and is not the desk for it
    (KIM, OFFICE),
    (DEE, WISH),
    (KIM, RECRUIT),
    (AUD, OVERSIGHT),
    (AUD, OFFICE),
    (RIA, UPKEEP),
    (SUE, CASE),
]


def found_by(door: Door, user: User, purpose: Purpose) -> set[str]:
    """Give the cameras that somebody finds, each way the same."""
    listed = {one.camera_id for one in find_cameras(user, purpose, registry=door).rows}
    rows = list_rows(user, purpose, "camera", registry=door).rows
    near = near_cameras(user, purpose, lon=LON, lat=LAT, n=50, registry=door)
    assert listed == {one.camera_id for one in rows}
    assert listed == {one.camera.camera_id for one in near}
    return listed


def is_there(door: Door, user: User, purpose: Purpose, *, kind: str, key: str) -> bool:
    """Whether somebody gets a row; one that is kept from them is as if it were not."""
    try:
        get_row(user, purpose, kind, key=key, registry=door)
    except InputError as error:
        told = str(error)
    else:
        return True
    with pytest.raises(InputError) as unknown:
        get_row(user, purpose, kind, key="x_0", registry=door)
    assert told == str(unknown.value).replace("x_0", key)
    return False


@pytest.mark.parametrize("how", ["withdrawn", "suspended", "lapsed"])
def test_who_left_is_found_by_the_desk_alone(scene: Scene, how: str) -> None:
    door, camera_id = scene.door, scene.registered()
    stays = scene.registered()
    for user, purpose in DESK + OTHERS:
        assert found_by(door, user, purpose) == {camera_id, stays}

    side = "agency" if how == "lapsed" else "owner"
    scene.move(camera_id, how, side=side, reason="she left")

    for user, purpose in OTHERS:
        assert found_by(door, user, purpose) == {stays}
        assert not is_there(door, user, purpose, kind="camera", key=camera_id)
    for user, purpose in DESK:
        assert found_by(door, user, purpose) == {camera_id, stays}
        assert is_there(door, user, purpose, kind="camera", key=camera_id)


def test_what_has_ended_by_the_clock_is_found_no_more_though_it_ran_back(
    scene: Scene, clock: Clock
) -> None:
    ends = clock() + timedelta(days=1)
    camera_id = scene.integrated(expires_at=ends)
    clock.at = ends
    assert found_by(scene.door, KIM, CASE) == set()

    clock.pass_by(hours=-2)

    assert found_by(scene.door, KIM, CASE) == set()
    told = find_cameras(
        ANN, OFFICE, wanted=CameraFilter(states=("expired",)), registry=scene.door
    )
    assert [one.camera_id for one in told.rows] == [camera_id]


def test_who_was_never_asked_or_has_not_answered_is_found_to_be_asked(
    scene: Scene,
) -> None:
    silent, invited = scene.camera(), scene.camera()
    scene.move(invited, "invited", side="agency")

    assert found_by(scene.door, RIA, RECRUIT) == {silent, invited}
    for user, purpose in OTHERS:
        assert found_by(scene.door, user, purpose) == set()
    scene.move(invited, "withdrawn")
    assert found_by(scene.door, RIA, RECRUIT) == {silent}


def test_the_query_says_of_many_what_the_rule_says_of_one(
    scene: Scene, clock: Clock
) -> None:
    for state in (None, "invited", "registered", "withdrawn", "suspended"):
        for planned in (False, True):
            camera_id = scene.camera(planned=planned)
            if state:
                side = "agency" if state == "invited" else "owner"
                if state in {"withdrawn", "suspended"}:
                    scene.move(camera_id, "registered")
                scene.move(camera_id, state, side=side)
    gone = scene.registered()
    ends = scene.integrated(expires_at=clock() + timedelta(days=1))
    clock.pass_by(days=1)
    with scene.door.registry.write() as connection:
        values = {"name": "City", "kind": "agency"}
        agency = add_row_of("owner", connection, values)
        place = add_row_of("site", connection, {"owner_id": agency, "kind": "public"})
        for number in range(2):
            own = {"site_id": place, "lon": LON, "lat": LAT}
            made = add_row_of("camera", connection, own)
            if number:
                act = Act(side="agency", name="ria", role="recruiter")
                move(connection, made, "invited", act=act)
    scene.move(gone, "withdrawn")

    query = (
        select(
            camera.c.camera_id,
            camera.c.planned,
            owner.c.kind,
            effective_state_column(clock()).label("state"),
            standing_in_sight(clock()).label("seen"),
        )
        .select_from(camera)
        .outerjoin(site, site.c.site_id == camera.c.site_id)
        .outerjoin(owner, owner.c.owner_id == site.c.owner_id)
        .outerjoin(consent, consent.c.camera_id == camera.c.camera_id)
    )
    with scene.door.registry.read() as connection:
        rows = connection.execute(query).all()

    assert len(rows) == 14
    assert {one.camera_id for one in rows} >= {ends, gone}
    for row in rows:
        told = tier(state=row.state, owner_kind=row.kind, planned=bool(row.planned))
        assert bool(row.seen) is (told is not None), row


def add_row_of(kind: str, connection, values) -> str:
    from coveragekit.registry import cameras, owners, sites

    add = {
        "owner": owners.add_owner,
        "site": sites.add_site,
        "camera": cameras.add_camera,
    }[kind]
    made = add(connection, values, by="test")
    return str(getattr(made, f"{kind}_id"))


@pytest.fixture
def rosa(scene: Scene) -> Scene:
    """Give a registry with a private person besides the shop, one camera each."""
    scene.registered()
    return scene


def private(door: Door) -> tuple[str, str, str]:
    """Give owner, place and camera of a private person, registered."""
    told = {"registry": door}
    values = {"name": "Rosa Canary", "kind": "person"}
    mine = add_row(ANN, OFFICE, "owner", values=values, **told).owner_id
    place = {"owner_id": mine, "kind": "home", "address": "9 Elm St"}
    site_id = add_row(ANN, OFFICE, "site", values=place, **told).site_id
    own = {"site_id": site_id, "lon": LON, "lat": LAT}
    camera_id = add_row(ANN, OFFICE, "camera", values=own, **told).camera_id
    from coveragekit.access import consent_text

    act = Act(
        side="owner",
        name=mine,
        role="owner",
        signer="Rosa Canary",
        text=consent_text("registration", "en"),
        reason="Rosa Canary of 9 Elm St called",
    )
    with door.registry.write() as connection:
        move(connection, camera_id, "registered", act=act)
    return mine, site_id, camera_id


@pytest.mark.parametrize(("user", "purpose"), OTHERS)
def test_the_name_of_a_private_person_is_told_to_the_desk_alone(
    rosa: Scene, user: User, purpose: Purpose
) -> None:
    door = rosa.door
    owner_id, _, camera_id = private(door)

    told = {
        one.owner_id: one.name
        for one in list_rows(user, purpose, "owner", registry=door).rows
    }
    assert told == {owner_id: "(a private person)", rosa.owner_id: "Corner Shop"}
    one = get_row(user, purpose, "owner", key=owner_id, registry=door)
    assert one.name == "(a private person)"
    guess = list_rows(user, purpose, "owner", name="Rosa Canary", registry=door)
    assert guess.rows == ()
    known = list_rows(user, purpose, "owner", name="Corner Shop", registry=door)
    assert len(known.rows) == 1
    (event,) = consent_history(user, purpose, camera_id, registry=door)
    assert (event.signed_by, event.reason) == (None, None)


@pytest.mark.parametrize(("user", "purpose"), DESK)
def test_the_desk_is_told_names(rosa: Scene, user: User, purpose: Purpose) -> None:
    owner_id, _, camera_id = private(rosa.door)

    found = list_rows(user, purpose, "owner", name="Rosa Canary", registry=rosa.door)
    assert [one.owner_id for one in found.rows] == [owner_id]
    (event,) = consent_history(user, purpose, camera_id, registry=rosa.door)
    assert event.signed_by == "Rosa Canary"
    assert "9 Elm St" in str(event.reason)


def test_the_place_and_the_owner_of_a_camera_that_left_are_gone_with_it(
    rosa: Scene,
) -> None:
    door = rosa.door
    owner_id, site_id, camera_id = private(door)
    keys = {"owner": owner_id, "site": site_id}
    for kind, key in keys.items():
        assert is_there(door, KIM, CASE, kind=kind, key=key)

    rosa.move(camera_id, "withdrawn")

    for kind, key in keys.items():
        assert not is_there(door, KIM, CASE, kind=kind, key=key)
        assert is_there(door, RIA, WISH, kind=kind, key=key)
        rows = list_rows(KIM, CASE, kind, registry=door).rows
        assert key not in {getattr(one, f"{kind}_id") for one in rows}


def test_who_changes_a_row_is_told_no_more_than_who_reads_it(rosa: Scene) -> None:
    door = rosa.door
    owner_id, _, _ = private(door)
    told = {"revision": 1, "registry": door}

    one = change_row(
        RIA, UPKEEP, "owner", key=owner_id, values={"language": "es"}, **told
    )
    person = change_row(
        RIA,
        UPKEEP,
        "contact",
        key=rosa.contact_id,
        values={"best_time": "evenings"},
        **told,
    )

    assert (one.name, one.language) == ("(a private person)", "es")
    assert (person.name, person.phone, person.best_time) == (None, None, "evenings")
    with door.registry.read() as connection:
        kept = connection.exec_driver_sql("SELECT phone, best_time FROM contact")
        assert kept.one() == ("404-555-0199", "evenings")


def test_whom_the_agency_would_ask_is_no_business_of_an_officer(scene: Scene) -> None:
    from coveragekit.errors import AccessRefused

    values = {"name": "Oak House", "stage": "prospect"}
    one = add_row(ANN, OFFICE, "prospect", values=values, registry=scene.door)

    assert is_there(scene.door, RIA, RECRUIT, kind="prospect", key=one.prospect_id)
    with pytest.raises(AccessRefused):
        list_rows(KIM, CASE, "prospect", registry=scene.door)
