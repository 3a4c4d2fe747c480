"""Where the parts of the page stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ipywidgets import Box, VBox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ipywidgets import Widget

__all__ = ["LEFT", "RIGHT", "TABS", "lay_out"]

LEFT: Final = ("filters", "layers")
RIGHT: Final = (
    "dock",
    "camera",
    "place",
    "whatif",
    "compare",
    "numbers",
    "gaps",
    "charts",
    "hours",
    "worth",
    "export",
)
"""The parts of the right rail in reading order; what was asked for stands on top."""

TABS: Final = {
    "numbers": ("Numbers", ("numbers", "charts", "hours", "worth")),
    "filters": ("Filters", ("filters",)),
    "gaps": ("Gaps", ("gaps",)),
    "place": ("Place", ("dock", "camera", "place", "whatif", "compare")),
    "layers": ("Layers", ("layers",)),
    "export": ("Export", ("export",)),
}
"""Tabs of the sheet on a narrow screen: title, and the parts that each shows."""


def lay_out(
    parts: Mapping[str, Widget], *, on_map: Sequence[Widget]
) -> tuple[VBox, Box]:
    """
    Put the parts of a page together.

    Parameters
    ----------
    parts
        ``header``, ``tabs`` and those of ``LEFT`` and ``RIGHT`` that there are.
    on_map
        The map, and what lies on it.

    Returns
    -------
    tuple of ipywidgets.Box
        The page, and the frame of its map.
    """
    for name, widget in parts.items():
        widget.add_class(f"ck-{name}")
    left = VBox([parts[name] for name in LEFT if name in parts])
    right = VBox([parts[name] for name in RIGHT if name in parts])
    frame = Box(list(on_map))
    for css, box in (("ck-left", left), ("ck-right", right), ("ck-map", frame)):
        box.add_class(css)
    page = VBox([parts["header"], left, frame, parts["tabs"], right])
    page.add_class("ck-app")
    page.add_class("ck-city")
    return page, frame
