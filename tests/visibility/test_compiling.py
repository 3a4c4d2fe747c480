"""Kernels compile when first called, once each, into a folder that can be written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numba import config

from coveragekit.optics import footprints
from coveragekit.visibility import (
    Obstacles,
    Surface,
    first_obstacle,
    first_rises,
    is_compiled,
    isovists,
    jit,
    mount,
    sight_profile,
    viewsheds,
    warm,
    warm_up,
    who_sees,
    who_sees_relief,
)
from coveragekit.visibility.kernels import (
    cuts,
    facades,
    gather,
    grid,
    isovist,
    lines,
    mounting,
    outlines,
    relief,
    sight,
    surface,
    viewshed,
)
from tests.strategies import dense_scene

if TYPE_CHECKING:
    import geopandas as gpd

MODULES = (
    *(cuts, facades, gather, grid, isovist, lines, mounting, sight),
    *(outlines, relief, surface, viewshed),
)
# The kernels that Python calls; the others are compiled into these.
ENTRIES = {
    *("count_cells", "cut_rings", "fill_cells", "fill_pyramid", "wind_cells"),
    *("first_blocks", "isovist_rings", "mount_cameras", "seen_points"),
    *("sort_points", "step_inside", "transpose"),
    *("burn_heights", "resample", "settle", "target_heights"),
    *("add_windows", "first_rises", "see_windows", "seen_from", "trace_windows"),
}


def kernels() -> dict[str, object]:
    return {
        f"{module.__name__}.{name}": value
        for module in MODULES
        for name, value in vars(module).items()
        if hasattr(value, "signatures")
    }


def in_new_process(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_importing_the_kernels_compiles_nothing() -> None:
    names = ", ".join(module.__name__.rpartition(".")[2] for module in MODULES)

    counted = in_new_process(
        f"from coveragekit.visibility.kernels import {names}\n"
        f"made = [len(f.signatures) for m in ({names}) for f in vars(m).values()"
        " if hasattr(f, 'signatures')]\n"
        "print(len(made), sum(made))"
    )

    many, compiled = map(int, counted.split())
    assert many > 20
    assert compiled == 0


def test_importing_the_room_does_not_load_the_compiler() -> None:
    assert (
        in_new_process(
            "import sys, coveragekit.visibility; print('numba' in sys.modules)"
        )
        == "False"
    )


def count_signatures(folder: Path) -> dict[str, int]:
    """Use every public function in every way; give the kinds of arguments met."""
    warm_up()
    scene = dense_scene("rows", 1)
    made = Obstacles.from_buildings(scene.buildings_table())
    for name, array in made.to_arrays().items():
        np.save(folder / f"{name}.npy", array)
    mapped = Obstacles.from_arrays(
        {path.stem: np.load(path, mmap_mode="r") for path in folder.glob("*.npy")},
        crs=made.crs,
    )
    table = scene.cameras_table()
    lenses = table.assign(kind="dome", tilt_deg=20.0, vfov_deg=52.0, width_px=2688)
    shown = footprints(lenses.assign(mount_height_m=3.0), 62.5)

    for obstacles in (
        made,
        mapped,
        Obstacles.from_buildings(scene.buildings_table()[:0]),
    ):
        for threads in (1, 2):
            isovists(table, obstacles, threads=threads)
            isovists(table, obstacles, footprints=shown, threads=threads)
            who_sees(table, table, obstacles, threads=threads)
            who_sees(table, table, obstacles, footprints=shown, threads=threads)
        mount(table, obstacles)
        first_obstacle((0.0, 0.0), table, obstacles)

    _over_roofs(scene.buildings_table(), lenses.assign(mount_height_m=3.0), folder)
    return {name: len(value.signatures) for name, value in kernels().items()}


def _over_roofs(
    houses: gpd.GeoDataFrame, table: gpd.GeoDataFrame, folder: Path
) -> None:
    """Use every function over ground and roofs in every way."""
    minx, miny, maxx, maxy = houses.total_bounds
    near = (minx - 200, miny - 200, maxx + 200, maxy + 200)
    made = Surface.from_buildings(houses, bounds=near)
    for name, array in made.to_arrays().items():
        np.save(folder / f"{name}.npy", array)
    arrays = {
        name: np.load(folder / f"{name}.npy", mmap_mode="r")
        for name in made.to_arrays()
    }
    mapped = Surface.from_arrays(arrays, crs=made.crs)
    hill = warm._Hill(np.zeros((9, 9), np.float32), (1e6, 0, -1e6, 0, -1e7, 1e7))
    walls = Obstacles.from_buildings(houses)
    shown = footprints(table, 62.5)
    for roofs in (made, mapped, Surface.from_buildings(houses, hill, bounds=near)):
        for how in ({}, {"footprints": shown}, {"mounting": mount(table, walls)}):
            for threads in (1, 2):
                who_sees_relief(table, table, roofs, threads=threads, **how)
                for mode in ("fast", "accurate"):
                    seen = viewsheds(table, roofs, mode=mode, threads=threads, **how)
                    seen.to_polygons()
                    seen.multiplicity([0.5] * len(table), bounds=near)
        sight_profile((minx, miny), table.iloc[:1], roofs)
        first_rises((minx, miny), table, roofs)


def test_every_kernel_is_compiled_for_one_kind_of_arguments(tmp_path: Path) -> None:
    # in a process of its own: other tests call kernels with arguments of their own
    code = (
        "import json, pathlib; from tests.visibility import test_compiling as here; "
        f"met = here.count_signatures(pathlib.Path({str(tmp_path)!r})); "
        "print(json.dumps(met))"
    )
    root = str(Path(__file__).resolve().parents[2])
    shown = in_new_process(code, PYTHONPATH=root)
    signatures: dict[str, int] = json.loads(shown.splitlines()[-1])

    called = {
        name: count
        for name, count in signatures.items()
        if name.rpartition(".")[2] in ENTRIES
    }
    # kernels within kernels may meet a literal and a number, which numba tells apart
    assert set(called.values()) == {1}
    entries = {name for name, count in signatures.items() if count == 1}
    assert {name.rpartition(".")[2] for name in entries} >= ENTRIES


def test_warming_up_tells_each_step_and_the_end() -> None:
    told: list[tuple[int, int, str]] = []

    warm_up(lambda done, steps, what: told.append((done, steps, what)))

    assert [done for done, _, _ in told] == list(range(len(told)))
    assert {steps for _, steps, _ in told} == {len(told) - 1}
    assert all(what for _, _, what in told[:-1])
    assert told[-1][2] == ""
    assert is_compiled()


def test_it_is_known_whether_compiling_lies_ahead(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(warm, "_done", set())
    assert not is_compiled()

    (jit._place(warm.KERNELS)).mkdir(parents=True)
    (jit._place(warm.KERNELS) / "complete").touch()

    assert is_compiled()


def test_the_cache_is_below_the_folder_that_numba_was_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "given"))

    folder = jit.cache_folder.__wrapped__(sources)

    assert folder is not None
    assert folder.is_dir()
    assert folder.is_relative_to(tmp_path / "given")


def test_the_cache_is_otherwise_in_the_users_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert "coveragekit" in jit._place(tmp_path).parts
    if sys.platform == "linux":
        assert jit._place(tmp_path).is_relative_to(tmp_path)


def test_changed_sources_get_another_folder(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("a = 1\n")
    before = jit._place(tmp_path)

    (tmp_path / "one.py").write_text("a = 2\n")

    assert jit._place(tmp_path) != before


def test_another_rooms_kernels_are_compiled_anew_when_those_they_call_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "called.py").write_text("one", "utf-8")
    monkeypatch.setattr(jit, "_CALLED", tmp_path)
    before = jit._place(tmp_path / "another room")

    (tmp_path / "called.py").write_text("two", "utf-8")

    assert jit._place(tmp_path / "another room") != before


def test_without_a_folder_that_can_be_written_each_process_compiles_for_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    barrier = tmp_path / "a file, no folder"
    barrier.touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(barrier))
    monkeypatch.setattr(jit, "cache_folder", jit.cache_folder.__wrapped__)

    @jit.kernel
    def twice(value: float) -> float:
        return 2.0 * value

    jit.mark_compiled(tmp_path)

    assert jit.cache_folder(tmp_path) is None
    assert not jit.was_compiled(tmp_path)
    assert twice(21.0) == 42.0
    assert list(tmp_path.iterdir()) == [barrier]


def test_marking_is_remembered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(jit, "cache_folder", jit.cache_folder.__wrapped__)
    assert not jit.was_compiled(tmp_path)

    jit.mark_compiled(tmp_path)

    assert jit.was_compiled(tmp_path)


def test_other_packages_keep_their_own_cache() -> None:
    before = config.CACHE_DIR

    @jit.kernel
    def thrice(value: float) -> float:
        return 3.0 * value

    assert before == config.CACHE_DIR
    assert thrice(2.0) == 6.0
