"""Steps that measure which incidents and calls are seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from coveragekit import coverage, model
from coveragekit.study.folder import write_geoparquet
from coveragekit.study.ground import load_area, load_obstacles, local_table
from coveragekit.study.looking import Onlooker, share_facts
from coveragekit.study.places import write_look, write_supports
from coveragekit.study.points import local_points, to_points
from coveragekit.study.seen import basis, hours_json, study_place, write_json
from coveragekit.study.shares import (
    event_times,
    fact,
    observed_years,
    rounded,
    share_json,
)

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from coveragekit.coverage import SeenThen, Supports
    from coveragekit.study.folder import StudyFolder
    from coveragekit.study.places import Look

__all__ = ["CALLS", "INCIDENTS", "Events", "write_events"]


@dataclass(frozen=True, slots=True)
class Events:
    """
    How one table of events is measured.

    Parameters
    ----------
    table
        Name of the table.
    unit
        What is counted.
    columns
        Columns that the result keeps.
    flag
        Column that tells whether a row is in the headline.
    when
        Columns of the earliest and the latest time that it may have happened.
    """

    table: str
    unit: str
    columns: tuple[str, ...]
    flag: str
    when: tuple[str, str]

    @property
    def file(self) -> str:
        """The result's file."""
        return f"{self.table.removesuffix('s')}_coverage.parquet"

    @property
    def shares_file(self) -> str:
        """The file that holds the shares."""
        return f"{self.table}.json"


WHAT: Final = {
    "incidents": "street-visible incidents",
    "incidents_all": "all incidents",
    "calls": "calls, without cancelled, duplicate and officer-initiated ones",
}

INCIDENTS: Final = Events(
    "incidents",
    "incidents",
    (
        "incident_id",
        "report_id",
        "category",
        "occurred_from",
        "occurred_to",
        "location_kind",
        "weight",
    ),
    "street_visible",
    ("occurred_from", "occurred_to"),
)
CALLS: Final = Events(
    "calls",
    "calls",
    ("call_id", "call_type", "priority", "received_at", "location_kind"),
    "counted",
    ("received_at", "received_at"),
)


def write_events(study: StudyFolder, folder: Path, events: Events) -> None:
    """
    Write which events of the study area are seen, and their shares.

    Parameters
    ----------
    study
        The study.
    folder
        Where the build writes.
    events
        Incidents or calls.
    """
    import pandas as pd

    table, lonlat = local_points(study, events.table)
    shape = np.array([load_area(study, folder)], dtype=object)
    held = coverage.first_holding(table.get_coordinates().to_numpy(), shape) == 0
    inside = table[held].reset_index(drop=True)
    flags = _headline(events, inside).to_numpy(dtype=np.bool_)
    onlooker = Onlooker.of(study, folder)
    found = _Found.of(study, folder, inside, onlooker=onlooker, flags=flags)
    write_look(folder, events.table, found.look)
    write_supports(
        folder,
        events.table,
        found.supports,
        flags=flags,
        naive=found.naive,
        protected=_protected(events, inside),
    )
    then = _then(study, onlooker, found, inside=inside, events=events)
    rows = to_points(pd.DataFrame(inside[[*events.columns]]), lonlat[held])
    rows[events.flag] = flags
    rows["seen_probability"] = found.chance
    rows["seen_at_the_time"] = then.probability
    rows["seen_naive"] = found.naive > 0.0
    rows["basis"] = found.supports.event_basis
    rows["building_id"] = pd.array(found.building_id, dtype="str")
    write_geoparquet(rows, folder / events.file)
    years = observed_years(event_times(events.table, table))
    content = {
        "facts": _facts(events, inside, rows, years=years),
        "outside": len(table) - len(inside),
        "shares": _shares(study, onlooker, found, then=then, events=events),
        "warnings": _warnings(events, inside),
    }
    write_json(folder / events.shares_file, content)


@dataclass(frozen=True, slots=True)
class _Found:
    """Where events may be, and who sees that."""

    supports: Supports
    look: Look
    flags: NDArray[np.bool_]
    place_chance: NDArray[np.float64]
    chance: NDArray[np.float64]
    naive: NDArray[np.float64]
    building_id: NDArray[np.object_]

    @classmethod
    def of(
        cls,
        study: StudyFolder,
        folder: Path,
        inside: gpd.GeoDataFrame,
        *,
        onlooker: Onlooker,
        flags: NDArray[np.bool_],
    ) -> _Found:
        walls = load_obstacles(study, folder)
        streets = local_table(study, "streets")
        areas = local_table(study, "areas")
        supports = coverage.supports(
            inside, walls, streets, areas=areas if len(areas) else None
        )
        weights = {
            "counted": supports.place_weights(flags),
            "all": supports.place_weights(None),
        }
        look = onlooker.look(supports.xy, weights)
        chance = onlooker.chance(look.day)
        # Published points repeat: each is looked at once.
        spots, _, spot_of = coverage.unique_places(inside.get_coordinates().to_numpy())
        building = coverage.buildings_over(spots, walls)
        naive = np.where(building < 0, onlooker.chance(onlooker.sees(spots)), 0.0)
        ids = np.array([*walls.building_ids, None], dtype=np.object_)
        return cls(
            supports,
            look,
            flags,
            chance,
            coverage.covered_probability(supports, chance),
            naive[spot_of],
            ids[building[spot_of]],
        )


def _then(
    study: StudyFolder,
    onlooker: Onlooker,
    found: _Found,
    *,
    inside: gpd.GeoDataFrame,
    events: Events,
) -> SeenThen:
    """Ask who saw each event when it happened: in service, recording, in that light."""
    settings = study.settings
    lon, lat = study_place(study)
    counted = (onlooker.cameras["access"] != "planned").to_numpy(dtype=np.bool_)
    begin, end = events.when
    return coverage.seen_at_the_time(
        found.look.day[:, counted],
        found.look.night[:, counted],
        onlooker.probability[counted],
        service=coverage.service(
            onlooker.cameras[counted],
            settings.time_zone,
            lon=lon,
            lat=lat,
            year=settings.as_of.year,
        ),
        timing=coverage.timing(
            inside[begin], inside[end], settings.time_zone, lon=lon, lat=lat
        ),
        places=found.supports,
        units=onlooker.units[counted],
    )


def _headline(events: Events, inside: pd.DataFrame) -> pd.Series[bool]:
    if events is CALLS:
        return model.counted_calls(inside)
    return model.street_visible(inside)


def _protected(events: Events, inside: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which events' places could name a victim; each kind is asked once."""
    import pandas as pd

    names = ["call_type"] if events is CALLS else ["category", "offense_code"]
    kind_of = np.zeros(len(inside), dtype=np.int64)
    for name in names:
        code, words = pd.factorize(inside[name], use_na_sentinel=False)
        kind_of = kind_of * (len(words) + 1) + code
    kind_of, kinds = pd.factorize(kind_of)
    first = np.full(len(kinds), len(inside), dtype=np.int64)
    np.minimum.at(first, kind_of, np.arange(len(inside)))
    told = model.protected(inside[names].iloc[first], events.table)
    return np.asarray(told.notna().to_numpy()[kind_of], dtype=np.bool_)


def _facts(
    events: Events, inside: pd.DataFrame, rows: pd.DataFrame, *, years: float
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "inside": len(inside),
        "years": round(years, 9),
        "judged_by": {
            str(basis): int(count)
            for basis, count in rows["basis"].value_counts().sort_index().items()
        },
        events.flag: int(rows[events.flag].sum()),
    }
    if events is CALLS:
        reasons = model.call_set_apart(inside).value_counts().sort_index()
        facts["set_apart"] = {str(key): int(count) for key, count in reasons.items()}
    else:
        classes = model.classify_offences(inside)
        facts["not_classified"] = int((~classes["classified"]).sum())
    return facts


def _warnings(events: Events, inside: gpd.GeoDataFrame) -> list[str]:
    shared = coverage.shared_places(inside)
    return [] if shared is None else [f"{events.table}: {shared}"]


def _shares(
    study: StudyFolder,
    onlooker: Onlooker,
    found: _Found,
    *,
    then: SeenThen,
    events: Events,
) -> dict[str, Any]:
    count = len(found.flags)
    if count == 0:
        return {}
    everyone = np.ones(count, dtype=np.bool_)
    subsets = {events.table: ("counted", found.flags)}
    if events is INCIDENTS:
        subsets["incidents_all"] = ("all", everyone)
    turned_away = onlooker.turned_away(found.look)
    shares = {}
    for name, (measure, members) in subsets.items():
        total = float(members.sum())
        facts = share_facts(
            onlooker, found.look, measure, total=total, turned_away=turned_away
        )
        untimed = int(np.isnan(then.probability[members]).sum())
        facts["at_the_time"] = {
            **fact(_mean(then.probability[members])),
            "basis": _then_words(untimed),
        }
        facts["by_hour"] = hours_json(
            then.by_hour(members.astype(np.float64)), _then_words(untimed)
        )
        facts["expected"] = _expected(found, members)
        words = f"{WHAT[name]} in the study area, each over the places where it may be"
        shares[name] = share_json(
            facts,
            basis(study.settings, words),
            total=total,
            unit=events.unit,
            naive=_mean(found.naive[members]),
        )
    return shares


def _then_words(untimed: int) -> str:
    left_out = f"; {untimed:,} without a time are left out" if untimed else ""
    return (
        "by the cameras in service then, by day or night as it was, in their hours of "
        "recording, over all the hours when it may have happened" + left_out
    )


def _expected(found: _Found, members: NDArray[np.bool_]) -> dict[str, Any]:
    """Give how many are expected to be seen, and how far chance may move that."""
    variance = coverage.covered_variance(found.supports, found.place_chance)
    expected = coverage.expected_covered(
        found.chance[members],
        blocks=found.supports.support_of[members],
        block_variance=variance[members],
    )
    return {
        "count": round(expected.expected, 3),
        "standard_deviation": round(float(np.sqrt(expected.variance)), 3),
        "basis": "events of one place are seen or missed together; places count as "
        "independent of each other, which scenes do not assume",
    }


def _mean(values: NDArray[np.float64]) -> float | None:
    known = values[~np.isnan(values)]
    return rounded(float(known.mean())) if len(known) else None
