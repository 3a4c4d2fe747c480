"""Layers of a town as tiles: what is drawn where, in which colour, and what is not."""

from __future__ import annotations

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from PIL import Image

from coveragekit.errors import InputError
from coveragekit.maps.tiles import LAYERS, Entry, Frame, Look, Painter
from coveragekit.maps.tiles.cover import count_views
from coveragekit.maps.tiles.crowd import Density, full_density
from coveragekit.maps.tiles.index import frozen
from coveragekit.maps.tiles.kernels.fills import FULL
from coveragekit.maps.tiles.style import ink, multiplicity_colours
from coveragekit.view import Ragged, Texts, morton
from tests.benchmarks.tile_city import CENTRE, Table, tile_city, to_merc
from tests.view.made import made_store
from tests.view.made import to_merc as made_merc

if TYPE_CHECKING:
    from pathlib import Path

    from coveragekit.view import Store


@dataclass(frozen=True)
class Shapes:
    """A change as the what-if engine gives it."""

    removed: np.ndarray
    shape: Ragged
    probability: np.ndarray


@pytest.fixture(scope="module")
def town() -> SimpleNamespace:
    """A few blocks with 48 cameras and 800 incidents; nobody changes it."""
    return tile_city(0.0008, np.random.default_rng(7))


@pytest.fixture(scope="module")
def painter(town: SimpleNamespace) -> Painter:
    return Painter(town)


@pytest.fixture(scope="module")
def crossing(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return made_store(tmp_path_factory.mktemp("tiles") / "results")


def tile_at(merc: np.ndarray, z: int) -> tuple[int, int, int]:
    return z, int(merc[0] * 2**z), int(merc[1] * 2**z)


def read(png: bytes) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(png)).convert("RGBA"))


def pixel(painter: Painter, layer: str, merc: np.ndarray, look: Look, z: int = 18):
    """The colour of a layer at a place."""
    _, x, y = tile_at(merc, z)
    png = painter.paint(layer, z, x, y, look)
    if not png:
        return (0, 0, 0, 0)
    column, row = ((merc * 2**z - (x, y)) * 256).astype(int)
    return tuple(read(png)[row, column].tolist())


def rgba(colour: str, opacity: float) -> tuple[int, ...]:
    return (*(int(colour[i : i + 2], 16) for i in (1, 3, 5)), round(255 * opacity))


def near(one: tuple[int, ...], two: tuple[int, ...], by: int = 4) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, two, strict=True))


def add_view(town: SimpleNamespace) -> Shapes:
    square = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * 30.0
    return Shapes(
        np.arange(len(town.views)) % 2 == 0,
        Ragged.of([[to_merc(square)]]),
        np.ones(1, np.float32),
    )


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("z", [12, 15, 17])
def test_neighbouring_tiles_have_no_seam(
    painter: Painter, town: SimpleNamespace, layer: str, z: int
) -> None:
    look = Look(band=1, change=add_view(town), points=z == 17)
    z, x, y = tile_at(CENTRE, z)
    pixel = 2.0**-z / 256
    for left, top in ((x - 1, y), (x, y - 1)):
        wide = left == x - 1
        frame = Frame(
            left * 2.0**-z, top * 2.0**-z, pixel, 256 + 256 * wide, 512 - 256 * wide
        )

        whole = painter.draw(layer, frame, look)

        second = (left + wide, top + (not wide))
        for number, (column, row) in enumerate(((left, top), second)):
            part = painter.draw(layer, Frame.tile(z, column, row), look)
            start = 256 * number
            if whole is None:
                assert part is None
                continue
            rows = slice(None) if wide else slice(start, start + 256)
            columns = slice(start, start + 256) if wide else slice(None)
            alone = np.zeros((256, 256, 4)) if part is None else part.canvas
            if part is None and layer == "base":
                alone = np.broadcast_to(whole.canvas[0, 0], (256, 256, 4))
            assert np.abs(whole.canvas[rows, columns] - alone).max() < 1e-6


@pytest.mark.parametrize("z", [12, 14])
def test_four_tiles_average_to_the_one_above(
    painter: Painter, town: SimpleNamespace, z: int
) -> None:
    look = Look(band=1)
    z, x, y = tile_at(CENTRE, z)

    def mean(frame: Frame, fine: int) -> np.ndarray:
        counts = count_views(painter.city, frame, look, fine=fine)
        if counts is None:
            return np.zeros((256, 256))
        cells = np.cumsum(counts, axis=1)[:, :-2] / FULL
        return cells.reshape(256, fine, 256, fine).mean(axis=(1, 3))

    above = mean(Frame.tile(z, x, y), 2)

    below = np.block(
        [
            [mean(Frame.tile(z + 1, 2 * x + i, 2 * y + j), 1) for i in (0, 1)]
            for j in (0, 1)
        ]
    )
    assert above.max() > 0.2
    assert above.sum() == pytest.approx(below.sum() / 4, rel=0.02)
    assert np.abs(below.reshape(256, 2, 256, 2).mean(axis=(1, 3)) - above).max() < 0.1


@pytest.mark.parametrize("light", ["day", "night"])
@pytest.mark.parametrize("z", [11, 16])
def test_views_count_by_the_area_of_their_cut(
    painter: Painter, town: SimpleNamespace, z: int, light: str
) -> None:
    look = Look(band=1, light=light)
    side = 2.0**-z / 256
    frame = Frame(*(CENTRE - 512 * side), side, 1024, 1024)

    counts = count_views(painter.city, frame, look, fine=1)

    assert counts is not None
    seen = np.cumsum(counts, axis=1)[:, :-2].sum() / FULL * side * side
    views, total = town.views, 0.0
    for row in range(len(views)):
        foot, reach = views.merc[row], views.reach_m[row, 1]
        if light == "night":
            reach = min(reach, views.night_m[row])
        view = shapely.Polygon(views.shape.rings(row)[0]).buffer(0)
        radius = reach * views.scale[row]
        part = view & shapely.Point(foot).buffer(radius, quad_segs=64)
        turn = np.radians(views.bearing_deg[row])
        if np.isfinite(turn):
            ahead = np.array([np.sin(turn), -np.cos(turn)])
            aside = np.array([-ahead[1], ahead[0]]) * 4 * radius
            line = foot + views.far_m[row, 1] * views.scale[row] * ahead
            back = 9 * radius * ahead
            part &= shapely.Polygon(
                [line + aside, line - aside, line - aside - back, line + aside - back]
            )
        total += part.area * float(views.probability[row])
    assert seen == pytest.approx(total, rel=0.02)


def test_near_a_place_has_the_colour_that_the_legend_names(crossing: Store) -> None:
    painter, look = Painter(crossing), Look(band=0)
    legend = painter.legend("coverage", look)

    # One camera surely and one perhaps; and only the one perhaps.
    once = pixel(painter, "coverage", to_made((-15.0, 0.0)), look, 19)
    perhaps = pixel(painter, "coverage", to_made((0.0, 60.0)), look, 19)

    assert near(once, rgba(legend[1].colour, legend[1].opacity))
    assert near(perhaps, rgba(legend[0].colour, legend[0].opacity))
    assert [entry.text for entry in legend][1:] == ["1", "2", "3-4", "5-8", "9 or more"]


def to_made(local: tuple[float, float]) -> np.ndarray:
    from tests.view.made import to_merc

    return np.asarray(to_merc(local))


def test_flags_bands_and_the_dark_take_views_away(crossing: Store) -> None:
    painter = Painter(crossing)
    far_off, blind = to_made((-20.0, 0.0)), to_made((0.0, 35.0))
    none = np.zeros(len(crossing.views), bool)

    # 40 m from the camera in the west: within reach at the loosest bands only.
    assert pixel(painter, "coverage", far_off, Look(band=0))[3] > 0
    assert pixel(painter, "coverage", far_off, Look(band=2))[3] == 0
    assert pixel(painter, "coverage", blind, Look(band=1))[3] > 0
    assert pixel(painter, "coverage", blind, Look(band=1, light="night"))[3] == 0
    z, x, y = tile_at(far_off, 16)
    assert painter.paint("coverage", z, x, y, Look(flags=none)) == b""
    assert painter.paint("isovists", z, x, y, Look(flags=none)) == b""


def test_a_change_is_blue_where_it_adds_and_orange_where_it_takes(
    painter: Painter, town: SimpleNamespace
) -> None:
    change = add_view(town)
    nothing = np.zeros(len(town.views), bool)
    added = Look(band=1, flags=nothing, change=change)

    red, _, blue, opacity = pixel(painter, "change", CENTRE, added)

    assert blue > red
    assert opacity > 100
    assert pixel(painter, "coverage", CENTRE, added)[3] > 100
    row = int(np.flatnonzero(np.isfinite(town.views.bearing_deg))[0])
    turn = np.radians(town.views.bearing_deg[row])
    step = np.array([np.sin(turn), -np.cos(turn)]) * town.views.scale[row]
    seen = town.views.merc[row] + 2.5 * step
    only = np.arange(len(town.views)) == row
    gone = Shapes(only, Ragged.of([]), np.empty(0, np.float32))
    lost = Look(band=1, flags=only, change=gone)
    red, _, blue, opacity = pixel(painter, "change", seen, lost)
    assert red > blue
    assert opacity > 50
    assert pixel(painter, "coverage", seen, lost)[3] == 0
    assert painter.paint("change", *tile_at(CENTRE, 16), Look(band=1)) == b""


def moved_within_cells(town: SimpleNamespace) -> SimpleNamespace:
    """The town with every incident moved to the middle of the cell it is counted in."""
    # A pixel of zoom 11 is 64 m wide here.
    cells = 256 * 2**11
    merc = (np.floor(town.incidents.merc * cells) + 0.5) / cells
    key = morton.keys(merc)
    order = np.argsort(key, kind="stable")
    moved = Table(
        key=key[order], merc=merc[order], counted=town.incidents.counted[order]
    )
    return SimpleNamespace(**{**vars(town), "incidents": moved})


@pytest.mark.parametrize("z", [15, 17, 19])
def test_no_tile_tells_where_in_its_60_m_an_incident_was(
    painter: Painter, town: SimpleNamespace, z: int
) -> None:
    other = Painter(moved_within_cells(town))
    tile = tile_at(CENTRE, z)

    one, two = (each.paint("incidents", *tile, Look()) for each in (painter, other))

    assert one == two
    assert one


def test_single_places_are_drawn_only_for_who_may_see_them(
    painter: Painter, town: SimpleNamespace
) -> None:
    other = Painter(moved_within_cells(town))
    tile, far = tile_at(CENTRE, 17), tile_at(CENTRE, 15)
    may = Look(points=True)

    assert painter.paint("incidents", *tile, may) != painter.paint(
        "incidents", *tile, Look()
    )
    assert painter.paint("incidents", *tile, may) != other.paint(
        "incidents", *tile, may
    )
    assert painter.paint("incidents", *far, may) == painter.paint(
        "incidents", *far, Look()
    )


def test_a_filter_does_not_change_the_scale_of_densities(
    painter: Painter, town: SimpleNamespace
) -> None:
    fewer = np.where(np.arange(len(town.incidents)) % 4 == 0, 1.0, 0.0)
    fewer = (fewer * town.incidents.counted).astype(np.float32)
    tile = tile_at(CENTRE, 14)
    before = painter.legend("incidents", Look(), zoom=14)

    some = read(painter.paint("incidents", *tile, Look(incidents=fewer)))
    everything = read(painter.paint("incidents", *tile, Look()))

    assert (some[..., 3] <= everything[..., 3]).all()
    assert some[..., 3].max() < everything[..., 3].max()
    assert painter.legend("incidents", Look(incidents=fewer), zoom=14) == before
    none = np.zeros(len(town.incidents), bool)
    assert painter.paint("incidents", *tile, Look(incidents=none)) == b""


@pytest.mark.parametrize(("count", "is_drawn"), [(1, False), (4, False), (5, True)])
def test_few_events_leave_no_trace_where_few_may_not_be_told_of(
    painter: Painter, town: SimpleNamespace, count: int, *, is_drawn: bool
) -> None:
    weights = np.zeros(len(town.incidents), np.float32)
    weights[0] = count  # as many events at one place
    tiles = [tile_at(town.incidents.merc[0], z) for z in (12, 15, 17)]

    guarded = [
        painter.paint("incidents", *tile, Look(incidents=weights, least=5))
        for tile in tiles
    ]

    assert [png != b"" for png in guarded] == [is_drawn] * len(tiles)
    may = Look(incidents=weights, least=5, points=True)
    assert painter.paint("incidents", *tiles[2], may) != b""


@pytest.mark.parametrize("zoom", [11.0, 13.4, 16.0])
def test_a_density_sums_to_its_events(
    painter: Painter, town: SimpleNamespace, zoom: float
) -> None:
    how = Density.at(painter.city, zoom)
    pixel = 2.0**-zoom / 256
    side = int(2000 * painter.city.metre / pixel)
    frame = Frame(*(CENTRE - side * pixel / 2), pixel, side, side)

    dense = how.over(town.incidents, frozen(town.incidents.counted, np.float32), frame)

    in_a_pixel = (pixel * how.per_unit) ** 2
    total = town.incidents.counted.sum()
    assert dense.sum() * in_a_pixel == pytest.approx(total, rel=0.01)


def test_densities_are_per_square_kilometre_and_year(
    painter: Painter, town: SimpleNamespace
) -> None:
    area_km2 = (18.0 * np.sqrt(0.0008)) ** 2
    mean = town.incidents.counted.sum() / area_km2 / 3.0

    full = full_density(painter.city, "incidents", 15.0)

    assert mean < full < 30 * mean
    assert painter.legend("incidents", Look(), zoom=15)[-1].text.endswith(
        "or more per km\u00b2 and year"
    )


def test_the_legend_of_a_density_goes_up_in_steps_of_the_ramp(
    painter: Painter,
) -> None:
    for dark in (False, True):
        entries = painter.legend("incidents", Look(dark=dark), zoom=14)

        parts = [one.opacity for one in entries]
        assert parts == sorted(parts)
        assert 0.1 < parts[0] < parts[-1] < 0.9
        assert len({one.colour for one in entries}) == 4


def test_a_density_is_seen_through_near_and_its_legend_with_it(
    painter: Painter,
) -> None:
    far, near = (
        [one.opacity for one in painter.legend("incidents", Look(least=5), zoom=zoom)]
        for zoom in (16, 18)
    )

    assert near == pytest.approx([0.4 * one for one in far], abs=0.006)


def test_far_away_what_is_seen_in_part_is_fainter() -> None:
    lows, colours = multiplicity_colours(dark=False, far=True)

    assert (np.diff(lows) > 0).all()
    assert (np.diff(colours[:9, 3]) > 0).all()
    # Half a pixel seen looks half as opaque as all of it.
    assert colours[4, 3] / colours[8, 3] == pytest.approx(0.5625)


def test_a_city_without_calls_draws_and_says_nothing_of_them(painter: Painter) -> None:
    assert painter.paint("calls", *tile_at(CENTRE, 14), Look()) == b""
    assert painter.legend("calls", Look()) == ()


def many_gaps(town: SimpleNamespace, n: int = 30) -> SimpleNamespace:
    square = np.array([[0.0, 0], [8, 0], [8, 8], [0, 8], [0, 0]])
    shape = Ragged.of([[to_merc(square + np.array([10.0 * i, 0.0]))] for i in range(n)])
    gaps = Table(rank=np.arange(n) + 1, shape=shape)
    return SimpleNamespace(**{**vars(town), "gaps": gaps})


def test_the_worst_25_gaps_are_drawn_and_the_chosen_one_stands_out(
    town: SimpleNamespace,
) -> None:
    painter = Painter(many_gaps(town))
    inside = [to_merc(np.array([10.0 * i + 4.0, 4.0])) for i in (3, 24, 27)]

    def mean(place: np.ndarray, look: Look) -> float:
        frame = Frame(*(place - 3e-8), 1e-9, 60, 60)
        sheet = painter.draw("gaps", frame, look)
        return 0.0 if sheet is None else float(sheet.canvas[..., 3].mean())

    usual = [mean(place, Look()) for place in inside]
    chosen = [mean(place, Look(chosen=27)) for place in inside]

    assert usual[0] > 0.1
    assert usual[0] == pytest.approx(usual[1], rel=0.2)
    assert usual[2] == 0.0
    assert chosen[2] > 1.2 * chosen[0] > 0.0
    assert mean(inside[0], Look(gaps=np.array([27]))) == 0.0
    alone = Look(gaps=np.array([], int), chosen=3)
    assert mean(inside[0], Look(chosen=3)) == mean(inside[0], alone) > 0.0
    assert painter.legend("gaps", Look())[0].text.endswith("(the 25 worst)")


def test_areas_have_the_colour_of_their_class(crossing: Store) -> None:
    painter = Painter(crossing)
    values = np.array([1.0, np.nan, 7.0], np.float32)
    look = Look(areas_values=values, areas_words="per head")
    west, east = to_made((-60.0, 25.0)), to_made((60.0, 25.0))

    entries = painter.legend("areas", look)

    assert [one.text for one in entries] == ["1 per head", "Edge of a beat"]
    assert near(pixel(painter, "areas", west, look), rgba(entries[0].colour, 0.55))
    assert pixel(painter, "areas", east, look)[3] == 0
    assert pixel(painter, "areas", west, Look())[3] == 0
    tract = Look(areas_values=values, area_kind=1)
    entries = painter.legend("areas", tract)
    assert entries[0].text == "7"
    assert near(pixel(painter, "areas", east, tract), rgba(entries[0].colour, 0.55))


def test_population_is_told_per_square_kilometre(crossing: Store) -> None:
    painter = Painter(crossing)

    texts = [one.text for one in painter.legend("population", Look())]

    # 100 people on 0.0144 and 200 on 0.0168 square kilometres.
    assert texts == [
        "6,900 to 9,400 people per km\u00b2",
        "9,400 to 12,000 people per km\u00b2",
    ]
    assert pixel(painter, "population", to_made((60.0, 25.0)), Look())[3] > 100
    # Of the tracts nobody knows how many live there: the first kind that is known.
    tracts = [one.text for one in painter.legend("population", Look(area_kind=1))]
    assert tracts == texts
    tile = tile_at(to_made((60.0, 25.0)), 16)
    assert painter.paint("population", *tile, Look(area_kind=1)) == painter.paint(
        "population", *tile, Look()
    )


@pytest.mark.parametrize("dark", [False, True])
def test_the_ground_has_the_colours_of_the_screens(
    crossing: Store, *, dark: bool
) -> None:
    painter, look, colours = Painter(crossing), Look(dark=dark), ink(dark=dark)
    places = {
        colours.ground: (-80.0, 40.0),
        colours.building: (-35.0, 40.0),
        colours.street: (-80.0, 0.0),
        colours.water: (95.0, -45.0),
    }

    for colour, local in places.items():
        seen = pixel(painter, "base", to_made(local), look, 18)
        assert near(seen, rgba(colour, 1.0), 1), local


def test_houses_fade_in_and_major_streets_come_first(
    painter: Painter, town: SimpleNamespace
) -> None:
    colours = ink(dark=False)
    house = rgba(colours.building, 1.0)

    def share(z: int, colour: tuple[int, ...]) -> float:
        tile = read(painter.paint("base", *tile_at(CENTRE, z), Look()))
        return float((tile == colour).all(axis=-1).mean())

    bare = Table(height_m=np.empty(0), shape=Ragged.of([]))
    open_ground = Painter(SimpleNamespace(**{**vars(town), "buildings": bare}))
    for z, seen in ((12, False), (14, True), (16, True)):
        tile = tile_at(CENTRE, z)
        without = open_ground.paint("base", *tile, Look())
        assert (painter.paint("base", *tile, Look()) != without) == seen
    assert share(16, house) > 0.02
    from coveragekit.maps.tiles.style import streets_shown

    shown = [streets_shown(z).tolist() for z in (9, 12, 13, 14, 15)]
    for fewer, more in pairwise(shown):
        assert all(two or not one for one, two in zip(fewer, more, strict=True))
    assert shown[0][0]
    assert not shown[0][5]
    assert all(shown[-1])


def test_where_nothing_is_there_is_no_tile(painter: Painter) -> None:
    for layer in LAYERS:
        assert painter.paint(layer, 14, 3, 3, Look()) == b""


def test_cameras_have_their_tiers_colours_and_shapes(crossing: Store) -> None:
    painter = Painter(crossing)
    legend = {one.text: one for one in painter.legend("cameras", Look())}

    assert {text: one.pattern for text, one in legend.items()} == {
        "Integrated": "disc",
        "Registered": "ring",
        "Public": "square",
        "Planned": "diamond",
        "Not known to work": "slash",
        "Direction unknown": "halo",
    }
    for text, camera in (("Integrated", "c1"), ("Public", "c0"), ("Planned", "c3")):
        place = crossing.cameras.merc[crossing.cameras.camera_id.find(camera)]
        seen = pixel(painter, "cameras", place, Look(), 19)
        assert near(seen, rgba(legend[text].colour, 1.0), 40), text
    # Far away they are spots of the same colour, the integrated one uppermost.
    far = pixel(painter, "cameras", to_made((0.0, 20.0)), Look(), 14)
    assert near(far, rgba(legend["Integrated"].colour, 1.0), 60)
    # The broken one is hollow: its middle has another colour than its rim.
    broken = crossing.cameras.merc[crossing.cameras.camera_id.find("c4")]
    scale = float(crossing.views.scale[0])
    aside = pixel(
        painter, "cameras", broken + scale * np.array([0.35, 0.2]), Look(), 19
    )
    assert not near(aside, rgba(legend["Public"].colour, 1.0), 40)
    none = np.zeros(len(crossing.views), bool)
    assert painter.paint("cameras", *tile_at(broken, 16), Look(flags=none)) == b""


def test_sharp_screens_get_more_pixels_of_the_same_picture(
    painter: Painter,
) -> None:
    tile = tile_at(CENTRE, 15)
    for layer in ("base", "coverage", "incidents", "gaps", "areas"):
        once = read(painter.paint(layer, *tile, Look(band=1))).astype(float)
        twice = read(painter.paint(layer, *tile, Look(band=1), scale=2)).astype(float)

        assert twice.shape == (512, 512, 4)
        smaller = twice.reshape(256, 2, 256, 2, 4).mean(axis=(1, 3))
        assert np.abs(smaller - once)[..., 3].mean() < 6.0


def test_several_threads_draw_what_one_draws(town: SimpleNamespace) -> None:
    z, x, y = tile_at(CENTRE, 15)
    wanted = [(layer, z, x + i, y) for layer in LAYERS for i in (-1, 0, 1)]
    alone = Painter(town)
    truth = [alone.paint(*one, Look(band=1)) for one in wanted]
    together = Painter(town)

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda one: together.paint(*one, Look(band=1)), wanted))

    assert seen == truth


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (Look(band=2), "there is no band 2; allowed: 0 to 1"),
        (Look(light="dusk"), "the light is 'dusk'"),  # type: ignore[arg-type]
        (Look(flags=np.ones(3, bool)), "flags of the look has 3 rows; the city has 48"),
        (Look(incidents=np.ones(2)), "incidents of the look has 2 rows"),
        (Look(areas_values=np.ones(2)), "areas_values of the look has 2 rows"),
    ],
)
def test_a_look_that_does_not_fit_is_refused(
    painter: Painter, look: Look, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        painter.paint("coverage", 14, 0, 0, look)
    with pytest.raises(InputError, match=words):
        painter.legend("coverage", look)


def test_layers_and_tiles_that_are_not_there_are_refused(painter: Painter) -> None:
    with pytest.raises(InputError, match="no layer 'roads'; allowed: base"):
        painter.paint("roads", 0, 0, 0, Look())
    with pytest.raises(InputError, match="no layer 'roads'"):
        painter.legend("roads", Look())
    for z, x, y in ((-1, 0, 0), (23, 0, 0), (2, 4, 0), (2, 0, -1)):
        with pytest.raises(InputError, match="there is no tile"):
            painter.paint("base", z, x, y, Look())
    with pytest.raises(InputError, match="scale of a tile is 9"):
        painter.paint("base", 0, 0, 0, Look(), scale=9)


def test_legends_are_plain_values_and_small_pictures(painter: Painter) -> None:
    for layer in LAYERS:
        for dark in (False, True):
            for entry in painter.legend(layer, Look(dark=dark)):
                assert entry.as_json() == {
                    "text": entry.text,
                    "colour": entry.colour,
                    "opacity": entry.opacity,
                    "pattern": entry.pattern,
                }
                assert entry.svg().startswith("<svg")
    assert "script" not in Entry("<script>", "#000000").svg()


def test_a_painter_made_ready_draws_the_same(
    town: SimpleNamespace, painter: Painter
) -> None:
    other, look = Painter(town), Look(band=1, light="night")
    tile = tile_at(CENTRE, 15)

    other.ready()
    other.ready(look)

    assert other.paint("coverage", *tile, look) == painter.paint(
        "coverage", *tile, look
    )
    with pytest.raises(InputError, match="there is no band 9"):
        other.ready(Look(band=9))


def test_what_is_made_of_an_array_is_kept_for_the_last_few_only(
    town: SimpleNamespace,
) -> None:
    city = Painter(town).city
    given, made = [np.arange(3) + i for i in range(6)], []

    def ask(number: int) -> int:
        def make() -> int:
            made.append(number)
            return number * 10

        return city.recent("tens", given[number], make)

    assert [ask(number) for number in (0, 0, 1, 0, 2, 3, 4, 0)] == [
        *(0, 0, 10, 0, 20, 30, 40, 0)
    ]
    # The first was forgotten when four others had come after it.
    assert made == [0, 1, 2, 3, 4, 0]


@pytest.mark.parametrize("dark", [False, True])
def test_privacy_zones_are_meshed_on_the_ground_and_named(
    crossing: Store, dark: bool
) -> None:
    painter, look = Painter(crossing), Look(dark=dark)
    _, x, y = tile_at(made_merc([[80, 30]])[0], 18)

    with_zones = read(painter.paint("base", 18, x, y, look))
    without = read(painter.paint("base", 18, x, y, look.changed(zones=False)))

    # Pictures have few colours, so that others may change by a little.
    apart = np.abs(with_zones.astype(int) - without.astype(int)).max(axis=2)
    differs = apart > 10
    corners = made_merc([[70, 20], [90, 40]]) * 2**18 - (x, y)
    low, high = np.sort(corners * 256, axis=0)
    rows, columns = np.nonzero(differs)
    assert len(rows) > 100
    assert (rows >= low[1] - 2).all()
    assert (rows <= high[1] + 2).all()
    assert (columns >= low[0] - 2).all()
    assert (columns <= high[0] + 2).all()
    colours = {tuple(one) for one in with_zones[differs].tolist()}
    assert len(colours) > 2  # hatched, not filled with one colour
    words = "Privacy zone: no camera may look there"
    said = {one.text: one.pattern for one in painter.legend("base", look)}
    assert said[words] == "mesh"
    hidden = painter.legend("base", look.changed(zones=False))
    assert words not in [one.text for one in hidden]


def test_an_empty_town_draws_nothing(town: SimpleNamespace) -> None:
    bare = Ragged.of([])
    empty = SimpleNamespace(
        meta={**town.meta, "incidents": None},
        buildings=Table(height_m=np.empty(0), shape=bare),
        street_lines=Table(
            *(), rank=np.empty(0, np.uint8), shape=bare, name=Texts.of([])
        ),
        water=Table(shape=bare, name=Texts.of([])),
        zones=Table(shape=bare, name=Texts.of([])),
        outline=Table(shape=bare, name=Texts.of([])),
        cameras=Table(
            merc=np.empty((0, 2)),
            access=np.empty(0, np.uint8),
            bearing_deg=np.empty(0),
            works=np.empty(0, np.bool_),
        ),
        views=Table(
            camera=np.empty(0, np.int32),
            probability=np.empty(0),
            merc=np.empty((0, 2)),
            bearing_deg=np.empty(0),
            scale=np.empty(0),
            shape=bare,
            reach_m=np.empty((0, 2)),
            far_m=np.empty((0, 2)),
            night_m=np.empty(0),
        ),
        incidents=None,
        calls=None,
        gaps=Table(rank=np.empty(0), shape=bare),
        areas=Table(
            kind=np.empty(0, np.uint8),
            shape=bare,
            population=np.empty(0),
            area_km2=np.empty(0),
        ),
    )
    painter = Painter(empty)

    for layer in LAYERS:
        assert painter.paint(layer, *tile_at(CENTRE, 15), Look()) == b""
        painter.legend(layer, Look())


def test_warming_up_compiles_all_that_is_drawn(tmp_path: Path) -> None:
    code = f"""
import pathlib, types
import numpy as np
from coveragekit.maps.tiles import LAYERS, Look, Painter, picture, warm_up
from coveragekit.maps.tiles.kernels import blend, boxes, fills, spots, strokes, views
from tests.view.made import made_store

def compiled():
    functions = [one for m in (blend, boxes, fills, spots, strokes, views) for one in
                 vars(m).values() if hasattr(one, "signatures")]
    return [len(one.signatures) for one in functions]

steps = []
warm_up(lambda *told: steps.append(told))
before = compiled()
store = made_store(pathlib.Path({str(tmp_path)!r}) / "results")
box, none = store.meta["bounds_merc"], np.zeros(len(store.views), bool)
shapes = types.SimpleNamespace(
    removed=none, shape=store.gaps.shape, probability=np.ones(1, np.float32)
)
full = Look(points=True, areas_values=np.ones(3), change=shapes)
for look in (full, Look(dark=True)):
    picture(store, box, (300, 200), LAYERS, look)
    z = 2**18
    x, y = int(box[0] * z), int(box[1] * z)
    [Painter(store).paint(layer, 18, x, y, look) for layer in LAYERS]
print(compiled() == before, steps[-1])
"""

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "True (4, 4, '')"


def test_drawing_loads_no_table_or_plot_library() -> None:
    heavy = ["geopandas", "pandas", "scipy.stats", "matplotlib", "rasterio", "pyarrow"]
    heavy += ["shapely", "folium", "pandera", "xarray"]
    code = (
        "import sys, coveragekit.maps.tiles as tiles; tiles.warm_up();"
        f"print([name for name in {heavy} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
