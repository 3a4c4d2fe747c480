"""The widget of the registry desk."""

from __future__ import annotations

from coveragekit.dashboards.components import Component, page_css, script

__all__ = ["DeskView"]


class DeskView(Component):
    """All of the desk: queue, cameras and requests; it also brings the style sheet."""

    _esm = script("registry_desk")
    _css = page_css()
