"""What the server answers: the page, its kernel's messages, and how it is doing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from jupyter_server.utils import ensure_async
from tornado import web
from tornado.iostream import StreamClosedError
from voila.request_info_handler import RequestInfoSocketHandler
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from coveragekit.dashboards.engine_messages import (
    may_hear,
    may_say,
    parts_of,
    type_of,
)
from coveragekit.dashboards.engine_pages import fault_part, plain_page
from coveragekit.dashboards.visit import Visit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from coveragekit.dashboards.sign_on import Visitor

__all__ = [
    "Alive",
    "Channels",
    "Goodbye",
    "Health",
    "Kernel",
    "Missing",
    "Page",
    "reference_of",
]

_log = logging.getLogger(__name__)
WHO: Final = "X-Coveragekit-Server"
_PROTOCOL: Final = "v1.kernel.websocket.jupyter.org"
_LOOK_S: Final = 0.3
_TITLES: Final = {403: "You are not let in", 404: "There is no such page"}


def reference_of(kernel: str) -> str:
    """
    Give the reference number of a kernel's page, as page and log have it.

    Parameters
    ----------
    kernel
        Id of the kernel.

    Returns
    -------
    str
        Six digits.

    Examples
    --------
    >>> reference_of("1f0a9c77-0000-4000-8000-000000000000")
    '1F0A9C'
    """
    return kernel.replace("-", "")[:6].upper()


class _Plain:
    """Says what is the matter in a plain page."""

    request: Any
    log: Any

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401 - Tornado's own
        """Write a page for people instead of a traceback."""
        fault = (kwargs.get("exc_info") or (None, None))[1]
        words = "Something went wrong on the server; try again, or tell who runs it."
        if isinstance(fault, web.HTTPError) and fault.log_message:
            words = f"{str(fault.log_message)[:1].upper()}{fault.log_message[1:]}."
        elif status_code == HTTPStatus.NOT_FOUND:
            words = "The address is not one of this server."
        title = _TITLES.get(status_code, "The page could not be opened")
        self.set_header("Content-Type", "text/html; charset=utf-8")  # type: ignore[attr-defined]
        self.finish(plain_page(title, words.replace("%%", "%")))  # type: ignore[attr-defined]


class Missing(_Plain, JupyterHandler):
    """Any other address."""

    @web.authenticated
    def get(self) -> None:
        """Say that there is no such page."""
        raise web.HTTPError(404)


class Health(web.RequestHandler):
    """Whether the server answers, for those who watch over it."""

    def set_default_headers(self) -> None:
        """Say which server this is, to the one who has started it."""
        self.set_header("Cache-Control", "no-store")
        self.set_header(WHO, self.settings["voila"].proof)

    def get(self) -> None:
        """Say so."""
        self.write({"ok": True})

    def head(self) -> None:
        """Say so in short."""


def _is_own(handler: Any, kernel: str) -> bool:  # noqa: ANN401 - any of the handlers
    """Whether who sends a request has opened the page of a kernel."""
    visit: Visit | None = handler.settings["voila"].desk.visit(kernel)
    visitor: Visitor = handler.visitor
    return visit is not None and visit.user == visitor.user


def _check_owner(handler: Any, kernel: str) -> None:  # noqa: ANN401 - any of the handlers
    """Refuse whoever has not opened the page of a kernel."""
    if not _is_own(handler, kernel):
        raise web.HTTPError(404, log_message="this page is not open any more")


class Kernel(KernelHandler):
    """What is known of the kernel of one's own page; nothing can be done to it."""

    @web.authenticated
    async def get(self, kernel_id: str) -> None:
        """Give it."""
        _check_owner(self, kernel_id)
        answered: Any = super().get(kernel_id)
        await answered

    def delete(self, kernel_id: str) -> None:  # noqa: ARG002 - Jupyter's own signature
        """Refuse."""
        raise web.HTTPError(405)


class Goodbye(VoilaShutdownKernelHandler):  # type: ignore[misc]
    """A page that is being closed ends its kernel."""

    @web.authenticated
    async def post(self, kernel_id: str) -> None:
        """End it."""
        _check_owner(self, kernel_id)
        await super().post(kernel_id)


class Alive(JupyterHandler):
    """Whether the kernel of a page lives, and whether what it shows is in force."""

    @web.authenticated
    async def get(self, kernel_id: str) -> None:
        """Give both; of a page of somebody else no more than that it is not theirs."""
        manager: Any = self.kernel_manager
        is_own = _is_own(self, kernel_id) and kernel_id in manager
        lives = is_own and await ensure_async(manager.get_kernel(kernel_id).is_alive())
        if is_own and not lives:
            _log.error("%s: the kernel has died", reference_of(kernel_id))
            await ensure_async(manager.shutdown_kernel(kernel_id, now=True))
        self.set_header("Cache-Control", "no-store")
        self.finish({"alive": lives, "build": self.settings["voila"].build()})


class Channels(VoilaKernelWebsocketHandler):  # type: ignore[misc]
    """The messages between a page and its kernel, each looked at on its way."""

    async def pre_get(self) -> None:
        """Let only the owner of the page in."""
        _check_owner(self, self.kernel_id)
        await super().pre_get()

    async def open(self, kernel_id: str) -> None:
        """Begin, where the page speaks the protocol that is looked at."""
        if self.selected_subprotocol != _PROTOCOL:
            self.close(1002, "another protocol")
            return
        await super().open(kernel_id)

    def on_message(self, ws_message: str | bytes) -> None:
        """Pass a message of the page on, if it is one of those that a page needs."""
        channel, parts = parts_of(ws_message)
        if may_say(channel, parts):
            super().on_message(ws_message)
        else:
            _log.warning(
                "%s: a message to the kernel was refused", reference_of(self.kernel_id)
            )

    def on_close(self) -> None:
        """End, also where it never began."""
        if self.connection is not None and self.connection.channels:
            super().on_close()

    def write_message(
        self,
        message: bytes | dict[str, Any],
        binary: bool = False,  # noqa: FBT001, FBT002 - Tornado's own signature
    ) -> Any:  # noqa: ANN401
        """Pass a message of the kernel on, if it holds nothing but the page."""
        if may_hear(type_of(message)):
            return super().write_message(message, binary)
        return None


class _Giving:
    """The kernels, noting which one this request is given."""

    def __init__(self, manager: Any, page: Page) -> None:  # noqa: ANN401 - Voila makes its class
        self._manager = manager
        self._page = page

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._manager, name)

    async def get_rendered_notebook(self, **given: Any) -> Any:  # noqa: ANN401
        # The next kernel would keep the address of this visitor in its environment.
        given.pop("extra_kernel_env_variables", None)
        found = await self._manager.get_rendered_notebook(**given)
        self._page.take(found[2])
        return found

    async def start_kernel(self, **given: Any) -> str:  # noqa: ANN401
        kernel: str = await ensure_async(self._manager.start_kernel(**given))
        self._page.take(kernel)
        return kernel


class Page(_Plain, TornadoVoilaHandler):  # type: ignore[misc]
    """The page itself, sent piece by piece while its kernel draws it."""

    kernel: str | None = None

    @property
    def kernel_manager(self) -> Any:  # noqa: ANN401 - as Jupyter has it
        """The kernels."""
        return _Giving(self.settings["kernel_manager"], self)

    @web.authenticated
    async def get(self) -> None:
        """Open the page for one visitor."""
        given = self.request.query_arguments
        if "token" in given:  # kept in a cookie now, and out of sight
            del given["token"]
            query = urlencode(given, doseq=True)
            self.redirect(self.request.path + (f"?{query}" if query else ""))
            return
        engine = self.settings["voila"]
        most = engine.serving.most_viewers
        if len(engine.desk.visitors()) + engine.opening >= most:
            self._say_full(most)
            return
        _ = self.xsrf_token  # the page sends it when it is closed, to end its kernel
        engine.opening += 1
        try:
            await self._drop_dead()
            await self._send()
        finally:
            engine.opening -= self.kernel is None
            RequestInfoSocketHandler._cache.pop(self.kernel, None)  # noqa: SLF001 - Voila < 0.6 keeps it for ever

    def take(self, kernel: str) -> None:
        """
        Note the kernel that shows this page.

        Parameters
        ----------
        kernel
            Its id.
        """
        engine, visitor = self.settings["voila"], self.visitor
        engine.opening -= 1
        self.kernel = kernel
        _log.info("%s: a page is opened", reference_of(kernel))
        # Without a sign-on the name is that of who started the server, or nobody's.
        named = "local" if visitor.user else "token"
        source = named if engine.serving.proxy is None else "proxy"
        visit = Visit(visitor.user, visitor.role, self.request.query, source)
        engine.desk.admit(kernel, visit)

    def _say_full(self, most: int) -> None:
        self.set_status(HTTPStatus.SERVICE_UNAVAILABLE)
        self.set_header("Retry-After", "60")
        words = (
            "Each open page needs memory of the server, so their number is limited. "
            "Try again in a minute, or ask for more places."
        )
        self.finish(plain_page(f"All {most:,} places are taken", words))

    async def _drop_dead(self) -> None:
        """Take kernels that died while they waited out of the pool."""
        manager = self.settings["kernel_manager"]
        for pool in getattr(manager, "_pools", {}).values():
            for one in [each for each in pool if each.done()]:
                if one.exception() is not None:
                    pool.remove(one)
                    continue
                kernel = one.result()["kernel_id"]
                if not await ensure_async(manager.get_kernel(kernel).is_alive()):
                    await ensure_async(manager.shutdown_kernel(kernel, now=True))

    async def _send(self) -> None:
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        drawing = asyncio.ensure_future(self._draw(pieces))
        try:
            async for piece in self._with_progress(pieces):
                self.write(piece)
                await self.flush()
            await asyncio.wait({drawing})
            fault = drawing.exception()
            if fault is not None:
                reference = reference_of(self.kernel or "000000")
                _log.error("%s: the page broke off", reference, exc_info=fault)
                self.write(fault_part(reference))
        except StreamClosedError:  # the visitor left before the page was there
            drawing.cancel()
            if self.kernel is not None:
                manager = self.settings["kernel_manager"]
                with contextlib.suppress(KeyError, web.HTTPError):
                    await ensure_async(manager.shutdown_kernel(self.kernel, now=True))

    async def _draw(self, pieces: asyncio.Queue[str | None]) -> None:
        try:
            async for html in self.get_generator():
                await pieces.put(html)
        finally:
            await pieces.put(None)

    async def _with_progress(
        self, pieces: asyncio.Queue[str | None]
    ) -> AsyncIterator[str]:
        """Give the pieces, and between them what the kernel says that it does."""
        said = ""
        while True:
            try:
                piece = await asyncio.wait_for(pieces.get(), _LOOK_S)
            except TimeoutError:
                words = self.settings["voila"].desk.words(self.kernel or "")
                if words != said:
                    said = words
                    code = json.dumps(words).replace("<", "\\u003c")
                    yield f"<script>ck_progress({code})</script>\n"
                continue
            if piece is None:
                return
            yield piece
