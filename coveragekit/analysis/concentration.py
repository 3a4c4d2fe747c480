"""Say whether the cameras are where the harm is, and whether that is more than luck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.analysis.chance import by_drawing, by_moving
from coveragekit.analysis.events import events_of
from coveragekit.analysis.street_line import StreetLine
from coveragekit.crs import check_metric, check_same
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from coveragekit.analysis.events import Events

__all__ = ["NULL", "Concentration", "concentration"]

NULL: Final = (
    "the cameras' views keep their shape and their neighbours, but lie along the "
    "streets without regard to where incidents happen"
)
FEWEST_EXPECTED: Final = 5.0
FEWEST_PLACES: Final = 5
LEVEL: Final = 0.05
_FIGURES = [
    *("value", "low", "high", "at_street", "chance_low", "chance_high"),
    *("p", "p_less"),
]


@dataclass(frozen=True, slots=True)
class Concentration:
    """
    How much denser incidents are where cameras see, and what luck would give.

    Parameters
    ----------
    overall
        One row as in :func:`concentration`: the street-visible incidents.
    overall_all
        The same for all incidents.
    by_category
        One row a category of the street-visible incidents, the largest first; empty
        where the incidents have no categories.
    by_hour
        One row an hour of the local day, of the street-visible incidents; empty where
        no hours were given.
    permutations
        How often the views were moved, and how often places were drawn anew.
    """

    overall: pd.Series
    overall_all: pd.Series
    by_category: pd.DataFrame
    by_hour: pd.DataFrame
    permutations: int

    def to_dict(self) -> dict[str, object]:
        """
        Give everything as plain values, ready for JSON.

        Returns
        -------
        dict
            ``overall``, ``overall_all``, ``by_category``, ``by_hour`` (lists of rows),
            ``permutations``, ``null`` (the hypothesis in words); ``None`` for missing.
        """
        return {
            "overall": _plain(self.overall.to_dict()),
            "overall_all": _plain(self.overall_all.to_dict()),
            "by_category": [_plain(row) for row in self.by_category.to_dict("records")],
            "by_hour": [_plain(row) for row in self.by_hour.to_dict("records")],
            "permutations": self.permutations,
            "null": NULL,
        }


def _plain(row: Mapping[Hashable, Any]) -> dict[str, object]:
    import pandas as pd

    plain: dict[str, object] = {}
    for name, value in row.items():
        given = value.item() if hasattr(value, "item") else value
        plain[str(name)] = None if pd.isna(given) else given
    return plain


def concentration(
    incidents: gpd.GeoDataFrame,
    samples: gpd.GeoDataFrame,
    *,
    rng: np.random.Generator | int,
    hours: csr_array | None = None,
    permutations: int = 999,
) -> Concentration:
    """
    Give whether cameras see more of the harm than of the streets, beyond chance.

    Parameters
    ----------
    incidents
        Points in a CRS in metres with ``seen_probability`` (0 to 1; rows where it is
        missing, such as those outside the study area, are left out), as
        :func:`coveragekit.coverage.incident_coverage` gives it; and, where there are
        such columns, ``street_visible`` (all where there is none), ``category`` and
        ``weight`` (1 where missing).
    samples
        Street samples in the same CRS with ``street``, ``length_m`` and
        ``seen_probability``, as :func:`coveragekit.coverage.street_samples` gives them.
    rng
        A random generator, or a seed for one: the same seed gives the same figures.
    hours
        Weight of each incident in each hour of the local week, Monday 00:00 first,
        shape ``(incidents, 168)``; no figures by hour where ``None``.
    permutations
        How often views are moved and places drawn anew, 1 or more.

    Returns
    -------
    Concentration
        Rows with ``group``, ``incidents`` (how many), ``weight``, ``incident_share``
        (of the weight, seen), ``street_share`` (of the length, seen), ``value`` (the
        former over the latter), ``low`` and ``high`` (its 90 % interval), ``at_street``
        (the same with each incident judged at the nearest place of the street),
        ``chance_low``, ``chance_high`` (where ``at_street`` lies 90 times of 100 by
        chance), ``p`` and ``p_less`` (how often chance gives as much, as little),
        ``verdict`` (``more than chance``, ``no more than chance`` or ``less than
        chance``) and ``reason`` (why there is no figure, where there is none).

    Raises
    ------
    InputError
        A column is missing, a number is out of range, or lengths differ.
    CRSError
        A table has no CRS, one that is not in metres, or another than the rest.

    Notes
    -----
    *Value*: the prediction accuracy index with street length for area. *Interval*:
    places (incidents with the same coordinates) are drawn anew with replacement, as
    incidents at one place are not independent; 5th and 95th percentile. More than
    5,000 places are drawn in so many lots that were put together by chance.

    *Chance*: all streets are laid end to end, neighbours next to neighbours, and the
    pattern of what is seen is moved along them by a random length, the end joined to
    the start. Both patterns so keep their clusters: moving single places would call
    one camera at one busy corner a proof. To compare like with like, the observed
    figure is taken at the nearest place of the street as well (``at_street``): fronts
    of houses may be easier or harder to see than the middle of the street.
    ``p`` = (1 + number of moves that give as much) / (1 + moves). The verdict takes 5 %
    on either side; in tables of several rows each p is first adjusted for the number
    of rows (Benjamini and Hochberg). Cameras that stand in one district, for reasons
    of their own, where incidents happen to be as well, are a matter of judgement that
    no shuffling decides: docs/decisions/0015.

    There is no figure where chance would let fewer than 5 incidents be seen, or where
    they lie at fewer than 5 places.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import numpy as np
    >>> x = np.arange(1.0, 4000.0, 2.0)
    >>> off = np.abs(x[:, None] - 10.0 * np.arange(20) ** 2).min(axis=1)
    >>> street = gpd.GeoDataFrame(
    ...     {"street": 0, "length_m": 2.0, "seen_probability": off < 20.0},
    ...     geometry=gpd.points_from_xy(x, 0.0 * x), crs="EPSG:32616")
    >>> incidents = street[(off < 9.0) | (x % 50.0 == 1.0)]
    >>> found = concentration(incidents, street, rng=1, permutations=99).overall
    >>> f"{found['value']:.1f}: {found['verdict']}"
    '4.0: more than chance'
    """
    if permutations < 1:
        message = f"permutations is {permutations}; allowed: 1 or more"
        raise InputError(message)
    check_metric(samples.crs, "samples")
    check_same(incidents.crs, samples.crs, "incidents and samples")
    _check_samples(samples)
    generator = np.random.default_rng(rng)
    line = StreetLine.of_samples(samples)
    events = events_of(incidents, hours)
    rows = _figures(events, line)
    if line.share > 0.0 and len(events.xy):
        cells = _nearest_cells(events.xy, samples, line)
        shifts = generator.integers(1, max(len(line.seen), 2), permutations)
        by_moving(rows, events, line, cells=cells, shifts=shifts % len(line.seen))
        low, high = by_drawing(events, permutations, generator)
        rows["low"], rows["high"] = low / line.share, high / line.share
    unfit = rows["reason"].notna()
    rows.loc[unfit, _FIGURES] = np.nan
    return _told(rows, permutations)


def _check_samples(samples: gpd.GeoDataFrame) -> None:
    for name, most in (("length_m", np.inf), ("seen_probability", 1.0)):
        if name not in samples.columns or "street" not in samples.columns:
            message = (
                f"samples have no column 'street' or no {name!r}; "
                "coveragekit.coverage.street_samples and point_probability give them"
            )
            raise InputError(message)
        values = samples[name].to_numpy(dtype=np.float64)
        wrong = ~((values >= 0.0) & (values <= most))
        if wrong.any():
            message = (
                f"sample {samples.index[int(np.argmax(wrong))]}: {name} is "
                f"{values[wrong][0]:g}; allowed: 0 to {most:g}"
            )
            raise InputError(message)


def _nearest_cells(
    xy: NDArray[np.float64], samples: gpd.GeoDataFrame, line: StreetLine
) -> NDArray[np.int64]:
    """Give the cell of the line that is nearest to each place."""
    import shapely
    from scipy.spatial import KDTree

    tree = KDTree(shapely.get_coordinates(samples.geometry.to_numpy()))
    return line.cell_of[tree.query(xy)[1]]


def _figures(events: Events, line: StreetLine) -> pd.DataFrame:
    """Give one row a group: what is seen of it, or why that cannot be said."""
    import pandas as pd

    total = events.by_group(np.ones(len(events.chance)))
    seen = events.by_group(events.chance)
    share = np.divide(seen, total, out=np.full(len(total), np.nan), where=total > 0.0)
    rows = pd.DataFrame(
        {
            "kind": [kind for kind, _ in events.groups],
            "group": [name for _, name in events.groups],
            "incidents": events.number,
            "weight": total,
            "incident_share": share,
            "street_share": line.share,
            "value": share / line.share if line.share > 0.0 else np.nan,
        }
    )
    for name in _FIGURES[1:]:
        rows[name] = np.nan
    places = events.places_of_groups()
    reasons = [
        _why_not(float(expected), float(weight), int(count))
        for expected, weight, count in zip(
            events.number * line.share, total, places, strict=True
        )
    ]
    # Else pandas makes not-a-number of None.
    rows["reason"] = pd.Series(reasons, index=rows.index, dtype=object)
    if not line.share > 0.0:
        rows["reason"] = "no camera sees any of the streets"
    return rows


def _why_not(expected: float, total: float, places: float) -> str | None:
    if total == 0.0:
        return "there are no incidents"
    if expected < FEWEST_EXPECTED:
        return (
            f"{expected:.1f} incidents would be seen by chance, fewer than "
            f"{FEWEST_EXPECTED:g}"
        )
    if places < FEWEST_PLACES:
        return f"they lie at {places} places, fewer than {FEWEST_PLACES}"
    return None


def _told(rows: pd.DataFrame, permutations: int) -> Concentration:
    tables = {}
    for kind in ("overall", "category", "hour"):
        table = rows[rows["kind"] == kind].drop(columns="kind").reset_index(drop=True)
        # The two rows of all are one question asked of two sets, not a search.
        verdicts = _verdicts(table, adjust=kind != "overall")
        table.insert(len(table.columns) - 1, "verdict", verdicts)
        tables[kind] = table
    return Concentration(
        overall=tables["overall"].iloc[0],
        overall_all=tables["overall"].iloc[1],
        by_category=tables["category"],
        by_hour=tables["hour"],
        permutations=permutations,
    )


def _verdicts(table: pd.DataFrame, *, adjust: bool) -> pd.Series:
    """Say of each row whether it is beyond chance, allowing for the number of rows."""
    import pandas as pd

    known = table["p"].notna().to_numpy()
    verdicts = np.full(len(table), None, dtype=object)
    verdicts[known] = "no more than chance"
    for name, words in (("p", "more than chance"), ("p_less", "less than chance")):
        chances = table[name].to_numpy(dtype=np.float64).copy()
        if adjust and known.any():
            chances[known] = _adjusted(chances[known])
        verdicts[known & (chances <= LEVEL)] = words
    # Else pandas makes not-a-number of None.
    return pd.Series(verdicts, index=table.index, dtype=object)


def _adjusted(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Allow for the number of questions asked, by Benjamini and Hochberg (1995).

    Written out, as the library that has it takes a tenth of a small study's build to
    load; the tests compare the two.
    """
    order = np.argsort(chances)[::-1]
    count = len(chances)
    raised = chances[order] * count / np.arange(count, 0, -1)
    adjusted = np.empty(count)
    adjusted[order] = np.minimum.accumulate(np.minimum(raised, 1.0))
    return adjusted
