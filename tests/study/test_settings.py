"""What a study is of stands in one file, which says what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from coveragekit.errors import InputError, StudyError
from coveragekit.study import Input, Parameters, Settings
from coveragekit.study.settings import FILE_NAME, read_settings

HEAD = "format = 1\n[study]\nname='a'\ncrs='EPSG:32616'\n"


def _settings() -> Settings:
    return Settings(
        name='Old "Fourth" Ward',
        crs="EPSG:32616",
        time_zone="America/New_York",
        as_of=datetime(2022, 10, 24, 12, tzinfo=UTC),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        parameters=Parameters(resolution_m=2.0),
        inputs=(
            Input("cameras", "c.csv", "ab", 3, 2, notices=("swapped",)),
            Input("incidents", "made", simulated=True),
        ),
    )


def test_settings_survive_being_written(tmp_path: Path) -> None:
    settings = _settings()
    (tmp_path / FILE_NAME).write_text(settings.to_toml(), "utf-8")

    assert read_settings(tmp_path) == settings


def test_one_simulated_input_makes_the_study_simulated() -> None:
    assert _settings().simulated
    assert not Settings("a", "EPSG:32616").simulated


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"there is no folder .*nowhere.*init"):
        read_settings(tmp_path / "nowhere")


def test_a_folder_that_is_no_study_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"is not a study: it has no study\.toml"):
        read_settings(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("format = [", "cannot be read as TOML"),
        ("format = 99", "has format 99; this version of coveragekit reads format 1"),
        ("format = 1", "'study' is missing"),
        ("format = 1\n[study]\nname = 'a'\n", "crs"),
        (
            "format = 1\n[study]\nname='a'\ncrs='EPSG:32616'\ntime_zone='Mars/One'",
            "no time zone 'Mars/One'",
        ),
        (
            HEAD + "[parameters]\nresolution_m=0.0",
            "resolution_m is 0.0; allowed: a number above 0",
        ),
        (
            HEAD + "as_of=2022-01-01T00:00:00",
            "as_of is .* allowed: a date and time with a zone",
        ),
    ],
)
def test_a_broken_file_says_what_is_wrong(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / FILE_NAME).write_text(text, "utf-8")

    with pytest.raises(StudyError, match=words):
        read_settings(tmp_path)


def test_a_parameter_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(InputError, match="margin_m is 'far'"):
        Parameters(margin_m="far")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"relief": "hilly"}, "relief is 'hilly'; allowed: flat, surface"),
        ({"ptz": "later"}, "ptz is 'later'; allowed: now, preset, reach"),
        ({"scenes": -1}, "scenes is -1; allowed: a whole number from 0 to 10000"),
        ({"scenes": 2.5}, "scenes is 2.5"),
        ({"scenes": True}, "scenes is True"),
        ({"scenes": 1}, "scenes is 1; allowed: 0 for none, or 2 and more"),
        ({"seed": "x"}, "seed is 'x'"),
    ],
)
def test_a_choice_that_there_is_not_names_those_there_are(
    change: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        Settings("a", "EPSG:32616", **change)


def test_choices_of_method_are_kept(tmp_path: Path) -> None:
    settings = Settings("a", "EPSG:32616", relief="surface", ptz="reach", scenes=64)
    (tmp_path / FILE_NAME).write_text(settings.to_toml(), "utf-8")

    assert read_settings(tmp_path) == settings
