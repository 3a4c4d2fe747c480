"""Voila apps: pages for the desks, each a pure state and a wiring of widgets."""

from coveragekit.dashboards.serve import ROLES, Served, serve, serve_planner
from coveragekit.dashboards.serve_desk import serve_registry_desk

__all__ = ["ROLES", "Served", "serve", "serve_planner", "serve_registry_desk"]
