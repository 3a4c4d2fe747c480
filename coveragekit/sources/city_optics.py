"""Draw the optics of the made-up city's cameras, with what lists leave out."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from coveragekit.sources.city_rules import city_rules, draw_index, uniform_between

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["draw_optics"]

_NUMBERS = ("width_px", "height_px", "focal_length_mm", "sensor_width_mm", "ir_range_m")
_ERRORS = {
    "position_error_m": (0.5, 6.0),
    "bearing_error_deg": (3.0, 25.0),
    "hfov_error_deg": (1.0, 8.0),
    "height_error_m": (0.2, 1.0),
}


def draw_optics(
    kinds: NDArray[np.object_],
    bearing_deg: NDArray[np.float64],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """
    Give the columns of a camera's build, each missing for some as in every list.

    Parameters
    ----------
    kinds
        Kind of each camera.
    bearing_deg
        Where each looks, clockwise from true north; presets turn about it.
    rng
        Generator of random numbers.

    Returns
    -------
    dict
        Column to values, of one data-sheet build for each camera.

    Examples
    --------
    >>> kinds = np.array(["fisheye"] * 9, dtype=object)
    >>> made = draw_optics(kinds, np.zeros(9), np.random.default_rng(0))
    >>> set(made["hfov_deg"][np.isfinite(made["hfov_deg"])].tolist())
    {360.0}
    """
    rules = city_rules()["cameras"]
    models, n = rules["models"], len(kinds)
    model = _models(kinds, rng)
    known = {name: _column(models, name)[model] for name in _NUMBERS}
    hfov = np.array([_hfov_deg(one) for one in models])[model]
    shape = known["height_px"] / known["width_px"]
    vfov = np.where(hfov > 180.0, 180.0, _vfov_deg(np.minimum(hfov, 170.0), shape))
    missing = {key: rng.random(n) < share for key, share in rules["missing"].items()}
    dark = missing["optics"]
    gone = {
        "focal_length_mm": dark | missing["lens"],
        "sensor_width_mm": dark | missing["lens"],
        "ir_range_m": missing["ir_range"],
    }
    made: dict[str, Any] = {
        name: np.where(gone.get(name, dark), np.nan, values)
        for name, values in known.items()
    }
    for name in ("width_px", "height_px"):
        made[name] = pd.array(made[name], dtype="Float64").astype("Int64")
    made["hfov_deg"] = np.where(dark, np.nan, np.round(hfov, 1))
    made["vfov_deg"] = np.where(dark | missing["vfov"], np.nan, np.round(vfov, 1))
    for name, key in (("mount_height_m", "mount_height"), ("tilt_deg", "tilt")):
        ends = np.array([one[name] for one in models], dtype=np.float64)[model]
        drawn = np.round(uniform_between(ends, n, rng), 1)
        made[name] = np.where(missing[key], np.nan, drawn)
    ranged = uniform_between([12.0, 60.0], n, rng)
    made["range_m"] = np.where(missing["range"], np.nan, np.round(ranged))
    for name, spread in _ERRORS.items():
        made[name] = np.where(
            missing["errors"], np.nan, np.round(uniform_between(spread, n, rng), 1)
        )
    made["range_error_m"] = np.round(0.15 * made["range_m"], 1)
    turns = (kinds == "ptz") & ~missing["presets"]
    made["ptz_presets"] = _presets(turns, bearing_deg, hfov, rng=rng)
    return made


def _models(kinds: NDArray[np.object_], rng: np.random.Generator) -> NDArray[np.intp]:
    models = city_rules()["cameras"]["models"]
    model = np.zeros(len(kinds), dtype=np.intp)
    for kind in sorted(set(kinds)):
        mine = np.flatnonzero(kinds == kind)
        own = [row for row, one in enumerate(models) if one["kind"] == kind]
        weights = [models[row]["weight"] for row in own]
        model[mine] = np.array(own)[draw_index(weights, len(mine), rng)]
    return model


def _column(models: list[dict[str, Any]], name: str) -> NDArray[np.float64]:
    return np.array([one.get(name, math.nan) for one in models], dtype=np.float64)


def _hfov_deg(model: dict[str, Any]) -> float:
    if "hfov_deg" in model:
        return float(model["hfov_deg"])
    return math.degrees(
        2.0 * math.atan(model["sensor_width_mm"] / (2.0 * model["focal_length_mm"]))
    )


def _vfov_deg(
    hfov_deg: NDArray[np.float64], shape: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.degrees(2.0 * np.arctan(np.tan(np.radians(hfov_deg) / 2.0) * shape))


def _presets(
    turns: NDArray[np.bool_],
    bearing_deg: NDArray[np.float64],
    hfov_deg: NDArray[np.float64],
    *,
    rng: np.random.Generator,
) -> NDArray[np.object_]:
    """Give for cameras that turn two to four views, the first the one they have now."""
    texts = np.full(len(turns), None, dtype=object)
    for row in np.flatnonzero(turns):
        count = int(rng.integers(2, 5))
        turn = np.concatenate(([0.0], np.cumsum(rng.uniform(50.0, 110.0, count - 1))))
        share = np.floor(100.0 * rng.dirichlet(np.full(count, 4.0))) / 100.0
        zoom = np.where(rng.random(count) < 0.4, rng.uniform(0.4, 0.8, count), 1.0)
        texts[row] = json.dumps(
            [
                {
                    "name": f"Preset {number + 1}",
                    "bearing_deg": round(
                        float((bearing_deg[row] + turn[number]) % 360.0), 1
                    )
                    % 360.0,
                    "hfov_deg": round(float(hfov_deg[row] * zoom[number]), 1),
                    "dwell_share": round(float(share[number]), 2),
                }
                for number in range(count)
            ]
        )
    return texts
