"""Say which cameras of a study have left the registry since it was built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.markup import escape

from coveragekit.cli.screen import err
from coveragekit.study.origin import Left, registry_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from coveragekit.study import Study

__all__ = ["departed_cameras", "without_departed"]

_INSTEAD: Final = "say --even-so"
_ROWS_OF_CAMERAS: Final = ("cameras", "isovists")


def departed_cameras(study: Study) -> Left:
    """
    Give the cameras of a built study whose owners have left since, and say so.

    Parameters
    ----------
    study
        A built study; one whose cameras are of files has none.

    Returns
    -------
    Left
        Who has left, or why that cannot be known.

    Raises
    ------
    StudyError
        The study was never built, or by another version.
    """
    results = study.results()
    if not registry_of(results.summary.get("sources") or ()):
        return Left()
    from coveragekit import access
    from coveragekit.view import Store

    left = access.left_of(Store.open(results.path))
    if left.words:
        err.print(f"[yellow]note:[/] {escape(left.words)}", soft_wrap=True)
    if left.ids:
        folder = escape(str(study.path))
        err.print(
            f"[yellow]note:[/] for figures without them run: coveragekit registry "
            f"study {folder}, then coveragekit build {folder}",
            soft_wrap=True,
        )
    return left


def without_departed(
    study: Study, tables: Collection[str], *, even_so: bool
) -> frozenset[str]:
    """
    Give the cameras that may not be taken out of a study, or refuse to take any out.

    Parameters
    ----------
    study
        A built study.
    tables
        What is to be taken out.
    even_so
        Whether to go on where it cannot be known who has left.

    Returns
    -------
    frozenset of str
        The ids of those that have left.

    Raises
    ------
    InputError
        It cannot be known who has left, and rows of cameras are to be taken out.
    """
    left = departed_cameras(study)
    rows = [name for name in _ROWS_OF_CAMERAS if name in tables]
    if rows and not left.is_known:
        if not even_so:
            left.check_known(f"the table {' and '.join(rows)}", instead=_INSTEAD)
        err.print(
            "[yellow]note:[/] taken out even so: cameras whose owners have left may be "
            "in it",
            soft_wrap=True,
        )
    return left.ids
