"""Map what a city's cameras can see, find the blind spots, and say what it rests on."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from coveragekit import (
        access,
        analysis,
        coverage,
        crs,
        errors,
        maps,
        model,
        optics,
        registry,
        reports,
        server,
        siting,
        sources,
        study,
        view,
        visibility,
    )

__all__ = [
    "__version__",
    "access",
    "analysis",
    "coverage",
    "crs",
    "errors",
    "maps",
    "model",
    "optics",
    "registry",
    "reports",
    "server",
    "siting",
    "sources",
    "study",
    "view",
    "visibility",
]

_ROOMS = frozenset(__all__) - {"__version__"}

try:
    __version__ = version("coveragekit")
except PackageNotFoundError:  # a checkout on the path that was never installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> ModuleType:
    """Import a room when it is first named, so that the package itself is light."""
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    """List the rooms beside the module's own names."""
    return sorted(__all__)
