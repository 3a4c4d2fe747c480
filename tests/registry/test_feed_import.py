"""A file says which feed is which camera's, whole or not at all, and no address."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from coveragekit.access import Door, import_feeds, open_door
from coveragekit.cli import main
from coveragekit.errors import AccessRefused, InputError
from coveragekit.registry import cameras, feed_rows, schema
from coveragekit.registry.audit import read_log
from coveragekit.registry.camera_feeds import feed_of
from coveragekit.sources.feed_rows import read_feed_rows
from tests.access.scene import ANN, EVERYTHING, KIM, OFFICE, Scene

CANARY = "hunter2canary"
NAMES = ("camera", "feed", "address", "substream", "store", "reference", "channel")


@pytest.fixture
def door(tmp_path: Path):
    with open_door(tmp_path / "registry.sqlite", create=True, sign=False) as opened:
        yield opened


@pytest.fixture
def scene(door: Door) -> Scene:
    return Scene(door)


def _taken(door: Door, *rows: dict[str, str], **how: Any):
    columns = sorted({name for row in rows for name in row})
    told = {"columns": columns, "lines": range(2, len(rows) + 2), "digest": "d" * 64}
    return import_feeds(ANN, OFFICE, rows, registry=door, **told, **how)


def _feed(door: Door, camera_id: str):
    with door.registry.read() as connection:
        return feed_of(connection, camera_id)


def _count(door: Door, table) -> int:
    with door.registry.read() as connection:
        return len(connection.execute(table.select()).all())


def test_a_row_makes_a_feed_names_it_and_says_where_its_login_is(
    door: Door, scene: Scene
) -> None:
    one = scene.camera(name="Lake Drive 4")
    two = scene.camera(source="city", source_id="K-7")
    done = _taken(
        door,
        {
            "camera": one,
            "address": "rtsp://10.20.0.5/main",
            "substream": "rtsp://10.20.0.5/sub",
            "store": "file",
            "reference": "lake",
        },
        {"camera": "K-7", "feed": "oak", "address": "http://10.20.0.6/v.mjpg"},
    )
    assert (done.added, done.refused, done.is_kept) == (2, 0, True)
    assert [(one.camera_id, one.feed) for one in done.rows] == [
        (one, one),
        (two, "oak"),
    ]
    held = _feed(door, one)
    assert (held.store, held.reference) == ("file", "lake")
    assert held.feed.substream == "rtsp://10.20.0.5/sub"
    assert _feed(door, two).feed.address == "http://10.20.0.6/v.mjpg"
    # the same file again changes nothing
    again = _taken(
        door,
        {"camera": "Lake Drive 4", "address": "rtsp://10.20.0.5/main"},
        {"camera": one, "store": "file", "reference": "lake"},
        {"camera": two},
    )
    assert (again.same, again.added, again.changed) == (3, 0, 0)


def test_what_differs_is_changed_and_empty_cells_change_nothing(
    door: Door, scene: Scene
) -> None:
    one = scene.camera()
    row = {"camera": one, "address": "rtsp://10.20.0.5/main", "note": "roof"}
    _taken(door, {**row, "store": "file", "reference": "lake"})
    done = _taken(
        door, {"camera": one, "substream": "rtsp://10.20.0.5/sub", "reference": "oak"}
    )
    assert (done.changed, done.same) == (1, 0)
    held = _feed(door, one)
    assert (held.feed.address, held.feed.note) == ("rtsp://10.20.0.5/main", "roof")
    assert (held.feed.substream, held.reference) == ("rtsp://10.20.0.5/sub", "oak")
    assert _count(door, schema.credential) == 1


def test_a_recorder_is_one_feed_and_each_camera_has_its_channel(
    door: Door, scene: Scene
) -> None:
    ids = [scene.camera() for _ in range(3)]
    address = "rtsp://10.20.0.9/ch{channel}"
    rows = [
        {"camera": one, "feed": "rec-hall", "channel": str(number), "address": address}
        for number, one in enumerate(ids, 1)
    ]
    assert _taken(door, *rows).refused == 0
    assert _count(door, schema.feed) == 1
    assert _feed(door, ids[2]).feed.address == "rtsp://10.20.0.9/ch3"
    assert _taken(door, *rows).same == 3
    # a row without a feed is of the one that the camera has, with its channel
    login = {"camera": ids[1], "store": "file", "reference": "hall"}
    assert [(one.what, one.feed) for one in _taken(door, login).rows] == [
        ("changed", "rec-hall")
    ]
    assert _feed(door, ids[1]).feed.address == "rtsp://10.20.0.9/ch2"
    odd = ("\u00b2", "\u0661", "9" * 5000)
    (no_channel, wrong, twice, *strange) = _taken(
        door,
        {"camera": scene.camera(), "feed": "rec-hall"},
        {"camera": scene.camera(), "feed": "rec-hall", "channel": "three"},
        {"camera": scene.camera(), "feed": "rec-hall", "channel": "3"},
        *(
            {"camera": scene.camera(), "feed": "rec-hall", "channel": one}
            for one in odd
        ),
    ).rows
    assert "say which in channel" in no_channel.words
    assert "a channel is a number" in wrong.words
    assert "has this feed already" in twice.words
    assert all("a channel is a number" in one.words for one in strange)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            {"address": f"rtsp://ann:{CANARY}@10.20.0.5/"},
            "write them into a file below",
        ),
        (
            {"substream": f"rtsp://{CANARY}@10.20.0.5/"},
            "the substream holds a name and",
        ),
        ({"address": f"ann:{CANARY}@10.20.0.5/x"}, "holds a name and password"),
        ({"address": f"rtsp://10.20.0.5/?pwd={CANARY}"}, "may be a password"),
        ({"address": f"http://10.20.0.5/x;pwd={CANARY}"}, "may be a password"),
        ({"address": f"rtsp://h/user=a_password={CANARY}_ch=1"}, "may be a password"),
        ({"address": f"10.20.0.5/{CANARY}"}, "address (not shown)"),
        ({"address": f"rtsp://10.20.0.5/ {CANARY}"}, "address (not shown)"),
        # an at sign of another width, which the library takes for one
        (
            {"address": f"rtsp://ann:{CANARY}\uff2010.20.0.5/"},
            "cannot be read as a URL",
        ),
        ({"address": f"rtsp://ann:{CANARY}%4010.20.0.5/"}, "cannot be read as a URL"),
        ({"address": f"rtsp://10.20.0.5:{CANARY}/"}, "cannot be read as a URL"),
        ({"address": f"rtsp://[10.20.0.5{CANARY}/"}, "cannot be read as a URL"),
        ({"address": f"http://169082881/{CANARY}"}, "cannot be read as a URL"),
        ({"address": "rtsp://h/", "store": f"ann:{CANARY}"}, "store (not shown)"),
        ({"address": "rtsp://h/", "tls": CANARY}, "tls (not shown)"),
        (
            {"feed": CANARY, "address": "rtsp://h/?pwd=1"},
            "the address of its feed holds",
        ),
        ({"feed": CANARY}, "there is no such feed yet; give its address"),
        (
            {"address": f"rtsp://10.20.0.5/{CANARY}", "replay": "rtsp://10.20.0.6/x"},
            "all have to be of the one device",
        ),
        ({"address": f"rtsp://10.20.0.5/{CANARY}", "tls": "never"}, "verify, pinned"),
        ({"address": f"rtsps://h/{CANARY}", "tls": "pinned"}, "certificate_sha256"),
        ({"feed": f"rtsp://ann:{CANARY}@h/"}, "looks like an address or a login"),
        (
            {"address": "rtsp://h/", "reference": f"ann:{CANARY}", "store": "file"},
            "colon",
        ),
        ({"address": "rtsp://h/", "store": "drawer", "reference": "x"}, "store"),
        ({"camera": f"{CANARY} 7", "address": "rtsp://h/"}, "there is no such camera"),
        ({"camera": "twin", "address": "rtsp://h/"}, "2 cameras are called so"),
        (
            {"camera": "", "address": "rtsp://h/"},
            "neither a camera nor a feed is named",
        ),
    ],
)
def test_a_fault_is_told_in_words_and_leaves_nothing_behind(
    door: Door, scene: Scene, row: dict[str, str], words: str
) -> None:
    good, other = scene.camera(), scene.camera()
    scene.camera(name="twin")
    scene.camera(name="twin")
    told = {name: text for name, text in {"camera": other, **row}.items() if text}
    rows = [{"camera": good, "address": "rtsp://10.20.0.5/good"}, told]
    done = _taken(door, *rows)
    assert not done.is_kept
    assert (done.added, done.refused) == (1, 1)
    assert done.rows[1].line == 3
    assert words in done.rows[1].words
    assert CANARY not in repr(done)
    assert "10.20" not in repr(done)
    assert _count(door, schema.feed) == _count(door, schema.credential) == 0
    assert _feed(door, good) is None
    kept = _taken(door, *rows, keep_good=True)
    assert kept.is_kept
    assert _feed(door, good).feed.address == "rtsp://10.20.0.5/good"
    assert _count(door, schema.feed) == 1
    assert _count(door, schema.credential) == 0


def test_two_rows_do_not_share_a_feed_and_what_was_agreed_to_stays(
    door: Door, scene: Scene
) -> None:
    one, two = scene.camera(), scene.camera()
    row = {"address": "rtsp://10.20.0.5/main"}
    done = _taken(door, {"camera": one, **row}, {"camera": two, **row})
    assert "one of these addresses already" in done.rows[1].words
    end = door.registry.clock() + timedelta(days=30)
    agreed = scene.integrated(EVERYTHING, expires_at=end, feed_ref="shop")
    with door.registry.write() as connection:
        feed = {"name": "shop", "address": "rtsp://10.20.0.7/main"}
        feed_rows.add_feed(connection, feed, by="test")
    moved = _taken(door, {"camera": agreed, "address": "rtsp://10.20.0.8/main"})
    assert "end the integration first" in moved.rows[0].words
    named = _taken(
        door, {"camera": agreed, "feed": "other", "address": "rtsp://10.20.0.8/main"}
    )
    assert "agreed to the feed_ref that it has" in named.rows[0].words
    assert _feed(door, agreed).feed.address == "rtsp://10.20.0.7/main"
    # what it was not agreed to look through may be added
    more = {"camera": agreed, "snapshot": "http://10.20.0.7/pic.jpg"}
    assert _taken(door, more).changed == 1


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("rtsp://10.20.0.1/x", "rtsp://10.20.0.1:554/x"),
        ("rtsp://cam.example/x", "rtsp://CAM.example./x"),
        ("rtsp://10.20.0.1/x", "rtsp://10.20.0.1/x#a"),
        ("rtsp://10.20.0.1/x", "rtsp://10.20.0.1/%78?"),
        ("http://10.20.0.1", "http://10.20.0.1/"),
        ("rtsp://[fd00::1]/x", "rtsp://[fd00:0:0::1]/x"),
        ("rtsp://10.20.0.1/c{channel}", "rtsp://10.20.0.1/c1"),
        ("rtsp://10.20.0.1/c1", "rtsp://10.20.0.1/c{channel}"),
    ],
)
def test_one_device_is_one_feed_however_it_is_written(
    door: Door, address: str, same: str, is_kept: bool
) -> None:
    first = {"feed": "one", "address": address}
    second = {"feed": "two", "address": same}
    # in one file, and beside what is there already
    rows = [second] if is_kept else [first, second]
    if is_kept:
        with door.registry.write() as connection:
            feed_rows.add_feed(connection, {"name": "one", "address": address}, by="t")
        with (
            pytest.raises(InputError, match="addresses already"),
            door.registry.write() as connection,
        ):
            feed_rows.add_feed(connection, {"name": "two", "address": same}, by="t")
    assert "one of these addresses already" in _taken(door, *rows).rows[-1].words
    others = [{"feed": "far", "address": "rtsp://10.20.0.99/x"}]
    others += [{"feed": "else", "address": "rtsp://10.20.0.1/other"}]
    assert _taken(door, *others).added == 2


def test_an_address_that_a_feed_gave_up_is_free_again(door: Door) -> None:
    one = {"feed": "one", "address": "rtsp://h/1"}
    moved = {"feed": "one", "address": "rtsp://h/2"}
    two = {"feed": "two", "address": "rtsp://H:554/1"}
    assert _taken(door, one, moved, two).refused == 0


def test_a_row_that_is_refused_does_not_colour_the_next(
    door: Door, scene: Scene
) -> None:
    one, two = scene.camera(), scene.camera()
    done = _taken(
        door,
        {"camera": one, "feed": "lake", "address": "rtsp://h/1", "store": "drawer"},
        {"camera": two, "feed": "lake", "address": "rtsp://h/1"},
        keep_good=True,
    )
    assert [row.what for row in done.rows] == ["refused", "added"]
    assert _feed(door, one) is None
    assert _feed(door, two).feed.name == "lake"


def test_it_is_one_line_of_the_log_with_count_and_digest(
    door: Door, scene: Scene
) -> None:
    one = scene.camera()
    row = {"camera": one, "address": "rtsp://10.20.0.5/main"}
    assert not _taken(door, row, dry_run=True).is_kept
    assert _feed(door, one) is None
    _taken(door, row)
    with pytest.raises(AccessRefused):
        import_feeds(
            KIM, OFFICE, [row], columns=list(row), lines=[2], digest="", registry=door
        )
    with door.registry.read() as connection:
        dry, line, refused = (
            one.entry for one in read_log(connection, action="manage_feeds")
        )
    assert (dry.rows, dry.parameters["dry_run"]) == (0, True)
    assert (line.actor, line.object_type, line.rows) == ("ann", "feed", 1)
    assert (line.digest, line.parameters["added"]) == ("d" * 64, 1)
    assert refused.result == "refused"
    assert "10.20" not in repr((dry, line, refused))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (["camera", f"rtsp://{CANARY}"], "column 2 of the file has a name"),
        (["camera", "Camera"], "column 2 of the file is there twice"),
        (["address"], "neither a column camera nor a column feed"),
    ],
)
def test_a_file_without_names_does_not_tell_its_first_row(
    door: Door, columns: list[str], words: str
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        import_feeds(
            ANN, OFFICE, [], columns=columns, lines=[], digest="", registry=door
        )
    assert CANARY not in str(caught.value)


def test_a_row_that_cannot_be_read_counts_as_refused(
    door: Door, scene: Scene, tmp_path: Path
) -> None:
    one, two = scene.camera(), scene.camera()
    path = tmp_path / "feeds.csv"
    path.write_text(
        f"camera,address\n{one},rtsp://h/1\n{two},rtsp://h/2,{CANARY},more\n"
    )
    read = read_feed_rows(path)
    assert (len(read.rows), read.rejected) == (1, 1)
    done = _taken(door, *read.rows, unread=read.rejected)
    assert (done.is_kept, done.unread) == (False, 1)
    assert _feed(door, one) is None
    assert _taken(door, *read.rows, unread=1, keep_good=True).is_kept
    assert _feed(door, one) is not None


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_is_read_as_it_stands(tmp_path: Path, kind: str) -> None:
    rows = [NAMES, ("cam_1", None, "rtsp://h/1", None, "file", "lake", 3)]
    rows += [("cam_2", "rec", None, None, None, None, None)]
    path = tmp_path / f"feeds.{kind}"
    if kind == "csv":
        with path.open("w", newline="") as stream:
            csv.writer(stream).writerows(rows)
    else:
        book = Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
        book.close()
    read = read_feed_rows(path)
    assert read.columns == NAMES
    assert read.rows[0] == {
        "camera": "cam_1",
        "address": "rtsp://h/1",
        "store": "file",
        "reference": "lake",
        "channel": "3",
    }
    assert read.rows[1] == {"camera": "cam_2", "feed": "rec"}
    assert read.lines == (2, 3)
    assert read.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert "rtsp" not in repr(read)


def test_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "feeds.geojson"
    point = {"type": "Point", "coordinates": [0.0, 0.0]}
    shape = {"type": "Feature", "properties": {"camera": "x"}, "geometry": point}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [shape]}))
    with pytest.raises(InputError, match="read from CSV or XLSX"):
        read_feed_rows(path)


def test_the_command_tells_each_row_and_no_address(
    tmp_path: Path,
    door: Door,
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COVERAGEKIT_REGISTRY", str(tmp_path / "registry.sqlite"))
    monkeypatch.setenv("COVERAGEKIT_CHECKPOINTS", str(tmp_path / "signed"))
    monkeypatch.setenv("COVERAGEKIT_AUDIT_KEY", str(tmp_path / "audit.pem"))
    monkeypatch.setenv("COVERAGEKIT_USER", "ann")
    monkeypatch.setenv("COVERAGEKIT_ROLE", "administrator")
    good, bad = scene.camera(), scene.camera()
    path, report = tmp_path / "feeds.csv", tmp_path / "fates.csv"
    path.write_text(
        "camera,address\n"
        f"{good},rtsp://10.20.0.5/{CANARY}\n"
        f"{bad},rtsp://ann:{CANARY}@10.20.0.6/\n"
    )

    def run(*more: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["registry", "import-feeds", str(path), *more])
        said = capsys.readouterr()
        assert CANARY not in said.out + said.err
        assert "10.20" not in said.out + said.err
        return int(ended.value.code or 0), " ".join((said.out + said.err).split())

    code, said = run("--report", str(report))
    assert code == 1
    assert "2 rows: 1 would be added, 0 would be changed, 0 the same, 1 refused" in said
    assert "refused: line 3: the address holds a name and password" in said
    assert "nothing was kept" in said
    assert _feed(door, good) is None
    told = report.read_text("utf-8")
    assert "would be added" in told
    assert CANARY not in told
    assert run("--dry-run")[0] == 0
    code, said = run("--report", str(path))
    assert (code, "the report would replace" in said) == (1, True)
    assert _feed(door, good) is None
    code, said = run("--keep-good")
    assert (code, "2 rows: 1 added" in said) == (0, True)
    assert _feed(door, good) is not None
    with door.registry.read() as connection:
        kept = cameras.get_camera(connection, good)
    assert kept.feed_ref == good
