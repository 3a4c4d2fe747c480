"""The lines of the log that say what was shown or kept of a camera's pictures."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from coveragekit.errors import AccessRefused, RegistryError
from coveragekit.registry.audit import Entry, append

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User
    from coveragekit.access.questions import Kind
    from coveragekit.registry.audit import Result

__all__ = ["Asked", "noting_failure"]


_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """
    Who asked for a camera's pictures, what for, and to do what with them.

    Parameters
    ----------
    door
        The registry's door.
    user
        Who asks.
    action
        What for, such as ``"view_live"``.
    camera_id
        The camera.
    purpose
        What it is for.
    kind
        ``"human"`` or ``"unattended"``.
    """

    door: Door
    user: User
    action: str
    camera_id: str
    purpose: Purpose
    kind: Kind = "human"

    def demand(self) -> None:
        """
        Ask the door; the answer is on record.

        Raises
        ------
        AccessRefused
            It is no.
        """
        self.door.demand(
            self.user, self.action, self.camera_id, self.purpose, kind=self.kind
        )

    def still_may(self) -> bool:
        """
        Ask whether it may go on, without a line.

        Returns
        -------
        bool
            Whether it may.
        """
        return self.door.still_may(
            self.user, self.action, self.camera_id, self.purpose, kind=self.kind
        )

    def demand_still(self) -> None:
        """
        Ask whether it may go on, and end it where it may not.

        Raises
        ------
        AccessRefused
            It may not.
        """
        if not self.still_may():
            self.refuse()

    def refuse(self) -> NoReturn:
        """
        Say that it may not go on.

        Raises
        ------
        AccessRefused
            Always.
        """
        message = (
            f"camera {self.camera_id}: the owner's consent, the share or the right to "
            "its pictures ended meanwhile"
        )
        raise AccessRefused(message)

    def entry(
        self,
        parameters: dict[str, Any],
        *,
        result: Result = "done",
        digest: str | None = None,
        reason: str | None = None,
    ) -> Entry:
        """
        Give the line that says what was done.

        Parameters
        ----------
        parameters
            What there is to say; no contents.
        result
            ``"done"``, ``"failed"`` or ``"refused"``.
        digest
            SHA-256 of what was given.
        reason
            Why, in words.

        Returns
        -------
        Entry
            The line; it is not written yet.
        """
        purpose = self.purpose
        return Entry(
            self.user.name,
            self.user.role,
            self.kind,
            self.action,
            "camera",
            object_ids=(self.camera_id,),
            purpose=purpose.code,
            offence=purpose.offence,
            case_number=purpose.case_number,
            legal_basis=purpose.legal_basis,
            parameters=parameters,
            result=result,
            digest=digest,
            reason=reason,
        )

    def note(
        self,
        parameters: dict[str, Any],
        *,
        result: Result = "done",
        digest: str | None = None,
        reason: str | None = None,
    ) -> None:
        """
        Write down what was done.

        Parameters
        ----------
        parameters
            What there is to say; no contents.
        result
            ``"done"``, ``"failed"`` or ``"refused"``.
        digest
            SHA-256 of what was given.
        reason
            Why, in words.
        """
        entry = self.entry(parameters, result=result, digest=digest, reason=reason)
        with self.door.registry.write() as connection:
            append(connection, entry)


@contextmanager
def noting_failure(asked: Asked) -> Iterator[None]:
    """
    Have it on record when what was allowed came to nothing.

    Parameters
    ----------
    asked
        Who asked for what.

    Yields
    ------
    None
        To do it.
    """
    try:
        yield
    except BaseException as error:
        # the kind of a fault and not its words, whatever it was; a refusal's are ours
        is_no = isinstance(error, AccessRefused)
        told = {} if is_no else {"fault": type(error).__name__}
        try:
            asked.note(
                told,
                result="refused" if is_no else "failed",
                reason=str(error) if is_no else None,
            )
        except RegistryError as fault:
            # no traceback: the first error's words may hold what no log may say
            kind = type(fault).__name__
            _LOG.error("a failed %s could not be recorded: %s", asked.action, kind)
        raise
