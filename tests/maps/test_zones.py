"""Privacy zones are seen on every map by a texture, and said in every legend."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pytest
from shapely import Polygon, box

from coveragekit.maps import city_map, coverage_map, to_html
from coveragekit.maps.tiles import Frame, Look, Painter
from coveragekit.maps.tiles.sheet import hatching
from coveragekit.maps.zones import zones_layer
from coveragekit.reports import proof_figure, proof_of
from coveragekit.reports.symbols import ZONE_MESH
from coveragekit.view import Store
from tests.registered import ZONE, Registered, apart, register_town

WORDS = "rivacy zone: no camera may look there"


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Registered:
    return register_town(tmp_path_factory.mktemp("registered"))


@pytest.fixture
def town(
    registered: Registered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Registered:
    return apart(registered, tmp_path, monkeypatch)


def test_a_mesh_is_a_hatching_with_lines_across() -> None:
    frame = Frame.tile(16, 100, 100, scale=1)

    one, two = hatching(frame), hatching(frame, crossed=True)

    assert (two >= one).all()
    assert two.mean() > 1.5 * one.mean()
    # Seen in a mirror a mesh is as it was, and a hatching leans the other way.
    assert is_own_mirror(two)
    assert not is_own_mirror(one)


def is_own_mirror(pattern: np.ndarray) -> bool:
    whole, mirrored = pattern[:60, :60], pattern[:60, ::-1]
    return any(
        np.allclose(whole, mirrored[:, by : by + 60], atol=1e-3) for by in range(60)
    )


def test_a_map_of_a_notebook_shows_them_and_its_legend_says_so(
    town: Registered,
) -> None:
    drawn = coverage_map(town.study)

    layers = {one.name: one for one in drawn.layers}
    shown = layers["Privacy zones"].data["features"]
    assert [one["properties"]["style"]["className"] for one in shown] == ["ck-zone"]
    assert ZONE not in str(shown)  # whose it is stays in the study
    legend = "".join(
        str(control.widget.value)
        for control in drawn.controls
        if hasattr(getattr(control, "widget", None), "value")
    )
    assert WORDS in legend
    assert 'id="ck-mesh"' in legend
    assert "path.ck-zone" in legend


def test_a_page_in_one_file_shows_them(town: Registered, tmp_path: Path) -> None:
    text = to_html(town.study, tmp_path / "map.html").read_text("utf-8")

    assert text.count('"pane": "ck-zones"') == 1
    assert WORDS in text
    assert 'id="ck-mesh"' in text


def test_a_study_without_any_says_nothing_of_them(tmp_path: Path) -> None:
    from coveragekit.study import Study
    from tests.dashboards.fixture_study import write_fixture_study

    study = Study.open(write_fixture_study(tmp_path / "town"))

    text = to_html(study, tmp_path / "map.html").read_text("utf-8")
    assert '"pane": "ck-zones"' not in text
    assert WORDS not in text
    assert "Privacy zones" not in {one.name for one in coverage_map(study).layers}


def test_too_many_are_said_to_be_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coveragekit.maps.zones.FEATURE_LIMIT", 2)
    shapes = [box(at, 0, at + 0.5, 1) for at in range(3)]
    zones = gpd.GeoDataFrame({"zone_id": list("abc")}, geometry=shapes, crs=4326)

    layer = zones_layer(zones)

    assert layer is not None
    assert len(layer.layer.data["features"]) == 2
    assert layer.note == "Only the first 2 of 3 zones are drawn."


def test_a_map_of_a_city_draws_a_mesh_and_its_legend_says_so(
    town: Registered,
) -> None:
    shown = city_map(town.study)
    assert WORDS in shown._legend.value
    store = Store.open(town.study.path)
    painter = Painter(store)
    x, y = (float(one) for one in store.zones.shape.box[0].reshape(2, 2).mean(axis=0))
    tile = (18, int(x * 2**18), int(y * 2**18))

    with_them = painter.paint("base", *tile, Look(), scale=1)
    without = painter.paint("base", *tile, Look(zones=False), scale=1)

    assert with_them != without
    kinds = {one.text: one.pattern for one in painter.legend("base", Look())}
    assert kinds[f"P{WORDS}"] == "mesh"


def test_the_legend_of_the_gaps_says_for_which_choice_they_are(
    town: Registered,
) -> None:
    store = Store.open(town.study.path)
    painter, own = Painter(store), store.meta["band"]

    def said(**given) -> str:
        return painter.legend("gaps", Look(**{"band": own, **given}))[0].text

    assert said().startswith("Gap: no camera sees it")
    other = "Gap for observe by day: no camera sees it"
    assert store.meta["bands"][own]["name"] == "observe"
    assert said(light="night").startswith(other)
    assert said(band=0).startswith(other)


def test_a_proof_draws_them_with_a_texture_of_their_own(town: Registered) -> None:
    cameras = town.study.results().cameras().set_index("camera_id")
    place = cameras.geometry[town.looks_at_zone]
    asked = {"lon": place.x + 2e-5, "lat": place.y}

    proof = proof_of(town.study, **asked, camera_id=town.looks_at_zone)

    evidence = proof.evidence
    assert len(evidence.zones) == 1
    ring = evidence.zones.geometry.iloc[0]
    assert isinstance(ring, Polygon)
    assert evidence.view is not None
    assert evidence.view.intersection(ring).area < 0.1
    patches = proof_figure(proof).findobj(mpl.patches.Patch)
    # one on the plan, one in the legend
    assert sum(one.get_hatch() == ZONE_MESH for one in patches) == 2
    words = {text.get_text() for text in proof_figure(proof).findobj(mpl.text.Text)}
    assert f"p{WORDS}" in words
