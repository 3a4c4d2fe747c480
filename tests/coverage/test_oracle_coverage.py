"""The coverage room held against exact geometry, one cell and one street at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from coveragekit.coverage import multiplicity, seen
from tests.oracles import coverage as oracle
from tests.strategies import CRS, examples, isovist_sets

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray
    from shapely.geometry import Polygon

TWO = [box(0.0, 0.0, 2.0, 1.0), box(1.0, 0.0, 3.0, 1.0)]


# The oracle itself, by hand.


def test_the_oracle_adds_and_combines_probabilities_where_isovists_overlap() -> None:
    points = np.array([[0.5, 0.5], [1.5, 0.5], [2.5, 0.5], [9.0, 0.5]])
    half = np.array([0.5, 0.5])

    assert oracle.sum_of_probability(TWO, half, points).tolist() == [0.5, 1.0, 0.5, 0.0]
    assert oracle.probability_seen(TWO, half, points).tolist() == [0.5, 0.75, 0.5, 0.0]


def test_the_oracle_cuts_a_street_where_isovists_begin_and_end() -> None:
    street = LineString([(-1.0, 0.5), (4.0, 0.5)])

    assert oracle.seen_length_m(street, TWO, np.array([1.0, 1.0])) == pytest.approx(3.0)
    assert oracle.seen_length_m(street, TWO, np.array([0.5, 0.5])) == pytest.approx(
        1.75
    )
    assert oracle.seen_length_m(street, [], np.array([])) == 0.0


def test_the_oracle_gives_an_edge_to_what_lies_east_or_north_of_it() -> None:
    square = [box(0.0, 0.0, 2.0, 2.0)]
    west, east, south, north = (0.0, 1.0), (2.0, 1.0), (1.0, 0.0), (1.0, 2.0)

    held = oracle.held_by_rule(square, np.array([west, east, south, north]))

    assert held[:, 0].tolist() == [True, False, True, False]


def test_the_oracle_tells_parts_that_touch_at_a_corner_from_parts_that_touch() -> None:
    empty = np.array([[1, 0, 0], [0, 1, 1]], dtype=bool)

    assert len(oracle.connected_parts(empty, diagonal=False)) == 2
    assert len(oracle.connected_parts(empty, diagonal=True)) == 1


# The rasters against the oracle.


def table(isovists: list[Polygon]) -> gpd.GeoSeries:
    """Give isovists as the room wants them."""
    names = [f"c{number}" for number in range(len(isovists))]
    return gpd.GeoSeries(isovists, index=names, crs=CRS, name="isovist")


def centres(raster: xr.DataArray) -> NDArray[np.float64]:
    """Give the cell centres, in the order of the raster's values."""
    x, y = np.meshgrid(raster["x"].to_numpy(), raster["y"].to_numpy())
    return np.column_stack([x.ravel(), y.ravel()])


@st.composite
def weighted(draw: st.DrawFn) -> tuple[list[Polygon], NDArray[np.float64]]:
    """Sets of isovists, each with the probability that it is what the camera sees."""
    isovists = draw(isovist_sets())
    chance = st.sampled_from((0.0, 0.25, 0.5, 70.0 / 360.0, 1.0))
    count = len(isovists)
    given_ = draw(st.lists(chance, min_size=count, max_size=count))
    return isovists, np.array(given_, dtype=np.float64)


@examples(120)
@given(scene=weighted(), resolution_m=st.sampled_from((0.5, 1.0, 2.0, 3.7)))
def test_every_cell_off_the_edges_counts_the_isovists_that_hold_its_centre(
    scene: tuple[list[Polygon], NDArray[np.float64]], resolution_m: float
) -> None:
    isovists, probability = scene
    bounds = (-10.0, -10.0, 50.0, 50.0)

    summed = multiplicity(table(isovists), probability, resolution_m, bounds=bounds)
    chance = seen(table(isovists), probability, resolution_m, bounds=bounds)

    points = centres(summed)
    certain = ~oracle.on_edge(isovists, points)
    wanted = oracle.sum_of_probability(isovists, probability, points)
    assert summed.to_numpy().ravel()[certain] == pytest.approx(
        wanted[certain], abs=1e-5
    )
    wanted = oracle.probability_seen(isovists, probability, points)
    assert chance.to_numpy().ravel()[certain] == pytest.approx(
        wanted[certain], abs=1e-5
    )


@examples(120)
@given(isovists=isovist_sets(snapped=True))
def test_a_centre_on_an_edge_belongs_to_the_east_or_the_north(
    isovists: list[Polygon],
) -> None:
    raster = multiplicity(table(isovists), bounds=(-10.0, -10.0, 50.0, 50.0))

    points = centres(raster)
    wanted = oracle.held_by_rule(isovists, points).sum(axis=1)
    wrong = points[raster.to_numpy().ravel() != wanted]
    assert wrong.tolist() == []


@pytest.mark.parametrize("seed", range(40))
def test_isovists_that_tile_the_plane_count_every_centre_exactly_once(
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 61, (30, 2)) / 2.0
    around = [(0.0, 0.0), (30.0, 0.0), (30.0, 30.0), (0.0, 30.0)]
    cloud = shapely.multipoints([*around, *corners])
    tiles = list(shapely.get_parts(shapely.delaunay_triangles(cloud)))
    turned = [tile.reverse() if rng.random() < 0.5 else tile for tile in tiles]

    raster = multiplicity(table(turned), bounds=(0.0, 0.0, 30.0, 30.0))

    assert sum(tile.area for tile in tiles) == 900.0
    assert (raster.to_numpy() == 1.0).all()


@examples(40)
@given(scene=weighted(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_isovists_does_not_change_a_raster(
    scene: tuple[list[Polygon], NDArray[np.float64]], seed: int
) -> None:
    isovists, probability = scene
    order = np.random.default_rng(seed).permutation(len(isovists))
    bounds = (0.0, 0.0, 40.0, 40.0)
    made = table(isovists)
    chance = pd.Series(probability, index=made.index)

    first = multiplicity(made, chance, bounds=bounds)
    second = multiplicity(made.iloc[order], chance.iloc[order], bounds=bounds)

    assert second.to_numpy() == pytest.approx(first.to_numpy(), abs=1e-6)
