"""Have simulated cameras film for as long as the demo is served."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from coveragekit.cli.screen import err
from coveragekit.errors import CoverageKitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["simulated_cameras"]


@contextlib.contextmanager
def simulated_cameras(study: Path) -> Iterator[Mapping[str, str]]:
    """
    Film for the demo; where that cannot be, say why and go on without.

    Parameters
    ----------
    study
        The folder of the built demo study.

    Yields
    ------
    Mapping
        What the demo's pages find the cameras by, as environment variables; empty
        where there are none.
    """
    with contextlib.ExitStack() as filming:
        told: Mapping[str, str] = {}
        try:
            from coveragekit.access.demo_feeds import DemoFeeds

            told = filming.enter_context(DemoFeeds(study)).environment
        except ImportError as error:
            part = error.name or "a part for video"
            err.print(f"no live pictures in this demo: {part} cannot be loaded")
        except (CoverageKitError, OSError) as error:
            err.print(f"no live pictures in this demo: {error}", soft_wrap=True)
        yield told
