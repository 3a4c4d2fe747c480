"""Say where next: what each candidate adds, and the best set, with a proof."""

from coveragekit.siting.aiming import aims_from
from coveragekit.siting.aims import Aims
from coveragekit.siting.bounds import Multipliers, verify_bound
from coveragekit.siting.demand import Demand, event_demand, join_demand, street_demand
from coveragekit.siting.existing import existing_cover, seen_probability, unmet_levels
from coveragekit.siting.facades import building_mounts, place_mounts
from coveragekit.siting.gains import site_gains, with_registered
from coveragekit.siting.maximal import maximal_cover
from coveragekit.siting.mounts import Mounts
from coveragekit.siting.plan import Plan
from coveragekit.siting.poles import pole_mounts
from coveragekit.siting.rules import Lens, MountRule, lenses, mount_rule, worth
from coveragekit.siting.shown import planned_cameras
from coveragekit.siting.stability import Stability, covered_worth, stability

__all__ = [
    "Aims",
    "Demand",
    "Lens",
    "MountRule",
    "Mounts",
    "Multipliers",
    "Plan",
    "Stability",
    "aims_from",
    "building_mounts",
    "covered_worth",
    "event_demand",
    "existing_cover",
    "join_demand",
    "lenses",
    "maximal_cover",
    "mount_rule",
    "place_mounts",
    "planned_cameras",
    "pole_mounts",
    "seen_probability",
    "site_gains",
    "stability",
    "street_demand",
    "unmet_levels",
    "verify_bound",
    "with_registered",
    "worth",
]
