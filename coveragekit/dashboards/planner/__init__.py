"""The planner: coverage and blind spots on a map, with the numbers beside."""

from coveragekit.dashboards.planner.show import show
from coveragekit.dashboards.planner.widgets import Planner

__all__ = ["Planner", "show"]
