"""The cameras of the view store, and what each way they look shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit import model, optics
from coveragekit.study.cameras import MOUNTING, MOUNTS, densities_of, footprints_of
from coveragekit.study.cameras import turned as turned_by
from coveragekit.study.folder import read_geoparquet
from coveragekit.study.ground import load_hides, load_obstacles
from coveragekit.study.looking import Onlooker
from coveragekit.study.shares import TIERS
from coveragekit.study.view_shapes import local_to_merc, ragged_of, texts_of
from coveragekit.view import Cameras, Texts, Views, mercator, morton

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.optics import Footprints
    from coveragekit.study.folder import StudyFolder
    from coveragekit.study.view_areas import AreaFinder
    from coveragekit.visibility import Obstacles, Surface

    Floats = NDArray[np.float64]

__all__ = ["KINDS", "STATUSES", "Seers", "camera_table", "seers_of", "view_table"]

KINDS: Final = model.table("cameras").columns["kind"].allowed or ()
STATUSES: Final = model.table("cameras").columns["status"].allowed or ()
# Where a footprint's planes have the far edge, and where the near one and the sides.
_FAR: Final = 1
_OTHERS: Final = (0, 2, 3)
_SAME: Final = 1e-9


@dataclass(frozen=True)
class Seers:
    """
    The cameras of the store and those of them that see into the study area.

    Parameters
    ----------
    cameras
        Every camera of the study in Morton order, EPSG:4326, index 0 to n-1, with
        ``sees``: it is in service and reaches the study area at the loosest band.
    local
        Their places, metres, shape ``(n, 2)``.
    onlooker
        Those that see, by their views.
    camera_of
        Row in ``cameras`` of each view.
    """

    cameras: gpd.GeoDataFrame
    local: Floats
    onlooker: Onlooker
    camera_of: NDArray[np.intp]


def seers_of(study: StudyFolder, folder: Path) -> Seers:
    """
    Give the cameras of the store.

    Parameters
    ----------
    study
        The study.
    folder
        A results folder.

    Returns
    -------
    Seers
        Those that see at any band, not only at that of the study's purpose.
    """
    import pandas as pd
    import shapely

    settings = study.settings
    cameras = read_geoparquet(folder / "cameras.parquet")
    lonlat = shapely.get_coordinates(cameras.geometry.to_numpy())
    order = np.argsort(morton.keys(mercator.to_merc(*lonlat.T)), kind="stable")
    cameras = cameras.iloc[order].reset_index(drop=True)
    placed = cameras.to_crs(settings.crs)
    local = shapely.get_coordinates(placed.geometry.to_numpy())
    hides = load_hides(study, folder)
    cameras["sees"] = cameras["used"] | (cameras["shows"] & _is_known(local, hides))
    unturned = placed[cameras["sees"]].reset_index(drop=True)
    views = turned_by(unturned, settings.ptz)
    onlooker = Onlooker(
        settings,
        unturned,
        views,
        _mounting(study, folder, unturned)
        .loc[views["camera_id"]]
        .set_axis(views.index),
        hides,
    )
    row_of = pd.Index(cameras["camera_id"])
    return Seers(
        cameras,
        local,
        onlooker,
        row_of.get_indexer(pd.Index(views["camera_id"])),
    )


def _is_known(xy: Floats, hides: Obstacles | Surface) -> NDArray[np.bool_]:
    """Tell where the ground is known; without heights that is everywhere."""
    from coveragekit.visibility import Surface

    if not isinstance(hides, Surface):
        return np.ones(len(xy), np.bool_)
    places = hides.cells_of(xy)
    rows, columns = hides.ground_m.shape
    on = ((places >= 0.0) & (places <= (columns - 1.0, rows - 1.0))).all(axis=1)
    found = np.zeros(len(xy), np.bool_)
    column, row = np.round(places[on]).astype(np.int64).T
    found[on] = np.isfinite(hides.ground_m[row, column])
    return found


def _mounting(
    study: StudyFolder, folder: Path, cameras: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Give by key where cameras hang; those that no step before needed are mounted."""
    import pandas as pd

    from coveragekit.visibility import mount

    table = pd.read_parquet(folder / MOUNTS).set_index("camera_id")
    fresh = cameras[~cameras["camera_id"].isin(table.index)]
    if len(fresh) == 0:
        return table
    depth_m = study.settings.parameters.mount_depth_m
    hung = mount(fresh, load_obstacles(study, folder), mount_depth_m=depth_m)
    return pd.concat([table, hung[list(MOUNTING)].set_axis(fresh["camera_id"])])


def camera_table(seers: Seers, folder: Path, finder: AreaFinder) -> Cameras:
    """
    Give the table of cameras.

    Parameters
    ----------
    seers
        The cameras.
    folder
        A results folder.
    finder
        Knows which area a place lies in.

    Returns
    -------
    Cameras
        In Morton order.
    """
    import pandas as pd
    import shapely

    cameras = seers.cameras
    lonlat = shapely.get_coordinates(cameras.geometry.to_numpy())
    worth = pd.read_parquet(folder / "camera_worth.parquet").set_index("camera_id")
    worth = worth.reindex(cameras["camera_id"])
    mounts = pd.read_parquet(folder / MOUNTS).set_index("camera_id")["mount_shift_m"]
    numbers: dict[str, Any] = {
        name: cameras[name].to_numpy(dtype=np.float64, na_value=np.nan)
        for name in (
            "bearing_deg",
            "tilt_deg",
            "hfov_deg",
            "vfov_deg",
            "width_px",
            "height_px",
            "mount_height_m",
            "range_m",
            "ir_range_m",
            "reach_m",
        )
    }
    return Cameras(
        merc=mercator.to_merc(*lonlat.T),
        local=seers.local,
        camera_id=texts_of(cameras["camera_id"]),
        name=texts_of(cameras["name"]),
        access=_codes(cameras["access"], TIERS),
        status=_codes(cameras["status"], STATUSES),
        kind=_codes(cameras["kind"], KINDS),
        works=cameras["works_now"].to_numpy(dtype=np.bool_),
        active=cameras["active"].to_numpy(dtype=np.bool_),
        used=cameras["sees"].to_numpy(dtype=np.bool_),
        loss_street_m=worth["loss_street_m"].to_numpy(dtype=np.float64),
        loss_incidents=worth["loss_incidents_per_year"].to_numpy(dtype=np.float64),
        moved_m=mounts.reindex(cameras["camera_id"]).to_numpy(dtype=np.float64),
        active_from_s=_seconds(cameras["active_from"], np.iinfo(np.int64).min),
        active_to_s=_seconds(cameras["active_to"], np.iinfo(np.int64).max),
        area=finder.of_places(seers.local),
        presets=texts_of(cameras["ptz_presets"]),
        assumed=Texts.of([";".join(names) for names in cameras["assumed"]]),
        **numbers,
    )


def _codes(column: pd.Series[Any], words: tuple[str, ...]) -> NDArray[np.uint8]:
    """Give the number of each word; a missing one is the last, unknown or planned."""
    import pandas as pd

    found = pd.Index(words).get_indexer(pd.Index(column))
    return np.where(found < 0, len(words) - 1, found).astype(np.uint8)


def _seconds(times: pd.Series[Any], missing: int) -> NDArray[np.int64]:
    known = times.notna().to_numpy()
    seconds = np.full(len(times), missing, np.int64)
    seconds[known] = times[known].dt.as_unit("s").astype(np.int64).to_numpy()
    return seconds


def view_table(seers: Seers) -> Views:
    """
    Give what the cameras see, at the loosest band by day, and how others cut that.

    Parameters
    ----------
    seers
        The cameras.

    Returns
    -------
    Views
        In the order of the cameras.
    """
    from coveragekit.visibility import isovists

    onlooker, settings = seers.onlooker, seers.onlooker.settings
    cameras, parameters = onlooker.cameras, settings.parameters
    shown = [
        footprints_of(cameras, settings, density_px_per_m=density)
        for density in densities_of(settings).values()
    ]
    check_alike(shown)
    shapes = isovists(
        cameras,
        onlooker.hides,
        footprints=shown[0],
        target_height_m=parameters.target_height_m,
        chord_tolerance_m=parameters.chord_tolerance_m,
        mounting=onlooker.mounting,
    )
    feet = onlooker.pictures["day"].feet
    merc = local_to_merc(feet, settings.crs)
    reach_m = np.column_stack([one.reach_m for one in shown])
    far_m = np.column_stack([one.planes[:, _FAR, 2] for one in shown])
    turns = shown[0].half_angle_deg >= 180.0
    bearing = cameras["bearing_deg"].to_numpy(dtype=np.float64, na_value=np.nan)
    columns: dict[str, Any] = {
        "camera": seers.camera_of,
        "probability": onlooker.probability,
        "bearing_deg": np.where(turns & ~np.isfinite(far_m[:, 0]), np.nan, bearing),
        "reach_m": reach_m,
        "far_m": far_m,
        "night_m": optics.night_range_m(cameras).to_numpy(),
    }
    return Views(
        local=feet,
        merc=merc,
        scale=mercator.scale(merc),
        shape=ragged_of(shapes.to_numpy(), crs=settings.crs),
        **columns,
    )


def check_alike(shown: list[Footprints]) -> None:
    """
    Make sure that densities differ only in the far edge and the reach.

    The store cuts one shape for every band; a near edge or a side that moved with the
    density would make those cuts wrong.

    Parameters
    ----------
    shown
        Footprints of the same cameras, the loosest density first.
    """
    first = shown[0]
    for one in shown[1:]:
        sees = one.reach_m > 0.0
        same = np.isclose(
            one.planes[sees][:, _OTHERS],
            first.planes[sees][:, _OTHERS],
            atol=_SAME,
        )
        assert same.all()
        assert np.allclose(one.near_m[sees], first.near_m[sees], atol=_SAME)
