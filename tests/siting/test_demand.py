"""What should be seen, and what the cameras that are there leave of it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from shapely import Point, box

from coveragekit import model
from coveragekit.coverage import Supports, street_samples
from coveragekit.errors import CRSError, InputError
from coveragekit.siting import (
    Demand,
    event_demand,
    existing_cover,
    join_demand,
    seen_probability,
    street_demand,
    unmet_levels,
    worth,
)
from coveragekit.visibility import Obstacles
from tests.oracles import siting as oracle
from tests.siting.streets_of_shops import CRS, X, Y, roads
from tests.siting.test_mounts import LOW
from tests.strategies import examples

HERE = pyproj.CRS(CRS)
OPEN = Obstacles.from_buildings(gpd.GeoDataFrame(geometry=[], crs=CRS))


def block(*places: float, events: int = 1) -> Supports:
    """Events that may have been at places along a street, equally likely."""
    count = len(places)
    return Supports(
        np.array([[X + one, Y] for one in places]),
        np.full(count, 1 / count),
        np.array([0, count]),
        np.zeros(events, int),
        np.array(["block"], dtype=object),
        HERE,
    )


def two(name: str = "street_m", *, day=(1.0, 2.0), night=(0.0, 0.0)) -> Demand:
    xy = np.array([[X, Y], [X + 5, Y]])
    return Demand(xy, {name: np.array(day)}, {name: np.array(night)}, HERE)


def test_streets_count_by_their_length_and_events_by_where_they_may_have_been() -> None:
    area = box(X - 10, Y - 5, X + 10, Y + 5)
    streets = street_demand(street_samples(roads(LOW), area, 2.0))
    incidents = event_demand(block(0.0, 4.0, events=3), years=1.5, dark=[1.0, 0.5, 0.0])

    demand = join_demand(streets, incidents)

    assert demand.measures == ("street_m", "incidents_per_year")
    total = demand.amounts().reshape(2, len(demand), 2).sum(axis=1)
    assert total == pytest.approx(np.array([[20.0, 1.0], [0.0, 1.0]]))
    assert len(demand) == 10 + 2
    # An incident a year is worth a hundred metres of street, by the data file.
    assert demand.weights().sum() == pytest.approx(20.0 * 0.01 + 2.0)
    assert demand.weights({"street_m": 1.0}).sum() == pytest.approx(20.0)
    assert set(worth()) == {"street_m", "incidents_per_year"}


def test_places_that_are_the_same_become_one_and_empty_ones_none() -> None:
    one, other = two(day=(1.0, 0.0)), two("incidents_per_year", day=(3.0, 0.0))

    demand = join_demand(one, other, one)

    assert demand.xy.tolist() == [[X, Y]]
    assert demand.amounts().tolist() == [[2.0, 3.0], [0.0, 0.0]]


def test_events_without_a_time_are_half_by_night_and_weights_count() -> None:
    demand = event_demand(
        block(0.0, events=2), years=1.0, weights=[2.0, 0.0], dark=[np.nan, 1.0]
    )

    assert demand.amounts().tolist() == [[1.0], [1.0]]


def test_demand_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="years is 0; allowed: more than 0"):
        event_demand(block(0.0), years=0)
    with pytest.raises(InputError, match="values from 0 to 2; allowed: 0 to 1"):
        event_demand(block(0.0), years=1, dark=[2.0])
    with pytest.raises(InputError, match="street_m is -1 at place 0"):
        two(day=(-1.0, 0.0))
    with pytest.raises(InputError, match="allowed: one for each of the 2 places"):
        two(day=(1.0,))
    with pytest.raises(InputError, match="allowed: the same names, at least one"):
        Demand(np.zeros((1, 2)), {"a": np.ones(1)}, {"b": np.ones(1)}, HERE)
    with pytest.raises(InputError, match="no demand to join"):
        join_demand()
    with pytest.raises(CRSError, match="two parts of the demand"):
        join_demand(two(), Demand(two().xy, two().day, two().night, pyproj.CRS(32617)))
    with pytest.raises(CRSError, match="street samples"):
        street_demand(gpd.GeoDataFrame({"length_m": [1]}, geometry=[Point(0, 0)]))
    with pytest.raises(InputError, match="worth names 'calls'; allowed: street_m"):
        two().weights({"calls": 1.0})
    with pytest.raises(InputError, match=r"worth of street_m is -1\.0; allowed: 0"):
        two().weights({"street_m": -1.0})


def cameras(**columns) -> gpd.GeoDataFrame:
    count = len(columns["camera_id"])
    table = gpd.GeoDataFrame(
        {"kind": ["bullet"] * count, **columns},
        geometry=[Point(X, Y)] * count,
        crs=CRS,
    )
    return model.fill_camera_defaults(model.conform("cameras", table))


def test_existing_cameras_count_by_tier_by_light_and_by_how_sure_they_are() -> None:
    table = cameras(
        camera_id=["a", "b", "c", "plan"],
        access=["registered", "integrated", "registered", "planned"],
        bearing_deg=[90.0, np.nan, 270.0, 90.0],
        ir_range_m=[10.0, 100.0, 100.0, 100.0],
    )
    demand = Demand(
        np.array([[X + 15.0, Y]]),
        {"street_m": np.ones(1)},
        {"street_m": np.ones(1)},
        HERE,
    )

    made = existing_cover(demand, table, OPEN, density_px_per_m=62.5)
    tier = existing_cover(
        demand, table, OPEN, density_px_per_m=62.5, tiers=("integrated",)
    )

    # a: by day alone, its lamp reaches 7 m; b: any way; c looks away; plan: not there.
    chance = 98.0 / 360.0
    assert made.toarray() == pytest.approx(
        np.array([[1.0, chance, 0.0], [0.0, chance, 0.0]])
    )
    assert tier.toarray() == pytest.approx(np.array([[chance], [chance]]))
    assert seen_probability(made) == pytest.approx([1.0, chance])
    none = existing_cover(demand, table.iloc[:0], OPEN, density_px_per_m=62.5)
    assert none.shape == (2, 0)
    assert seen_probability(none).tolist() == [0.0, 0.0]
    with pytest.raises(CRSError, match="demand and cameras"):
        existing_cover(demand, table.to_crs(32617), OPEN, density_px_per_m=62.5)


def test_views_of_one_camera_that_turns_are_one_camera() -> None:
    table = cameras(
        camera_id=["m", "m"], access=["registered"] * 2, bearing_deg=[90.0, 100.0]
    ).assign(probability=[0.5, 0.25])
    demand = two(day=(0.0, 1.0), night=(0.0, 0.0))

    made = existing_cover(demand, table, OPEN, density_px_per_m=62.5).toarray()

    assert made[1].tolist() == [0.75]


_chances = st.lists(st.sampled_from((0.0, 0.2, 0.5, 0.9, 1.0)), max_size=5)


@given(
    st.lists(_chances, min_size=1, max_size=4),
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=4),
    st.lists(st.integers(0, 5), min_size=4, max_size=4),
)
@examples(60)
def test_what_is_left_is_what_going_through_every_case_gives(
    rows, steps, targets
) -> None:
    values = np.sort(steps)[::-1]
    most = max(map(len, rows))
    dense = np.array([row + [0.0] * (most - len(row)) for row in rows])
    dense = dense.reshape(len(rows), most)
    weights = np.arange(1.0, len(rows) + 1.0)

    made = unmet_levels(
        weights,
        csr_array(dense),
        level_values=values.tolist(),
        targets=targets[: len(rows)],
    )

    for row, chances in enumerate(rows):
        left = oracle.levels_left(chances, values.tolist(), targets[row])
        assert made[row] == pytest.approx(weights[row] * np.array(left), abs=1e-12)
    # Concave: the second more is never worth more than the first.
    assert (np.diff(made, axis=1) <= 1e-12).all()


def test_one_level_is_what_is_not_seen_and_two_value_a_second_camera_less() -> None:
    there = csr_array(np.array([[0.0], [1.0], [0.5]]))

    once = unmet_levels([1.0, 1.0, 1.0], there)
    twice = unmet_levels([1.0, 1.0, 1.0], there, level_values=(1.0, 0.3))
    nobody = unmet_levels([2.0], None, level_values=(1.0, 0.3))

    assert once.ravel().tolist() == [1.0, 0.0, 0.5]
    assert twice[:, 0].tolist() == pytest.approx([1.0, 0.3, 0.65])
    assert nobody.ravel().tolist() == pytest.approx([2.0, 0.6])


def test_levels_that_rise_and_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="none above the one before it"):
        unmet_levels([1.0], level_values=(0.5, 1.0))
    with pytest.raises(InputError, match="at least one"):
        unmet_levels([1.0], level_values=())
    with pytest.raises(InputError, match="0 or more"):
        unmet_levels([1.0], level_values=(1.0, -0.5))
    with pytest.raises(InputError, match="existing has 2 rows for 1 weights"):
        unmet_levels([1.0], csr_array((2, 1)))
    with pytest.raises(InputError, match="weights must be"):
        unmet_levels([-1.0])
    with pytest.raises(InputError, match="targets have the shape"):
        unmet_levels([1.0], targets=[1, 2])


def test_places_are_unique_on_the_ground() -> None:
    rng = np.random.default_rng(2)
    xy = rng.integers(0, 5, (200, 2)).astype(float)
    amount = {"street_m": rng.random(200)}
    many = Demand(xy, amount, {"street_m": np.zeros(200)}, HERE)

    demand = join_demand(many)

    assert len(shapely.union_all(shapely.points(demand.xy)).geoms) == len(demand) <= 25
    assert demand.amounts().sum() == pytest.approx(amount["street_m"].sum())
