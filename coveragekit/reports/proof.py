"""The proof of one place: why it is seen, or is not, on one sheet."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from coveragekit.errors import InputError, SourceUnavailable
from coveragekit.maps.leaving import left_cameras
from coveragekit.reports.evidence import gather
from coveragekit.reports.page import drawing, to_bytes
from coveragekit.reports.sheet import draw_sheet
from coveragekit.reports.words import plain

if TYPE_CHECKING:
    from datetime import datetime
    from os import PathLike

    from coveragekit.reports.evidence import Evidence
    from coveragekit.study import Study

__all__ = ["PROOF_EXTENSIONS", "Proof", "proof_figure", "proof_of", "write_proof"]

PROOF_EXTENSIONS: Final = (".pdf", ".png", ".svg")


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """
    Why one place is seen or not, ready to be drawn.

    Parameters
    ----------
    evidence
        What it is drawn from.
    """

    evidence: Evidence

    @property
    def summary(self) -> str:
        """The answer in words, for those who do not see the drawing."""
        said = [f"{self.evidence.headline}."]
        if self.evidence.chosen is not None:
            camera = self.evidence.camera(self.evidence.chosen)
            who = self.evidence.title(self.evidence.chosen)
            said.append(f"{who}: {plain(camera['reason'])}.")
        return " ".join(said)

    def to_svg(self, sheet: str = "a4") -> str:
        """Give the drawing as SVG, its letters as shapes, the same each time."""
        return self.draw("svg", sheet).decode("utf-8")

    def to_png(self, sheet: str = "a4", *, dpi: float = 150.0) -> bytes:
        """Give the drawing as PNG, the same bytes each time."""
        return self.draw("png", sheet, dpi=dpi)

    def to_pdf(self, sheet: str = "a4") -> bytes:
        """Give the drawing as PDF, the same bytes each time."""
        return self.draw("pdf", sheet)

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def _repr_png_(self) -> bytes:
        return self.to_png(dpi=96.0)

    def draw(self, kind: str, sheet: str, *, dpi: float = 150.0) -> bytes:
        """Give the drawing as ``"svg"``, ``"png"`` or ``"pdf"``."""
        with drawing():
            page = draw_sheet(self.evidence, sheet)
            return to_bytes(page, kind, title=self.summary, dpi=dpi)


def proof_of(
    study: Study,
    *,
    lon: float,
    lat: float,
    camera_id: str | None = None,
    light: Literal["day", "night"] | None = None,
    when: datetime | None = None,
) -> Proof:
    """
    Prove why a place of a study is seen or not.

    Parameters
    ----------
    study
        A study that was built.
    lon, lat
        The place, degrees.
    camera_id
        The camera that the section is drawn from, by its id, or by its name where one
        camera near the place alone has it; ``None``: the one that matters: the
        one that sees the place best, else the nearest that would but for its state or a
        wall.
    light
        ``"day"`` or ``"night"``; ``None``: as it is ``when``, by day where no time is
        given.
    when
        The time asked about, with its zone; ``None``: the ``as_of`` of the study.

    Returns
    -------
    Proof
        Without cameras whose owners have left the study's registry since, which it
        says. To be shown in a notebook, written by :func:`write_proof`, or put into a
        page.

    Raises
    ------
    StudyError
        The study was never built, or its settings have changed since.
    InputError
        The place is not a longitude and latitude, or is far from the study; no camera
        near it is called so; the light is another word, or the time has no zone.
    """
    from coveragekit.study.explain import ask_place

    answer = ask_place(study, lon=lon, lat=lat, light=light, when=when)
    left = left_cameras(study)
    kept = ~answer.cameras["camera_id"].isin(list(left.ids)).to_numpy()
    answer = replace(answer, reasons=answer.reasons[kept], cameras=answer.cameras[kept])
    evidence = gather(study, answer, camera_id=camera_id)
    said = tuple(filter(None, (*evidence.facts.sources, left.words)))
    return Proof(replace(evidence, facts=replace(evidence.facts, sources=said)))


def proof_figure(proof: Proof, sheet: str = "a4") -> Any:  # noqa: ANN401 - matplotlib is untyped
    """
    Give the drawing as a matplotlib figure, to be put beside others.

    Parameters
    ----------
    proof
        The proof.
    sheet
        ``"a4"``, ``"letter"`` or ``"narrow"``.

    Returns
    -------
    matplotlib.figure.Figure
        A figure of its own, known to no other part of matplotlib.

    Raises
    ------
    InputError
        There is no such sheet.
    """
    with drawing():
        return draw_sheet(proof.evidence, sheet).figure


def write_proof(proof: Proof, file: str | PathLike[str], *, sheet: str = "a4") -> Path:
    """
    Write the drawing as the kind of file that its name asks for, whole or not at all.

    Parameters
    ----------
    proof
        The proof.
    file
        The file, ending in .svg, .png or .pdf; one of that name is replaced.
    sheet
        ``"a4"``, ``"letter"`` or ``"narrow"``.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    InputError
        The file ends otherwise, or there is no such sheet.
    SourceUnavailable
        The folder is not there or cannot be written.
    """
    target = Path(file)
    extension = target.suffix.lower()
    if extension not in PROOF_EXTENSIONS:
        message = (
            f"{target.name} ends in {extension or 'nothing'}; allowed: "
            f"{', '.join(PROOF_EXTENSIONS)}"
        )
        raise InputError(message)
    if not target.parent.is_dir():
        message = f"there is no folder {target.parent} to write {target.name} into"
        raise SourceUnavailable(message)
    content = proof.draw(extension[1:], sheet)
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".part-") as folder:
            working = Path(folder) / target.name
            working.write_bytes(content)
            working.replace(target)
    except OSError as error:
        message = f"{target} cannot be written: {error}"
        raise SourceUnavailable(message) from error
    return target
