"""What can be filtered by in one city: its areas, kinds of events, bands and days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from coveragekit.view import Store

__all__ = ["Area", "Terms"]


@dataclass(frozen=True, slots=True)
class Area:
    """
    One area of the study.

    Parameters
    ----------
    row
        Its row in the store.
    kind
        What kind of area it is, such as ``"beat"``.
    key
        Its ``area_id``.
    name
        What people call it.
    """

    row: int
    kind: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What a filter may name.

    Parameters
    ----------
    areas
        Every area that has a kind.
    area_kinds
        Words of those kinds, in the store's order.
    categories
        Categories of incidents; a filter names them by their words.
    call_types
        Kinds of calls.
    bands
        Words of the pixel-density bands, the loosest first.
    band
        Position of the study's own band.
    first_day, last_day
        From and to when there are incidents or calls; ``None`` where none is dated.
    """

    areas: tuple[Area, ...] = ()
    area_kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    call_types: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    band: int = 0
    first_day: date | None = None
    last_day: date | None = None
    _by_row: dict[int, Area] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_row", {one.row: one for one in self.areas})

    @classmethod
    def of(cls, store: Store) -> Self:
        """
        Read from a view store what can be filtered by.

        Parameters
        ----------
        store
            The store.

        Returns
        -------
        Terms
            Of that city.
        """
        meta = store.meta
        kinds = tuple(str(one) for one in meta["area_kinds"])
        table = store.areas
        areas = tuple(
            Area(row, kinds[kind], table.area_id[row], table.name[row])
            for row, kind in enumerate(table.kind.tolist())
        )
        incidents, calls = meta["incidents"] or {}, meta["calls"] or {}
        days = [
            date.fromisoformat(one[end])
            for one in (incidents, calls)
            for end in ("from_day", "to_day")
            if one.get(end)
        ]
        return cls(
            areas=areas,
            area_kinds=kinds,
            categories=tuple(str(one) for one in incidents.get("categories", ())),
            call_types=tuple(str(one) for one in calls.get("categories", ())),
            bands=tuple(str(one["name"]) for one in meta["bands"]),
            band=int(meta["band"]),
            first_day=min(days, default=None),
            last_day=max(days, default=None),
        )

    def area(self, row: int) -> Area | None:
        """
        Give the area of a row of the store.

        Parameters
        ----------
        row
            Its row.

        Returns
        -------
        Area or None
            ``None`` where there is no such row.

        Examples
        --------
        >>> Terms(areas=(Area(3, "beat", "b3", "Beat 3"),)).area(3).name
        'Beat 3'
        """
        return self._by_row.get(row)

    def find_area(self, kind: str, key: str) -> Area | None:
        """
        Give the area of a kind that has a key.

        Parameters
        ----------
        kind
            One of ``area_kinds``.
        key
            Its ``area_id``.

        Returns
        -------
        Area or None
            ``None`` where there is none.

        Examples
        --------
        >>> Terms(areas=(Area(3, "beat", "b3", "Beat 3"),)).find_area("npu", "b3")
        """
        found = (one for one in self.areas if one.kind == kind and one.key == key)
        return next(found, None)

    def last_days(self, days: int) -> tuple[date, date] | None:
        """
        Give the last days of the data, as many as asked for.

        Parameters
        ----------
        days
            How many, 1 or more.

        Returns
        -------
        tuple of date or None
            The first and the last of them; ``None`` where nothing is dated.

        Examples
        --------
        >>> Terms(last_day=date(2025, 3, 1)).last_days(2)
        (datetime.date(2025, 2, 28), datetime.date(2025, 3, 1))
        """
        if self.last_day is None:
            return None
        return self.last_day - timedelta(days=days - 1), self.last_day
