"""Groups of cameras, yearly rates, and the words that go with a share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coveragekit.study.shares import (
    camera_groups,
    event_times,
    fact,
    groups_in_service,
    observed_years,
    share_json,
)


def _cameras() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "access": ["public", "integrated", "registered", "planned", "public"],
            "kind": ["ptz", "dome", "dome", "dome", "dome"],
        }
    )


def test_tiers_nest_from_what_can_be_watched_to_what_is_planned() -> None:
    groups = camera_groups(_cameras())

    assert groups["counted"].tolist() == [True, True, True, False, True]
    assert groups["alone:integrated"].tolist() == [False, True, False, False, False]
    assert groups["nested:integrated"].tolist() == [True, True, False, False, True]
    assert groups["nested:registered"].tolist() == groups["counted"].tolist()
    assert groups["nested:planned"].all()
    assert groups["kind:dome"].tolist() == [False, True, True, False, True]


def test_no_cameras_make_empty_groups() -> None:
    groups = camera_groups(_cameras().iloc[:0])

    assert all(len(flags) == 0 for flags in groups.values())
    assert all(flags.dtype == np.bool_ for flags in groups.values())


def test_the_value_is_that_of_the_counted_cameras() -> None:
    names = camera_groups(_cameras())
    seen = dict.fromkeys(names, 0.2) | {"counted": 0.5, "kind:dome": 0.1}

    block = share_json(
        {"groups": seen, "working_now": fact(0.125)},
        "by day",
        total=50.0,
        unit="m",
        naive=0.25,
    )

    assert block["value"] == 0.5
    assert block["naive"] == 0.25
    assert block["by_kind"]["dome"] == 0.1
    assert block["by_access"]["planned"] == {"alone": 0.2, "nested": 0.2}
    assert (block["low"], block["high"]) == (None, None)
    assert block["working_now"] == {"value": 0.125, "low": None, "high": None}
    assert "groups" not in block


def test_a_share_of_nothing_has_no_value() -> None:
    seen = dict.fromkeys(camera_groups(_cameras()), None)

    block = share_json({"groups": seen}, "", total=0.0, unit="calls")

    assert block["value"] is None
    assert block["by_access"]["public"] == {"alone": None, "nested": None}


def test_cameras_out_of_service_are_in_no_group() -> None:
    cameras = _cameras().assign(active=False, works_now=True)

    assert not any(flags.any() for flags in groups_in_service(cameras).values())


def _days(*spans: tuple[str, str]) -> pd.Series:
    parts = [pd.date_range(a, b, freq="D", tz="UTC").to_series() for a, b in spans]
    return pd.concat(parts).sample(frac=1.0, random_state=1)


def test_two_years_are_two_years_in_any_order() -> None:
    assert observed_years(_days(("2020-01-01", "2021-12-31"))) == pytest.approx(
        2.0, abs=0.01
    )


def test_a_year_that_the_files_skip_does_not_count() -> None:
    times = _days(("2015-01-01", "2015-12-31"), ("2019-01-01", "2019-12-31"))

    assert observed_years(times) == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize(("count", "days"), [(0, 0.0), (1, 30.0)])
def test_few_rows_are_at_least_a_month(count: int, days: float) -> None:
    times = _days(("2020-01-01", "2020-01-01")).iloc[:count]

    assert observed_years(times) == pytest.approx(days / 365.25)


def test_rare_rows_are_not_taken_for_silence() -> None:
    times = pd.date_range("2020-01-01", periods=7, freq="60D", tz="UTC").to_series()

    assert observed_years(times) == pytest.approx(360 / 365.25)


def test_an_incident_is_dated_by_its_report_where_there_is_one() -> None:
    day = pd.to_datetime(["2022-01-01", "2022-01-02"], utc=True)
    rows = pd.DataFrame(
        {
            "occurred_from": pd.DatetimeIndex([day[0], day[0]]),
            "reported_at": pd.DatetimeIndex([day[1], pd.NaT]),
        }
    )

    assert event_times("incidents", rows).tolist() == [day[1], day[0]]
