"""Open one city for viewers: arrays mapped into memory, read without heavy imports."""

from coveragekit.view import mercator, morton
from coveragekit.view.arrays import Ragged, Texts
from coveragekit.view.drawn import Areas, Buildings, Gaps, Shapes, StreetLines
from coveragekit.view.files import Writer
from coveragekit.view.store import Store
from coveragekit.view.tables import Cameras, Events, Places, Scenes, Views

__all__ = [
    "Areas",
    "Buildings",
    "Cameras",
    "Events",
    "Gaps",
    "Places",
    "Ragged",
    "Scenes",
    "Shapes",
    "Store",
    "StreetLines",
    "Texts",
    "Views",
    "Writer",
    "mercator",
    "morton",
]
