"""Find the block or the crossing that an event was told at, and sample its street."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from coveragekit.coverage.along import places_along
from coveragekit.coverage.blocks import street_blocks
from coveragekit.coverage.nearby import near_lines
from coveragekit.coverage.street_names import (
    HOUSE,
    plain_name,
    streets_named,
    without_side,
)
from coveragekit.coverage.support_areas import Spots

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Network", "network_of"]

# Longer than any street: blocks run from junction to junction.
_UNCUT_M = 1e7
_SAME_M = 0.01
_BLOCKS_TRIED = 16
_CROSSINGS_TRIED = 16
# Blocks that are nearest to within this share the event, as at their common corner.
_TIE_M = 1.0
# The junctions of a dual carriageway are one crossing.
_ONE_CROSSING_M = 25.0
_ARM_M = 50.0
_NAMES_MOST = 3


class Network(NamedTuple):
    """
    The public streets as blocks between junctions, and the junctions.

    Parameters
    ----------
    lines, length_m
        One LineString a block, and its length.
    name, core
        Code of each block's name, whole and without compass words; -1 for none.
    tips
        Node at both ends of each block, shape ``(blocks, 2)``.
    node_xy, crossings
        Places of the nodes, and which of them are crossings: where three blocks end or
        more, or two of different names.
    words, cores
        Names by code.
    """

    lines: NDArray[np.object_]
    length_m: NDArray[np.float64]
    name: NDArray[np.int64]
    core: NDArray[np.int64]
    tips: NDArray[np.int64]
    node_xy: NDArray[np.float64]
    crossings: NDArray[np.intp]
    words: pd.Index[str]
    cores: pd.Index[str]

    def blocks_at(
        self,
        places: NDArray[np.float64],
        addresses: NDArray[np.object_],
        reach_m: float,
    ) -> NDArray[np.int32]:
        """
        Give the block of each place: the nearest of the street that its address names.

        Parameters
        ----------
        places
            x and y, metres, shape ``(n, 2)``.
        addresses
            Text or ``None`` for each place.
        reach_m
            How far to look, metres.

        Returns
        -------
        numpy.ndarray
            Shape ``(n, blocks)``, ascending, padded by -1 in front: several where they
            are equally near, none where there is no block in reach. Where the address
            names no street in reach, the nearest block of any.
        """
        block, _, apart, level = self._near(places, addresses, reach_m)
        apart[level < level.max(axis=1, keepdims=True)] = np.inf
        nearest = apart.min(axis=1, keepdims=True)
        taken = np.isfinite(apart) & (apart <= nearest + _TIE_M)
        return np.sort(np.where(taken, block, -1), axis=1)

    def fronts_on(
        self,
        places: NDArray[np.float64],
        addresses: NDArray[np.object_],
        reach_m: float,
    ) -> NDArray[np.float64]:
        """
        Give the nearest place on the street that each address names.

        Parameters
        ----------
        places
            x and y, metres, shape ``(n, 2)``.
        addresses
            Text or ``None`` for each place.
        reach_m
            How far to look, metres.

        Returns
        -------
        numpy.ndarray
            Metres, shape ``(n, 2)``; not-a-number where no such street is in reach.
        """
        _, where, apart, level = self._near(places, addresses, reach_m)
        best = level.max(axis=1, keepdims=True)
        apart[(level < best) | (best < 1)] = np.inf
        rows, at = np.arange(len(places)), np.argmin(apart, axis=1)
        known = np.isfinite(apart[rows, at])
        return np.where(known[:, None], where[rows, at], np.nan)

    def _near(
        self,
        places: NDArray[np.float64],
        addresses: NDArray[np.object_],
        reach_m: float,
    ) -> tuple[NDArray[Any], ...]:
        """Give the blocks in reach, where, how far, and how well each is named."""
        block, where = near_lines(
            places, self.lines, count=_BLOCKS_TRIED, limit_m=reach_m
        )
        apart = np.hypot(*(where - places[:, None]).transpose(2, 0, 1))
        apart[block < 0] = np.inf
        # The last is that of no block.
        name, core = np.append(self.name, -1), np.append(self.core, -1)
        level = np.zeros(block.shape, dtype=np.int8)
        for told in zip(*_told(addresses, self.words, self.cores), strict=True):
            same = (name[block] == told[0][:, None]).astype(np.int8)
            same += core[block] == told[1][:, None]
            level = np.maximum(level, same)
        level[block < 0] = -1
        return block, where, apart, level

    def crossings_at(
        self,
        places: NDArray[np.float64],
        addresses: NDArray[np.object_],
        reach_m: float,
    ) -> NDArray[np.intp]:
        """
        Give the crossing of each place: the nearest of the streets its address names.

        Parameters
        ----------
        places
            x and y, metres, shape ``(n, 2)``.
        addresses
            Text or ``None`` for each place.
        reach_m
            How far to look, metres.

        Returns
        -------
        numpy.ndarray
            Node, -1 where there is no crossing in reach.
        """
        from scipy.spatial import KDTree

        if len(self.crossings) == 0:
            return np.full(len(places), -1, dtype=np.intp)
        tree = KDTree(self.node_xy[self.crossings])
        tried = min(_CROSSINGS_TRIED, len(self.crossings))
        apart, found = tree.query(
            places, k=np.arange(1, tried + 1), distance_upper_bound=reach_m
        )
        near = np.isfinite(apart)
        node = np.append(self.crossings, -1)[found]
        score = np.zeros(node.shape, dtype=np.int64)
        meets = [self._meets(self.name), self._meets(self.core)]
        for told in zip(*_told(addresses, self.words, self.cores), strict=True):
            for (pairs, count), code in zip(meets, told, strict=True):
                asked = node * count + code[:, None]
                score += np.isin(asked, pairs) & near & (code >= 0)[:, None]
        # Names first, then nearness: distances are below the reach, scores are whole.
        rank = np.where(near, apart - score * (2.0 * reach_m), np.inf)
        best = np.argmin(rank, axis=1)
        rows = np.arange(len(places))
        return np.where(near[rows, best], node[rows, best], -1)

    def _meets(self, codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
        """Give the names that meet at each node, as one number each."""
        count = int(codes.max(initial=0)) + 1
        both = self.tips * count + codes[:, None]
        return np.unique(both[codes >= 0]), count

    def block_spots(self, sets: NDArray[np.int32], spacing_m: float) -> Spots:
        """
        Give places along blocks, by length.

        Parameters
        ----------
        sets
            Blocks of each support, padded by -1, shape ``(supports, blocks)``.
        spacing_m
            Longest piece that one place stands for, metres.

        Returns
        -------
        Spots
            By row of ``sets``.
        """
        owner, column = np.nonzero(sets >= 0)
        block = sets[owner, column]
        start = np.zeros(len(block))
        span = np.column_stack([start, self.length_m[block]])
        return self._along(block=block, span=span, owner=owner, spacing_m=spacing_m)

    def crossing_spots(self, nodes: NDArray[np.intp], spacing_m: float) -> Spots:
        """
        Give places along the arms of crossings: half of each block, 50 m at most.

        Parameters
        ----------
        nodes
            The crossings. Others within 25 m are taken as parts of the same.
        spacing_m
            Longest piece that one place stands for, metres.

        Returns
        -------
        Spots
            By position in ``nodes``.
        """
        from scipy.spatial import KDTree

        tip = self.tips.ravel()
        by_node = np.argsort(tip, kind="stable")
        first = np.searchsorted(tip[by_node], np.arange(len(self.node_xy) + 1))
        tree = KDTree(self.node_xy[self.crossings])
        parts = tree.query_ball_point(
            self.node_xy[nodes], _ONE_CROSSING_M, return_sorted=True
        )
        ends = [
            np.concatenate(
                [
                    by_node[first[node] : first[node + 1]]
                    for node in self.crossings[part]
                ]
            )
            for part in parts
        ]
        owner = np.repeat(np.arange(len(nodes)), [len(end) for end in ends])
        end = np.concatenate([np.empty(0, dtype=np.intp), *ends])
        block = end // 2
        arm = np.minimum(self.length_m[block] / 2.0, _ARM_M)
        begins = end % 2 == 0
        start = np.where(begins, 0.0, self.length_m[block] - arm)
        span = np.column_stack([start, start + arm])
        return self._along(block=block, span=span, owner=owner, spacing_m=spacing_m)

    def _along(
        self,
        *,
        block: NDArray[np.integer],
        span: NDArray[np.float64],
        owner: NDArray[np.intp],
        spacing_m: float,
    ) -> Spots:
        long = span[:, 1] - span[:, 0]
        pieces = np.maximum(np.ceil(long / spacing_m - 1e-9), 1.0).astype(np.int64)
        of_span = np.repeat(np.arange(len(block)), pieces)
        place = np.arange(len(of_span)) - (np.cumsum(pieces) - pieces)[of_span]
        step = (long / pieces)[of_span]
        at = span[of_span, 0] + (place + 0.5) * step
        xy = places_along(self.lines, block[of_span], at)
        return Spots(xy, step, owner[of_span])


def network_of(streets: gpd.GeoDataFrame) -> Network:
    """
    Give the public streets as blocks between junctions.

    Parameters
    ----------
    streets
        The table ``streets`` in a CRS in metres; without ``name``, none has one.

    Returns
    -------
    Network
        Nodes are where blocks share an end, to a centimetre.

    Raises
    ------
    CRSError
        The streets have no CRS, or one that is not in metres.
    InputError
        There is no column ``highway``.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString
    >>> lines = [LineString([(0, 0), (90, 0), (180, 0)]),
    ...     LineString([(90, 0), (90, 70)])]
    >>> two = gpd.GeoDataFrame({"name": ["A Street", "B Street"],
    ...     "highway": ["residential"] * 2}, geometry=lines, crs="EPSG:32616")
    >>> len(network_of(two).lines), len(network_of(two).crossings)
    (3, 1)
    """
    import pandas as pd
    import shapely

    named = streets if "name" in streets.columns else streets.assign(name=None)
    blocks = street_blocks(named, _UNCUT_M)
    lines = blocks.geometry.to_numpy()
    names = [
        plain_name(name) if isinstance(name, str) else None for name in blocks["name"]
    ]
    cores = [without_side(name) if name else None for name in names]
    name, words = pd.factorize(np.array(names, dtype=object))
    core, core_words = pd.factorize(np.array(cores, dtype=object))
    ends = shapely.get_coordinates(
        np.column_stack([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    )
    grid = np.round(ends / _SAME_M).astype(np.int64)
    _, first, node = np.unique(grid, axis=0, return_index=True, return_inverse=True)
    tips = node.reshape(-1, 2)
    degree = np.bincount(tips.ravel(), minlength=len(first))
    # Where two streets end in each other, an address names them as a crossing too.
    named = name >= 0
    meeting = np.column_stack([tips[named].ravel(), np.repeat(name[named], 2)])
    names_at = np.bincount(
        np.unique(meeting, axis=0)[:, 0].astype(np.int64), minlength=len(first)
    )
    return Network(
        lines=lines,
        length_m=shapely.length(lines),
        name=name,
        core=core,
        tips=tips,
        node_xy=ends[first],
        crossings=np.flatnonzero((degree > 2) | (names_at > 1)),
        words=pd.Index(words, dtype=object),
        cores=pd.Index(core_words, dtype=object),
    )


def _told(
    addresses: NDArray[np.object_], words: pd.Index[str], cores: pd.Index[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the codes of the names that addresses tell, -2 for none on the map."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # A city's addresses are many, its streets few: houses of one street are asked once.
    texts = pa.array(addresses, pa.large_string(), from_pandas=True)
    plain = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    plain = pc.replace_substring_regex(
        plain, pattern=HOUSE, replacement=r"\1", max_replacements=1
    )
    encoded = plain.dictionary_encode()
    code = encoded.indices.fill_null(-1).to_numpy().astype(np.int64)
    first = np.full(len(encoded.dictionary), len(code), dtype=np.int64)
    np.minimum.at(first, code[code >= 0], np.flatnonzero(code >= 0))
    whole_code = {word: number for number, word in enumerate(words)}
    core_code = {word: number for number, word in enumerate(cores)}
    names = [streets_named(text)[:_NAMES_MOST] for text in addresses[first]]
    whole = np.full((_NAMES_MOST, len(first) + 1), -2, dtype=np.int64)
    core = whole.copy()
    for row, told in enumerate(names):
        for column, name in enumerate(told):
            whole[column, row] = whole_code.get(name, -2)
            core[column, row] = core_code.get(without_side(name), -2)
    return whole[:, code], core[:, code]
