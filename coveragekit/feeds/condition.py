"""How a feed is at a moment, and when it is tried again; nothing here waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coveragekit.errors import (
    FeedError,
    FeedForbidden,
    FeedLoginError,
    FeedUnsupported,
    FeedUntrusted,
)

if TYPE_CHECKING:
    from random import Random

    from coveragekit.feeds.messages import StateWord

__all__ = ["Backoff", "Condition", "Standing", "is_final"]

_SHORTEST_WAIT_S = 0.05
_FINAL = (FeedLoginError, FeedForbidden, FeedUntrusted, FeedUnsupported)


def is_final(error: FeedError) -> bool:
    """
    Say whether trying again is of no use, or would lock an account.

    Parameters
    ----------
    error
        Why a feed gave no picture.

    Returns
    -------
    bool
        Whether it is left alone.

    Examples
    --------
    >>> from coveragekit.errors import FeedLoginError, FeedTimeout
    >>> is_final(FeedLoginError("no")), is_final(FeedTimeout("late"))
    (True, False)
    """
    return isinstance(error, _FINAL)


@dataclass(frozen=True, slots=True)
class Standing:
    """
    How a feed is at a moment.

    Parameters
    ----------
    state
        One of the words of :class:`coveragekit.feeds.messages.State`.
    since_s
        Since when, by the monotonic clock.
    age_s
        Age of the last picture; ``None`` before the first.
    words
        What happened.
    fault
        The kind of the error, or nothing.
    """

    state: StateWord
    since_s: float
    age_s: float | None
    words: str
    fault: str


class Condition:
    """
    Keep what is needed to say how a feed is.

    Parameters
    ----------
    now_s
        The moment it begins, by the monotonic clock.
    stale_after_s
        A picture older than this is no longer the present.

    Examples
    --------
    >>> condition = Condition(0.0, stale_after_s=5.0)
    >>> condition.opened(1.0)
    >>> condition.picture(2.0)
    >>> condition.at(3.0).state, condition.at(8.0).state
    ('playing', 'stale')
    """

    def __init__(self, now_s: float, *, stale_after_s: float) -> None:
        self._stale_after_s = stale_after_s
        self._began_s = now_s
        self._since_s = now_s
        self._opened_s: float | None = None
        self._playing_s: float | None = None
        self._last_s: float | None = None
        self._word: StateWord = "connecting"
        self._words = ""
        self._fault = ""

    def opened(self, now_s: float) -> None:
        """
        Note that the camera answered.

        Parameters
        ----------
        now_s
            The moment.
        """
        self._opened_s, self._playing_s = now_s, None
        if self._word == "offline":
            self._word, self._since_s = "connecting", now_s
            self._words = self._fault = ""

    def picture(self, now_s: float, *, usual_s: float | None = None) -> None:
        """
        Note that a picture came.

        Parameters
        ----------
        now_s
            When it came.
        usual_s
            What usually lies between two pictures of this camera, if that is long.
        """
        if self._playing_s is None or self.at(now_s).state != "playing":
            self._playing_s = now_s
        if usual_s is not None:
            self._stale_after_s = max(self._stale_after_s, 3 * usual_s)
        self._last_s = now_s
        self._word, self._words, self._fault = "playing", "", ""

    def lost(self, now_s: float, error: FeedError) -> None:
        """
        Note that the connection ended, or was never made.

        Parameters
        ----------
        now_s
            The moment.
        error
            Why.
        """
        word: StateWord
        if is_final(error):
            word = "refused"
        elif self._opened_s is not None and self._playing_s is not None:
            word = "stale"
        else:
            word = "offline"
        if word != self._word:
            self._since_s = now_s
        self._opened_s = self._playing_s = None
        self._word, self._words = word, str(error)
        self._fault = type(error).__name__

    def ended(self, now_s: float, words: str) -> None:
        """
        Note that there is nothing more to come, and nothing wrong.

        Parameters
        ----------
        now_s
            The moment.
        words
            What to say.
        """
        self._opened_s = self._playing_s = None
        self._word, self._since_s, self._words = "offline", now_s, words
        self._fault = ""

    def at(self, now_s: float) -> Standing:
        """
        Say how the feed is.

        Parameters
        ----------
        now_s
            The moment.

        Returns
        -------
        Standing
            The state and since when.
        """
        age = None if self._last_s is None else max(0.0, now_s - self._last_s)
        word, since, words = self._word, self._since_s, self._words
        if word == "playing":
            since = self._playing_s if self._playing_s is not None else now_s
            if age is not None and age > self._stale_after_s:
                word, words = "stale", "no picture comes from the camera"
                since = now_s - age
        return Standing(word, since, age, words, self._fault)


class Backoff:
    """
    Say how long to wait before a camera is tried again.

    Parameters
    ----------
    rng
        Where chance comes from: thousands of cameras behind one switch that came back
        must not all be asked at once.
    first_s, most_s
        Bounds of the first wait and of every wait.
    good_s
        After so long with pictures the waits begin small again.

    Notes
    -----
    Full jitter: uniform between 0 and a bound that doubles.
    """

    def __init__(
        self,
        rng: Random,
        *,
        first_s: float = 0.5,
        most_s: float = 60.0,
        good_s: float = 30.0,
    ) -> None:
        self._rng = rng
        self._first_s, self._most_s, self._good_s = first_s, most_s, good_s
        self._tries = 0
        self._good_since_s: float | None = None

    def picture(self, now_s: float) -> None:
        """
        Note that a picture came.

        Parameters
        ----------
        now_s
            When.
        """
        if self._good_since_s is None:
            self._good_since_s = now_s
        elif now_s - self._good_since_s >= self._good_s:
            self._tries = 0

    def wait_s(self) -> float:
        """
        Say how long to wait now that a camera was lost.

        Returns
        -------
        float
            Seconds.
        """
        self._good_since_s = None
        # 2 ** 40 is past every bound already
        bound = min(self._most_s, self._first_s * 2 ** min(self._tries, 40))
        self._tries += 1
        return max(_SHORTEST_WAIT_S, self._rng.uniform(0.0, bound))
