"""A store opens at once, light, and refuses what it cannot read."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coveragekit.errors import InputError, StudyError
from coveragekit.view import Ragged, Store, Texts, Writer
from coveragekit.view.files import CITY, META
from tests.view.made import made_store, tables, to_merc, write_store

HEAVY = ["pandas", "geopandas", "pandera", "scipy", "numba", "shapely", "pyproj"]


def linked_study(folder: Path, name: str = "aa") -> Path:
    """A study whose pointer is a link to one build."""
    write_store(folder / ".results" / name)
    pointer = folder / "results"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(Path(".results") / name, target_is_directory=True)
    return folder


def test_what_was_written_is_read(tmp_path: Path) -> None:
    given = tables()

    store = made_store(tmp_path / "results")

    for name, table in given.items():
        read = getattr(store, name)
        assert len(read) == len(table)
        for one in table.__dataclass_fields__:
            before, after = getattr(table, one), getattr(read, one)
            if isinstance(before, Texts):
                assert [*map(before.__getitem__, range(len(before)))] == [
                    *map(after.__getitem__, range(len(after)))
                ]
            elif isinstance(before, Ragged):
                assert np.array_equal(before.xy, after.xy)
                assert np.array_equal(before.box, after.box)
            else:
                assert np.allclose(before, after, equal_nan=True)
                assert not after.flags.writeable
    assert store.calls is None
    assert store.scenes is None
    assert store.meta["bands"][store.meta["band"]]["name"] == "detect"


def test_arrays_are_mapped_and_not_read(tmp_path: Path) -> None:
    store = made_store(tmp_path / "results")

    base = store.streets.weight.base

    assert isinstance(base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        store.streets.weight[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        store.call_places.weight[:] = 1.0


def test_a_store_opens_through_study_link_text_pointer_and_results(tmp_path) -> None:
    study = linked_study(tmp_path / "study")
    build = study / ".results" / "aa"

    by_study = Store.open(study)
    assert by_study.folder == build.resolve()
    assert Store.open(str(study / "results")).folder == build.resolve()
    assert Store.open(build).folder == build.resolve()

    (study / "results").unlink()
    (study / "results").write_text(".results/aa", "utf-8")
    by_text = Store.open(study)
    assert by_text.folder == build.resolve()
    assert by_text.is_current()


def test_a_store_knows_when_another_build_is_in_force(tmp_path: Path) -> None:
    study = linked_study(tmp_path / "study")
    store = Store.open(study)
    assert store.is_current()

    linked_study(study, "bb")

    assert not store.is_current()
    assert Store.open(study).is_current()


def test_arrays_in_use_outlive_their_files(tmp_path: Path) -> None:
    study = linked_study(tmp_path / "study")
    store = Store.open(study)
    weight = store.streets.weight

    linked_study(study, "bb")
    shutil.rmtree(study / ".results" / "aa")

    assert weight.sum() == pytest.approx(240.0)
    assert not store.is_current()
    with pytest.raises(StudyError, match="are gone, because the study was built anew"):
        _ = store.ground


def test_a_lone_results_folder_is_current_while_it_is_there(tmp_path: Path) -> None:
    store = made_store(tmp_path / "results")
    assert store.is_current()

    shutil.rmtree(tmp_path / "results")

    assert not store.is_current()


@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_without_results_asks_for_a_build(tmp_path, is_there) -> None:
    folder = tmp_path / "study"
    if is_there:
        folder.mkdir()

    with pytest.raises(StudyError, match="no results; build the study first"):
        Store.open(folder)


def test_results_of_before_stores_ask_for_a_build(tmp_path: Path) -> None:
    study = linked_study(tmp_path / "study")
    shutil.rmtree(study / "results" / "view")

    with pytest.raises(StudyError, match="no view store that can be read; build"):
        Store.open(study)


@pytest.mark.parametrize("seen", [0, 1, 2, 4, "3", None])
def test_a_store_of_another_version_asks_for_a_build(tmp_path, seen) -> None:
    write_store(tmp_path / "results")
    path = tmp_path / "results" / CITY / META
    meta = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(meta | {"format": seen}), "utf-8")

    with pytest.raises(StudyError, match=r"another version.*format .*reads 3; build"):
        Store.open(tmp_path / "results")


@pytest.mark.parametrize("text", ["", "{", "[]", "\udcff"])
def test_meta_data_that_cannot_be_read_are_refused(tmp_path, text) -> None:
    write_store(tmp_path / "results")
    path = tmp_path / "results" / CITY / META
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(StudyError, match="build the study again"):
        Store.open(tmp_path / "results")


def test_a_missing_array_is_named(tmp_path: Path) -> None:
    write_store(tmp_path / "results")
    (tmp_path / "results" / CITY / "views.reach_m.npy").unlink()

    with pytest.raises(StudyError, match=r"views\.reach_m\.npy is missing; \d+ bytes"):
        Store.open(tmp_path / "results")


def test_a_cut_array_is_named(tmp_path: Path) -> None:
    write_store(tmp_path / "results")
    path = tmp_path / "results" / CITY / "streets.view.npy"
    path.write_bytes(path.read_bytes()[:-4])

    with pytest.raises(StudyError, match=r"streets\.view\.npy is \d+ bytes long; \d+"):
        Store.open(tmp_path / "results")


def test_an_array_of_another_kind_is_refused_when_it_is_asked_for(tmp_path) -> None:
    write_store(tmp_path / "results")
    path = tmp_path / "results" / CITY / "streets.weight.npy"
    np.save(path, np.load(path).astype("<i8"))
    store = Store.open(tmp_path / "results")

    with pytest.raises(StudyError, match=r"streets\.weight\.npy is missing or damaged"):
        _ = store.streets
    path.write_bytes(b"\0" * path.stat().st_size)
    with pytest.raises(StudyError, match=r"streets\.weight\.npy is missing or damaged"):
        _ = store.streets


def test_columns_of_other_lengths_are_refused(tmp_path: Path) -> None:
    given = tables()["views"]

    with pytest.raises(InputError, match=r"views\.night_m has 2 rows; allowed: 6"):
        Writer(tmp_path / "new").add("views", replace(given, night_m=np.zeros(2)))


def test_the_same_arrays_have_the_same_number_and_others_another(tmp_path) -> None:
    first = made_store(tmp_path / "a").meta["build_id"]
    again = made_store(tmp_path / "b").meta["build_id"]
    other = made_store(tmp_path / "c", study="Elsewhere").meta["build_id"]
    moved = tables()
    moved["gaps"] = replace(moved["gaps"], street_m=np.array([41.0]))
    write_store(tmp_path / "d", moved)

    assert first == again
    assert len({first, other, Store.open(tmp_path / "d").meta["build_id"]}) == 3


def test_scenes_are_unpacked_by_light_and_group(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    seen = np.random.default_rng(1).random((3, 2, 4, 11)) < 0.4
    writer = Writer(folder / CITY)
    for name, table in tables().items():
        writer.add(name, table)
    writer.add_array("scenes.streets.rows", np.arange(11, dtype=np.int32))
    writer.add_array("scenes.streets.bits", np.packbits(seen, axis=-1))
    from tests.view.made import meta

    writer.close(meta(scenes={"count": 3, "level": 0.5, "names": ["streets"]}))

    scenes = Store.open(folder).scenes

    assert scenes.count == 3
    assert np.array_equal(scenes.seen("streets", "night", "registered"), seen[:, 1, 2])
    assert np.array_equal(scenes.seen("streets", "day", "working"), seen[:, 0, 3])
    for asked, words in (
        (("calls", "day", "public"), "name is 'calls'; allowed: streets"),
        (("streets", "dusk", "public"), "light is 'dusk'; allowed: day, night"),
        (("streets", "day", "police"), "group is 'police'; allowed: public, integ"),
    ):
        with pytest.raises(InputError, match=words):
            scenes.seen(*asked)


def test_a_viewer_loads_nothing_heavy(tmp_path: Path) -> None:
    made_store(tmp_path / "results")
    code = (
        "import sys, time; from coveragekit.view import Store;"
        "began = time.perf_counter();"
        f"store = Store.open({str(tmp_path / 'results')!r});"
        "[getattr(store, name) for name in ('cameras', 'views', 'streets', 'incidents',"
        " 'gaps', 'areas', 'buildings', 'street_lines', 'scenes')];"
        "store.cameras.name[0]; store.views.shape.rings(0);"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
    )

    assert done.stdout.strip() == "[]"


def test_the_made_town_is_as_its_words_say(tmp_path: Path) -> None:
    store = made_store(tmp_path / "results")

    assert (np.diff(store.views.camera) >= 0).all()
    assert (np.diff(store.incidents.key.astype(object)) >= 0).all()
    assert store.cameras.merc == pytest.approx(to_merc(store.cameras.local))
    assert store.streets.ptr[-1] == len(store.streets.view) > 0
