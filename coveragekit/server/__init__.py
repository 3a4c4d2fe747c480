"""Our own web process: plain pages without a kernel."""

from coveragekit.server.catalogue import Catalogue, Model, read_catalogue
from coveragekit.server.limits import Allowance
from coveragekit.server.office import Office, Quote
from coveragekit.server.registered import Registered
from coveragekit.server.serving import Public, serve_public
from coveragekit.server.shop import Front

__all__ = [
    "Allowance",
    "Catalogue",
    "Front",
    "Model",
    "Office",
    "Public",
    "Quote",
    "Registered",
    "read_catalogue",
    "serve_public",
]
