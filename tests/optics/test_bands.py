"""Bands of IEC 62676-4 by edition."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from coveragekit.errors import InputError
from coveragekit.optics import band_density_px_per_m, bands, edition, editions

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "vectors.json").read_text("utf-8")
)


@pytest.mark.parametrize("name", ["2014", "2025"])
def test_bands_match_the_reference(name) -> None:
    assert dict(bands(name)) == VECTORS["bands"][name]


def test_every_edition_of_the_reference_is_here_and_no_other() -> None:
    assert list(editions()) == list(VECTORS["bands"])


def test_bands_run_from_coarse_to_fine() -> None:
    for name in editions():
        densities = list(bands(name).values())

        assert densities == sorted(densities)


def test_the_draft_says_that_it_is_one_and_the_published_edition_does_not() -> None:
    assert edition("2025").is_draft
    assert "not seen" in edition("2025").source
    assert not edition("2014").is_draft


def test_the_default_purpose_is_observe_at_62_5_px_per_m() -> None:
    default = edition().default_purpose

    assert default == "observe"
    assert band_density_px_per_m(default) == 62.5


def test_every_edition_has_its_own_default_purpose() -> None:
    for name in editions():
        assert edition(name).default_purpose in bands(name)


def test_the_same_density_has_another_name_in_another_edition() -> None:
    assert band_density_px_per_m("identify", "2014") == band_density_px_per_m(
        "characterise", "2025"
    )


def test_bands_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        bands()["observe"] = 1.0  # type: ignore[index]


def test_an_unknown_edition_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"no edition '2020'.*allowed: 2014, 2025"):
        bands("2020")


def test_a_purpose_of_another_edition_is_refused_with_those_of_this_one() -> None:
    with pytest.raises(InputError, match=r"2025 has no band 'observe'.*overview"):
        band_density_px_per_m("observe", "2025")
