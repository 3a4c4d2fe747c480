"""A made-up city as a study folder: whole, honest, and the same for the same seed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from coveragekit import model
from coveragekit.errors import InputError, StudyError
from coveragekit.sources import CitySize
from coveragekit.study import Study, create_city

SIZE = CitySize(buildings=300, cameras=120, incidents=1500)


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*.parquet"))
    }


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return create_city(tmp_path_factory.mktemp("city") / "study", SIZE, seed=2)


def test_the_study_has_every_table_and_says_that_it_is_simulated(city: Study) -> None:
    settings = Study.open(city.path).settings

    assert settings.simulated
    assert settings.name == "Simulated city 2"
    assert settings.crs == "EPSG:32618"
    assert settings.seed == 2
    assert {one.table for one in settings.inputs} == {
        *("buildings", "streets", "places", "water", "areas"),
        *("cameras", "incidents", "calls"),
    }
    for one in settings.inputs:
        assert one.simulated
        assert one.sha256 == ""  # it came from no file
        table = city.table(one.table)
        assert len(table) == one.kept == one.offered
        assert model.find_faults(one.table, table) == []
    assert len(city.rejected()) == 0


def test_the_same_seed_gives_the_same_bytes(city: Study, tmp_path: Path) -> None:
    again = create_city(tmp_path / "again", SIZE, seed=2)
    other = create_city(tmp_path / "other", SIZE, seed=3)

    assert digests(again.path) == digests(city.path)
    assert not set(digests(other.path).values()) & set(digests(city.path).values())


def test_it_builds_and_its_numbers_can_be(city: Study) -> None:
    city.build()

    summary = city.results().summary
    assert summary["simulated"] is True
    assert summary["counts"]["cameras"] == 120
    assert summary["outside"]["incidents"] < 0.1 * 1500
    for name in ("area", "street_length", "incidents", "calls"):
        assert 0.0 < summary["shares"][name]["value"] < 0.9
    assert summary["gaps"]["count"] > 10
    assert summary["cameras"]["unknown_bearing"] > 0


def test_each_part_is_told_as_it_is_made(tmp_path: Path) -> None:
    told: list[str] = []

    create_city(tmp_path / "one", CitySize(5, 1, 1), name="Mine", say=told.append)

    assert told == [
        *("streets, buildings and places", "cameras", "incidents"),
        *("calls", "tables", "files"),
    ]
    assert Study.open(tmp_path / "one").settings.name == "Mine"


def test_a_folder_that_holds_something_is_refused_before_anything_is_made(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    told: list[str] = []

    with pytest.raises(StudyError, match="exists and is not empty"):
        create_city(tmp_path, SIZE, say=told.append)

    assert told == []
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_seed_that_cannot_be_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the seed is -1"):
        create_city(tmp_path / "city", SIZE, seed=-1)

    assert list(tmp_path.iterdir()) == []
