"""Why a place of a study is seen or not: light, hours, and results that change."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from pyproj import Transformer

from coveragekit.errors import InputError, StudyError
from coveragekit.study import Study
from coveragekit.study.explain import ask_place, explain_place
from coveragekit.study.settings import Parameters
from tests.study import towns

ATLANTA = ZoneInfo("America/New_York")
TO_DEGREES = Transformer.from_crs(towns.CRS, 4326, always_xy=True)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The town with a camera that records office hours and one without a lamp."""
    first = towns.cameras()
    both = pd.concat([first] * 2, ignore_index=True)
    both["camera_id"] = ["office", "blind"]
    both["recording_hours"] = ["Mo-Fr 08:00-18:00", None]
    both["ir_range_m"] = [30.0, 0.0]
    study = towns.make_town(tmp_path_factory.mktemp("studies") / "town", cameras=both)
    study = study.with_settings(time_zone="America/New_York")
    study.build()
    return study


def verdicts(study: Study, x: float, y: float, **asked: object) -> dict[str, str]:
    place = towns.at(x, y)
    lon, lat = TO_DEGREES.transform(place.x, place.y)
    rows = explain_place(study, lon=lon, lat=lat, **asked)
    return dict(zip(rows["camera_id"], rows["verdict"], strict=True))


def test_by_night_only_the_camera_with_a_lamp_sees(town) -> None:
    by_day = verdicts(town, 65, 10)
    by_night = verdicts(town, 65, 10, light="night")

    assert by_day == {"office": "sees", "blind": "sees"}
    assert by_night == {"office": "sees", "blind": "too dark"}


@pytest.mark.parametrize(
    ("when", "wanted"),
    [
        # A Wednesday at ten, a Wednesday after dark, a Sunday at noon.
        ((2022, 2, 2, 10), {"office": "sees", "blind": "sees"}),
        ((2022, 2, 2, 22), {"office": "not recording", "blind": "too dark"}),
        ((2022, 2, 6, 12), {"office": "not recording", "blind": "sees"}),
    ],
)
def test_a_time_brings_its_light_and_its_hours_of_recording(town, when, wanted) -> None:
    asked = datetime(*when, tzinfo=ATLANTA)

    assert verdicts(town, 65, 10, when=asked) == wanted


def test_a_time_without_zone_is_refused(town) -> None:
    with pytest.raises(InputError, match="allowed: a time with its zone"):
        verdicts(town, 65, 10, when=datetime(2022, 2, 2, 10))  # noqa: DTZ001 - the fault


def test_what_is_asked_is_answered_from_the_results_in_force(tmp_path) -> None:
    study = towns.make_town(tmp_path / "town")
    study.build()
    before = verdicts(study, 75, 10)

    # 125 px/m are there to 15 m only.
    finer = study.with_settings(purpose="recognise")
    finer.build()

    assert before == {"c1": "sees"}
    assert verdicts(finer, 75, 10) == {"c1": "out of range"}


def test_another_purpose_is_answered_as_a_study_built_for_it_would(tmp_path) -> None:
    study = towns.make_town(tmp_path / "town")
    study.build()
    places = [(x, 10) for x in range(60, 96, 5)]
    asked = [verdicts(study, *place, purpose="recognise") for place in places]
    own = [verdicts(study, *place) for place in places]

    finer = study.with_settings(purpose="recognise")
    finer.build()

    assert asked == [verdicts(finer, *place) for place in places]
    assert asked != own
    assert own == [verdicts(finer, *place, purpose="observe") for place in places]


def test_a_purpose_that_there_is_not_is_refused(town) -> None:
    with pytest.raises(InputError, match="stare"):
        verdicts(town, 65, 10, purpose="stare")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("relief", "surface"),
        ("ptz", "reach"),
        ("as_of", datetime(2020, 1, 1, tzinfo=ATLANTA)),
        ("parameters", Parameters(target_height_m=1.0)),
    ],
)
def test_other_settings_than_those_built_are_not_answered(
    tmp_path_factory, town, name, value
) -> None:
    copy = tmp_path_factory.mktemp("studies") / "town"
    shutil.copytree(town.path, copy, symlinks=True)
    changed = Study.open(copy).with_settings(**{name: value})

    with pytest.raises(StudyError, match="build it again"):
        verdicts(changed, 65, 10)


def test_a_camera_that_turns_hangs_where_the_build_hung_it(tmp_path) -> None:
    presets = json.dumps(
        [
            {"bearing_deg": 90.0, "dwell_share": 0.5},
            {"bearing_deg": 180.0, "dwell_share": 0.5},
        ]
    )
    # Drawn a metre inside the south-west corner of the east house.
    turning = towns.cameras().assign(kind="ptz", ptz_presets=presets, bearing_deg=180.0)
    turning.geometry = [towns.at(61.0, 23.5)]
    study = towns.make_town(tmp_path / "town", cameras=turning)
    study = study.with_settings(ptz="preset")
    study.build()
    place = TO_DEGREES.transform(*towns.at(61, 15).coords[0])

    asked = ask_place(study, lon=place[0], lat=place[1])

    # Both views hang before the south wall, where the camera looks as it stands.
    assert len(asked.reasons) == 2
    south = towns.at(61, 22).y
    assert asked.reasons["y"].to_numpy() == pytest.approx(south - 0.1, abs=0.01)
    seeing = asked.reasons["verdict"] == "sees with probability"
    assert seeing.sum() == 1
    assert "50% of the time" in asked.reasons["reason"][seeing].iloc[0]


def test_the_table_can_be_changed_without_changing_the_next_answer(town) -> None:
    place = TO_DEGREES.transform(*towns.at(65, 10).coords[0])
    rows = town.explain(lon=place[0], lat=place[1])

    rows["verdict"] = "nonsense"
    rows.loc[:, "distance_m"] = -1.0

    again = town.explain(lon=place[0], lat=place[1])
    assert set(again["verdict"]) == {"sees"}
    assert (again["distance_m"] > 0.0).all()
