"""The door: every question is answered, and every answer is on record."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import UTC
from typing import TYPE_CHECKING, Self

from coveragekit.access.answers import Decision, Work
from coveragekit.access.deciding import decide
from coveragekit.access.facts import about, about_each
from coveragekit.access.questions import Question
from coveragekit.access.recording import note_answer, note_failure, note_work
from coveragekit.errors import AccessRefused, RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from coveragekit.access.people import Purpose, User
    from coveragekit.access.policy import Policy
    from coveragekit.access.questions import Kind, Ruling
    from coveragekit.access.signing import Signer
    from coveragekit.registry.opening import Registry

__all__ = ["Door"]

_LOG = logging.getLogger(__name__)


class Door:
    """
    The only way to the registry: it decides, and writes down what it decided.

    Opened by :func:`coveragekit.access.open_door`.

    Parameters
    ----------
    registry
        The registry.
    policy
        Who may do what.
    signer
        Signs checkpoints of the log; ``None``: nobody does.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from coveragekit.access import Purpose, User, open_door
    >>> folder = tempfile.TemporaryDirectory()
    >>> place = pathlib.Path(folder.name) / "registry.sqlite"
    >>> with open_door(place, create=True, sign=False) as door:
    ...     door.may(User("kim", "officer"), "view_live", "cam_1",
    ...         Purpose("call", case_number="26-0417")).reason
    'there is no such camera in the registry'
    >>> folder.cleanup()
    """

    def __init__(
        self, registry: Registry, policy: Policy, signer: Signer | None
    ) -> None:
        self.registry = registry
        self.policy = policy
        self.signer = signer
        if signer is not None:
            registry.after_write(signer.after_write)
            registry.before_close(signer.before_close)

    def __repr__(self) -> str:
        return f"Door({self.registry.place!r}, policy={self.policy.name!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def sign(self) -> None:
        """
        Sign what the log holds by now, if it goes on from what was signed before.

        A program that runs for days asks for it when it opens: the one before may have
        been killed before it had signed its last lines.
        """
        if self.signer is not None:
            self.signer.sign(self.registry)

    def close(self) -> None:
        """Sign what the log holds by now and close the registry."""
        self.registry.close()

    def may(  # noqa: PLR0917 - it reads as the question is asked
        self,
        user: User,
        action: str,
        camera_id: str | None,
        purpose: Purpose,
        *,
        kind: Kind = "human",
    ) -> Decision:
        """
        Answer whether a user may do something now, and write the answer down.

        Parameters
        ----------
        user
            Who asks.
        action
            What for, such as ``"view_live"``.
        camera_id
            The camera; ``None`` where it is about none.
        purpose
            Purpose, offence, case number and ground.
        kind
            ``"human"``, or ``"unattended"`` where a rule looks and nobody asked.

        Returns
        -------
        Decision
            Allowed or refused, with its reason and the number of its line.

        Raises
        ------
        RegistryError
            The line cannot be written; then nothing is allowed.
        """
        return self.may_each(user, action, [camera_id], purpose, kind=kind)[0]

    def may_each(  # noqa: PLR0917 - it reads as the question is asked
        self,
        user: User,
        action: str,
        camera_ids: Sequence[str | None],
        purpose: Purpose,
        *,
        kind: Kind = "human",
    ) -> tuple[Decision, ...]:
        """
        Answer for several cameras at once, each on its own and each with its own line.

        Parameters
        ----------
        user
            Who asks.
        action
            What for.
        camera_ids
            The cameras.
        purpose
            Purpose, offence, case number and ground.
        kind
            ``"human"`` or ``"unattended"``.

        Returns
        -------
        tuple of Decision
            In the order of the cameras.

        Raises
        ------
        RegistryError
            The lines cannot be written; then nothing is allowed.
        """
        question = self._plain(user, action, purpose, kind=kind)
        with self._failing(question), self.registry.write() as connection:
            asked = about_each(connection, question, camera_ids)
            return tuple(
                note_answer(
                    connection,
                    self.policy,
                    one,
                    ruling=decide(self.policy, one),
                    camera_id=camera_id,
                )
                for camera_id, one in zip(camera_ids, asked, strict=True)
            )

    def demand(  # noqa: PLR0917 - it reads as the question is asked
        self,
        user: User,
        action: str,
        camera_id: str | None,
        purpose: Purpose,
        *,
        kind: Kind = "human",
    ) -> Decision:
        """
        Answer as :meth:`may` does, and raise where it is refused.

        Parameters
        ----------
        user
            Who asks.
        action
            What for.
        camera_id
            The camera; ``None`` where it is about none.
        purpose
            Purpose, offence, case number and ground.
        kind
            ``"human"`` or ``"unattended"``.

        Returns
        -------
        Decision
            The answer, which is yes.

        Raises
        ------
        AccessRefused
            It is no; the message is the reason, and the refusal is on record.
        """
        decision = self.may(user, action, camera_id, purpose, kind=kind)
        if not decision.allowed:
            raise AccessRefused(decision.reason).lacking(*decision.lacks)
        return decision

    def still_may(  # noqa: PLR0917 - it reads as the question is asked
        self,
        user: User,
        action: str,
        camera_id: str,
        purpose: Purpose,
        *,
        kind: Kind = "human",
    ) -> bool:
        """
        Tell whether what was allowed is allowed still, without a line of its own.

        For a look that goes on: whoever shows it asks every second or so, and stops as
        soon as the owner withdraws or a share ends.

        Parameters
        ----------
        user
            Who looks.
        action
            What is being done.
        camera_id
            The camera.
        purpose
            What it is for.
        kind
            ``"human"`` or ``"unattended"``.

        Returns
        -------
        bool
            ``False`` where it has to stop.
        """
        question = self._plain(user, action, purpose, kind=kind)
        with self.registry.read() as connection:
            asked = about_each(connection, question, [camera_id])
        return decide(self.policy, asked[0]).allowed

    @contextmanager
    def doing(
        self, user: User, action: str, purpose: Purpose, *, reason: str | None = None
    ) -> Iterator[Work]:
        """
        Change something, if the policy allows it, and write down what was done.

        The change and its line are kept together or not at all. What fails is on record
        too: by the kind of the fault alone, because its words may hold contents.

        Parameters
        ----------
        user
            Who does it.
        action
            What is done.
        purpose
            What it is for.
        reason
            Why, in words.

        Yields
        ------
        Work
            The connection, and what the line will say.

        Raises
        ------
        AccessRefused
            The policy does not allow it; that is on record.
        """
        question = self._plain(user, action, purpose)
        with self._failing(question), self.registry.write() as connection:
            question = about(connection, question)
            ruling = decide(self.policy, question)
            if ruling.allowed:
                work = Work(connection, question.now, question.latest, reason=reason)
                yield work
                note_work(self.policy, question, work)
            else:
                self._refuse(connection, question, ruling)
        if not ruling.allowed:
            raise AccessRefused(ruling.reason).lacking(*ruling.lacks)

    @contextmanager
    def reading(self, user: User, action: str, purpose: Purpose) -> Iterator[Work]:
        """
        Read something, if the policy allows it; it may be handed out after the block.

        Nobody who writes has to wait meanwhile: the line is written at the end.

        Parameters
        ----------
        user
            Who reads.
        action
            What is read.
        purpose
            What it is for.

        Yields
        ------
        Work
            The connection, and what the line will say.

        Raises
        ------
        AccessRefused
            The policy does not allow it; that is on record.
        """
        question = self._plain(user, action, purpose)
        work = None
        with self._failing(question):
            with self.registry.read() as connection:
                question = about(connection, question)
                ruling = decide(self.policy, question)
                if ruling.allowed:
                    work = Work(connection, question.now, question.latest)
                    yield work
            with self.registry.write() as connection:
                if work is not None:  # somebody may have lost the right meanwhile
                    question = about(connection, question)
                    ruling = decide(self.policy, question)
                if work is not None and ruling.allowed:
                    work.connection = connection
                    note_work(self.policy, question, work)
                else:
                    self._refuse(connection, question, ruling)
        if not ruling.allowed:
            raise AccessRefused(ruling.reason).lacking(*ruling.lacks)

    def _refuse(
        self, connection: Connection, question: Question, ruling: Ruling
    ) -> None:
        note_answer(connection, self.policy, question, ruling=ruling, camera_id=None)

    def _plain(
        self, user: User, action: str, purpose: Purpose, *, kind: Kind = "human"
    ) -> Question:
        now = self.registry.clock().astimezone(UTC)
        return Question(user, action, purpose, now=now, latest=now, kind=kind)

    @contextmanager
    def _failing(self, question: Question) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            # Whatever it was, rows may have been read: that has to be on record.
            try:
                with self.registry.write() as connection:
                    note_failure(connection, self.policy, question, fault=error)
            except RegistryError:
                _LOG.exception("a failed %s could not be recorded", question.action)
            raise
