"""What a build left for viewers: one city as arrays that open at once."""

from __future__ import annotations

import json
from dataclasses import dataclass, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from coveragekit.errors import StudyError
from coveragekit.view.drawn import Areas, Buildings, Gaps, Shapes, StreetLines
from coveragekit.view.files import (
    CITY,
    FORMAT,
    META,
    let_go,
    open_array,
    open_table,
)
from coveragekit.view.tables import Cameras, Events, Places, Scenes, Views

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

__all__ = ["Store"]

POINTER: Final = "results"
BUILDS: Final = ".results"

Table = TypeVar("Table")


@dataclass(frozen=True, eq=False)
class Store:
    """
    One city for viewers: tables of read-only arrays, opened when first asked for.

    Parameters
    ----------
    folder
        The results folder it was opened from, as it is on disk: another build does not
        change what an open store holds.
    meta
        What the arrays mean, from ``city.json``.
    """

    folder: Path
    meta: Mapping[str, Any]

    @classmethod
    def open(cls, folder: str | PathLike[str]) -> Self:
        """
        Open the view store of a study.

        Parameters
        ----------
        folder
            The study's folder or one of its results folders.

        Returns
        -------
        Store
            The store of the results in force, or of that folder.

        Raises
        ------
        StudyError
            The study was never built, was built by a version with other arrays, or
            arrays are missing or damaged.
        """
        given = Path(folder)
        results = given.resolve() if (given / CITY).is_dir() else _in_force(given)
        if results is None:
            message = (
                f"{given} has no results; build the study first: coveragekit build"
            )
            raise StudyError(message)
        meta = _read_meta(results / CITY / META)
        _check_sizes(results / CITY, meta["arrays"])
        return cls(results, meta)

    def is_current(self) -> bool:
        """
        Tell whether these results are still in force.

        Returns
        -------
        bool
            False once another build has taken their place; what is open stays readable.
        """
        builds = self.folder.parent
        if builds.name != BUILDS:
            return (self.folder / CITY / META).is_file()
        return _in_force(builds.parent) == self.folder

    @cached_property
    def cameras(self) -> Cameras:
        """Every camera of the study."""
        return self._table(Cameras, "cameras")

    @cached_property
    def views(self) -> Views:
        """What the used cameras see."""
        return self._table(Views, "views")

    @cached_property
    def streets(self) -> Places:
        """Samples along the public streets; weights in metres."""
        return self._table(Places, "streets")

    @cached_property
    def ground(self) -> Places:
        """A lattice over the public ground; weights in square metres."""
        return self._table(Places, "ground")

    @cached_property
    def incident_places(self) -> Places:
        """Where incidents may have happened."""
        return self._table(Places, "incident_places")

    @cached_property
    def call_places(self) -> Places:
        """Where calls may have come from."""
        return self._table(Places, "call_places")

    @cached_property
    def incidents(self) -> Events | None:
        """The incidents of the study area; ``None`` where the study has none."""
        return self._events("incidents")

    @cached_property
    def calls(self) -> Events | None:
        """The calls of the study area; ``None`` where the study has none."""
        return self._events("calls")

    @cached_property
    def gaps(self) -> Gaps:
        """The gaps, the worst first."""
        return self._table(Gaps, "gaps")

    @cached_property
    def areas(self) -> Areas:
        """Districts, tracts, zones."""
        return self._table(Areas, "areas")

    @cached_property
    def buildings(self) -> Buildings:
        """The buildings."""
        return self._table(Buildings, "buildings")

    @cached_property
    def street_lines(self) -> StreetLines:
        """The streets as lines."""
        return self._table(StreetLines, "street_lines")

    @cached_property
    def water(self) -> Shapes:
        """Lakes, rivers, the sea."""
        return self._table(Shapes, "water")

    @cached_property
    def zones(self) -> Shapes:
        """Privacy zones, which no camera may look into."""
        return self._table(Shapes, "zones")

    @cached_property
    def outline(self) -> Shapes:
        """The study area, one row."""
        return self._table(Shapes, "outline")

    @cached_property
    def scenes(self) -> Scenes | None:
        """What was seen in drawn scenes; ``None`` where none were drawn."""
        noted = self.meta["scenes"]
        if noted is None:
            return None
        arrays, names = self.meta["arrays"], noted["names"]
        folder = self.folder / CITY
        return Scenes(
            count=noted["count"],
            level=noted["level"],
            rows={
                name: open_array(folder, f"scenes.{name}.rows", arrays)
                for name in names
            },
            bits={
                name: open_array(folder, f"scenes.{name}.bits", arrays)
                for name in names
            },
            lights=tuple(self.meta["light_names"]),
            groups=tuple(self.meta["scene_groups"]),
        )

    def let_go(self) -> None:
        """
        Give the memory of what was read back to the system; all stays readable.

        Notes
        -----
        Whoever has looked through whole tables calls this, so that the pages count for
        nobody until they are read again; any thread may read meanwhile.
        """
        for table in list(vars(self).values()):
            if is_dataclass(table):
                let_go(table)

    def _table(self, kind: type[Table], name: str) -> Table:
        return open_table(self.folder / CITY, kind, name, arrays=self.meta["arrays"])

    def _events(self, name: str) -> Events | None:
        if self.meta[name] is None:
            return None
        return self._table(Events, name)


def _in_force(study: Path) -> Path | None:
    """Give the results folder that a study's pointer names: a link, or a text."""
    pointer = study / POINTER
    try:
        if pointer.is_file():
            pointer = study / pointer.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return pointer.resolve() if pointer.is_dir() else None


def _read_meta(path: Path) -> Mapping[str, Any]:
    try:
        meta = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = (
            f"{path.parents[2]} has no view store that can be read; build the study "
            "again: coveragekit build"
        )
        raise StudyError(message) from error
    seen = meta.get("format") if isinstance(meta, dict) else None
    if seen != FORMAT:
        message = (
            f"{path.parents[2]} was built by another version: its view store has "
            f"format {seen!r}, this version reads {FORMAT}; build the study again: "
            "coveragekit build"
        )
        raise StudyError(message)
    return dict(meta)


def _check_sizes(folder: Path, arrays: Mapping[str, Any]) -> None:
    for key, noted in arrays.items():
        path = folder / f"{key}.npy"
        try:
            seen = path.stat().st_size
        except OSError:
            seen = -1
        if seen != noted["bytes"]:
            state = "missing" if seen < 0 else f"{seen} bytes long"
            message = (
                f"{path} is {state}; {noted['bytes']} bytes were written; build the "
                "study again: coveragekit build"
            )
            raise StudyError(message)
