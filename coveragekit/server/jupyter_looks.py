"""The extension of a Jupyter server that shares feeds among its kernels and pages."""

from __future__ import annotations

from typing import Any

from coveragekit.errors import MissingExtraError

__all__: list[str] = []


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell the server what to load; it looks for this name."""
    try:
        from coveragekit.server.jupyter_app import CoverageKitFeeds
    except ImportError as error:
        if not (error.name or "").startswith("jupyter_server"):
            raise
        message = (
            "feeds are shared by a Jupyter server of version 2.13 or later, and "
            f"{error.name} is not installed here; get it with: pip install "
            "'jupyter_server>=2.13'"
        )
        raise MissingExtraError(message) from None
    return [{"module": "coveragekit.server.jupyter_app", "app": CoverageKitFeeds}]
