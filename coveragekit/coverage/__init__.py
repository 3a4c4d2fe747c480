"""Say which places, streets and incidents the cameras cover, and which they do not."""

from coveragekit.coverage.area import public_area, study_area
from coveragekit.coverage.blocks import street_blocks
from coveragekit.coverage.explain import explain
from coveragekit.coverage.frontages import frontages
from coveragekit.coverage.gaps import gaps
from coveragekit.coverage.incidents import incident_coverage, unmet_demand
from coveragekit.coverage.raster import camera_probability, multiplicity, seen
from coveragekit.coverage.raster_io import to_cog
from coveragekit.coverage.redundancy import effective_cameras, k_covered_shares
from coveragekit.coverage.shares import (
    Expected,
    Share,
    area_share,
    expected_covered,
    point_probability,
    point_share,
)
from coveragekit.coverage.streets import street_coverage, street_samples, street_share
from coveragekit.coverage.timeline import by_month
from coveragekit.coverage.warm import is_compiled, warm_up
from coveragekit.coverage.worth import camera_losses, most_important

__all__ = [
    "Expected",
    "Share",
    "area_share",
    "by_month",
    "camera_losses",
    "camera_probability",
    "effective_cameras",
    "expected_covered",
    "explain",
    "frontages",
    "gaps",
    "incident_coverage",
    "is_compiled",
    "k_covered_shares",
    "most_important",
    "multiplicity",
    "point_probability",
    "point_share",
    "public_area",
    "seen",
    "street_blocks",
    "street_coverage",
    "street_samples",
    "street_share",
    "study_area",
    "to_cog",
    "unmet_demand",
    "warm_up",
]
