"""Count in stages that are kept: cameras, places, events, masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from coveragekit.coverage.pairs import event_chance, place_chance
from coveragekit.dashboards.planner.choice import counted_tiers
from coveragekit.dashboards.planner.filters import days_of
from coveragekit.dashboards.planner.kept import Kept, Packed
from coveragekit.dashboards.planner.kernels.masks import (
    WEEK_MIN,
    fails_of_events,
    hour_shares,
    masks_of_events,
)
from coveragekit.dashboards.planner.polygons import Drawn
from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from numpy.typing import NDArray

    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.view import Events, Places, Store

__all__ = ["EVENTS", "PLACES", "Stages"]

PLACES: Final = ("streets", "ground", "incident_places", "call_places")
EVENTS: Final = ("incidents", "calls")
_PLACES_OF: Final = {"incidents": "incident_places", "calls": "call_places"}
_CATEGORIES_OF: Final = {"incidents": "categories", "calls": "call_types"}
# What the cameras of one choice see in a city of a million events, and a filter of it,
# whatever its kind: each viewer has it alone.
_MOST_BYTES: Final = 19_000_000
# Masks are made in a millisecond or two, asked for many times while one choice is
# counted, and let go after that.
_MOST_BRIEFLY: Final = 24_000_000
_BRIEF: Final = frozenset({"mask"})
_NO_FLAGS: Final = np.empty(0, np.bool_)
_NO_SHARES: Final = np.empty(0, np.float32)

Value = TypeVar("Value")


class Stages:
    """
    What numbers are made of, each kept until other things are asked for.

    Parameters
    ----------
    store
        The city.

    Attributes
    ----------
    is_guarded
        Whether events whose place could name a victim are left out where a place is
        small: of areas always, elsewhere where :meth:`event_mask` is asked to.
    left
        Rows of cameras that have left since the build, and count for nothing here.

    Notes
    -----
    What depends on cameras (who sees a place) and what depends on time and place (which
    events pass) are kept apart, so that a change of one leaves the other as it is. All
    of it may be asked from several threads.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.is_guarded = False
        self.left: frozenset[int] = frozenset()
        self._kept = Kept(_MOST_BYTES)
        self._brief = Kept(_MOST_BRIEFLY)

    def _keep(self, stage: str, key: Hashable, make: Callable[[], Value]) -> Value:
        kept = self._brief if stage in _BRIEF else self._kept
        return kept.get((stage, key), make)

    def forget(self, *stages: str) -> None:
        """
        Drop what was kept, so that it is counted anew.

        Parameters
        ----------
        *stages
            Which of ``flags``, ``place``, ``event``, ``outside``, ``fails``, ``hours``,
            ``mask`` and ``within``; all where none is named.
        """
        self._kept.forget(*stages)
        self._brief.forget(*stages)

    def rest(self) -> None:
        """Let go of what is quickly made again, once a choice is counted."""
        self._brief.forget()

    def ready(self, filters: Filters) -> None:
        """
        Ask the cameras of a choice now, so that the next filter only has to add up.

        Parameters
        ----------
        filters
            What is chosen; only cameras, light and band matter.
        """
        for name in ("streets", "ground"):
            self.place_chance(name, filters)
        for name in EVENTS:
            if self.events(name) is not None:
                self.event_chance(name, filters)

    def band(self, filters: Filters) -> int:
        """Give the position of the band that is asked for."""
        return int(self.store.meta["band"]) if filters.band is None else filters.band

    def has_own_band(self, filters: Filters) -> bool:
        """Whether the study's own band is asked for."""
        return self.band(filters) == int(self.store.meta["band"])

    def places(self, name: str) -> Places:
        """
        Give a table of places.

        Parameters
        ----------
        name
            One of ``PLACES``.

        Returns
        -------
        Places
            The table.

        Raises
        ------
        InputError
            There is no such table.
        """
        if name not in PLACES:
            message = f"there are no places {name!r}; allowed: {', '.join(PLACES)}"
            raise InputError(message)
        found: Places = getattr(self.store, name)
        return found

    def events(self, name: str) -> Events | None:
        """
        Give the incidents or the calls.

        Parameters
        ----------
        name
            One of ``EVENTS``.

        Returns
        -------
        Events or None
            ``None`` where the study has none.

        Raises
        ------
        InputError
            There are no such events.
        """
        if name not in EVENTS:
            message = f"there are no events {name!r}; allowed: {', '.join(EVENTS)}"
            raise InputError(message)
        found: Events | None = getattr(self.store, name)
        return found

    def view_flags(self, filters: Filters) -> NDArray[np.bool_]:
        """Give which views count: of the chosen tiers, and working where asked."""

        def make() -> NDArray[np.bool_]:
            cameras, tiers = self.store.cameras, list(self.store.meta["tiers"])
            counted = [tiers.index(one) for one in counted_tiers(filters.tier)]
            flags = np.isin(cameras.access, counted) & cameras.used
            if filters.state == "now":
                flags &= cameras.works
            flags[list(self.left)] = False
            return np.asarray(flags[self.store.views.camera], np.bool_)

        key = (filters.tier, filters.state, self.left)
        return self._keep("flags", key, make)

    @property
    def misses(self) -> bool:
        """Whether a camera that the build has counted has left since."""
        cameras, rows = self.store.cameras, list(self.left)
        planned = list(self.store.meta["tiers"]).index("planned")
        return bool((cameras.used[rows] & (cameras.access[rows] != planned)).any())

    def place_chance(self, name: str, filters: Filters) -> NDArray[np.float32]:
        """Give how surely each place of a table is seen by the cameras that count."""
        places = self.places(name)
        band = self.band(filters)

        def make() -> Packed:
            flags = self.view_flags(filters)
            light = filters.light
            made = place_chance(
                places, self.store.views, flags=flags, band=band, light=light
            )
            return Packed.of(made)

        key = (name, *_seen_by(filters, band), self.left)
        return self._keep("place", key, make).array()

    def event_chance(self, name: str, filters: Filters) -> NDArray[np.float32]:
        """Give how surely each incident or call is seen by the cameras that count."""
        events = self._some_events(name)
        places = _PLACES_OF[name]

        def make() -> NDArray[np.float32]:
            chance = self.place_chance(places, filters)
            return event_chance(events, self.places(places), chance)

        key = (name, *_seen_by(filters, self.band(filters)), self.left)
        return self._keep("event", key, make)

    def place_mask(self, name: str, filters: Filters) -> NDArray[np.bool_] | None:
        """Give which places lie in the chosen area; ``None`` where all do."""
        if not filters.has_place:
            return None
        places = self.places(name)

        def make() -> NDArray[np.uint8]:
            within = np.ones(len(places), np.bool_)
            if filters.area is not None:
                kind, row = filters.area
                within &= places.area[:, self.kind_column(kind)] == row
            if filters.polygon is not None:
                within &= Drawn.of(filters.polygon).holds(places.merc)
            return np.packbits(within)

        bits = self._keep("within", (name, filters.area, filters.polygon), make)
        flags = np.unpackbits(bits, count=len(places)).view(np.bool_)
        flags.flags.writeable = False
        return flags

    def kind_column(self, kind: str) -> int:
        """
        Give the column of the areas' table that belongs to a kind of area.

        Parameters
        ----------
        kind
            The kind.

        Returns
        -------
        int
            Its position.

        Raises
        ------
        InputError
            The study has no areas of that kind.
        """
        kinds = list(self.store.meta["area_kinds"])
        if kind not in kinds:
            message = f"there are no areas of kind {kind!r}; allowed: {kinds}"
            raise InputError(message)
        return kinds.index(kind)

    def event_fails(self, name: str, filters: Filters) -> NDArray[np.uint8]:
        """Give which parts of the filter each event does not pass, as bits."""
        events = self._some_events(name)
        words = getattr(filters, _CATEGORIES_OF[name])
        guarded = self.is_guarded

        def make() -> NDArray[np.uint8]:
            column, row = -1, -1
            if filters.area is not None:
                column, row = self.kind_column(filters.area[0]), filters.area[1]
            wanted = _NO_FLAGS
            if words is not None:
                every = self.store.meta[name]["categories"]
                wanted = np.array([one in words for one in every], np.bool_)
            out = np.empty(len(events), np.uint8)
            days = days_of(filters)
            outside = self._outside(name, filters, guarded=guarded)
            fails_of_events(
                *(events.from_min, events.category, events.area, column, row),
                *(outside, *days, wanted, out),
            )
            return out

        key = (name, filters.area, filters.polygon, *days_of(filters), words, guarded)
        return self._keep("fails", key, make)

    def _outside(
        self, name: str, filters: Filters, *, guarded: bool
    ) -> NDArray[np.bool_]:
        """Tell which events are not in the drawn area, or not to be told of in one."""
        events = self._some_events(name)
        if filters.polygon is None:
            hides = guarded and filters.area is not None
            return np.asarray(events.protected, np.bool_) if hides else _NO_FLAGS
        drawn = Drawn.of(filters.polygon)

        def make() -> NDArray[np.bool_]:
            outside = ~drawn.holds(events.merc)
            return outside | events.protected if guarded else outside

        return self._keep("outside", (name, filters.polygon, guarded), make)

    def withholds(self, *names: str) -> bool:
        """
        Tell whether events are left out where a place is small.

        Parameters
        ----------
        *names
            Of ``EVENTS``; both where none is named.

        Returns
        -------
        bool
            Whether it is guarded, and there are any to be left out.
        """
        if not self.is_guarded:
            return False
        tables = (self.events(name) for name in names or EVENTS)
        return any(one is not None and bool(one.protected.any()) for one in tables)

    def hour_share(
        self, name: str, filters: Filters
    ) -> tuple[NDArray[np.float32], int]:
        """Give how much of each event lies in the chosen hours, and how many unknown.

        Empty where no hours are chosen.
        """
        hours = filters.hours
        if hours is None:
            return _NO_SHARES, 0
        events = self._some_events(name)

        def make() -> tuple[NDArray[np.float32], int]:
            chosen = np.repeat(np.array(hours, np.int32), WEEK_MIN // len(hours))
            upto = np.concatenate([[0], np.cumsum(chosen)]).astype(np.int32)
            out = np.empty(len(events), np.float32)
            unknown = hour_shares(events.from_min, events.to_min, upto, out)
            return out, int(unknown)

        return self._keep("hours", (name, hours), make)

    def event_mask(
        self,
        name: str,
        filters: Filters,
        *,
        counted: bool = True,
        near: bool = False,
    ) -> NDArray[np.float32]:
        """Give how much of each event passes the filter, 0 to 1.

        ``counted`` leaves out what is in no headline, ``near`` what may not be told of
        a small place while it is guarded.
        """
        events = self._some_events(name)
        guarded = self.is_guarded
        hides = near and self.withholds(name)

        def make() -> NDArray[np.float32]:
            out = np.empty(len(events), np.float32)
            flags = events.counted if counted else _NO_FLAGS
            fails = self.event_fails(name, filters)
            masks_of_events(fails, self.hour_share(name, filters)[0], flags, out)
            if hides:
                out[events.protected] = 0.0
            return out

        words = getattr(filters, _CATEGORIES_OF[name])
        key = (filters.area, filters.polygon, *days_of(filters), filters.hours, words)
        return self._keep("mask", (name, counted, guarded, hides, *key), make)

    def _some_events(self, name: str) -> Events:
        events = self.events(name)
        if events is None:
            message = f"the study has no {name}; ask for what it has"
            raise InputError(message)
        return events


def _seen_by(filters: Filters, band: int) -> tuple[Hashable, ...]:
    return filters.tier, filters.state, filters.light, band
