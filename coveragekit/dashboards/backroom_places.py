"""What the back room does about one place: why it is seen, and the proof of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from coveragekit.dashboards.backroom_left import left_soon
from coveragekit.dashboards.backroom_tasks import Job

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["explain", "proof", "warm_up"]


def warm_up(study: Path) -> None:
    """
    Read a study once, so that the first question is answered as fast as the next.

    Parameters
    ----------
    study
        The study's folder.

    Raises
    ------
    CoverageKitError
        The study cannot be read.
    """
    from coveragekit import reports
    from coveragekit.study import Study

    _ = reports.proof_of  # matplotlib, for the first drawing
    opened = Study.open(study)
    middle = opened.results().area().geometry.iloc[0].representative_point()
    explain(Job(study), lon=middle.x, lat=middle.y, light="day")


def explain(
    job: Job, *, lon: float, lat: float, light: str, purpose: str = ""
) -> dict[str, Any]:
    """
    Tell which cameras see a place, and why the others do not.

    Parameters
    ----------
    job
        The study.
    lon, lat
        The place, degrees.
    light
        ``"day"`` or ``"night"``.
    purpose
        Another band of the study's edition than its own; empty: its own.

    Returns
    -------
    dict
        ``rows``: those of :meth:`coveragekit.study.Study.explain` in order, with
        ``lon`` and ``lat`` of each camera; what is unknown or infinite is ``None``.
        Cameras whose owners have left since the build are in none.
    """
    from coveragekit.study import Study

    found = Study.open(job.study).explain(
        lon=lon,
        lat=lat,
        light=light,  # type: ignore[arg-type]
        purpose=purpose or None,
    )
    gone = left_soon(job).ids
    found = found[~found["camera_id"].isin(list(gone))]
    there = found.geometry
    rows = found.drop(columns="geometry").assign(lon=there.x, lat=there.y)
    return {"rows": [_plain(row) for row in rows.to_dict("records")]}


def proof(  # noqa: PLR0913 - each parameter is one that the drawing has
    job: Job,
    *,
    lon: float,
    lat: float,
    light: str,
    camera_id: str,
    kind: str,
    sheet: str,
) -> dict[str, Any]:
    """
    Draw the proof of why a camera sees a place, or does not.

    Parameters
    ----------
    job
        The study.
    lon, lat
        The place, degrees.
    light
        ``"day"`` or ``"night"``.
    camera_id
        The camera whose line of sight is drawn in section.
    kind
        ``"svg"``, ``"png"`` or ``"pdf"``.
    sheet
        ``"narrow"``, ``"a4"`` or ``"letter"``.

    Returns
    -------
    dict
        ``content``, bytes of the drawing, and ``words``, for those who do not see it.
    """
    from coveragekit.reports import proof_of
    from coveragekit.study import Study

    drawn = proof_of(
        Study.open(job.study),
        lon=lon,
        lat=lat,
        camera_id=camera_id,
        light=light,  # type: ignore[arg-type]
    )
    job.check()
    return {"content": drawn.draw(kind, sheet), "words": drawn.summary}


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): _plain_value(value) for key, value in row.items()}


def _plain_value(value: Any) -> Any:  # noqa: ANN401 - a cell of any table
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, list | tuple):
        return [_plain_value(one) for one in value]
    # pandas' own marks of what is missing are unequal even to themselves
    return str(value) if type(value).__name__ not in {"NAType", "NaTType"} else None
