"""The demo study: central Helsinki, with what is not known of it simulated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from coveragekit.study.create import write_study

if TYPE_CHECKING:
    from os import PathLike

    from coveragekit.study.study import Study

__all__ = ["create_demo"]

# Seconds to draw, and enough for a 90 % interval.
SCENES: Final = 32


def create_demo(folder: str | PathLike[str], *, seed: int = 0) -> Study:
    """
    Make the demo study, which needs no internet.

    Parameters
    ----------
    folder
        A new or empty folder.
    seed
        Seed of all that is simulated.

    Returns
    -------
    Study
        The study, not built yet. Buildings, streets, places and camera positions are
        from OpenStreetMap; camera directions, incidents and calls are simulated.

    Raises
    ------
    StudyError
        The folder is not new.
    MissingExtraError
        The package that brings the map extract is not installed.
    """
    from coveragekit.sources import demo_inputs

    inputs = demo_inputs(rng=seed)
    return write_study(
        Path(folder),
        list(inputs.items()),
        settings={
            "name": "Central Helsinki (demo)",
            "time_zone": "Europe/Helsinki",
            "seed": seed,
            "scenes": SCENES,
        },
    )
