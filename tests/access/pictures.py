"""What tests of shown and kept pictures share: a camera with a feed, and its viewer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from coveragekit.access import Door
from coveragekit.access.looking import Look
from coveragekit.feeds.messages import Fragment, Message, Picture, State
from coveragekit.registry import cameras, feed_rows, picture_masks
from coveragekit.registry.audit import Entry, read_log
from tests.access.scene import Scene

# What may no longer be shown is gone within this.
PROMISED_S = 2.0
HALF = [[0.0, 0.0], [1.0, 0.0], [1.0, 0.5], [0.0, 0.5]]


def with_feed(scene: Scene, camera_id: str, address: str, **more: Any) -> str:
    """Say where a camera's picture comes from."""
    with scene.door.registry.write() as connection:
        name = f"feed-{len(scene.made)}"
        feed = {"name": name, "address": address, **more}
        feed_rows.add_feed(connection, feed, by="test")
        kept = cameras.get_camera(connection, camera_id)
        changed = {"feed_ref": name}
        cameras.change_camera(
            connection, camera_id, changed, revision=kept.revision, by="test"
        )
    return camera_id


def mask(scene: Scene, camera_id: str, ring: list[list[float]] = HALF) -> None:
    """Cover a part of a camera's picture."""
    with scene.door.registry.write() as connection:
        values = {"camera_id": camera_id, "ring": ring}
        picture_masks.add_mask(connection, values, by="test")


def until(
    look: Look, is_enough: Callable[[list[Message]], bool], within_s: float = 30.0
) -> list[Message]:
    """Take and acknowledge until it is enough."""
    got: list[Message] = []
    ends_s = time.monotonic() + within_s
    while not is_enough(got):
        assert time.monotonic() < ends_s, [type(one).__name__ for one in got[-5:]]
        for one in look.take(0.2):
            got.append(one)
            if isinstance(one, Fragment | Picture):
                look.ack(one.index)
    return got


def of(kind: type, messages: list[Message]) -> list[Any]:
    """Give the messages of a kind."""
    return [one for one in messages if isinstance(one, kind)]


def shows(count: int) -> Callable[[list[Message]], bool]:
    """Say whether so many pictures or fragments came."""
    return lambda got: len(of(Fragment | Picture, got)) >= count  # type: ignore[arg-type]


def is_said(state: str) -> Callable[[list[Message]], bool]:
    """Say whether a state was told."""
    return lambda got: any(one.state == state for one in of(State, got))


def lines(door: Door, action: str) -> list[Entry]:
    """Give the lines of the log of an action."""
    with door.registry.read() as connection:
        return [one.entry for one in read_log(connection, action=action)]
