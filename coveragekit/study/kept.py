"""Keep tables in memory while a build asks for them again and again."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    import geopandas as gpd

__all__ = ["collecting_seldom", "held", "keeping", "kept"]

Made = TypeVar("Made")
# So many more objects made than freed before Python looks for cycles among them.
SELDOM: Final = 1_000_000

_FRAMES: ContextVar[dict[Hashable, Any] | None] = ContextVar("frames", default=None)


@contextmanager
def keeping() -> Iterator[None]:
    """
    Keep what :func:`kept` is asked for until the block ends.

    Yields
    ------
    None
        Nothing; the build goes inside, in one thread.

    Examples
    --------
    >>> import geopandas as gpd
    >>> made = []
    >>> def make():
    ...     made.append(1)
    ...     return gpd.GeoDataFrame(geometry=[])
    >>> with keeping():
    ...     frames = [kept("one", make), kept("one", make)]
    >>> len(made)
    1
    """
    token = _FRAMES.set({})
    try:
        yield
    finally:
        _FRAMES.reset(token)


def kept(key: Hashable, make: Callable[[], gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """
    Give a frame, made only once within :func:`keeping`, and each time outside it.

    Parameters
    ----------
    key
        What the frame is: its file, when that was written, its CRS.
    make
        Makes it.

    Returns
    -------
    geopandas.GeoDataFrame
        A copy that shares its columns until one of them is changed.

    Examples
    --------
    >>> import geopandas as gpd
    >>> len(kept("one", lambda: gpd.GeoDataFrame(geometry=[])))
    0
    """
    if _FRAMES.get() is None:
        return make()
    return held(key, make).copy(deep=False)


def held(key: Hashable, make: Callable[[], Made]) -> Made:
    """
    Give an object, made only once within :func:`keeping`, and each time outside it.

    Parameters
    ----------
    key
        What the object is: what it is made from, and when that was written.
    make
        Makes it.

    Returns
    -------
    object
        The very one; nobody may change it.

    Examples
    --------
    >>> with keeping():
    ...     held("one", list) is held("one", list)
    True
    >>> held("one", list) is held("one", list)
    False
    """
    objects = _FRAMES.get()
    if objects is None:
        return make()
    if key not in objects:
        objects[key] = make()
    made: Made = objects[key]
    return made


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """
    Let Python look for garbage in cycles less often until the block ends.

    Yields
    ------
    None
        Nothing; the build goes inside.

    Notes
    -----
    A city is millions of geometries and texts, none of which is garbage: looking
    through them after every 700th costs a fifth of a build. Whoever has turned the
    search off, or made it rarer still, keeps that.

    Examples
    --------
    >>> import gc
    >>> before = gc.get_threshold()
    >>> with collecting_seldom():
    ...     gc.get_threshold()[0]
    1000000
    >>> gc.get_threshold() == before
    True
    """
    before = gc.get_threshold()
    if 0 < before[0] < SELDOM:
        gc.set_threshold(SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
