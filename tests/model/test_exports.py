"""What a role may take out: exact rows, counts by cells, or nothing."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from coveragekit import model
from coveragekit.dashboards.serve import ROLES
from coveragekit.errors import InputError

OTHERS = [role for role in model.roles() if role != "analyst"]
HERE = (24.94, 60.17)
GROUPS = (
    "offences whose victims a place could name (sexual, domestic, children) "
    "are left out, if there are any"
)


def _incidents(categories: list[str], xy: list[tuple[float, float]] | None = None):
    lonlat = xy or [HERE] * len(categories)
    return gpd.GeoDataFrame(
        {
            "incident_id": [f"i{n}" for n in range(len(categories))],
            "category": categories,
            "offense_code": [None] * len(categories),
        },
        geometry=gpd.points_from_xy(*zip(*lonlat, strict=True)),
        crs="EPSG:4326",
    )


def test_the_roles_are_those_that_can_be_served_and_the_public() -> None:
    assert set(model.roles()) == {*ROLES, "public"}


def test_an_analyst_takes_every_row_as_it_is() -> None:
    rows = _incidents(["Rape", "AUTO THEFT"])

    released = model.release("incidents", rows, "analyst")

    assert released.form == "exact"
    assert released.table is rows
    assert released.notes == ()


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_takes_an_incident_at_its_place(role: str) -> None:
    rows = _incidents(["AUTO THEFT"] * 7)

    released = model.release("incidents", rows, role)

    assert list(released.table.columns) == ["cell_id", "count", "geometry"]
    assert released.table["count"].tolist() == [7]
    assert set(released.table.geom_type) == {"Polygon"}
    area_m2 = released.table.to_crs("EPSG:32635").area.iloc[0]
    assert area_m2 == pytest.approx(250.0**2, rel=1e-3)
    assert released.table.covers(shapely.Point(HERE)).all()


@pytest.mark.parametrize(
    ("category", "group"),
    [
        ("Rape", "sexual"),
        ("SEXUAL BATTERY", "sexual"),
        ("Fondling", "sexual"),
        ("Peeping Tom", "sexual"),
        ("Human trafficking, commercial sex acts", "sexual"),
        ("Domestic dispute", "domestic"),
        ("Family offenses, nonviolent", "domestic"),
        ("AGG ASSAULT - DV", "domestic"),
        ("Violation of a protective order", "domestic"),
        ("Child neglect", "children"),
    ],
)
def test_offences_whose_victim_a_place_names_are_protected(
    category: str, group: str
) -> None:
    assert model.protected(_incidents([category])).tolist() == [group]


@pytest.mark.parametrize(
    "category",
    ["AUTO THEFT", "Robbery", "Middlesex Street theft", "Family restaurant"],
)
def test_other_offences_are_not_protected(category: str) -> None:
    assert model.protected(_incidents([category])).isna().all()


def test_a_code_protects_whatever_the_words_say() -> None:
    rows = _incidents(["Assault"]).assign(offense_code="11d")

    assert model.protected(rows).tolist() == ["sexual"]


def test_calls_are_protected_by_their_type() -> None:
    calls = gpd.GeoDataFrame(
        {"call_type": ["DOMESTIC VIOLENCE IN PROGRESS", "ALARM", None]},
        geometry=gpd.points_from_xy([1.0] * 3, [2.0] * 3),
        crs="EPSG:4326",
    )

    assert model.protected(calls, "calls").fillna("-").tolist() == [
        "domestic",
        "-",
        "-",
    ]


def test_protected_offences_and_small_counts_are_withheld_and_told() -> None:
    far = (24.99, 60.19)
    rows = _incidents(
        ["AUTO THEFT"] * 6 + ["Rape"] * 9 + ["Robbery"] * 4,
        [HERE] * 15 + [far] * 4,
    )

    released = model.release("incidents", rows, "planner")

    assert released.table["count"].tolist() == [6]
    assert released.notes == (
        "incidents are counted by cells of 250 m; cells with fewer than 5 are left out",
        GROUPS,
    )


def test_what_is_told_tells_nothing_of_what_was_withheld() -> None:
    without = model.release("incidents", _incidents(["AUTO THEFT"] * 6), "planner")
    more = _incidents(["AUTO THEFT"] * 6 + ["Rape"] * 3)

    with_some = model.release("incidents", more, "planner")

    assert with_some.notes == without.notes
    assert with_some.table.equals(without.table)


def _gaps() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "gap_id": ["a", "b"],
            "incidents_per_year": [1.5, 40.0],
            "incidents_low": [0.5, 30.0],
            "calls_per_year": [2.0, 4.9],
            "street_m": [10.0, 3.0],
        },
        geometry=[shapely.box(24, 60, 24.1, 60.1)] * 2,
        crs="EPSG:4326",
    )


@pytest.mark.parametrize("role", [one for one in OTHERS if one != "public"])
def test_rates_that_stand_for_few_events_are_blank(role: str) -> None:
    gaps = _gaps()

    released = model.release("gaps", gaps, role, years={"incidents": 3.0, "calls": 1.0})

    table = released.table
    assert table["incidents_per_year"].isna().tolist() == [True, False]
    assert table["incidents_low"].isna().tolist() == [True, False]
    assert table["calls_per_year"].isna().tolist() == [True, True]
    assert table["street_m"].tolist() == [10.0, 3.0]
    assert released.notes == (
        "rates of gaps are rounded to steps of 5 events, and blank below that",
    )
    assert gaps["incidents_per_year"].tolist() == [1.5, 40.0]


def test_rates_go_in_steps_so_that_no_difference_tells_of_few() -> None:
    gaps = _gaps().assign(incidents_per_year=[41.0, 42.4])

    kept = model.release("gaps", gaps, "planner", years={"incidents": 2.0}).table

    assert kept["incidents_per_year"].tolist() == [40.0, 42.5]


def test_a_rate_over_many_years_stands_for_more_events() -> None:
    kept = model.release("gaps", _gaps(), "planner", years={"incidents": 20.0}).table

    assert kept["incidents_per_year"].notna().all()


def test_an_analyst_keeps_every_rate() -> None:
    assert model.release("gaps", _gaps(), "analyst").table.equals(_gaps())


def test_nothing_left_is_an_empty_table() -> None:
    released = model.release("incidents", _incidents(["Rape"] * 9), "planner")

    assert len(released.table) == 0
    assert list(released.table.columns) == ["cell_id", "count", "geometry"]


def test_an_empty_table_is_released_empty() -> None:
    rows = _incidents(["AUTO THEFT"])[:0]

    assert len(model.release("incidents", rows, "planner").table) == 0


def test_the_public_takes_no_gaps_and_no_cameras_at_their_places() -> None:
    assert model.export_form("gaps", "public") == "none"
    assert model.export_form("cameras", "public") == "cells"
    assert model.export_form("areas", "public") == "exact"
    with pytest.raises(InputError, match="public may not take gaps out"):
        model.release("gaps", _incidents(["x"]), "public")


def test_an_unknown_role_gets_nothing() -> None:
    with pytest.raises(InputError, match="there is no role 'root'; allowed: analyst"):
        model.release("incidents", _incidents(["x"]), "root")


def test_rows_without_a_crs_are_refused() -> None:
    rows = _incidents(["x"]).set_crs(None, allow_override=True)

    with pytest.raises(InputError, match="have no CRS"):
        model.release("incidents", rows, "planner")


def test_only_events_can_be_protected() -> None:
    with pytest.raises(InputError, match="only incidents and calls can be protected"):
        model.protected(_incidents(["x"]), "cameras")


def test_small_counts_are_only_an_analysts() -> None:
    assert model.least_count("analyst") == 1
    assert {model.least_count(role) for role in OTHERS} == {5}


@given(st.integers(0, 2**32 - 1), st.integers(1, 400))
def test_what_leaves_counts_what_is_there(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    xy = np.column_stack(
        [HERE[0] + rng.normal(0, 0.01, count), HERE[1] + rng.normal(0, 0.005, count)]
    )
    rows = _incidents(["AUTO THEFT"] * count, [tuple(one) for one in xy])

    cells = model.release("incidents", rows, "planner").table

    inside = cells.sjoin(rows, predicate="contains").groupby("cell_id").size()
    assert (cells["count"] >= 5).all()
    assert inside.to_dict() == dict(zip(cells["cell_id"], cells["count"], strict=True))
