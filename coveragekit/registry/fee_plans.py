"""The fee plans that a registry holds, and the one in force on a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from coveragekit.errors import InputError
from coveragekit.registry import audit
from coveragekit.registry.fees import Plan, Tier
from coveragekit.registry.opening import now as clock_time
from coveragekit.registry.schema import fee_plan, fee_tier, new_id

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection, Row

__all__ = ["KeptPlan", "add_plan", "end_plan", "kept_plans", "plan_on"]


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """
    A fee plan of the registry.

    Parameters
    ----------
    plan_id
        Its id.
    plan
        The plan.
    revision
        How often it was changed, from 1.
    """

    plan_id: str
    plan: Plan
    revision: int


def add_plan(connection: Connection, plan: Plan, *, by: str, role: str) -> str:
    """
    Add a fee plan.

    Parameters
    ----------
    connection
        A connection that writes.
    plan
        The plan.
    by, role
        Who adds it, in which role.

    Returns
    -------
    str
        Its id.

    Raises
    ------
    InputError
        If another plan is in force on a day of this one; end that one first.
    """
    for kept in kept_plans(connection):
        if _share_a_day(kept.plan, plan):
            end = kept.plan.effective_to or "no end"
            message = (
                f"the plan {kept.plan.name!r} ({kept.plan_id}) is in force from "
                f"{kept.plan.effective_from} to {end}, which overlaps with "
                f"{plan.name!r} from {plan.effective_from}; end that one the day before"
            )
            raise InputError(message)
    moment = clock_time(connection)
    plan_id = new_id("fee_plan")
    fields = ("name", "currency", "effective_from", "effective_to", "source", "note")
    connection.execute(
        fee_plan.insert().values(
            plan_id=plan_id,
            **{name: getattr(plan, name) for name in fields},
            first_year_included=plan.first_year_included,
            example=plan.example,
            made_at=moment,
            changed_at=moment,
            changed_by=by,
        )
    )
    rows = [
        {
            "plan_id": plan_id,
            "cameras_from": tier.cameras_from,
            "days_from": tier.days_from,
            "one_off": tier.one_off,
            "yearly": tier.yearly,
        }
        for tier in plan.tiers
    ]
    connection.execute(fee_tier.insert(), rows)
    entry = audit.Entry(by, role, "human", "fee_plan_add", "fee_plan", (plan_id,))
    audit.append(connection, entry)
    return plan_id


def end_plan(
    connection: Connection, plan_id: str, *, last_day: date, by: str, role: str
) -> None:
    """
    End a fee plan.

    Parameters
    ----------
    connection
        A connection that writes.
    plan_id
        The plan.
    last_day
        Last day on which it holds.
    by, role
        Who ends it, in which role.

    Raises
    ------
    InputError
        If there is no such plan, or the day is before its first.
    """
    kept = {one.plan_id: one for one in kept_plans(connection)}.get(plan_id)
    if kept is None:
        message = f"no fee plan {plan_id!r}; look at its id"
        raise InputError(message)
    if last_day < kept.plan.effective_from:
        message = (
            f"the plan {kept.plan.name!r} begins on {kept.plan.effective_from}; it "
            f"cannot end on {last_day}"
        )
        raise InputError(message)
    connection.execute(
        fee_plan.update()
        .where(fee_plan.c.plan_id == plan_id)
        .values(
            effective_to=last_day,
            revision=kept.revision + 1,
            changed_at=clock_time(connection),
            changed_by=by,
        )
    )
    told = {"last_day": last_day.isoformat()}
    ids = (plan_id,)
    entry = audit.Entry(
        by, role, "human", "fee_plan_end", "fee_plan", ids, parameters=told
    )
    audit.append(connection, entry)


def kept_plans(connection: Connection) -> tuple[KeptPlan, ...]:
    """
    Give all fee plans.

    Parameters
    ----------
    connection
        A connection to the registry.

    Returns
    -------
    tuple of KeptPlan
        By their first day.
    """
    tiers: dict[str, list[Tier]] = {}
    query = select(fee_tier).order_by(fee_tier.c.cameras_from, fee_tier.c.days_from)
    for row in connection.execute(query):
        tier = Tier(row.cameras_from, row.days_from, row.one_off, row.yearly)
        tiers.setdefault(row.plan_id, []).append(tier)
    query = select(fee_plan).order_by(fee_plan.c.effective_from)
    return tuple(
        KeptPlan(row.plan_id, _plan(row, tiers[row.plan_id]), row.revision)
        for row in connection.execute(query)
    )


def plan_on(connection: Connection, on: date) -> Plan | None:
    """
    Give the fee plan in force on a day.

    Parameters
    ----------
    connection
        A connection to the registry.
    on
        The day.

    Returns
    -------
    Plan | None
        The plan; ``None`` if there is none.
    """
    holding = (kept.plan for kept in kept_plans(connection) if kept.plan.holds(on))
    return next(holding, None)


def _plan(row: Row[Any], tiers: list[Tier]) -> Plan:
    return Plan(
        name=row.name,
        currency=row.currency,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        tiers=tuple(tiers),
        first_year_included=row.first_year_included,
        source=row.source,
        note=row.note,
        example=row.example,
    )


def _share_a_day(one: Plan, other: Plan) -> bool:
    starts = max(one.effective_from, other.effective_from)
    return one.holds(starts) and other.holds(starts)
