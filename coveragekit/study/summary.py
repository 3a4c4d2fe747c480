"""The headline numbers of a build, gathered from what its steps wrote."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import shapely

from coveragekit import model, optics
from coveragekit.study.folder import read_geoparquet, rejected_counts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from coveragekit.study.folder import StudyFolder

__all__ = ["summarise"]


def summarise(study: StudyFolder, folder: Path) -> dict[str, Any]:
    """
    Give the headline numbers, each with its basis.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.

    Returns
    -------
    dict
        JSON-ready.
    """
    settings = study.settings
    read: dict[str, Any] = {
        name: json.loads((folder / f"{name}.json").read_text("utf-8"))
        for name in ("area", "streets", "incidents", "calls", "gaps")
    }
    cameras = read_geoparquet(folder / "cameras.parquet")
    views = read_geoparquet(folder / "isovists.parquet")
    area = read_geoparquet(folder / "area.parquet").geometry.iloc[0]
    tables = {name: study.table(name) for name in model.table_names()}
    counts = {name: len(table) for name, table in tables.items() if len(table)}
    shares = {"area": read["area"], "street_length": read["streets"]}
    shares |= read["incidents"]["shares"] | read["calls"]["shares"]
    return {
        "study": settings.name,
        "crs": settings.crs,
        "simulated": settings.simulated,
        "as_of": settings.as_of.isoformat(),
        "purpose": settings.purpose,
        "edition": settings.edition,
        "density_px_per_m": optics.band_density_px_per_m(
            settings.purpose, settings.edition
        ),
        "time_zone": settings.time_zone,
        "counts": counts,
        "outside": {
            **_outside(tables, area),
            "incidents": read["incidents"]["outside"],
            "calls": read["calls"]["outside"],
        },
        "cameras": _camera_facts(cameras, views, settings.as_of),
        "rejected": rejected_counts(study.rejected()),
        "shares": shares,
        "incidents": read["incidents"]["facts"],
        "calls": read["calls"]["facts"],
        "gaps": read["gaps"],
        "sources": [
            {
                "table": one.table,
                "file": one.file,
                "licence": one.licence,
                "attribution": one.attribution,
                "simulated": one.simulated,
            }
            for one in settings.inputs
        ],
    }


def _outside(tables: Mapping[str, gpd.GeoDataFrame], area: Any) -> dict[str, int]:  # noqa: ANN401 - a shapely geometry
    """Count for each table the rows that do not touch the study area."""
    shapely.prepare(area)
    return {
        name: int((~shapely.intersects(area, table.geometry.to_numpy())).sum())
        for name, table in tables.items()
        if len(table) and name not in {"areas", "incidents", "calls"}
    }


def _camera_facts(
    cameras: gpd.GeoDataFrame, views: gpd.GeoDataFrame, as_of: datetime
) -> dict[str, Any]:
    used = cameras[cameras["used"]]
    counted = used[used["access"] != "planned"]
    age = as_of - counted["last_seen_at"]
    is_fresh = (age >= timedelta(0)) & (age <= timedelta(hours=24))
    works = (counted["status"] == "online") | (
        (counted["status"] == "unknown") & is_fresh
    )
    return {
        "used": len(used),
        "counted": len(counted),
        "not_active": int((~cameras["active"]).sum()),
        "working_now": int(works.sum()),
        "unknown_bearing": int(counted["bearing_deg"].isna().sum()),
        "mount": _counts(views["mount"]),
        "by_access": _counts(used["access"]),
        "by_status": _counts(counted["status"]),
    }


def _counts(values: pd.Series[str]) -> dict[str, int]:
    counts = values.value_counts().sort_index()
    return {str(name): int(count) for name, count in counts.items()}
