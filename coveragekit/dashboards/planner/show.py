"""Open the planner in a notebook or as a page."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from coveragekit.dashboards.faults import FaultDesk, log_to_file

if TYPE_CHECKING:
    from os import PathLike

    import ipywidgets

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
    The user and role come from ``COVERAGEKIT_USER`` and ``COVERAGEKIT_ROLE``.
    """
    from ipywidgets import HTML, Box

    log_to_file()
    box = Box()
    box.add_class("ck-start")
    message = HTML()
    message.add_class("ck-fault")

    def tell(sentence: str) -> None:
        from html import escape

        message.value = f'<p role="alert" data-ck-ready="yes">{escape(sentence)}</p>'
        box.children = [message]

    def build() -> None:
        from coveragekit.dashboards.planner.widgets import Planner
        from coveragekit.study import Study

        folder = study if study is not None else _study_from_environment()
        planner = Planner(
            Study.open(folder),
            user=os.environ.get("COVERAGEKIT_USER", ""),
            role=os.environ.get("COVERAGEKIT_ROLE", "analyst"),
        )
        box.children = [planner.page]

    desk = FaultDesk(tell, rest="")
    desk.guard("open the planner")(build)()
    return box


def _study_from_environment() -> str:
    from coveragekit.errors import StudyError

    folder = os.environ.get("COVERAGEKIT_STUDY")
    if not folder:
        message = (
            "no study is named: give its folder to show(...), or set COVERAGEKIT_STUDY"
        )
        raise StudyError(message)
    return folder
