"""A camera's live picture as a widget, in JupyterLab and on Voila pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import anywidget
import traitlets

from coveragekit.live.pump import Pump
from coveragekit.live.scripts import script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coveragekit.access.looking import Look, Looks
    from coveragekit.access.people import Purpose, User
    from coveragekit.live.pump import Form

__all__ = ["Preview"]

_FORMS: Final[Mapping[str, Form]] = {"best": "best", "jpeg": "jpeg"}


class Preview(anywidget.AnyWidget):
    """
    One camera's live picture, for a person with a purpose.

    It begins to look when it is seen and stops when it is hidden, scrolled away or
    closed. What is allowed is asked of the registry's door, and asked again while it
    shows; neither an address nor a password is in it.

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

        def begin(form: Form) -> Look:
            given: Any = {"form": form, "want": want}
            return looks.look(user, purpose, camera_id, **given)

        self._pump = Pump(begin, self._put)
        self.on_msg(self._hear)

    @property
    def is_on(self) -> bool:
        """Whether a page is being shown the camera."""
        return self._pump.is_on

    def close(self) -> None:
        """Look no longer and take the widget away."""
        self._pump.stop()
        super().close()

    def _put(self, head: dict[str, Any], parts: Sequence[bytes]) -> None:
        if head["kind"] == "about":
            self.name = head["name"]
        self.send(head, list(parts))

    def _hear(self, _: object, said: object, __: object) -> None:
        # What a page says is not believed: it chooses among what is offered here.
        if not isinstance(said, dict):
            return
        kind, index = said.get("kind"), said.get("index")
        form = _FORMS.get(str(said.get("form")))
        if kind == "ack" and isinstance(index, int):
            self._pump.ack(index)
        elif kind == "watch" and form is not None:
            self._pump.start(form)
        elif kind == "rest":
            self._pump.stop()
