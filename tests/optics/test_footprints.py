"""Footprints: what a camera's picture shows of the level of its targets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from coveragekit.errors import InputError
from coveragekit.optics import Footprints, footprints, range_for_density_m

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))


def camera(**changes: Any) -> pd.DataFrame:
    """Give one camera: 60 by 35 degrees, 20 degrees down, six metres up."""
    values: dict[str, Any] = {
        "kind": "bullet",
        "bearing_deg": 0.0,
        "tilt_deg": 20.0,
        "hfov_deg": 60.0,
        "vfov_deg": 35.0,
        "width_px": 1920,
        "mount_height_m": 6.0,
        "range_m": np.nan,
        "ir_range_m": np.nan,
    }
    return pd.DataFrame({name: [value] for name, value in (values | changes).items()})


def edges(view: Footprints) -> tuple[float, ...]:
    """Give near and far edge and their widths, from the planes of one camera."""
    near, far, right, left = view.planes[0]
    ahead = np.array([-near[2], far[2]])
    reach_right = (right[2] - right[1] * ahead) / right[0]
    reach_left = (left[2] - left[1] * ahead) / left[0]
    return (*map(float, ahead), *map(float, reach_right - reach_left))


@pytest.mark.parametrize("vector", VECTORS["footprint"])
def test_the_planes_are_the_trapezoid_of_the_vectors(vector: dict[str, Any]) -> None:
    view = footprints(
        camera(
            mount_height_m=vector["H"],
            tilt_deg=vector["tilt"],
            hfov_deg=vector["hfov"],
            vfov_deg=vector["vfov"],
        ),
        1e-3,
        target_height_m=vector["h"],
    )

    near, far, near_width, far_width = edges(view)

    assert near == pytest.approx(vector["near"], abs=1e-3)
    assert near_width == pytest.approx(vector["near_width"], abs=1e-3)
    if vector["far"] is None:
        assert far > 1e4
        return
    assert far == pytest.approx(vector["far"], abs=1e-3)
    assert far_width == pytest.approx(vector["far_width"], abs=1e-3)
    area = (near_width + far_width) / 2.0 * (far - near)
    assert area == pytest.approx(vector["area"], abs=1e-3)
    assert view.reach_m[0] == pytest.approx(np.hypot(far, far_width / 2.0))
    half = np.degrees(np.arctan2(near_width / 2.0, near))
    assert view.half_angle_deg[0] == pytest.approx(half)


def test_density_counts_by_axial_depth_and_not_by_distance_on_the_ground() -> None:
    # 30 degrees down from 5.5 m at faces: z = ahead cos 30 + 4 sin 30
    view = footprints(camera(tilt_deg=30.0, mount_height_m=5.5, vfov_deg=40.0), 125.0)

    deepest = float(range_for_density_m(1920, 60.0, 125.0))
    assert edges(view)[1] == pytest.approx((deepest - 2.0) / np.cos(np.pi / 6))


def test_another_light_than_day_and_night_is_refused() -> None:
    with pytest.raises(InputError, match=r"light is 'dusk'; allowed: 'day', 'night'"):
        footprints(camera(), 62.5, light="dusk")  # type: ignore[arg-type]
