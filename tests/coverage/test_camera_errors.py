"""How far what is known of each camera may be off."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import Point

from coveragekit import model
from coveragekit.coverage import camera_errors
from coveragekit.coverage.camera_errors import error_defaults
from coveragekit.errors import InputError

COLUMNS = (
    "position_error_m",
    "bearing_error_deg",
    "hfov_error_deg",
    "height_error_m",
    "range_error_m",
)


def table(**columns: object) -> gpd.GeoDataFrame:
    rows = max((len(v) for v in columns.values() if isinstance(v, list)), default=1)
    ids = [f"c{row}" for row in range(rows)]
    frame = gpd.GeoDataFrame(
        {"camera_id": ids, **columns}, geometry=[Point(0, 0)] * rows, crs=4326
    )
    return model.conform("cameras", frame)


def test_errors_go_by_kind_and_are_listed_as_assumed() -> None:
    two = table(kind=["bullet", "alpr"], bearing_deg=[10.0, 20.0], hfov_deg=[90.0, 30])

    known = camera_errors(two)

    assert known["bearing_error_deg"].tolist() == [15.0, 10.0]
    assert known["hfov_error_deg"].tolist() == [5.0, 3.0]
    assert known["position_error_m"].tolist() == [4.0, 3.0]
    for column in ("bearing_error_deg", "hfov_error_deg", "position_error_m"):
        assert all(column in names for names in known["assumed"])


def test_a_value_we_assumed_ourselves_is_further_off() -> None:
    given = table(kind=["bullet"], hfov_deg=[98.0], mount_height_m=[4.0])
    guessed = table(kind=["bullet"])

    stated = camera_errors(model.fill_camera_defaults(given))
    filled = camera_errors(model.fill_camera_defaults(guessed))

    assert stated["hfov_deg"][0] == filled["hfov_deg"][0]
    assert stated["hfov_error_deg"][0] == 5.0
    assert filled["hfov_error_deg"][0] == 18.0
    assert stated["height_error_m"][0] == 0.5
    assert filled["height_error_m"][0] == 1.5


def test_an_unknown_bearing_has_no_error_as_every_bearing_is_equally_likely() -> None:
    known = camera_errors(table(kind=["dome"]))

    assert np.isnan(known["bearing_error_deg"][0])
    assert "bearing_error_deg" not in known["assumed"][0]


def test_only_a_range_that_somebody_gave_has_an_error() -> None:
    known = camera_errors(table(kind=["dome", "dome"], range_m=[50.0, None]))

    assert known["range_error_m"][0] == pytest.approx(10.0)
    assert np.isnan(known["range_error_m"][1])
    assert "range_error_m" not in known["assumed"][1]


def test_errors_that_the_source_gives_stay_and_nothing_given_is_changed() -> None:
    one = table(kind=["dome"], position_error_m=[0.0], bearing_deg=[1.0])
    before = one.copy()

    known = camera_errors(one)

    assert known["position_error_m"][0] == 0.0
    assert "position_error_m" not in known["assumed"][0]
    assert one.equals(before)


def test_a_missing_kind_counts_as_unknown() -> None:
    known = camera_errors(table(bearing_deg=[5.0]))

    assert known["hfov_error_deg"][0] == 8.0


def test_text_lists_of_what_was_assumed_are_read_too() -> None:
    one = table(kind=["dome"], hfov_deg=[98.0]).astype({"assumed": "object"})
    one["assumed"] = ["hfov_deg;tilt_deg"]

    assert camera_errors(one)["hfov_error_deg"][0] == 18.0


def test_every_kind_of_the_model_has_errors_none_smaller_when_assumed() -> None:
    kinds = error_defaults()["kinds"]

    assert set(kinds) == set(model.camera_defaults()["kinds"])
    for block in kinds.values():
        assert 0.0 <= block["wall_share"] <= 1.0
        for column, larger in block["assumed"].items():
            assert larger >= block[column]


def test_a_kind_without_errors_is_refused() -> None:
    one = table(kind=["dome"])
    one["kind"] = "balloon"

    with pytest.raises(InputError, match="'balloon'; there are some for bullet, dome"):
        camera_errors(one)


@pytest.mark.parametrize("column", COLUMNS)
def test_an_error_below_0_is_refused_with_its_row(column: str) -> None:
    one = table(kind=["dome", "dome"], **{column: [1.0, -2.0]})

    with pytest.raises(InputError, match=f"{column} is -2 in row 1; allowed: one"):
        camera_errors(one)
