"""How many pictures a feed may give in a second."""

from __future__ import annotations

from coveragekit.errors import FeedBroken

__all__ = ["Rush"]


class Rush:
    """
    Count pictures, and call off a feed that is no camera's.

    Parameters
    ----------
    most
        Pictures within one second; each costs this machine time, however small it is.

    Examples
    --------
    >>> rush = Rush(2)
    >>> for came_s in (0.0, 0.1, 1.2, 1.3):
    ...     rush.add(came_s)
    >>> rush.add(1.4)
    Traceback (most recent call last):
        ...
    coveragekit.errors.FeedBroken: it sends more than 2 pictures in a second
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._began_s = float("-inf")
        self._count = 0

    def add(self, came_s: float) -> None:
        """
        Count one picture.

        Parameters
        ----------
        came_s
            When it came.

        Raises
        ------
        FeedBroken
            It is one too many.
        """
        if came_s - self._began_s >= 1:
            self._began_s, self._count = came_s, 0
        self._count += 1
        if self._count > self._most:
            message = f"it sends more than {self._most} pictures in a second"
            raise FeedBroken(message)
