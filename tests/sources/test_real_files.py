"""The real files: every preset, every row accounted for, every known defect found."""

from __future__ import annotations

import csv
import gzip
import io
from functools import cache
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from coveragekit.model import nibrs_code
from coveragekit.sources import Loaded, propose_columns, read_table
from tests.sources.made_files import told

pytestmark = pytest.mark.real_data


class Known(NamedTuple):
    """What is known of a file from its README, or counted by hand beside the reader."""

    file: str
    table: str
    preset: str | None
    offered: int
    left_out: int = 0
    set_aside: int = 0
    added: int = 0


CRIME, SEATTLE, PLACES = "atlanta_crime", "seattle", "atlanta_places"
BOUNDS, OSM = "atlanta_boundaries", "atlanta_osm_reynoldstown"
KNOWN = (
    Known(f"{CRIME}/apd_cobra_2009_2017.csv.gz", "incidents", "apd-2009", 270688, 1),
    Known(f"{CRIME}/apd_2016_with_hour.csv.gz", "incidents", "apd-2016", 28845),
    Known(f"{CRIME}/COBRA-2019.csv.gz", "incidents", "apd-2019", 16099),
    Known(
        f"{CRIME}/COBRA-2020-OldRMS-09292020.csv.gz", "incidents", "apd-2020", 14831, 71
    ),
    Known(f"{CRIME}/COBRA-2020-NEWRMS-0930-1231.csv.gz", "incidents", "apd-2020", 7249),
    Known(f"{CRIME}/COBRA-2021.csv.gz", "incidents", "apd-2021", 21397),
    Known(f"{CRIME}/COBRA-2022.csv.gz", "incidents", "apd-2021", 17977),
    Known(
        f"{CRIME}/apd_nibrs_2021_2024_subset.csv.gz", "incidents", "apd-nibrs", 16136, 8
    ),
    Known(
        f"{CRIME}/apd_crimes_2009_2022_unified.parquet",
        "incidents",
        "apd-unified",
        348241,
        91,
    ),
    Known("atlanta_cameras_gdot/gdot_cctv_2020.csv", "cameras", "gdot-2020", 3043, 3),
    Known("atlanta_cameras_gdot/gdot_cctv_2024.csv", "cameras", "gdot-2024", 3216, 10),
    Known(
        "atlanta_alpr_osm/alpr_georgia_osm.csv", "cameras", "alpr-osm", 1934, 0, 0, 13
    ),
    Known(f"{SEATTLE}/sdot_cameras_2020.csv", "cameras", "sdot-2020", 543),
    Known(f"{SEATTLE}/spd_calls_with_dispatch_times.csv", "calls", "spd-calls", 222),
    Known(
        f"{SEATTLE}/spd_potential_db_calls_2010-2023.csv",
        "calls",
        "spd-calls-dated",
        1031,
    ),
    Known(
        f"{SEATTLE}/spd_potential_mad_beach_calls_2010-2023.csv",
        "calls",
        "spd-calls-dated",
        2706,
    ),
    Known(
        f"{SEATTLE}/spd_potential_madrona_calls_2010-2023.csv",
        "calls",
        "spd-calls-dated",
        446,
    ),
    Known(
        "montgomery_pa_911/911_2015-12_2016-08.csv.gz",
        "calls",
        "montgomery-911",
        99492,
        19,
    ),
    Known(f"{BOUNDS}/neighborhoods.geojson", "areas", "atlanta-neighborhoods", 248),
    Known(f"{BOUNDS}/npu.geojson", "areas", "atlanta-npu", 25),
    Known(f"{BOUNDS}/apd_zones_2019.geojson", "areas", "apd-zones", 7),
    Known(
        f"{BOUNDS}/apd_neighborhoods_generalised_2026.geojson",
        "areas",
        "apd-neighborhoods",
        242,
    ),
    Known(f"{BOUNDS}/arc_5county_tracts_2020.geojson", "areas", "census-tracts", 1006),
    Known(f"{PLACES}/census_area_landmarks.geojson", "areas", "census-landmarks", 123),
    Known(
        f"{PLACES}/south_downtown_parcels_2012.geojson",
        "areas",
        "south-downtown-parcels",
        557,
    ),
    Known(f"{PLACES}/south-downtown.geojson", "areas", None, 1),
    Known(f"{PLACES}/stops.txt", "places", "gtfs-stops", 8938),
    Known(f"{PLACES}/community_assets.csv", "places", "community-assets", 90),
    Known(f"{PLACES}/vacant.csv", "places", "vacant-buildings", 40),
    Known(f"{PLACES}/art.csv", "places", "public-art", 34, 1),
    Known(f"{OSM}/houses.geojson", "buildings", "overpass-buildings", 1137),
    Known(f"{OSM}/apartments.geojson", "buildings", "overpass-buildings", 43),
    # 9 roofs and carports, 4 not built, 1 on a layer below the ground; 4 shapes of
    # several parts, 13 in all.
    Known(
        f"{OSM}/otherBuildings.geojson",
        "buildings",
        "overpass-buildings",
        266,
        14,
        0,
        9,
    ),
    Known(f"{OSM}/roads.geojson", "streets", "overpass-streets", 755, 2, 0, 1084),
    Known(f"{OSM}/otherBuildings.geojson", "places", "overpass-places", 266, 0, 225),
)
SMALL = tuple(one for one in KNOWN if one.offered < 50_000)
FEEDS = ("rtsp", "rtmpt", "m3u8", "/snapshots/", "streamlock", "http")


@cache
def _load(folder: Path, file: str, table: str) -> Loaded:
    return read_table(folder / file, table)


def _raw(path: Path) -> list[dict[str, str]]:
    """Read a CSV with the standard library alone: the second witness."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("known", KNOWN, ids=lambda one: f"{one.file}-{one.table}")
def test_every_row_offered_is_kept_or_accounted_for(
    real_data: Path, known: Known
) -> None:
    loaded = _load(real_data, known.file, known.table)
    facts = loaded.provenance

    assert facts["preset"] == known.preset
    assert facts["rows_offered"] == known.offered
    assert facts["rows_left_out"] == loaded.rows_left_out() == known.left_out
    assert facts["rows_set_aside"] == known.set_aside
    assert facts["rows_added"] == known.added
    kept = known.offered - known.left_out - known.set_aside + known.added
    assert facts["rows_kept"] == len(loaded.table) == kept
    assert facts["licence"] or known.preset is None
    assert loaded.rejected["row"].between(1, known.offered).all()
    assert set(loaded.rejected["table"]) <= {known.table}


@pytest.mark.parametrize("known", SMALL, ids=lambda one: f"{one.file}-{one.table}")
def test_what_is_proposed_for_a_file_is_its_preset(
    real_data: Path, known: Known
) -> None:
    proposal = propose_columns(real_data / known.file, known.table)

    assert proposal.preset == known.preset
    assert proposal.preview is not None
    assert proposal.questions == ()
    text = proposal.to_text().lower()
    assert "rtsp://" not in text
    assert ".m3u8" not in text


def test_71_rows_of_the_old_system_are_at_zero(real_data: Path) -> None:
    file = f"{CRIME}/COBRA-2020-OldRMS-09292020.csv.gz"
    loaded = _load(real_data, file, "incidents")
    rows = _raw(real_data / file)

    at_zero = {n for n, row in enumerate(rows, 1) if row["lat"] == row["long"] == "0"}

    assert len(at_zero) == 71
    found = loaded.rejected[loaded.rejected["cause"] == "point at (0,0)"]
    assert set(found["row"]) == at_zero


def test_the_new_systems_swapped_file_is_turned_with_a_notice(real_data: Path) -> None:
    file = f"{CRIME}/COBRA-2020-NEWRMS-0930-1231.csv.gz"
    loaded = _load(real_data, file, "incidents")
    first = _raw(real_data / file)[0]

    assert told(loaded, "stand swapped in COBRA-2020-NEWRMS")
    assert loaded.table.geometry[0].x == float(first["lat"]) < 0
    assert loaded.table.geometry[0].y == float(first["long"]) > 0


def test_years_that_cannot_be_leave_their_cell_empty(real_data: Path) -> None:
    new = _load(real_data, f"{CRIME}/COBRA-2020-NEWRMS-0930-1231.csv.gz", "incidents")
    next_year = _load(real_data, f"{CRIME}/COBRA-2021.csv.gz", "incidents")

    def values(loaded: Loaded) -> set[str]:
        book = loaded.rejected
        found = book[book["cause"] == "impossible year"]
        assert set(found["action"]) == {"cell left empty"}
        return {value.split()[0] for value in found["value"]}

    assert values(new) == {
        *("0220-11-01", "1010-10-30", "10/9/1929", "0202-12-02", "9/30/1930"),
    }
    years = {value[-4:] for value in values(next_year)}
    assert years == {"1800", "2120", "1922"}


def test_nine_points_outside_the_city_are_far_or_at_least_outside(
    real_data: Path,
) -> None:
    file = f"{CRIME}/apd_nibrs_2021_2024_subset.csv.gz"
    loaded = _load(real_data, file, "incidents")
    rows = _raw(real_data / file)
    npu = _load(real_data, f"{BOUNDS}/npu.geojson", "areas").table

    box = np.array([-84.6, 33.55, -84.25, 33.95])
    outside = {
        number
        for number, row in enumerate(rows, start=1)
        if not (
            box[0] <= float(row["Longitude"]) <= box[2]
            and box[1] <= float(row["Latitude"]) <= box[3]
        )
    }
    far = set(loaded.rejected.loc[loaded.rejected["action"] == "row left out", "row"])

    assert len(outside) == 9
    assert len(far) == 8
    # The ninth lies near others at the airport's edge: real, only not in the city.
    assert len(outside - far) <= 2
    city = shapely.union_all(npu.geometry.to_numpy())
    for row in far:
        point = shapely.Point(
            float(rows[row - 1]["Longitude"]), float(rows[row - 1]["Latitude"])
        )
        assert not city.contains(point)


def test_nineteen_calls_lie_far_outside_the_county(real_data: Path) -> None:
    loaded = _load(real_data, "montgomery_pa_911/911_2015-12_2016-08.csv.gz", "calls")

    assert set(loaded.rejected["cause"]) == {"far from the rest"}
    assert len(loaded.rejected) == 19
    west, south, east, north = loaded.table.total_bounds
    assert -76.0 < west < east < -74.8
    assert 39.7 < south < north < 40.7


def test_nearly_all_clean_points_fall_in_a_planning_unit(real_data: Path) -> None:
    crimes = _load(
        real_data, f"{CRIME}/apd_crimes_2009_2022_unified.parquet", "incidents"
    )
    units = _load(real_data, f"{BOUNDS}/npu.geojson", "areas").table

    tree = shapely.STRtree(units.geometry.to_numpy())
    hit, _ = tree.query(crimes.table.geometry.to_numpy(), predicate="within")
    share = len(np.unique(hit)) / len(crimes.table)

    assert share == pytest.approx(0.9921, abs=0.0001)


@pytest.mark.parametrize("year", ["2020", "2024"])
def test_camera_lists_give_no_bearing_and_no_feed(real_data: Path, year: str) -> None:
    file = f"atlanta_cameras_gdot/gdot_cctv_{year}.csv"
    loaded = _load(real_data, file, "cameras")

    assert loaded.table["bearing_deg"].isna().all()
    assert set(loaded.table["access"]) == {"public"}
    assert told(loaded, "direction of the road, not of the camera")
    everything = loaded.table.drop(columns="geometry").to_csv().lower()
    everything += loaded.rejected.to_csv().lower()
    for word in FEEDS:
        assert word not in everything


def test_one_camera_has_the_wrong_sign_and_nine_are_at_zero(real_data: Path) -> None:
    loaded = _load(real_data, "atlanta_cameras_gdot/gdot_cctv_2024.csv", "cameras")

    causes = loaded.rejected["cause"].value_counts().to_dict()

    assert causes == {"point at (0,0)": 9, "wrong sign?": 1}
    wrong = loaded.rejected[loaded.rejected["cause"] == "wrong sign?"]
    assert wrong["value"].tolist() == ["84.090368, 33.991288"]


def test_619_cameras_of_2024_lie_in_the_atlanta_box(real_data: Path) -> None:
    table = _load(real_data, "atlanta_cameras_gdot/gdot_cctv_2024.csv", "cameras").table

    assert table["name"].str.startswith("ATL-CAM").sum() > 100
    box = table.cx[-84.3724:-84.3381, 33.7431:33.7630]
    assert len(box) == 12


def test_plate_readers_have_their_directions(real_data: Path) -> None:
    file = "atlanta_alpr_osm/alpr_georgia_osm.csv"
    table = _load(real_data, file, "cameras").table.set_index("camera_id")
    rows = _raw(real_data / file)

    one = [
        row
        for row in rows
        if row["direction"].isdigit() and not row["camera:direction"]
    ]
    for row in one[:200]:
        bearing = table.loc[f"node/{row['osm_node']}", "bearing_deg"]
        assert bearing == float(row["direction"]) % 360.0
    assert set(table["kind"]) == {"alpr"}
    assert table["sector"].notna().sum() == 26
    silent = sum(not row["direction"] and not row["camera:direction"] for row in rows)
    assert table["bearing_deg"].isna().sum() == silent


def test_streams_of_seattle_are_not_read(real_data: Path) -> None:
    loaded = _load(real_data, f"{SEATTLE}/sdot_cameras_2020.csv", "cameras")

    everything = loaded.table.drop(columns="geometry").to_csv().lower()
    for word in FEEDS:
        assert word not in everything
    assert loaded.rejected["cause"].tolist() == ["duplicate id"] * 3


def test_the_median_response_in_seattle_is_27_minutes(real_data: Path) -> None:
    calls = _load(
        real_data, f"{SEATTLE}/spd_calls_with_dispatch_times.csv", "calls"
    ).table

    wait = (calls["arrived_at"] - calls["received_at"]).dt.total_seconds() / 60.0

    assert wait.median() == pytest.approx(27.1, abs=0.06)
    assert calls["arrived_at"].isna().mean() == pytest.approx(0.16, abs=0.005)
    first = calls["received_at"].min().tz_convert("America/Los_Angeles")
    assert str(first)[:19] == "2018-01-05 14:56:53"


def test_the_first_and_last_call_of_montgomery_are_local_times(real_data: Path) -> None:
    calls = _load(
        real_data, "montgomery_pa_911/911_2015-12_2016-08.csv.gz", "calls"
    ).table

    local = calls["received_at"].dt.tz_convert("America/New_York")

    assert str(local.min())[:16] == "2015-12-10 17:40"
    assert str(local.max())[:16] == "2016-08-24 11:17"
    kinds = calls["call_type"].str.split(":").str[0].value_counts()
    # 19 of the 99,492 rows of the README's counts are left out.
    assert kinds.sum() == 99473
    assert kinds["EMS"] == pytest.approx(48877, abs=19)


def test_the_nibrs_file_runs_on_utc_as_the_other_vintages_prove(
    real_data: Path,
) -> None:
    nibrs = _load(
        real_data, f"{CRIME}/apd_nibrs_2021_2024_subset.csv.gz", "incidents"
    ).table
    cobra = pd.concat(
        _load(real_data, f"{CRIME}/COBRA-{year}.csv.gz", "incidents").table
        for year in (2021, 2022)
    )
    columns = ["incident_id", "occurred_from"]

    both = nibrs[columns].merge(cobra[columns], on="incident_id").dropna()
    apart_s = (both["occurred_from_x"] - both["occurred_from_y"]).dt.total_seconds()

    # The two systems disagree in many reports; where they agree, they do to the minute.
    assert len(both) > 3000
    assert (apart_s == 0.0).mean() > 0.3
    assert apart_s.abs().isin([4 * 3600.0, 5 * 3600.0]).mean() < 0.01


def test_hours_of_2016_cover_their_hour(real_data: Path) -> None:
    table = _load(real_data, f"{CRIME}/apd_2016_with_hour.csv.gz", "incidents").table
    row = table.iloc[0]

    assert str(row["occurred_from"]) == "2016-01-01 22:00:00+00:00"
    assert str(row["occurred_to"]) == "2016-01-01 22:59:59+00:00"
    span = (table["occurred_to"] - table["occurred_from"]).dt.total_seconds()
    assert set(span) == {3599.0, 86399.0}
    assert (span == 86399.0).sum() == 11


def test_ends_never_stand_before_begins(real_data: Path) -> None:
    for known in KNOWN:
        if known.table == "incidents" and known.offered < 50_000:
            table = _load(real_data, known.file, "incidents").table
            both = table.dropna(subset=["occurred_from", "occurred_to"])
            assert (both["occurred_from"] <= both["occurred_to"]).all()


@pytest.mark.parametrize(
    "known",
    [one for one in SMALL if one.table == "incidents"],
    ids=lambda one: one.file,
)
def test_every_offence_has_a_nibrs_code(real_data: Path, known: Known) -> None:
    table = _load(real_data, known.file, "incidents").table

    pairs = table[["category", "offense_code"]].drop_duplicates()
    unknown = [
        category
        for category, code in pairs.itertuples(index=False)
        if nibrs_code(category, code if isinstance(code, str) else None) is None
    ]

    assert unknown == []


def test_addresses_of_several_lines_are_one(real_data: Path) -> None:
    table = _load(real_data, f"{CRIME}/COBRA-2022.csv.gz", "incidents").table

    assert table["address"][0] == "1395 CUSTER WAY SE, ATLANTA, GA 30316, UNITED STATES"
    assert not table["address"].str.contains("\n").any()
    assert table["location_kind"].value_counts().index[0] == "address"
    crossing = table[table["location_kind"] == "intersection"]
    assert crossing["address"].str.contains("[/&]").all()


def test_reports_and_offences_are_kept_apart(real_data: Path) -> None:
    table = _load(real_data, f"{CRIME}/COBRA-2021.csv.gz", "incidents").table
    rows = _raw(real_data / f"{CRIME}/COBRA-2021.csv.gz")

    assert table["incident_id"].is_unique
    assert table["report_id"].nunique() == len({row["offense_id"] for row in rows})
    assert table["report_id"].nunique() == 21242


def test_reynoldstowns_buildings_keep_their_outlines(real_data: Path) -> None:
    loaded = _load(real_data, f"{OSM}/otherBuildings.geojson", "buildings")
    plain = gpd.read_file(real_data / f"{OSM}/otherBuildings.geojson")

    causes = loaded.rejected["cause"].value_counts().to_dict()
    assert causes == {
        "no walls": 9,
        "not built": 4,
        "below the ground": 1,
        "outline crosses itself": 1,
    }
    kept = plain[~plain["building"].isin(["roof", "carport", "construction"])]
    kept = kept[kept["layer"] != "-1"]
    ours = shapely.union_all(loaded.table.geometry.to_numpy()).area
    theirs = shapely.union_all(shapely.make_valid(kept.geometry.to_numpy())).area
    assert ours == pytest.approx(theirs, rel=1e-9)
    tall = _load(real_data, f"{OSM}/apartments.geojson", "buildings").table
    assert tall["height_m"].dropna().tolist() == [11.0]
    assert tall["levels"].notna().sum() == 23


def test_reynoldstowns_streets_keep_their_length(real_data: Path) -> None:
    table = _load(real_data, f"{OSM}/roads.geojson", "streets").table
    plain = gpd.read_file(real_data / f"{OSM}/roads.geojson")

    below = plain[plain["tunnel"] == "yes"]
    metric = plain.drop(below.index).to_crs("EPSG:32616").length.sum()
    assert table["length_m"].sum() == pytest.approx(metric, rel=0.001)
    assert table["length_m"].sum() == pytest.approx(
        table.to_crs("EPSG:32616").length.sum(), rel=0.001
    )
    assert table["maxspeed_km_h"].dropna().round(2).isin([40.23, 56.33, 96.56]).all()
    ends = pd.concat([table["u"], table["v"]])
    assert (ends.value_counts() >= 3).sum() > 300


def test_neighbourhood_outlines_are_mended_and_counted(real_data: Path) -> None:
    loaded = _load(real_data, f"{BOUNDS}/neighborhoods.geojson", "areas")

    assert loaded.rejected["cause"].tolist() == ["outline crosses itself"]
    assert loaded.rejected["action"].tolist() == ["repaired"]
    assert loaded.table.geometry.is_valid.all()
    assert not set(loaded.table.columns) & {"CREATED_USER", "LAST_EDITED_USER"}


@pytest.mark.slow
def test_the_largest_files_are_read_within_a_gigabyte(real_data: Path) -> None:
    import tracemalloc

    tracemalloc.start()
    read_table(real_data / f"{CRIME}/apd_cobra_2009_2017.csv.gz", "incidents")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 1e9
