"""How a server serves: where it listens, who may come in, and how many."""

from __future__ import annotations

import hashlib
import ipaddress
import string
import tomllib
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from coveragekit.errors import InputError
from coveragekit.model import roles

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

__all__ = ["LOOPBACK", "STAFF", "Proxy", "Serving", "proof_of", "read_serving"]

LOOPBACK: Final = "127.0.0.1"
_SHORTEST_SECRET: Final = 24
_NO_STAFF: Final = "public"
STAFF: Final = tuple(role for role in roles() if role != _NO_STAFF)
"""Roles that a dashboard is for."""
_LONGEST_S: Final = 7 * 24 * 3600
_COUNTS: Final = frozenset({"preheat", "most_viewers", "cull_after_s"})
_MAY_BE_LEFT_OUT: Final = frozenset({"proxy", "role"})
_HEADER: Final = frozenset(string.ascii_letters + string.digits + "-")


@dataclass(frozen=True, slots=True)
class Proxy:
    """
    The sign-on proxy that says who a visitor is.

    Parameters
    ----------
    secret
        What the proxy sends along to prove that it is the proxy, 24 characters or more.
    addresses
        Addresses that it may call from.
    secret_header, user_header, role_header
        Names of the headers that hold the secret, the user and the user's groups.
    groups
        Group to role, the one that counts more first: a user of two groups has the role
        of the first.
    role
        Role of a user of none of these groups; ``None``: nobody comes in without one.

    Raises
    ------
    InputError
        The secret is short, or an address, a header or a role is none.
    """

    secret: str = field(repr=False)
    addresses: tuple[str, ...] = (LOOPBACK, "::1")
    secret_header: str = "X-Coveragekit-Secret"  # noqa: S105 - a name, not a secret
    user_header: str = "X-Forwarded-User"
    role_header: str = "X-Forwarded-Groups"
    groups: Mapping[str, str] = field(default_factory=dict)
    role: str | None = None

    def __post_init__(self) -> None:
        if len(self.secret) < _SHORTEST_SECRET:
            message = (
                f"the proxy's secret has {len(self.secret)} characters; allowed: "
                f"{_SHORTEST_SECRET} or more, such as those of: openssl rand -hex 32"
            )
            raise InputError(message)
        for address in self.addresses:
            _check_address(address)
        for name in (self.secret_header, self.user_header, self.role_header):
            if not name or not set(name) <= _HEADER:
                message = f"{name!r} is no header; allowed: letters, digits and -"
                raise InputError(message)
        for role in (*self.groups.values(), *([self.role] if self.role else [])):
            _check_role(role)


@dataclass(frozen=True, slots=True)
class Serving:
    """
    How a server serves.

    Parameters
    ----------
    user, role
        Who looks at the page where no proxy says so.
    token
        What an address has to hold to be let in where no proxy says who comes; empty:
        everybody on this machine is let in.
    proxy
        The sign-on proxy; ``None``: there is none.
    listen
        Address to listen at; another than the loopback's only behind a proxy.
    hosts
        Names under which the page may be asked for, beside those of this machine.
    base_url
        Path below which the page is, ``/`` at both ends.
    preheat
        How many kernels are held ready for the next visitors.
    most_viewers
        How many pages may be open at once.
    cull_after_s
        A kernel whose page is gone ends after this time, seconds, where the page could
        not say goodbye.

    Raises
    ------
    InputError
        A value that is not allowed.

    Examples
    --------
    >>> Serving(user="Kim").role
    'analyst'
    """

    user: str = ""
    role: str = "analyst"
    token: str = field(default="", repr=False)
    proxy: Proxy | None = None
    listen: str = LOOPBACK
    hosts: tuple[str, ...] = ()
    base_url: str = "/"
    preheat: int = 1
    most_viewers: int = 20
    cull_after_s: int = 600

    def __post_init__(self) -> None:
        _check_role(self.role)
        _check_address(self.listen)
        if not ipaddress.ip_address(self.listen).is_loopback and self.proxy is None:
            message = (
                f"listen is {self.listen}; allowed without a sign-on proxy: "
                f"{LOOPBACK}, because nobody else says who comes"
            )
            raise InputError(message)
        if not (self.base_url.startswith("/") and self.base_url.endswith("/")):
            message = f"base_url is {self.base_url!r}; allowed: a path such as /city/"
            raise InputError(message)
        for name, low, high in (
            ("preheat", 0, 16),
            ("most_viewers", 1, 1000),
            ("cull_after_s", 1, _LONGEST_S),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not (
                isinstance(value, int) and low <= value <= high
            ):
                message = f"{name} is {value!r}; allowed: {low:,} to {high:,}"
                raise InputError(message)

    def changed(self, **changes: object) -> Self:
        """
        Give another one.

        Parameters
        ----------
        **changes
            Fields and their new values; those that are ``None`` are left as they are.

        Returns
        -------
        Serving
            The other one.

        Raises
        ------
        InputError
            A value that is not allowed.
        """
        kept = {name: value for name, value in changes.items() if value is not None}
        return replace(self, **kept)  # type: ignore[arg-type]

    def as_json(self) -> dict[str, Any]:
        """Give all of it, secrets too, for the process that serves."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """
        Give what :meth:`as_json` gave.

        Parameters
        ----------
        given
            That.

        Returns
        -------
        Serving
            The same settings.
        """
        return cls(**_settings(cls, given))


def read_serving(path: str | PathLike[str]) -> Serving:
    """
    Read how to serve from a TOML file.

    Parameters
    ----------
    path
        The file: a table ``serve`` with the fields of :class:`Serving`, and a table
        ``proxy`` with those of :class:`Proxy`; ``secret_file`` names a file that holds
        the secret, beside this one where it is no whole path.

    Returns
    -------
    Serving
        The settings.

    Raises
    ------
    InputError
        The file cannot be read, or holds something that is not allowed.
    """
    file = Path(path)
    try:
        read = tomllib.loads(file.read_text("utf-8"))
        proxy = read.pop("proxy", None)
        if isinstance(proxy, dict) and "secret_file" in proxy:
            secret = file.parent / str(proxy.pop("secret_file"))
            proxy["secret"] = secret.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{file} cannot be read as settings of a server: {error}"
        raise InputError(message) from error
    unknown = sorted(set(read) - {"serve"})
    for name, table in (("serve", read.get("serve", {})), ("proxy", proxy or {})):
        if not isinstance(table, dict):
            message = f"{file}: {name} is {table!r}; allowed: a table [{name}]"
            raise InputError(message)
    if unknown:
        message = f"{file} has a table {unknown[0]!r}; allowed: serve, proxy"
        raise InputError(message)
    try:
        return Serving.from_json({**read.get("serve", {}), "proxy": proxy})
    except InputError as error:
        message = f"{file}: {error}"
        raise InputError(message) from error


def proof_of(nonce: str) -> str:
    """
    Give what a server says of itself, which only the one who has started it can check.

    Parameters
    ----------
    nonce
        A random text that the parent told it where nobody else can read.

    Returns
    -------
    str
        Hexadecimal digits.
    """
    return hashlib.sha256(nonce.encode("utf-8")).hexdigest()


def _settings(kind: type[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Give settings as their class takes them: tuples for lists, checked by type."""
    known = {one.name for one in fields(kind)}
    for name in given:
        if name not in known:
            message = f"{name} is no setting; allowed: {', '.join(sorted(known))}"
            raise InputError(message)
    if kind is Proxy and "secret" not in given:
        message = "the proxy has no secret; allowed: secret_file = a file that holds it"
        raise InputError(message)
    return {name: _setting(name, value) for name, value in given.items()}


def _setting(name: str, value: Any) -> Any:  # noqa: ANN401 - as TOML or JSON has it
    if name in _COUNTS or (value is None and name in _MAY_BE_LEFT_OUT):
        return value  # a count is checked with its range
    if name == "proxy":
        return Proxy(**_settings(Proxy, value))
    if name in {"addresses", "hosts"}:
        _check_is(name, value, list | tuple)
        return tuple(str(one) for one in value)
    if name == "groups":
        _check_is(name, value, dict)
        return {str(key): str(role) for key, role in value.items()}
    _check_is(name, value, str)
    return value


def _check_is(name: str, value: object, kind: Any) -> None:  # noqa: ANN401 - a type or a union
    if not isinstance(value, kind):
        words = {dict: "a table", str: "a text"}.get(kind, "a list of texts")
        seen = "no text" if name in {"secret", "token"} else repr(value)
        message = f"{name} is {seen}; allowed: {words}"
        raise InputError(message)


def _check_address(address: str) -> None:
    try:
        ipaddress.ip_address(address)
    except ValueError as error:
        message = f"{address!r} is no address; allowed: one such as {LOOPBACK}"
        raise InputError(message) from error


def _check_role(role: str) -> None:
    """Refuse roles that there are not, and the one that no dashboard is for."""
    if role == _NO_STAFF:
        message = (
            f"the role {role!r} has no dashboard, because it may see no single camera; "
            f"allowed: {', '.join(STAFF)}"
        )
        raise InputError(message)
    if role not in STAFF:
        message = f"there is no role {role!r}; allowed: {', '.join(STAFF)}"
        raise InputError(message)
