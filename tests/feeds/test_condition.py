"""What is said of a feed, and when it is tried again, by an injected clock."""

from __future__ import annotations

from random import Random

import pytest

from coveragekit.errors import (
    FeedBroken,
    FeedForbidden,
    FeedLoginError,
    FeedNotFound,
    FeedTimeout,
    FeedUnreachable,
    FeedUnsupported,
    FeedUntrusted,
)
from coveragekit.feeds.condition import Backoff, Condition, is_final
from coveragekit.feeds.lag import Lag


def condition() -> Condition:
    return Condition(100.0, stale_after_s=4.0)


def test_a_feed_connects_plays_grows_stale_and_plays_again() -> None:
    one = condition()
    assert (one.at(101.0).state, one.at(101.0).age_s) == ("connecting", None)

    one.opened(101.0)
    assert one.at(101.5).state == "connecting"

    one.picture(102.0)
    playing = one.at(103.0)
    assert (playing.state, playing.since_s, playing.age_s) == ("playing", 102.0, 1.0)

    stale = one.at(106.5)
    assert (stale.state, stale.since_s, stale.age_s) == ("stale", 102.0, 4.5)
    assert "no picture" in stale.words

    one.picture(110.0)
    again = one.at(110.0)
    assert (again.state, again.since_s, again.words) == ("playing", 110.0, "")


def test_a_lost_picture_is_stale_at_once_and_offline_when_nobody_answers() -> None:
    one = condition()
    one.opened(101.0)
    one.picture(102.0)

    one.lost(102.1, FeedBroken("camera 1: it went away"))
    lost = one.at(102.1)
    one.lost(104.0, FeedUnreachable("camera 1: nobody answers"))
    gone = one.at(105.0)
    one.lost(107.0, FeedUnreachable("camera 1: nobody answers"))

    assert (lost.state, lost.since_s, lost.fault) == ("stale", 102.1, "FeedBroken")
    assert lost.age_s == pytest.approx(0.1)
    assert (gone.state, gone.since_s, gone.fault) == (
        "offline",
        104.0,
        "FeedUnreachable",
    )
    assert gone.age_s == 3.0
    # it is offline since the first time, however often it was tried
    assert one.at(108.0).since_s == 104.0


def test_a_feed_that_comes_back_is_connecting_and_not_yet_playing() -> None:
    one = condition()
    one.opened(101.0)
    one.picture(102.0)
    one.lost(102.0, FeedBroken("gone"))
    one.lost(103.0, FeedTimeout("gone"))

    one.opened(110.0)
    back = one.at(110.5)
    one.picture(111.0)

    assert (back.state, back.since_s, back.words) == ("connecting", 110.0, "")
    assert back.age_s == 8.5
    assert one.at(111.0).state == "playing"


def test_a_connection_that_never_gave_a_picture_is_offline_when_it_ends() -> None:
    one = condition()
    one.opened(101.0)

    one.lost(102.0, FeedBroken("garbage"))

    assert one.at(102.0).state == "offline"


@pytest.mark.parametrize(
    "error", [FeedLoginError, FeedForbidden, FeedUntrusted, FeedUnsupported]
)
def test_what_refuses_is_refused_and_not_tried_again(error) -> None:
    one = condition()

    one.lost(101.0, error("camera 1: no"))

    assert is_final(error("no"))
    assert (one.at(500.0).state, one.at(500.0).words) == ("refused", "camera 1: no")


@pytest.mark.parametrize("error", [FeedTimeout, FeedBroken, FeedNotFound])
def test_what_may_come_back_is_tried_again(error) -> None:
    assert not is_final(error("no"))


def test_a_slow_camera_is_stale_by_its_own_measure() -> None:
    one = condition()
    one.opened(100.0)

    one.picture(101.0, usual_s=10.0)

    assert one.at(125.0).state == "playing"
    assert one.at(132.0).state == "stale"


def test_a_film_that_ends_is_offline_without_a_fault() -> None:
    one = condition()
    one.opened(100.0)
    one.picture(101.0)

    one.ended(102.0, "the recording has ended")

    assert one.at(103.0).state == "offline"
    assert (one.at(103.0).words, one.at(103.0).fault) == ("the recording has ended", "")


class HighestRandom(Random):
    def uniform(self, a: float, b: float) -> float:
        return b


def test_waits_double_up_to_a_bound() -> None:
    backoff = Backoff(HighestRandom(), first_s=0.5, most_s=60.0)

    waits = [backoff.wait_s() for _ in range(10)]

    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


def test_waits_are_spread_over_the_whole_bound_and_never_none() -> None:
    rng = Random(1)  # noqa: S311
    backoff = Backoff(rng, first_s=8.0, most_s=8.0)

    waits = [backoff.wait_s() for _ in range(400)]

    assert min(waits) >= 0.05
    assert min(waits) < 0.4
    assert max(waits) > 7.6
    assert sum(waits) / 400 == pytest.approx(4.0, abs=0.5)


def test_waits_begin_small_again_only_after_half_a_minute_of_pictures() -> None:
    backoff = Backoff(HighestRandom(), first_s=0.5, most_s=60.0, good_s=30.0)
    for _ in range(5):
        backoff.wait_s()

    backoff.picture(100.0)
    backoff.picture(129.9)
    too_early = backoff.wait_s()
    backoff.picture(200.0)
    backoff.picture(230.0)
    after = backoff.wait_s()

    assert (too_early, after) == (16.0, 0.5)


def test_pictures_before_and_after_a_loss_do_not_add_up() -> None:
    backoff = Backoff(HighestRandom(), first_s=0.5, most_s=60.0, good_s=30.0)
    backoff.wait_s()
    backoff.picture(100.0)
    backoff.wait_s()

    backoff.picture(129.0)
    backoff.picture(131.0)

    assert backoff.wait_s() == 2.0


def test_delay_is_what_builds_up_and_not_how_clocks_differ() -> None:
    lag = Lag()
    # 0.1 ms a picture fast: after an hour a third of a second, and no delay
    lags = [
        lag.add(number * 0.05, came_s=50.0 + number * 0.0501)
        for number in range(72_000)
    ]

    assert max(lags) < 0.3
    assert lag.add(72_000 * 0.05, came_s=50.0 + 72_000 * 0.0501 + 3) > 2.9
