"""Real cameras by way of the hub: what a viewer is sent, read back from its pixels."""

from __future__ import annotations

import io
import random
import time
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.hub import Hub
from coveragekit.feeds.limits import Limits
from coveragekit.feeds.masks import Mask
from coveragekit.feeds.messages import Fragment, Init, Picture, State
from coveragekit.feeds.opening import open_feed
from tests.feeds.looking import gate_for, is_counting, login_of, target_at
from tests.feeds.peers import scenes
from tests.feeds.peers.rtsp import RtspPeer, rtsp_peer
from tests.feeds.peers.web import number_of, web_peer

LONG_S = 40.0
BOTTOM = Mask(((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)))


class Longest(random.Random):
    """Chance that always says the longest wait, so that it can be looked into."""

    def uniform(self, a: float, b: float) -> float:
        return b


def hub_for(*ports: int, stall_s: float = 10.0) -> Hub:
    gate = gate_for(*ports)
    bounds = Bounds(connect_s=2.0, answer_s=2.0, open_s=4.0, stall_s=stall_s)
    return Hub(
        lambda target, want: open_feed(target, gate, want=want, bounds=bounds),
        limits=Limits(idle_s=0.2, first_wait_s=1.0, most_wait_s=1.0),
        rng=Longest(),
    )


def until(viewer, done):
    taken, end = [], time.monotonic() + LONG_S
    while not done(taken):
        assert time.monotonic() < end, [one for one in taken if isinstance(one, State)]
        for message in viewer.take(0.2):
            taken.append(message)
            if isinstance(message, Fragment | Picture):
                viewer.ack(message.index)
    return taken


def of(kind, messages):
    return [one for one in messages if isinstance(one, kind)]


def streams(messages) -> list[tuple[Init, list[Fragment]]]:
    """Give each stream's beginning and fragments."""
    found: list[tuple[Init, list[Fragment]]] = []
    for message in messages:
        if isinstance(message, Init):
            found.append((message, []))
        elif isinstance(message, Fragment):
            found[-1][1].append(message)
    return found


def shown(init: Init, fragments: list[Fragment]) -> list[tuple[int | None, bool]]:
    """Decode a stream and read each picture's number, and whether it is whole."""
    data = init.data + b"".join(one.data for one in fragments)
    seen = []
    with av.open(io.BytesIO(data)) as container:
        for frame in container.decode(video=0):
            picture = frame.to_ndarray(format="gray")
            number = scenes.read(picture)
            whole = number is not None and scenes.is_whole(picture, number)
            seen.append((number, whole))
    return seen


@pytest.mark.parametrize(
    ("mount", "circle"), [("sub", 80), ("h265", 60), ("bframes", 60)]
)
def test_each_picture_of_a_camera_reaches_the_viewer_whole_and_in_order(
    camera: RtspPeer, mount: str, circle: int
) -> None:
    with hub_for(camera.port) as hub:
        viewer = hub.join(target_at(camera.address(mount)), masks=())
        taken = until(viewer, lambda taken: len(of(Fragment, taken)) >= 40)

    ((init, fragments),) = streams(taken)
    seen = shown(init, fragments)
    assert len(seen) >= 38
    assert is_counting([number for number, _ in seen], circle)
    assert all(whole for _, whole in seen)
    assert fragments[0].is_key


def test_pictures_that_are_cut_into_slices_come_whole(camera: RtspPeer) -> None:
    with hub_for(camera.port) as hub:
        viewer = hub.join(target_at(camera.address("sliced")), masks=())
        taken = until(viewer, lambda taken: len(of(Fragment, taken)) >= 60)

    ((init, fragments),) = streams(taken)
    with av.open(
        io.BytesIO(init.data + b"".join(one.data for one in fragments))
    ) as container:
        pictures = [one.to_ndarray(format="gray") for one in container.decode(video=0)]
    numbers = [scenes.read(picture) for picture in pictures]
    assert len(pictures) >= 58
    assert None not in numbers
    assert numbers == sorted(set(numbers))
    # a torn picture has a lower half of one flat grey
    assert all(picture[200:].std() > 5 for picture in pictures)


def test_a_camera_that_changes_its_size_is_followed(camera: RtspPeer) -> None:
    with hub_for(camera.port) as hub:
        viewer = hub.join(target_at(camera.address("resizing")), masks=())
        taken = until(
            viewer,
            lambda taken: len(streams(taken)) >= 3 and len(streams(taken)[-1][1]) > 5,
        )

    sizes = [(init.width_px, init.height_px) for init, _ in streams(taken)]
    assert {*sizes} == {(640, 360), (1280, 720)}
    assert all(one != other for one, other in pairwise(sizes))
    for init, fragments in streams(taken):
        seen = shown(init, fragments)
        numbers = [number for number, _ in seen]
        assert all(whole for _, whole in seen)
        assert all((number >= 1000) == (init.width_px == 1280) for number in numbers)


def test_a_camera_that_is_killed_plays_again_when_it_is_back(media: Path) -> None:
    with rtsp_peer(media) as peer, hub_for(peer.port) as hub:
        viewer = hub.join(target_at(peer.address("sub")), masks=())
        until(viewer, lambda taken: len(of(Fragment, taken)) >= 10)

        peer.kill()
        gone = until(
            viewer,
            lambda taken: [one for one in of(State, taken) if one.state == "offline"],
        )
        peer.stop()
        peer.start()
        back = until(viewer, lambda taken: len(of(Fragment, taken)) >= 25)

    assert "stale" in [one.state for one in of(State, gone)]
    assert of(State, gone)[-1].age_s > 0
    init, fragments = streams(back)[-1]
    seen = shown(init, fragments)
    assert len(seen) >= 15
    assert all(whole for _, whole in seen)
    assert of(State, back)[-1].state == "playing"


def test_a_camera_that_freezes_is_stale_and_then_plays_again(media: Path) -> None:
    with rtsp_peer(media) as peer, hub_for(peer.port, stall_s=6.0) as hub:
        viewer = hub.join(target_at(peer.address("sub")), masks=())
        until(viewer, lambda taken: len(of(Fragment, taken)) >= 10)

        peer.freeze()
        try:
            stale = until(
                viewer,
                lambda taken: [one for one in of(State, taken) if one.state == "stale"],
            )
        finally:
            peer.thaw()
        back = until(viewer, lambda taken: len(of(Fragment, taken)) >= 20)

    told = of(State, stale)[-1]
    assert told.age_s is not None
    assert told.age_s >= 4.0
    assert of(State, back)[-1].state == "playing"


def test_single_pictures_of_a_stream_are_read_back_and_masked(
    camera: RtspPeer,
) -> None:
    with hub_for(camera.port) as hub:
        target = target_at(camera.address("sub"))
        masked = hub.join(target, masks=(BOTTOM,), as_="jpeg", rate_hz=10.0)
        taken = until(masked, lambda taken: len(of(Picture, taken)) >= 10)

    numbers = []
    for picture in of(Picture, taken):
        with Image.open(io.BytesIO(picture.jpeg)) as image:
            grey = np.asarray(image.convert("L")).astype(int)
        numbers.append(scenes.read(grey))
        assert np.abs(grey[192:] - 40).max() <= 3
    assert None not in numbers
    steps = [(b - a) % 80 for a, b in pairwise(numbers)]
    # of twenty pictures a second no more than ten, however busy the machine
    assert sum(steps) / len(steps) >= 1.5


def test_a_camera_of_single_pictures_behind_a_login_is_shown() -> None:
    with web_peer(login=("basic", "eye", "pass word")) as web, hub_for(web.port) as hub:
        target = target_at(web.address("/snap.jpg"), login=login_of("eye", "pass word"))
        viewer = hub.join(target, masks=(), as_="jpeg", rate_hz=10.0)
        taken = until(viewer, lambda taken: len(of(Picture, taken)) >= 2)

    numbers = [number_of(one.jpeg) for one in of(Picture, taken)]
    assert None not in numbers
    assert numbers == sorted(set(numbers))


def test_a_camera_that_refuses_a_login_is_asked_once(media: Path) -> None:
    with rtsp_peer(media, "--digest", "eye:open") as peer, hub_for(peer.port) as hub:
        target = target_at(peer.address("sub"), login=login_of("canary", "hunter2"))
        viewer = hub.join(target, masks=())
        taken = until(
            viewer,
            lambda taken: [one for one in of(State, taken) if one.state == "refused"],
        )

    told = of(State, taken)[-1]
    assert told.fault == "FeedLoginError"
    assert "cam_7" in told.words
    for secret in ("canary", "hunter2", "127.0.0.1", "rtsp"):
        assert secret not in repr(taken)
