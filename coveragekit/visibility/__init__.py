"""What walls hide: isovists, lines of sight, and the mounting rule."""

from coveragekit.visibility.isovist import isovists
from coveragekit.visibility.mounting import mount
from coveragekit.visibility.obstacles import Obstacles
from coveragekit.visibility.sight import first_obstacle, who_sees
from coveragekit.visibility.warm import is_compiled, warm_up

__all__ = [
    "Obstacles",
    "first_obstacle",
    "is_compiled",
    "isovists",
    "mount",
    "warm_up",
    "who_sees",
]
