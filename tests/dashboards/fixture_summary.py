"""The summary of the made-up town, as this version and the one before it write it."""

from __future__ import annotations

from typing import Any

LOCAL = "EPSG:32616"
HOSTILE_SCRIPT = "<script>window.ckHacked = true</script>"
HOSTILE_IMAGE = '<img src="x" onerror="window.ckHacked = true">'
NESTED_STREET = {"public": 0.104, "integrated": 0.243, "registered": 0.381}
_BASIS = (
    "observe (62.5 px/m, IEC 62676-4 edition 2014), by day, as designed, cameras "
    "active at 2022-10-24, public + integrated + registered"
)

_AS_GIVEN = f"{_BASIS}; as given, no interval"
_NIGHT = "by night, as designed: as far as its infrared lamp lets it"
_WORKING = "only cameras that work now"


def former_summary(counts: dict[str, int], *, gaps: int) -> dict[str, Any]:
    """Give what was written before there were scenes: no interval, night or hours."""
    street = _share(0.381, 5_214.0, "m")
    for tier, value in NESTED_STREET.items():
        street["by_access"][tier]["nested"] = value
    return {
        "study": "Testville",
        "crs": LOCAL,
        "simulated": True,
        "as_of": "2022-10-24T16:00:00+00:00",
        "purpose": "observe",
        "edition": "2014",
        "density_px_per_m": 62.5,
        "counts": counts,
        "outside": {"incidents": 3},
        "rejected": {},
        "shares": {
            "area": _share(0.224, 214_500.0, "m2"),
            "street_length": street,
            "incidents": _share(0.292, 487.0, "incidents", naive=0.413),
            "incidents_all": _share(0.31, 600.0, "incidents", naive=0.45),
            "calls": _share(0.262, 301.0, "calls", naive=0.333),
        },
        "gaps": {"count": gaps, "top": []},
        "timings_s": {"isovists": 0.1},
        "sources": [
            {
                "table": "buildings",
                "file": "town.geojson",
                "licence": "ODbL-1.0",
                "attribution": "OpenStreetMap contributors",
                "simulated": False,
            },
            {
                "table": "incidents",
                "file": "synth",
                "licence": "",
                "attribution": "",
                "simulated": True,
            },
        ],
    }


def fresh_summary(counts: dict[str, int], *, gaps: int) -> dict[str, Any]:
    """Give what is written with scenes: intervals, night, working now, hours, worth."""
    summary = former_summary(counts, gaps=gaps)
    for share in summary["shares"].values():
        _add_scenes(share)
    summary["shares"]["street_length"].update(low=0.34, high=0.412)
    for name in ("incidents", "calls"):
        share = summary["shares"][name]
        share["expected"] = {
            "count": share["value"] * share["total"],
            "standard_deviation": 9.74,
        }
        share["at_the_time"] = {
            "value": 0.92 * share["value"],
            "low": None,
            "high": None,
            "basis": "by the cameras in service then, in their hours of recording",
        }
        share["by_hour"] = _by_hour(share["value"], share["total"])
    street = summary["shares"]["street_length"]
    street["by_hour"] = _by_hour(street["value"], street["total"])
    summary["scenes"] = {"count": 64, "seed": 7, "level": 0.9}
    summary["concentration"] = {
        "overall": _concentration(487, 1.8, verdict="more than chance"),
        "overall_all": _concentration(600, 1.6, verdict="more than chance"),
        "by_category": [
            {"group": "Robbery", **_concentration(61, 2.4, verdict="more than chance")},
            {
                "group": HOSTILE_IMAGE,
                **_concentration(12, 0.9, verdict="no more than chance"),
            },
            {
                "group": "Arson",
                "incidents": 2,
                "value": None,
                "low": None,
                "high": None,
                "chance_low": None,
                "chance_high": None,
                "verdict": None,
                "reason": "fewer than 5 would be seen by chance",
            },
        ],
        "by_hour": [
            {
                "group": f"{hour:02d}",
                **_concentration(20, 1.5, verdict="more than chance"),
            }
            for hour in range(24)
        ],
        "permutations": 999,
    }
    summary["cameras"] = {
        "used": counts["cameras"],
        "counted": counts["cameras"] - 1,
        "effective": 6.4,
        "blind_at_night": 6,
        "by_status": {"online": 4, "offline": 2, "unknown": 3},
        "most_important": [
            _important("c0", "Town hall", 140.0, 31.0),
            _important("c5", HOSTILE_IMAGE, 62.0, 8.4),
            _important("c7", "Crossing 4th/Wylie", 0.0, 2.0),
        ],
    }
    summary["bases"] = {
        "cameras": f"what is lost where that camera alone fails: {_AS_GIVEN}",
        "effective": f"area seen by all over the mean area seen by one: {_AS_GIVEN}",
        "gaps": f"ground that no counted camera may see: {_AS_GIVEN}",
        "concentration": "90% interval over places where incidents happen",
    }
    summary["warnings"] = [
        "12 % of incidents share coordinates with others: they may have been snapped.",
        f"Name with markup: {HOSTILE_SCRIPT}",
    ]
    return summary


def _share(
    value: float, total: float, unit: str, *, naive: float | None = None
) -> dict[str, Any]:
    nested = {"public": value * 0.273, "integrated": value * 0.638, "registered": value}
    alone = {
        "public": value * 0.273,
        "integrated": value * 0.4,
        "registered": value * 0.41,
    }
    return {
        "value": value,
        "low": None,
        "high": None,
        "nominal": value,
        "naive": naive,
        "basis": f"{_BASIS}; no interval",
        "total": total,
        "unit": unit,
        "by_access": {
            **{t: {"alone": alone[t], "nested": nested[t]} for t in nested},
            "planned": {"alone": 0.03, "nested": min(1.0, value + 0.02)},
        },
        "by_kind": {"bullet": value * 0.5},
    }


def _figure(value: float) -> dict[str, float]:
    return {"value": value, "low": 0.9 * value, "high": 1.1 * value}


def _add_scenes(share: dict[str, Any]) -> None:
    day = _figure(share["value"])
    scenes = "median and 90% interval of 64 scenes drawn from the errors of the cameras"
    share.update(day, nominal=1.03 * share["value"], basis=f"{_BASIS}; {scenes}")
    night = {**_figure(0.4 * share["value"]), "basis": _NIGHT}
    share["by_light"] = {"day": {**day, "basis": "by day, as designed"}, "night": night}
    share["working_now"] = {
        **_figure(0.6 * share["value"]),
        "basis": f"by day, {_WORKING}",
    }
    share["working_by_night"] = {
        **_figure(0.25 * share["value"]),
        "basis": f"{_NIGHT}; {_WORKING}",
    }


def _by_hour(value: float, total: float) -> dict[str, Any]:
    """Give a week in which nights are seen half as well and Sunday 04:00 has nobody."""
    values: list[float | None] = []
    weights: list[float] = []
    for hour in range(168):
        at_night = hour % 24 < 6
        values.append(round(value * (0.5 if at_night else 1.15), 4))
        weights.append(total / 168 * (0.6 if at_night else 1.1 + (hour % 24) / 40))
    values[148], weights[148] = None, 0.0
    basis = "by the cameras in service then, by day or night as it was"
    return {"value": values, "weight": weights, "basis": basis}


def _concentration(count: int, value: float, *, verdict: str) -> dict[str, Any]:
    return {
        "incidents": count,
        "value": value,
        "low": round(0.85 * value, 2),
        "high": round(1.2 * value, 2),
        "at_street": round(0.95 * value, 2),
        "chance_low": 0.6,
        "chance_high": 1.4,
        "verdict": verdict,
        "reason": None,
    }


def _important(
    camera_id: str, name: str, street_m: float, incidents: float
) -> dict[str, Any]:
    loss = {
        "street_m": street_m,
        "street_share": street_m / 5_214.0,
        "incidents": incidents,
        "incidents_share": incidents / 487.0,
    }
    return {"camera_id": camera_id, "name": name, "loss": loss}
