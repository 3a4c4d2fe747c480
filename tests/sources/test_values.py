"""Cells: texts, numbers with units, words, opening hours, feed addresses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.sources import read_table
from coveragekit.sources.loaded import mask_secrets
from coveragekit.sources.values import as_choice, as_number, as_text
from coveragekit.sources.weekdays import parse_hours
from tests.sources.made_files import faults, told, write_rows


@pytest.mark.parametrize(
    ("cell", "unit", "value"),
    [
        ("12", "m", 12.0),
        ("12 m", "m", 12.0),
        ("40'", "m", 12.192),
        ("40'6\"", "m", 12.3444),
        ("25 mph", "km/h", 40.23),
        ("50", "km/h", 50.0),
        ("90°", "deg", 90.0),
        ("2.8 mm", "mm", 2.8),
        ("1/3", "mm", np.nan),
        ("30 days", "days", 30.0),
        ("2 weeks", "days", 14.0),
        ("95%", "", 0.95),
        ("9,500", "", 9500.0),
        ("1,234.5", "", 1234.5),
        ("9,5", "", 9.5),
        ("\u22125", "", -5.0),
        ("+33.8", "", 33.8),
        ("1e3", "", 1000.0),
        ("1e999", "", np.nan),
        ("tall", "m", np.nan),
    ],
)
def test_a_number_is_read_with_its_unit(cell: str, unit: str, value: float) -> None:
    values, unreadable = as_number(pd.Series([cell]), unit)

    assert values[0] == pytest.approx(value, abs=0.005, nan_ok=True)
    assert unreadable[0] == np.isnan(value)


def test_plain_numbers_take_the_unit_of_the_source() -> None:
    values, _ = as_number(pd.Series(["10", "3 m", None]), "m", "ft")

    assert values == pytest.approx([3.048, 3.0, np.nan], nan_ok=True)


def test_typed_numbers_are_kept_and_truth_values_are_none() -> None:
    assert as_number(pd.Series([1.5, np.nan, np.inf]))[0][0] == 1.5
    assert as_number(pd.Series([1.5, np.nan, np.inf]))[1].tolist() == [
        False,
        False,
        True,
    ]
    assert as_number(pd.Series([True, False]))[1].all()


@given(st.lists(st.floats(-1e12, 1e12), min_size=1))
def test_any_number_is_read_back_from_its_text(numbers: list[float]) -> None:
    values, unreadable = as_number(pd.Series([repr(one) for one in numbers]))

    assert values.tolist() == numbers
    assert not unreadable.any()


def test_texts_of_every_type_are_plain() -> None:
    cells = pd.Series(
        [123456789.0, 7, "  x ", None, "a\r\n b", float("nan")], dtype=object
    )

    assert as_text(cells).fillna("-").tolist() == [
        "123456789",
        "7",
        "x",
        "-",
        "a, b",
        "-",
    ]


def test_words_are_translated_without_regard_to_case() -> None:
    words, refused = as_choice(
        pd.Series(["FIXED", "Dome", "pan-tilt", "?", None]),
        words={"fixed": "bullet", "pan tilt": "ptz"},
        allowed=("bullet", "dome", "ptz"),
    )

    assert words.fillna("-").tolist() == ["bullet", "dome", "ptz", "-", "-"]
    assert refused.tolist() == [False, False, False, True, False]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("9:30 AM - 6:30 PM", "09:30-18:30"),
        ("12 PM to 12 AM", "12:00-00:00"),
        ("24 Hours", "00:00-24:00"),
        ("Closed", "off"),
        ("08:00-17:00", "08:00-17:00"),
        ("13:00 PM - 2:00 PM", None),
        ("Appointment Only", None),
    ],
)
def test_hours_of_a_day_are_read(text: str, hours: str | None) -> None:
    assert parse_hours(text) == hours


@pytest.mark.parametrize(
    "secret",
    [
        "rtsp://admin:pw1234@10.0.0.9:554/live",
        "rtmpt://host:80/x/pw1234.stream",
        "http://user:pw1234@host/picture.jpg",
        "https://host/live/pw1234/playlist.m3u8",
        "https://host/snap.jpg?token=pw1234",
    ],
)
def test_secrets_are_masked(secret: str) -> None:
    masked = mask_secrets(f"cam 1 {secret} end")

    assert "pw1234" not in masked
    assert masked.startswith("cam 1 ")


def test_plain_addresses_are_not_masked() -> None:
    for text in ("12 Oak St", "https://example.org/about", "a@b", "ratio 16:9"):
        assert mask_secrets(text) == text


def test_a_feed_address_never_reaches_the_table_nor_the_book(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "id,lon,lat,address,RTSP,ip address,password",
        "1,-84.39,33.75,rtsp://admin:pw1234@10.9.8.7/live,rtsp://x/pw1234,10.9.8.7,pw1234",
        "2,-84.38,33.75,5 Oak St,,,",
    )

    loaded = read_table(path, "cameras")

    everything = loaded.table.to_csv() + loaded.rejected.to_csv() + str(loaded)
    assert "pw1234" not in everything
    assert "10.9.8.7" not in everything
    assert faults(loaded) == [(1, "feed address", "cell left empty")]
    assert told(loaded, "never read from a.csv: RTSP, ip address, password")


def test_a_value_out_of_range_leaves_its_cell_empty(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "id,lon,lat,fov,retention,resx,kind",
        "1,-84.39,33.75,400,30 days,1920,Fixed Box",
        "2,-84.38,33.75,90,-1,1920.5,periscope",
    )

    loaded = read_table(path, "cameras")

    assert loaded.table["hfov_deg"].isna().tolist() == [True, False]
    assert loaded.table["retention_days"].isna().tolist() == [False, True]
    assert loaded.table["width_px"].isna().tolist() == [False, True]
    assert faults(loaded) == [
        (1, "hfov_deg out of range", "cell left empty"),
        (2, "kind not known", "cell left empty"),
        (2, "width_px out of range", "cell left empty"),
        (2, "retention_days out of range", "cell left empty"),
    ]


def test_several_directions_are_several_cameras(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "id,lon,lat,direction,hfov",
        "p,-84.39,33.75,90;NW,",
        "q,-84.38,33.75,350-10,",
        "r,-84.37,33.75,-90,60",
        "s,-84.36,33.75,,",
        "t,-84.35,33.75,up,",
    )

    loaded = read_table(path, "cameras")
    table = loaded.table.set_index("camera_id")

    assert table.index.tolist() == ["p/1", "p/2", "q", "r", "s", "t"]
    assert table["bearing_deg"].tolist()[:4] == [90.0, 315.0, 0.0, 270.0]
    assert table["bearing_deg"].isna().tolist()[4:] == [True, True]
    assert table["hfov_deg"].tolist()[2:4] == [20.0, 60.0]
    assert table["sector"].tolist()[:2] == ["1", "2"]
    assert table["source_id"].tolist()[:2] == ["p", "p"]
    assert loaded.provenance["rows_added"] == 1
    assert faults(loaded) == [(5, "bearing_deg cannot be read", "cell left empty")]


def test_a_street_without_a_class_is_left_out(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "id;highway;oneway;speed limit mph;wkt",
        "1;residential;-1;25;LINESTRING (-84.39 33.75, -84.38 33.75)",
        "2;;yes;30 km/h;LINESTRING (-84.39 33.75, -84.38 33.75)",
        "3;primary;FT;walk;LINESTRING (-84.39 33.75, -84.38 33.75)",
    )

    loaded = read_table(path, "streets")

    assert loaded.table["oneway"].tolist() == ["reverse", "yes"]
    assert loaded.table["maxspeed_km_h"].tolist()[0] == pytest.approx(40.23, abs=0.01)
    assert faults(loaded) == [
        (2, "missing highway", "row left out"),
        (3, "maxspeed_km_h cannot be read", "cell left empty"),
    ]


def test_areas_keep_numbers_that_may_be_populations(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "GEOID;NAMELSAD;households;OBJECTID;wkt",
        '13;Tract 1;120;1;"POLYGON ((-84 33, -83 33, -83 34, -84 33))"',
    )

    table = read_table(path, "areas").table

    assert table["area_id"].tolist() == ["13"]
    assert table["name"].tolist() == ["Tract 1"]
    assert "OBJECTID" not in table.columns
