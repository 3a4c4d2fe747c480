"""What the back room does for the export menu: files of tables, and printed maps."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit.dashboards.backroom_left import left_cameras
from coveragekit.dashboards.planner.answers import Answers
from coveragekit.dashboards.planner.choice import counted_tiers
from coveragekit.dashboards.planner.filter_address import from_address
from coveragekit.dashboards.planner.filter_words import words
from coveragekit.dashboards.planner.polygons import Drawn
from coveragekit.model import least_count

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from coveragekit.dashboards.backroom_tasks import Job
    from coveragekit.dashboards.planner.filters import Filters
    from coveragekit.study import Study
    from coveragekit.view import Store, Texts

__all__ = ["FORMATS", "SCOPES", "answers_of", "export", "file_name", "wanted_keys"]

FORMATS: Final = ("csv", "xlsx", "gpkg", "geojson", "parquet", "pmtiles")
"""Kinds of files that tables are taken out in."""
SCOPES: Final = ("filtered", "all")
"""Which rows are taken out."""


def export(
    job: Job, *, tables: str, kind: str, scope: str, filters: str, role: str
) -> dict[str, Any]:
    """
    Write tables of the study as the user's role may have them.

    Parameters
    ----------
    job
        The study, and who waits.
    tables
        Names of the tables, separated by commas.
    kind
        One of ``FORMATS``.
    scope
        ``"filtered"``, the rows that the filters leave, or ``"all"``.
    filters
        Filters as an address has them.
    role
        Role of the user.

    Returns
    -------
    dict
        ``content`` of the file, its ``name``, and ``notes`` of what was withheld.

    Raises
    ------
    InputError
        A table or role that there is not, or a table that the role may not have; rows
        of cameras, and it is not known now whose owners have left.
    SourceError
        A table cannot be read, or the file cannot be written.
    """
    from coveragekit.study import Study
    from coveragekit.study.taking_out import take_out

    study = Study.open(job.study)
    named = [one for one in tables.split(",") if one]
    left = left_cameras(job)
    rows = [one for one in named if one in {"cameras", "isovists"}]
    if rows:
        left.check_known(f"the table {' and '.join(rows)}")
    keys, selection = None, ""
    if scope == "filtered":
        answers = answers_of(study, role, left=left.ids)
        chosen, _ = from_address(filters, answers.terms)
        keys = wanted_keys(answers, chosen)
        selection = words(chosen, answers.terms)
    job.check()
    job.tell(f"writing {', '.join(named)}".replace("_", " "))
    made = study.settings.simulated
    name = file_name(study.settings.name, named, kind=kind, simulated=made)
    with tempfile.TemporaryDirectory(prefix="coveragekit-") as folder:
        taken = take_out(
            study,
            named,
            Path(folder) / name,
            role=role,
            keys=keys,
            selection=selection,
            gone=left.ids,
        )
        content = taken.path.read_bytes()
    return {"content": content, "name": name, "notes": list(taken.notes)}


def file_name(
    study: str, named: Sequence[str], *, kind: str, simulated: bool = False
) -> str:
    """
    Give the name of a file to be saved by the user's browser.

    Parameters
    ----------
    study
        Name of the study.
    named
        What is in it.
    kind
        Its extension, without the dot.
    simulated
        Whether anything of the study is made up.

    Returns
    -------
    str
        Letters, digits and hyphens of any language, and the extension.

    Examples
    --------
    >>> file_name("../Käpylä & co", ["gaps"], kind="csv", simulated=True)
    'Käpylä-co-gaps-simulated.csv'
    """
    what = "layers" if len(named) > 1 else "".join(named)
    parts = [study[:60], what, "simulated" if simulated else ""]
    plain = "-".join(part for part in parts if part).replace("_", "-")
    kept = re.sub(r"[^\w-]+", "-", plain)
    return f"{re.sub(r'-{2,}', '-', kept).strip('-') or 'export'}.{kind}"


def wanted_keys(answers: Answers, filters: Filters) -> dict[str, list[str]]:
    """
    Give the keys of the rows that filters leave, for the tables that they act on.

    Parameters
    ----------
    answers
        Of the city.
    filters
        What is chosen.

    Returns
    -------
    dict
        Table to keys; tables that no filter touches are left out.
    """
    store = answers.store
    cameras, areas = store.cameras, store.areas
    tiers = [*counted_tiers(filters.tier), "planned"]
    shown = np.isin(np.asarray(store.meta["tiers"])[cameras.access], tiers)
    if filters.state == "now":
        shown &= cameras.works
    shown &= _cameras_within(store, filters)
    camera_ids = _texts(cameras.camera_id, shown)
    keys = {"cameras": camera_ids, "isovists": camera_ids}
    for table in ("incidents", "calls"):
        events = getattr(store, table)
        if events is not None:
            keys[table] = _texts(events.ids, answers.event_mask(table, filters) > 0.0)
    if filters.has_place:
        keys["gaps"] = _texts(store.gaps.gap_id, _gaps_within(answers, filters))
    if filters.area is not None:
        keys["areas"] = [str(areas.area_id[filters.area[1]])]
    return keys


def _cameras_within(store: Store, filters: Filters) -> NDArray[np.bool_]:
    cameras = store.cameras
    inside = np.ones(len(cameras.merc), np.bool_)
    if filters.area is not None:
        column = list(store.meta["area_kinds"]).index(filters.area[0])
        inside &= cameras.area[:, column] == filters.area[1]
    if filters.polygon is not None:
        inside &= Drawn.of(filters.polygon).holds(cameras.merc)
    return inside


def _gaps_within(answers: Answers, filters: Filters) -> NDArray[np.bool_]:
    """Tell which gaps have any ground, street or event in the chosen area."""
    store = answers.store
    found = np.zeros(len(store.gaps), np.bool_)
    for name in ("streets", "ground", "incident_places", "call_places"):
        places = getattr(store, name)
        within = answers.place_mask(name, filters)
        if places is not None and within is not None:
            rows = places.gap[within]
            found[rows[rows >= 0]] = True
    return found


def _texts(texts: Texts, wanted: NDArray[np.bool_]) -> list[str]:
    return [str(texts[int(row)]) for row in np.flatnonzero(wanted)]


def answers_of(study: Study, role: str, *, left: Collection[str] = ()) -> Answers:
    """
    Give what answers for a study's results.

    Parameters
    ----------
    study
        A built study.
    role
        Role of the user: who may not have single events is told of no few.
    left
        Keys of cameras that have left since the build, and count for nothing.

    Returns
    -------
    Answers
        Of its view store.

    Raises
    ------
    InputError
        There is no such role.
    StudyError
        The study was never built, or by another version.
    """
    from coveragekit.view import Store

    results = study.results()
    least = least_count(role)
    answers = Answers(Store.open(results.path), results.summary, least=least)
    find = answers.store.cameras.camera_id.find
    answers.stages.left = frozenset(row for row in map(find, left) if row >= 0)
    return answers
