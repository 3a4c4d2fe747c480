"""Make a study from files: read, clean, report, and write all of it or nothing."""

from __future__ import annotations

import math
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coveragekit import model
from coveragekit.crs import WGS84, check_true_scale, local_crs
from coveragekit.errors import InputError, StudyError
from coveragekit.optics import check_cameras
from coveragekit.study.export import safe_cells
from coveragekit.study.folder import (
    TERRAIN_FILE,
    check_is_new,
    write_geoparquet,
    write_settings,
)
from coveragekit.study.habits import check_habits
from coveragekit.study.settings import Input, Settings, check_time_zone, folder_name
from coveragekit.study.shares import event_times
from coveragekit.study.steps import disk_error
from coveragekit.study.study import Study
from coveragekit.study.terrain import read_ground, terrain_inputs, write_terrain

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from os import PathLike

    import geopandas as gpd
    import pandas as pd

    from coveragekit.sources import Loaded, Terrain

__all__ = ["Inputs", "create_study", "write_study"]

METRES_A_DEGREE: Final = 111_320.0
SAME_POINT_M: Final = 100.0
SAME_SHAPE_M: Final = 1.0
GROUND_TABLES: Final = ("buildings", "streets")
EXTENT_TABLES: Final = ("buildings", "streets", "cameras", "incidents", "calls")


@dataclass(frozen=True, slots=True)
class Inputs:
    """
    The files that a study is made from.

    Parameters
    ----------
    files
        Table to its files; ``"osm"`` names OpenStreetMap files, which feed several, and
        ``"terrain"`` rasters of ground heights.
    aliases
        Table to the alias table to read it with: a preset's name or a TOML file.
    crs
        Table to the CRS of its coordinates, where the file does not say.
    """

    files: Mapping[str, Sequence[Path]]
    aliases: Mapping[str, str] = field(default_factory=dict)
    crs: Mapping[str, str] = field(default_factory=dict)


def create_study(
    folder: str | PathLike[str],
    inputs: Inputs,
    *,
    settings: Mapping[str, Any] | None = None,
) -> Study:
    """
    Make a study from files.

    Parameters
    ----------
    folder
        A new or empty folder.
    inputs
        The files, by table.
    settings
        Fields of :class:`~coveragekit.study.Settings` to set, such as ``name``,
        ``time_zone``, ``purpose``; what is not given is chosen from the data.

    Returns
    -------
    Study
        The study, not built yet.

    Raises
    ------
    StudyError
        The folder is not new, or the files hold nothing to place a study by.
    InputError
        A file or setting that cannot be used; nothing is left behind.
    SourceError
        A file that cannot be read; nothing is left behind.
    """
    path = Path(folder)
    check_is_new(path)
    loaded = _read_all(inputs, (settings or {}).get("time_zone"))
    if not any(len(one.table) for name, one in loaded if name in GROUND_TABLES):
        message = (
            "the files hold neither buildings nor streets, so that there is nothing to "
            "look at; give --buildings, --streets or --osm"
        )
        raise StudyError(message)
    terrain = inputs.files.get("terrain", ())
    return write_study(path, loaded, settings=settings, terrain=terrain)


def _read_all(inputs: Inputs, time_zone: str | None) -> list[tuple[str, Loaded]]:
    from coveragekit.sources import read_osm, read_table

    if time_zone is not None:
        check_time_zone(time_zone)
    loaded: list[tuple[str, Loaded]] = []
    for path in inputs.files.get("osm", ()):
        found = read_osm(path)
        taken = {name: one for name, one in found.items() if name not in inputs.files}
        notes = tuple(
            f"{len(one.table):,} {name} of {path.name} are not used, because --{name} "
            "names a file"
            for name, one in found.items()
            if name in inputs.files and len(one.table)
        )
        for number, (name, one) in enumerate(taken.items()):
            noted = replace(one, notices=(*one.notices, *notes)) if not number else one
            loaded.append((name, noted))
    for name, paths in inputs.files.items():
        if name in {"osm", "terrain"}:
            continue
        loaded.extend(
            (
                name,
                read_table(
                    path,
                    name,
                    aliases=inputs.aliases.get(name),
                    crs=inputs.crs.get(name),
                    time_zone=time_zone,
                ),
            )
            for path in paths
        )
    return loaded


def write_study(
    folder: Path,
    loaded: Sequence[tuple[str, Loaded]],
    *,
    settings: Mapping[str, Any] | None = None,
    terrain: Sequence[Path] = (),
) -> Study:
    """
    Write a study from tables that were read already.

    Parameters
    ----------
    folder
        A new or empty folder.
    loaded
        Table names and what was read for them; several for one table are joined.
    settings
        As for :func:`create_study`.
    terrain
        Rasters of ground heights; with any, walls and hills hide by their height.

    Returns
    -------
    Study
        The study, not built yet.

    Raises
    ------
    StudyError
        The folder is not new, or nothing in the tables says where the study is.
    TableError
        A table has faults, or the optics of a camera contradict each other.
    SourceError
        The folder cannot be written; nothing is left behind.
    """
    check_is_new(folder)
    tables, loaded = _join(loaded)
    given = dict(settings or {})
    if terrain:
        given.setdefault("relief", "surface")
    chosen = _choose_settings(folder, tables, loaded=loaded, given=given)
    ground = read_ground(terrain, tables, crs=chosen.crs) if terrain else None
    if ground is not None:
        more = terrain_inputs(terrain, ground)
        chosen = replace(chosen, inputs=(*chosen.inputs, *more))
    if "cameras" in tables:
        check_habits(tables["cameras"], chosen)
    rejected = _rejected([one.rejected for _, one in loaded])
    try:
        _write_whole(folder, tables, rejected=rejected, chosen=chosen, ground=ground)
    except OSError as error:
        raise disk_error(folder, error, "no study was made") from error
    return Study(folder, chosen)


def _write_whole(
    folder: Path,
    tables: Mapping[str, gpd.GeoDataFrame],
    *,
    rejected: pd.DataFrame,
    chosen: Settings,
    ground: Terrain | None,
) -> None:
    parent = folder.resolve().parent
    parent.mkdir(parents=True, exist_ok=True)
    working = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=parent))
    try:
        for name, table in tables.items():
            write_geoparquet(table, working / f"{name}.parquet")
        if ground is not None:
            write_terrain(ground, working / TERRAIN_FILE)
        rejected.to_csv(working / "rejected.csv", index=False)
        write_settings(working, chosen)
        working.chmod(0o755)
        if folder.is_dir():
            folder.rmdir()
        working.rename(folder)
    except BaseException:  # also an interruption: nothing half-written stays
        shutil.rmtree(working, ignore_errors=True)
        raise


def _join(
    loaded: Sequence[tuple[str, Loaded]],
) -> tuple[dict[str, gpd.GeoDataFrame], list[tuple[str, Loaded]]]:
    """Join the parts of each table, each part without what an earlier one has."""
    import pandas as pd

    tables: dict[str, gpd.GeoDataFrame] = {}
    parts: list[tuple[str, Loaded]] = []
    for name, one in loaded:
        earlier = [part.table for key, part in parts if key == name]
        parts.append((name, _entering(name, earlier, one) if earlier else one))
    for name in dict.fromkeys(name for name, _ in parts):
        frames = [part.table for key, part in parts if key == name]
        whole = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
        tables[name] = model.conform(name, whole)
        model.check(name, tables[name])
        if name == "cameras":
            check_cameras(tables[name])
    return tables, parts


def _entering(name: str, earlier: Sequence[gpd.GeoDataFrame], one: Loaded) -> Loaded:
    import pandas as pd

    file = str(one.provenance.get("file", ""))
    # A report's number names one event, however differently two exports place it.
    is_event = name in {"incidents", "calls"}
    own_keys = is_event and not _numbered_by_us(one.table[model.table(name).key], file)
    fresh, changed = _apart(name, earlier, one.table, own_keys=own_keys)
    changed["source"] = file
    gone = len(one.table) - len(fresh)
    kept = int(one.provenance.get("rows_kept", len(one.table))) - gone
    return replace(
        one,
        table=fresh,
        rejected=pd.concat([one.rejected, changed], ignore_index=True),
        provenance={**one.provenance, "rows_kept": kept},
    )


def _apart(
    name: str,
    kept: Sequence[gpd.GeoDataFrame],
    part: gpd.GeoDataFrame,
    *,
    own_keys: bool,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Leave out rows that an earlier file has; number others whose key is taken.

    Two exports of one register repeat its keys at the same place; two files without
    keys of their own are numbered alike, and their rows lie elsewhere.
    """
    import pandas as pd

    key = model.table(name).key
    known = (
        {row[key]: row for frame in kept for row in frame.to_dict("records")}
        if any(part[key].isin(frame[key]).any() for frame in kept)
        else {}
    )
    fresh = part.copy()
    lines, gone = [], []
    for position, row in zip(part.index, part.to_dict("records"), strict=True):
        if row[key] not in known:
            continue
        if own_keys or _same_thing(known[row[key]], row):
            gone.append(position)
            lines.append((row[key], "stands in an earlier file", ""))
            continue
        number = 2
        while f"{row[key]}~{number}" in known:
            number += 1
        renamed = f"{row[key]}~{number}"
        known[renamed] = row
        fresh.loc[position, key] = renamed
        lines.append((row[key], "key is taken by an earlier file", renamed))
    changed = pd.DataFrame(lines, columns=["value", "cause", "detail"], dtype="str")
    changed["action"] = changed["detail"].map(
        lambda renamed: "repaired" if renamed else "row left out"
    )
    return fresh.drop(index=gone), changed.assign(table=name, row="", column=key)


def _numbered_by_us(keys: pd.Series[str], file: str) -> bool:
    return bool(keys.str.startswith(f"{file.partition('.')[0]}-").all())


def _same_thing(one: dict[Hashable, Any], two: dict[Hashable, Any]) -> bool:
    """Tell whether two rows of one key are near enough to be the same thing."""
    here, there = one["geometry"].centroid, two["geometry"].centroid
    east_m = (here.x - there.x) * METRES_A_DEGREE * math.cos(math.radians(here.y))
    north_m = (here.y - there.y) * METRES_A_DEGREE
    is_point = one["geometry"].geom_type == "Point"
    return math.hypot(east_m, north_m) <= (SAME_POINT_M if is_point else SAME_SHAPE_M)


def _rejected(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    from coveragekit.sources.loaded import REJECTED_COLUMNS

    some = [part for part in parts if len(part)]
    if not some:
        return pd.DataFrame(columns=list(REJECTED_COLUMNS), dtype="str")
    whole = pd.concat(some, ignore_index=True)[list(REJECTED_COLUMNS)]
    return safe_cells(whole)


def _choose_settings(
    folder: Path,
    tables: Mapping[str, gpd.GeoDataFrame],
    *,
    loaded: Sequence[tuple[str, Loaded]],
    given: dict[str, Any],
) -> Settings:
    now = datetime.now(UTC).replace(microsecond=0)
    crs = given.pop("crs", None)
    if crs is None:
        lon, lat = _middle(tables)
        crs = f"EPSG:{local_crs(lon=lon, lat=lat).to_epsg()}"
    else:
        lon, lat = _middle(tables)
        check_true_scale(crs, lon=lon, lat=lat)
    given.setdefault("name", folder_name(folder.resolve().name))
    given.setdefault("time_zone", _time_zone(loaded))
    given.setdefault("as_of", _newest(tables, now))
    inputs = tuple(_input(name, one) for name, one in loaded)
    try:
        return Settings(crs=str(crs), created_at=now, inputs=inputs, **given)
    except TypeError as error:
        message = f"a setting that studies do not have: {error}"
        raise InputError(message) from error


def _middle(tables: Mapping[str, gpd.GeoDataFrame]) -> tuple[float, float]:
    for name in EXTENT_TABLES:
        table = tables.get(name)
        if table is not None and len(table):
            minx, miny, maxx, maxy = table.to_crs(WGS84).total_bounds
            return float(minx + maxx) / 2.0, float(miny + maxy) / 2.0
    message = (
        "the files hold no row that says where the study is; give buildings, streets, "
        "cameras, incidents or calls, or an OpenStreetMap file"
    )
    raise StudyError(message)


def _time_zone(loaded: Sequence[tuple[str, Loaded]]) -> str:
    for _, one in loaded:
        zone = one.provenance.get("time_zone")
        if zone:
            return str(zone)
    return "UTC"


def _newest(tables: Mapping[str, gpd.GeoDataFrame], now: datetime) -> datetime:
    newest = []
    for name in ("incidents", "calls"):
        if name not in tables:
            continue
        times = event_times(name, tables[name]).dropna()
        times = times[times <= now]
        if len(times):
            newest.append(times.max().to_pydatetime())
    return max(newest).replace(microsecond=0) if newest else now


def _input(name: str, one: Loaded) -> Input:
    facts = one.provenance
    return Input(
        table=name,
        file=str(facts.get("file", "")),
        sha256=str(facts.get("sha256") or ""),
        offered=int(facts.get("rows_offered", len(one.table))),
        kept=int(facts.get("rows_kept", len(one.table))),
        preset=str(facts.get("preset") or ""),
        licence=str(facts.get("licence") or ""),
        attribution=str(facts.get("attribution") or ""),
        notices=tuple(one.notices),
        simulated=bool(facts.get("simulated", False)),
    )
