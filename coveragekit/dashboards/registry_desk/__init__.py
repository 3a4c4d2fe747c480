"""The agency's registry desk: what owners sent in, cameras, footage requests."""

from coveragekit.dashboards.registry_desk.show import show

__all__ = ["show"]
