"""Pictures of any size, and the names that are written onto them."""

from __future__ import annotations

import math
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coveragekit.errors import InputError
from coveragekit.maps.tiles import Frame, Look, Painter, labels, picture
from coveragekit.maps.tiles.chains import joined, straight_places
from coveragekit.maps.tiles.fonts import font, font_file
from coveragekit.maps.tiles.style import ink, rgb
from coveragekit.view import Ragged, Texts
from tests.benchmarks.tile_city import CENTRE, SCALE, Table, tile_city, to_merc
from tests.view.made import made_store

if TYPE_CHECKING:
    from coveragekit.view import Store


@pytest.fixture(scope="module")
def town() -> SimpleNamespace:
    return tile_city(0.0008, np.random.default_rng(7))


@pytest.fixture(scope="module")
def crossing(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return made_store(tmp_path_factory.mktemp("pictures") / "results")


def around(metres: float) -> tuple[float, float, float, float]:
    off = metres * SCALE
    x, y = CENTRE.tolist()
    return x - off, y - off, x + off, y + off


def test_a_picture_is_what_the_tiles_show(town: SimpleNamespace) -> None:
    painter, look = Painter(town), Look(band=1)
    z = 15
    x, y = (CENTRE * 2**z).astype(int).tolist()
    box = (x * 2.0**-z, y * 2.0**-z, (x + 1) * 2.0**-z, (y + 1) * 2.0**-z)

    seen = picture(town, box, (256, 256), ["base"], look)

    sheet = painter.draw("base", Frame.tile(z, x, y), look)
    assert sheet is not None
    assert np.abs(seen[..., :3] / 255.0 - sheet.canvas[..., :3]).max() < 0.003
    assert (seen[..., 3] == 255).all()


def test_a_large_picture_is_drawn_in_blocks_without_seams(
    town: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coveragekit.maps.tiles import picture as module

    layers = ["base", "coverage", "incidents", "gaps", "areas", "cameras"]
    whole = picture(town, around(150), (300, 200), layers, Look(band=1))

    monkeypatch.setattr(sys.modules[picture.__module__], "_BLOCK_PX", 64)
    parts = picture(town, around(150), (300, 200), layers, Look(band=1))

    del module
    differing = (np.abs(whole.astype(int) - parts).max(axis=-1) > 3).mean()
    assert differing < 0.002


def test_opacity_of_a_layer_mixes_it_with_what_is_below(town: SimpleNamespace) -> None:
    box = around(150)
    below = picture(town, box, (200, 200), ["base"], Look(band=1)).astype(float)
    full = picture(town, box, (200, 200), ["base", "coverage"], Look(band=1))
    half = picture(town, box, (200, 200), ["base", ("coverage", 0.5)], Look(band=1))
    none = picture(town, box, (200, 200), ["base", ("coverage", 0.0)], Look(band=1))

    assert np.abs((below + full) / 2 - half).max() <= 2.0
    assert np.abs(below - none).max() <= 1.0


@pytest.mark.parametrize("dark", [False, True])
def test_where_nothing_is_the_ground_goes_on(
    town: SimpleNamespace, *, dark: bool
) -> None:
    look = Look(dark=dark)
    far = (0.1, 0.1, 0.1001, 0.1001)

    seen = picture(town, far, (20, 10), ["base", "coverage", "labels"], look)

    ground = [round(255 * part) for part in rgb(ink(dark=dark).ground)]
    assert seen.shape == (10, 20, 4)
    assert (seen == [*ground, 255]).all()
    assert not picture(town, far, (20, 10), ["coverage"], look).any()


@pytest.mark.parametrize(
    ("box", "size"),
    [
        ((0.5, 0.5, 0.5, 0.6), (10, 10)),
        ((0.5, 0.5, 0.6, math.nan), (10, 10)),
        ((0.5, 0.5, 0.6, 0.6), (0, 10)),
    ],
)
def test_a_picture_of_nothing_is_refused(
    town: SimpleNamespace, box: tuple, size: tuple
) -> None:
    with pytest.raises(InputError, match="cannot be"):
        picture(town, box, size, ["base"], Look())


def test_a_layer_that_is_not_there_is_refused(town: SimpleNamespace) -> None:
    with pytest.raises(InputError, match="no layer 'roads'"):
        picture(town, around(10), (9, 9), ["roads"], Look())


def test_prints_have_lines_as_wide_on_paper_as_on_the_screen(
    town: SimpleNamespace,
) -> None:
    coarse = picture(town, around(200), (200, 200), ["base"], Look()).astype(float)

    fine = picture(town, around(200), (600, 600), ["base"], Look(), scale=3.0)

    smaller = fine.reshape(200, 3, 200, 3, 4).mean(axis=(1, 3))
    assert np.abs(smaller - coarse).mean() < 1.5


def test_names_are_written_with_all_their_letters(town: SimpleNamespace) -> None:
    def written(name: str, *, dark: bool = False) -> np.ndarray:
        lake = Table(shape=town.outline.shape, name=Texts.of([name]))
        none = {"name_of": np.full(len(town.street_lines), -1)}
        streets = Table(**{**vars(town.street_lines), **none})
        named = SimpleNamespace(
            **{**vars(town), "water": lake, "street_lines": streets}
        )
        look = Look(dark=dark)
        return picture(named, around(200), (400, 400), ["labels"], look)

    plain, umlaut = written("Toolonlahti"), written("T\u00f6\u00f6l\u00f6nlahti")

    assert plain[..., 3].any()
    assert not np.array_equal(plain, umlaut)
    assert not np.array_equal(written("\u0142\u00f3d\u017a"), written("\u0142odz"))
    dark = written("Toolonlahti", dark=True)
    light = [one[..., :3][one[..., 3] == 255].max() for one in (plain, dark)]
    assert light[0] == 255
    assert dark[..., :3][dark[..., 3] == 255].min() < 40
    assert not written("").any()


def test_the_font_is_found_without_the_plot_library() -> None:
    code = (
        "import sys; from coveragekit.maps.tiles.fonts import font;"
        "print(font(12.0).getname()[0], 'matplotlib' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "DejaVu Sans False"


def test_without_the_font_another_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    from coveragekit.maps.tiles import fonts

    monkeypatch.setattr(fonts, "find_spec", lambda name: None)
    font_file.cache_clear()
    font.cache_clear()
    try:
        assert font_file() is None
        assert font(11.0).getlength("abc") > 10
    finally:
        font_file.cache_clear()
        font.cache_clear()


def street_town(town: SimpleNamespace, name: str) -> SimpleNamespace:
    """One street in four pieces, a turned one, and its crossing."""
    lines = [[[-200.0, 0], [-90, 0]], [[20.0, 3], [-90, 0]], [[20.0, 3], [200, 3]]]
    lines += [[[20.0, 3], [20, 180]]]
    streets = Table(
        name_of=np.array([0, 0, 0, 1], np.int32),
        rank=np.array([2, 2, 2, 5], np.uint8),
        shape=Ragged.of([[to_merc(np.array(one, float))] for one in lines]),
        name=Texts.of([name, "Side Street"]),
    )
    return SimpleNamespace(**{**vars(town), "street_lines": streets})


def test_a_street_is_named_once_along_all_its_pieces(town: SimpleNamespace) -> None:
    named = street_town(town, "Unter den Linden")

    found = labels(named, around(210), 16.0)

    streets = [one for one in found if one["kind"] == "street"]
    assert [one["text"] for one in streets] == ["Unter den Linden", "Side Street"]
    assert abs(streets[0]["angle"]) < 5.0
    assert abs(abs(streets[1]["angle"]) - 90.0) < 1.0
    further = labels(named, around(210), 15.0)
    assert "street" not in {one["kind"] for one in further}


def test_two_sides_of_a_street_have_one_name(town: SimpleNamespace) -> None:
    lines = [[[-200.0, 0], [200, 0]], [[-200.0, -30], [200, -30]]]
    streets = Table(
        name_of=np.array([0, 0], np.int32),
        rank=np.array([2, 2], np.uint8),
        shape=Ragged.of([[to_merc(np.array(one, float))] for one in lines]),
        name=Texts.of(["Mannerheimintie"]),
    )
    named = SimpleNamespace(**{**vars(town), "street_lines": streets})

    found = labels(named, around(210), 16.5)

    assert [one["text"] for one in found if one["kind"] == "street"] == [
        "Mannerheimintie"
    ]


def test_names_are_given_as_they_are_and_long_ones_cut(town: SimpleNamespace) -> None:
    script = "<script>alert(1)</script>"

    found = labels(street_town(town, script), around(210), 17.0)

    assert script in {one["text"] for one in found}
    long = labels(street_town(town, "x" * 500), around(10_000), 22.0)
    assert max(len(one["text"]) for one in long) == 60


def test_areas_are_named_where_a_kind_is_asked_for(crossing: Store) -> None:
    box = tuple(crossing.meta["bounds_merc"])

    def named(kind: int | None) -> set[str]:
        found = labels(crossing, box, 18.0, area_kind=kind)
        return {one["text"] for one in found if one["kind"] == "area"}

    assert named(None) == set()
    assert named(0) == {"Beat 1", "Beat 2"}
    assert named(1) == {"Tract 1"}


@pytest.mark.parametrize("zoom", [15.6, 17.0, 18.4])
def test_no_name_lies_over_another_or_outside(
    town: SimpleNamespace, zoom: float
) -> None:
    box = around(230)

    found = labels(town, box, zoom)

    assert len(found) > 3
    per_unit = 256 * 2.0**zoom
    boxes = []
    for one in found:
        assert box[0] <= one["x"] <= box[2]
        assert box[1] <= one["y"] <= box[3]
        assert -90.0 < one["angle"] <= 90.0
        long = 0.5 * one["size"] * len(one["text"])
        turn = math.radians(one["angle"])
        steps = np.linspace(-long / 2, long / 2, 20)[:, None]
        middle = np.array([one["x"], one["y"]]) * per_unit
        boxes.append(middle + steps * [math.cos(turn), math.sin(turn)])
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart = np.hypot(*(one[:, None] - other[None]).transpose(2, 0, 1))
            assert apart.min() > 9.0


def test_pieces_join_only_where_the_street_goes_on() -> None:
    ahead = np.array([[0.0, 0], [10, 0]])
    back = np.array([[20.0, 1], [10, 0]])
    aside = np.array([[10.0, 0], [10, 10]])

    chains = joined([ahead, back, aside])

    assert [len(one) for one in chains] == [3, 2]
    assert chains[0][:, 0].tolist() in ([0.0, 10.0, 20.0], [20.0, 10.0, 0.0])
    assert joined([]) == []


@given(st.floats(-179.0, 179.0), st.floats(20.0, 90.0))
@settings(max_examples=40, deadline=None)
def test_a_name_reads_from_left_to_right(turn: float, length: float) -> None:
    step = np.array([math.cos(math.radians(turn)), math.sin(math.radians(turn))])
    line = np.array([[5.0, 7.0], [5.0, 7.0] + 100.0 * step])

    ((x, y, angle),) = straight_places(line, length, spacing=300.0, off=1.0)

    assert -90.0 < angle <= 90.0
    assert math.hypot(x - line[:, 0].mean(), y - line[:, 1].mean()) < 1e-6
    off = (angle - turn) % 180.0
    assert min(off, 180.0 - off) < 1e-6


def test_a_name_that_is_too_long_or_would_bend_finds_no_place() -> None:
    short = np.array([[0.0, 0], [10, 0]])
    bent = np.array([[0.0, 0], [30, 0], [30, 30]])

    assert straight_places(short, 20.0, spacing=99.0, off=1.0) == []
    assert straight_places(bent, 50.0, spacing=99.0, off=1.0) == []
    assert len(straight_places(bent, 20.0, spacing=15.0, off=1.0)) >= 2
    tooth = np.array([[0.0, 0], [20, 0], [25, 2], [30, 0], [50, 0]])
    assert straight_places(tooth, 46.0, spacing=99.0, off=1.0) == []
    assert len(straight_places(tooth, 46.0, spacing=99.0, off=3.0)) == 1
