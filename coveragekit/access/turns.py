"""Whose turn it is: cameras one after the other, no more than so many a second."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Turns"]

_FIRST_WAIT_S = 5.0
_MOST_WAIT_S = 60.0


@dataclass(slots=True)
class _Turn:
    """When a camera comes next, and how often in a row it gave nothing."""

    due_s: float
    faults: int = 0
    began_s: float | None = None
    is_held: bool = False


class Turns:
    """
    Say which camera is to be asked for a picture next; nothing here waits.

    Parameters
    ----------
    rate_hz
        Pictures that are asked for in a second, over all cameras.
    each_s
        A camera is not asked again sooner than this.

    Examples
    --------
    >>> turns = Turns(rate_hz=2.0, each_s=10.0)
    >>> turns.add("a", 0.0)
    >>> turns.add("b", 0.0)
    >>> turns.next(0.0), turns.next(0.0), turns.next(0.5)
    (('a', 0.0), (None, 0.5), ('b', 0.0))
    """

    def __init__(self, *, rate_hz: float, each_s: float) -> None:
        self._step_s, self._each_s = 1 / rate_hz, each_s
        self._free_s = float("-inf")
        self._turns: dict[str, _Turn] = {}

    @property
    def period_s(self) -> float:
        """How long it takes at least until every camera has had its turn."""
        shown = sum(not one.is_held for one in self._turns.values())
        return max(self._each_s, shown * self._step_s)

    def add(self, camera_id: str, now_s: float) -> None:
        """
        Give a camera a turn, at once.

        Parameters
        ----------
        camera_id
            The camera; one that has turns already is due at once too.
        now_s
            The moment.
        """
        turn = self._turns.setdefault(camera_id, _Turn(now_s))
        turn.is_held = False
        turn.due_s = min(turn.due_s, now_s)

    def drop(self, camera_id: str) -> None:
        """
        Give a camera no turn any more.

        Parameters
        ----------
        camera_id
            The camera.
        """
        self._turns.pop(camera_id, None)

    def hold(self, camera_id: str) -> None:
        """
        Pass a camera over until it is added again.

        Parameters
        ----------
        camera_id
            The camera.
        """
        turn = self._turns.get(camera_id)
        if turn is not None:
            turn.is_held = True

    def next(self, now_s: float) -> tuple[str | None, float]:
        """
        Give the camera whose turn it is.

        Parameters
        ----------
        now_s
            The moment.

        Returns
        -------
        tuple
            The camera, which has no other turn until it is done; or ``None`` and the
            seconds after which to ask again, infinity where nothing is to be waited
            for.
        """
        if now_s < self._free_s:
            return None, self._free_s - now_s
        waiting = {
            camera_id: turn
            for camera_id, turn in self._turns.items()
            if turn.began_s is None and not turn.is_held
        }
        if not waiting:
            return None, float("inf")
        camera_id = min(waiting, key=lambda one: waiting[one].due_s)
        turn = waiting[camera_id]
        if turn.due_s > now_s:
            return None, turn.due_s - now_s
        self._free_s = now_s + self._step_s
        turn.began_s = now_s
        return camera_id, 0.0

    def done(self, camera_id: str, now_s: float, *, is_good: bool) -> None:
        """
        Take note that a camera's turn is over.

        Parameters
        ----------
        camera_id
            The camera.
        now_s
            The moment.
        is_good
            Whether it gave a picture; one that did not is asked ever more seldom.
        """
        turn = self._turns.get(camera_id)
        if turn is None or turn.began_s is None:
            return
        turn.faults = 0 if is_good else turn.faults + 1
        if is_good:
            turn.due_s = max(now_s, turn.began_s + self._each_s)
        else:
            doubled = _FIRST_WAIT_S * 2.0 ** min(turn.faults - 1, 10)
            turn.due_s = now_s + min(_MOST_WAIT_S, doubled)
        turn.began_s = None
