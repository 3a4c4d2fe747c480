"""The parts of a page, each a small script that draws a state given by Python."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import Any

import traitlets

from coveragekit.maps.symbols import map_css
from coveragekit.maps.taken import TellingWidget, taken_script

__all__ = [
    "CameraCard",
    "Component",
    "Gaps",
    "Header",
    "Hours",
    "Layers",
    "Numbers",
    "Place",
    "Tabs",
    "Toolbar",
    "Worth",
    "page_css",
    "script",
]

_STATIC = Path(__file__).parent / "static"


@cache
def script(*names: str) -> str:
    """
    Give a component's module: what all share, then its own.

    Parameters
    ----------
    *names
        Names of files of the folder ``static``, without their ending; the last one has
        the default export.

    Returns
    -------
    str
        JavaScript.

    Examples
    --------
    >>> "export default component" in script("header")
    True
    """
    files = [_STATIC / f"{name}.js" for name in ("dom", *names)]
    return "".join([taken_script(), *(file.read_text("utf-8") for file in files)])


@cache
def page_css() -> str:
    """
    Give the style sheet of a whole page: tokens, map, controls and each panel.

    Returns
    -------
    str
        CSS.

    Examples
    --------
    >>> "--ck-accent" in page_css()
    True
    """
    first = ("tokens.css", "app.css")
    panels = sorted(path.name for path in _STATIC.glob("*.css"))
    names = [*first, *(name for name in panels if name not in first)]
    tokens, *others = ((_STATIC / name).read_text("utf-8") for name in names)
    return "".join([tokens, map_css(), *others])


class Component(TellingWidget):
    """
    A part of a page: Python sets its ``state``, it sends events back.

    Parameters
    ----------
    state
        What to show, JSON-ready. Texts stay texts: no script makes markup of them.
    """

    state = traitlets.Dict().tag(sync=True)

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - traits of a widget
        # Two threads change parts of one state, and neither may lose the other's.
        self._changing = threading.RLock()
        super().__init__(**given)

    def change(self, **parts: object) -> None:
        """
        Replace parts of the state and leave the rest as it is.

        Parameters
        ----------
        **parts
            Name and new value of each part.
        """
        with self._changing:
            self.state = {**self.state, **parts}


class Header(Component):
    """Study, basis in force, theme, help and user; it also brings the style sheet."""

    _esm = script("search", "header")
    _css = page_css()


class Layers(Component):
    """Which layers are drawn, and what their symbols mean."""

    _esm = script("layers")


class Numbers(Component):
    """The tier selector and the headline numbers."""

    _esm = script("numbers")


class Hours(Component):
    """What is seen by hour of the day and week."""

    _esm = script("hours")


class Worth(Component):
    """Whether the cameras are where the harm is, and which matter most."""

    _esm = script("worth")


class CameraCard(Component):
    """What is known of one camera, and what can be tried with it."""

    _esm = script("look", "camera")


class Gaps(Component):
    """The table of gaps."""

    _esm = script("gaps")


class Place(Component):
    """What sees one place, and what does not."""

    _esm = script("place")


class Toolbar(Component):
    """What a click on the map means, and where the map looks."""

    _esm = script("toolbar")


class Tabs(Component):
    """The tabs of the sheet on a narrow screen."""

    _esm = script("tabs")
