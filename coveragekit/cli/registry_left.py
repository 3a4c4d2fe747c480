"""Say which cameras of a study have left the registry since it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from coveragekit.cli.screen import err
from coveragekit.errors import AccessRefused, RegistryError

if TYPE_CHECKING:
    from coveragekit.study import Study

__all__ = ["departed_cameras", "without_departed"]


def departed_cameras(study: Study) -> frozenset[str]:
    """
    Give the cameras of a study whose owners have left since, and say so.

    Parameters
    ----------
    study
        A study; one whose cameras are of files has none.

    Returns
    -------
    frozenset of str
        Their ids.
    """
    made_of = {one.table: one.file for one in study.settings.inputs}
    if made_of.get("cameras") != "registry":
        return frozenset()
    from coveragekit import access

    ids = [str(one) for one in study.table("cameras")["camera_id"]]
    try:
        with access.open_door() as door:
            who = access.local_user(registry=door)
            purpose = access.Purpose("planning")
            gone = access.departed(who, purpose, ids, registry=door)
    except (AccessRefused, RegistryError) as error:
        err.print(
            "[yellow]note:[/] whether owners have left since this study was made is "
            f"not known: {escape(str(error))}"
        )
        return frozenset()
    if gone:
        again = f"coveragekit registry study {escape(str(study.path))}"
        err.print(
            f"[yellow]note:[/] {len(gone):,} of its {len(ids):,} cameras have left the "
            f"registry since; run: {again}, then build it again"
        )
    return gone


def without_departed(study: Study, tables: list[str]) -> dict[str, Any] | None:
    """
    Give the rows that may be taken out of a study: those of departed cameras may not.

    Parameters
    ----------
    study
        The study.
    tables
        What is to be taken out.

    Returns
    -------
    dict or None
        Table to ids of cameras; ``None`` where nobody has left.
    """
    gone = departed_cameras(study)
    if not gone:
        return None
    results = study.results()
    frames = {"cameras": results.cameras, "isovists": results.isovists}
    return {
        name: [one for one in frames[name]()["camera_id"] if one not in gone]
        for name in tables
        if name in frames
    }
