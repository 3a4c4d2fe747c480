"""What scenes note row by row adds up to what they sum, and keeps when stored."""

from __future__ import annotations

import io

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from shapely import Point, box

from coveragekit.coverage import (
    Looking,
    Noted,
    SceneResult,
    Supports,
    Targets,
    camera_errors,
    combine,
    scene_inputs,
    scene_result,
)
from coveragekit.coverage.scene_rows import DrawnRows
from coveragekit.errors import InputError
from coveragekit.visibility import Obstacles

CRS = "EPSG:32616"
PLAIN = Looking(density_px_per_m=None, north="grid")
GROUPS = {"counted": [True, True, True], "left": [True, False, False]}


def inputs_of(noted: Noted | None, *, groups=GROUPS):
    """Three cameras, one of which turns and looks here half its time."""
    cameras = gpd.GeoDataFrame(
        {
            "camera_id": ["a", "b", "c"],
            "bearing_deg": [90.0, 270.0, 0.0],
            "hfov_deg": [90.0, 90.0, 90.0],
            "range_m": [30.0, 30.0, 40.0],
            "probability": [1.0, 1.0, 0.5],
            "bearing_error_deg": 15.0,
            "position_error_m": 3.0,
        },
        geometry=[Point(0, 0), Point(60, 0), Point(30, -20)],
        crs=CRS,
    )
    walls = Obstacles.from_buildings(
        gpd.GeoDataFrame(geometry=[box(25, 5, 35, 8)], crs=CRS)
    )
    line = gpd.GeoSeries([Point(x, 0) for x in range(1, 60)], crs=CRS)
    spots = np.array([[10.0, 0], [20, 5], [30, 12], [40, 0], [50, 3], [30, 2]])
    supports = Supports(
        spots,
        np.array([1.0, 0.5, 0.5, 0.25, 0.75, 0.0]),
        np.array([0, 1, 3, 5, 6]),
        np.array([0, 1, 1, 2, 3, 0]),
        np.array(["point"] * 4, dtype=object),
        pyproj.CRS(CRS),
    )
    targets = {
        "line": Targets.of_points(line, np.arange(1.0, 60.0), "m"),
        "events": Targets.of_events(supports, [1.0, 1.0, 1.0, 1.0, 1.0, 0.0]),
    }
    return scene_inputs(
        camera_errors(cameras),
        targets,
        walls,
        looking=PLAIN,
        groups={name: np.array(flags) for name, flags in groups.items()},
        noted=noted,
    )


NOTED = Noted(("counted", "left"), {"line": np.arange(59), "events": np.arange(5)})


def unpacked(result: SceneResult, name: str, count: int):
    return np.unpackbits(result.rows[name], axis=-1, count=count)


def test_rows_add_up_to_the_sums_of_their_scene() -> None:
    inputs = inputs_of(NOTED)
    varied = set()

    for number in range(25):
        made = scene_result(number, inputs, seed=3)
        events = unpacked(made, "events", 5)
        line = unpacked(made, "line", 59)
        for group in (0, 1):
            seen = made.seen[0, group]
            assert events[0, group].sum() == seen[1]
            if group == 1:  # surely or not: no camera that turns is in it
                assert line[0, group] @ np.arange(1.0, 60.0) == pytest.approx(seen[0])
            varied.add(seen[0])
    assert len(varied) > 20


def test_a_row_is_seen_as_often_as_its_place_is() -> None:
    inputs = inputs_of(NOTED)
    results = [scene_result(number, inputs, seed=8) for number in range(400)]

    by_row = np.mean([unpacked(one, "line", 59)[0, 0] for one in results], axis=0)

    expected = combine(results, inputs).place_probability("line")
    assert by_row == pytest.approx(expected, abs=0.12)
    assert by_row.mean() == pytest.approx(expected.mean(), abs=0.02)


def test_noting_changes_no_number() -> None:
    plain, noting = inputs_of(None), inputs_of(NOTED)

    one, other = (scene_result(4, inputs, seed=2) for inputs in (plain, noting))

    assert np.array_equal(one.seen, other.seen)
    assert np.array_equal(one.places, other.places)
    assert one.rows == {}


def test_some_rows_are_those_of_all() -> None:
    few = Noted(("counted",), {"events": np.array([4, 1])})

    made = scene_result(1, inputs_of(few), seed=2)

    every = unpacked(scene_result(1, inputs_of(NOTED), seed=2), "events", 5)
    assert unpacked(made, "events", 2)[0, 0].tolist() == every[0, 0, [4, 1]].tolist()


def test_rows_are_kept_in_a_file() -> None:
    made = scene_result(0, inputs_of(NOTED), seed=2)
    file = io.BytesIO()
    np.savez_compressed(file, **made.to_arrays())
    file.seek(0)

    with np.load(file, allow_pickle=False) as arrays:
        again = SceneResult.from_arrays(dict(arrays))

    assert set(again.rows) == {"line", "events"}
    for name in made.rows:
        assert np.array_equal(again.rows[name], made.rows[name])


def test_scenes_without_the_rows_are_drawn_again() -> None:
    plain = scene_result(0, inputs_of(None), seed=2)

    with pytest.raises(InputError, match="drawn from other inputs; draw it again"):
        combine([plain], inputs_of(NOTED))


def test_an_event_that_is_nowhere_is_never_seen() -> None:
    drawn = DrawnRows.of_events(
        np.array([0, 3, 9]), np.array([3]), np.array([1]), luck=np.array([0.4])
    )

    seen = drawn.seen(np.array([-1, 0]), np.array([0.5]))

    assert np.unpackbits(seen, count=3).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("noted", "words"),
    [
        (Noted(("counted",), {"calls": np.arange(2)}), "no 'calls' to note; allowed: "),
        (Noted(("police",), {}), "no 'police' to note; allowed: counted, left"),
        (Noted((), {"line": np.array([59])}), "'line': one is 59; allowed: 0 to 58"),
        (Noted((), {"events": np.array([-1])}), "'events': one is -1; allowed: 0 to 5"),
    ],
)
def test_rows_that_are_not_there_are_refused(noted: Noted, words: str) -> None:
    with pytest.raises(InputError, match=words):
        inputs_of(noted)
