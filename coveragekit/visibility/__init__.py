"""What walls hide: isovists, lines of sight, and the mounting rule."""

from coveragekit.visibility.isovist import isovists
from coveragekit.visibility.mounting import mount
from coveragekit.visibility.obstacles import Obstacles
from coveragekit.visibility.sight import first_obstacle, who_sees

__all__ = ["Obstacles", "first_obstacle", "isovists", "mount", "who_sees"]
