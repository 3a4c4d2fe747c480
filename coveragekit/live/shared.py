"""A camera's picture by the line of a Jupyter server, which all its kernels share."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

import anywidget
import traitlets

from coveragekit.errors import InputError
from coveragekit.live.scripts import script

if TYPE_CHECKING:
    from coveragekit.access.people import Purpose

__all__ = ["SharedPreview"]

_WANTS = ("main", "sub")


class SharedPreview(anywidget.AnyWidget):
    """
    One camera's live picture, which comes from the Jupyter server and no kernel.

    The page asks the server, whose extension has to be enabled; the server knows who
    sits there, opens each camera once for all its kernels and pages, and asks the
    registry. The kernel says which camera and what for: no picture, name, address or
    password is in it, and nothing of the wish is kept in the notebook's widgets.

    Parameters
    ----------
    camera_id
        The camera.
    purpose
        What for.
    note
        What stands beside the name, such as what the camera shows of the place in
        question.
    want
        ``"main"``, or ``"sub"`` for the smaller stream.

    Raises
    ------
    InputError
        Another stream is wanted than the two that there are.

    Examples
    --------
    >>> from coveragekit.access import Purpose
    >>> shared = SharedPreview("cam_1", purpose=Purpose("call", case_number="26-0417"))
    >>> shared.note
    ''
    >>> shared.close()
    """

    _esm = script("player.js", "shared.js")
    _css = script("player.css")
    note = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        camera_id: str,
        *,
        purpose: Purpose,
        note: str = "",
        want: Literal["main", "sub"] = "main",
    ) -> None:
        if want not in _WANTS:
            message = f"want is {want!r}; allowed: {', '.join(_WANTS)}"
            raise InputError(message)
        super().__init__(note=note)
        self._wish = {
            "camera_id": camera_id,
            "purpose": asdict(purpose),
            "want": want,
        }
        self.on_msg(self._hear)

    def _hear(self, _: object, said: object, __: object) -> None:
        # sent when a page asks, not kept as a trait: those are saved with notebooks
        if isinstance(said, dict) and said.get("kind") == "hello":
            self.send({"kind": "wish", "wish": self._wish})
