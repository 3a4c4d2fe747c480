"""What pages run to play cameras: texts that stand beside these modules."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

__all__ = ["script"]

_STATIC: Final = files("coveragekit.live") / "static"


def script(*names: str) -> str:
    """
    Give texts that a page runs, joined in the order that is given.

    Parameters
    ----------
    *names
        Files of ``coveragekit/live/static``: ``"player.js"`` plays a camera and knows
        of no server; ``"preview.js"``, which stands behind it, makes a widget of it.

    Returns
    -------
    str
        Their text.

    Examples
    --------
    >>> script("player.js", "preview.js").count("export function startPlayer(")
    1
    """
    return "\n".join((_STATIC / name).read_text("utf-8") for name in names)
