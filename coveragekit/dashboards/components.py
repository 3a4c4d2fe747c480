"""The parts of a page, each a small script that draws a state given by Python."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import anywidget
import traitlets

from coveragekit.maps.symbols import map_css

__all__ = [
    "Component",
    "Gaps",
    "Header",
    "Hours",
    "Layers",
    "Numbers",
    "Place",
    "Tabs",
    "Worth",
]

_STATIC = Path(__file__).parent / "static"


@cache
def _script(name: str) -> str:
    """Give a component's module: what all share, then its own."""
    shared = (_STATIC / "dom.js").read_text("utf-8")
    return shared + (_STATIC / f"{name}.js").read_text("utf-8")


@cache
def page_css() -> str:
    """
    Give the style sheet of a whole page: tokens, map and controls.

    Returns
    -------
    str
        CSS.

    Examples
    --------
    >>> "--ck-accent" in page_css()
    True
    """
    tokens = (_STATIC / "tokens.css").read_text("utf-8")
    return tokens + map_css() + (_STATIC / "app.css").read_text("utf-8")


class Component(anywidget.AnyWidget):
    """
    A part of a page: Python sets its ``state``, it sends events back.

    Parameters
    ----------
    state
        What to show, JSON-ready. Texts stay texts: no script makes markup of them.
    """

    state = traitlets.Dict().tag(sync=True)

    def change(self, **parts: object) -> None:
        """
        Replace parts of the state and leave the rest as it is.

        Parameters
        ----------
        **parts
            Name and new value of each part.
        """
        self.state = {**self.state, **parts}


class Header(Component):
    """Study, basis in force, theme, help and user; it also brings the style sheet."""

    _esm = _script("header")
    _css = page_css()


class Layers(Component):
    """Which layers are drawn, and what their symbols mean."""

    _esm = _script("layers")


class Numbers(Component):
    """The tier selector and the headline numbers."""

    _esm = _script("numbers")


class Hours(Component):
    """What is seen by hour of the day and week."""

    _esm = _script("hours")


class Worth(Component):
    """Whether the cameras are where the harm is, and which matter most."""

    _esm = _script("worth")


class Gaps(Component):
    """The table of gaps."""

    _esm = _script("gaps")


class Place(Component):
    """What sees one place, and what does not."""

    _esm = _script("place")


class Tabs(Component):
    """The tabs of the sheet on a narrow screen."""

    _esm = _script("tabs")
