"""Keep what was counted last, within so many bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from numpy.typing import NDArray

__all__ = ["Kept", "Packed"]

# What an entry costs beside its arrays, about.
_ENTRY_BYTES: Final = 500

Value = TypeVar("Value")


class Kept:
    """
    Values by name, those not asked for longest let go where they take too much.

    Parameters
    ----------
    most_bytes
        So many bytes of arrays at most; a single larger one is kept all the same.

    Attributes
    ----------
    nbytes
        How many bytes are kept.

    Examples
    --------
    >>> kept = Kept(2_000)
    >>> kept.get(("half", 1), lambda: np.zeros(1_000, np.uint8)).nbytes
    1000
    >>> _ = kept.get(("half", 2), lambda: np.zeros(1_000, np.uint8))
    >>> kept.nbytes, len(kept)
    (1500, 1)
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._values: OrderedDict[tuple[str, Hashable], tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.nbytes = 0

    def get(self, key: tuple[str, Hashable], make: Callable[[], Value]) -> Value:
        """
        Give what is kept under a key, made now where nothing is.

        Parameters
        ----------
        key
            What kind of thing, and which of that kind.
        make
            Gives it; called outside of any lock, so that two threads may both make it.

        Returns
        -------
        object
            The value; arrays are read-only.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                found: Value = self._values[key][0]
                return found
        made = make()
        if isinstance(made, np.ndarray):
            made.flags.writeable = False
        with self._lock:
            self._drop(key)
            size = _bytes_of(made) + _ENTRY_BYTES
            self._values[key] = (made, size)
            self.nbytes += size
            while self.nbytes > self._most and len(self._values) > 1:
                self._drop(next(iter(self._values)))
        return made

    def forget(self, *kinds: str) -> None:
        """
        Let go of all that is kept, or of some kinds of it.

        Parameters
        ----------
        *kinds
            First parts of keys; all where none is named.
        """
        with self._lock:
            for key in list(self._values):
                if not kinds or key[0] in kinds:
                    self._drop(key)

    def _drop(self, key: tuple[str, Hashable]) -> None:
        _, size = self._values.pop(key, (None, 0))
        self.nbytes -= size

    def __len__(self) -> int:
        """Give how many values are kept."""
        return len(self._values)


def _bytes_of(value: object) -> int:
    if isinstance(value, tuple):
        return sum(map(_bytes_of, value))
    return int(getattr(value, "nbytes", 0))


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """
    An array of which much is 0, in little room and without loss.

    Parameters
    ----------
    count
        How many numbers there are.
    bits
        Which of them are not 0, a bit each.
    values
        Those that are not 0.

    Notes
    -----
    Most places of a city are seen by no camera: their chances take a quarter of the
    room, and are laid out again in a few milliseconds per million.
    """

    count: int
    bits: NDArray[np.uint8]
    values: NDArray[np.float32]

    @classmethod
    def of(cls, array: NDArray[np.float32]) -> Self:
        """
        Pack an array.

        Parameters
        ----------
        array
            Float32, shape ``(n,)``.

        Returns
        -------
        Packed
            The same numbers.

        Examples
        --------
        >>> packed = Packed.of(np.array([0.0, 0.25, 0.0], np.float32))
        >>> packed.values.tolist(), packed.array().tolist()
        ([0.25], [0.0, 0.25, 0.0])
        """
        some = array != 0.0
        return cls(len(array), np.packbits(some), array[some])

    @property
    def nbytes(self) -> int:
        """How many bytes it takes."""
        return self.bits.nbytes + self.values.nbytes

    def array(self) -> NDArray[np.float32]:
        """Give the numbers as they were, read-only."""
        out = np.zeros(self.count, np.float32)
        out[np.unpackbits(self.bits, count=self.count).view(np.bool_)] = self.values
        out.flags.writeable = False
        return out
