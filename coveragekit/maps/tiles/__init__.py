"""Draw a city's layers as tiles and pictures, from its view store alone."""

from coveragekit.maps.tiles.frame import Frame
from coveragekit.maps.tiles.labels import Label, labels
from coveragekit.maps.tiles.legend import Entry
from coveragekit.maps.tiles.look import Change, Look
from coveragekit.maps.tiles.painter import LAYERS, Painter
from coveragekit.maps.tiles.picture import picture
from coveragekit.maps.tiles.png import encode
from coveragekit.maps.tiles.warm import is_compiled, warm_up

__all__ = [
    "LAYERS",
    "Change",
    "Entry",
    "Frame",
    "Label",
    "Look",
    "Painter",
    "encode",
    "is_compiled",
    "labels",
    "picture",
    "warm_up",
]
