"""Say which cameras of a study have left the registry since it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from coveragekit.cli.screen import err
from coveragekit.errors import AccessRefused, InputError, RegistryError

if TYPE_CHECKING:
    from coveragekit.access import Door
    from coveragekit.study import Study

__all__ = ["departed_cameras", "without_departed"]


def departed_cameras(study: Study) -> frozenset[str] | None:
    """
    Give the cameras of a study whose owners have left since, and say so.

    Parameters
    ----------
    study
        A study; one whose cameras are of files has none.

    Returns
    -------
    frozenset of str or None
        Their ids; ``None`` where that cannot be known.
    """
    made_of = {one.table: one.file for one in study.settings.inputs}
    source = made_of.get("cameras", "")
    if not source.startswith("registry "):
        return frozenset()
    from coveragekit import access

    ids = [str(one) for one in study.table("cameras")["camera_id"]]
    try:
        with access.open_door() as door:
            _check_same(source, door)
            who = access.local_user(registry=door)
            purpose = access.Purpose("planning")
            gone = access.departed(who, purpose, ids, registry=door)
    except (AccessRefused, RegistryError) as error:
        err.print(
            "[yellow]note:[/] whether owners have left since this study was made is "
            f"not known: {escape(str(error))}"
        )
        return None
    if gone:
        again = f"coveragekit registry study {escape(str(study.path))}"
        err.print(
            f"[yellow]note:[/] {len(gone):,} of its {len(ids):,} cameras have left the "
            f"registry since; run: {again}, then build it again"
        )
    return gone


def _check_same(source: str, door: Door) -> None:
    if source != f"registry {door.registry.registry_id}":
        message = (
            "the registry here is not the one that it was made from; name that one in "
            "COVERAGEKIT_REGISTRY"
        )
        raise RegistryError(message)


def without_departed(
    study: Study, tables: list[str], *, even_so: bool
) -> dict[str, Any] | None:
    """
    Give the rows that may be taken out of a study: those of departed cameras may not.

    Parameters
    ----------
    study
        The study.
    tables
        What is to be taken out.
    even_so
        Whether to go on where it cannot be known who has left.

    Returns
    -------
    dict or None
        Table to ids of cameras; ``None`` where nobody has left.

    Raises
    ------
    InputError
        It cannot be known who has left.
    """
    gone = departed_cameras(study)
    if gone is None and not even_so and {"cameras", "isovists"} & set(tables):
        message = (
            "cameras whose owners have left may not be taken out, and which those are "
            "cannot be known now; reach the registry, or say --even-so"
        )
        raise InputError(message)
    if not gone:
        return None
    results = study.results()
    frames = {"cameras": results.cameras, "isovists": results.isovists}
    return {
        name: [one for one in frames[name]()["camera_id"] if one not in gone]
        for name in tables
        if name in frames
    }
