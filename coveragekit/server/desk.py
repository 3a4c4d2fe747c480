"""One study as the form shows it, and the threads that work."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from coveragekit.errors import SourceUnavailable
from coveragekit.server.finding import Finder
from coveragekit.server.houses import house_kinds
from coveragekit.server.sight import Sight
from coveragekit.server.tiles import Ground
from coveragekit.server.walls import Walls
from coveragekit.study import Study
from coveragekit.view import Store, mercator

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from coveragekit.server.finding import Found

__all__ = ["Desk", "Lane"]

_THREADS: Final = 2
_MOST_WAITING: Final = 96
_ANSWER_S: Final = 0.1

Answer = TypeVar("Answer")


class Lane:
    """
    Threads that do one kind of work, and do not keep more waiting than they can do.

    Parameters
    ----------
    name
        What its threads are called.
    """

    def __init__(self, name: str) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=name)
        self._waiting = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(
        self, work: Callable[..., Answer], *given: object, **more: object
    ) -> Answer:
        """
        Work in one of the threads.

        Parameters
        ----------
        work
            What to do.
        *given, **more
            What it takes.

        Returns
        -------
        object
            What it gave.

        Raises
        ------
        SourceUnavailable
            Too much is waiting already.
        """
        if self._waiting >= _MOST_WAITING:
            message = "too much is waiting to be done; ask again in a moment"
            raise SourceUnavailable(message)
        self._waiting += 1
        self._idle.clear()
        try:
            loop = asyncio.get_running_loop()
            call: Any = functools.partial(work, *given, **more)
            answer: Answer = await loop.run_in_executor(self._threads, call)
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._idle.set()
        return answer

    def begin(self, work: Callable[[], None]) -> None:
        """
        Begin some work for which nobody waits.

        Parameters
        ----------
        work
            What to do.
        """
        self._threads.submit(work)

    async def drained(self, within_s: float) -> None:
        """
        Wait until nothing is under way, and its answers are on their way out.

        Parameters
        ----------
        within_s
            For how long at most, seconds.
        """
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), within_s)
        await asyncio.sleep(_ANSWER_S)

    def close(self) -> None:
        """End the threads once they are done with what they do now."""
        self._threads.shutdown(wait=True, cancel_futures=True)


class Desk:
    """
    One built study, opened for the form.

    What draws and looks has threads of its own, and so has what asks the registry: no
    crowd that looks at the map keeps an owner from leaving.

    Parameters
    ----------
    folder
        The study's folder.

    Raises
    ------
    StudyError
        It is no study, was never built, or by another version.
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        study = Study.open(folder)
        store = Store.open(study.results().path)
        places = study.table_path("places")
        self.name = str(store.meta["study"])
        self.is_simulated = bool(store.meta["simulated"])
        self.finder = Finder(store, places if places.is_file() else None)
        self.ground = Ground(store)
        self.walls = Walls(store)
        self.sight = Sight(
            store,
            self.finder.businesses(),
            house_kinds(store, study.table_path("buildings")),
        )
        self.time_zone = study.settings.time_zone
        self.study = Lane("form")
        self.office = Lane("office")

    @property
    def start(self) -> tuple[float, float]:
        """Where the map opens: longitude and latitude of the study's middle."""
        minx, miny, maxx, maxy = self.ground.bounds
        middle = np.array([(minx + maxx) / 2.0, (miny + maxy) / 2.0])
        lon, lat = mercator.to_lonlat(middle).tolist()
        return lon, lat

    def find(self, text: str) -> list[Found]:
        """
        Give what fits a text, each at a wall where a camera may hang.

        Parameters
        ----------
        text
            What was typed.

        Returns
        -------
        list of Found
            The best first.
        """
        return [self.walls.at_wall(one) for one in self.finder.find(text)]

    def make_ready(self) -> None:
        """Read names and compile or load what draws, in a thread of its own."""
        self.study.begin(self.ground.ready)
        self.study.begin(self.finder.ready)

    def close(self) -> None:
        """End the threads once they are done with what they do now."""
        self.study.close()
        self.office.close()
