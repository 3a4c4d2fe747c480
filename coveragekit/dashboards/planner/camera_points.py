"""Which cameras the map shows, and as what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coveragekit.dashboards.planner.choice import counted_tiers
from coveragekit.maps.bridge import point_classes
from coveragekit.maps.tokens import ACCESS_ORDER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.view import Store

__all__ = ["looks_of", "shown_points"]


def shown_points(
    store: Store, filters: Filters, left: frozenset[int]
) -> NDArray[np.bool_]:
    """
    Give which cameras are drawn: those that count, and those that are planned.

    Parameters
    ----------
    store
        The city.
    filters
        The tier in force.
    left
        Rows of those that have left since the build.

    Returns
    -------
    numpy.ndarray
        Bool, one for each camera.
    """
    # What is planned is drawn beside what counts; nobody looks for it in vain.
    counted = (*counted_tiers(filters.tier), "planned")
    wanted = np.array([tier in counted for tier in store.meta["tiers"]])
    shown = np.array(wanted[store.cameras.access] & store.cameras.active)
    shown[list(left)] = False
    return shown


def looks_of(store: Store, filters: Filters) -> NDArray[np.uint8]:
    """
    Give the class that each camera is drawn in.

    Parameters
    ----------
    store
        The city.
    filters
        The state in force: hollow is what is known not to work, or where only what
        works now counts, what is not known to.

    Returns
    -------
    numpy.ndarray
        As ``maps.bridge.point_classes`` gives them.
    """
    cameras, meta = store.cameras, store.meta
    order = np.array([ACCESS_ORDER.index(tier) for tier in meta["tiers"]])
    offline = np.array([one == "offline" for one in meta["statuses"]])
    idle = ~cameras.works if filters.state == "now" else offline[cameras.status]
    return point_classes(
        order[cameras.access],
        offline=idle,
        unknown=~np.isfinite(cameras.bearing_deg),
    )
