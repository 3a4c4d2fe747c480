"""Give aims as rows of the table of cameras, to be drawn, tried and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.siting.mounts import true_bearings

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import ArrayLike

    from coveragekit.siting.aims import Aims

__all__ = ["planned_cameras"]

_OPTICS: Final = (
    "hfov_deg",
    "vfov_deg",
    "width_px",
    "height_px",
    "tilt_deg",
    "ir_range_m",
)


def planned_cameras(aims: Aims, numbers: ArrayLike) -> gpd.GeoDataFrame:
    """
    Give aims as rows of the table ``cameras``.

    Parameters
    ----------
    aims
        The aims.
    numbers
        Which of them.

    Returns
    -------
    geopandas.GeoDataFrame
        ``camera_id`` (the site's, with a number where it is there several times), pose
        and optics, ``access`` planned; what nobody said is in ``assumed``. In the CRS
        of the places, with bearings from true north.

    Raises
    ------
    InputError
        There is no such aim.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coveragekit.siting import Demand, aims_from, pole_mounts
    >>> from coveragekit.visibility import Obstacles
    >>> crs = "EPSG:32616"
    >>> pole = gpd.GeoDataFrame({"site_id": ["p"]},
    ...     geometry=[Point(500000, 0)], crs=crs)
    >>> ground = Obstacles.from_buildings(pole.iloc[:0])
    >>> one = {"street_m": np.ones(1)}
    >>> there = Demand(np.array([[500010.0, 0.0]]), one, one, ground.crs)
    >>> aims = aims_from(pole_mounts(pole, ground), there, ground,
    ...     density_px_per_m=62.5, bearings=4)
    >>> made = planned_cameras(aims, [2])
    >>> made[["camera_id", "bearing_deg", "access"]].values.tolist()
    [['p', 45.0, 'planned']]
    """
    import geopandas as gpd
    import pandas as pd
    import shapely

    from coveragekit.model import conform

    mounts = aims.mounts
    mount, lens, way = aims.parts(numbers)
    xy = mounts.xy[mount]
    site = pd.Series(mounts.site_ids[mounts.site[mount]], dtype="str")
    again = site.groupby(site).cumcount() + 1
    ids = site.where(~site.duplicated(keep=False), site + "#" + again.astype("str"))
    columns = {
        name: np.array([float(getattr(aims.lenses[one], name)) for one in lens])
        for name in _OPTICS
    }
    assumed = [
        [*_OPTICS, *(["mount_height_m"] if mounts.height_assumed[one] else [])]
        for one in mount
    ]
    table = gpd.GeoDataFrame(
        {
            "camera_id": ids,
            "kind": [aims.lenses[one].kind for one in lens],
            "access": "planned",
            "bearing_deg": true_bearings(aims.bearing_deg[mount, way], xy, mounts.crs),
            **columns,
            "mount_height_m": mounts.height_m[mount],
            "assumed": assumed,
        },
        geometry=shapely.points(xy),
        crs=mounts.crs,
    )
    return conform("cameras", table)
