"""What is tried on one page: the change in force, shown on the map and in words."""

from __future__ import annotations

import time
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.planner.answer_words import WITHHELD
from coveragekit.dashboards.planner.ghosts import ghost_title
from coveragekit.dashboards.planner.history import History
from coveragekit.dashboards.planner.whatif import WhatIf
from coveragekit.dashboards.planner.whatif_state import (
    change_rows,
    form_state,
    gap_rows,
    line_rows,
    spoken,
)
from coveragekit.maps.bridge import Ghost as MapGhost
from coveragekit.study.change import Change

if TYPE_CHECKING:
    from collections.abc import Callable

    from coveragekit.dashboards.planner.answers import Answers
    from coveragekit.dashboards.planner.city import City
    from coveragekit.dashboards.planner.page_state import PageState
    from coveragekit.study.ghost import Ghost
    from coveragekit.view import Store

__all__ = ["Tryout"]

# While a handle is dragged the pictures follow so often, seconds; the cone and the
# numbers follow at every step.
_PAINT_EVERY_S: Final = 0.4


class Tryout:
    """
    The change that one page tries, and what it does.

    Parameters
    ----------
    state
        What the page shows; ``change`` is set here.
    store
        The study's view store.
    answers
        The numbers before.
    city
        The map.
    tell
        Takes parts of what the panel shows: finished values by name.

    Attributes
    ----------
    engine
        Tries changes out.
    chosen
        Key of the camera whose form is open, or ``None``.
    pending
        A camera of the study that is open, but not changed yet.
    """

    def __init__(
        self,
        state: PageState,
        *,
        store: Store,
        answers: Answers,
        city: City,
        tell: Callable[..., None],
    ) -> None:
        self.state, self.store, self.answers = state, store, answers
        self._city, self._tell = city, tell
        self.engine = WhatIf(store, answers)
        self.chosen: str | None = None
        self.pending: Ghost | None = None
        self._history = History()
        self._lock = RLock()
        self._painted_at = 0.0
        self._is_painted = False

    @property
    def change(self) -> Change:
        """What is tried, as it was last settled."""
        return self._history.now

    @property
    def history(self) -> History:
        """What was tried before, and what was undone."""
        return self._history

    def ghost(self, key: str | None) -> Ghost | None:
        """
        Give a camera that is tried, or one that is open for it.

        Parameters
        ----------
        key
            Its key.

        Returns
        -------
        Ghost or None
            The camera; ``None`` where there is none of that key.
        """
        if key is None:
            return None
        if self.pending is not None and self.pending.key == key:
            return self.pending
        return self.change.ghost(key)

    def put(self, ghost: Ghost, *, done: bool) -> None:
        """
        Try a camera another way.

        Parameters
        ----------
        ghost
            The camera as it is now.
        done
            Whether that is a step to keep; else one of many on the way to it.

        Raises
        ------
        InputError
            The camera is too far from the study, or there are too many.
        """
        with self._lock:
            change = self.change.put(ghost)
            if done:
                self.settle(change)
            else:
                self._show(change, done=False)

    def settle(self, change: Change) -> None:
        """
        Try a change, as one step that can be undone.

        Parameters
        ----------
        change
            What is tried then.

        Raises
        ------
        InputError
            A camera of it is too far from the study.
        """
        self.go_to(self._history.done(change))

    def go_to(self, history: History) -> None:
        """
        Take over another place in what was tried.

        Parameters
        ----------
        history
            What is in force then, with what was before it.

        Raises
        ------
        InputError
            A camera of it is too far from the study.
        """
        with self._lock:
            self._show(history.now, done=True)
            self._history = history
            if self.pending is not None and history.now.ghost(self.pending.key):
                self.pending = None
            if self.ghost(self.chosen) is None:
                self.chosen = None
            self.tell_panel()
        self.state.change = history.now or None

    def show(self) -> None:
        """Show what is in force anew, such as under other filters."""
        with self._lock:
            self._show(self.change, done=True)
            self.tell_panel()

    @property
    def _is_on_map(self) -> bool:
        """Whether it is drawn: elsewhere map and numbers are those of today."""
        return bool(self.state.mode == "whatif")

    def hide(self) -> None:
        """Take what is tried off the map, and close the form; it stays tried."""
        with self._lock:
            self.chosen, self.pending = None, None
            self._city.bridge.set_ghosts([])
            self._paint(Change(), done=True)
            self._tell(form=None)
            self.tell_panel()

    def _ghosts(self, change: Change) -> list[Ghost]:
        open_one = self.pending
        if open_one is None or change.ghost(open_one.key) is not None:
            return list(change.ghosts)
        return [*change.ghosts, open_one]

    def _show(self, change: Change, *, done: bool) -> None:
        filters = self.state.filters
        ghosts = {one.key: one for one in self._ghosts(change)}
        looks = {key: self.engine.look(one, filters) for key, one in ghosts.items()}
        step = self.engine.step(change, filters)
        least = self.answers.least
        lines = line_rows(step.lines, least=least) if change else []
        gaps = gap_rows(
            step,
            self.store,
            least=least,
            per_year=lambda name: self.answers.per_year(name, filters),
        )
        open_one = ghosts.get(self.chosen or "")
        self._tell(
            lines=lines,
            gaps=gaps,
            told=[*step.told, *self._withheld(change)],
            spoken=spoken(lines) if change and done else "",
            form=None if open_one is None else self._form(open_one, looks),
        )
        self._city.bridge.set_ghosts(
            [
                MapGhost(
                    one.key,
                    one.lon,
                    one.lat,
                    bearing_deg=one.bearing_deg,
                    hfov_deg=one.hfov_deg,
                    title=ghost_title(one),
                    foot=looks[one.key].foot if looks[one.key].words else None,
                    cone=looks[one.key].cone,
                    words=looks[one.key].words,
                )
                for one in ghosts.values()
                if self._is_on_map
            ]
        )
        self._paint(change if self._is_on_map else Change(), done=done)

    def _withheld(self, change: Change) -> list[str]:
        return [WITHHELD] if change and self.answers.stages.withholds() else []

    def _form(self, ghost: Ghost, looks: dict[str, Any]) -> dict[str, Any]:
        counts = self.engine.counts(ghost, self.state.filters)
        return form_state(ghost, looks[ghost.key].words, counts=counts)

    def _paint(self, change: Change, *, done: bool) -> None:
        """Paint the map by a change; on the way to it only now and then."""
        now = time.monotonic()
        if not done and now - self._painted_at < _PAINT_EVERY_S:
            return
        if not change and not self._is_painted:
            return
        shapes = self.engine.shapes(change, self.state.filters) if change else None
        self._city.paint_by(change=shapes)
        self._city.bridge.change_layer("change", shown=bool(change))
        self._painted_at, self._is_painted = now, bool(change)

    def tell_panel(self) -> None:
        """Tell the panel what is tried, and what can be undone."""
        history = self._history
        open_one = self.ghost(self.chosen)
        self._tell(
            changes=change_rows(history.now, self.title_of),
            can_undo=history.can_undo,
            can_redo=history.can_redo,
            chosen=None if open_one is None else open_one.key,
        )

    def title_of(self, camera_id: str) -> str:
        """
        Give what a camera of the study is called.

        Parameters
        ----------
        camera_id
            Its id.

        Returns
        -------
        str
            Its name, else its id.
        """
        row = self.engine.camera_row(camera_id)
        return (self.store.cameras.name[row] if row >= 0 else "") or camera_id

    def renamed(self, ghost: Ghost, name: str) -> None:
        """
        Call a tried camera by another name.

        Parameters
        ----------
        ghost
            The camera.
        name
            What to call it.

        Raises
        ------
        InputError
            A name that is too long.
        """
        self.put(replace(ghost, name=name.strip()), done=True)
