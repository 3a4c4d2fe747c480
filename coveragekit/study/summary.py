"""The headline numbers of a build, gathered from what its steps wrote."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from coveragekit import coverage, model, optics
from coveragekit.study.folder import read_geoparquet, rejected_counts
from coveragekit.study.ground import SURFACE_FACTS
from coveragekit.study.shares import COUNTED, WORKING, basis_words, zone_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from coveragekit.study.folder import StudyFolder
    from coveragekit.study.settings import Settings

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
        for name in ("area", "streets", "incidents", "calls", "gaps", "worth")
    }
    scenes = _scenes(folder)
    cameras = read_geoparquet(folder / "cameras.parquet")
    views = read_geoparquet(folder / "isovists.parquet")
    area = read_geoparquet(folder / "area.parquet").geometry.iloc[0]
    rows = {name: study.table_rows(name) for name in model.table_names()}
    counts = {name: count for name, count in rows.items() if count}
    shares = {"area": read["area"], "street_length": read["streets"]}
    shares |= read["incidents"]["shares"] | read["calls"]["shares"]
    ground = _height_words(_surface(folder)) + zone_words(rows["privacy_zones"])
    for share in shares.values():
        share["basis"] += ground
    shares = {
        name: _with_interval(name, share, scenes) for name, share in shares.items()
    }
    surface = _surface(folder)
    worth = read["worth"]
    warnings = read["incidents"]["warnings"] + read["calls"]["warnings"]
    if surface and surface["unknown_m2"]:
        warnings.append(
            f"ground: {surface['unknown_m2']:,.0f} m2 of the study area have no ground "
            "height and are left out of every share"
        )
    density = optics.band_density_px_per_m(settings.purpose, settings.edition)
    return {
        **_choices(settings),
        "scenes": {key: scenes[key] for key in ("count", "seed", "level")}
        if scenes
        else None,
        "warnings": warnings,
        "surface": surface,
        "privacy_zones": rows["privacy_zones"],
        "counts": counts,
        "outside": {
            **_outside(study, tuple(counts), area),
            "incidents": read["incidents"]["outside"],
            "calls": read["calls"]["outside"],
        },
        "cameras": _camera_facts(cameras, views)
        | {
            "most_important": worth["most_important"],
            "effective": worth["effective"],
            "seen_by_at_least": worth["seen_by_at_least"],
        },
        "rejected": rejected_counts(study.rejected()),
        "shares": shares,
        "incidents": read["incidents"]["facts"],
        "calls": read["calls"]["facts"],
        "gaps": read["gaps"],
        "bases": _bases(basis_words(settings, density) + ground),
        "by_month": worth["by_month"],
        "concentration": worth["concentration"],
    }


def _bases(words: str) -> dict[str, str]:
    """Say what the figures that stand by themselves rest on."""
    as_given = f"{words}; as given, no interval"
    return {
        "cameras": f"what is lost where that camera alone fails: {as_given}",
        "effective": f"area seen by all over the mean area seen by one: {as_given}",
        "seen_by_at_least": f"by one, two, three cameras at least: {as_given}",
        "by_month": f"street length seen by the cameras in service in each month: "
        f"{as_given}",
        "gaps": f"ground that no counted camera may see: {as_given}",
        "concentration": f"{words}; 90% interval over places where incidents happen",
    }


def _choices(settings: Settings) -> dict[str, Any]:
    """Give what the numbers are of, and where the tables came from."""
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
        "relief": settings.relief,
        "ptz": settings.ptz,
        "target_height_m": settings.parameters.target_height_m,
        "time_zone": settings.time_zone,
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


def _outside(
    study: StudyFolder,
    names: Sequence[str],
    area: Any,  # noqa: ANN401 - a shapely geometry
) -> dict[str, int]:
    """Count for each table the rows that do not touch the study area."""
    import shapely

    shapely.prepare(area)
    counts = {}
    for name in names:
        if name not in {"areas", "incidents", "calls"}:
            shapes = study.table(name).geometry.to_numpy()
            counts[name] = int((~shapely.intersects(area, shapes)).sum())
    return counts


def _camera_facts(cameras: gpd.GeoDataFrame, views: gpd.GeoDataFrame) -> dict[str, Any]:
    used = cameras[cameras["used"]]
    counted = used[used["access"] != "planned"]
    no_lamp = counted["range_night_m"] <= 0.0
    return {
        "used": len(used),
        "counted": len(counted),
        "not_active": int((~cameras["active"]).sum()),
        "working_now": int(counted["works_now"].sum()),
        "turning": int(coverage.turns(counted).sum()),
        "unknown_bearing": int(counted["bearing_deg"].isna().sum()),
        "blind_at_night": int(no_lamp.sum()),
        "mount": _counts(views["mount"]),
        "by_access": _counts(used["access"]),
        "by_status": _counts(counted["status"]),
    }


def _surface(folder: Path) -> dict[str, Any] | None:
    """Give how the heights of buildings came to be, where things hide by height."""
    path = folder / SURFACE_FACTS
    if not path.exists():
        return None
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def _height_words(surface: Mapping[str, Any] | None) -> str:
    if surface is None:
        return ""
    heights = surface["building_heights"]
    count = sum(heights[name] for name in ("height_m", "levels", "assumed"))
    ground = "" if surface["has_terrain"] else " on level ground"
    return (
        f"{ground} ({heights['assumed']:,} of {count:,} building heights are assumed)"
    )


def _scenes(folder: Path) -> dict[str, Any] | None:
    path = folder / "scenes.json"
    if not path.exists():
        return None
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def _with_interval(
    name: str, share: Mapping[str, Any], scenes: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Give a share with its median and interval, where scenes were drawn."""
    if scenes is None:
        return _with_words({**share, "basis": f"{share['basis']}; no interval"})
    found = scenes["measures"][name]
    day = found["day"]
    words = (
        f"median and {scenes['level']:.0%} interval of {scenes['count']} scenes drawn "
        "from the errors of the cameras"
    )
    if name in scenes["sampled"]:
        words += f", over a sample of {scenes['sampled'][name]:,}"
    beside = {
        **share,
        **day[COUNTED],
        "basis": f"{share['basis']}; {words}",
        "by_access": {
            tier: {
                "alone": day[f"alone:{tier}"]["value"],
                "nested": day[f"nested:{tier}"]["value"],
                "alone_interval": _ends(day[f"alone:{tier}"]),
                "nested_interval": _ends(day[f"nested:{tier}"]),
            }
            for tier in share["by_access"]
        },
        "by_kind": {kind: day[f"kind:{kind}"]["value"] for kind in share["by_kind"]},
        "by_light": {light: found[light][COUNTED] for light in share["by_light"]},
        "working_now": day[WORKING],
        "working_by_night": found["night"][WORKING],
    }
    return _with_words(beside)


LIGHT_WORDS: Final = {
    "day": "by day, as designed",
    "night": "by night, as designed: each camera as far as its infrared lamp lets it "
    "(0.7 of the data sheet's reach), none where no lamp is known",
}
WORKING_WORDS: Final = (
    "only cameras that work now: online, or in an unknown state and heard of within "
    "the 24 hours before the study's time"
)
PTZ_WORDS: Final = {
    "now": "cameras that turn look where they look now",
    "preset": "cameras that turn look at each preset for its share of time",
    "reach": "cameras that turn count for all that they could look at",
}


def _with_words(share: dict[str, Any]) -> dict[str, Any]:
    """Say beside each figure in which way it differs from the share's own basis."""
    for light, figure in share["by_light"].items():
        figure["basis"] = LIGHT_WORDS[light]
    share["working_now"]["basis"] = f"by day, {WORKING_WORDS}"
    night = LIGHT_WORDS["night"].replace(", as designed", "")
    share["working_by_night"]["basis"] = f"{night}; {WORKING_WORDS}"
    for mode, figure in share.get("ptz", {}).items():
        figure["basis"] = f"{PTZ_WORDS[mode]}; as given, no interval"
    return share


def _ends(found: Mapping[str, float | None]) -> list[float | None]:
    return [found["low"], found["high"]]


def _counts(values: pd.Series[str]) -> dict[str, int]:
    counts = values.value_counts().sort_index()
    return {str(name): int(count) for name, count in counts.items()}
