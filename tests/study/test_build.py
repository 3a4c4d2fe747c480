"""A town whose every number was worked out by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coveragekit.errors import CRSError, InputError, StudyError
from coveragekit.study import Results, Study
from tests.study import towns

# A triangle of 30 m depth and 90 degrees, less what lies behind the east house's front,
# which stands 12 m north of the camera: every place farther north than that.
HIDDEN_M2 = 0.5 * (30 - 12) ** 2
SEEN_M2 = 30.0**2 - HIDDEN_M2
# The houses' hull, 80 m by 18 m, with 50 m around it, less the houses.
PUBLIC_M2 = 80 * 18 + 2 * (80 + 18) * 50 + math.pi * 50**2 - 2 * 30 * 18


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The town, built once."""
    study = towns.make_town(tmp_path_factory.mktemp("studies") / "town")
    study.build()
    return study


@pytest.fixture(scope="module")
def results(town: Study) -> Results:
    """What the build gave."""
    return town.results()


def test_the_camera_reaches_as_far_as_its_pixels(results: Results) -> None:
    cameras = results.cameras()

    assert cameras["effective_range_m"].tolist() == pytest.approx([30.0])
    assert cameras["used"].tolist() == [True]
    assert "vfov_deg" in cameras["assumed"][0]


def test_the_isovist_stops_at_the_house(results: Results) -> None:
    view = results.isovists().iloc[0]

    assert view["area_m2"] == pytest.approx(SEEN_M2, rel=2e-3)
    assert view["mount"] == "open"
    assert view["probability"] == 1.0


def test_the_share_of_ground_is_seen_over_public(results: Results) -> None:
    share = results.summary["shares"]["area"]

    # the slanting edge runs through the middles of cells, half of which it leaves out
    assert share["value"] == pytest.approx(SEEN_M2 / PUBLIC_M2, rel=0.02)
    assert share["total"] == pytest.approx(PUBLIC_M2, rel=2e-3)
    assert share["unit"] == "m2"


def test_thirty_of_150_metres_of_street_are_seen(results: Results) -> None:
    share = results.summary["shares"]["street_length"]
    streets = results.street_coverage().set_index("street_id")

    assert share["value"] == pytest.approx(0.2, abs=1e-6)
    assert share["total"] == pytest.approx(150.0, abs=0.1)
    assert streets.loc["main", "seen_m"] == pytest.approx(30.0, abs=0.02)
    assert streets.loc["cross", "seen_m"] == 0.0


def test_an_incident_in_a_house_counts_by_its_front(results: Results) -> None:
    rows = results.incident_coverage().set_index("incident_id")
    share = results.summary["shares"]["incidents"]

    # six places before the front, 67.5 to 82.5 m east; the view ends at 80 m
    assert rows["seen_probability"].to_dict() == pytest.approx(
        {"street": 1.0, "house": 5 / 6, "behind": 0.0}
    )
    assert rows["seen_naive"].to_dict() == {
        "street": True,
        "house": False,
        "behind": False,
    }
    assert rows.loc["house", "basis"].startswith("frontage")
    assert rows.loc["house", "building_id"] == "east"
    assert rows.loc["street", "basis"].startswith("point")
    assert share["value"] == pytest.approx((1 + 5 / 6) / 3, abs=1e-6)
    assert share["naive"] == pytest.approx(1 / 3, abs=1e-6)
    assert share["total"] == 3


def test_every_share_carries_its_basis_and_says_that_it_has_no_interval(
    results: Results,
) -> None:
    for share in results.summary["shares"].values():
        assert "observe (62.5 px/m, IEC 62676-4 edition 2014)" in share["basis"]
        assert "no interval" in share["basis"]
        assert share["low"] is None
        assert share["high"] is None
        assert share["nominal"] == share["value"]


def test_the_tiers_are_there_alone_and_nested(results: Results) -> None:
    share = results.summary["shares"]["street_length"]

    assert share["by_access"]["public"] == {"alone": 0.2, "nested": 0.2}
    assert share["by_access"]["integrated"] == {"alone": 0.0, "nested": 0.2}
    assert share["by_access"]["registered"]["nested"] == share["value"]
    assert share["by_kind"] == {"bullet": 0.2}


def test_the_gap_with_the_incident_comes_first_and_has_a_name(results: Results) -> None:
    first = results.gaps().iloc[0]
    days = 60.0

    assert first["rank"] == 1
    assert first["name"].startswith("Cross Street")
    assert first["incidents_per_year"] == pytest.approx(365.25 / days, rel=1e-6)
    assert first["nearest_camera_id"] == "c1"
    # a gap is a place that no camera sees
    seen = results.isovists().to_crs(towns.CRS).geometry.union_all()
    gaps = results.gaps().to_crs(towns.CRS).geometry.union_all()
    assert gaps.intersection(seen).area < 0.05 * seen.area


def test_gaps_and_views_fill_the_study_area(results: Results) -> None:
    seen = results.isovists().to_crs(towns.CRS).geometry.union_all()
    gaps = results.gaps().to_crs(towns.CRS).geometry.union_all()
    area = results.area().to_crs(towns.CRS).geometry[0]
    houses = towns.buildings().geometry.union_all()

    left = area.difference(seen).difference(gaps).difference(houses)
    assert left.area < 0.02 * area.area


def test_the_raster_is_a_cloud_optimized_geotiff_in_the_local_crs(
    results: Results,
) -> None:
    import rasterio

    with rasterio.open(results.multiplicity_path) as raster:
        cells = raster.read(1)
        assert raster.crs.to_epsg() == 32616
        assert raster.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG"
    assert np.nansum(cells) == pytest.approx(SEEN_M2, rel=0.02)


def test_the_summary_counts_and_times(results: Results) -> None:
    summary = results.summary

    assert summary["counts"] == {
        "cameras": 1,
        "buildings": 2,
        "streets": 2,
        "incidents": 3,
    }
    assert summary["simulated"] is False
    assert summary["outside"] == {
        "cameras": 0,
        "buildings": 0,
        "streets": 0,
        "incidents": 0,
        "calls": 0,
    }
    assert summary["cameras"]["counted"] == 1
    assert summary["cameras"]["mount"] == {"open": 1}
    assert summary["gaps"]["count"] == len(results.gaps())
    assert summary["gaps"]["top"][0]["name"] == results.gaps()["name"][0]
    assert set(summary["timings_s"]) >= {"isovists", "streets", "gaps"}
    assert "calls" not in summary["shares"]


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    def content(folder: Path) -> dict[str, bytes]:
        study = towns.make_town(folder)
        path = study.with_settings(created_at=study.settings.as_of).build().path
        found = {
            str(file.relative_to(path)): file.read_bytes()
            for file in sorted(path.rglob("*"))
            if file.is_file() and file.name != "steps.json"
        }
        summary = json.loads(found.pop("summary.json"))
        summary.pop("timings_s")
        return {**found, "summary": json.dumps(summary).encode()}

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = content(tmp_path / "a" / "town")
    second = content(tmp_path / "b" / "town")

    assert first.keys() == second.keys()
    for name, content_bytes in first.items():
        assert content_bytes == second[name], name


def test_a_planned_camera_is_shown_but_never_counts(tmp_path: Path) -> None:
    planned = towns.cameras()
    planned["access"] = "planned"
    study = towns.make_town(tmp_path / "town", cameras=planned)

    shares = study.build().summary["shares"]

    assert shares["street_length"]["value"] == 0.0
    assert shares["street_length"]["by_access"]["planned"]["alone"] == 0.2
    assert len(study.results().isovists()) == 1
    assert shares["incidents"]["value"] == 0.0
    gaps = study.results().gaps()
    assert gaps["incidents_per_year"].sum() == pytest.approx(3 * 365.25 / 60)


def test_a_camera_that_is_gone_sees_nothing(tmp_path: Path) -> None:
    gone = towns.cameras()
    gone["active_to"] = pd.Timestamp("2022-01-15", tz="UTC")
    study = towns.make_town(tmp_path / "town", cameras=gone)

    summary = study.build().summary

    assert summary["shares"]["street_length"]["value"] == 0.0
    assert summary["cameras"]["not_active"] == 1


def test_an_unknown_bearing_counts_by_its_chance(tmp_path: Path) -> None:
    turned = towns.cameras()
    turned["bearing_deg"] = np.nan
    study = towns.make_town(tmp_path / "town", cameras=turned)

    results = study.build()

    # 30 m to the west, the east and the north, each seen with 90 / 360
    share = results.summary["shares"]["street_length"]
    assert share["value"] == pytest.approx(90 * 0.25 / 150, abs=1e-6)
    assert results.isovists()["probability"].tolist() == [0.25]


def test_a_town_without_cameras_is_one_of_gaps(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town", cameras=towns.cameras().iloc[:0])

    results = study.build()

    assert results.summary["shares"]["area"]["value"] == 0.0
    assert results.summary["shares"]["incidents"]["value"] == 0.0
    assert len(results.gaps()) > 0
    assert results.gaps()["nearest_camera_id"].isna().all()


def test_a_town_without_buildings_is_open_ground(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town", buildings=towns.buildings().iloc[:0])

    view = study.build().isovists().iloc[0]

    assert view["area_m2"] == pytest.approx(900.0, rel=1e-6)


def test_without_buildings_and_streets_there_is_nothing_to_look_at(
    tmp_path: Path,
) -> None:
    study = towns.make_town(
        tmp_path / "town",
        buildings=towns.buildings().iloc[:0],
        streets=towns.streets().iloc[:0],
    )

    with pytest.raises(StudyError, match="neither buildings nor streets"):
        study.build()


def test_areas_cut_the_study_and_far_ones_are_refused(tmp_path: Path) -> None:
    import geopandas as gpd
    from shapely import box

    def area(shape: object) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(
            {"area_id": ["1"]}, geometry=[towns.moved(shape)], crs=towns.CRS
        )

    east = towns.make_town(tmp_path / "east", areas=area(box(48, 0, 150, 15)))
    far = towns.make_town(tmp_path / "far", areas=area(box(5000, 0, 5100, 15)))

    share = east.build().summary["shares"]["street_length"]
    assert share["total"] == pytest.approx(52.0 + 5.0, abs=0.1)
    assert share["value"] == pytest.approx(30 / 57, abs=2 / 57)
    assert east.results().summary["outside"]["incidents"] == 2
    with pytest.raises(InputError, match="the study area is empty"):
        far.build()


def test_another_purpose_computes_anew_only_what_rests_on_it(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town")
    study.build()
    heard: dict[str, str] = {}

    def hear(step: str, state: str, seconds: float) -> None:
        del seconds
        heard[step] = state

    results = study.with_settings(purpose="recognise").build(progress=hear)

    assert heard["index the walls"] == "kept"
    assert heard["draw the study area"] == "kept"
    assert heard["compute what each camera sees"] == "done"
    assert results.cameras()["effective_range_m"].tolist() == pytest.approx([15.0])


def test_a_purpose_that_no_edition_knows_is_refused(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town")

    with pytest.raises(InputError, match="admire"):
        study.with_settings(purpose="admire")
    assert Study.open(study.path).settings.purpose == "observe"


def test_a_crs_that_does_not_exist_is_one_message(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town").with_settings(crs="EPSG:99999")

    with pytest.raises(CRSError, match=r"study\.toml.*EPSG:99999"):
        study.build()


def test_weights_do_not_change_incidents_per_year(tmp_path: Path) -> None:
    heavy = towns.incidents()
    heavy["weight"] = [1000.0, 1000.0, 1000.0]
    study = towns.make_town(tmp_path / "town", incidents=heavy)

    gaps = study.build().gaps()

    # one behind the house, and one place of six before the other
    assert gaps["incidents_per_year"].sum() == pytest.approx((7 / 6) * 365.25 / 60)


def test_a_lost_result_is_computed_again(town: Study, tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town")
    path = study.build().path
    (path / "gaps.parquet").unlink()
    assert len(study.build().gaps()) == len(town.results().gaps())

    (study.results().path / "steps.json").write_text("{ torn")
    assert len(study.build().gaps()) == len(town.results().gaps())


def test_calls_tiers_and_offences_keep_their_meanings(tmp_path: Path) -> None:
    import geopandas as gpd

    two = towns.cameras()
    west = two.assign(
        camera_id="c2", bearing_deg=270.0, access="integrated", name="West"
    )
    calls = gpd.GeoDataFrame(
        {
            "call_id": ["a", "b", "c", "d"],
            "origin": ["911", "911", "ONVIEW", "911"],
            "disposition": ["REPORT", "CANCELLED", "REPORT", "REPORT"],
            "received_at": pd.date_range("2022-01-01", periods=4, tz="UTC"),
        },
        geometry=[
            towns.at(70, 10),
            towns.at(70, 10),
            towns.at(70, 10),
            towns.at(5, 10),
        ],
        crs=towns.CRS,
    )
    offences = towns.incidents()
    offences["category"] = ["AUTO THEFT", "BURGLARY", "AUTO THEFT"]
    study = towns.make_town(
        tmp_path / "town",
        cameras=pd.concat([two, west], ignore_index=True),
        calls=calls,
        incidents=offences,
    )

    summary = study.build().summary

    shares = summary["shares"]
    assert shares["street_length"]["by_access"]["public"]["nested"] == 0.2
    assert shares["street_length"]["by_access"]["integrated"] == {
        "alone": 0.2,
        "nested": 0.4,
    }
    assert (shares["calls"]["total"], shares["calls"]["value"]) == (2, 0.5)
    assert summary["calls"]["set_apart"] == {"cancelled": 1, "officer-initiated": 1}
    assert (shares["incidents"]["total"], shares["incidents"]["value"]) == (2, 0.5)
    assert shares["incidents_all"]["total"] == 3
    assert shares["incidents_all"]["value"] == pytest.approx(11 / 18, abs=1e-6)


def test_explain_names_the_house_that_blocks(town: Study) -> None:
    place = towns.at(70, 24.5)
    rows = _explain(town, place.x, place.y)

    assert rows["camera_id"].tolist() == ["c1"]
    assert rows["verdict"].tolist() == ["blocked"]
    assert rows["blocked_by"].tolist() == ["east"]
    # the line from (50, 10) to (70, 24.5) meets y = 22 after 12 / 14.5 of its way
    expected_m = math.hypot(20, 14.5) * 12 / 14.5
    assert rows["blocked_at_m"].iloc[0] == pytest.approx(expected_m, abs=0.01)
    assert "east" in rows["reason"].iloc[0]


@pytest.mark.parametrize(
    ("x", "y", "verdict"),
    [(70, 10, "sees"), (85, 10, "out of range"), (40, 10, "outside the angle")],
)
def test_explain_gives_the_reason(town: Study, x: int, y: int, verdict: str) -> None:
    place = towns.at(x, y)

    assert _explain(town, place.x, place.y)["verdict"].tolist() == [verdict]


def _explain(study: Study, x: float, y: float) -> pd.DataFrame:
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(towns.CRS, 4326, always_xy=True).transform(x, y)
    return study.explain(lon=lon, lat=lat)


def test_explain_names_planned_and_retired_cameras(tmp_path: Path) -> None:
    planned = towns.cameras().assign(camera_id="p", access="planned")
    gone = towns.cameras().assign(
        camera_id="g", active_to=pd.Timestamp("2020-01-01", tz="UTC")
    )
    both = pd.concat([planned, gone], ignore_index=True)
    study = towns.make_town(tmp_path / "town", cameras=both)
    study.build()
    place = towns.at(70, 10)

    rows = _explain(study, place.x, place.y).set_index("camera_id")

    assert "planned, counted in no share" in rows.loc["p", "reason"]
    assert rows.loc["g", "verdict"] == "not in service"


def test_explain_does_not_mix_new_settings_with_old_results(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town")
    study.build()
    place = towns.at(70, 10)

    with pytest.raises(StudyError, match="build it again"):
        _explain(study.with_settings(purpose="recognise"), place.x, place.y)


def test_explain_far_away_is_refused(town: Study) -> None:
    with pytest.raises(InputError, match="far from the study"):
        town.explain(lon=10.0, lat=50.0)
    with pytest.raises(InputError, match="latitude"):
        town.explain(lon=10.0, lat=150.0)


def test_results_of_an_earlier_version_ask_for_a_build(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town")
    path = study.build().path / "cameras.parquet"
    cameras = study.results().cameras().drop(columns="reaches")
    path.unlink()
    cameras.to_parquet(path)
    place = towns.incidents().to_crs(4326).geometry[0]

    with pytest.raises(StudyError, match=r"earlier version; build it again"):
        study.explain(lon=place.x, lat=place.y)
