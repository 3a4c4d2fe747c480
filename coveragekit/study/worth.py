"""The step that says what each camera is worth, and whether they are where harm is."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit import analysis, coverage
from coveragekit.study.cameras import load_isovists, used_cameras
from coveragekit.study.events import INCIDENTS
from coveragekit.study.looking import Onlooker
from coveragekit.study.places import read_look
from coveragekit.study.points import read_points, to_points
from coveragekit.study.seen import street_places, write_json
from coveragekit.study.shares import COUNTED, groups_in_service, rounded

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.study.folder import StudyFolder
    from coveragekit.study.places import Look

__all__ = ["write_worth"]

TOP: Final = 10
MOST_TOGETHER: Final = 3
# What the concentration is worked out from, beside where incidents were.
CONCENTRATED: Final = (
    "category",
    "weight",
    "street_visible",
    "seen_probability",
    "occurred_from",
    "occurred_to",
)


def write_worth(study: StudyFolder, folder: Path) -> None:
    """
    Write what the outage of each camera costs, how far they double, and by month.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.
    """
    import pandas as pd

    onlooker = Onlooker.of(study, folder)
    counted = onlooker.groups[COUNTED]
    facts = json.loads((folder / INCIDENTS.shares_file).read_text("utf-8"))["facts"]
    streets = read_look(folder, "streets")
    looks = {
        "street_length": (streets, "street_length"),
        "incidents": (read_look(folder, "incidents"), "counted"),
    }
    # Views of one camera that turns fail together.
    ids = onlooker.cameras.loc[counted, "camera_id"].to_numpy(dtype=np.object_)
    # Incidents in buildings without a front count, though no place of theirs is seen.
    totals = {
        "street_length": float(
            looks["street_length"][0].weights["street_length"].sum()
        ),
        "incidents": float(facts["street_visible"]),
    }
    losses, together = {}, {}
    for name, (look, measure) in looks.items():
        weights = look.weights[measure]
        sees, chance = look.day[:, counted], onlooker.probability[counted]
        losses[name] = coverage.camera_losses(sees, chance, weights, units=ids)
        shares = coverage.k_covered_shares(
            sees, chance, weights, most=MOST_TOGETHER, units=ids
        )
        known = float(weights.sum()) / totals[name] if totals[name] else 0.0
        together[name] = [
            None if np.isnan(one) else rounded(one * known) for one in shares
        ]
    table = pd.DataFrame(onlooker.cameras.loc[counted, ["camera_id", "name"]])
    table = table.drop_duplicates("camera_id").reset_index(drop=True)
    # Without dates there is no rate.
    years = facts["years"] or math.nan
    worth = table.assign(
        loss_street_m=losses["street_length"].round(3),
        loss_incidents_per_year=(losses["incidents"] / years).round(6),
    )
    worth.to_parquet(folder / "camera_worth.parquet", index=False)
    content = {
        "most_important": _most_important(table, losses, totals, years=years),
        "effective": _effective(study, folder),
        "seen_by_at_least": together,
        "by_month": _by_month(study, onlooker, streets),
        "concentration": _concentration(study, folder),
    }
    write_json(folder / "worth.json", content)


def _most_important(
    cameras: pd.DataFrame,
    losses: dict[str, NDArray[np.float64]],
    totals: dict[str, float],
    *,
    years: float,
) -> list[dict[str, Any]]:
    by = "incidents" if losses["incidents"].any() else "street_length"
    found = coverage.most_important(cameras, losses, totals, by=by, top=TOP)
    return [
        {
            "camera_id": row["camera_id"],
            "name": _text(row["name"]),
            "loss": {
                "street_m": round(row["loss_street_length"], 1),
                "street_share": _number(row["loss_street_length_share"]),
                "incidents": _per_year(row["loss_incidents"], years),
                "incidents_share": _number(row["loss_incidents_share"]),
            },
        }
        for row in found.to_dict("records")
    ]


def _per_year(amount: float, years: float) -> float | None:
    return None if math.isnan(years) else round(amount / years, 3)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: float) -> float | None:
    return None if math.isnan(value) else rounded(value)


def _effective(study: StudyFolder, folder: Path) -> float:
    """Give for how many cameras without any overlap the counted ones stand."""
    cameras = used_cameras(study, folder)
    members = groups_in_service(cameras)[COUNTED]
    views = load_isovists(study, folder)[members]
    effective = coverage.effective_cameras(
        views.geometry, views["probability"], units=views["camera_id"]
    )
    return round(effective, 3)


def _by_month(
    study: StudyFolder, onlooker: Onlooker, look: Look
) -> list[dict[str, Any]]:
    import pandas as pd

    settings = study.settings
    members = (onlooker.cameras["access"] != "planned").to_numpy(dtype=np.bool_)
    months = coverage.by_month(
        onlooker.cameras[members],
        look.day[:, members],
        look.weights["street_length"],
        time_zone=settings.time_zone,
        probability=onlooker.probability[members],
        units=onlooker.units[members],
        span=(None, pd.Timestamp(settings.as_of)),
    )
    return [
        {
            "month": row["month"],
            "cameras": round(row["cameras"], 2),
            "street_length": _number(row["seen_share"]),
        }
        for row in months.to_dict("records")
    ]


def _concentration(study: StudyFolder, folder: Path) -> dict[str, Any] | None:
    """Ask whether incidents are seen more often than chance would have it."""
    crs = study.settings.crs
    rows = to_points(*read_points(folder / INCIDENTS.file, CONCENTRATED), crs)
    if rows.empty:
        return None
    samples = street_places(study, folder)
    if samples.empty:
        return None
    onlooker = Onlooker.of(study, folder)
    look = read_look(folder, "streets")
    samples["seen_probability"] = onlooker.chance(look.day)
    hours = coverage.hour_weights(
        rows["occurred_from"], rows["occurred_to"], study.settings.time_zone
    )
    found = analysis.concentration(
        rows, samples, hours=hours, rng=np.random.default_rng(study.settings.seed)
    )
    return found.to_dict()
