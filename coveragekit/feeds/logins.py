"""Where names and passwords of devices are kept, and how they enter an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from coveragekit.errors import FeedLoginError

if TYPE_CHECKING:
    from coveragekit.feeds.target import FeedTarget

__all__ = ["filled"]

_USER: Final = "{user}"
_PASSWORD: Final = "{password}"  # noqa: S105 - the place where one is put


def filled(address: str, target: FeedTarget) -> str:
    """
    Put a device's login where its address has places for it.

    Parameters
    ----------
    address
        The address; ``{user}`` and ``{password}`` in its path or query are filled in.
    target
        The camera, which knows its login.

    Returns
    -------
    str
        The address to open; it is a secret from here on.

    Raises
    ------
    FeedLoginError
        The address has a place for a login, and none is kept.

    Examples
    --------
    >>> from coveragekit.feeds.target import FeedTarget, Login
    >>> target = FeedTarget("cam_1", "", login=lambda: Login("ann", "a b&c"))
    >>> filled("http://10.20.3.4/snap?u={user}&p={password}", target)
    'http://10.20.3.4/snap?u=ann&p=a%20b%26c'
    >>> filled("http://10.20.3.4/snap", target)
    'http://10.20.3.4/snap'
    """
    if _USER not in address and _PASSWORD not in address:
        return address
    if target.login is None:
        message = "its address has a place for a name and password, and none is kept"
        raise FeedLoginError(message)
    login = target.login()
    return address.replace(_USER, quote(login.user, safe="")).replace(
        _PASSWORD, quote(login.password, safe="")
    )
