"""The application: which address is answered by what."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Final

from tornado import template, web

from coveragekit.server import answers, leaving, pages, steps
from coveragekit.server.asked_log import log_plainly
from coveragekit.server.catalogue import Catalogue, read_catalogue
from coveragekit.server.draft import Seal
from coveragekit.server.limits import Limits
from coveragekit.server.shop import Front, Shop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.server.desk import Desk
    from coveragekit.server.limits import Allowance
    from coveragekit.server.office import Office

__all__ = ["make_app"]

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
_NUMBER: Final = "([0-9]{1,8})"


def make_app(
    desk: Desk,
    office: Office,
    front: Front,
    *,
    catalogue: Catalogue | None = None,
    allowed: Mapping[str, Allowance] | None = None,
) -> web.Application:
    """
    Give the application of the owner's form.

    Parameters
    ----------
    desk
        The study.
    office
        The registry, as far as the form may reach it.
    front
        What the form says of the city, and how it is reached.
    catalogue
        Models of cameras; by default the generic list.
    allowed
        How often each address may ask; by default as ``limits.ALLOWED`` has it.

    Returns
    -------
    tornado.web.Application
        The application; it listens nowhere yet.
    """
    shop = Shop(
        front=front,
        desk=desk,
        office=office,
        catalogue=catalogue or read_catalogue(),
        seal=Seal(front.key),
        limits=Limits(allowed),
        hosts=_LOOPBACK | {name.lower() for name in front.hosts},
    )
    with as_file(files("coveragekit.server") / "templates") as folder:
        loader = template.Loader(str(folder))
        for page in sorted(folder.glob("*.html")):
            loader.load(page.name)  # so that no file is read later
    return web.Application(
        _routes(front.base_url),
        shop=shop,
        sent=pages.Sent(),
        files=answers.static_files(),
        evenly=leaving.evenly,
        leavings=leaving.Leavings(),
        template_loader=loader,
        default_handler_class=pages.Missing,
        log_function=log_plainly,
        xsrf_cookies=True,
        xsrf_cookie_name="ck_xsrf",
        xsrf_cookie_kwargs={
            "httponly": True,
            "samesite": "Strict",
            "secure": front.https,
            "path": front.base_url,
        },
        compress_response=False,  # secrets and what a visitor chose share a page
        debug=False,
    )


def _routes(base: str) -> list[Any]:
    tile = f"tiles/(light|dark)/([12])/{_NUMBER}/{_NUMBER}/{_NUMBER}.png"
    routes: dict[str, type[web.RequestHandler]] = {
        "": pages.Welcome,
        "terms": pages.Terms,
        "language/([a-z]{2})": pages.Language,
        "restart": pages.Restart,
        "register/where": steps.Where,
        "register/aim": steps.Aim,
        "register/camera": steps.Camera,
        "register/people": steps.People,
        "register/consent": steps.Consent,
        "register/more": steps.More,
        "register/remove": steps.Remove,
        "register/change": steps.Change,
        "register/sign": pages.Sign,
        "receipt": pages.Receipt,
        "receipt.txt": pages.ReceiptText,
        "withdraw": leaving.Withdraw,
        "withdraw/done": leaving.Left,
        "withdraw/receipts.txt": leaving.LeftText,
        "search": answers.Search,
        "view": answers.View,
        tile: answers.Tile,
        f"names/{_NUMBER}/{_NUMBER}/{_NUMBER}": answers.Names,
        "static/([a-z_]{1,40}[.](?:css|js|svg))": answers.Static,
        "health": answers.Health,
    }
    return [(f"{base}{path}", handler) for path, handler in routes.items()]
