"""One real neighbourhood from files to numbers, held against brute force."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from shapely import Point

from coveragekit import crs
from coveragekit.cli import main
from coveragekit.study import Study
from coveragekit.study.places import read_look, read_supports
from tests.oracles import visibility as oracle

# No camera of the list tells its optics, so that all are taken to hang 5 m high and to
# look 15 degrees down through a picture 43 degrees high, at targets 1.5 m high: what is
# nearer than this lies below the picture, whichever way it looks.
DEAD_ZONE_M = (5.0 - 1.5) / math.tan(math.radians(15.0 + 43.0 / 2.0))

pytestmark = [pytest.mark.real_data, pytest.mark.slow]


@pytest.fixture(scope="module")
def study(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Reynoldstown, by the commands of the README; monitored, so that walls matter."""
    folder = tmp_path_factory.mktemp("real") / "reynoldstown"
    osm = real_data / "atlanta_osm_reynoldstown"
    crime = real_data / "atlanta_crime"
    names = ("houses", "otherBuildings", "apartments")
    vintages = ("COBRA-2022", "COBRA-2021", "COBRA-2020-NEWRMS-0930-1231")
    cameras = real_data / "atlanta_cameras_gdot" / "gdot_cctv_2024.csv"
    areas = real_data / "atlanta_boundaries" / "neighborhoods.geojson"
    words = [
        *("init", folder, "--purpose", "monitor"),
        *("--buildings", ",".join(str(osm / f"{name}.geojson") for name in names)),
        *("--streets", osm / "roads.geojson", "--cameras", cameras),
        *("--incidents", ",".join(str(crime / f"{v}.csv.gz") for v in vintages)),
        *("--areas", areas),
    ]
    for command in (words, ["build", folder]):
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in command])
        assert ended.value.code == 0
    return Study.open(folder)


def _cameras(study: Study) -> list[tuple[str, float, float, float, float, float]]:
    """Each used camera: id, where it hangs, grid bearing, field of view and range."""
    views = study.results().isovists().set_index("camera_id")
    used = study.results().cameras().set_index("camera_id").loc[views.index]
    grid = crs.to_grid_bearing_deg(
        used["bearing_deg"], views["mount_x"], views["mount_y"], crs=study.settings.crs
    )
    return [
        (str(name), x, y, bearing, hfov, reach)
        for name, x, y, bearing, hfov, reach in zip(
            views.index,
            views["mount_x"],
            views["mount_y"],
            grid,
            used["hfov_deg"],
            used["reach_m"],
            strict=True,
        )
    ]


def test_every_row_offered_is_kept_or_accounted_for(study: Study) -> None:
    summary = study.results().summary
    offered = {one.table: 0 for one in study.settings.inputs}
    kept = dict(offered)
    for one in study.settings.inputs:
        offered[one.table] += one.offered
        kept[one.table] += one.kept
    rejected = study.rejected()
    gone = rejected[rejected["action"] == "row left out"]

    for name in ("cameras", "buildings", "incidents", "areas"):
        lost = len(gone[gone["table"] == name].drop_duplicates(["source", "row"]))
        # a building of several parts becomes several rows
        parts = 9 if name == "buildings" else 0
        assert kept[name] == offered[name] - lost + parts, name
        assert summary["counts"][name] == kept[name], name
    assert summary["rejected"]["cameras"]["point at (0,0)"] == 9


def test_the_road_direction_is_not_taken_for_a_bearing(study: Study) -> None:
    assert study.table("cameras")["bearing_deg"].isna().all()


def test_views_agree_with_rays_against_every_wall(study: Study) -> None:
    views = study.results().isovists().to_crs(study.settings.crs)
    buildings = list(study.table("buildings").to_crs(study.settings.crs).geometry)
    directions = np.arange(0.0, 360.0, 0.25) + 0.1234
    judged = 0
    for position, (_, x, y, _, _, reach) in enumerate(_cameras(study)):
        near = oracle.around(buildings, x, y, reach)
        rays = oracle.ray_distances(near, 0.0, 0.0, directions, reach)
        view = views.geometry.iloc[position]
        ends = oracle.unit(directions)
        for direction, distance, sure in zip(
            ends, rays.distance_m, rays.certain, strict=True
        ):
            if not sure or distance < DEAD_ZONE_M + 0.2:
                continue
            judged += 1
            within = Point(
                x + direction[0] * (distance - 0.1), y + direction[1] * (distance - 0.1)
            )
            beyond = Point(
                x + direction[0] * (distance + 0.1), y + direction[1] * (distance + 0.1)
            )
            assert view.buffer(0.02).contains(within)
            assert not view.buffer(-0.02).contains(beyond)
        assert not view.buffer(-0.02).intersects(Point(x, y).buffer(DEAD_ZONE_M - 0.1))
    assert judged > 0.9 * len(views) * len(directions)
    assert len(views) == 8


def test_the_places_of_incidents_agree_with_brute_force(study: Study) -> None:
    results = study.results()
    look = read_look(results.path, "incidents")
    supports, _ = read_supports(results.path, "incidents", crs=study.settings.crs)
    buildings = list(study.table("buildings").to_crs(study.settings.crs).geometry)
    miss = np.ones(len(look.xy))
    sure = np.ones(len(look.xy), dtype=bool)
    for _, x, y, bearing, hfov, reach in _cameras(study):
        away = np.hypot(*(look.xy - (x, y)).T)
        near = away <= reach + 1.0
        if not near.any():
            continue
        verdict = oracle.sees(look.xy[near], buildings, (x, y, reach, bearing, hfov))
        chance = hfov / 360.0 if math.isnan(bearing) else 1.0
        miss[near] *= 1.0 - chance * (verdict.seen & (away[near] >= DEAD_ZONE_M))
        sure[near] &= verdict.certain

    expected = 1.0 - miss
    rows = results.incident_coverage()
    whole = np.zeros(len(supports.ptr) - 1)
    doubt = np.zeros(len(whole))
    for k in range(len(whole)):
        part = slice(supports.ptr[k], supports.ptr[k + 1])
        whole[k] = supports.weight[part] @ expected[part]
        doubt[k] = supports.weight[part] @ ~sure[part]
    clear = doubt[supports.support_of] == 0.0
    assert (expected > 0).sum() > 20
    assert clear.mean() > 0.98
    np.testing.assert_allclose(
        rows["seen_probability"].to_numpy()[clear],
        whole[supports.support_of][clear],
        atol=1e-9,
    )


def test_most_incidents_are_geocoded_into_a_building(study: Study) -> None:
    rows = study.results().incident_coverage()

    share = rows["building_id"].notna().mean()

    assert 0.4 < share < 0.8
    bases = rows.loc[rows["building_id"].notna(), "basis"]
    assert bases.str.startswith("frontage").mean() > 0.97
    naive = rows.loc[rows["building_id"].notna(), "seen_naive"]
    assert not naive.any()


def test_no_camera_sees_into_a_gap(study: Study) -> None:
    results = study.results()
    gaps = results.gaps().to_crs(study.settings.crs)
    views = results.isovists().to_crs(study.settings.crs)

    for view in views.geometry:
        # the cells of gaps are 2 m wide: only their rims may reach into a view
        inner = view.buffer(-3.0)
        assert gaps.geometry.intersection(inner).area.sum() < 1e-6


def test_gaps_carry_street_names_and_all_unmet_demand(study: Study) -> None:
    results = study.results()
    gaps = results.gaps()
    names = set(study.table("streets")["name"].dropna())
    rows = results.incident_coverage()
    visible = rows[rows["street_visible"]]
    facts = results.summary["incidents"]
    unmet = (1.0 - visible["seen_probability"]).sum() / facts["years"]

    named = gaps["name"].map(lambda text: any(name in text for name in names))
    assert named.mean() > 0.9
    assert gaps["incidents_per_year"].sum() <= unmet + 1e-6
    assert gaps["incidents_per_year"].sum() > 0.8 * unmet
    assert gaps["incidents_per_year"].is_monotonic_decreasing


def test_the_summary_is_strict_json_with_all_that_was_promised(study: Study) -> None:
    text = (study.results().path / "summary.json").read_text("utf-8")
    summary = json.loads(text, parse_constant=pytest.fail)

    for key in ("study", "crs", "simulated", "counts", "outside", "rejected", "shares"):
        assert key in summary
    for key in ("value", "low", "high", "nominal", "basis", "by_access"):
        assert key in summary["shares"]["incidents"]
    assert summary["simulated"] is False
    assert summary["crs"] == "EPSG:32616"


def test_naive_and_expected_stand_side_by_side(study: Study) -> None:
    shares = study.results().summary["shares"]

    for name in ("incidents", "incidents_all"):
        share = shares[name]
        assert 0.0 < share["naive"] < share["value"] < 0.1, name
        assert share["expected"]["count"] == pytest.approx(
            share["value"] * share["total"], abs=1e-2
        )
        assert share["by_light"]["night"]["value"] == 0.0, name  # no lamp is known
    warnings = study.results().summary["warnings"]
    assert any("share" in text for text in warnings), warnings
