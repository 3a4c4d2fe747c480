"""Where heights count: low walls are looked over, hills hide, and terrain must fit."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine

from coveragekit.errors import InputError, SourceError
from coveragekit.study import Study, write_study
from tests.study import towns

BOX = (-600, -600, 700, 700)


def _write_terrain(
    path: Path,
    heights: np.ndarray,
    *,
    box: tuple[int, int, int, int] = BOX,
    unit: str = "metre",
) -> Path:
    """Write heights, north row first, over a box of the town."""
    rows, columns = heights.shape
    west, north = towns.ORIGIN[0] + box[0], towns.ORIGIN[1] + box[3]
    side = (box[2] - box[0]) / columns
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=rows,
        width=columns,
        count=1,
        dtype="float32",
        crs=towns.CRS,
        transform=Affine(side, 0, west, 0, -side, north),
        nodata=-9999.0,
    ) as raster:
        raster.write(heights.astype("float32"), 1)
        raster.units = (unit,)
    return path


def _level() -> np.ndarray:
    return np.full((650, 650), 300.0)  # cells of 2 m


def _high_camera() -> gpd.GeoDataFrame:
    """As the town's, but 8 m above the street, so that it looks over low walls, far."""
    return towns.cameras().assign(
        mount_height_m=8.0, tilt_deg=10.0, bearing_deg=45.0, width_px=7500
    )


def _study(
    folder: Path, height_m: float, terrain: Path | None = None, **settings: object
) -> Study:
    frames = {
        "buildings": towns.buildings().assign(height_m=height_m),
        "streets": towns.streets(),
        "cameras": _high_camera(),
        "incidents": towns.incidents(),
    }
    loaded = [(name, towns.loaded(name, frame)) for name, frame in frames.items()]
    files = () if terrain is None else (terrain,)
    return write_study(folder, loaded, settings=settings, terrain=files)


def _area_share(study: Study) -> float:
    return study.build().summary["shares"]["area"]["value"]


def test_a_low_wall_is_looked_over_and_a_high_one_is_not(tmp_path: Path) -> None:
    flat = _area_share(_study(tmp_path / "flat", 1.0))
    low = _area_share(_study(tmp_path / "low", 1.0, relief="surface"))
    high = _area_share(_study(tmp_path / "high", 30.0, relief="surface"))

    assert low > 1.02 * flat
    assert high == pytest.approx(flat, rel=0.03)


def test_a_ridge_in_the_street_hides_what_lies_behind_it(tmp_path: Path) -> None:
    level = _write_terrain(tmp_path / "level.tif", _level())
    ridge = _level()
    east_of_origin = np.arange(650) * 2 + BOX[0]
    ridge[:, (east_of_origin >= 58) & (east_of_origin <= 62)] += 12.0
    hill = _write_terrain(tmp_path / "hill.tif", ridge)

    seen = _study(tmp_path / "a", 6.0, level).build().street_coverage()
    less = _study(tmp_path / "b", 6.0, hill).build().street_coverage()

    by_street = seen.set_index("street_id")["seen_m"]
    hidden = less.set_index("street_id")["seen_m"]
    assert by_street["main"] > 15.0
    assert hidden["main"] < 13.0
    assert hidden["cross"] == pytest.approx(by_street["cross"], abs=2.0)


def test_the_summary_says_by_what_things_hide(tmp_path: Path) -> None:
    terrain = _write_terrain(tmp_path / "level.tif", _level())

    summary = _study(tmp_path / "town", 6.0, terrain).build().summary

    assert summary["relief"] == "surface"
    for share in summary["shares"].values():
        assert "walls and hills hide by their height" in share["basis"]
    assert any(one["table"] == "terrain" for one in summary["sources"])


def test_feet_are_converted_and_said_so(tmp_path: Path) -> None:
    terrain = _write_terrain(tmp_path / "feet.tif", _level(), unit="US survey foot")

    study = _study(tmp_path / "town", 6.0, terrain)

    notes = [note for one in study.settings.inputs for note in one.notices]
    assert any("feet" in note or "foot" in note for note in notes), notes
    with rasterio.open(study.terrain_path) as raster:
        assert raster.read(1).max() == pytest.approx(300.0 * 1200 / 3937, abs=0.01)
        assert raster.units == ("metre",)


def test_a_terrain_of_elsewhere_is_refused_and_leaves_no_study(tmp_path: Path) -> None:
    far = _write_terrain(tmp_path / "far.tif", _level(), box=(90000, 0, 91300, 1300))

    with pytest.raises((InputError, SourceError), match=r"far\.tif"):
        _study(tmp_path / "town", 6.0, far)
    assert not (tmp_path / "town").exists()


def test_a_terrain_that_ends_before_the_cameras_is_one_error(tmp_path: Path) -> None:
    small = _write_terrain(
        tmp_path / "small.tif", np.full((20, 20), 300.0), box=(0, 0, 40, 40)
    )

    with pytest.raises(InputError, match=r"terrain|ground|height"):
        _study(tmp_path / "town", 6.0, small).build()


def test_a_height_below_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="height_m"):
        _study(tmp_path / "town", -3.0, relief="surface")


def test_scenes_are_drawn_on_the_surface_too(tmp_path: Path) -> None:
    terrain = _write_terrain(tmp_path / "level.tif", _level())
    study = _study(tmp_path / "town", 6.0, terrain, scenes=6)

    share = study.build().summary["shares"]["street_length"]

    assert 0.0 <= share["low"] <= share["value"] <= share["high"] <= 1.0
    assert share["low"] < share["high"]


def test_ground_of_unknown_height_is_in_no_share_and_is_counted(tmp_path: Path) -> None:
    heights = _level()
    # 20 m by 20 m south of the street, 60 m east of the town's corner
    rows = slice((BOX[3] - 0) // 2, (BOX[3] + 20) // 2)
    heights[rows, (60 - BOX[0]) // 2 : (80 - BOX[0]) // 2] = -9999.0
    holed = _write_terrain(tmp_path / "holed.tif", heights)
    level = _write_terrain(tmp_path / "level.tif", _level())

    summary = _study(tmp_path / "holed", 6.0, holed).build().summary
    whole = _study(tmp_path / "level", 6.0, level).build().summary

    lost = whole["shares"]["area"]["total"] - summary["shares"]["area"]["total"]
    assert lost == pytest.approx(400.0, rel=0.25)
    assert any("no ground height" in text for text in summary["warnings"])
    assert whole["warnings"] == []
