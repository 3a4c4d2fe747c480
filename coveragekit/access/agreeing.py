"""Record what an owner agrees to, and look up what was agreed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from coveragekit.access.opening import the_door
from coveragekit.access.seeing import sight_of
from coveragekit.registry import consent as consents
from coveragekit.registry.consent import Checked, Event
from coveragekit.registry.consent_rules import Act, Scope, check_hours
from coveragekit.registry.receipts import Receipt, receipt_words

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User
    from coveragekit.registry.texts import ConsentText

__all__ = [
    "Checked",
    "Event",
    "Receipt",
    "Scope",
    "change_consent",
    "check_hours",
    "check_receipt",
    "consent_history",
    "receipt_words",
]


def change_consent(  # noqa: PLR0913 - all that is written down of a consent
    user: User,
    purpose: Purpose,
    camera_id: str,
    *,
    to: str,
    side: str,
    reason: str | None = None,
    signer: str | None = None,
    text: ConsentText | None = None,
    scope: Scope | None = None,
    expires_at: datetime | None = None,
    revision: int | None = None,
    registry: Door | str | Path | None = None,
) -> Receipt:
    """
    Move the consent of a camera to another state, and give the owner's receipt.

    Parameters
    ----------
    user
        Who enters it.
    purpose
        What for.
    camera_id
        The camera.
    to
        The state, such as ``"registered"`` or ``"withdrawn"``.
    side
        Whose will it is: ``"owner"``, entered as the owner told it, or ``"agency"``.
    reason
        Why, in words.
    signer
        Who agreed.
    text
        The consent text that was shown.
    scope
        What was agreed to.
    expires_at
        When it ends.
    revision
        Revision of the consent that the user saw, where one was seen.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Receipt
        What the owner gets.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    ConsentError
        The rules do not allow this move, or it lacks something.
    ConflictError
        Somebody changed it in between.

    Notes
    -----
    It takes effect with the next question: what is withdrawn is refused at once.
    """
    act = Act(
        side=side,
        name=user.name,
        role=user.role,
        reason=reason,
        signer=signer,
        text=text,
        scope=scope,
        expires_at=expires_at,
    )
    with (
        the_door(registry) as door,
        door.doing(user, "change_consent", purpose) as work,
    ):
        receipt = consents.move(
            work.connection, camera_id, to, act=act, revision=revision
        )
        work.object_type = "camera"
        work.object_ids = (camera_id,)
        work.parameters = {"from": receipt.origin, "to": receipt.to, "side": side}
    return receipt


def consent_history(
    user: User,
    purpose: Purpose,
    camera_id: str,
    *,
    registry: Door | str | Path | None = None,
) -> tuple[Event, ...]:
    """
    Give all changes of a camera's consent.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    camera_id
        The camera.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    tuple of Event
        The oldest first; who signed, and why in words, is told to the desk alone.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    with (
        the_door(registry) as door,
        door.reading(user, "read_registry", purpose) as work,
    ):
        found = consents.history(work.connection, camera_id)
        work.object_type = "camera"
        work.object_ids = (camera_id,)
        work.rows = len(found)
        sight = sight_of(door.policy, user, purpose)
    if sight.is_desk:
        return found
    return tuple(replace(one, signed_by=None, reason=None) for one in found)


def check_receipt(
    user: User,
    purpose: Purpose,
    code: str,
    *,
    registry: Door | str | Path | None = None,
) -> Checked:
    """
    Look up what an owner's receipt stands for.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    code
        The code, however it was typed.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Checked
        The facts, whether they are still those of the code, and the state now.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        It is no code, or no receipt here has it.
    """
    with (
        the_door(registry) as door,
        door.reading(user, "read_registry", purpose) as work,
    ):
        found = consents.check_receipt(work.connection, code)
        work.object_type = "camera"
        work.object_ids = (found.receipt.camera_id,)
    return found
