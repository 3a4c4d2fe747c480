"""Voila apps: pages for the desks, each a pure state and a wiring of widgets."""

from coveragekit.dashboards.serve import ROLES, Served, serve, serve_planner

__all__ = ["ROLES", "Served", "serve", "serve_planner"]
