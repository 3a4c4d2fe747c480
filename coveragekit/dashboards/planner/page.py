"""The planner: its parts, joined with what happens when somebody uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coveragekit.dashboards.planner.deeds import Deeds
from coveragekit.dashboards.planner.hours import hours_state
from coveragekit.dashboards.planner.parts import Parts
from coveragekit.model import least_count

if TYPE_CHECKING:
    from os import PathLike

    from coveragekit.dashboards.backroom import Backroom
    from coveragekit.dashboards.visit import Visit

__all__ = ["Planner"]


class Planner(Parts):
    """
    The planner of one built study.

    Parameters
    ----------
    study
        The study's folder.
    backroom
        Who works out what takes the whole study; by default the server's, or one of
        this kernel's own.

    Raises
    ------
    StudyError
        The study was never built, or by another version.
    """

    def __init__(
        self, study: str | PathLike[str], *, backroom: Backroom | None = None
    ) -> None:
        super().__init__(study, backroom=backroom)
        self._deeds = Deeds(self)
        self.leaving = self._deeds.leaving
        self.leaving.ask()
        self.recount.ask()

    def greet(self, visit: Visit) -> None:
        """
        Take over who has come, and what they may see.

        Parameters
        ----------
        visit
            User and role.
        """
        self.opening.begin()
        named = f"{visit.user}, {visit.role}" if visit.user else visit.role
        self.header.change(user=named)
        least = self.answers.least = least_count(visit.role)
        self.export.greet(visit.role)
        self.live.greet(visit)
        self.whatif.greet(visit.user, visit.role)
        self.city.paint_by(points=least <= 1, least=least)
        self.hours.state = hours_state(
            self.summary, least=least, left=bool(self.state.left)
        )
        self.leaving.ask()
        self.recount.ask()
