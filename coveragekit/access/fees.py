"""Fee plans: what integrating costs, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.access.finding import touched
from coveragekit.access.opening import the_door
from coveragekit.access.trying import only_tried
from coveragekit.registry import fee_plans
from coveragekit.registry.fee_files import (
    example_plan,
    example_text,
    parse_plan,
    parse_plan_sheet,
)
from coveragekit.registry.fee_plans import KeptPlan
from coveragekit.registry.fees import Plan

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User

__all__ = [
    "KeptPlan",
    "Plan",
    "add_fee_plan",
    "end_fee_plan",
    "example_plan",
    "example_text",
    "list_fee_plans",
    "parse_plan",
    "parse_plan_sheet",
]


def add_fee_plan(
    user: User,
    purpose: Purpose,
    plan: Plan,
    *,
    dry_run: bool = False,
    registry: Door | str | Path | None = None,
) -> str:
    """
    Add a fee plan.

    Parameters
    ----------
    user
        Who adds it.
    purpose
        What for.
    plan
        The plan, as ``parse_plan`` reads it.
    dry_run
        Whether to only look if it could be added.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    str
        Its id; of a dry run an id that is never given.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        Another plan is in force on one of its days.
    """
    with the_door(registry) as door, door.doing(user, "manage_fees", purpose) as work:
        work.object_type = "fee_plan"
        with only_tried(work, dry_run=dry_run):
            plan_id = fee_plans.add_plan(
                work.connection, plan, by=user.name, role=user.role
            )
        work.object_ids = () if dry_run else (plan_id,)
    return plan_id


def end_fee_plan(
    user: User,
    purpose: Purpose,
    plan_id: str,
    *,
    last_day: date,
    registry: Door | str | Path | None = None,
) -> None:
    """
    End a fee plan.

    Parameters
    ----------
    user
        Who ends it.
    purpose
        What for.
    plan_id
        The plan.
    last_day
        The last day on which it holds.
    registry
        A door, or what ``open_door`` takes.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        There is no such plan, or it cannot end then.
    """
    with the_door(registry) as door, door.doing(user, "manage_fees", purpose) as work:
        fee_plans.end_plan(
            work.connection, plan_id, last_day=last_day, by=user.name, role=user.role
        )
        work.object_type, work.object_ids = "fee_plan", (plan_id,)


def list_fee_plans(
    user: User, purpose: Purpose, *, registry: Door | str | Path | None = None
) -> tuple[KeptPlan, ...]:
    """
    Give all fee plans.

    Parameters
    ----------
    user
        Who asks.
    purpose
        What for.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    tuple of KeptPlan
        The plans, and their ids.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    """
    with (
        the_door(registry) as door,
        door.reading(user, "read_registry", purpose) as work,
    ):
        found = fee_plans.kept_plans(work.connection)
        touched(work, "fee_plan", *found)
    return found
