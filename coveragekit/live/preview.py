"""A camera's live picture as a widget, in JupyterLab and on Voila pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from coveragekit.live.scripts import script
from coveragekit.live.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coveragekit.access.looking import Looks
    from coveragekit.access.people import Purpose, User

__all__ = ["Preview"]


class Preview(anywidget.AnyWidget):
    """
    One camera's live picture, for a person with a purpose.

    It begins to look when it is seen and stops when it is hidden, scrolled away or
    closed. What is allowed is asked of the registry's door, and asked again while it
    shows; neither an address nor a password is in it. Where the owner and the policy
    allow it, its page offers to keep a still and to see the last 60 seconds once more.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    camera_id
        The camera.
    user
        Who looks.
    purpose
        What for.
    note
        What stands beside the name, such as what the camera shows of the place in
        question.
    want
        ``"main"``, or ``"sub"`` for the smaller stream.
    """

    _esm = script("player.js", "preview.js")
    _css = script("player.css")
    name = traitlets.Unicode("").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        looks: Looks,
        camera_id: str,
        *,
        user: User,
        purpose: Purpose,
        note: str = "",
        want: str = "main",
    ) -> None:
        super().__init__(note=note)

        self._session = Session(
            looks, camera_id, user=user, purpose=purpose, send=self._put, want=want
        )
        self.on_msg(self._hear)

    @property
    def is_on(self) -> bool:
        """Whether a page is being shown the camera."""
        return self._session.is_on

    def close(self) -> None:
        """Look no longer and take the widget away."""
        self._session.stop()
        super().close()

    def _put(self, head: dict[str, Any], parts: Sequence[bytes]) -> None:
        if head["kind"] == "about":
            self.name = head["name"]
        self.send(head, list(parts))

    def _hear(self, _: object, said: object, __: object) -> None:
        self._session.hear(said)
