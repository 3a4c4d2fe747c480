"""The last pictures of a camera as they came, whole groups only, bounded."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.muxing import Shape
    from coveragekit.feeds.times import Clean, Mended

__all__ = ["Footage", "Ring"]

# what a picture costs beside its bytes
_OVERHEAD_BYTES = 200
# sizes of pictures vary: what would just fit on the average is too much
_STILLS_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Footage:
    """
    Compressed pictures of one camera from one keyframe on, as they came.

    Parameters
    ----------
    camera_id
        The camera.
    shape
        How the stream is made.
    pictures
        In order of decoding; the first one is a keyframe.
    wanted_from_s
        The moment asked for, by the monotonic clock; the keyframe lies before it.
    masks
        What is covered of the camera's picture, and not yet in these.
    mended
        How often the stream has been put right since the connection began.
    """

    camera_id: str
    shape: Shape
    pictures: tuple[Clean, ...] = field(repr=False)
    wanted_from_s: float
    masks: tuple[Mask, ...] = ()
    mended: Mapping[str, int] = field(default_factory=dict)

    @property
    def lead_in_s(self) -> float:
        """Seconds that stand before the moment asked for."""
        return max(0.0, self.wanted_from_s - self.pictures[0].came_s)

    @property
    def duration_s(self) -> float:
        """Seconds from the first picture to the last."""
        ticks = self.pictures[-1].dts - self.pictures[0].dts
        return float(ticks * self.shape.time_base)


@dataclass(slots=True)
class _Group:
    """A keyframe and what depends on it."""

    shape: Shape
    run: int
    pictures: list[Clean]
    size_bytes: int = 0


class Ring:
    """
    Keep the last pictures of one camera.

    Parameters
    ----------
    camera_id
        The camera.
    keep_s
        Seconds that are kept at least, where the bytes allow it.
    most_bytes
        What all of it may take.

    Notes
    -----
    Written by the reader's thread, read by any. Nothing is kept that no keyframe
    precedes; a group goes as a whole.
    """

    def __init__(self, camera_id: str, *, keep_s: float, most_bytes: int) -> None:
        self.camera_id = camera_id
        self._keep_s, self._most_bytes = keep_s, most_bytes
        self._groups: deque[_Group] = deque()
        self._size_bytes = 0
        self._run = 0
        self._mended: dict[int, Mended] = {}
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """What is kept, in bytes."""
        with self._lock:
            return self._size_bytes

    def begin(self, mended: Mended | None = None) -> None:
        """
        Begin a new connection: times start again.

        Parameters
        ----------
        mended
            Where is counted what has to be put right on it.
        """
        with self._lock:
            self._run += 1
            kept = {one.run for one in self._groups}
            self._mended = {run: of for run, of in self._mended.items() if run in kept}
            if mended is not None:
                self._mended[self._run] = mended

    def add(self, clean: Clean, shape: Shape) -> None:
        """
        Keep a picture.

        Parameters
        ----------
        clean
            The picture.
        shape
            How the stream is made.
        """
        cost = len(clean.data) + _OVERHEAD_BYTES
        with self._lock:
            if clean.is_key:
                self._groups.append(_Group(shape, self._run, []))
            elif not self._groups or self._groups[-1].run != self._run:
                return
            last = self._groups[-1]
            last.pictures.append(clean)
            last.size_bytes += cost
            self._size_bytes += cost
            self._forget(clean.came_s)

    def add_still(self, clean: Clean, shape: Shape) -> None:
        """
        Keep a picture that stands alone, if it is not too soon after the last.

        Parameters
        ----------
        clean
            The picture, a JPEG.
        shape
            Its shape.

        Notes
        -----
        Pictures that stand alone may be left out: of those that come so fast that they
        would not fit for as long as is to be kept, only some are kept.
        """
        cost = len(clean.data) + _OVERHEAD_BYTES
        step_s = cost * self._keep_s / (self._most_bytes * _STILLS_SHARE)
        with self._lock:
            last = self._groups[-1] if self._groups else None
        if last is not None and clean.came_s - last.pictures[-1].came_s < step_s:
            return
        self.add(clean, shape)

    def footage(self, from_s: float, to_s: float) -> tuple[Footage, ...]:
        """
        Cut out an interval, from the keyframe before it.

        Parameters
        ----------
        from_s, to_s
            The interval by the monotonic clock.

        Returns
        -------
        tuple of Footage
            One for each connection and each size of picture; empty where nothing of the
            interval is kept.
        """
        with self._lock:
            groups = [(one.run, one.shape, list(one.pictures)) for one in self._groups]
            mended = {run: asdict(of) for run, of in self._mended.items()}
        parts: list[tuple[int, Shape, list[Clean]]] = []
        for index, (run, shape, pictures) in enumerate(groups):
            following = groups[index + 1][2] if index + 1 < len(groups) else None
            if following is not None and following[0].came_s <= from_s:
                continue
            wanted = [one for one in pictures if one.came_s <= to_s]
            if not wanted or wanted[-1].came_s < from_s:
                continue
            if parts and parts[-1][0] == run and parts[-1][1] is shape:
                parts[-1][2].extend(wanted)
            else:
                parts.append((run, shape, wanted))
        return tuple(
            Footage(
                self.camera_id,
                shape,
                tuple(pictures),
                from_s,
                mended=mended.get(run, {}),
            )
            for run, shape, pictures in parts
        )

    def _forget(self, now_s: float) -> None:
        while len(self._groups) > 1:
            # the second group has to reach back far enough before the first may go
            is_old = self._groups[1].pictures[0].came_s <= now_s - self._keep_s
            if not is_old and self._size_bytes <= self._most_bytes:
                return
            self._size_bytes -= self._groups.popleft().size_bytes
        if self._size_bytes > self._most_bytes:
            # a group without end: nothing of it can be kept
            self._groups.clear()
            self._size_bytes = 0
