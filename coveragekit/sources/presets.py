"""Choose the alias table of a source: by name, by file, by its columns, or by words."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coveragekit import model
from coveragekit.errors import InputError, SourceChanged, SourceUnavailable
from coveragekit.sources.aliases import Aliases, Place, Rule, parse_aliases
from coveragekit.sources.values import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "choose_aliases",
    "find_degrees",
    "match_words",
    "preset",
    "preset_names",
    "recognise",
]


@cache
def _presets() -> Mapping[str, Aliases]:
    found = {}
    folder = files("coveragekit.sources").joinpath("data/presets")
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.name.endswith(".toml"):
            parsed = parse_aliases(entry.read_text("utf-8"), entry.name)
            found[parsed.name] = parsed
    return found


def preset_names() -> tuple[str, ...]:
    """
    Give the names of the alias tables that come with the package.

    Returns
    -------
    tuple of str
        The names, in alphabetical order.

    Examples
    --------
    >>> "apd-2021" in preset_names()
    True
    """
    return tuple(sorted(_presets()))


def preset(name: str) -> Aliases:
    """
    Give an alias table that comes with the package.

    Parameters
    ----------
    name
        Its name, or another name that it answers to.

    Returns
    -------
    Aliases
        The alias table.

    Raises
    ------
    InputError
        None has that name.

    Examples
    --------
    >>> preset("gdot-2024").table
    'cameras'
    """
    for known in _presets().values():
        if name == known.name or name in known.also:
            return known
    message = (
        f"there is no preset {name!r}; allowed: {', '.join(preset_names())}, "
        "or the path of an alias table (.toml)"
    )
    raise InputError(message)


def choose_aliases(
    columns: Sequence[str],
    table: str,
    given: str | Path | Aliases | None,
    *,
    source: str,
    has_shapes: bool,
    projected: bool = False,
) -> Aliases:
    """
    Give the alias table by which a source is read.

    Parameters
    ----------
    columns
        Columns of the source.
    table
        Table of the model wanted.
    given
        Name of a preset, path of a TOML file, an alias table, or ``None`` to find out.
    source
        Name of the source, for messages.
    has_shapes
        Whether the source has shapes, so that no columns of coordinates are needed.
    projected
        Whether the caller names a projected CRS: columns called x and y then come
        before those called longitude and latitude.

    Returns
    -------
    Aliases
        A preset, the user's own, or one made by comparing names; the last has an empty
        ``name``.

    Raises
    ------
    InputError
        No preset has that name, or it feeds another table.
    SourceChanged
        The source lacks columns, or two columns could be meant.
    SourceUnavailable
        The alias table's file cannot be read.
    """
    if given is None:
        found = recognise(columns, table)
        if found is not None:
            return found
        return match_words(
            columns, table, source=source, has_shapes=has_shapes, projected=projected
        )
    aliases = given if isinstance(given, Aliases) else _load(given)
    if aliases.table != table:
        message = (
            f"alias table {aliases.name!r} feeds {aliases.table}, not {table}; "
            "choose another"
        )
        raise InputError(message)
    lacking = [name for name in aliases.needs if name not in columns]
    if lacking:
        message = (
            f"{source} lacks the columns {', '.join(lacking)} that alias table "
            f"{aliases.name!r} needs; it has: {', '.join(columns)}; "
            f"see: coveragekit columns {source}"
        )
        raise SourceChanged(message)
    if has_shapes or aliases.place.x or aliases.place.shape:
        return aliases
    words = match_words(
        columns, table, source=source, has_shapes=False, projected=projected
    )
    place = replace(
        aliases.place, x=words.place.x, y=words.place.y, shape=words.place.shape
    )
    return replace(aliases, place=place)


def _load(given: str | Path) -> Aliases:
    text = str(given)
    if isinstance(given, Path) or text.lower().endswith(".toml"):
        path = Path(given)
        try:
            return parse_aliases(path.read_text("utf-8"), path.name)
        except (OSError, UnicodeDecodeError) as error:
            message = f"alias table {path} cannot be read: {error}"
            raise SourceUnavailable(message) from error
    return preset(text)


def recognise(columns: Sequence[str], table: str) -> Aliases | None:
    """
    Give the preset whose columns a source has.

    Parameters
    ----------
    columns
        Columns of the source.
    table
        Table of the model wanted.

    Returns
    -------
    Aliases or None
        Of those presets of the table whose signature the source has in full, the one
        with the longest; ``None`` where there is none.

    Examples
    --------
    >>> recognise(["a", "b"], "cameras") is None
    True
    """
    there = set(columns)
    fitting = [
        known
        for known in _presets().values()
        if known.table == table
        and known.signature
        and there.issuperset(known.signature)
    ]
    return max(fitting, key=lambda known: len(known.signature), default=None)


@cache
def _words() -> dict[str, Any]:
    text = files("coveragekit.sources").joinpath("data/aliases.toml").read_text("utf-8")
    return tomllib.loads(text)


def match_words(
    columns: Sequence[str],
    table: str,
    *,
    source: str,
    has_shapes: bool,
    projected: bool = False,
) -> Aliases:
    """
    Give an alias table made by comparing names with the known spellings.

    Parameters
    ----------
    columns
        Columns of the source.
    table
        Table of the model wanted.
    source
        Name of the source, for messages.
    has_shapes
        Whether the source has shapes, so that no columns of coordinates are needed.
    projected
        Whether columns called x and y come first.

    Returns
    -------
    Aliases
        With an empty name.

    Raises
    ------
    SourceChanged
        No coordinates are found, or two columns could be meant.

    Examples
    --------
    >>> found = match_words(["ID", "Lat", "Lng"], "cameras", source="c.csv",
    ...     has_shapes=False)
    >>> found.place.x, found.columns["camera_id"].columns
    ('Lng', ('ID',))
    """
    by_plain: dict[str, list[str]] = {}
    for name in columns:
        by_plain.setdefault(plain(name), []).append(name)
    words = _words()
    never = {plain(word) for word in words["never_read"]}
    place = (
        Place() if has_shapes else _match_place(by_plain, words, projected=projected)
    )
    if place is None:
        message = (
            f"{source} has no columns of coordinates and no shapes; it has: "
            f"{', '.join(columns)}; name them in an alias table, see: "
            f"coveragekit columns {source}"
        )
        raise SourceChanged(message)
    taken = {name for name in (place.x, place.y, place.shape) if name is not None}
    rules: dict[str, Rule] = {}
    spellings = words.get(table, {})
    for column in model.table(table).columns:
        ranks = [[column], *spellings.get(column, [])]
        where = f"{source}, {column}"
        rule = _match_column(ranks, by_plain, taken | never, where=where)
        if rule is not None:
            rules[column] = rule
            taken.update(rule.needs)
    if table == "areas" and "name" not in rules and "area_id" in rules:
        # Where a name is also the id, it is still a name.
        (column,) = rules["area_id"].columns
        if plain(column).endswith(("name", "hood")):
            rules["name"] = rules["area_id"]
    return Aliases(
        name="",
        table=table,
        columns=rules,
        place=place,
        never_read=tuple(name for name in columns if plain(name) in never),
    )


def _match_column(
    ranks: list[Any],
    by_plain: Mapping[str, list[str]],
    taken: set[str],
    *,
    where: str,
) -> Rule | None:
    blocks = [rank for rank in ranks if isinstance(rank, dict)]
    words = {
        key: word for block in blocks for key, word in block.get("map", {}).items()
    }
    for rank in ranks:
        options = {} if isinstance(rank, list) else rank
        spellings = rank if isinstance(rank, list) else rank["names"]
        found = [
            name
            for word in spellings
            for name in by_plain.get(plain(word), [])
            if name not in taken and plain(name) not in taken
        ]
        found = list(dict.fromkeys(found))
        if len(found) > 1:
            message = (
                f"{where}: the columns {' and '.join(found)} could both be meant; "
                "name one in an alias table, see: coveragekit columns FILE"
            )
            raise SourceChanged(message)
        if found:
            clock = _match_clock(options.get("time", []), by_plain)
            return Rule(
                columns=(found[0],),
                unit=options.get("unit"),
                clock=clock,
                words=words,
                why=f"its name is a known spelling of {where.rsplit(', ', 1)[-1]}",
            )
    return None


def _match_clock(spellings: list[str], by_plain: Mapping[str, list[str]]) -> str | None:
    for word in spellings:
        if plain(word) in by_plain:
            return by_plain[plain(word)][0]
    return None


def find_degrees(columns: Sequence[str]) -> tuple[str, str] | None:
    """
    Give the columns of longitude and latitude among the columns of a source.

    Parameters
    ----------
    columns
        Columns of the source.

    Returns
    -------
    tuple of str or None
        Longitude and latitude; ``None`` where no names say so.

    Examples
    --------
    >>> find_degrees(["X", "Y", "Long", "Lat"])
    ('Long', 'Lat')
    """
    by_plain = {plain(name): name for name in columns}
    for lon, lat in _words()["coordinates"]["pairs"]:
        if plain(lon) in by_plain and plain(lat) in by_plain:
            return by_plain[plain(lon)], by_plain[plain(lat)]
    return None


def _match_place(
    by_plain: Mapping[str, list[str]], words: Mapping[str, Any], *, projected: bool
) -> Place | None:
    pairs = list(words["coordinates"]["pairs"])
    if projected:
        pairs = [*words["coordinates"]["grid_pairs"], *pairs]
    else:
        pairs = [*pairs, *words["coordinates"]["grid_pairs"]]
    for lon, lat in pairs:
        if plain(lon) in by_plain and plain(lat) in by_plain:
            return Place(x=by_plain[plain(lon)][0], y=by_plain[plain(lat)][0])
    for word in words["coordinates"]["shapes"]:
        if plain(word) in by_plain:
            return Place(shape=by_plain[plain(word)][0])
    return None
