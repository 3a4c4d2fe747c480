"""Write a study of a made-up city of any size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from coveragekit.study.create import write_study
from coveragekit.study.folder import check_is_new

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from coveragekit.sources import CitySize
    from coveragekit.study.study import Study

__all__ = ["create_city"]


def _silent(what: str) -> None:
    del what


def create_city(
    folder: str | PathLike[str],
    size: CitySize,
    *,
    seed: int = 0,
    name: str | None = None,
    say: Callable[[str], None] = _silent,
) -> Study:
    """
    Make a study of a made-up city.

    Parameters
    ----------
    folder
        A new or empty folder.
    size
        How much there is of each thing.
    seed
        Seed of all of it, 0 or more.
    name
        What to call it; says that it is simulated where nothing is given.
    say
        Told what is being made.

    Returns
    -------
    Study
        The study, not built yet; every table is marked as simulated.

    Raises
    ------
    StudyError
        The folder is not new.
    InputError
        A seed or name that cannot be used; nothing is left behind.
    SourceError
        The folder cannot be written; nothing is left behind.
    """
    from coveragekit.sources import CITY_TIME_ZONE, simulate_city

    path = Path(folder)
    check_is_new(path)
    loaded = simulate_city(size, seed=seed, say=say)
    say("files")
    settings = {
        "name": name or f"Simulated city {seed}",
        "time_zone": CITY_TIME_ZONE,
        "seed": seed,
    }
    some = [(table, one) for table, one in loaded.items() if len(one.table)]
    return write_study(path, some, settings=settings)
