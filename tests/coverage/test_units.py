"""
Views of one camera, which looks one way at a time.

The oracle draws nothing: it goes through every way in which the cameras may look at a
moment, asks what is seen then, each view by itself, and weighs it by how often so.
"""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from shapely import MultiPolygon, Point, Polygon, box

from coveragekit.coverage import (
    area_share,
    by_month,
    camera_losses,
    effective_cameras,
    hourly_share,
    k_covered_shares,
    multiplicity,
    point_probability,
    point_share,
    seen,
    seen_at_the_time,
    service,
    timing,
)
from coveragekit.coverage.grid import Grid
from coveragekit.coverage.kernels.points import join_units
from coveragekit.coverage.units import unit_numbers
from coveragekit.errors import InputError
from tests.strategies import CRS, examples

ZONE = "America/New_York"
GROUND = box(0, 0, 12, 10)


def matrix(*rows) -> csr_array:
    return csr_array(np.array(rows, dtype=bool))


def series(*polygons) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(polygons), crs=CRS)


def houses(*polygons) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(polygons), crs=CRS)


def always(count: int, hours: list[str | None] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "active_from": pd.to_datetime([None] * count, utc=True),
            "active_to": pd.to_datetime([None] * count, utc=True),
            "recording_hours": hours or [None] * count,
        }
    )


# By hand: points.


def test_two_presets_that_both_see_a_place_see_it_always() -> None:
    sees = matrix([1, 1], [1, 0], [0, 0])

    chance = point_probability(sees, [0.5, 0.5], units=["mast", "mast"])

    assert chance.tolist() == [1.0, 0.5, 0.0]
    # As if they were two cameras, one of which may look away while the other does too.
    assert point_probability(sees, [0.5, 0.5]).tolist() == [0.75, 0.5, 0.0]


def test_presets_that_share_no_place_are_seen_by_their_share_of_the_time() -> None:
    chance = point_probability(matrix([1, 0], [0, 1]), [0.25, 0.75], units=[7, 7])

    assert chance.tolist() == [0.25, 0.75]


def test_cameras_that_turn_and_cameras_that_stay_are_independent() -> None:
    # By hand: 1 - (1 - .75)(1 - .5)(1 - .5) and 1 - (1 - .25)(1 - .5).
    sees = matrix([1, 1, 1, 1], [1, 0, 0, 1])
    units = ["mast", "gate", "mast", "yard"]

    chance = point_probability(sees, [0.25, 0.5, 0.5, 0.5], units=units)

    assert chance.tolist() == [0.9375, 0.625]


def test_ten_tenths_of_the_time_are_all_of_it() -> None:
    sees = matrix([1] * 10)

    assert sum([0.1] * 10) < 1.0
    assert point_probability(sees, [0.1] * 10, units=[0] * 10).tolist() == [1.0]
    assert camera_losses(sees, [0.1] * 10, [7.0], units=[0] * 10).tolist() == [7.0]
    share = k_covered_shares(sees, [0.1] * 10, units=[0] * 10)
    assert share.tolist() == [1.0, 0.0, 0.0]


def test_no_camera_sees_more_than_always() -> None:
    assert point_probability(matrix([1, 1]), [1.0, 0.5], units=[0, 0]).tolist() == [1.0]


def test_a_subset_may_leave_out_some_of_a_cameras_views() -> None:
    chance = point_probability(
        matrix([1, 1, 1]), [0.5, 0.25, 0.5], [True, False, True], units=[0, 0, 1]
    )

    assert chance.tolist() == [0.75]


def test_shares_of_points_and_of_groups_take_views_together() -> None:
    share = point_share(
        matrix([1, 1, 0], [0, 1, 1]),
        [0.5, 0.5, 0.5],
        weights=[10.0, 20.0],
        unit="m",
        groups={"mast": np.array([True, True, False])},
        units=["mast", "mast", "gate"],
    )

    assert share.seen == 10.0 + 20.0 * 0.75
    assert share.by_group == {"mast": 10.0 + 20.0 * 0.5}


def test_entries_stored_as_false_do_not_count() -> None:
    sees = csr_array((np.array([True, False]), ([0, 0], [0, 1])), shape=(1, 2))

    assert point_probability(sees, [0.5, 0.5], units=[0, 0]).tolist() == [0.5]


def test_the_columns_of_a_row_need_no_order() -> None:
    sees = csr_array(
        (np.ones(4, bool), np.array([3, 0, 2, 1]), np.array([0, 4])), shape=(1, 4)
    )

    row_ptr, units, chance = join_units(
        sees.indptr.astype(np.int64),
        sees.indices.astype(np.int64),
        sees.data,
        np.array([0.25, 0.5, 0.125, 0.25]),
        np.array([0, 1, 1, 0]),
        2,
    )

    assert row_ptr.tolist() == [0, 2]
    assert units.tolist() == [0, 1]
    assert chance.tolist() == [0.5, 0.625]


def test_cameras_are_numbered_as_they_first_appear() -> None:
    assert unit_numbers(["b", "a", "b"], 3).tolist() == [0, 1, 0]
    assert unit_numbers(pd.Series(["b", "a"], index=[5, 9]), 2) is None
    assert unit_numbers([], 0) is None
    assert unit_numbers(None, 4) is None


# By hand: rasters.


def test_presets_add_up_on_the_raster_and_other_cameras_multiply() -> None:
    views = series(box(0, 0, 2, 1), box(1, 0, 3, 1), box(0, 0, 3, 1))

    raster = seen(views, [0.25, 0.5, 0.5], units=["mast", "mast", "gate"])

    assert raster.to_numpy().tolist() == [[0.625, 0.875, 0.75]]


def test_a_camera_is_added_up_on_the_cells_around_it_only() -> None:
    # Holes, parts, views beyond the raster and views of nothing.
    holed = box(0, 0, 4, 4).difference(box(1, 1, 3, 3))
    parts = MultiPolygon([box(0, 0, 1, 1), box(5, 3, 6, 4)])
    views = series(holed, parts, box(-9, -9, -5, -5), Polygon(), None)

    raster = seen(views, [0.5, 0.5, 1.0, 1.0, 1.0], bounds=(0, 0, 6, 4), units=[0] * 5)

    assert raster.to_numpy().tolist() == [
        [0.5, 0.5, 0.5, 0.5, 0.0, 0.5],
        [0.5, 0.0, 0.0, 0.5, 0.0, 0.0],
        [0.5, 0.0, 0.0, 0.5, 0.0, 0.0],
        [1.0, 0.5, 0.5, 0.5, 0.0, 0.0],
    ]


def test_a_camera_without_any_ground_to_see_changes_nothing() -> None:
    views = series(box(0, 0, 1, 1), Polygon(), None)

    raster = seen(views, [0.5, 0.5, 0.5], bounds=(0, 0, 2, 1), units=["a", "b", "b"])

    assert raster.to_numpy().tolist() == [[0.5, 0.0]]


def test_ground_is_shared_out_by_camera_and_by_group() -> None:
    views = series(box(0, 0, 10, 2), box(0, 0, 10, 4), box(0, 0, 10, 10))

    share = area_share(
        views,
        box(0, 0, 10, 10),
        houses(box(0, 8, 10, 10)),
        probability=[0.5, 0.5, 0.5],
        groups={
            "mast": np.array([True, True, False]),
            "part": np.array([False, True, True]),
            "none": np.array([False, False, False]),
        },
        units=["mast", "mast", "gate"],
    )

    assert share.total == 80.0
    assert share.seen == 20 * 1.0 + 20 * 0.75 + 40 * 0.5
    assert share.by_group == {
        "mast": 20 * 1.0 + 20 * 0.5,
        "part": 40 * 0.75 + 40 * 0.5,
        "none": 0.0,
    }


@pytest.mark.parametrize(
    ("bounds", "rows", "columns"),
    [
        ((2.5, 3.5, 4.0, 5.0), (5, 7), (2, 4)),
        ((-50.0, -50.0, 50.0, 50.0), (0, 10), (0, 12)),
        ((20.0, 4.0, 30.0, 5.0), (5, 6), (11, 12)),
        ((3.0, 30.0, 4.0, 40.0), (0, 1), (3, 4)),
        ((3.0, -40.0, 4.0, -30.0), (9, 10), (3, 4)),
    ],
)
def test_a_window_holds_the_cells_of_a_box(bounds, rows, columns) -> None:
    grid = Grid.covering(GROUND.bounds, 1.0)

    window, part = grid.window(bounds)

    assert window == (slice(*rows), slice(*columns))
    assert part.shape == (rows[1] - rows[0], columns[1] - columns[0])
    assert (part.minx, part.maxy) == (columns[0], 10.0 - rows[0])


# By hand: how many cameras they are worth.

DISC = Point(0, 0).buffer(30.0)


@pytest.mark.parametrize(
    ("views", "chance"),
    [
        ([DISC, DISC], [0.5, 0.5]),
        ([box(0, 0, 9, 9), box(9, 0, 18, 9), DISC], [0.1, 0.2, 0.3]),
        ([box(0, 0, 9, 9), box(5, 0, 18, 9)], [1 / 3, 2 / 3]),
        ([box(0, 0, 9, 9), Polygon()], [0.3, 0.7]),
        ([box(0, 0, 9, 9), box(5, 0, 18, 9)], [1.0, 1.0]),
    ],
)
def test_one_camera_alone_is_one_whatever_its_presets(views, chance) -> None:
    assert effective_cameras(series(*views), chance, units=["a"] * len(views)) == 1.0


def test_two_cameras_that_turn_double_by_how_much_they_look_at_together() -> None:
    # Each looks left half of the time, and right the other half.
    left, right = box(0, 0, 4, 4), box(4, 0, 8, 4)
    units = ["a", "a", "b", "b"]

    apart = effective_cameras(
        series(left, right, box(0, 4, 4, 8), box(4, 4, 8, 8)), [0.5] * 4, units=units
    )
    together = effective_cameras(
        series(left, right, left, right), [0.5] * 4, units=units
    )

    assert apart == 2.0
    # By hand: 32 cells of .75 seen, and a camera sees 32 of .5.
    assert together == 1.5


def test_the_exact_union_takes_the_views_of_a_camera_as_one() -> None:
    views = series(box(0, 0, 2, 1), box(1, 0, 3, 1), box(0, 0, 6, 1))
    units = ["a", "b", "a"]

    exact = effective_cameras(views, resolution_m=None, units=units)

    # By hand: 6 m2 in all; the one sees 6 and the other 2 by itself.
    assert exact == 1.5
    assert effective_cameras(views, units=units) == 1.5
    assert effective_cameras(views[::2], resolution_m=None, units=["a", "a"]) == 1.0


def test_views_of_nothing_are_no_cameras() -> None:
    views = series(box(0, 0, 4, 4), Polygon(), Polygon(), box(4, 0, 8, 4))

    assert effective_cameras(views, units=["a", "a", "b", "c"]) == 2.0
    assert effective_cameras(series(Polygon()), units=["a"]) == 0.0


# By hand: time.


def test_presets_share_the_hours_that_their_camera_records() -> None:
    # Noon to 4 pm local; the mast records two hours of them, the gate all.
    begin = pd.to_datetime(["2024-05-01T16:00Z"])
    when = timing(begin, begin + pd.Timedelta(hours=4), ZONE, lon=-84.39, lat=33.75)
    sees, units = matrix([1, 1, 1]), ["mast", "gate", "mast"]
    table = always(3, ["13:00-15:00", None, "13:00-15:00"])

    then = seen_at_the_time(
        *(sees, sees, [0.5, 0.25, 0.25]),
        service=service(table, ZONE),
        timing=when,
        units=units,
    )

    # By hand: two hours of 1 - (1 - .75)(1 - .25), two of the gate's .25.
    assert then.probability.tolist() == [(0.8125 + 0.25) / 2]


def test_streets_by_hour_take_views_together() -> None:
    day, night = matrix([1, 1, 0], [0, 1, 1]), matrix([1, 0, 0], [0, 0, 1])
    table = always(3, ["06:00-18:00", "06:00-18:00", None])

    by_hour = hourly_share(
        *(day, night, [0.5, 0.5, 0.5]),
        service=service(table, ZONE),
        darkness=[0.5] * 24,
        weights=[10.0, 30.0],
        units=["mast", "mast", "gate"],
    )

    # At noon by day 10 * 1 + 30 * .75, by night 10 * .5 + 30 * .5, half the time each.
    assert by_hour.value[12] == pytest.approx((32.5 + 20.0) / 2 / 40)
    # At 3 am the gate alone: 30 * .5 whatever the light.
    assert by_hour.value[3] == pytest.approx(15.0 / 40)


def test_months_count_a_camera_once_and_its_views_together() -> None:
    up = always(3).assign(
        active_from=pd.to_datetime(["2022-01-01", "2022-01-01", "2022-02-01"], utc=True)
    )

    table = by_month(
        up,
        matrix([1, 1, 1], [0, 1, 0]),
        [30.0, 10.0],
        time_zone="UTC",
        probability=[0.25, 0.5, 0.5],
        units=["mast", "mast", "gate"],
    )

    # By hand: 30 * .75 + 10 * .5; then 30 * (1 - .25 * .5) + 10 * .5.
    assert table["cameras"].tolist() == [1.0, 2.0]
    assert table["seen_share"].tolist() == pytest.approx([27.5 / 40, 31.25 / 40])
    assert table.attrs == {"always_active": 0, "without_end": 2}


def test_a_camera_that_was_always_there_is_counted_once() -> None:
    table = by_month(
        always(3),
        matrix([1, 1, 1]),
        time_zone="UTC",
        span=("2022-01", "2022-01"),
        units=["a", "a", "b"],
    )

    assert table["cameras"].tolist() == [2.0]
    assert table.attrs == {"always_active": 2, "without_end": 2}


# The oracle.


@st.composite
def towns(draw: st.DrawFn) -> tuple[csr_array, np.ndarray, np.ndarray]:
    """A matrix, the probability of each view, and its camera."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    counts = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    units = rng.permutation(np.repeat(np.arange(len(counts)) * 10, counts))
    chance = np.empty(len(units))
    for unit, count in zip(np.arange(len(counts)) * 10, counts, strict=True):
        # Sixteenths, that add up to the whole, or leave some of the time to nothing.
        parts = rng.multinomial(16, rng.dirichlet(np.ones(count + rng.integers(2))))
        chance[units == unit] = parts[:count] / 16.0
    sees = csr_array(rng.random((draw(st.integers(1, 6)), len(units))) < 0.6)
    return sees, chance, units


def ways(chance: np.ndarray, units: np.ndarray):
    """How often, and which views, for each way in which the cameras may look."""
    choices = []
    for unit in np.unique(units):
        views = np.flatnonzero(units == unit)
        rest = 1.0 - chance[views].sum()
        choices.append([(None, rest), *zip(views, chance[views], strict=True)])
    for way in itertools.product(*choices):
        looking = np.zeros(len(units))
        looking[[view for view, _ in way if view is not None]] = 1.0
        yield np.prod([part for _, part in way]), looking


def expected(chance, units, answer):
    """What ``answer`` gives on average over the ways in which the cameras look."""
    return sum(often * answer(looking) for often, looking in ways(chance, units))


@examples(60)
@given(town=towns())
def test_points_are_seen_as_often_as_some_view_that_is_looked_at_sees_them(
    town,
) -> None:
    sees, chance, units = town
    before = sees.copy(), chance.copy(), units.copy()

    found = point_probability(sees, chance, units=units)

    dense = sees.toarray()
    wanted = expected(
        chance, units, lambda looking: (dense & (looking > 0)).any(axis=1) * 1.0
    )
    assert found.tolist() == pytest.approx(wanted.tolist(), abs=1e-12)
    assert (found >= point_probability(sees, chance) - 1e-12).all()
    for kept, given_ in zip(before[1:], (chance, units), strict=True):
        assert np.array_equal(kept, given_)
    assert (sees != before[0]).nnz == 0


@examples(25)
@given(town=towns(), data=st.data())
def test_worth_doubling_and_months_are_their_means_over_the_ways_to_look(
    town, data
) -> None:
    sees, chance, units = town
    weights = np.arange(1.0, sees.shape[0] + 1.0)
    labels = pd.unique(units)

    losses = camera_losses(sees, chance, weights, units=units)
    together = k_covered_shares(sees, chance, weights, units=units)

    def lost(looking):
        each = camera_losses(sees, looking, weights)
        return np.array([each[units == label].sum() for label in labels])

    wanted = expected(chance, units, lost)
    assert losses.tolist() == pytest.approx(wanted.tolist(), abs=1e-9)
    wanted = expected(
        chance, units, lambda look: k_covered_shares(sees, look, weights).to_numpy()
    )
    assert together.tolist() == pytest.approx(wanted.tolist(), abs=1e-12)

    day = st.integers(0, 80)
    starts = {label: data.draw(day) for label in labels}
    lasts = {label: data.draw(st.integers(1, 80)) for label in labels}
    day0 = pd.Timestamp("2022-01-01", tz="UTC")
    begun = [day0 + pd.Timedelta(days=starts[unit]) for unit in units]
    ended = [day0 + pd.Timedelta(days=starts[unit] + lasts[unit]) for unit in units]
    up = pd.DataFrame({"active_from": begun, "active_to": ended})
    span = ("2022-01", "2022-03")

    def monthly(looking, **options):
        return by_month(
            *(up, sees, weights),
            time_zone="UTC",
            probability=looking,
            span=span,
            **options,
        )

    months = monthly(chance, units=units)
    wanted = expected(
        chance, units, lambda look: monthly(look)["seen_share"].to_numpy()
    )
    assert months["seen_share"].tolist() == pytest.approx(wanted.tolist(), abs=1e-9)
    once = ~pd.Series(units).duplicated().to_numpy()
    alone = by_month(up[once], sees[:, once], weights, time_zone="UTC", span=span)
    assert months["cameras"].tolist() == pytest.approx(alone["cameras"].tolist())


@examples(30)
@given(town=towns(), data=st.data())
def test_what_was_seen_at_the_time_is_its_mean_over_the_ways_to_look(
    town, data
) -> None:
    day, chance, units = town
    night = csr_array(np.flip(day.toarray(), axis=0) & (np.arange(len(units)) % 3 > 0))
    hours = [None, "00:00-06:30", "Mo-Fr 08:00-18:00", "20:15-05:00"]
    drawn = {unit: data.draw(st.sampled_from(hours)) for unit in np.unique(units)}
    after = {
        unit: data.draw(st.sampled_from([None, "2024-05-01T20:00Z"])) for unit in drawn
    }
    table = always(len(units), [drawn[unit] for unit in units])
    table["active_from"] = pd.to_datetime([after[unit] for unit in units], utc=True)
    serving = service(table, ZONE)
    begin = pd.to_datetime(["2024-05-01T17:10Z"]).repeat(day.shape[0])
    lengths = pd.to_timedelta(np.arange(day.shape[0]) * 5.0, unit="h")
    when = timing(begin, begin + lengths, ZONE, lon=-84.39, lat=33.75)
    dark = np.linspace(0.0, 1.0, 24)

    then = seen_at_the_time(
        *(day, night, chance), service=serving, timing=when, units=units
    )
    hourly = hourly_share(
        *(day, night, chance), service=serving, darkness=dark, units=units
    )

    wanted = expected(
        chance,
        units,
        lambda look: (
            seen_at_the_time(*(day, night, look), service=serving, timing=when).seen
        ),
    )
    assert then.seen.tolist() == pytest.approx(wanted.tolist(), abs=1e-12)
    wanted = expected(
        chance,
        units,
        lambda look: (
            hourly_share(*(day, night, look), service=serving, darkness=dark).value
        ),
    )
    assert hourly.value.tolist() == pytest.approx(wanted.tolist(), abs=1e-12)


@examples(25)
@given(town=towns(), seed=st.integers(0, 2**32 - 1))
def test_rasters_are_their_means_over_the_ways_to_look(town, seed) -> None:
    _, chance, units = town
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 8, (len(units), 2))
    sizes = rng.integers(0, 6, (len(units), 2))
    views = series(
        *(box(*one, *(one + size)) for one, size in zip(corners, sizes, strict=True))
    )
    bounds = (0, 0, 12, 10)

    raster = seen(views, chance, bounds=bounds, units=units)
    share = area_share(views, GROUND, houses(), probability=chance, units=units)
    worth = effective_cameras(views, chance, units=units)

    wanted = expected(
        chance, units, lambda look: seen(views, look, bounds=bounds).to_numpy()
    )
    assert raster.to_numpy() == pytest.approx(wanted, abs=1e-6)
    inside = raster.to_numpy()
    assert share.seen == pytest.approx(inside.sum(dtype=float), abs=1e-4)
    whole = multiplicity(views, chance, bounds=(0, 0, 14, 14)).to_numpy().sum()
    everywhere = seen(views, chance, bounds=(0, 0, 14, 14), units=units)
    looking = (views.area.to_numpy() > 0.0) & (chance > 0.0)
    cameras = len(np.unique(units[looking]))
    if cameras:
        mean = float(whole) / cameras
        assert worth == pytest.approx(float(everywhere.sum()) / mean, rel=1e-5)
    else:
        assert worth == 0.0


# Without units, and what cannot be.


@examples(20)
@given(town=towns())
def test_a_label_for_each_view_changes_nothing_at_all(town) -> None:
    sees, chance, _ = town
    own = [f"camera {number}" for number in range(sees.shape[1])]

    assert np.array_equal(
        point_probability(sees, chance, units=own), point_probability(sees, chance)
    )
    assert np.array_equal(
        camera_losses(sees, chance, units=own), camera_losses(sees, chance)
    )
    # One by one, as a label of which no view but one sees, changes nothing either.
    more = csr_array(np.hstack([sees.toarray(), np.zeros((sees.shape[0], 1), bool)]))
    joined = point_probability(more, [*chance, 0.5], units=[*own, own[0]])
    assert np.array_equal(joined, point_probability(sees, chance))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: point_probability(matrix([1, 1]), [0.5] * 2, units=["a"]),
            "units have the shape .1,.*one label for each of the 2 cameras",
        ),
        (
            lambda: point_probability(matrix([1, 1]), [0.5] * 2, units=["a", None]),
            "the label of column 1 is missing in units; allowed: a label for each",
        ),
        (
            lambda: seen(series(DISC), units=[np.nan]),
            "the label of column 0 is missing in units",
        ),
        (
            lambda: by_month(
                always(2).assign(
                    active_from=pd.to_datetime([None, "2022-01-01"], utc=True)
                ),
                matrix([1, 1]),
                time_zone="UTC",
                units=["a", "a"],
            ),
            "columns 0 and 1 have one label in units, but not the same times",
        ),
        (
            lambda: hourly_share(
                *(matrix([1, 1, 1]), matrix([1, 1, 1]), [0.5] * 3),
                service=service(always(3, [None, "08:00-12:00", None]), ZONE),
                darkness=[0.0] * 24,
                units=["b", "a", "a"],
            ),
            "columns 1 and 2 have one label.*hours of recording; allowed: views of one",
        ),
    ],
)
def test_labels_that_cannot_be_are_refused(call, message) -> None:
    with pytest.raises(InputError, match=message):
        call()
