"""What walls, roofs and hills hide: isovists, viewsheds and lines of sight."""

from coveragekit.visibility.isovist import isovists
from coveragekit.visibility.mounting import mount
from coveragekit.visibility.narrower import Pairs, Pictures
from coveragekit.visibility.obstacles import Obstacles
from coveragekit.visibility.relief import who_sees_relief
from coveragekit.visibility.section import Profile, first_rises, sight_profile
from coveragekit.visibility.sight import first_obstacle, who_sees
from coveragekit.visibility.surface import Surface
from coveragekit.visibility.viewshed import Viewsheds, viewsheds
from coveragekit.visibility.warm import is_compiled, warm_up

__all__ = [
    "Obstacles",
    "Pairs",
    "Pictures",
    "Profile",
    "Surface",
    "Viewsheds",
    "first_obstacle",
    "first_rises",
    "is_compiled",
    "isovists",
    "mount",
    "sight_profile",
    "viewsheds",
    "warm_up",
    "who_sees",
    "who_sees_relief",
]
