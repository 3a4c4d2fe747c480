"""Open the planner in a notebook or as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.dashboards.shell import open_page, study_folder

if TYPE_CHECKING:
    from os import PathLike

    import ipywidgets

    from coveragekit.dashboards.shell import OnePage

__all__ = ["show"]


def show(study: str | PathLike[str] | None = None) -> ipywidgets.Widget:
    """
    Give the planner of a built study, to be the last line of a notebook cell.

    Parameters
    ----------
    study
        The study's folder; by default the one that ``coveragekit serve`` names in
        ``COVERAGEKIT_STUDY``.

    Returns
    -------
    ipywidgets.Widget
        The page; where it cannot be made, a plain sentence with a reference number.

    Notes
    -----
    Who looks at it is what the server says of the one who opens the page; in a notebook
    without a server ``COVERAGEKIT_USER`` and ``COVERAGEKIT_ROLE`` may say it.
    """

    def prepare() -> OnePage:
        from coveragekit.dashboards.planner.page import Planner

        return Planner(study_folder(study))

    return open_page(prepare, task="open the planner")
