"""Single pictures of many cameras, one after the other, each look asked for."""

from __future__ import annotations

import logging
import threading
import time
import traceback
import weakref
from typing import TYPE_CHECKING, Any, Final, Self

from coveragekit.access.glimpse import (
    Endings,
    Glimpse,
    NoGlimpse,
    Watched,
    glimpse_of,
)
from coveragekit.access.going_on import who_may_be_shown
from coveragekit.access.looking import OVER, UNASKED
from coveragekit.access.picture_lines import Asked
from coveragekit.access.turns import Turns
from coveragekit.errors import FeedBroken, FeedError, RegistryError
from coveragekit.feeds.condition import is_final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from coveragekit.access.looking import Looks
    from coveragekit.access.people import Purpose, User
    from coveragekit.access.questions import Kind
    from coveragekit.feeds.masks import Mask

__all__ = ["Glimpse", "Glimpses", "NoGlimpse"]

_LOG = logging.getLogger(__name__)

_ASK_EACH_S: Final = 0.5
# less than the two seconds that are promised: what was decided has to be told, too
_ASKED_WITHIN_S: Final = 1.8
_REFUSED_S: Final = 300.0
_CLOSE_S: Final = 10.0
_CLOSED: Final = "no more cameras are shown here: the program is ending"
_CHANGED: Final = "what is covered of this picture has changed"


class Glimpses:
    """
    Show one person many cameras as single pictures, round and round.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    user
        Who looks.
    purpose
        What for.
    kind
        ``"human"``, or ``"unattended"`` where a rule looks and nobody asked.
    rate_hz
        Pictures that are asked for in a second, over all cameras.
    each_s
        A camera is not asked again sooner than this.
    workers
        Cameras that are asked at the same time.
    width_px
        Widest picture.

    Notes
    -----
    Each camera is a look of its own: the door is asked, and its answer and the end of
    the look are lines of the log. A picture is the device's own single picture, or the
    next keyframe of its substream. Every half second the registry is asked whether each
    camera may still be shown and what is covered of it.
    """

    def __init__(  # noqa: PLR0913 - who, why and how much
        self,
        looks: Looks,
        user: User,
        purpose: Purpose,
        *,
        kind: Kind = "human",
        rate_hz: float = 8.0,
        each_s: float = 2.0,
        workers: int = 4,
        width_px: int = 480,
    ) -> None:
        self._looks, self._door = looks, looks.door
        self._user, self._purpose, self._kind = user, purpose, kind
        self._workers, self._width_px = workers, width_px
        self._turns = Turns(rate_hz=rate_hz, each_s=each_s)
        self._changed = threading.Condition()
        self._watched: dict[str, Watched] = {}
        self._news: dict[str, Glimpse | NoGlimpse] = {}
        self._final: dict[str, tuple[float, NoGlimpse]] = {}
        self._endings = Endings(self._door.registry)
        self._asked_s = 0.0
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        # a program that ends must not have threads in the midst of a camera's bytes
        weakref.finalize(self, _stop_all, self._stop, self._changed, self._threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def period_s(self) -> float:
        """How long it takes until every camera has been asked once."""
        with self._changed:
            return self._turns.period_s

    @property
    def camera_ids(self) -> tuple[str, ...]:
        """The cameras that are being shown."""
        with self._changed:
            return tuple(self._watched)

    def begin(self, camera_ids: Iterable[str]) -> None:
        """
        Show these cameras too; the door is asked for each.

        Parameters
        ----------
        camera_ids
            The cameras; those that are shown already are left as they are.

        Raises
        ------
        RegistryError
            The answers cannot be written; then nothing is shown.
        FeedError
            Nothing is shown here any more.
        """
        with self._changed:
            fresh = [one for one in camera_ids if one not in self._watched]
        if not fresh or self._stop.is_set():
            return
        if self._looks.is_closed:
            raise FeedError(_CLOSED)
        user, purpose = self._user, self._purpose
        answers = self._door.may_each(
            user, "view_live", fresh, purpose, kind=self._kind
        )
        now_s = time.monotonic()
        with self._changed:
            if not self._watched:
                self._asked_s = now_s
            for camera_id, answer in zip(fresh, answers, strict=True):
                if not answer.allowed:
                    told = NoGlimpse(
                        camera_id, "refused", answer.reason, "AccessRefused"
                    )
                    self._news[camera_id] = told
                    continue
                who = (self._door, user, "view_live", camera_id, purpose, self._kind)
                self._watched[camera_id] = Watched(Asked(*who), now_s)
                self._turns.add(camera_id, now_s)
            self._start_threads()
            self._changed.notify_all()

    def rest(self, camera_ids: Iterable[str]) -> None:
        """
        Show these cameras no longer; how long it lasted is on record.

        Parameters
        ----------
        camera_ids
            The cameras.
        """
        self._take_away(camera_ids)
        self._endings.write()

    def hold(self, camera_id: str) -> None:
        """
        Ask for no picture of a camera for a while, because it is shown otherwise.

        Parameters
        ----------
        camera_id
            The camera.
        """
        with self._changed:
            self._turns.hold(camera_id)
            self._news.pop(camera_id, None)

    def resume(self, camera_id: str) -> None:
        """
        Ask for pictures of a camera again, and for the next one at once.

        Parameters
        ----------
        camera_id
            The camera.
        """
        with self._changed:
            watched = self._watched.get(camera_id)
            if watched is not None:
                watched.digest = b""
                self._turns.add(camera_id, time.monotonic())
                self._changed.notify_all()

    def take(self, timeout_s: float = 1.0) -> list[Glimpse | NoGlimpse]:
        """
        Take what has come, of each camera the newest.

        Parameters
        ----------
        timeout_s
            How long to wait where nothing has come.

        Returns
        -------
        list of Glimpse or NoGlimpse
            Once a camera may not be shown any more, ``"refused"`` and no more of it.
        """
        with self._changed:
            left_s = _ASKED_WITHIN_S - (time.monotonic() - self._asked_s)
            wait_s = max(0.0, min(timeout_s, left_s)) if self._watched else timeout_s
            self._changed.wait_for(lambda: self._news or self._stop.is_set(), wait_s)
            is_unasked = time.monotonic() - self._asked_s >= _ASKED_WITHIN_S
            watched = tuple(self._watched) if is_unasked else ()
        self._take_away(watched, words=UNASKED, fault="RegistryError")
        with self._changed:
            news = list(self._news.values())
            self._news.clear()
        return news

    def close(self) -> None:
        """Show nothing any more; cameras that are being asked are not waited for."""
        self._stop.set()
        self._take_away(self.camera_ids)
        with self._changed:
            self._changed.notify_all()
        self._endings.write()

    def _take_away(
        self, camera_ids: Iterable[str], *, words: str = "", fault: str = ""
    ) -> None:
        """Show cameras no longer, and tell why if they may not go on."""
        how = "ended" if words else "left"
        now_s = time.monotonic()
        with self._changed:
            for camera_id in camera_ids:
                watched = self._watched.pop(camera_id, None)
                if watched is None:
                    continue
                self._turns.drop(camera_id)
                self._news.pop(camera_id, None)
                if words:
                    told = NoGlimpse(camera_id, "refused", words, fault)
                    self._news[camera_id] = told
                self._endings.add(watched.asked.entry(watched.told(how, now_s)))
            self._changed.notify_all()

    def _start_threads(self) -> None:
        wanted: dict[str, Any] = {"glimpses asked": self._keep_asking}
        wanted |= {f"glimpses {one}": self._work for one in range(self._workers)}
        self._threads[:] = [one for one in self._threads if one.is_alive()]
        running = {one.name for one in self._threads}
        for name in wanted.keys() - running:
            thread = threading.Thread(target=wanted[name], name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _keep_asking(self) -> None:
        while not self._stop.wait(_ASK_EACH_S):
            began_s = time.monotonic()
            if self._looks.is_closed:
                self._take_away(self.camera_ids, words=_CLOSED, fault="FeedError")
            try:
                self._ask(self.camera_ids)
                self._endings.write()
            except RegistryError:
                # whoever takes next ends what nobody could be asked about
                continue
            with self._changed:
                self._asked_s = began_s

    def _ask(self, camera_ids: Iterable[str]) -> dict[str, tuple[Mask, ...] | None]:
        """Take away what may be shown no more, or was shown with too little covered."""
        with self._changed:
            shown = [self._watched[one] for one in camera_ids if one in self._watched]
        found = who_may_be_shown([one.asked for one in shown])
        over = [camera_id for camera_id, masks in found.items() if masks is None]
        self._take_away(over, words=OVER, fault="AccessRefused")
        with self._changed:
            for one in shown:
                masks = found[one.camera_id]
                if masks is None or one.masks is None or one.masks == masks:
                    continue
                if self._watched.get(one.camera_id) is not one:
                    continue
                one.masks, one.digest = None, b""
                self._news[one.camera_id] = NoGlimpse(
                    one.camera_id, "connecting", _CHANGED
                )
                self._turns.add(one.camera_id, time.monotonic())
            self._changed.notify_all()
        return found

    def _work(self) -> None:
        while (watched := self._whose_turn()) is not None:
            is_good = False
            try:
                is_good = self._look_at(watched)
            except RegistryError as error:
                # nothing is shown that nobody could be asked about; it is tried again
                _LOG.warning("a glimpse was left out: %s", type(error).__name__)
            except Exception as error:  # noqa: BLE001 - the tile is told of any
                self._broke(watched)
                # its words may hold an address: kind and place have to do
                where = traceback.extract_tb(error.__traceback__)[-1]
                kind, place = type(error).__name__, f"{where.name}:{where.lineno}"
                message = f"a glimpse broke: {kind} in {place}"
                raise FeedBroken(message) from None
            finally:
                with self._changed:
                    now_s = time.monotonic()
                    self._turns.done(watched.camera_id, now_s, is_good=is_good)
                    self._changed.notify_all()

    def _whose_turn(self) -> Watched | None:
        with self._changed:
            while not self._stop.is_set():
                camera_id, wait_s = self._turns.next(time.monotonic())
                if camera_id is not None:
                    return self._watched[camera_id]
                self._changed.wait(min(wait_s, _CLOSE_S))
        return None

    def _look_at(self, watched: Watched) -> bool:
        """Show a camera once; give whether there was a picture."""
        camera_id = watched.camera_id
        until_s, told = self._final.get(camera_id, (0.0, None))
        if told is not None and time.monotonic() < until_s:
            # a camera that refused its login is not asked again by every scrolling
            self._tell(watched, told, is_last=True)
            return False
        try:
            glimpse, digest, masks = glimpse_of(
                self._looks, watched, width_px=self._width_px
            )
        except FeedError as error:
            self._failed(watched, error)
            return False
        # asked after the wait: what came meanwhile is shown by an answer that is new
        if self._ask([camera_id]).get(camera_id) != masks:
            return False
        watched.masks = masks
        if digest != watched.digest:
            # else the same bytes are the same moment: its age goes on
            self._tell(watched, glimpse, digest=digest)
        return True

    def _failed(self, watched: Watched, error: FeedError) -> None:
        camera_id, fault = watched.camera_id, type(error).__name__
        if not is_final(error):
            self._tell(watched, NoGlimpse(camera_id, "offline", str(error), fault))
            return
        told = NoGlimpse(camera_id, "refused", str(error), fault)
        with self._changed:
            self._final[camera_id] = (time.monotonic() + _REFUSED_S, told)
        self._tell(watched, told, is_last=True)

    def _broke(self, watched: Watched) -> None:
        words = "this picture broke; look again"
        self._tell(watched, NoGlimpse(watched.camera_id, "offline", words, "Fault"))
        with self._changed:
            # this thread ends with its error; another one takes its place
            mine = threading.current_thread()
            self._threads[:] = [one for one in self._threads if one is not mine]
            self._start_threads()

    def _tell(
        self,
        watched: Watched,
        told: Glimpse | NoGlimpse,
        *,
        digest: bytes = b"",
        is_last: bool = False,
    ) -> None:
        with self._changed:
            if self._watched.get(watched.camera_id) is not watched:
                return
            self._news[watched.camera_id] = told
            watched.digest = digest
            watched.count += isinstance(told, Glimpse)
            if is_last:
                self._turns.hold(watched.camera_id)
            self._changed.notify_all()


def _stop_all(
    stop: threading.Event,
    changed: threading.Condition,
    threads: list[threading.Thread],
) -> None:
    stop.set()
    with changed:
        changed.notify_all()
    until = time.monotonic() + _CLOSE_S
    for thread in list(threads):
        # the last one to hold this may be one of them
        if thread is not threading.current_thread():
            thread.join(max(0.0, until - time.monotonic()))
