"""Our own web process: plain pages without a kernel."""

from coveragekit.server.catalogue import Catalogue, Model, read_catalogue
from coveragekit.server.front_file import FrontFile, read_front
from coveragekit.server.limits import Allowance
from coveragekit.server.office import Departure, Office, Quote
from coveragekit.server.registered import Registered
from coveragekit.server.serving import Public, serve_public
from coveragekit.server.shop import Front

__all__ = [
    "Allowance",
    "Catalogue",
    "Departure",
    "Front",
    "FrontFile",
    "Model",
    "Office",
    "Public",
    "Quote",
    "Registered",
    "read_catalogue",
    "read_front",
    "serve_public",
]
