"""Compile kernels once, and keep the compiled code in a folder that can be written."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from numba import __version__ as numba_version
from numba import config, njit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["cache_folder", "kernel", "mark_compiled", "was_compiled"]

_CALLED = Path(__file__).parent / "kernels"

_Function = TypeVar("_Function", bound="Callable[..., object]")


def kernel(function: _Function) -> _Function:
    """
    Give a function that is compiled when it is first called, or loaded from the cache.

    Parameters
    ----------
    function
        A function of numbers and NumPy arrays, of a module that holds only such.

    Returns
    -------
    callable
        The same function, compiled by numba in ``nopython`` mode, without the
        interpreter's lock and without bounds checks.

    Notes
    -----
    Nothing is compiled at import. Numba keeps compiled code beside the source, which
    an installed package may not be allowed to write to; it is kept in
    :func:`cache_folder` instead. Where that cannot be written either, every process
    compiles for itself.

    Examples
    --------
    >>> @kernel
    ... def twice(value: float) -> float:
    ...     return 2.0 * value
    >>> callable(twice)
    True
    """
    source = Path(function.__code__.co_filename)
    folder = cache_folder(source.parent) if source.is_file() else None
    with _caching_in(folder):
        compiled = njit(cache=folder is not None, nogil=True, error_model="numpy")(
            function
        )
    return cast("_Function", compiled)


@contextmanager
def _caching_in(folder: Path | None) -> Iterator[None]:
    # Set only while a kernel is being decorated, as numba chooses the place then: the
    # caches of other packages in this process stay where they are.
    settings = vars(config)
    before = settings["CACHE_DIR"]
    if folder is not None:
        settings["CACHE_DIR"] = str(folder)
    try:
        yield
    finally:
        settings["CACHE_DIR"] = before


@cache
def cache_folder(sources: Path) -> Path | None:
    """
    Give the folder that compiled kernels of one folder of sources are kept in.

    Parameters
    ----------
    sources
        The folder of the kernels' source.

    Returns
    -------
    pathlib.Path or None
        A folder that can be written: below ``NUMBA_CACHE_DIR`` where that is set, else
        below the user's cache folder. ``None`` where neither can be written.

    Notes
    -----
    Its name is a digest of the sources, their place and the compiler, and of the
    kernels of this room, which those of others call. Numba compares only the age of
    the file that a function stands in, and would go on using a caller whose callee in
    another file has changed.

    Examples
    --------
    >>> cache_folder(Path(".")) is None or cache_folder(Path(".")).is_dir()
    True
    """
    folder = _place(sources)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return None


def _place(sources: Path) -> Path:
    import platformdirs

    made = hashlib.sha256(f"{sys.version} {numba_version} {_cpu()}".encode())
    made.update(str(sources.resolve()).encode())
    for path in sorted({*sources.glob("*.py"), *_CALLED.glob("*.py")}):
        made.update(path.name.encode() + path.read_bytes())
    given = os.environ.get("NUMBA_CACHE_DIR")
    base = Path(given) if given else platformdirs.user_cache_path("coveragekit")
    return base / ("coveragekit" if given else "numba") / made.hexdigest()[:16]


def _cpu() -> str:
    from llvmlite import binding  # type: ignore[import-untyped]

    return str(binding.get_host_cpu_name())


def was_compiled(sources: Path) -> bool:
    """
    Tell whether the kernels of a folder of sources lie compiled in the cache.

    Parameters
    ----------
    sources
        The folder of the kernels' source.

    Returns
    -------
    bool
        True if :func:`mark_compiled` was called for this very source and compiler.

    Examples
    --------
    >>> was_compiled(Path("no such folder"))
    False
    """
    return (_place(sources) / "complete").is_file()


def mark_compiled(sources: Path) -> None:
    """
    Note in the cache that all kernels of a folder of sources have been compiled.

    Parameters
    ----------
    sources
        The folder of the kernels' source.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     was_compiled(Path(folder))
    False
    """
    folder = cache_folder(sources)
    if folder is not None:
        (folder / "complete").touch()
