"""Open the registry desk in a notebook or as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.dashboards.shell import open_page, study_folder

if TYPE_CHECKING:
    from os import PathLike

    import ipywidgets

    from coveragekit.dashboards.shell import OnePage

__all__ = ["show"]


def show(
    study: str | PathLike[str] | None = None,
    *,
    registry: str | PathLike[str] | None = None,
) -> ipywidgets.Widget:
    """
    Give the registry desk, to be the last line of a notebook cell.

    Parameters
    ----------
    study
        The folder of the built study whose map is shown; by default the one that
        ``coveragekit serve`` names in ``COVERAGEKIT_STUDY``.
    registry
        The registry: a file or an address; by default the one that
        ``COVERAGEKIT_REGISTRY`` names, else the user's own.

    Returns
    -------
    ipywidgets.Widget
        The page; where it cannot be made, a plain sentence with a reference number.

    Notes
    -----
    What somebody may see and decide is asked of the registry's door each time, with the
    purpose chosen on the page, and stands in the audit log.
    """

    def prepare() -> OnePage:
        from coveragekit.dashboards.registry_desk.page import RegistryDesk

        return RegistryDesk(
            study_folder(study), registry=None if registry is None else str(registry)
        )

    return open_page(prepare, task="open the registry desk")
