"""What a Jupyter server answers below ``coveragekit/feeds``."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import ipaddress
import json
import time
from typing import TYPE_CHECKING, Any, Final

from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.auth.identity import (
    IdentityProvider,
    LegacyIdentityProvider,
    PasswordIdentityProvider,
)
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketHandler

from coveragekit.errors import (
    AccessRefused,
    CoverageKitError,
    FeedError,
    FeedTimeout,
    InputError,
    RegistryError,
)
from coveragekit.live.pump import parcels
from coveragekit.server.jupyter_line import PageLine, wish_of
from coveragekit.server.jupyter_people import Seat

if TYPE_CHECKING:
    from collections.abc import Callable

    from coveragekit.access import User
    from coveragekit.server.jupyter_line import Wish
    from coveragekit.server.jupyter_room import FeedRoom

__all__ = ["RESOURCE", "AboutFeeds", "FeedLine", "FeedPicture", "feed_handlers"]

RESOURCE: Final = "coveragekit_feeds"
"""What the server's authoriser is asked about; the action is always ``"read"``."""
_NOT_YOU: Final = "this server does not let you look at feeds"
_MOST_BYTES: Final = 4096
_PICTURE_S: Final = 10.0
_CLOSE: Final = 1008
# the longest reason that a closing frame holds
_LONGEST_REASON: Final = 120
_STATUS: Final = (
    (AccessRefused, 403),
    (InputError, 400),
    (FeedTimeout, 504),
    (FeedError, 502),
    (RegistryError, 503),
)


def feed_handlers(room: FeedRoom) -> list[tuple[str, type, dict[str, Any]]]:
    """
    Give what answers where.

    Parameters
    ----------
    room
        Where cameras are looked at.

    Returns
    -------
    list of tuple
        Patterns below the server's base URL, handlers and what they are given.
    """
    told = {"room": room}
    return [
        (r"/coveragekit/feeds", AboutFeeds, told),
        (r"/coveragekit/feeds/line", FeedLine, told),
        (r"/coveragekit/feeds/snapshot\.jpg", FeedPicture, told),
    ]


class _Seated(JupyterHandler):
    """Knows who sends a request, and answers in words."""

    auth_resource = RESOURCE

    def initialize(self, room: FeedRoom) -> None:
        self.room = room

    @property
    def seat(self) -> Seat:
        """What the server knows of who sends this request."""
        provider = self.identity_provider
        own = (IdentityProvider, PasswordIdentityProvider, LegacyIdentityProvider)
        return Seat(
            self.current_user.username,
            names_people=type(provider) not in own,
            asks=bool(provider.auth_enabled),
            is_on_loopback=_is_loopback(self.serverapp),
        )

    async def person(self) -> User:
        """Give who sends this request, as a person with a role."""
        return await self.room.run(self.room.person, self.seat)

    def refuse(self, error: CoverageKitError) -> None:
        """Answer with our own words, which hold no address."""
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"message": str(error)}))


class _Asked(_Seated, APIHandler):
    """A request of its own, from a page of this server alone."""

    def set_default_headers(self) -> None:
        """Let nobody keep the answer."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")

    async def prepare(self) -> None:  # type: ignore[override]
        """Refuse what a page of another server sends with this one's cookie."""
        await JupyterHandler.prepare(self)
        if not self.check_origin():
            raise web.HTTPError(403)

    def get_login_url(self) -> str:
        """Send nobody to another page: this is asked by programs."""
        raise web.HTTPError(403, "sign on to this server first")

    def check_xsrf_cookie(self) -> None:
        """Refuse another server's page as pages are refused, not as things missing."""
        if hasattr(self, "_jupyter_current_user") and not self.check_origin():
            raise web.HTTPError(403)
        super().check_xsrf_cookie()


class AboutFeeds(_Asked):
    """Says whether feeds are shared with whoever asks."""

    @web.authenticated
    @authorized("read", RESOURCE, _NOT_YOU)  # type: ignore[untyped-decorator]
    async def get(self) -> None:
        """Say as whom one would look, or why one may not."""
        try:
            user = await self.person()
        except CoverageKitError as error:
            self.refuse(error)
            return
        self.finish(json.dumps({"user": user.name, "role": user.role}))


class FeedPicture(_Asked):
    """Gives one picture of a camera."""

    @web.authenticated
    @authorized("read", RESOURCE, _NOT_YOU)  # type: ignore[untyped-decorator]
    async def post(self) -> None:
        """Give the next picture; asked by POST, because to look leaves a line."""
        try:
            user = await self.person()
            wish = wish_of(_told(self.request.body))
            wait_s = self.room.limits.wait_s("picture", user.name.casefold())
            if wait_s:
                message = f"too many pictures were asked for; wait {wait_s:.0f} s"
                raise AccessRefused(message)
            with self.room.place(user):
                jpeg = await self.room.run_long(_picture, self.room, user, wish)
        except CoverageKitError as error:
            self.refuse(error)
            return
        self.finish(jpeg, set_content_type="image/jpeg")


class FeedLine(WebSocketMixin, WebSocketHandler, _Seated):
    """Carries one camera to one page, as the widget's comm does."""

    line: PageLine | None = None

    def set_default_headers(self) -> None:
        """Set none: they mean nothing to a socket."""

    @property
    def max_message_size(self) -> int:
        """What a page says is short."""
        return _MOST_BYTES

    def get_compression_options(self) -> None:
        """Pictures are compressed already."""

    @ws_authenticated
    @authorized("read", RESOURCE, _NOT_YOU)  # type: ignore[untyped-decorator]
    async def get(  # type: ignore[override]
        self, *args: str, **kwargs: str
    ) -> None:
        """Let in whoever the server knows by name; the origin is checked after this."""
        try:
            self.who = await self.person()
        except CoverageKitError as error:
            self.refuse(error)
            return
        await super().get(*args, **kwargs)

    async def open(self, *args: str, **kwargs: str) -> None:
        """Give the page a line."""
        super().open(*args, **kwargs)
        self.set_nodelay(True)
        self.line = PageLine(
            self.room,
            self.who,
            put=self._put,
            close=_closing(self),
            may=self._may,
        )
        await self.line.open()

    async def on_message(self, message: str | bytes) -> None:
        """Do what the page says."""
        if self.line is not None:
            await self.line.hear(message)

    def on_close(self) -> None:
        """Look no longer."""
        if self.line is not None:
            self.room.finish(self.line)

    async def _put(self, message: bytes) -> None:
        await self.write_message(message, binary=True)

    async def _may(self) -> bool:
        given = (self, self.current_user, "read", RESOURCE)
        answer = self.authorizer.is_authorized(*given)
        return bool(await answer if inspect.isawaitable(answer) else answer)


def _closing(line: FeedLine) -> Callable[[str], None]:
    """Give what closes a socket, from any thread."""
    loop = asyncio.get_running_loop()

    def close(words: str) -> None:
        reason = words.encode("utf-8")[:_LONGEST_REASON].decode("utf-8", "ignore")
        # a loop that has ended has closed it
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(line.close, _CLOSE, reason)

    return close


def _is_loopback(serverapp: Any) -> bool:  # noqa: ANN401 - it is not typed
    """Whether a server listens to this machine alone."""
    if serverapp is None:
        return False
    if serverapp.sock or serverapp.ip == "localhost":
        return True
    try:
        return ipaddress.ip_address(serverapp.ip).is_loopback
    except ValueError:  # a name, or every address there is
        return False


def _told(body: bytes) -> dict[str, Any]:
    """Read what a request for a picture says."""
    told = None
    if len(body) <= _MOST_BYTES:
        with contextlib.suppress(ValueError, RecursionError):
            told = json.loads(body)
    if not isinstance(told, dict):
        message = (
            f"the request of {len(body):,} bytes cannot be read; allowed: JSON of "
            f"{_MOST_BYTES:,} bytes at most, with camera_id and purpose"
        )
        raise InputError(message)
    return told


def _picture(room: FeedRoom, user: User, wish: Wish) -> bytes:
    """Wait for one picture of a camera; its connection is the one that others share."""
    door, looks = room.open()
    door.demand(user, "snapshot", wish.camera_id, wish.purpose)
    given: Any = {"form": "jpeg", "want": wish.want}
    until_s = time.monotonic() + _PICTURE_S
    with looks.look(user, wish.purpose, wish.camera_id, **given) as look:
        while time.monotonic() < until_s:
            for head, parts in parcels(look.take(0.5)):
                if head["kind"] == "picture":
                    return parts[0]
                if head.get("state") == "refused":
                    raise FeedError(head["words"])
    message = (
        f"camera {wish.camera_id} gave no picture within {_PICTURE_S:.0f} s; look "
        "whether it can be reached"
    )
    raise FeedTimeout(message)
