"""Say which places, streets and incidents the cameras cover, and which they do not."""

from coveragekit.coverage.active import (
    Service,
    active_at,
    in_service,
    service,
    working_now,
)
from coveragekit.coverage.area import public_area, study_area
from coveragekit.coverage.blocks import street_blocks
from coveragekit.coverage.camera_errors import camera_errors
from coveragekit.coverage.expected import Expected, expected_covered
from coveragekit.coverage.explain import Explainer, Question, explain
from coveragekit.coverage.frontages import (
    buildings_over,
    frontages,
    unique_places,
)
from coveragekit.coverage.gaps import gaps
from coveragekit.coverage.ground import Ground
from coveragekit.coverage.hours import (
    ByHour,
    Timing,
    by_hour,
    hour_labels,
    hour_of_week,
    hour_weights,
    timing,
)
from coveragekit.coverage.incidents import (
    Unmet,
    incident_coverage,
    unmet_at,
    unmet_demand,
    unmet_places,
)
from coveragekit.coverage.light import dark_share, darkness_by_hour, is_dark
from coveragekit.coverage.lying import first_holding
from coveragekit.coverage.point_shares import (
    point_probability,
    point_share,
    point_sums,
)
from coveragekit.coverage.ptz import PtzMode, ptz_views, reach_over_views, turns
from coveragekit.coverage.raster import camera_probability, multiplicity, seen
from coveragekit.coverage.raster_io import to_cog
from coveragekit.coverage.recording import (
    Recording,
    recording,
    recording_matrix,
    recording_week,
)
from coveragekit.coverage.redundancy import effective_cameras, k_covered_shares
from coveragekit.coverage.scene_cameras import draw_cameras
from coveragekit.coverage.scene_inputs import Looking, SceneInputs, scene_inputs
from coveragekit.coverage.scene_results import SceneResult, scene_result
from coveragekit.coverage.scene_rows import Noted
from coveragekit.coverage.scene_targets import Targets, area_targets
from coveragekit.coverage.scenes import Interval, Scenes, combine, scenes
from coveragekit.coverage.shares import (
    Share,
    area_share,
)
from coveragekit.coverage.streets import street_coverage, street_samples, street_share
from coveragekit.coverage.support_places import (
    Supports,
    covered_probability,
    covered_variance,
    shared_places,
)
from coveragekit.coverage.supports import supports
from coveragekit.coverage.then import SeenThen, hourly_share, seen_at_the_time
from coveragekit.coverage.timeline import by_month
from coveragekit.coverage.times import Spans, spans
from coveragekit.coverage.warm import is_compiled, warm_up
from coveragekit.coverage.worth import camera_losses, most_important

__all__ = [
    "ByHour",
    "Expected",
    "Explainer",
    "Ground",
    "Interval",
    "Looking",
    "Noted",
    "PtzMode",
    "Question",
    "Recording",
    "SceneInputs",
    "SceneResult",
    "Scenes",
    "SeenThen",
    "Service",
    "Share",
    "Spans",
    "Supports",
    "Targets",
    "Timing",
    "Unmet",
    "active_at",
    "area_share",
    "area_targets",
    "buildings_over",
    "by_hour",
    "by_month",
    "camera_errors",
    "camera_losses",
    "camera_probability",
    "combine",
    "covered_probability",
    "covered_variance",
    "dark_share",
    "darkness_by_hour",
    "draw_cameras",
    "effective_cameras",
    "expected_covered",
    "explain",
    "first_holding",
    "frontages",
    "gaps",
    "hour_labels",
    "hour_of_week",
    "hour_weights",
    "hourly_share",
    "in_service",
    "incident_coverage",
    "is_compiled",
    "is_dark",
    "k_covered_shares",
    "most_important",
    "multiplicity",
    "point_probability",
    "point_share",
    "point_sums",
    "ptz_views",
    "public_area",
    "reach_over_views",
    "recording",
    "recording_matrix",
    "recording_week",
    "scene_inputs",
    "scene_result",
    "scenes",
    "seen",
    "seen_at_the_time",
    "service",
    "shared_places",
    "spans",
    "street_blocks",
    "street_coverage",
    "street_samples",
    "street_share",
    "study_area",
    "supports",
    "timing",
    "to_cog",
    "turns",
    "unique_places",
    "unmet_at",
    "unmet_demand",
    "unmet_places",
    "warm_up",
    "working_now",
]
