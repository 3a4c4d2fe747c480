"""A town with privacy zones: every number, gap, reason and trial obeys them."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Polygon, box

from coveragekit.study import Study
from coveragekit.study.explain import explain_place
from coveragekit.study.ghost import Ghost
from coveragekit.study.lookout import Lookout
from coveragekit.view import Store, mercator
from tests.study import towns

# Over Main Street, in the middle of what the camera sees.
YARD = box(60, 0, 75, 20)
# Where nobody sees, behind the west house: a gap but for the zone.
GARDEN = box(15, 42, 35, 48)


def zones() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"zone_id": ["yard", "garden"], "name": ["Yard", None]},
        geometry=[towns.moved(YARD), towns.moved(GARDEN)],
        crs=towns.CRS,
    )


def lonlat(x: float, y: float) -> tuple[float, float]:
    place = gpd.GeoSeries([towns.at(x, y)], crs=towns.CRS).to_crs(4326).iloc[0]
    return place.x, place.y


def make(folder: Path, *, relief: str, ptz: str, zoned: bool) -> Study:
    presets = '[{"bearing_deg": 90, "dwell_share": 0.5}, {"bearing_deg": 270}]'
    eyes = pd.concat([towns.cameras(), towns.cameras().assign(camera_id="c2")])
    eyes = eyes.reset_index(drop=True)
    eyes.loc[1, ["kind", "vfov_deg", "ptz_presets"]] = ["ptz", 60.0, presets]
    eyes.loc[1, "geometry"] = towns.at(48, 10)
    eyes["ir_range_m"] = 20.0
    some = {"privacy_zones": zones()} if zoned else {}
    study = towns.make_town(folder, cameras=eyes, **some)
    study = study.with_settings(relief=relief, ptz=ptz, scenes=4)
    study.build()
    return study


@pytest.fixture(
    scope="module", params=[("flat", "preset"), ("surface", "reach")], ids=str
)
def two(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Study, Study]:
    """The town without and with zones."""
    relief, ptz = request.param
    folder = tmp_path_factory.mktemp("zones")
    return tuple(  # type: ignore[return-value]
        make(folder / str(zoned), relief=relief, ptz=ptz, zoned=zoned)
        for zoned in (False, True)
    )


def ground() -> shapely.Geometry:
    return zones().union_all()


def test_isovists_are_those_without_zones_less_the_zones(
    two: tuple[Study, Study],
) -> None:
    bare, cut = (
        one.results().isovists().to_crs(towns.CRS).geometry.to_numpy() for one in two
    )

    assert shapely.area(bare[0]) - shapely.area(cut[0]) > 100.0
    for before, left in zip(bare, cut, strict=True):
        wanted = before.difference(ground())
        assert left.symmetric_difference(wanted).area < 1e-3
        assert left.intersection(ground()).area < 1e-3


def test_shares_lose_the_zone_and_keep_its_ground_in_the_denominator(
    two: tuple[Study, Study],
) -> None:
    bare, cut = (one.results().summary for one in two)

    assert cut["privacy_zones"] == 2
    assert bare["privacy_zones"] == 0
    for key, share in cut["shares"].items():
        before = bare["shares"][key]
        assert share["total"] == before["total"]
        assert "; 2 privacy zones are cut from what is seen" in share["basis"]
        assert "privacy zone" not in before["basis"]
    streets, before = (one["shares"]["street_length"] for one in (cut, bare))
    # 15 m of Main Street lie in the yard, of 150 m of street.
    assert before["nominal"] - streets["nominal"] == pytest.approx(0.1, abs=0.007)
    assert streets["by_light"]["night"]["value"] < before["by_light"]["night"]["value"]
    assert streets["by_light"]["night"]["value"] > 0.0
    assert cut["shares"]["incidents"]["value"] < bare["shares"]["incidents"]["value"]
    assert "; 2 privacy zones are cut" in cut["bases"]["gaps"]


def test_the_map_of_multiplicity_and_of_scenes_is_empty_in_zones(
    two: tuple[Study, Study],
) -> None:
    import rasterio

    for name in ("multiplicity.tif", "seen_probability.tif"):
        rasters = []
        for one in two:
            with rasterio.open(one.results().path / name) as file:
                rasters.append(file.read(1, masked=True).filled(np.nan))
                rows, columns = np.indices(rasters[-1].shape)
                x, y = file.transform @ (columns + 0.5, rows + 0.5)
        bare, cut = rasters
        inside = shapely.contains_xy(ground(), x, y)
        away = shapely.distance(shapely.points(x, y), ground()) > 5.0
        assert np.nansum(np.where(inside, bare, 0.0)) > 0.0
        assert np.nansum(np.where(inside, cut, 0.0)) == 0.0
        if name == "multiplicity.tif":
            np.testing.assert_array_equal(cut[away], bare[away])


def test_a_place_in_a_zone_is_never_a_gap(two: tuple[Study, Study]) -> None:
    bare, cut = (one.results().gaps().to_crs(towns.CRS) for one in two)

    assert bare.intersection(towns.moved(GARDEN)).area.sum() > 0.9 * GARDEN.area
    assert cut.intersection(ground()).area.sum() < 1e-3
    assert cut["area_m2"].sum() < bare["area_m2"].sum() - 0.9 * GARDEN.area
    # The incident behind the house lies in the garden: no gap may ask to see it.
    assert cut["incidents_per_year"].sum() < bare["incidents_per_year"].sum() - 1.0


@pytest.mark.parametrize("light", ["day", "night"])
def test_explain_says_that_no_camera_may_look_there(
    two: tuple[Study, Study], light: Any
) -> None:
    lon, lat = lonlat(62, 10)
    bare, cut = (explain_place(one, lon=lon, lat=lat, light=light) for one in two)

    assert bare["would_see"].any()
    assert (cut["verdict"] == "privacy zone").all()
    assert not cut["would_see"].any()
    first = cut.set_index("camera_id").loc[["c1"], "reason"].iloc[0]
    assert first == "privacy zone: no camera may look there"
    lon, lat = lonlat(78, 10)
    bare, cut = (explain_place(one, lon=lon, lat=lat, light=light) for one in two)
    assert cut["reason"].tolist() == bare["reason"].tolist()


def test_a_camera_that_is_tried_obeys_the_zones(two: tuple[Study, Study]) -> None:
    lon, lat = lonlat(67, -20)
    tried = Ghost(
        key="+1",
        lon=lon,
        lat=lat,
        kind="bullet",
        access="public",
        tilt_deg=0.0,
        hfov_deg=90.0,
        vfov_deg=60.0,
        width_px=3750,
        height_px=2000,
        mount_height_m=1.5,
        bearing_deg=0.0,
    )
    xy = np.array([towns.at(67, y).coords[0] for y in (-5.0, 2.0, 8.0)])
    seen, shapes = [], []
    for study in two:
        lookout = Lookout(Store.open(study.path))
        hung = lookout.hang(tried, band=lookout._meta["band"], light="day")
        seen.append(lookout.sees(hung, xy)[0].tolist())
        merc, ring_ptr, row_ptr = lookout.rings(hung)
        assert row_ptr[-1] == len(ring_ptr) - 1
        outline: Any = Polygon()
        for start, end in pairwise(ring_ptr):
            face = Polygon(mercator.to_lonlat(merc[start:end]))
            outline = outline.symmetric_difference(face)
        local = gpd.GeoSeries([outline], crs=4326).to_crs(towns.CRS).iloc[0]
        shapes.append(local)

    assert seen == [[0, 1, 2], [0]]
    assert shapes[0].intersection(ground()).area > 50.0
    assert shapes[1].intersection(ground()).area < 1e-2
    left = shapes[0].difference(ground())
    assert shapes[1].symmetric_difference(left).area < 1e-2


def test_the_view_store_holds_cut_views_and_the_zones(two: tuple[Study, Study]) -> None:
    bare, cut = (Store.open(one.path) for one in two)

    assert len(bare.zones) == 0
    assert sorted(cut.zones.name[row] for row in range(2)) == ["", "Yard"]
    for row in range(len(cut.views.shape)):
        outline: Any = Polygon()
        for ring in cut.views.shape.rings(row):
            face = shapely.make_valid(Polygon(mercator.to_lonlat(ring)))
            outline = outline.symmetric_difference(face)
        local = gpd.GeoSeries([outline], crs=4326).to_crs(towns.CRS).iloc[0]
        assert local.intersection(ground().buffer(-0.05)).area < 1e-3


def test_zones_change_no_number_where_nobody_looks(tmp_path: Path) -> None:
    far = gpd.GeoDataFrame(
        {"zone_id": ["far"]},
        geometry=[towns.moved(box(-90, -90, -80, -80))],
        crs=towns.CRS,
    )
    bare = towns.make_town(tmp_path / "bare").build()
    cut = towns.make_town(tmp_path / "cut", privacy_zones=far).build()

    for key, share in bare.summary["shares"].items():
        assert cut.summary["shares"][key]["value"] == share["value"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(cut.gaps().drop(columns="geometry")),
        pd.DataFrame(bare.gaps().drop(columns="geometry")),
    )


def test_a_zone_that_is_added_later_is_cut_at_the_next_build(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town")
    before = study.build().summary["shares"]["street_length"]["value"]
    towns.make_town(tmp_path / "other", privacy_zones=zones())
    given = study.path / "privacy_zones.parquet"
    given.write_bytes((tmp_path / "other" / given.name).read_bytes())

    after = Study.open(study.path).build().summary["shares"]["street_length"]["value"]

    assert math.isclose(before - after, 0.1, abs_tol=0.007)


def test_zones_are_taken_from_a_file(tmp_path: Path) -> None:
    from coveragekit.study import Inputs, create_study

    files = {"buildings": towns.buildings(), "privacy_zones": zones()}
    for name, frame in files.items():
        frame.to_crs(4326).to_file(tmp_path / f"{name}.geojson")
    given = {name: [tmp_path / f"{name}.geojson"] for name in files}

    made = create_study(tmp_path / "town", Inputs(given))

    kept = made.table("privacy_zones").to_crs(towns.CRS)
    assert sorted(kept["zone_id"]) == ["garden", "yard"]
    assert kept.union_all().symmetric_difference(ground()).area < 1e-3
