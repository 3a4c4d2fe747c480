"""A small made-up town as a study folder with results, written without the engine."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from affine import Affine
from rasterio.features import rasterize
from shapely.affinity import rotate
from shapely.geometry import LineString, Point, Polygon, box

from coveragekit import model
from coveragekit.study import Study
from coveragekit.study.cameras import MOUNTS
from coveragekit.study.folder import write_geoparquet
from coveragekit.study.ground import load_obstacles, write_obstacles
from coveragekit.study.settings import Input, Settings
from coveragekit.visibility import mount
from tests.dashboards.fixture_summary import (
    HOSTILE_IMAGE,
    HOSTILE_SCRIPT,
    LOCAL,
    former_summary,
    fresh_summary,
)

ORIGIN = 745_000.0, 3_737_000.0
_BLOCK_M, _STREET_M = 110.0, 18.0
_ORDINALS = ("1st", "2nd", "3rd", "4th", "5th", "6th")
_STREET_NAMES = (
    "1st Street",
    "2nd Street",
    "3rd Street",
    "4th Street",
    "5th Street",
    "6th Street",
)


__all__ = ["HOSTILE_IMAGE", "HOSTILE_SCRIPT", "write_fixture_study"]


def write_fixture_study(folder: Path, *, former: bool = False) -> Path:
    """
    Write the town of Testville: tables, results and summary; give the folder.

    A former one is as the version without scenes, night and outages wrote it.
    """
    folder.mkdir(parents=True)
    results = folder / "results"
    results.mkdir()
    rng = np.random.default_rng(20)
    buildings, streets = _buildings(rng), _streets()
    cameras = _cameras()
    incidents = _incidents(rng)
    isovists = _isovists(cameras, buildings)
    _write_tables(folder, buildings, streets, cameras, incidents)
    gaps = _gaps(isovists, buildings)
    if not former:
        _tell_state(cameras)
        _write_worth(cameras, results / "camera_worth.parquet")
        _write_gap_scenes(gaps, results / "gap_scenes.parquet")
    _write_results(results, cameras, isovists, incidents, streets)
    _write_raster(results / "multiplicity.tif", isovists, buildings)
    if not former:
        _write_raster(
            results / "seen_probability.tif", isovists, buildings, chance=True
        )
    write_geoparquet(gaps, results / "gaps.parquet")
    counts = {
        "cameras": len(cameras),
        "buildings": len(buildings),
        "incidents": len(incidents),
    }
    summary = (former_summary if former else fresh_summary)(counts, gaps=len(gaps))
    (results / "summary.json").write_text(json.dumps(summary), "utf-8")
    settings = Settings(
        name="Testville",
        crs=LOCAL,
        as_of=datetime(2022, 10, 24, 16, 0, tzinfo=UTC),
        inputs=(
            Input(
                "buildings",
                "town.geojson",
                licence="ODbL-1.0",
                attribution="OpenStreetMap contributors",
            ),
            Input("incidents", "synth", simulated=True),
        ),
    )
    (folder / "study.toml").write_text(settings.to_toml(), "utf-8")
    write_obstacles(Study.open(folder), results)
    _write_mounting(cameras, folder)
    return folder


def _local(geometry: list[shapely.Geometry], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=LOCAL)


def _buildings(rng: np.random.Generator) -> gpd.GeoDataFrame:
    shapes = []
    for row in range(4):
        for column in range(5):
            x0 = ORIGIN[0] + column * (_BLOCK_M + _STREET_M)
            y0 = ORIGIN[1] + row * (_BLOCK_M + _STREET_M)
            if (row, column) == (2, 2):
                continue  # the park
            for i in range(4):
                for j in range(3):
                    width, depth = rng.uniform(14, 22), rng.uniform(18, 28)
                    x, y = x0 + 4 + i * 27, y0 + 4 + j * 36
                    shape = box(x, y, x + width, y + depth)
                    if rng.uniform() < 0.25:
                        notch = box(x, y, x + width / 2, y + depth / 2)
                        shape = shape.difference(notch)
                    shapes.append(rotate(shape, rng.uniform(-2, 2)))
    return _local(shapes, building_id=[f"b{i}" for i in range(len(shapes))])


def _streets() -> gpd.GeoDataFrame:
    lines, names, kinds = [], [], []
    step = _BLOCK_M + _STREET_M
    for i in range(6):
        x = ORIGIN[0] - _STREET_M / 2 + i * step
        lines.append(LineString([(x, ORIGIN[1] - 30), (x, ORIGIN[1] + 4 * step)]))
        names.append(f"{_ORDINALS[i]} Street")
        kinds.append("primary" if i == 2 else "residential")
    for j, name in enumerate(
        ("Wylie", "Flat Shoals", HOSTILE_SCRIPT, "Chester", "Kirk")
    ):
        y = ORIGIN[1] - _STREET_M / 2 + j * step
        lines.append(LineString([(ORIGIN[0] - 30, y), (ORIGIN[0] + 5 * step, y)]))
        names.append(name)
        kinds.append("secondary" if j == 1 else "residential")
    walk = [
        (ORIGIN[0] + 2 * step, ORIGIN[1] + 2 * step),
        (ORIGIN[0] + 2 * step + 60, ORIGIN[1] + 2 * step + 50),
        (ORIGIN[0] + 3 * step - _STREET_M, ORIGIN[1] + 3 * step - _STREET_M),
    ]
    lines.append(LineString(walk))
    names.append("Park walk")
    kinds.append("footway")
    ids = [f"s{i}" for i in range(len(lines))]
    return _local(lines, street_id=ids, name=names, highway=kinds)


_CAMERAS = (
    # name, tier, status, bearing, hfov, range, block column, block row, dx, dy
    ("Town hall", "integrated", "online", 45.0, 90.0, 70.0, 1, 1, -9.0, -9.0),
    ("Depot gate", "integrated", "online", 270.0, 70.0, 60.0, 3, 2, -9.0, 40.0),
    ("Station", "integrated", "offline", 180.0, 90.0, 65.0, 2, 3, -9.0, -9.0),
    ("Corner Deli", "registered", "unknown", 0.0, 100.0, 50.0, 2, 1, -9.0, 30.0),
    ("Flat Shoals Pharmacy", "registered", "unknown", 90.0, 80.0, 55.0, 0, 1, 40, -9.0),
    (HOSTILE_IMAGE, "registered", "online", np.nan, 70.0, 45.0, 3, 1, -9.0, -9.0),
    ("Chester St garage", "registered", "offline", np.nan, 70.0, 40.0, 1, 3, 50, -9.0),
    ("Crossing 4th/Wylie", "public", "online", 0.0, 120.0, 80.0, 4, 0, -9.0, -9.0),
    ("Crossing 2nd/Kirk", "public", "unknown", np.nan, 90.0, 60.0, 1, 4, -9.0, -9.0),
    ("Library (planned)", "planned", "unknown", 200.0, 90.0, 60.0, 4, 3, -9.0, 20.0),
)


def _cameras() -> gpd.GeoDataFrame:
    step = _BLOCK_M + _STREET_M
    points = [
        Point(ORIGIN[0] + column * step + dx, ORIGIN[1] + row * step + dy)
        for *_, column, row, dx, dy in _CAMERAS
    ]
    names, tiers, states, bearings, hfovs, ranges, *_ = zip(*_CAMERAS, strict=True)
    return _local(
        points,
        camera_id=[f"c{i}" for i in range(len(points))],
        name=list(names),
        access=list(tiers),
        status=list(states),
        bearing_deg=np.array(bearings),
        hfov_deg=np.array(hfovs),
        effective_range_m=np.array(ranges),
        # As many pixels as the purpose asks for at the end of the range.
        width_px=_pixels(np.array(hfovs), np.array(ranges)),
        tilt_deg=[10.0] * len(points),
        vfov_deg=[45.0] * len(points),
        range_m=np.array(ranges),
        height_px=[1080] * len(points),
        mount_height_m=[4.0] * len(points),
        kind=["bullet", "dome", "ptz", "unknown", "dome"] * 2,
        probability=np.where(np.isnan(bearings), np.array(hfovs) / 360, 1.0),
        inside=[True] * len(points),
        active=[True] * len(points),
        used=[True] * len(points),
        reaches=[True] * len(points),
        assumed=[["hfov_deg", "bearing_deg"] if s == "unknown" else [] for s in states],
    )


def _pixels(hfov_deg: np.ndarray, range_m: np.ndarray) -> np.ndarray:
    half = np.tan(np.radians(hfov_deg) / 2.0)
    return np.ceil(1.05 * 62.5 * 2.0 * half * range_m).astype(int)


def _sector(camera: pd.Series) -> Polygon:
    reach, hfov = camera["effective_range_m"], camera["hfov_deg"]
    if np.isnan(camera["bearing_deg"]):
        return camera.geometry.buffer(reach)
    angles = np.radians(camera["bearing_deg"] + np.linspace(-hfov / 2, hfov / 2, 40))
    rim = np.column_stack([np.sin(angles), np.cos(angles)]) * reach
    start = np.array([[camera.geometry.x, camera.geometry.y]])
    return Polygon(np.vstack([start, start + rim]))


def _isovists(
    cameras: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Sectors less the buildings and what lies right behind them; near enough here."""
    walls = shapely.union_all(buildings.geometry.to_numpy())
    shapes = []
    for _, camera in cameras.iterrows():
        eye, seen = camera.geometry, _sector(camera)
        shadows = []
        for piece in getattr(
            walls.intersection(seen), "geoms", [walls.intersection(seen)]
        ):
            if piece.is_empty:
                continue
            xy = shapely.get_coordinates(piece)
            far = np.array([eye.x, eye.y]) + 12 * (xy - [eye.x, eye.y])
            shadows.append(shapely.MultiPoint(np.vstack([xy, far])).convex_hull)
        clear = seen.difference(shapely.union_all(shadows)) if shadows else seen
        parts = [p for p in getattr(clear, "geoms", [clear]) if p.area > 1.0]
        shapes.append(min(parts, key=lambda part: part.distance(eye)))
    names = ["camera_id", "kind", "access", "probability", "effective_range_m"]
    made = gpd.GeoDataFrame(cameras[names], geometry=shapes, crs=LOCAL)
    made["area_m2"] = made.area
    made["mount_x"], made["mount_y"] = cameras.geometry.x, cameras.geometry.y
    made["mount"] = ["corner", "facade", "open", "facade", "open"] * 2
    made["mount_shift_m"] = [0.0, 0.4, 0.0, 0.2, 0.0] * 2
    made["mount_building"] = [None] * len(made)
    return made


def _counted(isovists: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return isovists[isovists["access"] != "planned"]


def _incidents(rng: np.random.Generator) -> gpd.GeoDataFrame:
    step = _BLOCK_M + _STREET_M
    hot = np.array([[2 * step, 1 * step], [4 * step, 3 * step], [1 * step, 3.4 * step]])
    xy = hot[rng.integers(0, 3, 420)] + rng.normal(0, 55, (420, 2))
    spread = rng.uniform(0, 1, (180, 2)) * [5 * step, 4 * step]
    every = np.vstack([xy, spread]) + ORIGIN
    count = len(every)
    when = pd.Timestamp("2022-01-01", tz="UTC") + pd.to_timedelta(
        rng.integers(0, 296 * 24, count), unit="h"
    )
    seen = rng.uniform(0, 1, count)
    return _local(
        list(shapely.points(every)),
        incident_id=[f"i{i}" for i in range(count)],
        category=rng.choice(["Robbery", "Larceny", "Burglary", "Fraud"], count),
        seen_probability=np.where(seen < 0.4, 1.0, 0.0),
        seen_naive=seen < 0.5,
        basis=rng.choice(["point", "frontage"], count),
        building_id=[None] * count,
        street_visible=rng.uniform(0, 1, count) < 0.8,
        occurred_from=when,
    )


def _gaps(isovists: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    step = _BLOCK_M + _STREET_M
    seen = shapely.union_all(_counted(isovists).geometry.to_numpy())
    walls = shapely.union_all(buildings.geometry.to_numpy())
    blind = (
        ("Wylie / 3rd Street", 3.2, 1.0, 60.4, 22.0),
        (f"{HOSTILE_SCRIPT} / 2nd Street", 1.0, 2.0, 41.0, 9.5),
        ("Kirk / 5th Street", 4.6, 4.0, 18.2, 6.0),
        ("Park walk", 2.5, 2.5, 7.7, 1.2),
        (HOSTILE_IMAGE, 0.0, 3.2, 0.8, 0.0),
    )
    shapes, rows = [], []
    for rank, (name, column, row, incidents, calls) in enumerate(blind, start=1):
        x, y = ORIGIN[0] + column * step, ORIGIN[1] + row * step
        cross = box(x - 62, y - 17, x + 62, y - 1).union(
            box(x - 17, y - 45, x - 1, y + 45)
        )
        shapes.append(cross.difference(seen).difference(walls))
        rows.append((f"g{rank}", rank, name, incidents, calls, 140.0 - 20 * rank))
    names = [
        "gap_id",
        "rank",
        "name",
        "incidents_per_year",
        "calls_per_year",
        "street_m",
    ]
    made = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=names), geometry=shapes, crs=LOCAL
    )
    made["area_m2"] = made.area
    made["nearest_camera_id"] = ["c0", "c4", "c9", "c5", "c8"]
    made["nearest_camera_m"] = [64.0, 71.5, 103.0, 88.2, 45.0]
    return made


def _write_tables(
    folder: Path,
    buildings: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    cameras: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
) -> None:
    for name, frame in {
        "buildings": buildings,
        "streets": streets,
        "cameras": cameras,
        "incidents": incidents,
    }.items():
        conformed = model.conform(name, frame.to_crs(4326))
        write_geoparquet(conformed, folder / f"{name}.parquet")


def _write_results(
    results: Path,
    cameras: gpd.GeoDataFrame,
    isovists: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
) -> None:
    conformed = model.conform("cameras", cameras.to_crs(4326))
    for name in cameras.columns.difference(conformed.columns):
        conformed[name] = cameras[name].to_numpy()
    write_geoparquet(conformed, results / "cameras.parquet")
    write_geoparquet(isovists, results / "isovists.parquet")
    write_geoparquet(incidents, results / "incident_coverage.parquet")
    seen = shapely.union_all(_counted(isovists).geometry.to_numpy())
    covered = streets.assign(length_m=streets.length)
    covered["seen_m"] = streets.intersection(seen).length
    write_geoparquet(covered, results / "street_coverage.parquet")
    hull = box(*streets.total_bounds).buffer(20)
    area = gpd.GeoDataFrame({"area_id": ["study"]}, geometry=[hull], crs=LOCAL)
    write_geoparquet(area, results / "area.parquet")


def _tell_state(cameras: gpd.GeoDataFrame) -> None:
    cameras["reach_m"] = 1.1 * cameras["effective_range_m"]
    works = cameras["status"] == "online"
    cameras["works_now"] = works
    cameras["range_night_m"] = np.where(works, 0.4 * cameras["effective_range_m"], 0.0)


def _write_worth(cameras: gpd.GeoDataFrame, path: Path) -> None:
    worth = pd.DataFrame(cameras[["camera_id", "name"]])
    worth["loss_street_m"] = np.linspace(140.0, 0.0, len(cameras))
    worth["loss_incidents_per_year"] = np.linspace(31.0, 0.0, len(cameras))
    worth.to_parquet(path)


def _write_mounting(cameras: gpd.GeoDataFrame, folder: Path) -> None:
    study = Study.open(folder)
    results = study.results().path
    hung = mount(cameras, load_obstacles(study, results))
    path = results / MOUNTS
    path.parent.mkdir(exist_ok=True)
    hung.assign(camera_id=cameras["camera_id"]).to_parquet(path, index=False)


def _write_gap_scenes(gaps: gpd.GeoDataFrame, path: Path) -> None:
    found = pd.DataFrame({"gap_id": gaps["gap_id"]})
    found["incidents_low"] = 0.86 * gaps["incidents_per_year"]
    found["incidents_median"] = 0.98 * gaps["incidents_per_year"]
    found["incidents_high"] = 1.15 * gaps["incidents_per_year"]
    found.to_parquet(path)


def _write_raster(
    path: Path,
    isovists: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    chance: bool = False,
) -> None:
    west, south, east, north = buildings.total_bounds + np.array([-60, -60, 60, 60])
    transform = Affine(1.0, 0.0, np.floor(west), 0.0, -1.0, np.ceil(north))
    shape = int(np.ceil(north - south)), int(np.ceil(east - west))
    total = np.zeros(shape, dtype=np.float32)
    for _, one in _counted(isovists).iterrows():
        inside = rasterize([one.geometry], out_shape=shape, transform=transform)
        total += inside.astype(np.float32) * np.float32(one["probability"])
    if chance:
        total = np.minimum(0.93 * total, 1.0).astype(np.float32)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=shape[0],
        width=shape[1],
        count=1,
        dtype="float32",
        crs=LOCAL,
        transform=transform,
        nodata=np.nan,
    ) as target:
        target.write(total, 1)
