"""A small map of one camera: what it would see, and which cameras are near."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.errors import InputError
from coveragekit.maps.tiles import Frame, Look, Painter, encode, picture
from coveragekit.server.office import ghost_of
from coveragekit.server.sight import Sight
from coveragekit.view import mercator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from coveragekit.view import Store

    Floats = NDArray[np.float64]

__all__ = ["SmallMaps"]

WIDE_PX: Final = 360
HIGH_PX: Final = 240
_SHARP: Final = 2.0
_AROUND_M: Final = 70.0
_OPTICS: Final = (
    "tilt_deg",
    "hfov_deg",
    "vfov_deg",
    "width_px",
    "height_px",
    "mount_height_m",
    "ir_range_m",
)


class SmallMaps:
    """
    Draw small maps of a study.

    Parameters
    ----------
    store
        Its view store.
    """

    def __init__(self, store: Store) -> None:
        self._painter = Painter(store)
        self._sight = Sight(store, np.empty((0, 2)))

    def draw(
        self,
        camera: Mapping[str, Any],
        near: Sequence[tuple[float, float, str]],
        *,
        dark: bool,
    ) -> dict[str, Any]:
        """
        Draw one camera.

        Parameters
        ----------
        camera
            As an owner sent it.
        near
            Longitude, latitude and number of the cameras that are near.
        dark
            For a dark page.

        Returns
        -------
        dict
            The picture as an address that holds it, its size in CSS pixels, the
            outline of the view and the places of the cameras in those pixels.
        """
        foot = mercator.to_merc(camera["lon"], camera["lat"])
        others = [mercator.to_merc(lon, lat) for lon, lat, _ in near]
        rings = self._rings(camera)
        corners = np.concatenate([foot[None], *(one[None] for one in others), *rings])
        margin = _AROUND_M * float(mercator.scale(foot))
        low = np.minimum(corners.min(axis=0), foot - margin)
        high = np.maximum(corners.max(axis=0), foot + margin)
        bounds = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        frame = Frame.around(bounds, (WIDE_PX, HIGH_PX))

        def pixels(places: Floats) -> list[list[float]]:
            moved = (places - [frame.west, frame.north]) / frame.pixel
            return [[round(x, 1), round(y, 1)] for x, y in moved.tolist()]

        size = round(WIDE_PX * _SHARP), round(HIGH_PX * _SHARP)
        layers = ["base", "labels"]
        drawn = picture(self._painter, bounds, size, layers, Look(dark=dark), scale=2.0)
        return {
            "src": "data:image/png;base64," + base64.b64encode(encode(drawn)).decode(),
            "width": WIDE_PX,
            "height": HIGH_PX,
            "rings": [pixels(ring) for ring in rings],
            "foot": pixels(foot[None])[0],
            "near": [
                {"at": pixels(one[None])[0], "number": number}
                for one, (_, _, number) in zip(others, near, strict=True)
            ],
        }

    def _rings(self, camera: Mapping[str, Any]) -> list[Floats]:
        optics = {
            name: camera[name] for name in _OPTICS if camera.get(name) is not None
        }
        try:
            return self._sight.see(ghost_of({**camera, "optics": optics})).rings
        except InputError:  # so far off that the study's coordinates do not hold it
            return []
