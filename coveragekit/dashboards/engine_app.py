"""Voila as this project runs it: who may come in, how many, and what a page may do."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.base.handlers import FileFindHandler
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.utils import ensure_async, url_path_join
from tornado import web
from tornado.ioloop import PeriodicCallback
from voila.app import ThemesHandler, Voila
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler

from coveragekit.dashboards.engine_handlers import (
    Alive,
    Channels,
    Goodbye,
    Health,
    Kernel,
    Missing,
    Page,
)
from coveragekit.dashboards.sign_on import Visitor, by_proxy, is_token
from coveragekit.errors import InputError
from coveragekit.study.steps import results_folder

if TYPE_CHECKING:
    from pathlib import Path

    from coveragekit.dashboards.serving import Serving
    from coveragekit.dashboards.visit_desk import VisitDesk

__all__ = ["Engine", "Identity", "Kernels"]

_log = logging.getLogger(__name__)
_KERNEL: Final = r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)"
_LOOK_MS: Final = 2000
_REMEMBERED_DAYS: Final = 7


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line is worth a place in the log: our own notebook is to be trusted."""
    return record.msg != "Notebook %s is not trusted"


class Kernels(AsyncMappingKernelManager):
    """Kernels whose visitors are forgotten when they end."""

    parent: Any

    async def shutdown_kernel(  # type: ignore[override]
        self,
        kernel_id: str,
        now: bool = False,  # noqa: FBT001, FBT002 - Jupyter's own signature
        restart: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """End a kernel, at once where it waits for a visitor."""
        self.parent.desk.forget(kernel_id)
        ended: Any = super().shutdown_kernel(kernel_id, now, restart)  # type: ignore[no-untyped-call]
        await ensure_async(ended)


class Identity(IdentityProvider):
    """Who sends a request, by the sign-on proxy or by the token."""

    auth_enabled = True
    parent: Any

    def get_user(self, handler: Any) -> User:  # noqa: ANN401 - any of Jupyter's handlers
        """
        Give the user of a request, and note the role on its handler.

        Parameters
        ----------
        handler
            The handler of the request.

        Returns
        -------
        User
            The user.
        """
        serving: Serving = self.parent.serving
        if serving.proxy is None:
            visitor = Visitor(serving.user, serving.role)
            if not self._has_token(handler, serving):
                message = (
                    "open the address that coveragekit serve has printed; it ends in "
                    "a token"
                )
                raise web.HTTPError(403, reason="Not let in", log_message=message)
        else:
            given: dict[str, list[str]] = {}
            for name, value in handler.request.headers.get_all():
                given.setdefault(name.lower(), []).append(value)
            peer = handler.request.connection.context.remote_ip
            try:
                visitor = by_proxy(serving.proxy, peer=peer, headers=given)
            except InputError as error:
                raise web.HTTPError(
                    403, reason="Not let in", log_message=str(error).replace("%", "%%")
                ) from error
        handler.visitor = visitor
        return User(visitor.user or "user", visitor.user)

    def get_handlers(self) -> list[tuple[str, object]]:
        """Give none: nobody signs on here."""
        return []

    def _has_token(self, handler: Any, serving: Serving) -> bool:  # noqa: ANN401
        if not serving.token:
            return True
        name = f"coveragekit-{self.parent.port}"
        kept = handler.get_signed_cookie(name, max_age_days=_REMEMBERED_DAYS)
        if kept == b"in":
            return True
        if not is_token(serving, handler.get_query_argument("token", "")):
            return False
        handler.set_signed_cookie(
            name,
            "in",
            expires_days=None,
            path=serving.base_url,
            httponly=True,
            samesite="Lax",
        )
        return True


class Engine(Voila):  # type: ignore[misc]
    """
    Voila with our own front door.

    Attributes
    ----------
    serving, desk, study
        How it serves, who has come, and what is shown.
    proof
        What it says of itself, for its parent to know it by.

    Notes
    -----
    Every address that is answered stands in ``init_handlers``; what Voila offers beside
    them (files, trees, other people's requests) is not there at all.
    """

    serving: Serving
    desk: VisitDesk
    study: Path
    proof: str
    opening = 0

    def build(self) -> str:
        """Give a name of the build in force, another one after each build."""
        folder = results_folder(self.study)
        if folder is None:
            return ""
        try:
            return f"{folder.name}-{(folder / 'summary.json').stat().st_mtime_ns}"
        except OSError:
            return folder.name

    def init_handlers(self) -> list[Any]:
        """Give every address that is answered."""
        # Voila's own list is dropped; of it only these are wanted.
        page = {
            "notebook_path": self.notebook_path.rpartition("/")[2],
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
        }
        themes = {
            "themes_url": "/voila/api/themes",
            "path": self.themes_dir,
            "labextensions_path": self.labextensions_path,
            "no_cache_paths": ["/"],
        }
        static = {"paths": self.static_paths, "default_filename": "index.html"}
        extensions = {"path": self.labextensions_path, "no_cache_paths": ["/"]}
        found: list[tuple[Any, ...]] = [
            (rf"/api/kernels/{_KERNEL}", Kernel),
            (rf"/api/kernels/{_KERNEL}/channels", Channels),
            (r"/voila/templates/(.*)", TemplateStaticFileHandler),
            (r"/voila/static/(.*)", MultiStaticFileHandler, static),
            (r"/voila/api/themes/(.*)", ThemesHandler, themes),
            (rf"/voila/api/shutdown/{_KERNEL}", Goodbye),
            (r"/voila/labextensions/(.*)", FileFindHandler, extensions),
            (rf"/coveragekit/alive/{_KERNEL}", Alive),
            (r"/coveragekit/health", Health),
            (r"/", Page, page),
            (r"/.*", Missing),
        ]
        return [(url_path_join(self.server_url, path), *rest) for path, *rest in found]

    def listen(self) -> None:
        """Listen, and look now and then whether a new build is in force."""
        log: Any = self.log
        getattr(log, "logger", log).addFilter(_is_news)
        self._seen_build = self.build()
        PeriodicCallback(self._renew, _LOOK_MS).start()
        super().listen()

    def stop(self) -> None:
        """End all kernels, those first that wait for a visitor."""
        self.desk.close()
        super().stop()

    async def _renew(self) -> None:
        """Let kernels that were made ready on a former build go, for new ones."""
        if not self.voila_configuration.preheat_kernel:
            return
        build = self.build()
        if build == self._seen_build:
            return
        self._seen_build = build
        manager = self.kernel_manager
        for notebook, pool in list(manager._pools.items()):  # noqa: SLF001 - Voila < 0.6
            former, pool[:] = (
                list(pool),
                [],
            )  # at once: nobody shall be given one of them
            manager.fill_if_needed(delay=0, notebook_name=notebook)
            for one in former:
                await asyncio.wait({one})
                if one.exception() is None:
                    await manager.shutdown_kernel(one.result()["kernel_id"])
        _log.info("a new build is in force")
