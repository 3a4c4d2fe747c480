"""Say which places, streets and incidents the cameras cover, and which they do not."""

from coveragekit.coverage.raster import camera_probability, multiplicity, seen
from coveragekit.coverage.raster_io import to_cog

__all__ = ["camera_probability", "multiplicity", "seen", "to_cog"]
