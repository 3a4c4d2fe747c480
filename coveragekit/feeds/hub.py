"""Every camera that is looked at, opened once, however many look."""

from __future__ import annotations

import random
import threading
import time
import weakref
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from coveragekit.errors import FeedError, FeedUnsupported
from coveragekit.feeds.limits import Limits
from coveragekit.feeds.reader import Reader
from coveragekit.feeds.ring import Footage
from coveragekit.feeds.viewer import Viewer
from coveragekit.feeds.wanting import Want, check_wishes, in_order, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from coveragekit.feeds.condition import Standing
    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.pieces import Reading
    from coveragekit.feeds.target import FeedTarget
    from coveragekit.feeds.viewer import Form

__all__ = ["Hub", "Want"]

_MOST_RATE_HZ = 25.0
_CLOSE_S = 12.0
_MASKED = "parts of this camera's picture are covered: it is shown as single pictures"


class Hub:
    """
    Share each camera's one connection among all who look at it.

    Parameters
    ----------
    open_reading
        Opens a camera's main stream, substream or snapshot; it is bounded in time and
        lets nothing through that the policy forbids.
    limits
        Bounds.
    clock
        The monotonic clock, the one by which readings tell when a piece came.
    rng
        Where chance comes from when a lost camera is tried again.
    utc_now
        The time of day.

    Notes
    -----
    A hub asks nobody for permission: whoever calls :meth:`join` has done so.
    """

    def __init__(
        self,
        open_reading: Callable[[FeedTarget, Want], Reading],
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.limits = limits or Limits()
        self._open = open_reading
        self._clock, self._utc_now = clock, utc_now
        # waits are spread, nothing is hidden by them
        self._rng = rng or random.Random()  # noqa: S311
        self._turns = threading.BoundedSemaphore(self.limits.opens_at_once)
        self._lock = threading.Lock()
        self._readers: dict[tuple[object, ...], Reader] = {}
        self._targets: dict[tuple[object, ...], FeedTarget] = {}
        self._threads: set[Reader] = set()
        self._is_closed = False
        # a program that ends must not have threads in the midst of a camera's bytes
        weakref.finalize(self, _stop_all, self._threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def join(  # noqa: PLR0913 - one viewer's wishes, all by keyword
        self,
        target: FeedTarget,
        *,
        masks: Sequence[Mask],
        want: Want = "main",
        as_: Form = "fmp4",
        rate_hz: float = 3.0,
        width_px: int | None = None,
        keeps: bool = False,
    ) -> Viewer:
        """
        Look at a camera.

        Parameters
        ----------
        target
            The camera.
        masks
            What is covered of its picture; it has to be said, if only that nothing is.
            While a camera is watched with masks it stays masked for all.
        want
            Which of its streams.
        as_
            ``"fmp4"``: the compressed stream; ``"jpeg"``: single pictures.
        rate_hz
            Single pictures a second, at most 25; 0 for keyframes only.
        width_px
            Widest single picture; ``None`` for the camera's own.
        keeps
            Whether the owner lets the last 60 seconds be kept in memory.

        Returns
        -------
        Viewer
            It is told what comes; ``leave`` it in the end.

        Raises
        ------
        FeedUnsupported
            The compressed stream of a masked camera.
        FeedError
            More cameras or viewers than the bounds allow, or the hub is closed.
        InputError
            A wish that no hub knows.
        """
        check_wishes(want, as_, rate_hz)
        key = key_of(target, want)
        with self._lock:
            covered = self._strictest(target.camera_id, tuple(masks))
            if covered and as_ == "fmp4":
                message = f"camera {target.camera_id}: {_MASKED}"
                raise FeedUnsupported(message)
            # the newest login is the one to use when the camera is opened again
            self._targets[key] = target
            reader, is_new = self._reader(key, covered, want)
            viewer = Viewer(
                as_,
                standing=reader.standing,
                limits=self.limits,
                clock=self._clock,
                utc=self.utc,
                rate_hz=min(rate_hz, _MOST_RATE_HZ) if as_ == "jpeg" else 0.0,
                width_px=width_px,
                keeps=keeps and self._may_keep(reader),
                leave=reader.detach,
            )
            reader.attach(viewer)
            if is_new:
                reader.start()
        return viewer

    def mask(self, camera_id: str, masks: Sequence[Mask]) -> None:
        """
        Take note that other parts of a camera's picture are covered from now on.

        Parameters
        ----------
        camera_id
            The camera.
        masks
            What is covered now. Whoever looks at the camera under other masks is told
            to look again, and sees nothing more until then.
        """
        with self._lock:
            for key, reader in list(self._readers.items()):
                if reader.camera_id == camera_id and reader.masks != in_order(masks):
                    self._drop(key, reader)

    def forgive(self, camera_id: str) -> None:
        """
        Let a camera that refused be asked again, because its login was put right.

        Parameters
        ----------
        camera_id
            The camera.
        """
        with self._lock:
            for key, reader in list(self._readers.items()):
                if reader.camera_id == camera_id and reader.refused_s is not None:
                    self._drop(key, reader)

    def standings(self) -> dict[str, Standing]:
        """
        Say how every camera is that somebody looks at.

        Returns
        -------
        dict
            For each camera's id its state; of several streams of one camera the best.
        """
        best: dict[str, Standing] = {}
        with self._lock:
            readers = list(self._readers.values())
        for reader in readers:
            one = reader.standing()
            former = best.get(reader.camera_id)
            if former is None or former.state != "playing":
                best[reader.camera_id] = one
        return best

    def footage(self, camera_id: str, *, last_s: float = 60.0) -> tuple[Footage, ...]:
        """
        Give the last seconds of a camera that may be kept and is being watched.

        Parameters
        ----------
        camera_id
            The camera.
        last_s
            How many seconds.

        Returns
        -------
        tuple of Footage
            One for each connection; the first begins with a keyframe before the time.

        Raises
        ------
        FeedUnsupported
            Nothing of it is kept.

        Notes
        -----
        They are as they came, though the camera be masked: what is covered stands in
        each footage, and whoever shows it covers that.
        """
        now = self._clock()
        for reader in self._of(camera_id):
            ring = reader.ring
            parts = () if ring is None else ring.footage(now - last_s, now)
            if parts:
                return tuple(replace(one, masks=reader.masks) for one in parts)
        message = f"camera {camera_id}: nothing of its pictures is kept"
        raise FeedUnsupported(message)

    def newest(self, camera_id: str) -> Footage | None:
        """
        Give what a camera's present picture is decoded from, where it is being watched.

        Parameters
        ----------
        camera_id
            The camera.

        Returns
        -------
        Footage or None
            The pictures of its main stream from the last keyframe on, as they came,
            with what is covered of them; ``None`` where there are none, or where the
            newest is so old that it is no longer the present.
        """
        oldest_s = self._clock() - self.limits.stale_after_s
        for reader in self._of(camera_id, want="main"):
            outlet = reader.outlet
            found = None if outlet is None else outlet.newest()
            if found is not None and found[1][-1].came_s >= oldest_s:
                shape, group = found
                when_s = group[-1].came_s
                return Footage(camera_id, shape, group, when_s, masks=reader.masks)
        return None

    def linger(self, camera_id: str) -> Callable[[], None]:
        """
        Go on keeping a camera's last seconds while somebody looks back at them.

        Parameters
        ----------
        camera_id
            The camera.

        Returns
        -------
        callable
            Ends it; may be called twice.
        """
        found = (reader.linger() for reader in self._of(camera_id))
        return next((ends for ends in found if ends is not None), lambda: None)

    def _of(self, camera_id: str, want: Want | None = None) -> list[Reader]:
        """Give the open connections of a camera, that of its main stream first."""
        with self._lock:
            found = [
                (key[1] != "main", reader)
                for key, reader in self._readers.items()
                if reader.camera_id == camera_id and want in {None, key[1]}
            ]
        return [reader for _, reader in sorted(found, key=lambda one: one[0])]

    def close(self) -> None:
        """Let everybody and every camera go; waits for the threads, within bounds."""
        with self._lock:
            self._is_closed = True
            readers = list(self._threads)
            self._readers.clear()
        for reader in readers:
            for viewer in reader.viewers():
                viewer.leave()
        _stop_all(readers)

    def _reader(
        self, key: tuple[object, ...], masks: tuple[Mask, ...], want: Want
    ) -> tuple[Reader, bool]:
        reader = self._readers.get(key)
        if reader is not None and self._is_of_use(key, reader, masks):
            return reader, False
        self._forget_refused()
        if self._is_closed:
            message = "no more cameras are shown here: the program is ending"
            raise FeedError(message)
        open_now = sum(one.refused_s is None for one in self._readers.values())
        if open_now >= self.limits.feeds:
            message = f"{open_now} cameras are being watched already; close one first"
            raise FeedError(message)
        target = self._targets[key]
        reader = Reader(
            target.camera_id,
            lambda: self._open(self._targets.get(key, target), want),
            masks=masks,
            limits=self.limits,
            turns=self._turns,
            rng=self._rng,
            clock=self._clock,
            utc=self.utc,
            ended=self._forget,
        )
        self._readers[key] = reader
        self._threads.add(reader)
        return reader, True

    def _may_keep(self, reader: Reader) -> bool:
        kept = sum(one.ring is not None for one in self._readers.values())
        return reader.ring is not None or kept < self.limits.rings

    def _is_of_use(
        self, key: tuple[object, ...], reader: Reader, masks: tuple[Mask, ...]
    ) -> bool:
        if reader.masks != masks:
            self._drop(key, reader)
            return False
        refused_s = reader.refused_s
        if refused_s is not None and self._clock() - refused_s > self.limits.refused_s:
            self._drop(key, reader)
            return False
        if len(reader.viewers()) >= self.limits.viewers:
            message = f"camera {reader.camera_id}: too many are looking at it already"
            raise FeedError(message)
        # from here on it cannot go idle before the viewer has come
        return reader.hold()

    def _strictest(self, camera_id: str, masks: tuple[Mask, ...]) -> tuple[Mask, ...]:
        """Add what is covered for those who look already."""
        for reader in self._readers.values():
            if reader.camera_id == camera_id and reader.viewers():
                masks += tuple(mask for mask in reader.masks if mask not in masks)
        return in_order(masks)

    def _forget_refused(self) -> None:
        now = self._clock()
        for key, reader in list(self._readers.items()):
            since_s = reader.refused_s
            is_over = since_s is not None and now - since_s > self.limits.refused_s
            if is_over and not reader.viewers():
                del self._readers[key]
                self._targets.pop(key, None)

    def _drop(self, key: tuple[object, ...], reader: Reader) -> None:
        del self._readers[key]
        for viewer in reader.viewers():
            viewer.refuse("something changed about this camera: look again", "Changed")
        reader.stop()

    def _forget(self, reader: Reader) -> None:
        with self._lock:
            self._threads.discard(reader)
            if reader.refused_s is not None:
                return
            for key, one in list(self._readers.items()):
                if one is reader:
                    del self._readers[key]
                    self._targets.pop(key, None)

    def utc(self, moment_s: float) -> datetime:
        """
        Give the time of day of a moment.

        Parameters
        ----------
        moment_s
            The moment by the hub's own clock, such as when a piece came.

        Returns
        -------
        datetime
            The same moment, UTC.
        """
        return self._utc_now() - timedelta(seconds=self._clock() - moment_s)


def _stop_all(readers: Iterable[Reader]) -> None:
    stopped = list(readers)
    for reader in stopped:
        reader.stop()
    until = time.monotonic() + _CLOSE_S
    for reader in stopped:
        reader.join(max(0.0, until - time.monotonic()))
