"""Propose an alias table for a file that nobody has described yet, with a preview."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coveragekit import model
from coveragekit.errors import CoverageKitError
from coveragekit.sources.files import open_source
from coveragekit.sources.guesses import guess_aliases, guess_table
from coveragekit.sources.loaded import Ledger, mask_secrets
from coveragekit.sources.raw import missing
from coveragekit.sources.reader import read_table
from coveragekit.sources.values import as_text

if TYPE_CHECKING:
    import os

    import pandas as pd

    from coveragekit.sources.aliases import Aliases, Rule
    from coveragekit.sources.raw import Raw

__all__ = ["ColumnGuess", "Proposal", "propose_columns"]

_SAMPLES = 3
_SAMPLE_LENGTH = 40
_PREVIEW_ROWS = 5
_HIDDEN = "(not shown)"


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """
    What is proposed for one column of a table.

    Parameters
    ----------
    column
        Column of the table.
    source
        Columns of the file, or the constant.
    why
        What speaks for it.
    samples
        Up to three distinct values of the file, feed addresses and passwords hidden.
    """

    column: str
    source: str
    why: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """
    An alias table proposed for a file.

    Parameters
    ----------
    source
        Name of the file.
    table
        Table that it most likely holds, or that was asked for.
    preset
        Name of the preset that fits, or ``None``.
    columns
        One guess a column.
    unused
        Columns of the file that feed nothing.
    toml
        The alias table, ready to be saved.
    questions
        What the file leaves open and only a person can say.
    preview
        The first rows as read.
    rejected
        Cause to number of rows.
    notices
        Sentences about the file as a whole.
    """

    source: str
    table: str
    preset: str | None
    columns: tuple[ColumnGuess, ...]
    unused: tuple[str, ...]
    toml: str
    questions: tuple[str, ...]
    preview: pd.DataFrame | None
    rejected: dict[str, int]
    notices: tuple[str, ...]

    def to_text(self) -> str:
        """
        Give the proposal as text for a terminal.

        Returns
        -------
        str
            Several lines.
        """
        preset = f", preset {self.preset}" if self.preset else ""
        parts = [f"{self.source}: read as {self.table}{preset}", ""]
        width = max((len(one.column) for one in self.columns), default=0)
        for one in self.columns:
            samples = " | ".join(one.samples)
            parts.append(f"  {one.column:<{width}}  <- {one.source}  ({one.why})")
            parts.append(f"  {'':<{width}}     {samples}")
        if self.unused:
            parts += ["", f"not used: {', '.join(self.unused)}"]
        for title, lines in (("to be answered", self.questions), ("", self.notices)):
            parts += ["", f"{title}:"] if title and lines else []
            parts += [f"  {line}" for line in lines]
        if self.preview is not None:
            parts += ["", "first rows as read:", self.preview.to_string(index=False)]
        if self.rejected:
            parts += ["", "not taken as they stand:"]
            parts += [f"  {cause}: {count}" for cause, count in self.rejected.items()]
        how = f"--aliases {self.table}=FILE.toml"
        heading = f"alias table (save it as FILE.toml and read the file with {how}):"
        parts += ["", heading, "", self.toml]
        return "\n".join(parts)


def propose_columns(
    path: str | os.PathLike[str],
    table: str | None = None,
    *,
    crs: str | None = None,
    time_zone: str | None = None,
    layer: str | None = None,
) -> Proposal:
    """
    Give the alias table that fits a file best, with what it would read.

    Parameters
    ----------
    path
        The file.
    table
        Table wanted; guessed where ``None``.
    crs, time_zone, layer
        As for :func:`coveragekit.sources.read_table`.

    Returns
    -------
    Proposal
        Feed addresses and passwords in it are hidden.

    Raises
    ------
    InputError
        No such table, or a format that is not read.
    SourceUnavailable
        There is no such file, or it is damaged.
    SourceChanged
        Nothing tells which table it is, or it has no coordinates.
    """
    file = Path(path)
    if table is not None:
        model.table(table)
    raw = open_source(file, Ledger(table or "", file.name), layer=layer)
    name = table or guess_table(raw, file.name)
    aliases = guess_aliases(raw, name, file.name)
    preview, rejected, notices, questions = _try(
        file, aliases, crs=crs, time_zone=time_zone, layer=layer
    )
    used = {*aliases.needs, *aliases.never_read}
    used |= {one for rule in aliases.columns.values() for one in rule.needs}
    return Proposal(
        source=file.name,
        table=name,
        preset=aliases.name or None,
        columns=_guesses(raw, aliases),
        unused=tuple(str(one) for one in raw.frame.columns if str(one) not in used),
        toml=_toml(aliases, file.name, time_zone=time_zone, crs=crs),
        questions=questions,
        preview=preview,
        rejected=rejected,
        notices=notices,
    )


def _try(
    file: Path,
    aliases: Aliases,
    *,
    crs: str | None,
    time_zone: str | None,
    layer: str | None,
) -> tuple[pd.DataFrame | None, dict[str, int], tuple[str, ...], tuple[str, ...]]:
    """Read the file by the proposal; what stops it becomes a question."""
    questions: list[str] = []
    zone = time_zone
    for _ in range(3):
        try:
            loaded = read_table(
                file,
                aliases.table,
                aliases=aliases,
                crs=crs,
                time_zone=zone,
                layer=layer,
            )
        except CoverageKitError as error:
            questions.append(str(error))
            if "time zone" in str(error) and zone is None:
                zone = "UTC"
            elif "month or the day first" in str(error):
                aliases = replace(aliases, time_order="mdy")
            else:
                return None, {}, (), tuple(questions)
            continue
        what = loaded.rejected["cause"] + " (" + loaded.rejected["action"] + ")"
        counts = {str(one): int(count) for one, count in what.value_counts().items()}
        return _preview(loaded.table), counts, loaded.notices, tuple(questions)
    return None, {}, (), tuple(questions)


def _preview(table: Any) -> pd.DataFrame:  # noqa: ANN401 - a GeoDataFrame
    import pandas as pd

    head = table.head(_PREVIEW_ROWS)
    shown = pd.DataFrame(
        {
            name: [_short(cell) for cell in head[name]]
            for name in head.columns
            if name != "geometry" and table[name].notna().any()
        }
    )
    point = head.geometry.representative_point()
    shown["lon"] = point.x.round(6).to_numpy()
    shown["lat"] = point.y.round(6).to_numpy()
    return shown


def _short(cell: object) -> str:
    text = ";".join(map(str, cell)) if isinstance(cell, list) else str(cell)
    masked = mask_secrets(text) if text not in {"nan", "NaT", "<NA>", "None"} else ""
    return (
        masked
        if len(masked) <= _SAMPLE_LENGTH
        else masked[: _SAMPLE_LENGTH - 3] + "..."
    )


def _guesses(raw: Raw, aliases: Aliases) -> tuple[ColumnGuess, ...]:
    why = f"preset {aliases.name}" if aliases.name else "its name or values"
    guesses = []
    place = aliases.place
    for label, column in (("longitude/x", place.x), ("latitude/y", place.y)):
        if column is not None and column in raw.frame.columns:
            guesses.append(_guess(raw, label, (column,), why=why))
    for name, rule in aliases.columns.items():
        if rule.constant is not None:
            guesses.append(ColumnGuess(name, repr(rule.constant), why, ()))
            continue
        there = tuple(one for one in rule.needs if one in raw.frame.columns)
        if there:
            guesses.append(_guess(raw, name, there, why=rule.why or why))
    return tuple(guesses)


def _guess(raw: Raw, name: str, columns: tuple[str, ...], *, why: str) -> ColumnGuess:
    series = raw.frame[columns[0]]
    distinct = as_text(series[~missing(series)]).drop_duplicates().head(_SAMPLES)
    samples = tuple(_short(cell) for cell in distinct)
    return ColumnGuess(name, ", ".join(columns), why, samples)


def _toml(
    aliases: Aliases, source: str, *, time_zone: str | None, crs: str | None
) -> str:
    import tomli_w

    if aliases.name:
        return (
            f"# {source} is recognised as the preset {aliases.name}; "
            "no alias table is needed.\n"
        )
    head: dict[str, Any] = {"name": Path(source).stem, "table": aliases.table}
    zone = time_zone or aliases.time_zone
    if zone is not None:
        head["time_zone"] = zone
    if aliases.time_order is not None:
        head["time_order"] = aliases.time_order
    if aliases.never_read:
        head["never_read"] = list(aliases.never_read)
    place = aliases.place
    x, y = ("x", "y") if crs and place.x else ("lon", "lat")
    geometry = {x: place.x, y: place.y, "shape": place.shape, "crs": crs or place.crs}
    head["geometry"] = {key: word for key, word in geometry.items() if word is not None}
    head["columns"] = {name: _line(rule) for name, rule in aliases.columns.items()}
    layout = model.table(aliases.table)
    timed = any(layout.columns[name].type == "time" for name in aliases.columns)
    open_zone = '# time_zone = "America/New_York"\n' if timed and not zone else ""
    return open_zone + tomli_w.dumps(head)


def _line(rule: Rule) -> Any:  # noqa: ANN401 - any TOML value
    if not (rule.unit or rule.clock or rule.words):
        return rule.columns[0]
    line: dict[str, Any] = {"column": rule.columns[0]}
    if rule.clock:
        line = {"date": rule.columns[0], "time": rule.clock}
    if rule.unit:
        line["unit"] = rule.unit
    if rule.words:
        line["map"] = dict(rule.words)
    return line
