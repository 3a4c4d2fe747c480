"""One connection for each camera, whoever looks; it comes back, and it ends."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import av
import pytest

from coveragekit.errors import (
    FeedError,
    FeedLoginError,
    FeedUnreachable,
    FeedUnsupported,
    InputError,
)
from coveragekit.feeds.hub import Hub
from coveragekit.feeds.limits import Limits
from coveragekit.feeds.masks import Mask
from coveragekit.feeds.messages import Fragment, Init, Picture, State
from coveragekit.feeds.replaying import Packing, shots_of
from tests.feeds.readings import (
    FILMS,
    FilmReading,
    Opener,
    StillReading,
    make_film,
    stills_of,
    target_of,
)

# far more than anything takes; a test waits for what happens, never for this
LONG_S = 30.0
QUICK = Limits(idle_s=0.2, first_wait_s=0.05, most_wait_s=0.1)
MASK = Mask(((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    return make_film(FILMS["plain"], tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="module")
def small(film) -> Path:
    return make_film(FILMS["small"], film.parent)


class Longest(random.Random):
    """Chance that always says the longest wait, so that it can be looked into."""

    def uniform(self, a: float, b: float) -> float:
        return b


def until(viewer, done, *, acks=True):
    """Take messages until there are enough of them."""
    taken, end = [], time.monotonic() + LONG_S
    while not done(taken):
        assert time.monotonic() < end, taken[-5:]
        for message in viewer.take(0.2):
            taken.append(message)
            if acks and isinstance(message, Fragment | Picture):
                viewer.ack(message.index)
    return taken


def of(kind, messages):
    return [one for one in messages if isinstance(one, kind)]


def states(messages):
    return [one.state for one in of(State, messages)]


def wait_for(claim) -> None:
    end = time.monotonic() + LONG_S
    while not claim():
        assert time.monotonic() < end
        time.sleep(0.01)


def feed_threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("camera ")]


def test_two_who_look_share_one_connection_and_see_the_same(film: Path) -> None:
    opener = Opener([lambda: FilmReading(film)])
    with Hub(opener, limits=QUICK) as hub:
        first = hub.join(target_of(), masks=())
        seen_first = until(first, lambda taken: len(of(Fragment, taken)) >= 5)
        second = hub.join(target_of(), masks=())
        seen_second = until(second, lambda taken: len(of(Fragment, taken)) >= 30)
        seen_first += until(first, lambda taken: len(of(Fragment, taken)) >= 30)

    assert opener.opened == [("cam_1", "main")]
    data = {one.index: one.data for one in of(Fragment, seen_first)}
    common = [one for one in of(Fragment, seen_second) if one.index in data]
    assert len(common) >= 20
    assert all(data[one.index] == one.data for one in common)
    # the newcomer has a picture at once: it begins with the last keyframe
    assert of(Fragment, seen_second)[0].is_key
    assert states(seen_first)[-1] == "playing"
    assert not feed_threads()


def test_what_a_viewer_is_sent_is_decoded_to_the_films_pictures(
    film: Path, tmp_path: Path
) -> None:
    with Hub(Opener([lambda: FilmReading(film)]), limits=QUICK) as hub:
        viewer = hub.join(target_of(), masks=())
        taken = until(viewer, lambda taken: len(of(Fragment, taken)) >= 45)
    path = tmp_path / "seen.mp4"
    path.write_bytes(
        of(Init, taken)[0].data + b"".join(one.data for one in of(Fragment, taken))
    )

    def pictures(source: Path):
        with av.open(str(source)) as container:
            return [one.to_ndarray().tobytes() for one in container.decode(video=0)]

    seen, shown = pictures(path), pictures(film)
    assert len(seen) >= 45
    assert seen == (shown * 2)[: len(seen)]


def test_a_camera_that_was_lost_comes_back_with_a_new_beginning(
    film: Path, small: Path
) -> None:
    readings = [lambda: FilmReading(film, ends_after=25), lambda: FilmReading(small)]
    limits = Limits(first_wait_s=1.0)
    with Hub(Opener(readings), limits=limits, rng=Longest()) as hub:
        viewer = hub.join(target_of(), masks=())
        taken = until(
            viewer,
            lambda taken: (
                len(of(Init, taken)) >= 2
                and of(Fragment, taken[taken.index(of(Init, taken)[1]) :])
            ),
        )

    assert [(one.width_px, one.height_px) for one in of(Init, taken)] == [
        (640, 360),
        (320, 180),
    ]
    second = taken[taken.index(of(Init, taken)[1]) :]
    assert of(Fragment, second)[0].is_key
    assert "stale" in states(taken)
    lost = next(one for one in of(State, taken) if one.state == "stale")
    assert (lost.words, lost.fault) == ("camera cam_1: it went away", "FeedBroken")
    assert states(taken)[-1] == "playing"
    numbers = [one.index for one in of(Fragment, taken)]
    assert numbers == sorted(set(numbers))


def test_one_that_nobody_answers_for_is_offline_and_tried_until_it_answers(
    film: Path,
) -> None:
    gone = FeedUnreachable("camera cam_1: nobody answers")
    opener = Opener([gone, gone, gone, lambda: FilmReading(film)])
    with Hub(opener, limits=Limits(first_wait_s=0.25), rng=Longest()) as hub:
        viewer = hub.join(target_of(), masks=())
        taken = until(viewer, lambda taken: bool(of(Fragment, taken)))

    assert len(opener.opened) == 4
    assert states(taken)[-1] == "playing"
    assert "offline" in states(taken)


def test_a_camera_that_refuses_is_asked_once_whoever_joins(film: Path) -> None:
    now = [1000.0]
    no = FeedLoginError("camera cam_1: it refuses the name and password kept for it")
    opener = Opener([no, lambda: FilmReading(film)])
    with Hub(opener, limits=QUICK, clock=lambda: now[0]) as hub:
        first = hub.join(target_of(), masks=())
        refused = until(first, lambda taken: "refused" in states(taken))
        wait_for(lambda: not feed_threads())
        second = hub.join(target_of(), masks=())
        again = until(second, lambda taken: "refused" in states(taken))

        assert len(opener.opened) == 1
        assert of(State, again)[-1].fault == "FeedLoginError"
        assert "password kept" in of(State, refused)[-1].words

        now[0] += QUICK.refused_s + 1
        third = hub.join(target_of(), masks=())
        until(third, lambda taken: bool(of(Init, taken)))
        assert len(opener.opened) == 2


def test_a_camera_whose_login_was_put_right_is_asked_again_at_once(
    film: Path,
) -> None:
    opener = Opener([FeedLoginError("no"), lambda: FilmReading(film)])
    with Hub(opener, limits=QUICK) as hub:
        first = hub.join(target_of(), masks=())
        until(first, lambda taken: "refused" in states(taken))

        hub.forgive("cam_1")
        second = hub.join(target_of(), masks=())

        until(second, lambda taken: bool(of(Fragment, taken)))


def test_a_camera_that_nobody_looks_at_is_closed(film: Path) -> None:
    reading = FilmReading(film)
    with Hub(Opener([reading]), limits=QUICK) as hub:
        viewer = hub.join(target_of(), masks=())
        until(viewer, lambda taken: bool(of(Fragment, taken)))
        viewer.leave()

        wait_for(lambda: not feed_threads())

        assert reading.closed.is_set()
        assert hub.standings() == {}


def test_a_camera_that_says_nothing_is_stale_and_says_since_when(film: Path) -> None:
    limits = Limits(idle_s=0.2, stale_after_s=0.3)
    reading = FilmReading(film, stalls_after=10)
    with Hub(Opener([reading]), limits=limits) as hub:
        viewer = hub.join(target_of(), masks=())
        taken = until(viewer, lambda taken: "stale" in states(taken))

        stale = of(State, taken)[-1]
        assert stale.age_s is not None
        assert stale.age_s > 0.3
        assert hub.standings()["cam_1"].state == "stale"


def test_closing_ends_every_thread_even_one_that_waits_for_a_camera(
    film: Path,
) -> None:
    readings = [FilmReading(film, stalls_after=3) for _ in range(3)]
    hub = Hub(Opener(list(readings)))
    viewers = [hub.join(target_of(f"cam_{n}"), masks=()) for n in range(3)]
    for viewer in viewers:
        until(viewer, lambda taken: bool(of(Init, taken)))

    began = time.monotonic()
    hub.close()

    assert time.monotonic() - began < 10
    assert not feed_threads()
    assert all(reading.closed.is_set() for reading in readings)
    with pytest.raises(FeedError, match="ending"):
        hub.join(target_of(), masks=())


def test_no_more_connections_are_made_at_once_than_allowed(film: Path) -> None:
    opener = Opener([lambda: FilmReading(film)], takes_s=0.05)
    with Hub(opener, limits=Limits(opens_at_once=2)) as hub:
        viewers = [hub.join(target_of(f"cam_{n}"), masks=()) for n in range(8)]
        for viewer in viewers:
            until(viewer, lambda taken: bool(of(Init, taken)))

    assert opener.most_at_once == 2
    assert len(opener.opened) == 8


def test_no_more_cameras_and_viewers_than_allowed(film: Path) -> None:
    opener = Opener([lambda: FilmReading(film)])
    with Hub(opener, limits=Limits(feeds=2, viewers=2)) as hub:
        for number in range(2):
            hub.join(target_of(f"cam_{number}"), masks=())
        with pytest.raises(FeedError, match="2 cameras"):
            hub.join(target_of("cam_9"), masks=())
        hub.join(target_of("cam_0"), masks=())
        with pytest.raises(FeedError, match="too many"):
            hub.join(target_of("cam_0"), masks=())


def test_the_stream_of_a_masked_camera_is_given_to_nobody(film: Path) -> None:
    opener = Opener([lambda: FilmReading(film)])
    with Hub(opener, limits=QUICK) as hub:
        with pytest.raises(FeedUnsupported, match="covered"):
            hub.join(target_of(), masks=(MASK,))
        assert opener.opened == []

        viewer = hub.join(target_of(), masks=(MASK,), as_="jpeg", keeps=True)
        taken = until(viewer, lambda taken: bool(of(Picture, taken)))
        # one who forgot the masks is held to them all the same
        with pytest.raises(FeedUnsupported, match="covered"):
            hub.join(target_of(), masks=())
        until(viewer, lambda _: hub.newest("cam_1") is not None)
        # what is kept is as it came, and says what has to be covered
        (footage,) = hub.footage("cam_1")
        assert footage.masks == (MASK,)
        with pytest.raises(FeedUnsupported, match="masked"):
            Packing("cam_1", masks=footage.masks)

    assert of(Picture, taken)[0].is_masked
    assert not of(Init, taken)


def test_a_mask_that_comes_while_somebody_looks_ends_what_they_see(
    film: Path,
) -> None:
    with Hub(Opener([lambda: FilmReading(film)]), limits=QUICK) as hub:
        viewer = hub.join(target_of(), masks=())
        until(viewer, lambda taken: bool(of(Fragment, taken)))

        hub.mask("cam_1", (MASK,))
        after = viewer.take(0.5)
        pictures = hub.join(target_of(), masks=(MASK,), as_="jpeg")
        until(pictures, lambda taken: bool(of(Picture, taken)))

    assert [one.state for one in of(State, after)] == ["refused"]
    assert not of(Fragment, after)


def test_a_camera_of_single_pictures_refuses_a_stream_and_gives_pictures(
    film: Path,
) -> None:
    jpegs = stills_of(film)
    with Hub(Opener([lambda: StillReading(jpegs)]), limits=QUICK) as hub:
        stream = hub.join(target_of(), masks=())
        pictures = hub.join(target_of(), masks=(), as_="jpeg", rate_hz=10)
        refused = until(stream, lambda taken: "refused" in states(taken))
        taken = until(pictures, lambda taken: len(of(Picture, taken)) >= 3)

    assert of(State, refused)[-1].fault == "FeedUnsupported"
    # nothing is decoded or encoded that need not be
    assert {one.jpeg for one in of(Picture, taken)} <= set(jpegs)
    assert (taken[-1].width_px, taken[-1].height_px) == (640, 360)


def test_a_film_that_ends_is_said_to_have_ended(film: Path) -> None:
    reading = FilmReading(film, loops=False, rate_hz=None)
    with Hub(Opener([reading]), limits=QUICK) as hub:
        viewer = hub.join(target_of(), masks=())
        taken = until(viewer, lambda taken: "offline" in states(taken))

    assert of(State, taken)[-1].words == "the recording has ended"


def test_the_last_seconds_are_kept_only_where_the_owner_lets_them(
    film: Path,
) -> None:
    with Hub(Opener([lambda: FilmReading(film)]), limits=QUICK) as hub:
        other = hub.join(target_of("cam_2"), masks=())
        viewer = hub.join(target_of(), masks=(), keeps=True)
        until(viewer, lambda taken: len(of(Fragment, taken)) >= 30)
        until(other, lambda taken: len(of(Fragment, taken)) >= 5)

        (footage,) = hub.footage("cam_1", last_s=60.0)
        with pytest.raises(FeedUnsupported, match="nothing"):
            hub.footage("cam_2")
        viewer.leave()
        with pytest.raises(FeedUnsupported, match="nothing"):
            hub.footage("cam_1")

        packing = Packing("cam_1", masks=())
        shots = list(shots_of([footage], hub.utc))
        packed = [
            due.message
            for number, shot in enumerate(shots)
            for due in packing.add(shot, 0.0, is_new=number == 0)
        ] + [due.message for due in packing.close()]

    (init,), fragments = of(Init, packed), of(Fragment, packed)
    assert footage.pictures[0].is_key
    assert len(fragments) == len(footage.pictures) >= 30
    data = init.data + b"".join(one.data for one in fragments)
    with av.open(io.BytesIO(data)) as container:
        assert len(list(container.decode(video=0))) == len(fragments)
    times = [one.came_at for one in fragments]
    assert times == sorted(times)
    assert abs(datetime.now(UTC) - times[-1]) < timedelta(minutes=5)


def test_the_newest_picture_is_given_while_it_is_the_present_and_no_longer(
    film: Path,
) -> None:
    now = [0.0]
    reading = FilmReading(film, stalls_after=30)
    limits = replace(QUICK, stale_after_s=4.0)
    with Hub(
        Opener([lambda: reading]),
        limits=limits,
        clock=lambda: time.monotonic() + now[0],
    ) as hub:
        viewer = hub.join(target_of(), masks=(MASK,), as_="jpeg")
        until(viewer, lambda taken: bool(of(Picture, taken)))
        newest = hub.newest("cam_1")
        assert newest is not None
        assert newest.pictures[0].is_key
        # as it came: whoever shows it covers what it says
        assert newest.masks == (MASK,)
        assert hub.newest("cam_2") is None
        now[0] = 600.0
        assert hub.newest("cam_1") is None


def test_no_more_cameras_are_kept_at_once_than_allowed(film: Path) -> None:
    with Hub(Opener([lambda: FilmReading(film)]), limits=Limits(rings=1)) as hub:
        for number in range(2):
            viewer = hub.join(target_of(f"cam_{number}"), masks=(), keeps=True)
            until(viewer, lambda taken: len(of(Fragment, taken)) >= 3)

        assert hub.footage("cam_0")
        with pytest.raises(FeedUnsupported, match="nothing"):
            hub.footage("cam_1")


def test_a_camera_is_not_playing_before_its_first_keyframe(film: Path) -> None:
    used_up = threading.Event()

    class Late(FilmReading):
        def pieces(self):
            coming = super().pieces()
            next(coming)
            yield from islice(coming, 9)
            used_up.set()
            yield from coming

    with Hub(Opener([Late(film, stalls_after=10)]), limits=QUICK) as hub:
        viewer = hub.join(target_of(), masks=())
        assert used_up.wait(LONG_S)
        taken = viewer.take(0)

    assert states(taken) == ["connecting"]


def test_what_refused_long_ago_is_forgotten() -> None:
    now = [0.0]
    opener = Opener([FeedLoginError("no")])
    with Hub(opener, limits=QUICK, clock=lambda: now[0]) as hub:
        for number in range(3):
            with hub.join(target_of(f"cam_{number}"), masks=()) as viewer:
                until(viewer, lambda taken: "refused" in states(taken))
        assert len(hub.standings()) == 3

        now[0] += QUICK.refused_s + 1
        hub.join(target_of("cam_9"), masks=())

        assert set(hub.standings()) == {"cam_9"}


def test_a_program_that_forgets_to_close_ends_all_the_same(film: Path) -> None:
    lines = f"""
        from pathlib import Path
        from coveragekit.feeds.hub import Hub
        from tests.feeds.readings import FilmReading, Opener, target_of
        hub = Hub(Opener([lambda: FilmReading(Path({str(film)!r}))]))
        viewers = [hub.join(target_of(f"cam_{{n}}"), masks=()) for n in range(4)]
        seen = 0
        while seen < 20:
            seen += len(viewers[0].take(1.0))
        print("ending")
    """

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(lines)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parents[2],
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "ending\n", "")


@pytest.mark.parametrize(
    "wish", [{"want": "other"}, {"as_": "gif"}, {"rate_hz": float("nan")}]
)
def test_a_wish_that_no_hub_knows_is_refused(wish) -> None:
    with Hub(Opener([FeedUnreachable("no")])) as hub, pytest.raises(InputError):
        hub.join(target_of(), masks=(), **wish)


def test_a_fault_of_the_program_does_not_look_alive(film: Path) -> None:
    class Faulty(FilmReading):
        def pieces(self):
            yield from (
                piece for piece, _ in zip(super().pieces(), range(3), strict=False)
            )
            raise ZeroDivisionError

    caught = []
    former, threading.excepthook = threading.excepthook, caught.append
    try:
        with Hub(Opener([Faulty(film)]), limits=QUICK) as hub:
            viewer = hub.join(target_of(), masks=())
            taken = until(viewer, lambda taken: "stale" in states(taken))
            wait_for(lambda: not feed_threads())
    finally:
        threading.excepthook = former

    assert of(State, taken)[-1].words == "the program failed in reading it"
    assert [one.exc_type for one in caught] == [ZeroDivisionError]
