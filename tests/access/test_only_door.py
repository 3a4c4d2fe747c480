"""Nothing but the door reaches a contact, a feed or an export of the registry."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "coveragekit"
OUTSIDE = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    # the package itself only says which rooms there are
    if path.relative_to(PACKAGE).parts[0] not in {"access", "registry", "__init__.py"}
)
REGISTRY = "coveragekit.registry"
DATABASES = {"sqlalchemy", "alembic", "psycopg", "sqlite3"}
# Names of the registry that a room could only have got past the door.
BEHIND = {
    "release_cameras",
    "list_contacts",
    "get_contact",
    "camera_columns",
    "feed_ref",
    "grounds_of",
    "feed_of",
    "feeds_of",
    "login_from",
}


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Call) and node.args:
            named = ast.unparse(node.func).split(".")[-1]
            first = node.args[0]
            if named in {"import_module", "__import__"}:
                found.add(ast.unparse(first).strip("'\""))
    return found


def _name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_no_other_room_opens_the_registry_or_a_database() -> None:
    for path in OUTSIDE:
        imported = _imported(path)
        past_the_door = {one for one in imported if one.startswith(REGISTRY)}
        assert not past_the_door, _name(path)
        assert not {one.split(".")[0] for one in imported} & DATABASES, _name(path)


def test_no_other_room_asks_a_door_for_the_registry_behind_it() -> None:
    for path in OUTSIDE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Attribute):
                continue
            assert node.attr not in BEHIND, _name(path)
            if node.attr in {"read", "write"}:
                # that would hand out a connection that nobody decided on
                assert not ast.unparse(node.value).endswith(".registry"), _name(path)


@pytest.mark.parametrize("behind", ["registry", "feeds"])
def test_the_import_contract_holds_for_every_room_above_the_door(behind: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (contract,) = [
        one
        for one in contracts
        if one["name"].startswith("Only access")
        and f"coveragekit.{behind}" in one["forbidden_modules"]
    ]
    rooms = {
        path.name
        for path in PACKAGE.iterdir()
        if path.is_dir() and (path / "__init__.py").is_file()
    }
    named = {one.removeprefix("coveragekit.") for one in contract["source_modules"]}

    # the rooms below it are kept from it by their floor
    below = {"access", behind, "model", "visibility", "optics", "view"}
    assert rooms - below <= named


def test_the_front_door_of_the_registry_hands_out_nothing() -> None:
    import coveragekit.registry as room

    assert not [
        name for name in vars(room) if not name.startswith("_") and name[0].isupper()
    ]
