"""Who has opened this page, and with which address; asked by the page's kernel."""

from __future__ import annotations

import contextlib
import getpass
import os
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from typing import TYPE_CHECKING, Any, Final

from coveragekit.dashboards.backroom_wire import receive, send
from coveragekit.errors import SourceUnavailable

if TYPE_CHECKING:
    from coveragekit.dashboards.backroom_wire import Line

__all__ = ["DESK", "DESK_KEY", "Visit", "is_served", "tell", "wait_for_visit"]

DESK: Final = "COVERAGEKIT_DESK"
"""Environment variable: where the server says who has come."""
DESK_KEY: Final = "COVERAGEKIT_DESK_KEY"
"""Environment variable: what has to be known to be told, hexadecimal."""
_KERNEL: Final = "VOILA_KERNEL_ID"
_LONGEST: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Visit:
    """
    One opening of a page.

    Parameters
    ----------
    user
        Name of the user.
    role
        Role of the user.
    query
        What stands behind the question mark of the address, without it.
    source
        Who says so: ``"proxy"`` (the sign-on), ``"local"`` (whoever started the program
        on their own machine) or ``"token"`` (nobody: an address that is shared).
    """

    user: str
    role: str
    query: str = ""
    source: str = "local"


def wait_for_visit() -> Visit:
    """
    Wait until somebody opens the page, and say who.

    Returns
    -------
    Visit
        Who has opened it. In a notebook without a server that is the user of the
        operating system, or ``COVERAGEKIT_USER`` in ``COVERAGEKIT_ROLE``, at once.

    Raises
    ------
    SourceUnavailable
        The server cannot be asked.

    Notes
    -----
    A kernel may be made ready long before anybody comes, so that neither its
    environment nor anything that it was started with says whose it is. Where the server
    ends, or does not want this kernel any more, before anybody came, the kernel ends
    too: there is nothing to lose in it.
    """
    line = _reach()
    if line is None:
        user = os.environ.get("COVERAGEKIT_USER") or _os_user()
        return Visit(user, os.environ.get("COVERAGEKIT_ROLE", "analyst"))
    with contextlib.closing(line):
        try:
            send(line, {"kernel": os.environ[_KERNEL]})
            told = receive(line, at_most=_LONGEST)
        except (EOFError, ConnectionError, KeyboardInterrupt):
            # Jupyter interrupts a kernel that it ends, and takes it away after.
            os._exit(0)
    return Visit(*(str(told[name]) for name in ("user", "role", "query", "source")))


def is_served() -> bool:
    """
    Whether a server shows what this kernel draws.

    Returns
    -------
    bool
        ``False`` in a notebook of one's own.
    """
    return bool(os.environ.get(DESK) and os.environ.get(DESK_KEY))


def tell(words: str) -> None:
    """
    Say on the page that is being opened what is being done.

    Parameters
    ----------
    words
        A few plain words, such as ``"Reading the views"``. Where there is no server,
        or nobody has come yet, nothing happens.
    """
    with contextlib.suppress(SourceUnavailable, OSError, EOFError):
        line = _reach()
        if line is not None:
            with contextlib.closing(line):
                send(line, {"kernel": os.environ[_KERNEL], "words": words})


def _reach() -> Line | None:
    address, key = os.environ.get(DESK), os.environ.get(DESK_KEY)
    if not address and not key:
        return None
    if not (address and key and _KERNEL in os.environ):
        # Whose page it is cannot be asked, so it is nobody's.
        message = "this page was not opened by its server, so nobody knows who has come"
        raise SourceUnavailable(message)
    try:
        line: Any = Client(address, authkey=bytes.fromhex(key))
    except (OSError, EOFError, AuthenticationError) as error:
        message = "the server that shows this page cannot be asked who has opened it"
        raise SourceUnavailable(message) from error
    reached: Line = line
    return reached


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a system account without a name
        return "unnamed"
