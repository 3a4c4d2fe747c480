"""Serve the agency's registry desk on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.dashboards.serve import serve

if TYPE_CHECKING:
    from os import PathLike

    from coveragekit.dashboards.serve import Served
    from coveragekit.dashboards.serving import Serving

__all__ = ["serve_registry_desk"]


def serve_registry_desk(
    study: str | PathLike[str],
    *,
    registry: str | None = None,
    port: int = 0,
    serving: Serving | None = None,
    open_browser: bool = False,
) -> Served:
    """
    Serve the registry desk beside a built study; see ``serve_planner``.

    Parameters
    ----------
    study
        The study's folder; its map is shown.
    registry
        The registry: a file or an address; by default the one that
        ``COVERAGEKIT_REGISTRY`` names, else the user's own.
    port
        Port of the loopback interface, 1 to 65535, or 0 for any free one.
    serving
        How to serve, and to whom; by default on this machine alone.
    open_browser
        Open the page in the default browser.

    Returns
    -------
    Served
        The address, and the handle that stops it.

    Raises
    ------
    InputError
        A port that is out of range or in use, or a role that there is not.
    StudyError
        The folder is no study, or was never built, or by another version.
    RegistryError
        There is no such registry, or it cannot be opened.
    SourceUnavailable
        The server did not start; the message ends with what it said.
    """
    from coveragekit.access import open_door
    from coveragekit.study import Study
    from coveragekit.view import Store

    Store.open(Study.open(study).results().path)  # else each page would say so
    with open_door(registry, sign=False):
        pass
    told = {} if registry is None else {"COVERAGEKIT_REGISTRY": registry}
    return serve(
        "registry_desk",
        study,
        port=port,
        serving=serving,
        open_browser=open_browser,
        told=told,
    )
