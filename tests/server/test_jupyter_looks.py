"""A Jupyter server shares one connection to a camera, with those who may look alone."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from PIL import Image
from websockets.exceptions import ConnectionClosed, InvalidStatus

from coveragekit.registry.audit import read_log
from tests.feeds.peers.web import WebPeer, web_peer
from tests.server.jupyter_stage import CALL, CANARY, LOGIN, ROOT, TOKEN, Stage, staged


@pytest.fixture(scope="module")
def peer() -> Iterator[WebPeer]:
    with web_peer(login=LOGIN) as running:
        yield running


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, peer: WebPeer) -> Iterator[Stage]:
    """Give the server; it has told nobody where its camera is."""
    with staged(tmp_path_factory.mktemp("jupyter"), peer) as made:
        yield made
    told = b"".join(made.said)
    for secret in (CANARY, "cam.mjpg", f"127.0.0.1:{peer.port}"):
        assert secret.encode() not in told
        assert secret not in made.log
    assert "Traceback" not in made.log


@pytest.fixture(scope="module")
def camera_id(stage: Stage, peer: WebPeer) -> str:
    return stage.camera(peer, name="Lake Drive 4")


def _told(answer) -> str:
    return json.loads(answer.text)["message"]


def _opened(peer: WebPeer, stage: Stage, camera_id: str) -> int:
    """Count how often a camera was opened with its login."""
    number = stage.scene.made.index(camera_id)
    return sum(
        path.endswith(f"of={number}") and "Authorization" in headers
        for path, headers in peer.asked
    )


def _settled(stage: Stage, camera_id: str, wanted: list[str]) -> list:
    """Wait until the log says what is wanted of a camera."""
    ends_s = time.monotonic() + 20
    while True:
        lines = stage.lines_of(camera_id)
        if [one.result for one in lines] == wanted:
            return lines
        assert time.monotonic() < ends_s, lines
        time.sleep(0.05)


def test_two_people_watch_one_camera_by_one_connection(
    stage: Stage, peer: WebPeer
) -> None:
    camera_id = stage.camera(peer, name="Two look")
    stage.list_user("kim", "officer")
    with stage.line("olga") as one, stage.line("kim") as other:
        one.watch(camera_id, form="jpeg")
        shown = one.until("picture")
        picture = Image.open(io.BytesIO(shown["body"]))
        assert picture.size == (shown["width"], shown["height"])
        about = one.heads[0]
        assert (about["kind"], about["name"]) == ("about", "Two look")
        assert (about["form"], about["is_masked"]) == ("jpeg", False)
        other.watch(camera_id, form="jpeg")
        other.until("picture")
        assert _opened(peer, stage, camera_id) == 1
        one.socket.close()
        seen = [other.until("picture")["last"] for _ in range(3)]
        assert seen == sorted(set(seen))
        assert _opened(peer, stage, camera_id) == 1
    lines = _settled(stage, camera_id, ["allowed", "allowed", "done", "done"])
    assert [one.actor for one in lines] == ["olga", "kim", "olga", "kim"]
    assert lines[0].case_number == "26-0417"
    assert lines[2].parameters["how"] == "left"


@pytest.mark.parametrize("token", [None, "wrong"])
def test_who_has_no_token_is_not_let_in(stage: Stage, token: str | None) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        stage.line("olga", token=token),
    ):
        pass
    assert refused.value.response.status_code == 403
    headers = {} if token is None else {"Authorization": f"token {token}"}
    assert stage.ask("GET", "coveragekit/feeds", **headers).status == 403
    path = "coveragekit/feeds/snapshot.jpg"
    assert stage.ask("POST", path, {"camera_id": "x"}, **headers).status == 403


def test_who_has_a_token_and_no_name_is_told_that_a_token_opens_nothing(
    stage: Stage,
) -> None:
    told = stage.ask("GET", "coveragekit/feeds", Authorization=f"token {TOKEN}")
    assert (told.status, told.headers["Cache-Control"]) == (403, "no-store")
    assert "a shared token or password names nobody and opens no feed" in _told(told)
    with (
        pytest.raises(InvalidStatus) as refused,
        stage.line(None),
    ):
        pass
    assert refused.value.response.status_code == 403
    assert b"names nobody" in refused.value.response.body


def test_a_name_without_a_role_is_told_who_gives_one(stage: Stage) -> None:
    signed = {"Authorization": f"token {TOKEN}", "X_Signed_On": "zoe"}
    told = stage.ask("GET", "coveragekit/feeds", **signed)
    assert told.status == 403
    assert _told(told) == (
        "zoe has no role here; an administrator lists people with: coveragekit "
        "registry user 'zoe' --is ROLE"
    )


def test_the_servers_authoriser_has_its_say(stage: Stage, camera_id: str) -> None:
    stage.list_user("nay", "officer")
    signed = {"Authorization": f"token {TOKEN}", "X_Signed_On": "nay"}
    assert stage.ask("GET", "coveragekit/feeds", **signed).status == 403
    path = "coveragekit/feeds/snapshot.jpg"
    told = {"camera_id": camera_id, "purpose": CALL}
    assert stage.ask("POST", path, told, **signed).status == 403
    with (
        pytest.raises(InvalidStatus) as refused,
        stage.line("nay"),
    ):
        pass
    assert refused.value.response.status_code == 403


def test_another_servers_page_gets_nothing_by_the_cookie(
    stage: Stage, camera_id: str
) -> None:
    signed = stage.sign_on("olga")
    cookie = signed["Cookie"]
    # the same cookie from the server's own page is enough
    own = f"http://127.0.0.1:{stage.port}"
    with stage.line(None, token=None, cookie=cookie, origin=own) as line:
        line.watch(camera_id)
        line.until("picture")
    foreign = "http://evil.example"
    with (
        pytest.raises(InvalidStatus) as refused,
        stage.line(None, token=None, cookie=cookie, origin=foreign),
    ):
        pass
    assert refused.value.response.status_code == 403
    told = {"camera_id": camera_id, "purpose": CALL}
    path = "coveragekit/feeds/snapshot.jpg"
    assert stage.ask("POST", path, told, **signed).status == 200
    assert stage.ask("POST", path, told, **signed, Origin=foreign).status == 403
    assert stage.ask("POST", path, told, Cookie=cookie).status == 403
    about = stage.ask("GET", "coveragekit/feeds", **signed, Origin=foreign)
    assert about.status == 403


def test_a_picture_is_given_once_asked_for_and_is_on_record(
    stage: Stage, peer: WebPeer
) -> None:
    camera_id = stage.camera(peer)
    signed = {"Authorization": f"token {TOKEN}", "X_Signed_On": "olga"}
    path = "coveragekit/feeds/snapshot.jpg"
    given = stage.ask("POST", path, {"camera_id": camera_id, "purpose": CALL}, **signed)
    assert given.status == 200
    assert given.headers["Content-Type"] == "image/jpeg"
    Image.open(io.BytesIO(given.text)).verify()
    assert given.headers["Cache-Control"] == "no-store"
    _settled(stage, camera_id, ["allowed", "done"])
    asked = {"action": "snapshot", "object_id": camera_id}
    with stage.door.registry.read() as connection:
        (line,) = read_log(connection, **asked)
    assert (line.entry.actor, line.entry.result) == ("olga", "allowed")


@pytest.mark.parametrize(
    ("told", "status", "words"),
    [
        ({"camera_id": "cam_0", "purpose": CALL}, 403, "there is no such camera"),
        ({"purpose": CALL}, 400, "give camera_id"),
        ({"camera_id": "x" * 201, "purpose": CALL}, 400, "1 to 200 characters"),
        ({"camera_id": "rtsp://10.0.0.1/", "purpose": CALL}, 403, "no such camera"),
        ({"camera_id": "cam_0"}, 400, "the purpose cannot be read"),
        ({"camera_id": "cam_0", "purpose": {"code": "sport"}}, 403, "no such purpose"),
        ({"camera_id": "cam_0", "purpose": {**CALL, "x": 1}}, 400, "cannot be read"),
        ({"camera_id": "cam_0", "purpose": {"code": "a\nb"}}, 400, "control char"),
        ({"camera_id": "cam_0", "purpose": CALL, "want": "all"}, 400, "main, sub"),
        (["cam_0"], 400, "cannot be read"),
        ({"camera_id": "cam_0", "purpose": "p" * 5000}, 400, "4,096 bytes at most"),
    ],
)
def test_what_cannot_be_asked_is_answered_in_words(
    stage: Stage, told: object, status: int, words: str
) -> None:
    signed = {"Authorization": f"token {TOKEN}", "X_Signed_On": "olga"}
    answer = stage.ask("POST", "coveragekit/feeds/snapshot.jpg", told, **signed)
    assert (answer.status, words in _told(answer)) == (status, True), answer.text


def test_the_role_is_never_the_pages(stage: Stage, camera_id: str) -> None:
    with stage.line("pat") as line:
        line.watch(camera_id, role="officer", user="olga")
        told = line.until("state", "refused")
    assert told["fault"] == "AccessRefused"
    assert "the role planner may not look at the live picture" in told["words"]


def test_a_withdrawn_consent_ends_every_page_within_two_seconds(
    stage: Stage, peer: WebPeer
) -> None:
    camera_id = stage.camera(peer)
    with stage.line("olga") as line:
        line.watch(camera_id, form="jpeg")
        line.until("picture")
        stage.scene.move(camera_id, "withdrawn")
        began_s = time.monotonic()
        told = line.until("state", "refused")
        assert time.monotonic() - began_s <= 2.0
        assert "consent" in told["words"]
        # nothing more comes, though the camera goes on
        with pytest.raises(TimeoutError):
            line.socket.recv(0.5)
    assert _settled(stage, camera_id, ["allowed", "done"])[1].parameters["how"] == (
        "ended"
    )


@pytest.mark.parametrize(
    "said",
    ["stop", "[]", '{"kind": "shell"}', json.dumps({"kind": "rest", "x": "y" * 5000})],
)
def test_a_page_that_says_something_else_is_hung_up_on(stage: Stage, said: str) -> None:
    with stage.line("olga") as line:
        line.socket.send(said)
        with pytest.raises(ConnectionClosed):
            line.hear()


def test_a_page_may_rest_and_look_again(stage: Stage, camera_id: str) -> None:
    with stage.line("olga") as line:
        line.watch(camera_id, form="best")
        line.until("picture")
        line.say(kind="rest")
        line.watch(camera_id, form="jpeg")
        line.until("about")
        line.until("picture")
        line.say(kind="watch", form="raw")
        assert "best, jpeg" in line.until("state", "refused")["words"]


def test_one_person_has_so_many_pages_and_no_more(stage: Stage, camera_id: str) -> None:
    with contextlib.ExitStack() as pages:
        for _ in range(3):
            pages.enter_context(stage.line("olga"))
        line = pages.enter_context(stage.line("olga"))
        told = line.hear()
        assert told["words"].startswith("3 pages of olga show cameras already")
        with pytest.raises(ConnectionClosed):
            line.hear()
        # another person's are counted apart
        pages.enter_context(stage.line("pat")).watch(camera_id)
    with stage.line("olga") as line:
        line.watch(camera_id)
        line.until("picture")


def test_it_is_off_until_somebody_enables_it(tmp_path: Path) -> None:
    shipped = json.loads(
        (files("coveragekit.server") / "data/jupyter_server_config.json").read_text()
    )
    assert shipped == {
        "ServerApp": {
            "jpserver_extensions": {"coveragekit.server.jupyter_looks": False}
        }
    }
    folder = tmp_path / "jupyter_server_config.d"
    folder.mkdir()
    (folder / "coveragekit.json").write_text(json.dumps(shipped))
    env = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "jupyter_server", "extension", "enable", "--user"]
    done = subprocess.run(
        [*command, "coveragekit.server.jupyter_looks"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "successfully enabled" in done.stderr, done.stderr
    kept = json.loads((folder / "coveragekit.server.jupyter_looks.json").read_text())
    assert kept["ServerApp"]["jpserver_extensions"] == {
        "coveragekit.server.jupyter_looks": True
    }
