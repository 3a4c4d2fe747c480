"""Try cameras out: what a change gains and loses, fast enough to follow a drag."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import replace
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.coverage.pairs import place_chance
from coveragekit.dashboards.planner.choice import counted_tiers
from coveragekit.dashboards.planner.kernels.near import load_supports
from coveragekit.dashboards.planner.near_places import NearPlaces, keep
from coveragekit.dashboards.planner.whatif_parts import (
    FIGURES,
    MEASURES,
    GapStep,
    GhostLook,
    Line,
    Step,
)
from coveragekit.dashboards.planner.whatif_words import change_told, hung_words
from coveragekit.study.change import Change
from coveragekit.study.ghost import Ghost
from coveragekit.study.lookout import Lookout
from coveragekit.view import Ragged, mercator
from coveragekit.view.change import ChangeShapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coveragekit.dashboards.planner.figures import Numbers
    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.dashboards.planner.whatif_parts import Answering
    from coveragekit.optics import Light
    from coveragekit.view import Store

    Rows = NDArray[np.int64]
    Floats = NDArray[np.float64]
    # By layer: the places whose chance changes, and by how much.
    Deltas = dict[str, tuple[Rows, Floats]]

__all__ = ["WhatIf"]

_SURE: Final = 1.0 - 1e-6
# A change of less than this of anything is none.
_NOTHING: Final = 1e-6


class WhatIf:
    """
    Try changes out against a study's view store.

    Parameters
    ----------
    store
        The store.
    answers
        The numbers before.

    Notes
    -----
    Only places within reach of a changed camera are asked anew. The answers are those
    of a study built with that change, but for the gaps, which keep their outlines, and
    for the intervals, which need scenes. All of it may be asked from several threads;
    they take turns.
    """

    def __init__(self, store: Store, answers: Answering) -> None:
        self._store = store
        self._answers = answers
        # Chances are written into arrays that all steps share, and what was found is
        # kept in the order it was asked for.
        self._lock = RLock()
        self.lookout = Lookout(store)
        self._looks: OrderedDict[Any, GhostLook] = OrderedDict()
        # What rests on the filters alone, and so stays all through a drag.
        self._loads: OrderedDict[Any, Floats] = OrderedDict()
        self._demands: OrderedDict[Any, Floats] = OrderedDict()
        self._numbers: OrderedDict[Any, Numbers] = OrderedDict()

    @cached_property
    def near(self) -> NearPlaces:
        """All places by where they lie."""
        surface = self.lookout.surface
        aside_m = 1.0 if surface is None else 8.0 + 3.0 * surface.cell_m
        return NearPlaces(self._store, aside_m=aside_m)

    def ready(self, filters: Filters) -> None:
        """
        Open, compile and count ahead of need what a first step takes.

        Parameters
        ----------
        filters
            What is asked; later steps under them take some milliseconds.
        """
        west, north, east, south = self._store.meta["bounds_merc"]
        lon, lat = mercator.to_lonlat([(west + east) / 2.0, (north + south) / 2.0])
        middle = Ghost.of_kind("bullet", key="+", lon=float(lon), lat=float(lat))
        self.step(Change().put(middle), filters)

    def camera_row(self, camera_id: str) -> int:
        """
        Give the row of a camera of the study.

        Parameters
        ----------
        camera_id
            Its id.

        Returns
        -------
        int
            Its row in the store, -1 where there is none.
        """
        if camera_id not in self._rows:
            self._rows[camera_id] = self._store.cameras.camera_id.find(camera_id)
        return self._rows[camera_id]

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {"": -1}

    def look(self, ghost: Ghost, filters: Filters) -> GhostLook:
        """
        Look through a tried camera at the band and in the light of the filters.

        Parameters
        ----------
        ghost
            The camera.
        filters
            What is asked.

        Returns
        -------
        GhostLook
            What it sees; the same asked again costs nothing.

        Raises
        ------
        InputError
            It is too far from the study, or its presets cannot be read.
        """
        band = self._band(filters)
        same = replace(ghost, key="+", name="", access="public", assumed=())
        key = (same, band, filters.light)
        with self._lock:
            if key in self._looks:
                self._looks.move_to_end(key)
                return self._looks[key]
            made = self._look(ghost, band, filters.light)
            keep(self._looks, key, made)
            return made

    def _band(self, filters: Filters) -> int:
        return int(self._store.meta["band"] if filters.band is None else filters.band)

    def _look(self, ghost: Ghost, band: int, light: Light) -> GhostLook:
        lookout = self.lookout
        hung = lookout.hang(ghost, band=band, light=light, at=self._recorded(ghost))
        near = self.near.within(hung.foot, lookout.ask_within_m(hung))
        asked = [self.near.layers[name].places.local[near[name]] for name in near]
        seen, surely = lookout.sees(hung, np.concatenate(asked))
        rows, start = {}, 0
        for name, mine in near.items():
            first, last = np.searchsorted(seen, [start, start + len(mine)])
            rows[name] = (mine[seen[first:last] - start], surely[first:last])
            start += len(mine)
        foot = mercator.to_lonlat(lookout.merc(hung.foot[None]))[0]
        return GhostLook(
            hung=hung,
            foot=(float(foot[0]), float(foot[1])),
            shape=Ragged.with_boxes(*lookout.rings(hung)),
            rows=rows,
            words=hung_words(hung),
        )

    def _recorded(self, ghost: Ghost) -> Floats | None:
        """Give the metres of a camera that is not moved, without going over degrees."""
        row = self.camera_row(ghost.of)
        if row < 0:
            return None
        cameras = self._store.cameras
        lon, lat = mercator.to_lonlat(cameras.merc[row])
        stays = abs(lon - ghost.lon) < 1e-9 and abs(lat - ghost.lat) < 1e-9
        return np.array(cameras.local[row]) if stays else None

    def counts(self, ghost: Ghost, filters: Filters) -> bool:
        """
        Tell whether a tried camera counts under the filters.

        Parameters
        ----------
        ghost
            The camera.
        filters
            What is asked.

        Returns
        -------
        bool
            Whether its tier is counted. A new camera is taken to be in service and to
            work; another in place of one that is there is as that one is.
        """
        if ghost.access not in counted_tiers(filters.tier):
            return False
        row = self.camera_row(ghost.of)
        if row < 0 or row in self._answers.left:
            return row < 0
        cameras = self._store.cameras
        works = bool(cameras.works[row]) if filters.state == "now" else True
        return bool(cameras.active[row]) and works

    def step(self, change: Change, filters: Filters) -> Step:
        """
        Give what a change does under the filters.

        Parameters
        ----------
        change
            What is tried.
        filters
            What is asked.

        Returns
        -------
        Step
            Numbers before and after, the gaps that shrink or grow, and what to know.

        Raises
        ------
        InputError
            A tried camera is too far from the study, or its presets cannot be read.
        """
        with self._lock:
            return self._step(change, filters)

    def _step(self, change: Change, filters: Filters) -> Step:
        deltas = self._deltas(change, filters)
        numbers = self._before(filters)
        lines = []
        for name, key in FIGURES.items():
            figure = numbers.figures.get(key)
            if figure is None:
                continue
            # As headlines count; gaps leave out what no small place may tell of.
            gained = float(self._gained(name, deltas, filters, near=False).sum())
            after = figure.value
            if after is not None and figure.total > 0.0:
                after = min(max(after + gained / figure.total, 0.0), 1.0)
            lines.append(Line(name, figure.value, after, gained, figure.total))
        told = change_told(change, self, filters)
        return Step(tuple(lines), self._gap_steps(deltas, filters), told)

    def _gone(self, change: Change) -> NDArray[np.bool_]:
        gone = np.zeros(len(self._store.views), np.bool_)
        for row in map(self.camera_row, change.gone):
            first, last = self.near.views_of(row)
            gone[first:last] = True
        return gone

    def _deltas(self, change: Change, filters: Filters) -> Deltas:
        band, light = self._band(filters), filters.light
        flags = self._answers.view_flags(filters)
        still = flags & ~self._gone(change)
        looks = [
            self.look(ghost, filters).rows
            for ghost in change.ghosts
            if self.counts(ghost, filters)
        ]
        lost = [
            self.near.seen_by(row, band=band, light=light)
            for row in map(self.camera_row, change.gone)
            if row >= 0
        ]
        deltas = {}
        for name, layer in self.near.layers.items():
            parts = [one[name][0] for one in looks] + [one[name] for one in lost]
            rows = np.unique(np.concatenate([np.empty(0, np.int64), *parts]))
            before, left = (
                place_chance(
                    layer.places,
                    self._store.views,
                    flags=some,
                    band=band,
                    light=light,
                    rows=rows,
                    out=self._scratch[name],
                )[rows].astype(np.float64)
                for some in (flags, still)
            )
            missed = 1.0 - left
            for one in looks:
                seen, surely = one[name]
                surely = np.where(surely >= _SURE, 1.0, surely)
                missed[np.searchsorted(rows, seen)] *= 1.0 - surely
            deltas[name] = (rows, 1.0 - missed - before)
        return deltas

    @cached_property
    def _scratch(self) -> dict[str, NDArray[np.float32]]:
        """For each layer where chances are written; only what is asked is touched."""
        return {
            name: np.zeros(len(layer.places.weight), np.float32)
            for name, layer in self.near.layers.items()
        }

    def _gained(
        self, name: str, deltas: Deltas, filters: Filters, *, near: bool
    ) -> Floats:
        """Give how much more of a measure is seen at each place that changes."""
        layer, events = MEASURES[name]
        rows, delta = deltas[layer]
        places = self.near.layers[layer].places
        gained = places.weight[rows] * delta
        if events:
            table = getattr(self._store, events)
            if table is None:
                return np.zeros(len(rows))
            support = np.searchsorted(table.support_ptr, rows, side="right") - 1
            return np.asarray(gained * self._load(events, filters, near=near)[support])
        mask = self._answers.place_mask(layer, filters)
        return np.asarray(gained if mask is None else gained * mask[rows])

    def _load(self, name: str, filters: Filters, *, near: bool) -> Floats:
        """Give how many of the events that count each support carries."""
        key = (name, filters, near and self._answers.least > 1)
        if key not in self._loads:
            events = getattr(self._store, name)
            mask = self._answers.event_mask(name, filters, near=near)
            made = load_supports(events.support, mask, len(events.support_ptr) - 1)
            keep(self._loads, key, made, most=4)
        return self._loads[key]

    def _gap_steps(self, deltas: Deltas, filters: Filters) -> tuple[GapStep, ...]:
        """Give the gaps that shrink or grow, the most changed first."""
        count = len(self._store.gaps)
        names = ("incidents", "calls", "streets")
        less = {}
        for name in names:
            rows, _ = deltas[MEASURES[name][0]]
            gained = self._gained(name, deltas, filters, near=True)
            gap = self.near.layers[MEASURES[name][0]].places.gap[rows]
            # What was in no gap and is seen less is told as one, behind the others.
            kept = (gap >= 0) | (gained < 0.0)
            where = np.where(gap >= 0, gap, count)[kept]
            per = self._answers.per_year(name, filters) if name != "streets" else 1.0
            less[name] = per * np.bincount(where, gained[kept], minlength=count + 1)
        before = {name: self._unmet(name, filters) for name in names}
        size = np.sum([abs(one) for one in less.values()], axis=0)
        steps = []
        for row in np.argsort(-size, kind="stable"):
            if size[row] <= _NOTHING:
                break
            pairs = [
                (float(was), max(float(was - less[name][row]), 0.0))
                for name, was in ((name, before[name][row]) for name in names)
            ]
            steps.append(GapStep(int(row) if row < count else -1, *pairs))
        return tuple(steps)

    def _before(self, filters: Filters) -> Numbers:
        key = (filters, self._answers.least, self._answers.left)
        if key not in self._numbers:
            keep(self._numbers, key, self._answers.numbers(filters), most=2)
        return self._numbers[key]

    def _unmet(self, name: str, filters: Filters) -> Floats:
        key = (name, filters, self._answers.least, self._answers.left)
        if key not in self._demands:
            found = np.append(self._answers.gap_demand(name, filters), 0.0)
            keep(self._demands, key, found, most=6)
        return self._demands[key]

    def shapes(self, change: Change, filters: Filters) -> ChangeShapes:
        """
        Give what a change draws: views that are gone, and views that were not there.

        Parameters
        ----------
        change
            What is tried.
        filters
            What is asked; tried cameras that do not count are left out.

        Returns
        -------
        ChangeShapes
            For the pictures.

        Raises
        ------
        InputError
            A tried camera is too far from the study, or its presets cannot be read.
        """
        with self._lock:
            return self._shapes(change, filters)

    def _shapes(self, change: Change, filters: Filters) -> ChangeShapes:
        counted = [one for one in change.ghosts if self.counts(one, filters)]
        looks = [self.look(one, filters) for one in counted]
        shapes = [
            one.shape.rings(row) for one in looks for row in range(len(one.shape))
        ]
        chances = [one.hung.ways.probability for one in looks]
        sizes = [len(one) for one in chances]
        asked = repr((change, self._band(filters), filters.light, filters.tier))
        return ChangeShapes(
            removed=self._gone(change),
            shape=Ragged.of(shapes),
            probability=np.concatenate([np.empty(0), *chances]).astype(np.float32),
            unit=np.repeat(np.arange(len(looks)), sizes).astype(np.int32),
            version=hashlib.blake2b(asked.encode(), digest_size=8).hexdigest(),
        )
