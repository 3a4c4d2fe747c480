"""The headline numbers of a build, gathered from what its steps wrote."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from coveragekit import model, optics
from coveragekit.study.folder import read_geoparquet, rejected_counts

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

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
            "cameras": int((~cameras["inside"]).sum()),
            "incidents": read["incidents"]["outside"],
            "calls": read["calls"]["outside"],
        },
        "cameras": _camera_facts(cameras),
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


def _camera_facts(cameras: gpd.GeoDataFrame) -> dict[str, Any]:
    used = cameras[cameras["used"]]
    return {
        "used": len(used),
        "not_active": int((~cameras["active"]).sum()),
        "unknown_bearing": int(used["bearing_deg"].isna().sum()),
        "by_access": {
            str(tier): int(count)
            for tier, count in used["access"].value_counts().sort_index().items()
        },
        "by_status": {
            str(state): int(count)
            for state, count in used["status"].value_counts().sort_index().items()
        },
    }
