"""Cameras are listed with owner, address and consent, for whom they concern."""

from __future__ import annotations

import pytest
from sqlalchemy import false

from coveragekit.errors import InputError
from coveragekit.registry.camera_lines import LineFilter, camera_lines
from coveragekit.registry.moving import import_cameras
from coveragekit.registry.opening import Registry
from tests.databases import Clock

ROWS = (
    {"source_id": "1", "lon": -84.39, "lat": 33.75, "owner_name": "Corner Shop"},
    {
        "source_id": "2",
        "lon": -84.391,
        "lat": 33.75,
        "owner_name": "Rosa Diaz",
        "owner_kind": "person",
        "site_address": "7 Elm_St",
        "name": "Porch",
    },
    {"source_id": "3", "lon": -84.2, "lat": 33.7, "address": "9 Oak St"},
)


@pytest.fixture
def listed(registry: Registry, clock: Clock):
    """Give a function that lists three cameras by the keys of their rows."""
    with registry.write() as connection:
        done = import_cameras(connection, ROWS, by="anna", source="city.csv")
    keys = {row.camera_id: number for number, row in enumerate(done.rows, start=1)}

    def made(wanted: LineFilter | None = None, **more: object) -> list[tuple[int, ...]]:
        with registry.read() as connection:
            page = camera_lines(connection, wanted, now=clock.at, **more)  # type: ignore[arg-type]
        return [(keys[line.camera_id], line) for line in page.rows]

    return made


def _keys(found) -> set[int]:
    return {key for key, _ in found}


def test_a_line_tells_owner_address_and_consent(listed) -> None:
    lines = dict(listed(persons=True))

    assert lines[1].owner == "Corner Shop"
    assert (lines[2].owner, lines[2].address) == ("Rosa Diaz", "7 Elm_St")
    assert (lines[3].owner, lines[3].address) == (None, "9 Oak St")
    assert {line.consent for line in lines.values()} == {"none"}


def test_persons_are_named_and_looked_for_by_the_desk_alone(listed) -> None:
    lines = dict(listed())

    assert lines[2].owner is None
    assert lines[2].owner_kind == "person"
    assert listed(LineFilter(owner="rosa")) == []
    assert _keys(listed(LineFilter(owner="rosa"), persons=True)) == {2}


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        (LineFilter(owner="CORNER"), {1}),
        (LineFilter(street="elm_"), {2}),
        (LineFilter(street="el%"), set()),
        (LineFilter(words="porch"), {2}),
        (LineFilter(words="oak"), {3}),
        (LineFilter(states=("none",)), {1, 2, 3}),
        (LineFilter(states=("registered", "none"), street="oak"), {3}),
        (LineFilter(states=("registered",)), set()),
        (LineFilter(near=(-84.39, 33.75)), {1, 2}),
        (LineFilter(near=(-84.39, 33.75), owner="corner"), {1}),
    ],
)
def test_cameras_are_found_by_what_a_clerk_knows(listed, wanted, keys) -> None:
    assert _keys(listed(wanted)) == keys


def test_the_nearest_comes_first_with_its_distance(listed) -> None:
    (first, line), (second, _) = listed(LineFilter(near=(-84.3911, 33.75)))

    assert (first, second) == (2, 1)
    # A ten-thousandth of a degree of longitude at that latitude.
    assert line.distance_m == pytest.approx(9.26, abs=0.05)


def test_what_may_not_be_seen_is_in_no_list(listed) -> None:
    assert listed(visible=false()) == []
    assert listed(LineFilter(near=(-84.39, 33.75)), visible=false()) == []


def test_pages_follow_each_other(registry: Registry, clock: Clock, listed) -> None:
    everything = [line.camera_id for _, line in listed()]
    found: list[str] = []
    after = None
    with registry.read() as connection:
        while True:
            page = camera_lines(connection, now=clock.at, after=after, limit=2)
            found += [line.camera_id for line in page.rows]
            after = page.after
            if after is None:
                break

    assert found == everything == sorted(everything)


@pytest.mark.parametrize("more", [{"limit": 0}, {"wanted": LineFilter(states=("x",))}])
def test_what_cannot_be_asked_is_refused(registry: Registry, clock, more) -> None:
    with registry.read() as connection, pytest.raises(InputError):
        camera_lines(connection, now=clock.at, **more)
