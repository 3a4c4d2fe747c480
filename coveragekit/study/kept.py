"""Keep tables in memory while a build asks for them again and again."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    import geopandas as gpd

__all__ = ["keeping", "kept"]

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
    frames = _FRAMES.get()
    if frames is None:
        return make()
    if key not in frames:
        frames[key] = make()
    return frames[key].copy(deep=False)
