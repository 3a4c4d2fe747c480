"""Cut the public streets into blocks, each with the names that cross at its ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coveragekit.coverage.along import places_along
from coveragekit.coverage.streets import public_lines
from coveragekit.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["street_blocks"]

# Vertices closer than this are the same junction: far less than any real distance,
# far more than the rounding of coordinates in files.
_SAME_M = 0.01
_UNNAMED = -1


class _Network(NamedTuple):
    """Straight pieces of all streets, with the nodes at their ends."""

    ends: NDArray[np.int64]  # node at each end, shape (pieces, 2)
    name: NDArray[np.int64]  # code of the street's name, -1 for none
    line: NDArray[np.int64]  # row of the street
    node_xy: NDArray[np.float64]


def street_blocks(
    streets: gpd.GeoDataFrame, max_length_m: float = 150.0
) -> gpd.GeoDataFrame:
    """
    Give the public streets cut at junctions, long pieces cut again into equal ones.

    Parameters
    ----------
    streets
        The table ``streets`` in a CRS in metres. Lines need not end at junctions:
        streets meet where they share a vertex (to a centimetre), as in OpenStreetMap.
    max_length_m
        Longest block, metres, > 0.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a block, index 0 to n-1: ``name`` and ``highway`` of the street,
        ``from_name`` and ``to_name`` (another street that meets it at the junction
        before and after the block; missing at a dead end), ``from_m`` and ``to_m``
        (metres along the street from the block's ends to those junctions: 0 where the
        block touches it), ``length_m``; LineStrings that run from "from" to "to".

    Raises
    ------
    CRSError
        The streets have no CRS, or one that is not in metres.
    InputError
        A column is missing, or a length that cannot be.

    Notes
    -----
    A junction is where other than two pieces meet, or where the name changes. Where
    several other names meet, the one with most pieces there is taken, then the first by
    the alphabet. Only public streets count. Pieces given twice count once.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString
    >>> lines = [LineString([(0, 0), (90, 0), (180, 0)]),
    ...     LineString([(90, 0), (90, 70)])]
    >>> two = gpd.GeoDataFrame({"name": ["A Street", "B Street"],
    ...     "highway": ["residential"] * 2}, geometry=lines, crs="EPSG:32616")
    >>> street_blocks(two)[["name", "from_name", "to_name"]].fillna("-")
           name from_name   to_name
    0  A Street         -  B Street
    1  A Street  B Street         -
    2  B Street  A Street         -
    """
    import geopandas as gpd
    import pandas as pd
    import shapely

    if not (np.isfinite(max_length_m) and max_length_m > 0.0):
        message = f"max_length_m is {max_length_m:g}; allowed: more than 0, finite"
        raise InputError(message)
    public = public_lines(streets)
    if "name" not in public.columns:
        message = (
            "streets have no column 'name'; coveragekit.model.conform gives every "
            "column of the table"
        )
        raise InputError(message)
    codes, names = pd.factorize(public["name"], sort=True)
    network = _network(public.geometry.to_numpy(), codes.astype(np.int64))
    chain_of = _chains(network)
    lines, first = _merge(network, chain_of)
    length = shapely.length(lines)
    parts = np.maximum(np.ceil(length / max_length_m - 1e-9), 1.0).astype(np.int64)
    pieces, of_chain, place = _cut(lines, parts)
    step = (length / np.maximum(parts, 1))[of_chain]
    own = network.name[first]
    crossing = _crossing_names(network, lines, own)
    words = np.array([*names, None], dtype=object)
    highway = public["highway"].to_numpy(dtype=object)[network.line[first]]
    columns = {
        "name": words[own][of_chain],
        "highway": highway[of_chain],
        "from_name": words[crossing[:, 0]][of_chain],
        "to_name": words[crossing[:, 1]][of_chain],
        "from_m": place * step,
        "to_m": (parts[of_chain] - 1 - place) * step,
        "length_m": step,
    }
    return gpd.GeoDataFrame(columns, geometry=pieces, crs=streets.crs)


def _network(lines: NDArray[np.object_], codes: NDArray[np.int64]) -> _Network:
    import shapely

    xy, line = shapely.get_coordinates(lines, return_index=True)
    grid = np.round(xy / _SAME_M).astype(np.int64)
    _, first, node = np.unique(grid, axis=0, return_index=True, return_inverse=True)
    node = node.ravel()
    together = line[1:] == line[:-1]
    ends = np.column_stack([node[:-1], node[1:]])[together]
    owner = line[1:][together]
    real = ends[:, 0] != ends[:, 1]
    ends, owner = ends[real], owner[real]
    _, kept = np.unique(np.sort(ends, axis=1), axis=0, return_index=True)
    kept = np.sort(kept)
    return _Network(ends[kept], codes[owner[kept]], owner[kept], xy[first])


def _junctions(network: _Network) -> NDArray[np.bool_]:
    count = len(network.node_xy)
    node = network.ends.ravel()
    name = np.repeat(network.name, 2)
    degree = np.bincount(node, minlength=count)
    low = np.full(count, np.iinfo(np.int64).max)
    high = np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(low, node, name)
    np.maximum.at(high, node, name)
    return np.asarray((degree != 2) | (low != high))


def _chains(network: _Network) -> NDArray[np.int64]:
    """Give each piece the number of its chain: pieces joined where nothing meets."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(network.ends)
    node = network.ends.ravel()
    piece = np.repeat(np.arange(count), 2)
    through = ~_junctions(network)[node]
    order = np.argsort(node[through], kind="stable")
    pairs = piece[through][order].reshape(-1, 2)
    links = coo_array(
        (np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])),
        shape=(count, count),
    )
    chain = connected_components(links, directed=False)[1]
    # Chains are numbered by their first piece, so that the order of streets is kept.
    _, first, inverse = np.unique(chain, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse.ravel()]


def _merge(
    network: _Network, chain_of: NDArray[np.int64]
) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Give one line for each chain, and the first piece of each."""
    import shapely

    order = np.argsort(chain_of, kind="stable")
    chain = chain_of[order]
    first = order[np.flatnonzero(np.diff(chain, prepend=-1))]
    if len(first) == 0:
        return np.empty(0, dtype=object), first
    straight = shapely.linestrings(network.node_xy[network.ends[order]])
    pieces = np.asarray(straight, dtype=object)
    lines = shapely.line_merge(shapely.multilinestrings(pieces, indices=chain))
    return np.asarray(lines, dtype=object), first


def _cut(
    lines: NDArray[np.object_], parts: NDArray[np.int64]
) -> tuple[NDArray[np.object_], NDArray[np.intp], NDArray[np.int64]]:
    """Cut each line into equal parts; give them, the line and the place of each."""
    import shapely

    of_line = np.repeat(np.arange(len(lines)), parts)
    start = np.cumsum(parts) - parts
    place = np.arange(len(of_line)) - start[of_line]
    if len(lines) == 0:
        return np.empty(0, dtype=object), of_line, place
    xy, line = shapely.get_coordinates(lines, return_index=True)
    gone = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    head = np.flatnonzero(np.diff(line, prepend=-1))
    gone[head] = 0.0
    walked = np.cumsum(gone)
    walked -= walked[head][line]
    length = shapely.length(lines)
    # Where each vertex lies, in parts; ends and cuts are added from the line itself.
    at = walked / length[line] * parts[line]
    inner = np.abs(at - np.round(at)) > 1e-9
    vertex = start[line[inner]] + np.floor(at[inner]).astype(np.int64)
    step = (length / parts)[of_line]
    begin = places_along(lines, of_line, place * step)
    end = places_along(lines, of_line, (place + 1) * step)
    part = np.concatenate([np.arange(len(of_line)), vertex, np.arange(len(of_line))])
    along = np.concatenate([place - 0.5, at[inner], place + 1.5])
    coords = np.concatenate([begin, xy[inner], end])
    order = np.lexsort((along, part))
    cut = shapely.linestrings(coords[order], indices=part[order])
    return np.asarray(cut, dtype=object), of_line, place


def _crossing_names(
    network: _Network, lines: NDArray[np.object_], own: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Give for both ends of each line the code of the name that meets it there."""
    import pandas as pd
    import shapely

    node = network.ends.ravel()
    name = np.repeat(network.name, 2)
    from scipy.spatial import KDTree

    met = pd.DataFrame({"node": node, "name": name})
    met = met[met["name"] != _UNNAMED].value_counts().rename("pieces").reset_index()
    # Codes run by the alphabet, which so settles ties.
    met = met.sort_values(["node", "pieces", "name"], ascending=[True, False, True])
    tips = shapely.get_coordinates(
        np.column_stack([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    )
    crossing = np.full(2 * len(lines), _UNNAMED, dtype=np.int64)
    if len(lines) == 0:
        return crossing.reshape(-1, 2)
    ends = pd.DataFrame(
        {
            "node": KDTree(network.node_xy).query(tips)[1],
            "own": np.repeat(own, 2),
            "tip": np.arange(2 * len(lines)),
        }
    )
    pairs = ends.merge(met, on="node")
    others = pairs[pairs["name"] != pairs["own"]].drop_duplicates("tip")
    crossing[others["tip"].to_numpy()] = others["name"].to_numpy()
    return crossing.reshape(-1, 2)
