"""Open a page in its frame: made ready before anybody comes, never half-empty."""

from __future__ import annotations

import os
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from coveragekit.dashboards.faults import FaultDesk, log_to_file
from coveragekit.dashboards.memory import load_kernels
from coveragekit.dashboards.visit import is_served, tell, wait_for_visit
from coveragekit.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Callable

    import ipywidgets

    from coveragekit.dashboards.visit import Visit

__all__ = ["OnePage", "open_page", "study_folder"]


class OnePage(Protocol):
    """A dashboard, ready to be shown."""

    @property
    def page(self) -> ipywidgets.Widget:
        """The widget to display."""

    def greet(self, visit: Visit) -> None:
        """Take over who has come, and with which address."""

    def is_current(self) -> bool:
        """Whether no later build is in force than the one that is shown."""


def open_page(prepare: Callable[[], OnePage], *, task: str) -> ipywidgets.Widget:
    """
    Give a dashboard, to be the last line of a notebook cell.

    Parameters
    ----------
    prepare
        Makes the dashboard, whoever will come. It runs before anybody does where the
        server keeps kernels ready; again when a later build is in force by the time
        somebody comes, and when it failed before.
    task
        What is being done, to complete "Could not ...".

    Returns
    -------
    ipywidgets.Widget
        The page; where it cannot be made, a plain sentence with a reference number.
    """
    from ipywidgets import HTML, Box

    log_to_file()
    box = Box()
    box.add_class("ck-start")
    made: list[OnePage] = []

    def show(sentence: str) -> None:
        again = '<p><a href="">Load the page again</a></p>' if is_served() else ""
        message = HTML(
            f'<p role="alert" data-ck-ready="yes">{escape(sentence)}</p>{again}'
        )
        message.add_class("ck-fault")
        box.children = [message]

    def make() -> None:
        made[:] = []
        if is_served():
            load_kernels()
        tell("Reading the study")
        made.append(prepare())

    def welcome(visit: Visit) -> None:
        if not made or not made[0].is_current():
            make()
        tell("Drawing the page")
        made[0].greet(visit)
        box.children = [made[0].page]

    silent: dict[str, Any] = {"rest": ""}
    # What fails before anybody came is tried again when somebody does.
    FaultDesk(lambda _: None, **silent).guard(task)(make)()
    desk = FaultDesk(show, **silent)
    desk.guard(task)(lambda: welcome(wait_for_visit()))()
    return box


def study_folder(given: str | os.PathLike[str] | None) -> str | os.PathLike[str]:
    """
    Give the folder of the study that a page shows.

    Parameters
    ----------
    given
        The folder, where a notebook names it.

    Returns
    -------
    str or os.PathLike
        That, else the one that the server names in ``COVERAGEKIT_STUDY``.

    Raises
    ------
    StudyError
        Neither names one.
    """
    folder = given if given is not None else os.environ.get("COVERAGEKIT_STUDY")
    if not folder:
        message = (
            "no study is named: give its folder to show(...), or set COVERAGEKIT_STUDY"
        )
        raise StudyError(message)
    return folder
