"""Name gaps as a person would: by street and cross street, or by the place nearby."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.coverage.along import places_along

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["name_gaps"]

# Farther than this from any street a place names a gap better than the street does.
STREET_M = 60.0
# A gap that begins farther from the centre line and holds none of it lies behind it.
_BEHIND_M = 15.0
_AT_CORNER_M = 25.0
_BESIDE_PLACE_M = 60.0
_NEAR_PLACE_M = 250.0
_SIDE_M = 3.0
_UNNAMED = "unnamed street"
_SIDES = ("north side", "east side", "south side", "west side")


def name_gaps(
    found: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame | None,
    *,
    block: NDArray[np.int32],
    middle: NDArray[np.float64],
    away_m: NDArray[np.float64],
) -> list[str]:
    """
    Give each gap a name that a person who knows the streets understands.

    Parameters
    ----------
    found
        Gaps with ``street_m``, best first.
    blocks
        Blocks, as :func:`coveragekit.coverage.street_blocks` gives them.
    places
        The table ``places``, or ``None``.
    block
        Row of the block nearest to each gap.
    middle
        Mean place of each gap, metres, shape ``(n, 2)``.
    away_m
        From each gap to that block's centre line, metres, infinite without streets.

    Returns
    -------
    list of str
        ``A Street at B Street`` within 25 m of a corner, else ``A Street between B
        Street and C Street``, else ``A Street near B Street``, else ``A Street``; with
        ``behind`` before it where the gap begins more than 15 m off the centre line.
        More than 60 m from any street ``behind`` or ``near`` a place, else ``80 m
        off A Street``. The same name twice gets the side of the street, then a number.

    Examples
    --------
    >>> import geopandas as gpd, numpy as np
    >>> nothing = gpd.GeoDataFrame({"street_m": []}, geometry=[], crs="EPSG:32616")
    >>> none = np.empty(0)
    >>> name_gaps(nothing, nothing, None, block=none.astype(np.int32),
    ...     middle=none.reshape(0, 2), away_m=none)
    []
    """
    if len(found) == 0:
        return []
    streets, sides = _streets(blocks, block, middle=middle, away_m=away_m)
    unnamed = np.array([street == _UNNAMED for street in streets], dtype=np.bool_)
    # Only those that no street names: a city has tens of thousands of the others.
    asked = np.flatnonzero((away_m > STREET_M) | unnamed)
    beside, beside_m = _nearest_place(found, places, asked)
    behind = (found["street_m"].to_numpy() <= 0.0) & (away_m > _BEHIND_M)
    names = []
    for gap, street in enumerate(streets):
        if away_m[gap] <= STREET_M:
            names.append(f"behind {street}" if behind[gap] else street)
            if street == _UNNAMED and beside_m[gap] <= _NEAR_PLACE_M:
                names[-1] += f" near {beside[gap]}"
        elif beside_m[gap] <= _NEAR_PLACE_M:
            word = "behind" if beside_m[gap] <= _BESIDE_PLACE_M else "near"
            names.append(f"{word} {beside[gap]}")
        elif street:
            names.append(f"{away_m[gap]:.0f} m off {street}")
        else:
            names.append("unnamed place")
    return _distinct(_distinct(names, sides), None)


def _streets(
    blocks: gpd.GeoDataFrame,
    block: NDArray[np.int32],
    *,
    middle: NDArray[np.float64],
    away_m: NDArray[np.float64],
) -> tuple[list[str], list[str]]:
    """Give the street of each gap in words, and the side of it; empty without any."""
    import shapely

    if not np.isfinite(away_m).all():
        return [""] * len(away_m), [""] * len(away_m)
    lines = blocks.geometry.to_numpy()[block]
    along = shapely.line_locate_point(lines, shapely.points(middle))
    names = [_texts(blocks[key]) for key in ("name", "from_name", "to_name")]
    from_m, to_m, length_m = (
        blocks[key].to_numpy(dtype=np.float64) for key in ("from_m", "to_m", "length_m")
    )
    before, after = from_m[block] + along, to_m[block] + length_m[block] - along
    words = [
        _street((names[0][row], names[1][row], names[2][row]), *corners)
        for row, *corners in zip(
            block.tolist(), before.tolist(), after.tolist(), strict=True
        )
    ]
    return words, _sides(lines, along, middle)


def _street(told: tuple[str, str, str], before: float, after: float) -> str:
    """Name a place along a block by its street and the nearest cross street."""
    own, first, last = told
    name = own or _UNNAMED
    corners = [
        (apart, cross) for apart, cross in ((before, first), (after, last)) if cross
    ]
    if not corners:
        return name
    apart, cross = min(corners)
    if apart <= _AT_CORNER_M:
        return f"{name} at {cross}"
    if len(corners) == 1 or first == last:
        return f"{name} near {cross}"
    one, other = sorted((first, last))
    return f"{name} between {one} and {other}"


def _texts(column: pd.Series[str]) -> list[str]:
    """Give texts without spaces around them, empty where there is none."""
    return [
        "" if gone else str(text).strip()
        for text, gone in zip(column, column.isna(), strict=True)
    ]


def _nearest_place(
    found: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame | None,
    asked: NDArray[np.intp],
) -> tuple[Sequence[str], NDArray[np.float64]]:
    """Give the nearest place that has a name to some gaps, and how far it is."""
    import shapely

    count = len(found)
    apart = np.full(count, np.inf)
    names = [""] * count
    if places is None or "name" not in places.columns:
        return names, apart
    named = places[places["name"].notna()]
    if len(named) == 0:
        return names, apart
    tree = shapely.STRtree(named.geometry.to_numpy())
    pairs, distance = tree.query_nearest(
        found.geometry.to_numpy()[asked], return_distance=True
    )
    words = named["name"].astype(str).to_list()
    for gap, place, far in zip(asked[pairs[0]], pairs[1], distance, strict=True):
        # Of several equally near the first by the alphabet, whatever the order of rows.
        if far < apart[gap] or words[place] < names[gap]:
            apart[gap], names[gap] = far, words[place]
    return names, apart


def _sides(
    lines: NDArray[np.object_], along: NDArray[np.float64], middle: NDArray[np.float64]
) -> list[str]:
    """Give on which side of the street the middle of each gap lies."""
    foot = places_along(lines, np.arange(len(lines)), along)
    east, north = (middle - foot).T
    far = np.hypot(east, north)
    compass = np.round(np.degrees(np.arctan2(east, north)) / 90.0).astype(int) % 4
    return [
        _SIDES[way] if off > _SIDE_M else ""
        for way, off in zip(compass, far, strict=True)
    ]


def _distinct(names: list[str], words: list[str] | None) -> list[str]:
    """Tell equal names apart: by a word where given, else by a number."""
    counts = Counter(names)
    seen: dict[str, int] = {}
    told = []
    for at, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        if counts[name] == 1:
            told.append(name)
        elif words is not None:
            told.append(f"{name}, {words[at]}" if words[at] else name)
        else:
            told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return told
