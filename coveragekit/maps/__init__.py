"""Draw a study's coverage as maps that ask nothing of any host."""

from coveragekit.maps.city_map import CityMap, city_map
from coveragekit.maps.coverage_map import base_map, coverage_map
from coveragekit.maps.credits import attribution
from coveragekit.maps.framing import fit_view
from coveragekit.maps.html_page import to_html
from coveragekit.maps.pictures import (
    Picture,
    density_picture,
    multiplicity_picture,
    shapes_picture,
)

__all__ = [
    "CityMap",
    "Picture",
    "attribution",
    "base_map",
    "city_map",
    "coverage_map",
    "density_picture",
    "fit_view",
    "multiplicity_picture",
    "shapes_picture",
    "to_html",
]
