"""The proof of one place: what stands on the sheet, and what is refused."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from pyproj import Transformer
from shapely import affinity, box

from coveragekit.errors import InputError, SourceUnavailable, StudyError
from coveragekit.reports import (
    PROOF_EXTENSIONS,
    Proof,
    proof_figure,
    proof_of,
    write_proof,
)
from coveragekit.reports.frame import fit_frame
from coveragekit.reports.page import Box, Page
from coveragekit.study import Study
from tests.study import towns

TO_DEGREES = Transformer.from_crs(towns.CRS, 4326, always_xy=True)
SHEETS = ("a4", "letter", "narrow")
HOSTILE = '<script>$x_1$</script> \u202ekcab\x00 & "quoted" 東京 ' + "long " * 40


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The town with cameras of every state, built once."""
    lens = {"mount_height_m": 4.0, "tilt_deg": 15.0, "vfov_deg": 52.0}
    first = towns.cameras().assign(**lens)
    others = pd.concat([first] * 4, ignore_index=True)
    others["camera_id"] = ["gone", "planned", "shop", "blind"]
    others["name"] = ["Gone", "Planned", HOSTILE, None]
    others["access"] = ["registered", "planned", "integrated", "registered"]
    others["status"] = ["offline", "online", "online", "online"]
    others["bearing_deg"] = [90.0, 90.0, 270.0, np.nan]
    # Two stand so near the first that their numbers have to make way.
    places = ((50.5, 10.2), (50.2, 10.5), (95, 12), (5, 12))
    others.geometry = [towns.at(*place) for place in places]
    cameras = pd.concat([first, others], ignore_index=True)
    study = towns.make_town(
        tmp_path_factory.mktemp("studies") / "town", cameras=cameras
    )
    study.build()
    return study


def proof(study: Study, x: float, y: float, **asked: object) -> Proof:
    place = towns.at(x, y)
    lon, lat = TO_DEGREES.transform(place.x, place.y)
    return proof_of(study, lon=lon, lat=lat, **asked)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """Every text that is written on a sheet, with its size."""
    written: list[tuple[str, float]] = []
    write = Page.text

    def listen(page: Page, x: float, y: float, words: str, **look: object) -> None:
        written.append((words, float(look.get("size", page.small))))
        write(page, x, y, words, **look)

    monkeypatch.setattr(Page, "text", listen)
    return written


def words_on(drawn: list[tuple[str, float]]) -> str:
    return "\n".join(words for words, _ in drawn)


def test_a_seen_place_is_proved_by_the_camera_that_sees_it_best(town, drawn) -> None:
    made = proof(town, 70, 10)

    made.to_svg()

    text = words_on(drawn)
    assert made.evidence.camera(made.evidence.chosen)["camera_id"] == "c1"
    assert made.evidence.view is not None
    assert made.summary.startswith("Seen by 2 cameras")
    assert "Crossing (camera 1): sees it at 20 m" in text
    assert "Plan" in text
    assert "Section from camera 1, Crossing" in text
    assert "Main Street" in text
    assert "observe, 62.5 px/m, IEC 62676-4 edition 2014" in " ".join(text.split("\n"))
    assert "dead zone" in text


def test_a_blocked_place_names_the_building_and_its_height(town, drawn) -> None:
    made = proof(town, 70, 24.5, camera_id="c1")

    made.to_svg()

    text = words_on(drawn)
    assert made.evidence.headline == "No camera sees this place"
    assert made.evidence.wall == "east"
    assert drawn.count(("east", 7.5)) == 1
    assert "6.0 m assumed" in text
    assert "building that blocks" in text
    # The line enters the house at y = 22, after 12 / 14.5 of its way.
    span = made.evidence.profile.spans[0]
    far = np.hypot(20.0, 14.5)
    assert (span.building_id, span.top_m) == ("east", 6.0)
    assert span.start_m == pytest.approx(far * 12.0 / 14.5, abs=0.01)


def test_each_camera_is_listed_with_all_that_keeps_it_from_the_place(
    town, drawn
) -> None:
    proof(town, 70, 10).to_svg()

    text = " ".join(words_on(drawn).split("\n"))
    assert "offline; would see it at" in text
    assert "planned, counted in no share; would see it at" in text
    for word in ("Camera", "Tier", "Distance", "Pixels there", "Why", "Registered"):
        assert word in text


def test_a_camera_can_be_named(town) -> None:
    made = proof(town, 70, 10, camera_id="gone")

    assert made.evidence.camera(made.evidence.chosen)["camera_id"] == "gone"
    by_name = proof(town, 70, 10, camera_id="Gone")
    assert by_name.evidence.chosen == made.evidence.chosen
    assert "Gone (gone): offline; would see it" in made.summary


def test_the_dead_zone_of_the_section_is_that_of_the_optics(town) -> None:
    profile = proof(town, 70, 10).evidence.profile

    # 2.5 m of drop, lower edge 15 + 52 / 2 = 41 degrees down; 90 degrees to the east
    # of the camera, so that the section runs along the middle of the picture.
    assert profile.mount_m == 4.0
    assert profile.dead_zone_m == pytest.approx(
        2.5 / np.tan(np.radians(41.0)), abs=1e-3
    )
    assert profile.upper_slope == pytest.approx(np.tan(np.radians(-11.0)), abs=1e-3)


def test_a_place_far_from_every_camera_still_lies_in_its_plan(town, drawn) -> None:
    made = proof(town, 50, 900)

    made.to_svg()

    box = Box(0.0, 0.0, 400.0, 300.0)
    x, y = fit_frame(box, made.evidence).on(made.evidence.place)
    assert box.holds(Box(x - 5.0, y - 5.0, x + 5.0, y + 5.0))
    heights = [int(words[:-2]) for words, _ in drawn if re.fullmatch(r"\d+ m", words)]
    # The cameras hang 4 m high and stand some 890 m off; the houses have 6 m.
    assert "↓ 1" in words_on(drawn)
    assert sorted(heights)[len(heights) // 2] <= 800


def test_a_section_beside_the_picture_has_no_edges_of_it(town, drawn) -> None:
    made = proof(town, 55, 20, camera_id="c1")

    made.to_svg()

    assert made.evidence.profile.lower_slope is None
    assert "beside the picture" in words_on(drawn)


@pytest.mark.parametrize(
    ("kind", "sheet"), [("svg", "a4"), ("png", "narrow"), ("pdf", "letter")]
)
def test_the_same_question_gives_the_same_bytes(town, kind, sheet) -> None:
    first, second = proof(town, 70, 24.5), proof(town, 70, 24.5)

    content = first.draw(kind, sheet)

    assert content == second.draw(kind, sheet)
    assert not re.search(rb"<dc:date>|CreationDate|ModDate", content)


@pytest.mark.parametrize("sheet", SHEETS)
def test_no_text_leaves_the_sheet_or_lies_on_another(town, sheet) -> None:
    made = proof(town, 70, 24.5)

    figure = proof_figure(made, sheet)

    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [text for text in figure.axes[0].texts if text.get_rotation() == 0.0]
    boxes = [text.get_window_extent(renderer) for text in texts]
    width, height = figure.bbox.width, figure.bbox.height
    for text, one in zip(texts, boxes, strict=True):
        assert one.x0 >= 0, text.get_text()
        assert one.x1 <= width + 1.0, text.get_text()
        assert one.y0 >= 0, text.get_text()
        assert one.y1 <= height, text.get_text()
    for n, one in enumerate(boxes):
        for m in range(n):
            other = boxes[m]
            wide = min(one.x1, other.x1) - max(one.x0, other.x0)
            tall = min(one.y1, other.y1) - max(one.y0, other.y0)
            both = (texts[n].get_text(), texts[m].get_text())
            # Descenders may come near the line below; letters may not.
            assert wide <= 1.0 or tall <= 0.35 * min(one.height, other.height), both


def test_hostile_names_are_shortened_and_carry_nothing(town, drawn) -> None:
    made = proof(town, 85, 12, camera_id="shop")

    content = made.to_svg()

    text = words_on(drawn)
    assert '<script>$x_1$</script> kcab & "quoted" □□' in text
    assert "\u202e" not in text
    assert "…" in text
    assert "<script>" not in content


def test_an_empty_study_is_drawn_and_says_so(tmp_path, drawn) -> None:
    nobody = towns.cameras().iloc[:0]
    study = towns.make_town(tmp_path / "town", cameras=nobody)
    study.build()

    made = proof(study, 70, 10)
    for sheet in SHEETS:
        made.to_svg(sheet)

    assert made.summary == "No camera sees this place."
    assert "No camera to draw a section from." in words_on(drawn)


def test_what_is_made_up_is_called_simulated(town, drawn) -> None:
    made = proof(town, 70, 10)
    made.to_svg()
    assert "simulated" not in words_on(drawn)

    facts = replace(made.evidence.facts, simulated=True)
    Proof(replace(made.evidence, facts=facts)).to_svg()

    assert "simulated" in words_on(drawn)


def test_the_settings_of_other_plots_neither_reach_the_sheet_nor_change(town) -> None:
    made = proof(town, 70, 10)
    plain = made.to_svg()

    dark = {"savefig.bbox": "tight", "path.sketch": (1.0, 100.0, 2.0)}
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": "x", **dark}):
        styled = made.to_svg()
        assert mpl.rcParams["font.size"] == 30
        assert mpl.rcParams["svg.hashsalt"] == "x"

    assert styled == plain


def test_a_sheet_does_not_need_colour(town) -> None:
    image = Image.open(io.BytesIO(proof(town, 70, 24.5).to_png(dpi=60.0)))

    grey = np.asarray(image.convert("L"))

    # Text, hatching and lines stay dark on light in greys.
    assert grey.min() < 60
    assert (grey > 225).mean() > 0.6


def test_a_notebook_shows_the_sheet(town) -> None:
    made = proof(town, 70, 10)

    assert made._repr_svg_().lstrip().startswith("<?xml")
    assert "max-width:100%" in made._repr_svg_()
    assert made._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("extension", PROOF_EXTENSIONS)
def test_a_file_is_written_as_its_name_says(town, tmp_path, extension) -> None:
    target = tmp_path / f"proof{extension.upper()}"
    starts = {".pdf": b"%PDF", ".png": b"\x89PNG", ".svg": b"<?xml"}

    written = write_proof(proof(town, 70, 10), target, sheet="narrow")

    assert written == target
    assert target.read_bytes().startswith(starts[extension])
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_the_narrow_sheet_is_as_wide_as_a_phone(town) -> None:
    image = Image.open(io.BytesIO(proof(town, 70, 10).to_png("narrow", dpi=96.0)))

    assert image.width == 360


def test_drawing_opens_no_window_and_leaves_pyplot_alone(town) -> None:
    code = "import sys, coveragekit.reports; print('matplotlib' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"


def test_light_and_time_are_told(town, drawn) -> None:
    when = pd.Timestamp("2022-03-02T06:00:00Z").to_pydatetime()

    made = proof(town, 70, 10, when=when)
    made.to_svg()

    text = " ".join(words_on(drawn).split("\n"))
    # One in the morning in Atlanta's zone; bullets have 30 m of infrared by default.
    assert "by night" in text
    assert "2022-03-02" in text
    assert made.evidence.camera(0)["night_range_m"] == pytest.approx(21.0)


def test_by_night_only_what_the_lamp_reaches_is_shaded(town, drawn) -> None:
    by_day = proof(town, 70, 10, camera_id="c1")
    by_night = proof(town, 70, 10, camera_id="c1", light="night")

    for sheet in SHEETS:
        by_night.to_svg(sheet)

    # Seven tenths of 30 m, in the picture that reaches 30 m by day.
    eye = by_day.evidence.camera(by_day.evidence.chosen)
    far = shapely.hausdorff_distance
    spot = shapely.Point(eye["x"], eye["y"])
    assert far(by_night.evidence.view, spot) == pytest.approx(21.0, abs=0.05)
    assert far(by_day.evidence.view, spot) > 25.0
    assert "infrared to 21 m" in words_on(drawn)
    assert "what the camera sees by night" in words_on(drawn)


def test_by_night_a_camera_without_a_lamp_shades_nothing(town, drawn) -> None:
    made = proof(town, 70, 10, camera_id="c1", light="night")
    cameras = made.evidence.cameras.assign(night_range_m=0.0, verdict="too dark")
    dark = Proof(replace(made.evidence, cameras=cameras, view=None))

    dark.to_svg()

    assert "no lamp known: sees nothing by night" in words_on(drawn)
    assert "what the camera sees" not in words_on(drawn)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda study, _: proof(study, 70, 10, camera_id="C1"),
            InputError,
            r"no camera near the place is called 'C1'; near it are Crossing \(c1\),",
        ),
        (
            lambda study, _: proof(study, 9e5, 10),
            InputError,
            "far from the study",
        ),
        (
            lambda study, _: proof_of(study, lon=0.0, lat=91.0),
            InputError,
            "latitude 91.0 is out of range",
        ),
        (
            lambda study, _: proof(study, 70, 10, light="dusk"),
            InputError,
            "light is 'dusk'; allowed: day or night",
        ),
        (
            lambda study, _: proof(study, 70, 10, when=pd.Timestamp("2022-01-01")),
            InputError,
            "allowed: a time with its zone",
        ),
        (
            lambda study, _: proof(study, 70, 10).to_svg("a3"),
            InputError,
            "sheet is 'a3'; allowed: a4, letter, narrow",
        ),
        (
            lambda study, tmp: write_proof(proof(study, 70, 10), tmp / "a.docx"),
            InputError,
            "a.docx ends in .docx; allowed: .pdf, .png, .svg",
        ),
        (
            lambda study, tmp: write_proof(proof(study, 70, 10), tmp / "no" / "a.svg"),
            SourceUnavailable,
            "there is no folder",
        ),
        (
            lambda study, tmp: write_proof(proof(study, 70, 10), tmp / "taken.svg"),
            SourceUnavailable,
            "taken.svg cannot be written",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(town, tmp_path, call, error, message) -> None:
    (tmp_path / "taken.svg" / "inside").mkdir(parents=True)

    with pytest.raises(error, match=message):
        call(town, tmp_path)


def test_a_study_never_built_is_refused(tmp_path) -> None:
    study = towns.make_town(tmp_path / "town")

    with pytest.raises(StudyError, match="was never built"):
        proof(study, 70, 10)


@pytest.mark.real_data
def test_reynoldstown_proves_one_seen_and_one_blocked_place(
    tmp_path, real_data: Path, drawn
) -> None:
    import geopandas as gpd

    folder = real_data / "atlanta_osm_reynoldstown"
    houses = gpd.read_file(folder / "houses.geojson").to_crs(towns.CRS)
    roads = gpd.read_file(folder / "roads.geojson").to_crs(towns.CRS)
    house = houses.geometry.iloc[int(houses.area.argmax())]
    low_x, low_y, high_x, high_y = house.bounds
    around = box(low_x - 80, low_y - 80, high_x + 80, high_y + 80)
    near = houses[houses.intersects(around)].reset_index(drop=True)
    near["building_id"] = [f"house {n}" for n in range(len(near))]
    lines = roads[roads.intersects(around)].reset_index(drop=True)
    lines["street_id"] = [f"street {n}" for n in range(len(lines))]
    middle = (low_y + high_y) / 2.0
    camera = towns.cameras()
    camera.geometry = [
        affinity.translate(
            towns.at(0, 0), low_x - 6.0 - towns.ORIGIN[0], middle - towns.ORIGIN[1]
        )
    ]
    study = towns.make_town(
        tmp_path / "town",
        buildings=near[["building_id", "geometry"]],
        streets=lines[["street_id", "name", "highway", "geometry"]],
        cameras=camera,
        incidents=towns.incidents().iloc[:0],
    )
    study.build()
    before = TO_DEGREES.transform(low_x - 2.0, middle)
    behind = TO_DEGREES.transform(high_x + 2.0, middle)

    seen = proof_of(study, lon=before[0], lat=before[1])
    hidden = proof_of(study, lon=behind[0], lat=behind[1])
    for made in (seen, hidden):
        made.to_svg()

    assert hidden.evidence.camera(0)["blocked_by"] == hidden.evidence.wall
    assert hidden.evidence.wall is not None
    assert seen.evidence.wall is None
    assert "No camera sees this place" in words_on(drawn)
