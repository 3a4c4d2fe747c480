"""Which privacy zones are left out of what a camera sees, from the view store alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from coveragekit.view import Store

    Floats = NDArray[np.float64]

__all__ = ["cut_by"]

# A zone is cut out along its edges; both are stored to a few millimetres.
_NEAR_M: Final = 0.05
_TWO: Final = 2  # corners of a view on the edge of a zone: one alone may be chance


def cut_by(store: Store, views: NDArray[np.intp]) -> str:
    """
    Say how many privacy zones are left out of the view of a camera.

    Parameters
    ----------
    store
        The city.
    views
        Rows of the views of one camera.

    Returns
    -------
    str
        A few words, without a name: whose zone it is may be private. Empty where there
        is none.
    """
    zones = store.zones.shape
    if not len(views) or not len(zones):
        return ""
    boxes, own = zones.box, store.views.shape.box[views]
    low, high = own[:, :2].min(axis=0), own[:, 2:].max(axis=0)
    near = ((boxes[:, :2] <= high) & (boxes[:, 2:] >= low)).all(axis=1)
    within = _NEAR_M * float(store.views.scale[views[0]])
    corners = np.concatenate(
        [ring for view in views for ring in store.views.shape.rings(int(view))]
    )
    cut = [
        row
        for row in np.flatnonzero(near).tolist()
        if _share_an_edge(zones.rings(row), corners, within)
    ]
    if not cut:
        return ""
    return (
        "a privacy zone is left out of its view"
        if len(cut) == 1
        else f"{len(cut)} privacy zones are left out of its view"
    )


def _share_an_edge(rings: Iterable[Floats], corners: Floats, within: float) -> bool:
    """Tell whether a view has two corners on one edge of a zone."""
    for ring in rings:
        for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            along = end - start
            length = float(along @ along)
            if not length > 0.0:
                continue
            at = np.clip((corners - start) @ along / length, 0.0, 1.0)
            off = np.linalg.norm(corners - (start + at[:, None] * along), axis=1)
            touched = at[off <= within]
            if len(np.unique(np.round(touched, 6))) >= _TWO:
                return True
    return False
