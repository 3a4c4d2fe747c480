"""How each scheme is opened; a new protocol is one more line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coveragekit.feeds.onvif import open_onvif
from coveragekit.feeds.recordings import open_recording
from coveragekit.feeds.rtsp import open_rtsp
from coveragekit.feeds.web import open_web

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from coveragekit.feeds.asking import Wish
    from coveragekit.feeds.pieces import Reading

__all__ = ["OPENERS"]

OPENERS: Final[Mapping[str, Callable[[Wish], Reading]]] = {
    "rtsp": open_rtsp,
    "rtsps": open_rtsp,
    "http": open_web,
    "https": open_web,
    "onvif": open_onvif,
    "onvifs": open_onvif,
    "recording": open_recording,
}
"""The opener of each scheme."""
