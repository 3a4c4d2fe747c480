"""Choose which cameras of a study get a simulated picture, and of what kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from coveragekit.errors import InputError
from coveragekit.view import Store, mercator

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["DemoCamera", "Part", "plan_cameras"]

Part = Literal[
    "plain",
    "agency",
    "mjpeg",
    "snapshot",
    "login",
    "wrong_login",
    "masked",
    "zone",
    "offline",
    "registered",
]
# Part, how many, and the tier and state of the study's cameras that fit it best.
_CAST: Final[tuple[tuple[Part, int, str, str], ...]] = (
    ("zone", 1, "integrated", "online"),
    ("offline", 1, "integrated", "offline"),
    ("masked", 1, "integrated", "online"),
    ("mjpeg", 1, "integrated", "online"),
    ("snapshot", 1, "integrated", "online"),
    ("login", 1, "integrated", "online"),
    ("wrong_login", 1, "integrated", "online"),
    ("registered", 1, "registered", "online"),
    ("agency", 2, "public", "online"),
    ("plain", 6, "integrated", "online"),
)
_LEAST: Final = sum(count for _, count, _, _ in _CAST)
# A misfit costs more than any distance.
_MISFIT: Final = 10.0
_ONE_WAY: Final = ("bullet", "dome", "turret")


@dataclass(frozen=True, slots=True)
class DemoCamera:
    """
    One camera of the study that gets a simulated picture.

    Parameters
    ----------
    camera_id, name, kind
        As the study has them.
    part
        What it is there to show.
    lon, lat
        Where it is, degrees.
    bearing_deg
        Where it looks; ``None`` where that is not known.
    """

    camera_id: str
    name: str
    kind: str
    part: Part
    lon: float
    lat: float
    bearing_deg: float | None


def plan_cameras(results: str | Path) -> tuple[DemoCamera, ...]:
    """
    Choose the cameras of a built study that get a simulated picture.

    Parameters
    ----------
    results
        The folder of its results.

    Returns
    -------
    tuple of DemoCamera
        Those near the middle of the study, the same ones each time. Each part goes to
        a camera whose tier and state fit it, as far as there are such.

    Raises
    ------
    InputError
        The study has too few cameras.
    """
    store = Store.open(results)
    cameras = store.cameras
    free = np.asarray(cameras.used & cameras.active)
    if int(free.sum()) < _LEAST:
        message = (
            f"the study has {int(free.sum())} cameras in use; simulated pictures need "
            f"{_LEAST} or more"
        )
        raise InputError(message)
    away = _away(store)
    chosen = []
    for part, count, tier, status in _CAST:
        far = _alone(store) if part == "zone" else away
        cost = far + _misfit(store, part, tier=tier, status=status)
        for _ in range(count):
            row = int(np.argmin(np.where(free, cost, np.inf)))
            free[row] = False
            chosen.append(_camera(store, row, part))
    return tuple(chosen)


def _away(store: Store) -> NDArray[np.float64]:
    """Give how far each camera is from the middle, as a share of the farthest."""
    merc = np.asarray(store.cameras.merc)
    away = np.linalg.norm(merc - np.median(merc, axis=0), axis=1)
    return np.asarray(away / max(float(away.max()), 1e-12))


def _alone(store: Store) -> NDArray[np.float64]:
    """Give how near each camera is to the next one: a zone shall cover one alone."""
    merc = np.asarray(store.cameras.merc)
    apart = np.linalg.norm(merc[:, None] - merc[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    alone = apart.min(axis=1)
    return np.asarray(-alone / max(float(alone.max()), 1e-12))


def _misfit(store: Store, part: Part, *, tier: str, status: str) -> NDArray[np.float64]:
    cameras, meta = store.cameras, store.meta
    tiers, statuses, kinds = meta["tiers"], meta["statuses"], meta["kinds"]
    fits_tier = np.asarray(cameras.access) == tiers.index(tier)
    fits_status = np.asarray(cameras.status) == statuses.index(status)
    cost = _MISFIT * (~fits_tier + 1.0 * ~fits_status)
    if part in {"masked", "zone"}:
        # a mask lies still, and a zone stands ahead: both want a camera that does
        still = np.isin(cameras.kind, [kinds.index(one) for one in _ONE_WAY])
        cost += _MISFIT * ~(still & np.isfinite(cameras.bearing_deg))
    return np.asarray(cost, np.float64)


def _camera(store: Store, row: int, part: Part) -> DemoCamera:
    cameras = store.cameras
    lon, lat = mercator.to_lonlat(cameras.merc[row]).tolist()
    bearing = float(cameras.bearing_deg[row])
    camera_id = str(cameras.camera_id[row])
    return DemoCamera(
        camera_id,
        str(cameras.name[row]) or camera_id,
        str(store.meta["kinds"][cameras.kind[row]]),
        part,
        lon,
        lat,
        bearing if np.isfinite(bearing) else None,
    )
