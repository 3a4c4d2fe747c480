"""The planner: coverage and blind spots on a map, with the numbers beside."""

from coveragekit.dashboards.planner.page import Planner
from coveragekit.dashboards.planner.show import show

__all__ = ["Planner", "show"]
