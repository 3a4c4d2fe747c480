"""How the tests of openers look at pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Self

from coveragekit.feeds.bounds import Bounds
from coveragekit.feeds.gate import Gate
from coveragekit.feeds.opening import open_feed
from coveragekit.feeds.pieces import Reading, Still, VideoPiece
from coveragekit.feeds.target import FeedTarget, Login
from tests.feeds.peers import scenes
from tests.feeds.peers.web import number_of

# For what has to work, however loaded this machine is ...
PATIENT = Bounds(connect_s=20.0, answer_s=30.0, open_s=40.0, stall_s=30.0)
# ... for streams that stop ...
STALLING = Bounds(connect_s=20.0, answer_s=30.0, open_s=40.0, stall_s=2.0)
# ... and for what never answers.
QUICK = Bounds(connect_s=1.0, answer_s=1.0, open_s=2.0, stall_s=1.0)
SLACK_S = 5.0


def gate_for(*ports: int, **rules: object) -> Gate:
    """Give a gate that lets these ports of this machine pass and nothing else."""
    exempt = frozenset(("127.0.0.1", port) for port in ports)
    return Gate(exempt=exempt, **rules)  # type: ignore[arg-type]


def target_at(address: str, **more: object) -> FeedTarget:
    """Give a camera with that address."""
    return FeedTarget("cam_7", address, **more)  # type: ignore[arg-type]


def login_of(user: str, password: str) -> Callable[[], Login]:
    """Give what a target asks for its login."""
    return lambda: Login(user, password)


def opened(address: str, port: int, **more: object) -> Reading:
    """Open an address of this machine."""
    return open_feed(target_at(address, **more), gate_for(port), bounds=PATIENT)


def numbers(reading: Reading, count: int) -> list[int | None]:
    """Read the numbers in the next pictures, decoded from the first keyframe on."""
    seen: list[int | None] = []
    for picture in pictures(reading, count):
        seen.append(picture[0])
    return seen


def pictures(reading: Reading, count: int) -> list[tuple[int | None, bool]]:
    """Read the numbers of pictures, and whether their lower half is whole."""
    seen: list[tuple[int | None, bool]] = []
    begun = False
    for piece in reading.pieces():
        if isinstance(piece, Still):
            seen.append((number_of(piece.jpeg), True))
        else:
            begun = begun or piece.is_key
            if begun:
                seen += _decoded(reading, piece)
        if len(seen) >= count:
            break
    return seen[:count]


def _decoded(reading: Reading, piece: VideoPiece) -> list[tuple[int | None, bool]]:
    assert reading.template is not None
    found = []
    for frame in reading.template.codec_context.decode(piece.packet):
        picture = scenes.grey(frame)
        number = scenes.read(picture)
        found.append((number, number is not None and scenes.is_whole(picture, number)))
    return found


def is_counting(seen: list[int | None], circle: int) -> bool:
    """Say whether each number is the one after the last, in a circle."""
    return all(
        first is not None and second == (first + 1) % circle
        for first, second in pairwise(seen)
    )


class Watch:
    """Measures how long a block took."""

    def __enter__(self) -> Self:
        self.began_s = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.took_s = time.monotonic() - self.began_s
