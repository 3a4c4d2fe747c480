"""Contradictory optics are told camera by camera, and honest data sheets are not."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from coveragekit import model
from coveragekit.errors import InputError, TableError
from coveragekit.model import camera_defaults
from coveragekit.optics import (
    band_density_px_per_m,
    band_of,
    bands,
    camera_faults,
    check_cameras,
    hfov_deg,
)

# Angles, lens and sensor as makers' data sheets and planning guides print them.
HONEST = [
    # 115 degrees for 2.8 mm: no pinhole, an f-theta lens on a 1/2.8" sensor
    {"hfov_deg": 115.0, "focal_length_mm": 2.8, "sensor_width_mm": 5.62},
    {"hfov_deg": 115.0, "focal_length_mm": 2.8, "sensor_width_mm": 5.37},
    # a lens between the two models
    {"hfov_deg": 98.0, "focal_length_mm": 2.8, "sensor_width_mm": 5.37},
    {"hfov_deg": 103.0, "vfov_deg": 55.0, "width_px": 2688, "height_px": 1520},
    # the same sensor by pixel pitch, by the table of inches and by the diagonal
    *(
        {"hfov_deg": 69.676, "focal_length_mm": 4.0, "sensor_width_mm": width}
        for width in (5.568, 5.37, 5.6, 5.12)
    ),
    {"hfov_deg": 26.1, "vfov_deg": 14.9, "width_px": 1920, "height_px": 1080},
    # four sensors side by side
    {"hfov_deg": 180.0, "vfov_deg": 50.0, "width_px": 5120, "height_px": 1440},
    {"hfov_deg": 360.0, "vfov_deg": 180.0, "width_px": 3000, "height_px": 3000},
    # a corridor camera, turned on its side
    {"hfov_deg": 55.0, "vfov_deg": 103.0, "width_px": 1520, "height_px": 2688},
    {"tilt_deg": -10.0, "vfov_deg": 52.0, "range_m": 400.0, "width_px": 1920},
    {},
]


def one(**values: Any) -> pd.DataFrame:
    return pd.DataFrame({name: [value] for name, value in values.items()})


@pytest.mark.parametrize("sheet", HONEST)
def test_an_honest_data_sheet_raises_no_alarm(sheet: dict[str, float]) -> None:
    check_cameras(one(camera_id="a", **sheet))


def test_the_defaults_of_every_kind_are_without_contradiction() -> None:
    kinds = list(camera_defaults()["kinds"])
    table = gpd.GeoDataFrame(
        {"camera_id": kinds, "kind": kinds},
        geometry=gpd.points_from_xy([0.0] * len(kinds), [0.0] * len(kinds)),
        crs="EPSG:4326",
    )
    filled = model.fill_camera_defaults(model.conform("cameras", table))

    assert camera_faults(filled.drop(columns="assumed")) == []


def test_every_contradiction_of_every_camera_is_told_at_once() -> None:
    table = pd.DataFrame(
        {
            "camera_id": ["lens", "height", "far", "sky", "good", "tilt"],
            "hfov_deg": [30.0, 52.0, 90.0, 90.0, 90.0, 90.0],
            "focal_length_mm": [2.8, np.nan, np.nan, np.nan, 2.8, np.nan],
            "sensor_width_mm": [5.6, np.nan, np.nan, np.nan, 5.6, np.nan],
            "vfov_deg": [np.nan, 98.0, np.nan, 50.0, 58.0, np.nan],
            "width_px": [1920] * 6,
            "height_px": [1080] * 6,
            "range_m": [np.nan, np.nan, 961.0, np.nan, 960.0, np.nan],
            "tilt_deg": [15.0, 15.0, 15.0, -25.0, -24.0, 95.0],
        }
    )

    with pytest.raises(TableError) as raised:
        check_cameras(table)

    told = [(fault.row, fault.column, fault.value) for fault in raised.value.faults]
    assert told == [
        ("lens", "hfov_deg", "30"),
        ("height", "vfov_deg", "98"),
        ("far", "range_m", "961"),
        ("sky", "tilt_deg", "-25"),
        ("tilt", "tilt_deg", "95"),
    ]
    text = str(raised.value)
    assert "within 10 % of 90 (pinhole) to 115 degrees (f-theta)" in text
    assert "about 29 to 31 degrees" in text
    assert "at most 960 m" in text
    assert "tilt counts down from the horizontal" in text
    assert "at least -90 deg and at most 90 deg" in text


@pytest.mark.parametrize(
    ("hfov", "wrong"),
    [(81.1, False), (80.9, True), (126.0, False), (126.2, True), (100.0, False)],
)
def test_a_tenth_is_the_slack_beyond_both_lens_models(hfov: float, wrong: bool) -> None:
    assert hfov_deg(5.6, 2.8) == pytest.approx(90.0)
    table = one(hfov_deg=hfov, sensor_width_mm=5.6, focal_length_mm=2.8)

    assert bool(camera_faults(table)) is wrong


def test_numbers_that_we_assumed_contradict_nobody() -> None:
    table = one(hfov_deg=30.0, sensor_width_mm=5.6, focal_length_mm=2.8)

    assert camera_faults(table.assign(assumed=[["hfov_deg"]])) == []
    assert [f.row for f in camera_faults(table.assign(assumed=["kind"]))] == ["0"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("ir_range_m", -1.0),
        ("mount_height_m", -2.0),
        ("hfov_deg", 361.0),
        ("vfov_deg", 0.0),
        ("range_m", 25_000.0),
        ("focal_length_mm", np.inf),
    ],
)
def test_a_number_out_of_its_range_is_named(column: str, value: float) -> None:
    (fault,) = camera_faults(one(camera_id="a", **{column: value}))

    assert (fault.row, fault.column, fault.value) == ("a", column, f"{value:g}")


# Bands that do not exist, and the band that a density reaches.


def test_a_band_or_edition_that_does_not_exist_is_answered_by_those_that_do() -> None:
    with pytest.raises(InputError, match=r"no edition '2020'.*allowed: 2014, 2025"):
        bands("2020")
    with pytest.raises(InputError, match=r"no band 'discern'; allowed: monitor, detec"):
        band_density_px_per_m("discern", "2014")
    with pytest.raises(InputError, match="no edition '1999'"):
        band_of(100.0, "1999")


def test_a_density_reaches_the_finest_band_whose_number_it_has() -> None:
    assert [band_of(d) for d in (12.4, 12.5, 62.5, 124.9, 1e9)] == [
        None,
        "monitor",
        "observe",
        "observe",
        "inspect",
    ]
    assert band_of(250.0, "2025") == "characterise"
    assert band_of(float("nan")) is None
    with pytest.raises(InputError, match="density_px_per_m is -1"):
        band_of(-1.0)
