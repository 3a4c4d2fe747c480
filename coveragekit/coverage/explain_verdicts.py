"""Give each camera its verdict: the first thing that keeps it from a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from coveragekit.coverage.active import in_service

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.coverage.explain_question import Question

    Bools = NDArray[np.bool_]

__all__ = ["STATES", "VERDICTS", "rank_verdicts", "states_of"]

# In the order in which they are looked for; the first that holds is the verdict:
# whether it may look there, where it is and looks, then light, then its state. So
# one of the last five means "would see it but for this".
VERDICTS: Final = (
    "sees",
    "sees with probability",
    "privacy zone",
    "inside a building",
    "out of range",
    "outside the angle",
    "dead zone",
    "above the picture",
    "blocked",
    "too dark",
    "not in service",
    "offline",
    "not recording",
    "not consented",
)
STATES: Final = {
    "not in service": "not in service at that time",
    "offline": "offline",
    "not recording": "does not record at that hour",
    "not consented": "planned, counted in no share",
}


def states_of(near: gpd.GeoDataFrame, asked: Question) -> dict[str, Bools]:
    """
    Give for each verdict of state which cameras it holds for.

    Parameters
    ----------
    near
        The cameras; a column that is missing keeps none of them from seeing.
    asked
        The time asked about, and who records then.

    Returns
    -------
    dict
        A key of ``STATES`` to a flag for each camera.
    """
    no = np.zeros(len(near), dtype=np.bool_)

    def told(column: str, word: str) -> Bools:
        if column not in near.columns:
            return no
        return np.asarray((near[column] == word).fillna(value=False), dtype=np.bool_)

    return {
        "not in service": (
            no if asked.as_of is None else ~in_service(near, asked.as_of)
        ),
        "offline": told("status", "offline"),
        "not recording": no if asked.records is None else ~asked.records(near),
        "not consented": told("access", "planned"),
    }


def rank_verdicts(rows: pd.DataFrame, states: dict[str, Bools]) -> NDArray[np.intp]:
    """
    Give the verdict of each camera.

    Parameters
    ----------
    rows
        What was measured of each.
    states
        What :func:`states_of` gave for them.

    Returns
    -------
    numpy.ndarray
        Numbers into ``VERDICTS``.
    """
    would_see = rows["would_see"].to_numpy(dtype=np.bool_)
    counts = would_see & ~np.any(list(states.values()), axis=0)
    certain = (rows["chance"] == 1.0).to_numpy()
    # Where it would see, what is past an edge by rounding is no fault.
    blind = {name: held & ~would_see for name, held in _faults(rows).items()}
    held = {"sees": counts & certain, "sees with probability": counts} | blind | states
    ranks: NDArray[np.intp] = np.argmax([held[name] for name in VERDICTS], axis=0)
    return ranks


def _faults(rows: pd.DataFrame) -> dict[str, Bools]:
    """Give for each verdict of place and light which cameras it holds for."""
    is_ahead = (rows["off_angle_deg"] == 0.0).to_numpy()
    found = {
        "privacy zone": rows["in_zone"],
        "inside a building": rows["is_inside"],
        "out of range": rows["beyond_m"] > 0.0,
        "outside the angle": rows["off_angle_deg"] > 0.0,
        "dead zone": rows["is_below"] & is_ahead,
        "above the picture": (rows["above_m"] > 0.0) & is_ahead,
        "blocked": ~rows["seen"],
        "too dark": rows["dark_m"] > 0.0,
    }
    return {name: held.to_numpy(dtype=np.bool_) for name, held in found.items()}
