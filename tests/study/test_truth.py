"""What stands beside each number: night, state, time, worth and interval."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coveragekit.errors import TableError
from coveragekit.study import Study
from tests.study import towns


def _build(folder: Path, **camera: object) -> dict:
    study = towns.make_town(folder, cameras=towns.cameras().assign(**camera))
    return study.build().summary


def test_by_night_a_lamp_reaches_less_far_than_pixels(tmp_path: Path) -> None:
    share = _build(tmp_path / "town", ir_range_m=20.0)["shares"]["street_length"]

    assert share["by_light"]["day"]["value"] == share["value"] == 0.2
    # 0.7 of 20 m on a lens as high as what it looks at
    assert share["by_light"]["night"]["value"] == pytest.approx(14 / 150, abs=1e-6)


def test_without_a_lamp_a_camera_is_blind_at_night_and_counted(tmp_path: Path) -> None:
    summary = _build(tmp_path / "town", ir_range_m=0.0)

    assert summary["shares"]["street_length"]["by_light"]["night"]["value"] == 0.0
    assert summary["cameras"]["blind_at_night"] == 1


@pytest.mark.parametrize(("status", "works"), [("online", 0.2), ("offline", 0.0)])
def test_working_now_counts_only_what_works(
    tmp_path: Path, status: str, works: float
) -> None:
    share = _build(tmp_path / "town", status=status)["shares"]["street_length"]

    assert share["value"] == 0.2
    assert share["working_now"]["value"] == works


def test_a_camera_that_is_gone_saw_what_happened_in_its_time(tmp_path: Path) -> None:
    gone = pd.Timestamp("2022-01-15", tz="UTC")
    study = towns.make_town(
        tmp_path / "town", cameras=towns.cameras().assign(active_to=gone)
    )

    results = study.build()

    share = results.summary["shares"]["incidents"]
    rows = results.incident_coverage().set_index("incident_id")
    assert share["value"] == 0.0
    # at midnight of New Year's Day, 20 m from a lamp that reaches 21 m
    assert rows["seen_at_the_time"].to_dict() == {
        "street": 1.0,
        "house": 0.0,
        "behind": 0.0,
    }
    assert share["at_the_time"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    months = {row["month"]: row["street_length"] for row in results.summary["by_month"]}
    assert 0.0 < months["2022-01"] < 0.2
    assert months["2022-03"] == 0.0


def test_what_is_not_recorded_is_not_seen_when_it_happens(tmp_path: Path) -> None:
    summary = _build(tmp_path / "town", recording_hours="Mo-Fr 08:00-18:00")

    assert summary["shares"]["incidents"]["value"] > 0.5
    assert summary["shares"]["incidents"]["at_the_time"]["value"] == 0.0
    hours = summary["shares"]["street_length"]["by_hour"]["value"]
    assert len(hours) == 168
    assert hours[3] == 0.0
    # 17 h UTC is before noon where the town lies
    assert hours[17] == pytest.approx(0.2)
    assert hours[5 * 24 + 17] == 0.0  # Saturday


def test_incidents_by_hour_add_up_to_all_of_them(tmp_path: Path) -> None:
    hours = _build(tmp_path / "town")["shares"]["incidents"]["by_hour"]

    assert sum(hours["weight"]) == pytest.approx(3.0, abs=0.01)
    assert [value is None for value in hours["value"]] == [
        weight == 0.0 for weight in hours["weight"]
    ]


def test_the_outage_of_the_only_camera_costs_all_that_is_seen(tmp_path: Path) -> None:
    summary = _build(tmp_path / "town")
    first = summary["cameras"]["most_important"][0]

    assert first["camera_id"] == "c1"
    assert first["loss"]["street_m"] == pytest.approx(30.0, abs=0.1)
    assert first["loss"]["street_share"] == summary["shares"]["street_length"]["value"]
    assert summary["cameras"]["effective"] == pytest.approx(1.0, abs=0.01)
    assert summary["cameras"]["seen_by_at_least"]["street_length"] == [0.2, 0.0, 0.0]


def test_two_cameras_of_one_view_are_worth_nothing_alone(tmp_path: Path) -> None:
    one = towns.cameras()
    both = pd.concat([one, one.assign(camera_id="c2")], ignore_index=True)
    study = towns.make_town(tmp_path / "town", cameras=both)

    results = study.build()

    assert results.camera_worth()["loss_street_m"].tolist() == [0.0, 0.0]
    assert results.summary["cameras"]["effective"] == pytest.approx(1.0, abs=0.01)
    assert results.summary["cameras"]["seen_by_at_least"]["street_length"][1] == 0.2


def test_a_camera_that_turns_is_told_in_three_ways(tmp_path: Path) -> None:
    presets = '[{"bearing_deg": 90, "dwell_share": 0.5}, {"bearing_deg": 270}]'
    ptz = towns.cameras().assign(kind="ptz", vfov_deg=60.0, ptz_presets=presets)
    study = towns.make_town(tmp_path / "town", cameras=ptz)

    share = study.build().summary["shares"]["street_length"]

    ways = {way: found["value"] for way, found in share["ptz"].items()}
    assert ways["now"] == share["value"] == pytest.approx(0.2)
    # east half of the time, west the other half, which comes to the same length
    assert ways["preset"] == pytest.approx(0.2)
    assert ways["reach"] == pytest.approx(0.6)
    reach = study.with_settings(ptz="reach").build().summary["shares"]["street_length"]
    assert reach["value"] == pytest.approx(0.6)
    assert reach["ptz"] == share["ptz"]


def test_contradictory_optics_stop_with_the_camera_named(tmp_path: Path) -> None:
    wrong = towns.cameras().assign(focal_length_mm=12.0, sensor_width_mm=5.568)

    with pytest.raises(TableError, match="c1"):
        towns.make_town(tmp_path / "town", cameras=wrong)
    assert not (tmp_path / "town").exists()


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The town with twenty scenes."""
    study = towns.make_town(tmp_path_factory.mktemp("drawn") / "town")
    study = study.with_settings(scenes=20)
    study.build()
    return study


def test_with_scenes_every_share_has_an_interval(drawn: Study) -> None:
    summary = drawn.results().summary

    assert summary["scenes"] == {"count": 20, "seed": 0, "level": 0.9}
    for share in summary["shares"].values():
        assert share["low"] <= share["value"] <= share["high"]
        assert share["low"] < share["high"]
        assert "20 scenes" in share["basis"]
        night = share["by_light"]["night"]
        assert night["low"] <= night["value"] <= night["high"]
        low, high = share["by_access"]["public"]["alone_interval"]
        assert low <= share["by_access"]["public"]["alone"] <= high
    assert summary["shares"]["street_length"]["nominal"] == 0.2


def test_places_and_gaps_say_how_sure_they_are(drawn: Study) -> None:
    import rasterio

    results = drawn.results()
    with rasterio.open(results.seen_probability_path) as raster:
        seen = raster.read(1, masked=True)
        assert raster.crs.to_epsg() == 32616
    gaps = results.gaps()

    shares = np.unique(seen.compressed())
    assert shares.min() == 0.0
    assert shares.max() == 1.0
    assert np.allclose(shares * 20, np.round(shares * 20))
    assert (gaps["incidents_low"] <= gaps["incidents_high"]).all()
    assert gaps["incidents_high"].max() > 0.0


def test_more_scenes_are_added_to_those_there_are(drawn: Study) -> None:
    kept = sorted((drawn.path / ".scenes").glob("*/*.npz"))
    before = {path: path.stat().st_mtime_ns for path in kept}
    assert len(before) == 20

    drawn.with_settings(scenes=22).build()

    after = sorted((drawn.path / ".scenes").glob("*/*.npz"))
    assert len(after) == 22
    assert {path: path.stat().st_mtime_ns for path in kept} == before


def test_a_stopped_build_goes_on_to_the_same_numbers(
    drawn: Study, tmp_path: Path
) -> None:
    study = towns.make_town(tmp_path / "town").with_settings(scenes=20)

    class PlugPulledError(Exception):
        """Somebody pulled the plug."""

    def stop(step: str, state: str, seconds: float) -> None:
        del step, seconds
        if state == "12 of 20":
            raise PlugPulledError

    with pytest.raises(PlugPulledError):
        study.build(progress=stop)
    heard: list[str] = []
    summary = study.build(progress=lambda *words: heard.append(words[1])).summary

    assert len(list((study.path / ".scenes").glob("*/*.npz"))) == 20
    assert next(state for state in heard if " of " in state) == "12 of 20"
    expected = drawn.with_settings(scenes=20).build().summary
    for name, share in summary["shares"].items():
        for key in ("value", "low", "high"):
            assert share[key] == expected["shares"][name][key]


def test_another_seed_draws_other_scenes_and_none_takes_them_away(
    drawn: Study,
) -> None:
    other = drawn.with_settings(seed=7, scenes=20).build().summary
    none = drawn.with_settings(seed=0, scenes=0).build()

    assert other["scenes"]["seed"] == 7
    assert none.summary["scenes"] is None
    assert none.summary["shares"]["area"]["low"] is None
    assert none.seen_probability_path is None
    assert none.gaps()["incidents_low"].isna().all()


def test_a_damaged_scene_is_drawn_again(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town").with_settings(scenes=3)
    before = study.build().summary["shares"]
    kept = sorted((study.path / ".scenes").glob("*/*.npz"))
    kept[0].write_bytes(b"")
    kept[1].write_bytes(kept[1].read_bytes()[:100])
    (study.results().path / "scenes.json").unlink()  # so that the step is due

    after = study.build().summary["shares"]

    assert after == before


def test_without_errors_a_gap_is_as_sure_as_its_number(tmp_path: Path) -> None:
    exact = dict.fromkeys(
        ("position_error_m", "bearing_error_deg", "hfov_error_deg", "height_error_m"),
        0.0,
    )
    study = towns.make_town(
        tmp_path / "town", cameras=towns.cameras().assign(**exact)
    ).with_settings(scenes=4)

    gaps = study.build().gaps()

    for name in ("incidents_low", "incidents_median", "incidents_high"):
        whole = gaps[name].sum()
        assert whole == pytest.approx(gaps["incidents_per_year"].sum(), rel=0.2), name
    sure = gaps[gaps["name"].str.startswith("Cross Street")].iloc[0]
    assert sure["incidents_low"] == pytest.approx(sure["incidents_per_year"])
    assert sure["incidents_high"] == pytest.approx(sure["incidents_per_year"])


@pytest.mark.parametrize(
    ("camera", "words"),
    [
        ({"recording_hours": "9 to 5"}, "c1"),
        ({"kind": "ptz", "ptz_presets": "north"}, "c1"),
        ({"active_from": "2022-05-01", "active_to": "2022-04-01"}, "active_to"),
    ],
)
def test_habits_that_cannot_be_stop_init(
    tmp_path: Path, camera: dict[str, str], words: str
) -> None:
    if "active_from" in camera:
        camera = {name: pd.Timestamp(day, tz="UTC") for name, day in camera.items()}

    with pytest.raises(TableError, match=words):
        towns.make_town(tmp_path / "town", cameras=towns.cameras().assign(**camera))
    assert not (tmp_path / "town").exists()


def test_dates_of_another_age_do_not_stop_a_build(tmp_path: Path) -> None:
    late = towns.cameras().assign(
        active_from=pd.Timestamp("2030-01-01", tz="UTC"),
        active_to=pd.Timestamp("2031-01-01", tz="UTC"),
    )
    study = towns.make_town(tmp_path / "town", cameras=late)

    assert study.build().summary["shares"]["street_length"]["value"] == 0.0


def test_hours_that_are_assumed_are_marked(tmp_path: Path) -> None:
    study = towns.make_town(tmp_path / "town")

    cameras = study.build().cameras()

    assert "recording_hours" in cameras["assumed"][0]
    assert cameras["recording_hours"][0] == "24/7"
