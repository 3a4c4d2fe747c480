"""What a scene notes row by row: which street samples and events are seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from coveragekit.coverage.scene_targets import Targets

    Floats = NDArray[np.float64]

__all__ = ["DrawnRows", "Noted"]


@dataclass(frozen=True, slots=True, eq=False)
class Noted:
    """
    Which rows of which measures scenes note one by one, and for which groups.

    Parameters
    ----------
    groups
        Names of groups of cameras; noted in the order that the scenes have them in.
    rows
        By measure: rows of its places, or of its events where it is made of such.

    Examples
    --------
    >>> Noted().rows
    {}
    """

    groups: tuple[str, ...] = ()
    rows: Mapping[str, NDArray[np.intp]] = field(default_factory=dict)

    def check(self, targets: Mapping[str, Targets], groups: Collection[str]) -> None:
        """
        Refuse what is not there.

        Parameters
        ----------
        targets
            What scenes look at.
        groups
            Names of their groups.

        Raises
        ------
        InputError
            A measure or group that the scenes do not have, or a row beyond its end.
        """
        for name, known in (
            *((one, targets) for one in self.rows),
            *((one, groups) for one in self.groups),
        ):
            if name not in known:
                allowed = ", ".join(known)
                message = f"the scenes have no {name!r} to note; allowed: {allowed}"
                raise InputError(message)
        for name, rows in self.rows.items():
            target = targets[name]
            support_of = target.support_of
            count = len(target.xy) if support_of is None else len(support_of)
            wrong = (rows < 0) | (rows >= count)
            if wrong.any():
                message = (
                    f"rows to note of {name!r}: one is {int(rows[wrong][0])}; allowed: "
                    f"0 to {count - 1}"
                )
                raise InputError(message)


@dataclass(frozen=True, slots=True, eq=False)
class DrawnRows:
    """
    Where one scene has the rows that are noted of a measure, and their luck.

    Parameters
    ----------
    place
        The place of each row, -1 for none.
    luck
        A row is seen where the cameras see its place more surely than this.
    """

    place: NDArray[np.intp]
    luck: Floats

    @classmethod
    def of_events(
        cls,
        rows: NDArray[np.intp],
        event: NDArray[np.intp],
        place: NDArray[np.intp],
        *,
        luck: Floats,
    ) -> Self:
        """
        Give rows of events, from those that a scene has somewhere.

        Parameters
        ----------
        rows
            The events that are noted.
        event, place, luck
            Number, place and luck of each event that is somewhere.

        Returns
        -------
        DrawnRows
            Those rows.

        Examples
        --------
        >>> drawn = DrawnRows.of_events(np.array([0, 2]), np.array([2]), np.array([7]),
        ...     luck=np.array([0.5]))
        >>> drawn.place.tolist()
        [-1, 7]
        """
        size = int(max(rows.max(initial=-1), event.max(initial=-1))) + 1
        places, lucks = np.full(size, -1, np.intp), np.zeros(size)
        places[event], lucks[event] = place, luck
        return cls(places[rows], lucks[rows])

    def seen(self, number: NDArray[np.intp], sure: Floats) -> NDArray[np.uint8]:
        """
        Give which rows are seen, as bits.

        Parameters
        ----------
        number
            For each place the entry of ``sure`` that is its own, -1 where nobody sees
            it.
        sure
            How surely each place that anybody sees is seen.

        Returns
        -------
        numpy.ndarray
            Packed bits.

        Examples
        --------
        >>> drawn = DrawnRows(np.array([0, 1, -1]), np.zeros(3))
        >>> np.unpackbits(drawn.seen(np.array([-1, 0]), np.ones(1)), count=3).tolist()
        [0, 1, 0]
        """
        at = np.where(self.place >= 0, number[self.place], -1)
        met = np.zeros(len(at), np.bool_)
        there = at >= 0
        met[there] = sure[at[there]] > self.luck[there]
        return np.packbits(met)
