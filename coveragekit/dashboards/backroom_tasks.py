"""What the back room can be asked for, and what each task takes."""

from __future__ import annotations

import math
import threading
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError, StudyError
from coveragekit.model import roles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    Check = Callable[[object], Any]

__all__ = [
    "TASKS",
    "Job",
    "Task",
    "check_parameters",
    "find",
    "number",
    "one_of",
    "perform",
    "text",
]

_LIGHTS: Final = ("day", "night")
_DRAWINGS: Final = ("svg", "png", "pdf")
_SHEETS: Final = ("narrow", "a4", "letter")
_PAPER: Final = ("a4", "a4-portrait", "letter", "letter-portrait")
_PLACES: Final = "coveragekit.dashboards.backroom_places"
_PLANNER: Final = "coveragekit.dashboards.planner"


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """
    One task under way.

    Parameters
    ----------
    study
        Folder of the study; a caller cannot name another.
    is_unwanted
        Set when nobody waits any more.
    tell
        Told of progress, in plain words.
    build
        Name of the results that the caller shows; empty: those in force, whatever they
        are.
    """

    study: Path
    is_unwanted: threading.Event = field(default_factory=threading.Event)
    tell: Callable[[str], None] = field(default=lambda _: None)
    build: str = ""

    def check(self) -> None:
        """Stop here when nobody waits any more; long tasks call it now and then."""
        if self.is_unwanted.is_set():
            raise CancelledError

    def check_build(self) -> None:
        """
        Refuse to answer out of other results than those that the caller shows.

        Raises
        ------
        StudyError
            The study has been built anew.
        """
        if not self.build:
            return
        from coveragekit.study.steps import results_folder

        folder = results_folder(self.study)
        if folder is None or folder.name != self.build:
            message = (
                "the study has been built anew since this page was opened; load the "
                "page again"
            )
            raise StudyError(message)


@dataclass(frozen=True, slots=True)
class Task:
    """
    Something that the back room does.

    Parameters
    ----------
    where
        ``"module:function"``, loaded when first asked for. The function takes the
        :class:`Job` and the parameters by keyword, and gives a dictionary.
    takes
        Name to check of each parameter; a check gives the value, or raises
        ``InputError``. A parameter that was not given is ``None``.
    limit_s
        Seconds after which the caller is told that it takes too long.
    is_slow
        Whether it waits its turn among the slow ones, so that a click need not.
    """

    where: str
    takes: Mapping[str, Check]
    limit_s: float = 20.0
    is_slow: bool = False


def number(low: float, high: float) -> Check:
    """
    Give a check of a finite number.

    Parameters
    ----------
    low, high
        The smallest and the largest that is allowed.

    Returns
    -------
    callable
        The check.

    Examples
    --------
    >>> number(-90, 90)(60)
    60.0
    """

    def check(value: object) -> float:
        # True and False are numbers to Python, and not to people
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        seen = float(str(value)) if is_number else math.nan
        if low <= seen <= high:
            return seen
        message = f"{value} is no number from {low:g} to {high:g}"
        raise InputError(message)

    return check


def one_of(allowed: Iterable[str], *, default: str | None = None) -> Check:
    """
    Give a check of a word of a list.

    Parameters
    ----------
    allowed
        The words.
    default
        Taken where none is given.

    Returns
    -------
    callable
        The check.

    Examples
    --------
    >>> one_of(["day", "night"], default="day")(None)
    'day'
    """
    words = tuple(allowed)

    def check(value: object) -> str:
        if value is None and default is not None:
            return default
        if isinstance(value, str) and value in words:
            return value
        message = f"{value!r} is not known; allowed: {', '.join(words)}"
        raise InputError(message)

    return check


def text(at_most: int, *, default: str | None = None) -> Check:
    """
    Give a check of a text.

    Parameters
    ----------
    at_most
        Its length, characters.
    default
        Taken where none is given.

    Returns
    -------
    callable
        The check.

    Examples
    --------
    >>> text(5)("abc")
    'abc'
    """

    def check(value: object) -> str:
        if value is None and default is not None:
            return default
        if isinstance(value, str) and len(value) <= at_most:
            return value
        message = f"a text of at most {at_most:,} characters is needed"
        raise InputError(message)

    return check


_PLACE: Final[dict[str, Any]] = {
    "lon": number(-180.0, 180.0),
    "lat": number(-90.0, 90.0),
    "light": one_of(_LIGHTS, default="day"),
}

# The role is the one that the kernel knows of its user, never one that a page names.
_ASKED: Final[dict[str, Any]] = {
    "filters": text(20_000, default=""),
    "role": one_of(roles()),
}

TASKS: Final[dict[str, Task]] = {
    "explain": Task(f"{_PLACES}:explain", {**_PLACE, "purpose": text(40, default="")}),
    "proof": Task(
        f"{_PLACES}:proof",
        {
            **_PLACE,
            "camera_id": text(500),
            "kind": one_of(_DRAWINGS, default="svg"),
            "sheet": one_of(_SHEETS, default="narrow"),
        },
        limit_s=60.0,
    ),
    "left": Task("coveragekit.dashboards.backroom_left:left", {}),
    # Who looks is what the server told the kernel, never what a page says.
    "looking": Task(
        "coveragekit.dashboards.backroom_looking:looking",
        {
            "camera_id": text(500),
            "user": text(200, default=""),
            "role": one_of(roles()),
            "source": one_of(("proxy", "local", "token")),
        },
    ),
    "export": Task(
        f"{_PLANNER}.taking_out:export",
        {
            "tables": text(200),
            "kind": one_of(("csv", "xlsx", "gpkg", "geojson", "parquet", "pmtiles")),
            "scope": one_of(("filtered", "all"), default="filtered"),
            **_ASKED,
        },
        limit_s=900.0,
        is_slow=True,
    ),
    "print": Task(
        f"{_PLANNER}.printing:print_map",
        {
            **{name: number(-180.0, 180.0) for name in ("west", "east")},
            **{name: number(-90.0, 90.0) for name in ("south", "north")},
            "layers": text(400),
            "kind": one_of(("pdf", "png", "html")),
            "sheet": one_of(_PAPER, default="a4"),
            **_ASKED,
        },
        limit_s=300.0,
        is_slow=True,
    ),
}
"""Every task, by its name."""


def perform(name: str, given: Mapping[str, Any], job: Job) -> dict[str, Any]:
    """
    Check the parameters of a task and do it.

    Parameters
    ----------
    name
        One of :data:`TASKS`.
    given
        The parameters.
    job
        The study, and who waits.

    Returns
    -------
    dict
        The answer: JSON-ready values, and values of type ``bytes``.

    Raises
    ------
    InputError
        There is no such task or parameter, or a value is not allowed.
    StudyError
        The study has been built anew since the caller read it.
    """
    task = find(name)
    checked = check_parameters(task, given)
    job.check_build()
    module, _, function = task.where.partition(":")
    work: Callable[..., dict[str, Any]] = getattr(import_module(module), function)
    return work(job, **checked)


def find(name: str) -> Task:
    """Give the task of a name, or raise ``InputError``."""
    if name not in TASKS:
        message = f"there is no task {name!r}; allowed: {', '.join(TASKS)}"
        raise InputError(message)
    return TASKS[name]


def check_parameters(task: Task, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the checked parameters of a task, or raise ``InputError``."""
    unknown = sorted(set(given) - set(task.takes))
    if unknown:
        message = f"{unknown[0]!r} is no parameter; allowed: {', '.join(task.takes)}"
        raise InputError(message)
    checked = {}
    for key, check in task.takes.items():
        try:
            checked[key] = check(given.get(key))
        except InputError as error:
            message = f"{key}: {error}"
            raise InputError(message) from error
    return checked
