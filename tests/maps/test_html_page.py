"""One HTML file that needs no other file and no host."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest

from coveragekit import maps
from coveragekit.errors import InputError, SourceUnavailable
from coveragekit.maps import html_page
from coveragekit.study.taking_out import event_years
from tests.dashboards.fixture_study import HOSTILE_IMAGE, HOSTILE_SCRIPT


def test_the_page_holds_everything_and_names_no_host(town, tmp_path) -> None:
    path = maps.to_html(town, tmp_path / "map.html")

    text = path.read_text("utf-8")
    assert re.findall(r"https?://", text) == []
    assert "data:text/javascript;base64," in text
    assert path.stat().st_size < 1_000_000
    assert [one.name for one in tmp_path.iterdir()] == ["map.html"]


def test_the_page_has_a_title_a_badge_and_its_basis(town, tmp_path) -> None:
    text = maps.to_html(town, tmp_path / "map.html").read_text("utf-8")

    assert "<title>Testville</title>" in text
    assert '<b class="ck-badge">simulated</b>' in text
    assert "observe (2014)" in text
    assert "data 2022-10-24" in text
    assert '<html lang="en">' in text
    assert "user-scalable" not in text


def test_the_page_has_its_numbers_with_interval_and_basis(town, tmp_path) -> None:
    text = maps.to_html(town, tmp_path / "map.html").read_text("utf-8")

    assert "<b>Street seen 38 % (34-41)</b> of 5.2 km" in text
    assert "<b>Incidents seen 29 % (26-32)</b> of 487 street-visible" in text
    assert "Street seen: observe (62.5 px/m, IEC 62676-4 edition 2014), by day" in text
    assert "no interval" not in text
    assert "Probability of being seen" in text


def test_a_study_of_the_version_before_says_that_it_has_no_interval(
    former_town, tmp_path
) -> None:
    text = maps.to_html(former_town, tmp_path / "map.html").read_text("utf-8")

    assert "<b>Street seen 38 % (no interval)</b> of 5.2 km" in text
    assert "coveragekit build STUDY --scenes 64" in text
    assert "Probability of being seen" not in text


def test_a_hostile_name_stays_text_in_the_page(town, tmp_path) -> None:
    text = maps.to_html(town, tmp_path / "map.html").read_text("utf-8")

    assert HOSTILE_SCRIPT not in text
    assert HOSTILE_IMAGE not in text
    assert "window.ckHacked" in text  # it is there, as text


def test_incidents_leave_the_house_only_as_a_density(town, tmp_path) -> None:
    text = maps.to_html(town, tmp_path / "map.html").read_text("utf-8")

    incident = town.results().incident_coverage()
    assert "ck-incident" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    assert not any(f'"{key}"' in text for key in incident["incident_id"][:50])


def test_a_page_for_others_tells_of_no_few_events(town, tmp_path) -> None:
    whole = maps.to_html(town, tmp_path / "all.html").read_text("utf-8")
    text = maps.to_html(town, tmp_path / "p.html", role="planner").read_text("utf-8")
    years = event_years(town.results()).get("incidents", 1.0)

    told = [float(one) for one in re.findall(r"([\d.]+) (?:incidents )?a year", text)]

    assert "Incident density" in whole
    assert "Incident density" not in text
    assert "Probability of being seen" in text
    assert any(
        float(one) * years < 5
        for one in re.findall(r"([\d.]+) (?:incidents )?a year", whole)
    )
    assert all(rate * years >= 5 for rate in told)


def test_a_page_for_the_public_has_no_camera_and_no_gap(town, tmp_path) -> None:
    pages = {
        role: maps.to_html(town, tmp_path / f"{role}.html", role=role).read_text()
        for role in ("planner", "public")
    }

    assert '"Gaps" :' in pages["planner"]
    assert '"Cameras" :' in pages["planner"]
    assert '"Gaps" :' not in pages["public"]
    assert '"Cameras" :' not in pages["public"]
    assert '"Coverage" :' in pages["public"]


def test_too_many_rows_become_a_picture_and_the_legend_says_so(
    town, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(html_page, "FEATURE_LIMIT", 4)

    text = maps.to_html(town, tmp_path / "map.html").read_text("utf-8")

    assert "Buildings are drawn as a picture, because 228 of them" in text
    assert "Only the first 4 of 5 gaps are drawn." in text


def test_a_path_that_is_no_html_is_refused(town, tmp_path) -> None:
    with pytest.raises(InputError, match=r"map\.pdf does not end in \.html"):
        maps.to_html(town, tmp_path / "map.pdf")


def test_an_unheard_of_layer_is_refused(town, tmp_path) -> None:
    with pytest.raises(InputError, match="there is no layer"):
        maps.to_html(town, tmp_path / "map.html", layers=("tiles",))


def test_a_folder_that_is_not_there_is_said_and_nothing_is_left(town, tmp_path) -> None:
    with pytest.raises(SourceUnavailable, match="cannot be written: No such file"):
        maps.to_html(town, tmp_path / "nowhere" / "map.html")


def test_an_older_page_stays_when_the_disk_is_full(town, tmp_path, monkeypatch) -> None:
    path = tmp_path / "map.html"
    path.write_text("old", "utf-8")

    def full(*_args, **_options) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(SourceUnavailable, match="cannot be written: No space left"):
        maps.to_html(town, path)

    assert path.read_text("utf-8") == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["map.html"]
