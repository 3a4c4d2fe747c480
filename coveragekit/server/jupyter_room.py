"""The one place of a Jupyter server where cameras are looked at, for all its pages."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from coveragekit.access import listed_role, open_door
from coveragekit.access.looking import Looks
from coveragekit.errors import AccessRefused, CoverageKitError, FeedBroken, FeedError
from coveragekit.server.jupyter_people import People, Seat, person_of
from coveragekit.server.limits import Allowance, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from coveragekit.access import Door, User

__all__ = ["Bounds", "FeedRoom", "OpenLine"]

Answer = TypeVar("Answer")
_THREADS: Final = 8


@dataclass(frozen=True, slots=True)
class Bounds:
    """
    How much pages may ask of a server.

    Parameters
    ----------
    pages
        Pages that look at once, of everybody together.
    pages_of_one
        Pages of one person that look at once.
    idle_s
        How long a page may stay that looks at nothing, or does not answer, seconds.
    send_s
        How long one message may take to be sent, seconds.
    """

    pages: int = 64
    pages_of_one: int = 16
    idle_s: float = 60.0
    send_s: float = 10.0


class OpenLine(Protocol):
    """A page's line, as the room ends it."""

    def hang_up(self, words: str) -> None:
        """
        Send nothing more.

        Parameters
        ----------
        words
            Why.
        """

    async def end(self) -> None:
        """Look no longer."""


class FeedRoom:
    """
    One door, one hub and so one connection to each camera, for all pages of a server.

    Parameters
    ----------
    people
        What the server's configuration says of people.
    bounds
        How much may be asked.

    Notes
    -----
    The registry is opened when somebody first asks for a picture. Nothing that waits
    is done on the server's loop.
    """

    def __init__(self, people: People, bounds: Bounds) -> None:
        self.bounds = bounds
        self.limits = Limits(
            {
                "watch": Allowance(40, 120),
                "picture": Allowance(20, 60),
            }
        )
        self.lines: set[OpenLine] = set()
        self._people = people
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="shared feeds")
        # who waits for a camera keeps nobody waiting who begins or ends
        self._waiters = ThreadPoolExecutor(_THREADS, thread_name_prefix="feed pictures")
        self._ending: set[asyncio.Task[None]] = set()
        self._lock = threading.Lock()
        self._looks: Looks | None = None
        self._door: Door | None = None
        self._taken: Counter[str] = Counter()
        self._is_closed = False

    async def run(self, work: Callable[..., Answer], *given: object) -> Answer:
        """
        Do what waits in a thread.

        Parameters
        ----------
        work
            What is done.
        *given
            What it is given.

        Returns
        -------
        object
            What it gives.

        Raises
        ------
        CoverageKitError
            One of our own, whose words hold no address.
        FeedBroken
            Any other, by its kind and place alone.
        """
        return await self._in(self._threads, work, given)

    async def run_long(self, work: Callable[..., Answer], *given: object) -> Answer:
        """
        Do what waits for a camera, as :meth:`run` does the rest.

        Parameters
        ----------
        work
            What is done.
        *given
            What it is given.

        Returns
        -------
        object
            What it gives.
        """
        return await self._in(self._waiters, work, given)

    def person(self, seat: Seat) -> User:
        """
        Give who sends a request; asks the registry, so not on the loop.

        Parameters
        ----------
        seat
            What the server knows.

        Returns
        -------
        User
            A named person with a role.
        """

        def listed(name: str) -> str | None:
            return listed_role(name, registry=self.open()[0])

        return person_of(seat, self._people, listed)

    def open(self) -> tuple[Door, Looks]:
        """
        Give the door and the looks; opens them when first asked, so not on the loop.

        Returns
        -------
        tuple
            The same each time.

        Raises
        ------
        RegistryError
            The registry cannot be opened.
        FeedError
            The server is going down.
        """
        with self._lock:
            if self._is_closed:
                message = "this server is going down; look again when it is back"
                raise FeedError(message)
            if self._door is None or self._looks is None:
                door = open_door()
                try:
                    door.sign()
                    looks = Looks(door)
                except CoverageKitError:
                    door.close()
                    raise
                self._door, self._looks = door, looks
            return self._door, self._looks

    @contextlib.contextmanager
    def place(self, user: User) -> Iterator[None]:
        """
        Keep a place for one page that looks; on the loop alone.

        Parameters
        ----------
        user
            Whose page it is.

        Yields
        ------
        None
            While it looks.

        Raises
        ------
        AccessRefused
            All places are taken.
        """
        one = user.name.casefold()
        mine, all_of_them = self._taken[one], self._taken.total()
        if mine >= self.bounds.pages_of_one or all_of_them >= self.bounds.pages:
            whose, most = (
                (f"pages of {user.name}", self.bounds.pages_of_one)
                if mine >= self.bounds.pages_of_one
                else ("pages of this server", self.bounds.pages)
            )
            message = (
                f"{most} {whose} show cameras already, which is the most; close one"
            )
            raise AccessRefused(message)
        self._taken[one] += 1
        try:
            yield
        finally:
            self._taken[one] -= 1
            self._taken += Counter()

    def finish(self, line: OpenLine) -> None:
        """
        End a line whose socket is closed; on the loop alone.

        Parameters
        ----------
        line
            The line.
        """
        ending = asyncio.get_running_loop().create_task(line.end())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """End every look, write down that it ended, and let the registry go."""
        lines = list(self.lines)
        for line in lines:
            line.hang_up("this server is going down")
        for line in lines:
            await line.end()
        await asyncio.gather(*self._ending)
        await asyncio.get_running_loop().run_in_executor(None, self._close)

    async def _in(
        self,
        threads: ThreadPoolExecutor,
        work: Callable[..., Answer],
        given: tuple[object, ...],
    ) -> Answer:
        call = functools.partial(_plainly, work, given)
        return await asyncio.get_running_loop().run_in_executor(threads, call)

    def _close(self) -> None:
        with self._lock:
            self._is_closed = True
            looks, door = self._looks, self._door
            self._looks = self._door = None
        if looks is not None:
            looks.close()
        self._waiters.shutdown()
        self._threads.shutdown()
        if door is not None:
            door.close()


def _plainly(work: Callable[..., Answer], given: tuple[Any, ...]) -> Answer:
    try:
        return work(*given)
    except CoverageKitError:
        raise
    except Exception as error:  # noqa: BLE001 - it ends in our own error
        # its words may hold an address: kind and place have to do
        where = traceback.extract_tb(error.__traceback__)[-1]
        message = f"a shared feed broke: {type(error).__name__} in {where.name}"
        raise FeedBroken(message) from None
