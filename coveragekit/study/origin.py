"""Where the cameras of a study come from, and who of them has left there since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Left", "made_of_registry", "registry_of"]

_REGISTRY: Final = "registry "


@dataclass(frozen=True, slots=True)
class Left:
    """
    The cameras of a study whose owners have left since it was made.

    Parameters
    ----------
    ids
        Their ids; as far as was known last where it cannot be known now.
    cameras
        How many cameras the study has.
    unknown
        Why it cannot be known now, in words; empty where it is known.

    Examples
    --------
    >>> Left(frozenset({"cam_1"}), cameras=40).words
    '1 camera has left the registry since this study was built.'
    >>> Left(cameras=40).words
    ''
    """

    ids: frozenset[str] = frozenset()
    cameras: int = 0
    unknown: str = ""

    @property
    def is_known(self) -> bool:
        """Whether it is known who has left."""
        return not self.unknown

    @property
    def words(self) -> str:
        """Say how many have left, and that it is not known; empty where none has."""
        said = []
        if self.ids:
            are = "camera has" if len(self.ids) == 1 else "cameras have"
            since = "since this study was built"
            said.append(f"{len(self.ids):,} {are} left the registry {since}.")
        if self.unknown:
            said.append(f"Whether owners have left is not known now: {self.unknown}.")
        return " ".join(said)

    def check_known(self, what: str, *, instead: str = "") -> None:
        """
        Refuse to let rows of cameras out while it is not known who has left.

        Parameters
        ----------
        what
            What would be let out, such as ``"the table cameras"``.
        instead
            What else may be done, in words.

        Raises
        ------
        InputError
            It is not known.

        Examples
        --------
        >>> Left(cameras=40).check_known("the table cameras")
        """
        if self.unknown:
            more = f", or {instead}" if instead else ""
            message = (
                f"{what} would show cameras whose owners may have left, and whether "
                f"they have is not known now: {self.unknown}; reach the registry{more}"
            )
            raise InputError(message)


def made_of_registry(registry_id: str) -> str:
    """
    Give what a study notes as the file of a table that a registry gave.

    Parameters
    ----------
    registry_id
        The registry's own id, by which it is known again wherever it lies.

    Returns
    -------
    str
        The note.

    Examples
    --------
    >>> made_of_registry("0f1e")
    'registry 0f1e'
    """
    return f"{_REGISTRY}{registry_id}"


def registry_of(inputs: Iterable[Mapping[str, Any]]) -> str:
    """
    Give the registry that the cameras of a built study were taken from.

    Parameters
    ----------
    inputs
        What the results were built of, each with ``table`` and ``file``, as the view
        store notes them: the study itself may have other cameras by now.

    Returns
    -------
    str
        The registry's id; empty where the cameras are of files.

    Examples
    --------
    >>> registry_of([{"table": "cameras", "file": "registry 0f1e"}])
    '0f1e'
    >>> registry_of([{"table": "cameras", "file": "cameras.csv"}])
    ''
    """
    files = [str(one["file"]) for one in inputs if one["table"] == "cameras"]
    named = [one for one in files if one.startswith(_REGISTRY)]
    return named[-1].removeprefix(_REGISTRY) if named else ""
