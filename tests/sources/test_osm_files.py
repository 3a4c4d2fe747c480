"""Files of OpenStreetMap as such: formats, order, damage, attacks."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coveragekit import sources
from coveragekit.errors import SourceChanged, SourceUnavailable
from coveragekit.model import find_faults
from coveragekit.sources.osm import read_osm
from tests.sources.osm_files import HEAD, Town

TABLES = ("buildings", "streets", "places", "cameras", "water")


def small_town():
    """A town with a row in every table and a fault in most."""
    town = Town()
    town.way(10, town.square(1, 0, 0, 4), name="House", height="12 m")
    town.way(11, town.square(5, 1, 1, 2))
    town.way(12, town.square(9, 6, 0), building="roof")
    town.way(13, town.square(13, 9, 0), natural="water", name="Pond")
    town.way(14, [1, 2, 9, 10], highway="residential", name="Long Street")
    town.way(15, [2, 5], highway="footway")
    town.way(16, [3, 99], highway="footway")
    town.node(30, 2, 2, shop="bakery", name="Leipomo & Söner <1>")
    town.node(31, 5, 5, man_made="surveillance", direction="90;180")
    town.node(32, 6, 5, man_made="surveillance", direction="forward")
    town.relation(
        7,
        [("way", 10, "outer"), ("way", 11, "inner")],
        type="multipolygon",
        building="yes",
        height="12 m",
    )
    town.relation(8, [("way", 98, "outer")], type="multipolygon", building="yes")
    return town


def contents(tables):
    """Give everything that was read but the name and digest of the file."""
    found = {}
    for name, loaded in tables.items():
        plain = pd.DataFrame(loaded.table.drop(columns="geometry"))
        plain["shape"] = loaded.table.geometry.to_wkt().to_numpy()
        rows = sorted(plain.astype(str).to_numpy().tolist())
        refused = loaded.rejected.drop(columns="source").to_numpy().tolist()
        found[name] = (rows, sorted(refused), loaded.notices)
    return found


def test_the_room_offers_the_reader():
    assert sources.read_osm is read_osm


def test_every_table_of_a_town_is_read_checked_and_in_degrees(tmp_path):
    tables = read_osm(small_town().write(tmp_path / "town.osm"))
    assert tuple(tables) == TABLES
    counts = {name: len(loaded.table) for name, loaded in tables.items()}
    assert counts == {
        "buildings": 1,
        "streets": 3,
        "places": 1,
        "cameras": 3,
        "water": 1,
    }
    for name, loaded in tables.items():
        assert loaded.table.crs.to_epsg() == 4326
        assert find_faults(name, loaded.table) == []
        assert loaded.provenance["file"] == "town.osm"
        assert loaded.provenance["licence"].startswith("Open Data Commons")
        assert loaded.provenance["attribution"] == "© OpenStreetMap contributors"
        assert loaded.provenance["simulated"] is False
        assert loaded.provenance["rows_kept"] == len(loaded.table)
        assert len(loaded.provenance["sha256"]) == 64


def test_nothing_is_lost_between_what_is_offered_kept_and_rejected(tmp_path):
    tables = read_osm(small_town().write(tmp_path / "town.osm"))
    loaded = tables["buildings"]
    assert loaded.provenance["rows_offered"] == 3
    assert loaded.rows_left_out() == 2
    [notice] = loaded.notices
    assert notice.startswith("ATTENTION: 2 of 3 buildings (67%) are left out; see")
    assert sorted(loaded.rejected["row"]) == ["relation/8", "way/12"]


def test_pbf_and_packed_xml_give_what_the_xml_gives(tmp_path):
    town = small_town()
    expected = contents(read_osm(town.write(tmp_path / "town.osm")))
    raw = town.xml().encode()
    (tmp_path / "town.osm.gz").write_bytes(gzip.compress(raw))
    (tmp_path / "town.osm.bz2").write_bytes(bz2.compress(raw))
    town.write_pbf(tmp_path / "town.osm.pbf")
    for ending in ("osm.gz", "osm.bz2", "osm.pbf"):
        assert contents(read_osm(str(tmp_path / f"town.{ending}"))) == expected, ending


@pytest.mark.parametrize("order", ["wnr", "rwn", "nrw"])
def test_a_file_in_another_order_gives_the_same(tmp_path, order):
    town = small_town()
    expected = contents(read_osm(town.write(tmp_path / "town.osm")))
    (tmp_path / "mixed.osm").write_text(town.xml(order), encoding="utf-8")
    assert contents(read_osm(tmp_path / "mixed.osm")) == expected


def test_an_object_that_stands_twice_is_read_once(tmp_path):
    town = small_town()
    expected = contents(read_osm(town.write(tmp_path / "town.osm")))
    (tmp_path / "twice.osm").write_text(town.xml("nnwwrr"), encoding="utf-8")
    assert contents(read_osm(tmp_path / "twice.osm")) == expected


def test_the_newest_of_two_versions_is_the_one_read(tmp_path):
    old = '<node id="5" version="1" lat="60" lon="25"><tag k="shop" v="shoes"/></node>'
    new = '<node id="5" version="2" lat="60" lon="25"><tag k="shop" v="books"/></node>'
    for name, body in (("a", old + new), ("b", new + old)):
        path = tmp_path / f"{name}.osm"
        path.write_text(f"{HEAD}{body}</osm>", encoding="utf-8")
        table = read_osm(path)["places"].table
        assert table["category"].tolist() == ["shop=books"]


def test_a_deleted_object_is_left_alone(tmp_path):
    path = tmp_path / "town.osm"
    node = '<node id="5" version="2" visible="false"><tag k="shop" v="shoes"/></node>'
    path.write_text(f"{HEAD}{node}</osm>", encoding="utf-8")
    loaded = read_osm(path)["places"]
    assert (len(loaded.table), len(loaded.rejected)) == (0, 0)


def test_the_same_file_gives_the_same_tables_again(tmp_path):
    path = small_town().write(tmp_path / "town.osm")
    assert contents(read_osm(path)) == contents(read_osm(path))


def test_an_extract_without_anything_of_use_gives_empty_tables(tmp_path):
    path = Town().node(1, 0, 0).write(tmp_path / "sea.osm")
    tables = read_osm(path)
    for name in TABLES:
        assert len(tables[name].table) == 0
        assert find_faults(name, tables[name].table) == []
        assert len(tables[name].rejected) == 0


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceUnavailable, match=r"nowhere\.osm is not a file"):
        read_osm(tmp_path / "nowhere.osm")
    (tmp_path / "folder.osm").mkdir()
    with pytest.raises(SourceUnavailable, match=r"folder\.osm is not a file"):
        read_osm(tmp_path / "folder.osm")


@pytest.mark.parametrize("name", ["town.csv", "town.geojson", "town", "town.osc"])
def test_a_file_of_another_name_is_refused_with_the_endings_allowed(tmp_path, name):
    (tmp_path / name).write_text("x", encoding="utf-8")
    with pytest.raises(SourceChanged, match=r"allowed endings: \.osm, \.osm\.gz"):
        read_osm(tmp_path / name)


@pytest.mark.parametrize("ending", ["osm", "osm.gz", "osm.bz2", "osm.pbf"])
def test_an_empty_file_is_refused(tmp_path, ending):
    path = tmp_path / f"town.{ending}"
    path.write_bytes(b"")
    with pytest.raises(SourceUnavailable, match="is empty"):
        read_osm(path)


def test_a_file_without_objects_is_refused(tmp_path):
    path = tmp_path / "town.osm"
    path.write_text(f"{HEAD}</osm>", encoding="utf-8")
    with pytest.raises(SourceUnavailable, match="holds no node, way or relation"):
        read_osm(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.osm", b"name,lat,lon\nx,1,2\n"),
        ("a.osm", b'{"type": "FeatureCollection", "features": []}'),
        ("a.osm", b"<html><body>403 Forbidden</body></html>"),
        ("a.osm", b"<osm></osm>"),
        ("a.osm.pbf", b"<html><body>403 Forbidden</body></html>"),
        ("a.osm.gz", b"PK\x03\x04"),
        ("a.osm.bz2", b"PK\x03\x04"),
        ("a.osm", HEAD.encode() + b'<node id="x" lat="1" lon="2"/></osm>'),
        ("a.osm", HEAD.encode() + b'<node id="1" lat="nan" lon="2"/></osm>'),
    ],
)
def test_content_that_is_not_openstreetmap_s_is_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceUnavailable, match="cannot be read to its end"):
        read_osm(path)


@pytest.mark.parametrize("ending", ["osm", "osm.gz", "osm.bz2", "osm.pbf"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_file_cut_off_in_the_middle_is_refused(tmp_path, ending, share):
    town = small_town()
    path = tmp_path / f"town.{ending}"
    raw = town.xml().encode()
    if ending == "osm.pbf":
        town.write_pbf(path)
        whole = path.read_bytes()
    else:
        packed = {
            "osm": raw,
            "osm.gz": gzip.compress(raw),
            "osm.bz2": bz2.compress(raw),
        }
        whole = packed[ending]
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(SourceUnavailable, match=r"cannot be read to its end|holds no"):
        read_osm(path)


def test_objects_drawn_but_never_uploaded_are_refused_with_the_remedy(tmp_path):
    town = Town()
    ring = [-one for one in town.square(1, 0, 0)]
    town.nodes = [(-osm_id, *rest) for osm_id, *rest in town.nodes]
    town.way(-10, ring, building="yes")
    with pytest.raises(SourceChanged, match="osmium renumber"):
        read_osm(town.write(tmp_path / "town.osm"))


# Swollen, the text would be ten billion letters long, and the test would not end.
@pytest.mark.timeout(60)
def test_entities_that_swell_or_read_files_are_refused_at_once(tmp_path):
    swelling = "".join(
        f'<!ENTITY {chr(98 + depth)} "{f"&{chr(97 + depth)};" * 10}">'
        for depth in range(9)
    )
    attacks = {
        "swell": f'<!DOCTYPE x [<!ENTITY a "lol">{swelling}]>',
        "file": '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/hostname">]>',
    }
    node = '<node id="1" lat="1" lon="1"><tag k="shop" v="&j;"/></node>'
    for name, head in attacks.items():
        path = tmp_path / f"{name}.osm"
        path.write_text(f'{head}<osm version="0.6">{node}</osm>', encoding="utf-8")
        with pytest.raises(SourceUnavailable, match="cannot be read to its end"):
            read_osm(path)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=40,
    deadline=None,
)
@given(
    st.binary(max_size=200), st.sampled_from(["osm", "osm.gz", "osm.bz2", "osm.pbf"])
)
def test_no_bytes_end_in_any_other_error(tmp_path, content, ending):
    path = tmp_path / f"any.{ending}"
    path.write_bytes(content)
    with pytest.raises((SourceUnavailable, SourceChanged)):
        read_osm(path)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=40,
    deadline=None,
)
@given(st.data())
def test_a_pbf_with_a_byte_changed_is_read_or_refused(tmp_path, data):
    path = Path(tmp_path / "town.osm.pbf")
    path.unlink(missing_ok=True)
    whole = bytearray(small_town().write_pbf(path).read_bytes())
    position = data.draw(st.integers(0, len(whole) - 1))
    whole[position] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(whole))
    try:
        tables = read_osm(path)
    except (SourceUnavailable, SourceChanged):
        return
    assert tuple(tables) == TABLES
