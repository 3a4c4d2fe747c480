"""Say from lens, sensor and pose how far a camera sees, and how sharply."""

from coveragekit.optics.bands import (
    Edition,
    band_density_px_per_m,
    band_of,
    bands,
    edition,
    editions,
)
from coveragekit.optics.consistency import camera_faults, check_cameras
from coveragekit.optics.ground import (
    Footprint,
    axial_depth_m,
    ground_footprint,
    sector_area_m2,
    shadow_end_m,
)
from coveragekit.optics.lens import (
    fisheye_density_px_per_m,
    fisheye_floor_range_m,
    fisheye_range_m,
    hfov_deg,
    hfov_from_lens,
    pixel_density_px_per_m,
    range_for_density_m,
)
from coveragekit.optics.night import lit_range_m, night_range_m
from coveragekit.optics.pictures import footprints
from coveragekit.optics.reach import effective_range_m, seen_density_px_per_m
from coveragekit.optics.shown import Footprints, Light, footprint_arrays

__all__ = [
    "Edition",
    "Footprint",
    "Footprints",
    "Light",
    "axial_depth_m",
    "band_density_px_per_m",
    "band_of",
    "bands",
    "camera_faults",
    "check_cameras",
    "edition",
    "editions",
    "effective_range_m",
    "fisheye_density_px_per_m",
    "fisheye_floor_range_m",
    "fisheye_range_m",
    "footprint_arrays",
    "footprints",
    "ground_footprint",
    "hfov_deg",
    "hfov_from_lens",
    "lit_range_m",
    "night_range_m",
    "pixel_density_px_per_m",
    "range_for_density_m",
    "sector_area_m2",
    "seen_density_px_per_m",
    "shadow_end_m",
]
