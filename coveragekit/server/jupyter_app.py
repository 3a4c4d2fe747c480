"""The extension as a Jupyter server configures, starts and stops it."""

from __future__ import annotations

from jupyter_server.extension.application import ExtensionApp
from traitlets import Dict, Float, Int, Unicode

from coveragekit.model import roles
from coveragekit.server.jupyter_handlers import feed_handlers
from coveragekit.server.jupyter_people import People
from coveragekit.server.jupyter_room import Bounds, FeedRoom

__all__ = ["CoverageKitFeeds"]


class CoverageKitFeeds(ExtensionApp):
    """
    Shares each camera's one connection among the kernels and pages of a server.

    Notes
    -----
    The registry, its policy and the feeds that may be opened are those that
    ``COVERAGEKIT_REGISTRY``, ``COVERAGEKIT_POLICY`` and ``COVERAGEKIT_FEEDS`` name
    where the server is started.
    """

    name = "coveragekit_feeds"
    load_other_extensions = True

    single_user = Unicode(
        "",
        help=(
            "Who uses this server, where one person alone does and signs on by a token "
            "or password; counts only while the server listens to this machine alone."
        ),
    ).tag(config=True)
    roles = Dict(
        key_trait=Unicode(),
        value_trait=Unicode(),
        help="Roles of people whom the registry does not list, by their names.",
    ).tag(config=True)
    pages = Int(64, min=1, help="Pages that may look at once, of everybody.").tag(
        config=True
    )
    pages_of_one = Int(
        16, min=1, help="Pages of one person that may look at once."
    ).tag(config=True)
    idle_s = Float(
        60.0, min=1.0, help="How long a page may look at nothing, seconds."
    ).tag(config=True)

    def initialize_handlers(self) -> None:
        """Let the server answer below ``coveragekit/feeds``."""
        unknown = sorted({*self.roles.values()} - {*roles()})
        if unknown:
            self.log.error(
                "CoverageKitFeeds.roles names %r, which is no role; allowed: %s",
                unknown[0],
                ", ".join(roles()),
            )
        bounds = Bounds(self.pages, self.pages_of_one, self.idle_s)
        self.room = FeedRoom(People(self.single_user, dict(self.roles)), bounds)
        self.handlers.extend(feed_handlers(self.room))

    async def stop_extension(self) -> None:
        """End every look and write down that it ended."""
        await self.room.close()
