"""Scenes: the whole city drawn many times, as far as records of cameras may be off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from coveragekit.coverage.scene_inputs import scene_inputs
from coveragekit.coverage.scene_results import scene_result
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import geopandas as gpd
    import pandas as pd
    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

    from coveragekit.coverage.scene_inputs import SceneInputs
    from coveragekit.coverage.scene_results import SceneResult
    from coveragekit.coverage.scene_targets import Targets
    from coveragekit.visibility import Obstacles

    Floats = NDArray[np.float64]

__all__ = ["Interval", "Scenes", "combine", "scenes"]

_LEVEL = 0.9


class Interval(NamedTuple):
    """
    A share with its interval.

    Parameters
    ----------
    value
        The median over the scenes, 0 to 1.
    low, high
        Between these the truth lies with the probability :attr:`Scenes.level`.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Scenes:
    """
    What many scenes gave together.

    Parameters
    ----------
    inputs
        What they rest on.
    seed
        Their seed.
    seen
        What is seen, shape ``(scenes, lights, groups, measures)``.
    places
        Bits of the places seen, shape ``(scenes, places / 8)``.
    cell_counts
        In how many scenes each cell is seen; ``None`` without a raster.
    """

    inputs: SceneInputs
    seed: int
    seen: Floats
    places: NDArray[np.uint8]
    cell_counts: NDArray[np.uint16] | None

    @property
    def count(self) -> int:
        """How many scenes there are."""
        return len(self.seen)

    @property
    def level(self) -> float:
        """How probably an interval holds the truth: less than 0.9 below 19 scenes."""
        return min(_LEVEL, (self.count - 1.0) / (self.count + 1.0))

    def interval(
        self, measure: str, group: str | None = None, light: str | None = None
    ) -> Interval | None:
        """
        Give a share with its interval.

        Parameters
        ----------
        measure
            Name of the target.
        group
            Name of the group of cameras; the counted one where ``None``.
        light
            ``day`` or ``night``; the first where ``None``.

        Returns
        -------
        Interval or None
            Share of the measure's total; ``None`` of nothing.

        Raises
        ------
        InputError
            No such measure, group or light was asked of the scenes.
        """
        inputs = self.inputs
        total = inputs.targets[self._known(measure, inputs.targets)].total
        at = (
            0
            if light is None
            else inputs.looking.lights.index(self._known(light, inputs.looking.lights)),
            list(inputs.groups).index(
                self._known(group or inputs.counted, inputs.groups)
            ),
            list(inputs.targets).index(measure),
        )
        if total <= 0.0:
            return None
        shares = np.minimum(self.seen[:, at[0], at[1], at[2]] / total, 1.0)
        return Interval(*_spread(shares))

    @staticmethod
    def _known(name: Any, names: Iterable[Any]) -> Any:  # noqa: ANN401 - a key
        if name not in names:
            message = f"the scenes have no {name!r}; allowed: {', '.join(names)}"
            raise InputError(message)
        return name

    def place_probability(self, measure: str) -> Floats:
        """
        Give for each place of a measure in which share of the scenes it is seen.

        Parameters
        ----------
        measure
            Name of the target.

        Returns
        -------
        numpy.ndarray
            One for each row of the target, by the counted cameras in the first light.

        Raises
        ------
        InputError
            No such measure was asked of the scenes.
        """
        self._known(measure, self.inputs.targets)
        counts = np.zeros(len(self.inputs.places))
        for number in range(self.count):
            counts += self._seen_in(number)
        return counts[self.inputs.place_of[measure]] / self.count

    def _seen_in(self, number: int) -> NDArray[np.uint8]:
        return np.unpackbits(self.places[number], count=len(self.inputs.places))

    def event_probability(self, measure: str) -> Floats:
        """
        Give for each event how surely it was seen, over its possible places and scenes.

        Parameters
        ----------
        measure
            Name of a target made of events.

        Returns
        -------
        numpy.ndarray
            One for each event; 0 where its support has no weight.

        Raises
        ------
        InputError
            No such measure was asked of the scenes, or it is not made of events.
        """
        chances = self.place_probability(measure)
        target = self.inputs.targets[measure]
        if target.ptr is None or target.support_of is None:
            message = f"{measure!r} is not made of events; use place_probability"
            raise InputError(message)
        below = np.concatenate([[0.0], np.cumsum(target.weight * chances)])
        by_support = np.diff(below[target.ptr])
        return np.asarray(np.clip(by_support, 0.0, 1.0)[target.support_of])

    def unmet(self, measure: str, labels: ArrayLike) -> pd.DataFrame:
        """
        Give what is not seen of a measure within labelled places, such as gaps.

        Parameters
        ----------
        measure
            Name of the target.
        labels
            Whole numbers, one for each row of the target, below 0 for none.

        Returns
        -------
        pandas.DataFrame
            By label, ascending: ``value``, ``low`` and ``high`` of the weight that is
            not seen, in the target's unit.

        Raises
        ------
        InputError
            No such measure was asked of the scenes, or labels of another length.
        """
        import pandas as pd

        self._known(measure, self.inputs.targets)
        given = np.asarray(labels)
        weights = self.inputs.targets[measure].place_weights()
        if given.shape != weights.shape or given.dtype.kind not in "iu":
            message = (
                f"labels are {given.dtype} of shape {given.shape}; allowed: whole "
                f"numbers, one for each of the {len(weights)} places of {measure!r}"
            )
            raise InputError(message)
        rows = np.flatnonzero(given >= 0)
        names, label = np.unique(given[rows], return_inverse=True)
        of = self.inputs.place_of[measure][rows]
        missed = np.empty((self.count, len(names)))
        for number in range(self.count):
            unseen = 1 - self._seen_in(number)[of]
            missed[number] = np.bincount(label, weights[rows] * unseen, len(names))
        value, low, high = _spread(missed)
        return pd.DataFrame(
            {"value": value, "low": low, "high": high},
            index=pd.Index(names, name="label"),
        )

    def seen_probability(self) -> xr.DataArray:
        """
        Map in which share of the scenes each cell of public ground is seen.

        Returns
        -------
        xarray.DataArray
            ``seen_probability``, float32, as :func:`coveragekit.coverage.seen` lays it;
            not-a-number outside the study area and on buildings.

        Raises
        ------
        InputError
            The scenes were drawn without a grid.
        """
        grid, inside = self.inputs.grid, self.inputs.inside
        if grid is None or inside is None or self.cell_counts is None:
            message = "the scenes have no raster; give scene_inputs a grid"
            raise InputError(message)
        share = self.cell_counts.astype(np.float32) / np.float32(self.count)
        share[inside == 0] = np.nan
        return grid.to_array(share, "seen_probability", self.inputs.places.crs)


def _spread(values: Floats) -> tuple[Any, Any, Any]:
    """
    Give median, low and high along the first axis.

    By the ranks k / (n + 1): the truth is one more draw, as likely to fall between any
    two neighbours as between any others. Other ranks would make few scenes look surer
    than they are: of 16, the usual 5th and 95th percentile hold 79 % and not 90.
    """
    tail = (1.0 - _LEVEL) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail], axis=0, method="weibull")
    return np.median(values, axis=0), low, high


def combine(results: Iterable[SceneResult], inputs: SceneInputs) -> Scenes:
    """
    Put scenes together.

    Parameters
    ----------
    results
        Of :func:`coveragekit.coverage.scene_result`, at least two, in any order; read
        one by one.
    inputs
        What they rest on.

    Returns
    -------
    Scenes
        Shares, places and cells with their intervals.

    Raises
    ------
    InputError
        Fewer than two scenes, one twice, of several seeds, or of other inputs.

    Examples
    --------
    See :func:`scenes`.

    >>> combine.__name__
    'combine'
    """
    by_number: dict[int, tuple[Floats, NDArray[np.uint8]]] = {}
    seeds = set()
    shape = (len(inputs.looking.lights), len(inputs.groups), len(inputs.targets))
    counts = None if inputs.grid is None else np.zeros(inputs.grid.shape, np.uint16)
    for one in results:
        bytes_of_places = -(-len(inputs.places) // 8)
        cells = 0 if counts is None else -(-counts.size // 8)
        fits = one.seen.shape == shape and len(one.cells) == cells
        fits = fits and set(one.rows) == set(inputs.noted.rows)
        if not fits or len(one.places) != bytes_of_places:
            message = f"scene {one.number} was drawn from other inputs; draw it again"
            raise InputError(message)
        if one.number in by_number:
            message = f"scene {one.number} is there twice; allowed: once each"
            raise InputError(message)
        seeds.add(one.seed)
        by_number[one.number] = (one.seen, one.places)
        if counts is not None:
            bits = np.unpackbits(one.cells, count=counts.size)
            counts += bits.reshape(counts.shape)
    if len(by_number) < 2 or len(seeds) != 1:
        message = (
            f"there are {len(by_number)} scenes of seeds {sorted(seeds)}; allowed: at "
            "least two scenes, all of one seed"
        )
        raise InputError(message)
    order = sorted(by_number)
    return Scenes(
        inputs=inputs,
        seed=seeds.pop(),
        seen=np.stack([by_number[number][0] for number in order]),
        places=np.stack([by_number[number][1] for number in order]),
        cell_counts=counts,
    )


def scenes(
    cameras: gpd.GeoDataFrame,
    targets: Mapping[str, Targets],
    obstacles: Obstacles,
    *,
    n: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    **options: Any,  # noqa: ANN401 - those of scene_inputs
) -> Scenes:
    """
    Draw the whole city many times, and give what is seen with intervals.

    Parameters
    ----------
    cameras, targets, obstacles
        As :func:`coveragekit.coverage.scene_inputs` takes them.
    n
        How many scenes, at least two; from 19 on the intervals are those of 90 %.
    seed
        Seed of the random numbers, 0 or more.
    progress
        Called before each scene with how many are done, and how many there are; and
        once at the end.
    **options
        The other arguments of :func:`coveragekit.coverage.scene_inputs`.

    Returns
    -------
    Scenes
        Shares, places and cells with their intervals.

    Raises
    ------
    CRSError
        A CRS is missing, not in metres, or not that of the rest.
    InputError
        Fewer than two scenes, or inputs that cannot be used.

    Notes
    -----
    The truth is taken as one more scene: the interval holds it as often as one more
    scene. In each, every camera has a definite place and aim, and every event a place.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> from coveragekit.coverage import Looking, Targets, camera_errors
    >>> from coveragekit.visibility import Obstacles
    >>> crs = "EPSG:32616"
    >>> one = gpd.GeoDataFrame(
    ...     {"bearing_deg": [None], "hfov_deg": [90.0], "range_m": [30.0]},
    ...     geometry=[Point(500000, 0)], crs=crs).astype({"bearing_deg": float})
    >>> spot = Targets.of_points(gpd.GeoSeries([Point(500010, 0)], crs=crs), [1], "m")
    >>> none = Obstacles.from_buildings(one.iloc[:0])
    >>> many = scenes(camera_errors(one), {"spot": spot}, none, n=200, seed=1,
    ...     looking=Looking(density_px_per_m=None))
    >>> bool(abs(many.place_probability("spot")[0] - 0.25) < 0.1)
    True
    """
    inputs = scene_inputs(cameras, targets, obstacles, **options)

    def drawn() -> Iterable[SceneResult]:
        for number in range(n):
            if progress is not None:
                progress(number, n)
            yield scene_result(number, inputs, seed=seed)

    together = combine(drawn(), inputs)
    if progress is not None:
        progress(n, n)
    return together
