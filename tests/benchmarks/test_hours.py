"""The promises of light and hours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from coveragekit.coverage import (
    hour_weights,
    seen_at_the_time,
    service,
    timing,
    warm_up,
)

SPANS = 100_000
CAMERAS = 60_000
EVENTS = 1_000_000
ZONE = "America/New_York"


def _spans(count: int, rng: np.random.Generator) -> tuple[pd.Series, pd.Series]:
    begin_s = rng.uniform(1.4e9, 1.7e9, count)
    end_s = begin_s + rng.exponential(3.0 * 3600.0, count)
    return tuple(
        pd.Series(pd.to_datetime(at_s, unit="s", utc=True)) for at_s in (begin_s, end_s)
    )


def test_spans_are_spread_over_the_week_at_once(scale, promise, cpu_clock) -> None:
    begin, end = _spans(int(SPANS * scale), np.random.default_rng(1))
    hour_weights(begin[:2], end[:2], ZONE)  # compiled, or read from the cache

    with cpu_clock() as spent:
        found = hour_weights(begin, end, ZONE)

    assert found.sum() == pytest.approx(len(begin))
    promise("spans over hours of the week", spent[0], "s", at_most=0.1)


def test_a_city_s_incidents_meet_the_cameras_of_their_time(
    scale, promise, cpu_clock
) -> None:
    rng = np.random.default_rng(1)
    n_events, n_cameras = int(EVENTS * scale), int(CAMERAS * scale)
    begin, end = _spans(n_events, rng)
    texts = np.array([None, "Mo-Fr 08:00-18:00", "22:00-06:00"], dtype=object)
    cameras = pd.DataFrame(
        {
            "active_from": pd.to_datetime(
                rng.uniform(1.2e9, 1.7e9, n_cameras), unit="s", utc=True
            ),
            "active_to": pd.to_datetime([None] * n_cameras, utc=True),
            "recording_hours": texts[rng.choice(3, n_cameras, p=[0.8, 0.1, 0.1])],
        }
    )
    pairs = (
        rng.integers(0, n_events, 3 * n_events),
        rng.integers(0, n_cameras, 3 * n_events),
    )
    by_day = csr_array(
        (np.ones(3 * n_events, dtype=np.bool_), pairs), shape=(n_events, n_cameras)
    )
    by_night = by_day.copy()
    by_night.data = rng.random(by_night.nnz) < 0.5
    warm_up()

    with cpu_clock() as spent:
        when = timing(begin, end, ZONE, lon=-84.39, lat=33.75)
        found = seen_at_the_time(
            by_day,
            by_night,
            np.full(n_cameras, 0.5),
            service=service(cameras, ZONE),
            timing=when,
        )

    assert len(when) == n_events
    assert 0.0 < found.probability.mean() < 1.0
    promise("incidents by the cameras, light and hours then", spent[0], "s", at_most=5)
