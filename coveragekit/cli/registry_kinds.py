"""What people call the kinds of rows, and how a row is told to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["kind_of", "lines_of", "name_of", "plain"]

# The word for one, the word for many, and the registry's own.
_WORDS = (
    ("camera", "cameras", "camera"),
    ("owner", "owners", "owner"),
    ("contact", "contacts", "contact"),
    ("site", "sites", "site"),
    ("authority", "authorities", "authority"),
    ("recorder", "recorders", "recorder"),
    ("credential", "credentials", "credential"),
    ("prospect", "prospects", "prospect"),
    ("share", "shares", "share"),
    ("user", "users", "app_user"),
    ("zone", "zones", "privacy_zone"),
    ("feed", "feeds", "feed"),
    ("mask", "masks", "picture_mask"),
)
_ALSO = {"app_users": "app_user", "privacy_zones": "privacy_zone"}
_ALSO |= {"person": "app_user", "people": "app_user"}
_GAP = "  "
_WIDEST = 34


def kind_of(word: str) -> str:
    """
    Give the registry's word for a kind of rows, from one that people use.

    Parameters
    ----------
    word
        Such as ``cameras``, ``Owner`` or ``users``.

    Returns
    -------
    str
        Such as ``camera`` or ``app_user``.

    Raises
    ------
    typer.BadParameter
        There are no such rows.

    Examples
    --------
    >>> kind_of("Users"), kind_of("authorities"), kind_of("privacy-zone")
    ('app_user', 'authority', 'privacy_zone')
    """
    wanted = word.strip().lower().replace("-", "_").replace(" ", "_")
    if wanted in _ALSO:
        return _ALSO[wanted]
    for one, many, kind in _WORDS:
        if wanted in {one, many, kind}:
            return kind
    allowed = ", ".join(many for _, many, _ in _WORDS)
    message = f"there is no list of {word!r:.40}; allowed: {allowed}"
    raise typer.BadParameter(message)


def name_of(kind: str, *, many: bool = False) -> str:
    """
    Give what people call a kind of rows.

    Parameters
    ----------
    kind
        The registry's word.
    many
        Whether there are several.

    Returns
    -------
    str
        The word.

    Examples
    --------
    >>> name_of("app_user"), name_of("authority", many=True)
    ('user', 'authorities')
    """
    return next(words[many] for words in _WORDS if words[2] == kind)


def plain(value: object) -> str:
    """
    Give a value as people read it.

    Parameters
    ----------
    value
        Of a row of the registry.

    Returns
    -------
    str
        Whole numbers without decimals, times with their zone, lists with semicolons;
        what does not print is a question mark.

    Examples
    --------
    >>> plain(90.0), plain(True), plain(["hfov_deg", "kind"]), plain(None)
    ('90', 'yes', 'hfov_deg; kind', '')
    """
    if value is None:
        return ""
    for kind, tell in _TOLD:
        if isinstance(value, kind):
            return tell(value)
    return _printable(value)


def _printable(value: object) -> str:
    return "".join(one if one.isprintable() else "?" for one in str(value))


# A bool is an int, a datetime is a date, and a text is a sequence.
_TOLD: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (bool, lambda one: "yes" if one else "no"),
    (float, lambda one: f"{one:.7f}".rstrip("0").rstrip(".")),
    (datetime, lambda one: f"{one:%Y-%m-%d %H:%M} UTC"),
    (date, lambda one: str(one.isoformat())),
    (str, _printable),
    (Mapping, lambda one: "; ".join(f"{k}: {plain(v)}" for k, v in one.items())),
    (Sequence, lambda one: "; ".join(map(plain, one))),
)


def lines_of(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """
    Give rows as lines under a heading; columns that say nothing are left out.

    Parameters
    ----------
    rows
        The rows, by heading. The first column and ids are never cut short, so that
        they can be copied.

    Yields
    ------
    str
        The heading, then a line each.

    Examples
    --------
    >>> rows = [{"id": "own_1", "name": "Deli", "end": None}, {"id": "own_22"}]
    >>> for line in lines_of(rows):
    ...     print(line)
    id      name
    own_1   Deli
    own_22
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = {name: [plain(row.get(name)) for row in rows] for name in names}
    shown = [name for name in names if any(cells[name])]
    for name in shown:
        cells[name] = [_cut(one) for one in cells[name]]
    widths = {name: max(map(len, (name, *cells[name]))) for name in shown}
    for place in range(-1, len(rows)):
        line = (name if place < 0 else cells[name][place] for name in shown)
        padded = (
            one.ljust(widths[name]) for name, one in zip(shown, line, strict=True)
        )
        yield _GAP.join(padded).rstrip()


def _cut(cell: str) -> str:
    return cell if len(cell) <= _WIDEST else f"{cell[: _WIDEST - 1]}…"
