"""The house keeps its own rules: sizes, words, light imports, files in step."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "coveragekit"
MODULES = sorted(PACKAGE.rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LONGEST_MODULE = 420
LONGEST_FUNCTION = 60
ROOMS = [
    "analysis",
    "coverage",
    "crs",
    "errors",
    "maps",
    "model",
    "optics",
    "reports",
    "siting",
    "sources",
    "study",
    "view",
    "visibility",
]
# Packages that a declared one brings along, or whose import name differs.
BROUGHT_ALONG = {
    *("PIL", "packaging", "affine", "llvmlite", "traitlets", "IPython", "branca"),
    *("opening_hours", "pyrosm", "tornado", "jupyter_server"),
}
BANNED_NAMES = {"utils", "util", "common", "helpers", "helper", "misc"}


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _is_kernel(path: Path) -> bool:
    return "kernels" in _name(path)


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_is_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_function_is_one_idea(path: Path) -> None:
    if _is_kernel(path):
        return
    long = {
        node.name: _code_lines(node)
        for node in _functions(path)
        if _code_lines(node) > LONGEST_FUNCTION
    }
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_has_a_room_and_no_lumber(path: Path) -> None:
    text = path.read_text("utf-8")

    assert path.stem not in BANNED_NAMES
    assert not re.search(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError", text)
    assert not re.search(r"^\s*print\(", text, re.MULTILINE)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_error_is_caught_blindly(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"bare except in line {node.lineno}"
            named = ast.unparse(node.type)
            if named in {"Exception", "BaseException"}:
                assert _ends_in_raise(node) or _is_page_wrapper(path), node.lineno


def _ends_in_raise(node: ast.ExceptHandler) -> bool:
    last = node.body[-1]
    return isinstance(last, ast.Raise)


def _is_page_wrapper(path: Path) -> bool:
    # the one place that may: a page shows a reference number instead of half a page
    return path.parent.name == "dashboards" and path.stem in {"faults", "wrapper"}


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_every_error_named_in_raises_exists(path: Path) -> None:
    errors = importlib.import_module("coveragekit.errors")
    for node in _functions(path):
        text = ast.get_docstring(node) or ""
        section = re.search(r"Raises\n-+\n(.*?)(\n\n[A-Z]\w+\n-+|\Z)", text, re.DOTALL)
        if section is None:
            continue
        for name in re.findall(r"^(\w+)$", section.group(1), re.MULTILINE):
            builtin = getattr(__builtins__, name, None) or __builtins__.get(name)  # type: ignore[union-attr]
            assert hasattr(errors, name) or builtin, f"{node.name}: {name}"


@pytest.mark.parametrize(
    "room",
    ROOMS,
)
def test_a_room_offers_what_its_front_door_names(room: str) -> None:
    module = importlib.import_module(f"coveragekit.{room}")

    assert module.__all__ == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
        assert not name.startswith("_")


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = ["geopandas", "pandas", "numpy", "numba", "shapely", "rasterio", "osmnx"]
    code = (
        "import sys, coveragekit;"
        f"print([name for name in {heavy} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_the_command_line_starts_without_heavy_libraries() -> None:
    heavy = ["geopandas", "numba", "shapely", "rasterio", "osmnx", "ipyleaflet"]
    code = (
        "import sys, coveragekit.cli;"
        f"print([name for name in {heavy} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_rooms_that_a_viewer_uses_load_no_tables() -> None:
    # a dashboard's kernel reads memory-mapped arrays; tables would treble its memory
    heavy = ["geopandas", "pandas", "pandera", "pyarrow", "rasterio", "matplotlib"]
    rooms = ["analysis", "coverage", "maps", "siting", "study", "view", "visibility"]
    code = (
        f"import sys, importlib; [importlib.import_module(f'coveragekit.{{name}}') for "
        f"name in {rooms}]; print([name for name in {heavy} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def _plain(requirement: str) -> str:
    return re.split(r"[<>=!~\[; ]", requirement, maxsplit=1)[0].lower()


def test_environment_yml_is_in_step_with_pyproject() -> None:
    lines = (ROOT / "environment.yml").read_text("utf-8").splitlines()
    items = [line.strip()[2:] for line in lines if line.strip().startswith("- ")]
    conda = [item for item in items if not item.startswith(("-e", "pip:"))]
    needed = {_plain(line) for line in PROJECT["project"]["dependencies"]}

    assert f"python{PROJECT['project']['requires-python']}" in conda
    assert "-e .[demo,dev]" in items
    for item in conda:
        name = _plain(item)
        assert name in needed | {"python", "pip", "conda-forge"}, item
        # versions live in pyproject.toml only
        assert name in ("python", item)


def _extras() -> set[str]:
    listed = PROJECT["project"]["optional-dependencies"]
    lines = [line for name, one in listed.items() if name != "dev" for line in one]
    return {_plain(line).replace("-", "_") for line in lines}


def test_every_third_party_import_is_a_dependency() -> None:
    names = {"rasterio", "rioxarray", "pyogrio", "PIL", "osmium", "tomli_w"}
    declared = {
        _plain(line).replace("-", "_") for line in PROJECT["project"]["dependencies"]
    } | BROUGHT_ALONG
    extras = _extras()
    for path in MODULES:
        tree = ast.parse(path.read_text("utf-8"))
        at_once = {id(node) for node in tree.body}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found = {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found = {node.module.split(".")[0]}
            else:
                continue
            # What is an extra may be missing: it is imported where it is used.
            names |= found if id(node) in at_once else found - extras
    foreign = names - set(sys.stdlib_module_names) - {"coveragekit"}

    assert sorted(foreign - declared) == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").rglob("*.ipynb")), ids=lambda path: path.stem
)
def test_a_notebook_holds_no_output_and_no_function(path: Path) -> None:
    book = json.loads(path.read_text("utf-8"))
    for cell in book["cells"]:
        source = "".join(cell["source"])
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
        if cell["cell_type"] == "code":
            assert len(source.splitlines()) <= 15
            assert not re.search(r"^\s*(def|class) ", source, re.MULTILINE)


def test_the_version_stands_in_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")

    assert "## Unreleased" in text or f"## {PROJECT['project']['version']}" in text


def test_every_decision_says_what_would_change_our_mind() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))

    assert len(records) >= 5
    for path in records:
        assert "change our mind" in path.read_text("utf-8"), path.name
