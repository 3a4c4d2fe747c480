"""How far what is read lies behind what the camera sends."""

from __future__ import annotations

__all__ = ["Lag"]

_BUCKET_S = 60.0


class Lag:
    """
    Measure the delay that builds up while pictures come faster than they are used.

    Notes
    -----
    The time of arrival less the picture's own time is smallest where nothing waits. The
    smallest of the last one to two minutes is the measure, so that a camera's clock,
    which runs a little fast or slow, does not count as delay.

    Examples
    --------
    >>> lag = Lag()
    >>> lag.add(0.0, came_s=10.0), lag.add(1.0, came_s=11.0), lag.add(2.0, came_s=14.0)
    (0.0, 0.0, 2.0)
    """

    def __init__(self) -> None:
        self._began_s: float | None = None
        self._least = self._least_before = float("inf")

    def add(self, picture_s: float, *, came_s: float) -> float:
        """
        Take one picture.

        Parameters
        ----------
        picture_s
            The picture's own time.
        came_s
            When it is dealt with.

        Returns
        -------
        float
            Seconds of delay.
        """
        difference = came_s - picture_s
        if self._began_s is None or came_s - self._began_s > _BUCKET_S:
            self._began_s = came_s
            self._least_before, self._least = self._least, difference
        self._least = min(self._least, difference)
        return difference - min(self._least, self._least_before)
