"""Alias tables: parsed, refused, recognised by columns, and made by comparing names."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from coveragekit import model
from coveragekit.errors import InputError, SourceChanged, SourceUnavailable
from coveragekit.sources import preset_names, read_table
from coveragekit.sources.aliases import parse_aliases
from coveragekit.sources.presets import match_words, preset, recognise
from tests.sources.made_files import faults, told, write_rows

OWN = """
name = "ours"
table = "cameras"
never_read = ["link"]
licence = "ours alone"
attribution = "the city"
time_zone = "America/New_York"
time_order = "dmy"

[geometry]
lon = "ost"
lat = "nord"
crs = "EPSG:4326"

[columns]
camera_id = { join = ["pole", "arm"], separator = "." }
name = ["label", "pole"]
kind = { column = "art", map = { F = "bullet", K = "dome" }, otherwise = "unknown" }
access = { constant = "registered" }
mount_height_m = { column = "feet", unit = "ft" }
active_from = "since"
address = { column = "street", prefix = "Str. " }
status = { column = "state", patterns = [["^up|ok", "online"], ["down", "offline"]] }

[[reject]]
column = "art"
values = ["dummy"]
cause = "not a real camera"

[[set_aside]]
column = "kind of row"
values = ["sensor"]
"""
HEADER = "pole,arm,label,art,feet,since,street,state,kind of row,link,ost,nord"


def test_an_alias_table_of_ones_own_says_how_each_column_is_filled(
    tmp_path: Path,
) -> None:
    aliases = tmp_path / "ours.toml"
    aliases.write_text(OWN)
    path = write_rows(
        tmp_path / "a.csv",
        HEADER,
        "P1,a,Main,F,10,3/4/2021,X,UP since May,camera,rtsp://x,-84.39,33.75",
        "P1,b,,K,20,,Y,down,camera,,-84.38,33.75",
        "P2,a,,dummy,,,Z,,camera,,-84.37,33.75",
        "P3,a,,F,,,Z,,sensor,,-84.37,33.75",
        "P4,,,Q,,,Z,asleep,camera,,-84.37,33.75",
    )

    loaded = read_table(path, "cameras", aliases=aliases)
    table = loaded.table

    assert table["camera_id"].tolist() == ["P1.a", "P1.b", "P4"]
    assert table["name"].tolist() == ["Main", "P1", "P4"]
    assert table["kind"].tolist() == ["bullet", "dome", "unknown"]
    assert set(table["access"]) == {"registered"}
    assert table["mount_height_m"].tolist()[:2] == pytest.approx([3.048, 6.096])
    assert str(table["active_from"][0]) == "2021-04-03 04:00:00+00:00"
    assert table["address"].tolist()[0] == "Str. X"
    assert table["status"].fillna("-").tolist() == ["online", "offline", "-"]
    assert faults(loaded) == [(3, "not a real camera", "row left out")]
    facts = loaded.provenance
    assert (facts["rows_set_aside"], facts["rows_left_out"]) == (1, 1)
    assert (facts["preset"], facts["licence"]) == ("ours", "ours alone")
    assert told(loaded, "not meant for cameras in a.csv, and no fault: 1 row")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("table = ", "is not TOML"),
        ('name = "x"', "does not say which table"),
        ('table = "cams"', "there is no table 'cams'"),
        ('table = "cameras"\nfoo = 1', "foo is not known"),
        ('table = "cameras"\n[columns]\nbearing = "x"', "has no column 'bearing'"),
        (
            'table = "cameras"\n[columns]\nname = { kolumn = "x" }',
            "kolumn is not known",
        ),
        ('table = "cameras"\n[columns]\nname = 5', "5 is not allowed"),
        (
            'table = "cameras"\n[columns]\nrange_m = { column = "x", unit = "mile" }',
            "unit 'mile' is not allowed; allowed: ft, cm, km, mi",
        ),
        ('table = "cameras"\n[geometry]\nlong = "x"', "long is not known"),
        ('table = "cameras"\ntime_order = "myd"', "'myd' is not allowed"),
        ('table = "cameras"\n[[reject]]\nvalues = ["x"]', "KeyError"),
        (
            'table = "cameras"\n[columns.name]\ncolumn = "x"\npatterns = [["(", "y"]]',
            "unterminated subpattern",
        ),
        ('table = "cameras"\n[geometry]\nnear = [1, 2]', "not enough values"),
    ],
)
def test_a_faulty_alias_table_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_aliases(text, "ours.toml")


def test_an_alias_table_that_does_not_fit_says_what_is_lacking(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", "id,lon,lat", "1,-84.39,33.75")

    with pytest.raises(
        SourceChanged, match=r"lacks the columns .*cctv_id.*id, lon, lat"
    ):
        read_table(path, "cameras", aliases="gdot-2024")
    with pytest.raises(InputError, match="feeds incidents, not cameras"):
        read_table(path, "cameras", aliases="apd-2021")
    with pytest.raises(InputError, match=r"no preset 'gdot'; allowed: .*apd-2009"):
        read_table(path, "cameras", aliases="gdot")
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        read_table(path, "cameras", aliases=tmp_path / "none.toml")


def test_a_preset_answers_to_its_other_names() -> None:
    assert preset("apd-2022") is preset("apd-2021")


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_whole(name: str) -> None:
    known = preset(name)

    assert known.signature
    assert known.about
    assert known.licence
    assert known.attribution
    assert set(known.needs) <= {*known.signature, *known.needs}
    assert recognise(known.signature, known.table) is known
    layout = model.table(known.table)
    assert known.osm_tags or layout.key in known.columns or known.signature
    timed = [c for c in known.columns if layout.columns[c].type == "time"]
    assert known.time_zone or not timed


@pytest.mark.parametrize("table", model.table_names())
def test_every_spelling_names_a_column_of_its_table_once(table: str) -> None:
    import tomllib

    text = files("coveragekit.sources").joinpath("data/aliases.toml").read_text("utf-8")
    block = tomllib.loads(text)[table]

    assert set(block) <= set(model.table(table).columns)
    for ranks in block.values():
        for rank in ranks:
            names = rank if isinstance(rank, list) else rank["names"]
            assert names == [name.lower() for name in names]


def test_names_are_compared_without_case_and_punctuation() -> None:
    found = match_words(
        ["Camera_ID", "LATITUDE", "Longitude", "Field of View", "Street Address"],
        "cameras",
        source="a.csv",
        has_shapes=False,
    )

    assert (found.place.x, found.place.y) == ("Longitude", "LATITUDE")
    assert found.columns["camera_id"].columns == ("Camera_ID",)
    assert found.columns["hfov_deg"].columns == ("Field of View",)
    assert found.columns["address"].columns == ("Street Address",)


def test_two_columns_that_could_both_be_meant_are_asked_about(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv", "id,FOV,Field of View,lon,lat", "1,90,80,-84.39,33.75"
    )

    with pytest.raises(
        SourceChanged, match="FOV and Field of View could both be meant"
    ):
        read_table(path, "cameras")


def test_the_models_own_names_come_first(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", "id,camera_id,lon,lat", "1,mine,-84.39,33.75")

    assert read_table(path, "cameras").table["camera_id"].tolist() == ["mine"]


def test_a_required_column_that_no_name_tells_is_asked_for(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv", "id;wkt", "1;LINESTRING (-84.39 33.75, -84.38 33.75)"
    )

    with pytest.raises(SourceChanged, match="no column for highway of streets"):
        read_table(path, "streets")


def test_a_vintage_with_a_column_more_is_still_recognised() -> None:
    signature = preset("apd-2021").signature

    assert recognise([*signature, "new"], "incidents") is preset("apd-2021")
    assert recognise(signature[1:], "incidents") is None
    assert recognise(signature, "calls") is None


PORTALS = {
    "chicago": (
        (
            "ID,Case Number,Date,Block,Primary Type,Description,Location Description,"
            "Arrest,Domestic,Beat,District,Ward,Community Area,FBI Code,X Coordinate,"
            "Y Coordinate,Year,Updated On,Latitude,Longitude,Location"
        ),
        {
            "incident_id": "ID",
            "report_id": "Case Number",
            "category": "Primary Type",
            "location_type": "Location Description",
            "occurred_from": "Date",
            "address": "Block",
        },
    ),
    "new york": (
        (
            "CMPLNT_NUM,CMPLNT_FR_DT,CMPLNT_FR_TM,CMPLNT_TO_DT,CMPLNT_TO_TM,RPT_DT,KY_CD,"
            "OFNS_DESC,BORO_NM,PREM_TYP_DESC,X_COORD_CD,Y_COORD_CD,Latitude,Longitude"
        ),
        {
            "report_id": "CMPLNT_NUM",
            "category": "OFNS_DESC",
            "location_type": "PREM_TYP_DESC",
            "occurred_from": "CMPLNT_FR_DT",
            "occurred_to": "CMPLNT_TO_DT",
            "reported_at": "RPT_DT",
        },
    ),
    "los angeles": (
        (
            "DR_NO,Date Rptd,DATE OCC,TIME OCC,AREA NAME,Crm Cd,Crm Cd Desc,Mocodes,"
            "Premis Cd,Premis Desc,Weapon Desc,Status,LOCATION,Cross Street,LAT,LON"
        ),
        {
            "report_id": "DR_NO",
            "category": "Crm Cd Desc",
            "location_type": "Premis Desc",
            "occurred_from": "DATE OCC",
            "reported_at": "Date Rptd",
            "address": "LOCATION",
        },
    ),
    "san francisco": (
        (
            "Incident Datetime,Incident Date,Incident Time,Report Datetime,Row ID,"
            "Incident ID,Incident Number,Incident Category,Incident Description,"
            "Resolution,Intersection,Latitude,Longitude"
        ),
        {
            "incident_id": "Incident ID",
            "report_id": "Incident Number",
            "category": "Incident Category",
            "occurred_from": "Incident Datetime",
            "reported_at": "Report Datetime",
            "clearance": "Resolution",
            "address": "Intersection",
        },
    ),
    "atlanta now": (
        (
            "OBJECTID,report_number,report_Date,offense_start_date,offense_end_date,"
            "nibrs_code,nibrs_code_name,offense_name,location,location_type,Crime_Against,"
            "Zone,Beat,NPU,NhoodName,Longitude,Latitude"
        ),
        {
            "incident_id": "OBJECTID",
            "report_id": "report_number",
            "category": "nibrs_code_name",
            "offense_code": "nibrs_code",
            "location_type": "location_type",
            "occurred_from": "offense_start_date",
            "occurred_to": "offense_end_date",
            "reported_at": "report_Date",
            "address": "location",
        },
    ),
}


@pytest.mark.parametrize("city", sorted(PORTALS))
def test_exports_of_other_cities_are_understood_by_their_names(city: str) -> None:
    header, expected = PORTALS[city]

    found = match_words(
        header.split(","), "incidents", source="a.csv", has_shapes=False
    )

    fed = {column: rule.columns[0] for column, rule in found.columns.items()}
    assert fed == expected
    assert found.place.x in {"Longitude", "LON"}


def test_the_time_of_day_is_taken_along_where_it_stands_apart() -> None:
    header = PORTALS["los angeles"][0].split(",")
    found = match_words(header, "incidents", source="a.csv", has_shapes=False)

    assert found.columns["occurred_from"].clock == "TIME OCC"
    assert found.columns["reported_at"].clock is None


def test_a_column_that_is_not_what_its_name_says_is_not_read(tmp_path: Path) -> None:
    rows = [f"{n},{x},-84.39,33.75" for n, x in enumerate(["North", "Up", "Left"] * 2)]
    path = write_rows(tmp_path / "a.csv", "id,fov,lon,lat", *rows)

    loaded = read_table(path, "cameras")

    assert loaded.table["hfov_deg"].isna().all()
    assert faults(loaded) == []
    assert told(loaded, "fov of a.csv was taken for hfov_deg by its name, but 6 of 6")


def test_a_column_with_one_bad_cell_is_read(tmp_path: Path) -> None:
    rows = [f"{n},{x},-84.39,33.75" for n, x in enumerate(["wide", *["90"] * 5])]
    path = write_rows(tmp_path / "a.csv", "id,fov,lon,lat", *rows)

    loaded = read_table(path, "cameras")

    assert loaded.table["hfov_deg"].tolist()[1:] == [90.0] * 5
    assert faults(loaded) == [(1, "hfov_deg cannot be read", "cell left empty")]


def test_a_name_that_is_also_the_id_of_an_area_is_still_its_name(
    tmp_path: Path,
) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        "NAME;wkt",
        'Old Town;"POLYGON ((-84 33, -83 33, -83 34, -84 33))"',
    )

    table = read_table(path, "areas").table

    assert table[["area_id", "name"]].values.tolist() == [["Old Town", "Old Town"]]
