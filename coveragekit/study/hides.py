"""What hides, opened from a results folder without any table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.errors import SourceUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from coveragekit.visibility import Obstacles, Surface

__all__ = ["OBSTACLES", "SURFACE", "open_obstacles", "open_surface"]

OBSTACLES: Final = "view/obstacles"
SURFACE: Final = "view/surface"


def open_obstacles(folder: Path, crs: object) -> Obstacles:
    """
    Open the walls that a build has written, mapped into memory.

    Parameters
    ----------
    folder
        A results folder.
    crs
        CRS of the study.

    Returns
    -------
    Obstacles
        The walls.

    Raises
    ------
    SourceUnavailable
        They are missing or cannot be read.
    """
    from coveragekit.visibility import Obstacles

    return Obstacles.from_arrays(_arrays(folder / OBSTACLES), crs=crs)


def open_surface(folder: Path, crs: object) -> Surface:
    """
    Open the ground and the roofs that a build has written, mapped into memory.

    Parameters
    ----------
    folder
        A results folder.
    crs
        CRS of the study.

    Returns
    -------
    Surface
        The surface.

    Raises
    ------
    SourceUnavailable
        It is missing or cannot be read.
    """
    from coveragekit.visibility import Surface

    return Surface.from_arrays(_arrays(folder / SURFACE), crs=crs)


def _arrays(folder: Path) -> dict[str, NDArray[Any]]:
    paths = sorted(folder.glob("*.npy"))
    if not paths:
        message = f"{folder} is missing; build the study again: coveragekit build"
        raise SourceUnavailable(message)
    try:
        return {
            path.stem: np.load(path, mmap_mode="r", allow_pickle=False)
            for path in paths
        }
    except (OSError, ValueError) as error:
        message = f"{folder} cannot be read: {error}; build the study again"
        raise SourceUnavailable(message) from error
