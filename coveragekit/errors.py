"""The one family of errors that the package raises, each also a built-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

__all__ = [
    "AccessRefused",
    "CRSError",
    "ConflictError",
    "ConsentError",
    "CoverageKitError",
    "Fault",
    "FeedBroken",
    "FeedError",
    "FeedForbidden",
    "FeedLoginError",
    "FeedNotFound",
    "FeedTimeout",
    "FeedUnreachable",
    "FeedUnsupported",
    "FeedUntrusted",
    "InputError",
    "MissingExtraError",
    "RegistryError",
    "SourceChanged",
    "SourceError",
    "SourceRefused",
    "SourceUnavailable",
    "StudyError",
    "TableError",
]

_FAULTS_SHOWN = 12


class CoverageKitError(Exception):
    """
    Root of every error that this package raises on purpose.

    Attributes
    ----------
    lacks
        Names of what was missing, such as ``"case_number"``, for whoever can say how it
        is given there.
    """

    lacks: tuple[str, ...] = ()

    def lacking(self, *names: str) -> Self:
        """
        Say what was missing, by name.

        Parameters
        ----------
        *names
            The names.

        Returns
        -------
        CoverageKitError
            The error itself, to be raised.

        Examples
        --------
        >>> InputError("it needs a case number").lacking("case_number").lacks
        ('case_number',)
        """
        self.lacks = names
        return self


class InputError(CoverageKitError, ValueError):
    """A usable type with an unusable value."""


class CRSError(InputError):
    """A CRS that is missing, geographic where metres are needed, or not the same."""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing that is wrong with one cell, row or column of a table.

    Parameters
    ----------
    row
        Row of the source, counted from 1 after the header, or the key of the row;
        ``None`` where the whole column is meant.
    column
        Name of the column.
    value
        The value seen, as text.
    allowed
        What would have been allowed, in words.
    """

    row: int | str | None
    column: str
    value: str
    allowed: str

    def __str__(self) -> str:
        """Give the fault as one readable line."""
        where = "whole column" if self.row is None else f"row {self.row}"
        return f"{where}, {self.column}: {self.value}; allowed: {self.allowed}"


class TableError(InputError):
    """
    All faults of a table at once.

    Parameters
    ----------
    table
        Name of the table, as in ``coveragekit.model``.
    faults
        Every fault found.
    """

    def __init__(self, table: str, faults: list[Fault]) -> None:
        self.table = table
        self.faults = list(faults)
        shown = "\n".join(f"  {fault}" for fault in self.faults[:_FAULTS_SHOWN])
        more = len(self.faults) - _FAULTS_SHOWN
        tail = f"\n  ... and {more} more" if more > 0 else ""
        count = len(self.faults)
        noun = "fault" if count == 1 else "faults"
        super().__init__(f"table {table!r} has {count} {noun}:\n{shown}{tail}")


class StudyError(InputError):
    """A folder that is not a study, or a study in a state that cannot be used."""


class SourceError(CoverageKitError, OSError):
    """A file or portal that cannot give what was asked of it."""


class SourceUnavailable(SourceError):  # noqa: N818 - the field's word, ends no other way
    """A source that is not there, not readable or not answering."""


class SourceRefused(SourceError):  # noqa: N818
    """A source that answers, but will not give its data."""


class SourceChanged(SourceError):  # noqa: N818
    """A source whose fields are not, or no longer, the ones expected."""


class MissingExtraError(CoverageKitError, ImportError):
    """A part that is not installed; the message says how to get it."""


class RegistryError(CoverageKitError, RuntimeError):
    """A registry that cannot be opened, read or written as it stands."""


class ConflictError(RegistryError):
    """A row that somebody else changed in the meantime; it was not overwritten."""


class ConsentError(InputError):
    """A change of consent that the rules do not allow from the state it is in."""


class AccessRefused(CoverageKitError, PermissionError):  # noqa: N818 - the field's word
    """A door that stays shut; the message says why, and the refusal is on record."""


class FeedError(CoverageKitError, OSError):
    """A feed that cannot give its picture; no message ever holds an address."""


class FeedForbidden(FeedError):  # noqa: N818 - the field's words end no other way
    """An address that the camera networks, schemes or ports of the policy leave out."""


class FeedLoginError(FeedError, PermissionError):
    """A camera that refuses the name and password kept for it; not tried again."""


class FeedNotFound(FeedError):  # noqa: N818
    """A device that answers, and has no such stream, channel or file."""


class FeedUnreachable(FeedError, ConnectionError):  # noqa: N818
    """A device that nobody answers for: refused, no route, or a name unknown."""


class FeedTimeout(FeedError, TimeoutError):  # noqa: N818
    """A device that says nothing, or too slowly, for longer than is waited."""


class FeedUntrusted(FeedError):  # noqa: N818
    """A device whose certificate is not one that is trusted for it."""


class FeedBroken(FeedError):  # noqa: N818
    """A device that sends what is no picture, or stops in the midst of one."""


class FeedUnsupported(FeedError):  # noqa: N818
    """A thing that this device, or its owner's agreement, does not offer."""
