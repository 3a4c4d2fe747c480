"""Scenarios: kept whole, under safe names, told where they do not fit."""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.errors import InputError, SourceError, SourceUnavailable, StudyError
from coveragekit.study import scenarios as module
from coveragekit.study.change import MOST_CHANGES, Change
from coveragekit.study.ghost import Ghost
from coveragekit.study.scenario import Scenario
from coveragekit.study.scenarios import Scenarios
from tests.strategies import examples


def ghost(key="+1", **given_parts):
    return Ghost.of_kind("dome", key=key, lon=-84.35, lat=33.75, **given_parts)


def market(**given_parts):
    return Scenario("Market", Change(("c1",)).put(ghost()), **given_parts)


@pytest.fixture
def kept(tmp_path):
    return Scenarios(tmp_path)


def test_a_scenario_comes_back_as_it_was_saved(kept, tmp_path):
    before = datetime.now(UTC)
    key = kept.save(market(note="Two more", user="Kim", build_id="b1"))

    again = kept.load(key)
    assert again.change == market().change
    assert (again.name, again.note, again.user) == ("Market", "Two more", "Kim")
    assert again.made_at.replace(microsecond=999_999) >= before
    assert [path.name for path in (tmp_path / "scenarios").glob("*.json")] == [
        f"{key}.json"
    ]
    assert again.told("b1") == ""
    assert "earlier build" in again.told("b2")


def test_the_last_saved_comes_first_and_files_that_hold_none_are_told(kept, tmp_path):
    kept.save(market())
    second = kept.save(replace(market(), name="Square"))
    path = tmp_path / "scenarios" / f"{second}.json"
    told = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**told, "made_at": "2099-01-01T00:00:00+00:00"}))
    bad = {
        "empty": b"",
        "list": b"[]",
        "later": json.dumps({**told, "format": 2}).encode(),
        "short": json.dumps({"format": 1, "name": "A"}).encode(),
        "timeless": json.dumps({**told, "made_at": "noon"}).encode(),
        "zoneless": json.dumps({**told, "made_at": "2024-01-01T00:00:00"}).encode(),
        "bytes": b"\xff\xfe\x00",
        "deep": b"[" * 100_000,
        "large": b" " * (module.MOST_BYTES + 1),
    }
    for name, content in bad.items():
        (tmp_path / "scenarios" / f"{name}.json").write_bytes(content)

    listed = kept.listed()
    assert [one.scenario.name for one in listed if one.scenario] == ["Square", "Market"]
    faults = {one.key: one.fault for one in listed if not one.scenario}
    assert set(faults) == set(bad)
    assert "another version" in faults["later"]
    assert "damaged" in faults["empty"]
    assert "larger" in faults["large"]
    assert all(faults.values())


def test_nothing_is_overwritten_unless_asked(kept):
    key = kept.save(market())
    other = replace(market(), name="MARKET", change=Change(("c9",)))
    with pytest.raises(InputError, match="already; choose another name"):
        kept.save(other)

    assert kept.load(key).change == market().change
    assert kept.save(other, overwrite=True) == key
    assert kept.load(key).change.removed == ("c9",)


def test_what_somebody_else_has_saved_meanwhile_is_not_overwritten(kept):
    key = kept.save(market())
    read = kept.load(key)
    theirs = replace(market(), change=Change(("c9",)), user="Lee")
    kept.save(theirs, instead_of=read)
    mine = replace(market(), change=Change(("c1",)))
    with pytest.raises(InputError, match="somebody else has saved 'Market' mean"):
        kept.save(mine, instead_of=read)

    assert kept.load(key).user == "Lee"
    kept.save(mine, instead_of=kept.load(key))
    assert kept.load(key).change.removed == ("c1",)


def test_a_scenario_is_renamed_but_not_over_another(kept):
    key = kept.save(market())
    kept.save(replace(market(), name="Square"))
    with pytest.raises(InputError, match="already"):
        kept.rename(key, "Square")

    fresh = kept.rename(key, "Old market")
    assert kept.load(fresh).name == "Old market"
    with pytest.raises(SourceUnavailable):
        kept.load(key)
    assert kept.rename(fresh, "OLD market") == fresh
    kept.delete(fresh)
    kept.delete(fresh)
    assert len(kept.listed()) == 1


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        " a",
        "a\nb",
        "a\x00",
        "<b>",
        "a" * 81,
        "\u202eevil",
        "a\ud800",
        7,
        None,
    ],
)
def test_names_that_harm_are_refused(name):
    with pytest.raises(InputError, match="the name of a scenario"):
        Scenario(name, Change())


@pytest.mark.parametrize(
    "key", ["", "..", "../study", "a/b", "a\\b", "A", "a.json", "-a", "x" * 80, None, 3]
)
def test_keys_that_lead_elsewhere_are_refused(kept, key):
    for call in (kept.load, kept.delete, lambda one: kept.rename(one, "B")):
        with pytest.raises(InputError, match="there is no scenario"):
            call(key)


@given(name=st.text(min_size=1, max_size=80))
@examples(100)
def test_every_name_that_is_allowed_has_a_key_that_is_a_plain_file(name):
    try:
        key = Scenario(name, Change()).key
    except InputError:
        return
    other = Scenario(f"{name}x"[:80], Change()) if len(name) < 80 else None

    assert Scenarios(Path("x"))._path(key).parent == Path("x") / "scenarios"
    assert other is None or other.key != key
    assert Scenario(name.strip(), Change()).key == key


def test_two_names_of_the_same_letters_have_two_keys():
    names = ["Main St", "Main St.", "Máin St", "Hauptstraße", "市場", "con", "🙂"]

    keys = {Scenario(name, Change()).key for name in names}
    assert len(keys) == len(names)
    assert all(key.isascii() and len(key) <= 68 for key in keys)


def test_viewers_that_save_at_once_lose_nothing(tmp_path):
    faults = []

    def save(number):
        try:
            Scenarios(tmp_path).save(replace(market(), name=f"S {number % 5}"))
        except InputError as fault:
            faults.append(fault)

    workers = [threading.Thread(target=save, args=(n,)) for n in range(20)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(Scenarios(tmp_path).listed()) == 5
    assert len(faults) == 15


def test_a_folder_that_cannot_be_written_is_told_and_one_without_any_is_empty(tmp_path):
    assert Scenarios(tmp_path / "nowhere").listed() == []
    (tmp_path / "scenarios").write_text("a file in the way")

    with pytest.raises(SourceError, match="nothing was changed"):
        Scenarios(tmp_path).save(market())


def test_somebody_else_who_is_saving_is_waited_for_only_so_long(tmp_path, monkeypatch):
    kept = Scenarios(tmp_path)
    kept.save(market())
    monkeypatch.setattr(module, "_WAIT_S", 0.05)
    with (
        module.FileLock(tmp_path / "scenarios" / ".lock"),
        pytest.raises(StudyError, match="somebody else is saving"),
    ):
        kept.delete(market().key)

    assert len(kept.listed()) == 1


def test_there_is_an_end_to_how_many_are_kept(kept, monkeypatch):
    kept.save(market())
    monkeypatch.setattr(module, "MOST_FILES", 1)

    with pytest.raises(InputError, match="delete some first"):
        kept.save(replace(market(), name="B"))


def test_scenarios_belong_to_the_study_of_a_results_folder(tmp_path):
    results = tmp_path / ".results" / "abc"
    results.mkdir(parents=True)
    Scenarios.of_results(results).save(market())

    assert (tmp_path / "scenarios").is_dir()


# Changes and ghosts


def test_a_kind_gives_what_nobody_said_and_lists_it():
    one = ghost(hfov_deg=60.0, bearing_deg=10.0)

    assert one.hfov_deg == 60.0
    assert one.tilt_deg == 20.0
    assert set(one.assumed) == {
        *("tilt_deg", "vfov_deg", "width_px", "height_px"),
        *("mount_height_m", "ir_range_m"),
    }
    assert one.changed(tilt_deg=1.0).assumed.count("tilt_deg") == 0
    swapped = one.swapped("alpr")
    assert (swapped.hfov_deg, swapped.bearing_deg, swapped.key) == (28.0, 10.0, "+1")
    assert swapped.mount_height_m == 3.5
    assert ghost(mount_height_m=9.0).swapped("alpr").mount_height_m == 9.0


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("lon", 181.0, "lon is 181.0"),
        ("lat", float("nan"), "lat is nan"),
        ("lat", True, "lat is True"),
        ("bearing_deg", 360.0, "bearing_deg is 360.0; allowed: at least 0"),
        ("tilt_deg", 91.0, "tilt_deg"),
        ("hfov_deg", 0.0, "hfov_deg"),
        ("hfov_deg", None, "hfov_deg is None"),
        ("width_px", "wide", "width_px"),
        ("mount_height_m", float("inf"), "mount_height_m"),
        ("kind", "drone", "kind is 'drone'"),
        ("access", "secret", "access is 'secret'"),
        ("name", "x" * 121, "a text of up to 120"),
        ("of", None, "of is None"),
        ("key", "", "has no key"),
        ("assumed", ("owner",), "assumed holds 'owner'"),
    ],
)
def test_parts_that_no_camera_can_have_are_refused(part, value, words):
    with pytest.raises(InputError, match=words):
        replace(ghost(), **{part: value})


def test_an_unknown_kind_is_refused():
    with pytest.raises(InputError, match="kind is 'drone'; allowed: bullet"):
        Ghost.of_kind("drone", key="+1", lon=0.0, lat=0.0)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: [told],
        lambda told: {**told, "extra": 1},
        lambda told: {**told, "removed": "c1"},
        lambda told: {**told, "removed": [7]},
        lambda told: {**told, "removed": ["c1", "c1"]},
        lambda told: {**told, "ghosts": [{}]},
        lambda told: {**told, "ghosts": [{**told["ghosts"][0], "lon": "east"}]},
        lambda told: {**told, "ghosts": [{**told["ghosts"][0], "assumed": "lon"}]},
        lambda told: {**told, "ghosts": [told["ghosts"][0]] * 2},
        lambda told: {**told, "removed": [f"c{n}" for n in range(MOST_CHANGES)]},
    ],
)
def test_a_spoilt_change_is_refused_whole(spoil):
    told = market().change.to_json()
    assert Change.from_json(told) == market().change

    with pytest.raises(InputError):
        Change.from_json(spoil(told))


def test_a_change_holds_each_camera_once():
    taken = replace(ghost(), key="c1", of="c1")
    change = Change(("c1", "c2")).put(taken)

    assert change.removed == ("c2",)
    assert change.changed == (taken,)
    assert change.gone == ("c2", "c1")
    assert change.remove("c1").ghosts == ()
    assert change.remove("c1").removed == ("c2", "c1")
    assert change.without("c1").ghosts == ()
    assert change.without("c2").removed == ()
    assert len(change) == 2
    assert not Change()
    assert Change().put(ghost("+3")).next_key == "+4"
    with pytest.raises(InputError, match="changed twice"):
        Change(("c1",), (taken,))
