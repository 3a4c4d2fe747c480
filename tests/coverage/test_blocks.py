"""Streets cut into blocks, with the names that cross at their ends."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString

from coveragekit.coverage import street_blocks
from coveragekit.errors import CRSError, InputError
from tests.strategies import CRS, OFFSETS, examples


def streets(**lines) -> gpd.GeoDataFrame:
    """Streets by name; a name that starts with "unnamed" is missing."""
    names = [None if name.startswith("unnamed") else name for name in lines]
    return gpd.GeoDataFrame(
        {"name": pd.array(names, dtype="str"), "highway": "residential"},
        geometry=[LineString(xy) for xy in lines.values()],
        crs=CRS,
    )


def told(blocks: gpd.GeoDataFrame) -> list[tuple[str, ...]]:
    """Name and both crossings of each block, ends in the order of the alphabet."""
    columns = blocks[["name", "from_name", "to_name"]].fillna("-").to_numpy()
    return [(name, *sorted(ends)) for name, *ends in columns]


def test_a_crossing_cuts_both_streets_and_names_each_for_the_other() -> None:
    blocks = street_blocks(
        streets(A=[(0, 0), (50, 0), (100, 0)], B=[(50, -40), (50, 0), (50, 40)])
    )

    assert sorted(told(blocks)) == [
        ("A", "-", "B"),
        ("A", "-", "B"),
        ("B", "-", "A"),
        ("B", "-", "A"),
    ]
    assert sorted(blocks["length_m"]) == [40.0, 40.0, 50.0, 50.0]
    assert blocks.crs == CRS


def test_a_block_lies_between_the_streets_at_its_two_ends() -> None:
    blocks = street_blocks(
        streets(
            A=[(0, 0), (30, 0), (90, 0), (100, 0)],
            B=[(30, 0), (30, 9)],
            C=[(90, 0), (90, 9)],
        )
    )

    assert ("A", "B", "C") in told(blocks)


def test_ends_belong_to_the_line_s_own_direction() -> None:
    blocks = street_blocks(
        streets(
            A=[(0, 0), (30, 0), (90, 0), (100, 0)],
            B=[(30, 0), (30, 9)],
            C=[(90, 0), (90, 9)],
        )
    )

    row = blocks[blocks["length_m"] == 60.0].iloc[0]
    starts_at_b = row.geometry.coords[0] == (30.0, 0.0)
    assert row["from_name"] == ("B" if starts_at_b else "C")
    assert row["to_name"] == ("C" if starts_at_b else "B")


def test_lines_that_cross_without_a_shared_vertex_do_not_meet() -> None:
    blocks = street_blocks(
        streets(Bridge=[(0, 0), (100, 0)], Under=[(50, -9), (50, 9)])
    )

    assert sorted(told(blocks)) == [("Bridge", "-", "-"), ("Under", "-", "-")]


def test_a_street_drawn_in_pieces_is_one_block_where_nothing_meets_it() -> None:
    lines = streets(A=[(0, 0), (30, 0)], B=[(60, 0), (60, 9)])
    more = streets(A=[(60, 0), (30, 0)])

    blocks = street_blocks(pd.concat([lines, more]))

    assert sorted(told(blocks)) == [("A", "-", "B"), ("B", "-", "A")]
    assert blocks.loc[blocks["name"] == "A", "length_m"].tolist() == [60.0]


def test_a_change_of_name_ends_a_block_and_names_the_other() -> None:
    blocks = street_blocks(streets(A=[(0, 0), (30, 0)], B=[(30, 0), (60, 0)]))

    assert sorted(told(blocks)) == [("A", "-", "B"), ("B", "-", "A")]


def test_long_blocks_are_cut_into_equal_ones_that_know_their_corners() -> None:
    blocks = street_blocks(
        streets(A=[(0, 0), (400, 0)], B=[(0, 0), (0, 9)], C=[(400, 0), (400, 9)])
    )

    long = blocks[blocks["name"] == "A"]
    assert long["length_m"].tolist() == pytest.approx([400 / 3] * 3)
    assert set(long["from_name"]) | set(long["to_name"]) == {"B", "C"}
    assert long["from_m"].tolist() == pytest.approx([0, 400 / 3, 800 / 3])
    assert long["to_m"].tolist() == pytest.approx([800 / 3, 400 / 3, 0])
    assert shapely.length(long.geometry).tolist() == pytest.approx([400 / 3] * 3)


def test_a_block_of_exactly_the_longest_length_stays_whole() -> None:
    assert len(street_blocks(streets(A=[(0, 0), (150, 0)]))) == 1
    assert len(street_blocks(streets(A=[(0, 0), (150.1, 0)]))) == 2


def test_a_cut_on_a_vertex_leaves_no_piece_without_length() -> None:
    blocks = street_blocks(streets(A=[(0, 0), (50, 0), (100, 0)]), 50.0)

    assert [list(line.coords) for line in blocks.geometry] == [
        [(0, 0), (50, 0)],
        [(50, 0), (100, 0)],
    ]


def test_a_ring_without_junctions_is_one_block() -> None:
    blocks = street_blocks(streets(Circle=[(0, 0), (30, 0), (30, 30), (0, 0)]))

    assert told(blocks) == [("Circle", "-", "-")]
    assert blocks["length_m"].sum() == pytest.approx(60 + np.hypot(30, 30))


def test_of_several_crossing_streets_the_one_with_most_arms_is_named() -> None:
    blocks = street_blocks(
        streets(
            Own=[(0, 0), (50, 0)],
            Alley=[(50, 0), (60, 9)],
            Main=[(50, -40), (50, 0), (50, 40)],
        )
    )

    assert ("Own", "-", "Main") in told(blocks)


def test_of_equal_crossing_streets_the_first_by_the_alphabet_is_named() -> None:
    blocks = street_blocks(
        streets(Own=[(0, 0), (50, 0)], Zed=[(50, 0), (60, 9)], Abe=[(50, 0), (60, -9)])
    )

    assert ("Own", "-", "Abe") in told(blocks)


def test_unnamed_streets_cut_but_give_no_name() -> None:
    blocks = street_blocks(
        streets(A=[(0, 0), (50, 0), (100, 0)], unnamed=[(50, 0), (50, 40)])
    )

    assert sorted(told(blocks)) == [("-", "-", "A"), ("A", "-", "-"), ("A", "-", "-")]


def test_ways_that_are_no_public_streets_do_not_cut() -> None:
    lines = streets(A=[(0, 0), (50, 0), (100, 0)], Path=[(50, 0), (50, 40)])
    lines.loc[1, "highway"] = "footway"

    assert told(street_blocks(lines)) == [("A", "-", "-")]


def test_a_street_given_twice_counts_once() -> None:
    once = streets(A=[(0, 0), (50, 0), (100, 0)])
    back = streets(A=[(100, 0), (50, 0), (0, 0)])

    blocks = street_blocks(pd.concat([once, once, back], ignore_index=True))

    assert told(blocks) == [("A", "-", "-")]
    assert blocks["length_m"].tolist() == [100.0]


def test_vertices_a_millimetre_apart_are_one_junction() -> None:
    blocks = street_blocks(
        streets(A=[(0, 0), (50, 0), (100, 0)], B=[(50.001, 0.001), (50, 40)])
    )

    assert len(blocks) == 3


def test_no_streets_make_no_blocks() -> None:
    blocks = street_blocks(streets())

    assert len(blocks) == 0
    assert list(blocks.columns)[-2:] == ["length_m", "geometry"]


@examples(40)
@given(
    seed=st.integers(0, 2**32 - 1),
    offset=st.sampled_from(OFFSETS),
    longest=st.sampled_from((15.0, 150.0)),
)
def test_blocks_hold_the_whole_network_once_and_meet_at_their_ends_alone(
    seed, offset, longest
) -> None:
    rng = np.random.default_rng(seed)
    steps = np.array([(10, 0), (-10, 0), (0, 10), (0, -10)])
    walks = [
        np.cumsum([rng.integers(0, 6, 2) * 10, *steps[rng.integers(0, 4, 8)]], axis=0)
        for _ in range(5)
    ]
    lines = streets(**{f"S{n}": walk + offset for n, walk in enumerate(walks)})

    blocks = street_blocks(lines, longest)

    network = shapely.node(shapely.MultiLineString(list(lines.geometry)))
    assert blocks["length_m"].sum() == pytest.approx(network.length)
    assert (blocks["length_m"] <= longest + 1e-6).all()
    assert blocks.is_simple.all()
    for one, other in zip(*np.triu_indices(len(blocks), 1), strict=True):
        a, b = blocks.geometry.iloc[one], blocks.geometry.iloc[other]
        shared = a.intersection(b)
        ends = shapely.union(a.boundary, b.boundary)
        assert shared.length < 1e-6
        assert shared.is_empty or a.is_ring or shared.distance(ends) < 1e-6


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: street_blocks(streets(), 0.0), InputError, "max_length_m is 0"),
        (
            lambda: street_blocks(streets().drop(columns="name")),
            InputError,
            "no column 'name'",
        ),
        (
            lambda: street_blocks(streets(A=[(0, 0), (1, 0)]).to_crs(4326)),
            CRSError,
            "streets are in WGS 84",
        ),
    ],
)
def test_streets_that_cannot_be_cut_are_refused(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()
