"""Every notebook is small, stores nothing, and runs offline from top to bottom."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
STUDIES = [path for path in NOTEBOOKS if path.parent.name == "notebooks"]
DASHBOARDS = [path for path in NOTEBOOKS if path.parent.name == "dashboards"]
LONGEST_CELL = 15


def _code(path: Path) -> list[str]:
    notebook = nbformat.read(path, as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks() -> None:
    assert [path.name for path in STUDIES] == ["01_coverage.ipynb"]
    assert [path.name for path in DASHBOARDS] == ["planner.ipynb"]


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


@pytest.mark.slow
@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_a_study_runs_from_top_to_bottom(path, tmp_path) -> None:
    pytest.importorskip("pyrosm", reason="enable with: pip install 'coveragekit[demo]'")
    notebook = nbformat.read(path, as_version=4)
    environment = {
        **os.environ,
        "COVERAGEKIT_DEMO_STUDY": str(tmp_path / "helsinki"),
        # Whoever asks the internet from a notebook fails here, not in the field.
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }

    NotebookClient(notebook, timeout=240, kernel_name="python3").execute(
        cwd=str(tmp_path), env=environment
    )

    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    said = "".join(out.get("text", "") for out in outputs)
    assert "of street are seen" in said
    assert not any(out.output_type == "error" for out in outputs)
    assert not any(out.get("name") == "stderr" for out in outputs)
