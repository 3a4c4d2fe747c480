"""The drawing that proves why a camera sees a place or does not, made when asked."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from coveragekit.optics import Light
    from coveragekit.study import Study

__all__ = ["FILE_KINDS", "NO_PROOF", "ProofDesk"]

FILE_KINDS: Final = {"svg": "image/svg+xml", "png": "image/png"}
NO_PROOF: Final = {"status": "none", "key": "", "url": "", "words": ""}
"""State of the drawing where none was asked for."""

_RAIL_SHEET: Final = "narrow"
_FILE_SHEET: Final = "a4"


class ProofDesk:
    """
    Draws proofs of one place after another.

    Parameters
    ----------
    study
        A built study.

    Notes
    -----
    matplotlib is loaded with the first drawing and not before.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._proof: Any = None
        self._place = (0.0, 0.0)

    def draw(
        self, lon: float, lat: float, *, camera_id: str, light: Light
    ) -> dict[str, str]:
        """
        Draw the proof of a place for one camera.

        Parameters
        ----------
        lon, lat
            The place, degrees.
        camera_id
            The camera whose line of sight is drawn in section.
        light
            ``"day"`` or ``"night"``.

        Returns
        -------
        dict
            State of the drawing: ``status``, ``key``, the picture's ``url``, which is
            a ``data:`` address, and its ``words`` for those who do not see it.

        Raises
        ------
        StudyError
            The study's settings have changed since it was built.
        InputError
            The place is far from the study, or no camera near it has that id.
        """
        from coveragekit.reports import proof_of

        self._proof = proof_of(
            self._study, lon=lon, lat=lat, camera_id=camera_id, light=light
        )
        self._place = (lon, lat)
        picture = self._proof.to_svg(_RAIL_SHEET).encode("utf-8")
        return {
            "status": "done",
            "key": camera_id,
            "url": _address(picture, "svg"),
            "words": self._proof.summary,
        }

    def file(self, kind: str) -> dict[str, str]:
        """
        Give the last proof as a file to keep.

        Parameters
        ----------
        kind
            ``"svg"`` or ``"png"``.

        Returns
        -------
        dict
            ``name``, ``type`` and ``content`` in base 64.

        Raises
        ------
        InputError
            Another kind, or nothing was drawn yet.
        """
        if kind not in FILE_KINDS:
            options = ", ".join(FILE_KINDS)
            message = f"there is no kind of file {kind!r}; allowed: {options}"
            raise InputError(message)
        if self._proof is None:
            message = "nothing was drawn yet: choose a camera of the list first"
            raise InputError(message)
        content = (
            self._proof.to_svg(_FILE_SHEET).encode("utf-8")
            if kind == "svg"
            else self._proof.to_png(_FILE_SHEET)
        )
        lon, lat = self._place
        return {
            "name": f"proof_{lat:.5f}_{lon:.5f}.{kind}",
            "type": FILE_KINDS[kind],
            "content": base64.b64encode(content).decode("ascii"),
        }


def _address(picture: bytes, kind: str) -> str:
    coded = base64.b64encode(picture).decode("ascii")
    return f"data:{FILE_KINDS[kind]};base64,{coded}"
