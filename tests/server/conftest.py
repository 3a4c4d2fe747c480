"""A corner of a town and the form that is served of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coveragekit.server import Allowance, Front, Public, serve_public
from coveragekit.server.desk import Desk
from tests.server.corner import build_corner
from tests.server.office_double import Double
from tests.server.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coveragekit.study import Study

FREELY = dict.fromkeys(
    ("page", "tile", "search", "view", "submit", "withdraw"), Allowance(10_000, 10_000)
)


@pytest.fixture(scope="session")
def corner(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Give the built study of the corner; nobody changes it."""
    return build_corner(tmp_path_factory.mktemp("corner") / "corner")


@pytest.fixture(scope="session")
def desk(corner: Study) -> Iterator[Desk]:
    """Give the corner as the form sees it."""
    opened = Desk(corner.path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def office() -> Double:
    """Give the registry of the tests."""
    return Double()


@pytest.fixture(scope="session")
def form(corner: Study, office: Double) -> Iterator[Public]:
    """Serve the form, with as many questions as anybody likes."""
    front = Front(agency="Corner Police", contact="404 555 0100")
    with serve_public(corner.path, office, front=front, allowed=FREELY) as served:
        yield served


@pytest.fixture
def visitor(form: Public, office: Double) -> Visitor:
    """Give a new visitor; the registry has nothing yet."""
    office.sent.clear()
    office.left.clear()
    office.noted.clear()
    office.held.clear()
    office.broken = False
    return Visitor(form.url)
