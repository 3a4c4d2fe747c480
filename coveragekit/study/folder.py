"""One city in one folder: its tables, its results, and how they are read."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from coveragekit import model
from coveragekit.crs import WGS84
from coveragekit.errors import SourceUnavailable, StudyError
from coveragekit.study.kept import kept
from coveragekit.study.settings import FILE_NAME, Settings, read_settings
from coveragekit.study.steps import results_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import geopandas as gpd
    import pandas as pd

__all__ = [
    "TERRAIN_FILE",
    "Results",
    "StudyFolder",
    "check_is_new",
    "file_digest",
    "file_key",
    "read_geoparquet",
    "rejected_counts",
    "write_geoparquet",
    "write_settings",
]

TERRAIN_FILE: Final = "terrain.tif"
ENDS: Final = ("low", "median", "high")
# Tables that several steps of a build read; events are large, and read by one each.
ASKED_AGAIN: Final = ("buildings", "streets", "areas", "places", "cameras")


def write_geoparquet(frame: gpd.GeoDataFrame, path: Path) -> None:
    """
    Write a frame as GeoParquet 1.1.

    Parameters
    ----------
    frame
        The frame; its geometry is brought to EPSG:4326.
    path
        The file to write.
    """
    located = frame.to_crs(WGS84) if frame.crs != WGS84 else frame
    located.to_parquet(path, index=False, schema_version="1.1.0", compression="zstd")


def read_geoparquet(path: Path) -> gpd.GeoDataFrame:
    """
    Read a GeoParquet file of a study.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    geopandas.GeoDataFrame
        The frame, EPSG:4326.

    Raises
    ------
    SourceUnavailable
        The file is not there or cannot be read.
    """
    import geopandas as gpd
    from pyarrow import ArrowException

    try:
        return gpd.read_parquet(path)
    except FileNotFoundError as error:
        message = f"{path} is missing; build the study again: coveragekit build"
        raise SourceUnavailable(message) from error
    except (ArrowException, ValueError, OSError) as error:
        message = f"{path} cannot be read as GeoParquet: {error}"
        raise SourceUnavailable(message) from error


def file_key(path: Path) -> tuple[str, int, int]:
    """
    Give what tells one state of a file from another.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    tuple
        Its path, when it was written, and its size.
    """
    state = path.stat()
    return str(path), state.st_mtime_ns, state.st_size


def file_digest(path: Path) -> str:
    """
    Give the SHA-256 of a file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    str
        Sixty-four hexadecimal digits.
    """
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Results:
    """
    What a build gave.

    Parameters
    ----------
    path
        The folder of one build.
    """

    path: Path

    @property
    def summary(self) -> dict[str, Any]:
        """The headline numbers, each with its basis."""
        read: dict[str, Any] = json.loads(
            (self.path / "summary.json").read_text("utf-8")
        )
        return read

    @property
    def multiplicity_path(self) -> Path:
        """Cloud Optimized GeoTIFF of how many cameras see each place."""
        return self.path / "multiplicity.tif"

    def cameras(self) -> gpd.GeoDataFrame:
        """Give cameras as used: defaults filled, effective range, mounting."""
        return read_geoparquet(self.path / "cameras.parquet")

    def isovists(self) -> gpd.GeoDataFrame:
        """Give what each camera sees past the buildings."""
        return read_geoparquet(self.path / "isovists.parquet")

    def gaps(self) -> gpd.GeoDataFrame:
        """Give the places that no camera sees, the most demanded first."""
        import pandas as pd

        gaps = read_geoparquet(self.path / "gaps.parquet")
        path = self.path / "gap_scenes.parquet"
        if path.exists():
            return gaps.merge(pd.read_parquet(path), on="gap_id", how="left")
        names = [f"{what}_{end}" for what in ("incidents", "calls") for end in ENDS]
        return gaps.assign(**dict.fromkeys(names, math.nan))

    def camera_worth(self) -> pd.DataFrame:
        """Give for each counted camera what is lost where it alone fails."""
        import pandas as pd

        return pd.read_parquet(self.path / "camera_worth.parquet")

    @property
    def seen_probability_path(self) -> Path | None:
        """GeoTIFF of how surely each place is seen; nothing where no scene is drawn."""
        path = self.path / "seen_probability.tif"
        return path if path.exists() else None

    def incident_coverage(self) -> gpd.GeoDataFrame:
        """Give the study area's incidents, with the probability that each is seen."""
        return read_geoparquet(self.path / "incident_coverage.parquet")

    def call_coverage(self) -> gpd.GeoDataFrame:
        """Give the study area's calls, with the probability that each is seen."""
        return read_geoparquet(self.path / "call_coverage.parquet")

    def street_coverage(self) -> gpd.GeoDataFrame:
        """Give the study area's public streets with the length of each that is seen."""
        return read_geoparquet(self.path / "street_coverage.parquet")

    def area(self) -> gpd.GeoDataFrame:
        """Give the study area as one row."""
        return read_geoparquet(self.path / "area.parquet")


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """
    The tables and results of a study, as its steps read them.

    Parameters
    ----------
    path
        The folder.
    settings
        What it is of, and by which parameters.
    """

    path: Path
    settings: Settings

    @classmethod
    def open(cls, folder: str | PathLike[str]) -> Self:
        """
        Open the study in a folder.

        Parameters
        ----------
        folder
            The folder that ``coveragekit init`` made.

        Returns
        -------
        StudyFolder
            The study; its tables are read when they are asked for.

        Raises
        ------
        StudyError
            The folder is no study, or its settings cannot be understood.
        """
        path = Path(folder)
        return cls(path, read_settings(path))

    def table(self, name: str) -> gpd.GeoDataFrame:
        """
        Give a table of the study.

        Parameters
        ----------
        name
            One of ``coveragekit.model.table_names()``.

        Returns
        -------
        geopandas.GeoDataFrame
            The table, EPSG:4326; without rows where the study has none.

        Raises
        ------
        InputError
            No table has that name.
        SourceUnavailable
            The table's file cannot be read.
        """
        model.table(name)
        path = self.table_path(name)
        if not path.exists():
            return model.empty(name)

        def read() -> gpd.GeoDataFrame:
            return model.conform(name, read_geoparquet(path))

        return kept(file_key(path), read) if name in ASKED_AGAIN else read()

    def table_rows(self, name: str) -> int:
        """Give how many rows a table has, without reading them."""
        from pyarrow import ArrowException
        from pyarrow.parquet import read_metadata

        path = self.table_path(name)
        if not path.exists():
            return 0
        try:
            return int(read_metadata(path).num_rows)
        except (ArrowException, OSError) as error:
            message = f"{path} cannot be read as GeoParquet: {error}"
            raise SourceUnavailable(message) from error

    def table_path(self, name: str) -> Path:
        """Give the file of a table, whether or not it is there."""
        return self.path / f"{name}.parquet"

    @property
    def terrain_path(self) -> Path:
        """The raster of ground heights, whether or not it is there."""
        return self.path / TERRAIN_FILE

    def table_digest(self, name: str) -> str:
        """Give the digest of a table's file, or an empty text where there is none."""
        path = self.terrain_path if name == "terrain" else self.table_path(name)
        return file_digest(path) if path.exists() else ""

    def rejected(self) -> pd.DataFrame:
        """Give every row and cell that was left out or repaired, with its cause."""
        import pandas as pd

        path = self.path / "rejected.csv"
        if not path.exists():
            return pd.DataFrame(
                columns=["table", "source", "row", "cause", "column", "value", "detail"]
            )
        return pd.read_csv(path, dtype="str", keep_default_na=False)

    def results(self) -> Results:
        """
        Give the results in force.

        Returns
        -------
        Results
            Those of the last build that ended well.

        Raises
        ------
        StudyError
            The study was never built.
        """
        folder = results_folder(self.path)
        if folder is None:
            message = (
                f"{self.path} was never built; build it with: "
                f"coveragekit build {self.path}"
            )
            raise StudyError(message)
        return Results(folder)


def write_settings(folder: Path, settings: Settings) -> None:
    """
    Write the settings of a study, whole or not at all.

    Parameters
    ----------
    folder
        The study's folder.
    settings
        What to write.
    """
    fresh = folder / f".{FILE_NAME}.new"
    fresh.write_text(settings.to_toml(), "utf-8")
    fresh.replace(folder / FILE_NAME)


def check_is_new(folder: Path) -> None:
    """
    Refuse a folder that already holds something.

    Parameters
    ----------
    folder
        Where a study is to be made.

    Raises
    ------
    StudyError
        The folder is a study, is not empty, or is a file.
    """
    if (folder / FILE_NAME).exists():
        message = (
            f"{folder} is a study already; name another folder, or remove it first"
        )
        raise StudyError(message)
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        message = f"{folder} exists and is not empty; name a new folder for the study"
        raise StudyError(message)


def rejected_counts(rejected: pd.DataFrame) -> Mapping[str, Mapping[str, int]]:
    """
    Count what was left out or repaired, by table and cause.

    Parameters
    ----------
    rejected
        As :meth:`Study.rejected` gives it.

    Returns
    -------
    mapping
        Table to cause to number of rows.
    """
    counts: dict[str, dict[str, int]] = {}
    rejected = rejected.drop_duplicates(["table", "source", "row", "cause", "value"])
    grouped = rejected.groupby(["table", "cause"]).size().rename("count").reset_index()
    for row in grouped.to_dict("records"):
        counts.setdefault(str(row["table"]), {})[str(row["cause"])] = int(row["count"])
    return counts
