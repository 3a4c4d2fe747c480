"""Write down that something was asked of the form."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tornado import web

__all__ = ["log_plainly"]

_log = logging.getLogger(__name__)


def log_plainly(handler: web.RequestHandler) -> None:
    """
    Write down that something was asked, and neither who asked nor what was typed.

    Parameters
    ----------
    handler
        What has answered.
    """
    status = handler.get_status()
    level = logging.INFO if status < HTTPStatus.BAD_REQUEST else logging.WARNING
    took_ms = 1000.0 * handler.request.request_time()
    kind = type(handler).__name__
    _log.log(level, "%s %s %d %.0f ms", handler.request.method, kind, status, took_ms)
