"""Feeds, masks and health: no login is kept, one feed is one camera's, spans add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coveragekit.errors import ConflictError, InputError, TableError
from coveragekit.feeds.schemes import OPENERS
from coveragekit.registry import (
    camera_feeds,
    cameras,
    feed_rows,
    health,
    owners,
    picture_masks,
    schema,
    sites,
    uptimes,
)
from coveragekit.registry.cells import read_cell
from coveragekit.registry.feed_addresses import SCHEMES
from coveragekit.registry.health import Probe
from coveragekit.registry.opening import Registry
from tests.registry.owned import integrated

CANARY = "hunter2canary"
LAKE = {"name": "lake", "address": "rtsp://10.20.0.5/main"}
T0 = datetime(2026, 5, 4, 12, tzinfo=UTC)


def _camera(registry: Registry, **values: object) -> str:
    with registry.write() as connection:
        given = {"lon": 1.0, "lat": 2.0, **values}
        return cameras.add_camera(connection, given, by="x").camera_id


def _feed(registry: Registry, **values: object) -> feed_rows.Feed:
    with registry.write() as connection:
        return feed_rows.add_feed(connection, {**LAKE, **values}, by="x")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"address": f"rtsp://admin:{CANARY}@10.0.0.1/a"}, "without a name and pass"),
        ({"snapshot": f"http://10.20.0.5/s?user=a&pwd={CANARY}"}, "write {password}"),
        ({"substream": f"rtsp://10.20.0.5/s?Token={CANARY}"}, "write {password}"),
        ({"address": "10.20.0.5/main"}, "a URL such as"),
        ({"snapshot": "rtsp://10.20.0.5/main"}, "a URL such as http"),
        ({"substream": "rtsp://10.20.0.6/sub"}, "of 2 devices"),
        ({"address": "rtsp:///main"}, "cannot be read as a URL"),
        ({"address": "ftp://10.20.0.5/main"}, "allowed: rtsp, rtsps, http, https"),
        ({"tls": "pinned"}, "goes with tls = 'pinned'"),
        ({"certificate_sha256": "0" * 64}, "goes with tls = 'pinned'"),
        ({"tls": "pinned", "certificate_sha256": "0"}, "64 hexadecimal digits"),
        ({"tls": "off"}, "say in the note why"),
        ({"tls": "never"}, "verify, pinned, off"),
    ],
)
def test_what_is_no_feed_is_refused_without_showing_it(
    registry: Registry, values: dict[str, object], words: str
) -> None:
    with pytest.raises((InputError, TableError)) as caught:
        _feed(registry, **values)
    said = f"{caught.value} {caught.value!r}"
    assert words in said
    assert CANARY not in said
    assert "10.20" not in said
    with registry.read() as connection:
        assert feed_rows.list_feeds(connection).rows == ()


def test_a_feed_shows_no_address(registry: Registry) -> None:
    feed = _feed(registry, snapshot="http://10.20.0.5/s?pwd={password}")
    assert "10.20" not in repr(feed)
    bare = feed_rows.bare_feed(feed)
    assert (bare.address, bare.substream, bare.snapshot) == ("(kept)", None, "(kept)")


@pytest.mark.parametrize(
    "values",
    [
        {"address": "rtsp://10.9.9.9/x"},
        {"name": "other"},
        {"name": "other", "address": "rtsp://10.20.0.5/o", "replay": LAKE["address"]},
        {"name": "other", "address": "rtsp://10.20.0.5/sub"},
    ],
)
def test_one_address_or_name_is_one_feeds(
    registry: Registry, values: dict[str, object]
) -> None:
    _feed(registry, substream="rtsp://10.20.0.5/sub")
    with pytest.raises(InputError, match="the feed 'lake' has this name or one"):
        _feed(registry, **values)
    other = _feed(registry, name="far", address="rtsp://10.20.0.5/far")
    change = {"replay": "rtsp://10.20.0.5/sub"}
    with (
        registry.write() as connection,
        pytest.raises(InputError, match="the feed 'lake' has"),
    ):
        feed_rows.change_feed(
            connection, other.feed_id, change, revision=other.revision, by="x"
        )


def test_a_camera_has_its_own_feed_or_a_channel_of_its_recorder(
    registry: Registry,
) -> None:
    _feed(registry)
    recorder = {
        "name": "rec/hall",
        "address": "rtsp://10.20.0.6/ch{channel}/0",
        "substream": "rtsp://10.20.0.6/ch{channel}/1",
    }
    _feed(registry, **recorder)
    named = {
        "own": "lake",
        "third": "rec/hall/3",
        "no channel": "rec/hall",
        "no number": "rec/hall/x",
        "of one that has none": "lake/3",
        "nothing": "elsewhere",
    }
    ids = {one: _camera(registry, feed_ref=ref) for one, ref in named.items()}
    without = _camera(registry)
    with registry.read() as connection:
        of = {one: camera_feeds.feed_of(connection, key) for one, key in ids.items()}
        assert camera_feeds.feed_of(connection, without) is None
        assert camera_feeds.feed_of(connection, "cam_nobody") is None
        many = camera_feeds.feeds_of(connection, [*ids.values(), without, "cam_no"])
    assert many == {ids[one]: found for one, found in of.items() if found is not None}
    assert of["own"] is not None
    assert of["own"].feed.address == LAKE["address"]
    assert of["third"] is not None
    assert of["third"].feed.address == "rtsp://10.20.0.6/ch3/0"
    assert of["third"].feed.substream == "rtsp://10.20.0.6/ch3/1"
    assert of["no number"] is None
    assert of["of one that has none"] is None
    assert of["nothing"] is None


def test_many_logins_are_told_as_each_one_is(registry: Registry) -> None:
    _feed(registry)
    _feed(registry, name="rec", address="rtsp://10.20.0.6/ch{channel}")
    owner = {"name": "Corner Shop", "kind": "business"}
    with registry.write() as connection:
        who = owners.add_owner(connection, owner, by="x").owner_id
        place = {"owner_id": who, "kind": "business", "lon": -84.4, "lat": 33.7}
        site = sites.add_site(connection, place, by="x").site_id
        box = sites.add_recorder(connection, {"site_id": site, "channels": 4}, by="x")
    own = _camera(registry, feed_ref="lake", recorder_id=box.recorder_id, site_id=site)
    other = _camera(
        registry, feed_ref="rec/2", recorder_id=box.recorder_id, site_id=site
    )
    with registry.write() as connection:
        for of in ({"recorder_id": box.recorder_id}, {"camera_id": own}):
            for reference in ("FIRST", "LATER"):
                given = {**of, "store": "environment", "reference": reference}
                cameras.add_credential(connection, given, by="x")
    with registry.read() as connection:
        many = camera_feeds.feeds_of(connection, [own, other])
        for key in (own, other):
            assert many[key] == camera_feeds.feed_of(connection, key)


def test_a_login_is_the_cameras_before_its_recorders(registry: Registry) -> None:
    _feed(registry)
    key = _camera(registry, feed_ref="lake")
    with registry.write() as connection:
        found = camera_feeds.feed_of(connection, key)
        assert found is not None
        assert (found.store, found.reference) == (None, None)
        given = {"camera_id": key, "store": "environment", "reference": "LAKE_LOGIN"}
        cameras.add_credential(connection, given, by="x")
        found = camera_feeds.feed_of(connection, key)
    assert found is not None
    assert (found.store, found.reference) == ("environment", "LAKE_LOGIN")
    assert "LAKE_LOGIN" not in repr(found)


def test_what_an_owner_agreed_to_is_not_put_behind_another_address(
    registry: Registry,
) -> None:
    feed = _feed(registry)
    with registry.write() as connection:
        key = integrated(connection, feed_ref="lake").camera_id
    for change in ({"address": "rtsp://10.20.0.9/x"}, {"name": "else"}):
        with (
            registry.write() as connection,
            pytest.raises(InputError, match=f"the owner of camera {key} agreed"),
        ):
            feed_rows.change_feed(
                connection, feed.feed_id, change, revision=feed.revision, by="x"
            )
    with registry.write() as connection:
        more = {"substream": "rtsp://10.20.0.5/sub", "note": "new firmware"}
        done = feed_rows.change_feed(
            connection, feed.feed_id, more, revision=feed.revision, by="x"
        )
        with pytest.raises(ConflictError):
            feed_rows.change_feed(
                connection, feed.feed_id, {"note": "x"}, revision=1, by="y"
            )
    assert done.revision == 2


@pytest.mark.parametrize(
    ("ring", "words"),
    [
        ([[0, 0], [1, 1]], "3 to 200 corners"),
        ([[0, 0], [0.5, 0.5], [1, 1]], "on one line; it"),
        ([[0, 0], [1, 0], [1, 1.01]], "a share of the picture"),
        ([[0, 0], [1, 0], [1, True]], "a share of the picture"),
        ([[0, 0], [1, 0], "x"], "a share of the picture"),
        ("everything", "seen: str"),
    ],
)
def test_what_hides_nothing_is_no_mask(
    registry: Registry, ring: object, words: str
) -> None:
    key = _camera(registry)
    with registry.write() as connection, pytest.raises(InputError, match=words):
        picture_masks.add_mask(connection, {"camera_id": key, "ring": ring}, by="x")


@pytest.mark.parametrize("text", ["[[0,0]", "[" * 100_000, "[" + " " * 300_000 + "]"])
def test_a_ring_that_is_typed_wrong_is_refused(text: str) -> None:
    column = schema.picture_mask.c.ring
    assert read_cell(column, "[[0, 0], [1, 0], [1, 1]]") == [[0, 0], [1, 0], [1, 1]]
    with pytest.raises(InputError, match="a list, such as"):
        read_cell(column, text)


def test_masks_are_of_one_fixed_camera_until_taken_away(registry: Registry) -> None:
    key, turning = _camera(registry), _camera(registry, kind="ptz")
    ring = [[0.0, 0.0], [0.4, 0.0], [0.4, 0.4]]
    with registry.write() as connection:
        kept = picture_masks.add_mask(
            connection, {"camera_id": key, "ring": ring}, by="x"
        )
        assert kept.style == "solid"
        assert picture_masks.masks_of(connection, key) == (kept,)
        with pytest.raises(InputError, match="this camera turns"):
            picture_masks.add_mask(
                connection, {"camera_id": turning, "ring": ring}, by="x"
            )
        with pytest.raises(InputError, match="stays with its camera"):
            picture_masks.change_mask(
                connection, kept.mask_id, {"camera_id": turning}, revision=1, by="x"
            )
        gone = {"removed_at": T0}
        picture_masks.change_mask(connection, kept.mask_id, gone, revision=1, by="x")
        assert picture_masks.masks_of(connection, key) == ()


def test_a_round_says_who_changed_and_keeps_when_each_was_last_seen(
    registry: Registry,
) -> None:
    good, bad = _camera(registry), _camera(registry)
    rounds = [("online", "offline"), ("online", "online"), ("offline", "online")]
    told = []
    for hour, (first, second) in enumerate(rounds):
        probes = [Probe(good, first, width_px=640), Probe(bad, second)]
        with registry.write() as connection:
            at = T0 + timedelta(hours=hour)
            told.append(health.keep_probes(connection, probes, at=at))
    with registry.read() as connection:
        found = health.health_of(connection, [good, bad, "cam_nobody"])
    assert told == [tuple(sorted((good, bad))), (bad,), (good,)]
    assert set(found) == {good, bad}
    assert found[good].last_seen_at == T0 + timedelta(hours=1)
    assert found[good].since_at == T0 + timedelta(hours=2)
    assert found[bad].last_seen_at == T0 + timedelta(hours=2)
    assert found[bad].since_at == T0 + timedelta(hours=1)
    assert found[bad].probe.status == "online"


def test_a_round_that_cannot_be_is_refused_whole(registry: Registry) -> None:
    key = _camera(registry)
    for probes, words in (
        ([Probe(key, "online"), Probe(key, "offline")], "twice"),
        ([Probe(key, "fine")], "'fine'; allowed: online"),
        ([Probe(key, "online"), Probe("cam_no", "online")], "no camera 'cam_no'"),
    ):
        with registry.write() as connection, pytest.raises(InputError, match=words):
            health.keep_probes(connection, probes, at=T0)
    with registry.write() as connection:
        health.keep_probes(connection, [Probe(key, "online")], at=T0)
        earlier = T0 - timedelta(seconds=1)
        with pytest.raises(InputError, match="look at the clock"):
            health.keep_probes(connection, [Probe(key, "online")], at=earlier)
        with pytest.raises(InputError, match="ends before it begins"):
            uptimes.uptime(connection, since=T0, until=T0)


looks = st.lists(
    st.tuples(
        # most follow each other; between some lies about the time that is too long
        st.one_of(st.integers(1, 90), st.integers(1_559, 1_562)),
        st.sampled_from(
            [
                *(("online", None), ("online", "frozen")),
                *(("offline", "timeout"), ("offline", "x")),
            ]
        ),
    ),
    min_size=1,
    max_size=12,
)


@given(looks=looks, first=st.integers(0, 2_000), length=st.integers(1, 400))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_uptime_is_what_counting_minute_by_minute_gives(
    registry: Registry, looks, first: int, length: int
) -> None:
    key = _camera(registry, maintainer="Hill Electric")
    moments = []
    minute = 0
    for step, found in looks:
        minute += step
        moments.append((minute, found))
    for at, (status, fault) in moments:
        with registry.write() as connection:
            probe = Probe(key, status, fault=fault)
            health.keep_probes(connection, [probe], at=T0 + timedelta(minutes=at))
    since, until = T0 + timedelta(minutes=first), T0 + timedelta(minutes=first + length)
    with registry.read() as connection:
        found = [
            one
            for one in uptimes.uptime(connection, since=since, until=until)
            if one.camera_id == key
        ]
    online = offline = 0
    for second in range(first, first + length):
        before = [one for one in moments if one[0] <= second]
        after = [one for one in moments if one[0] > second]
        if not before or not after:
            continue
        if after[0][0] - before[-1][0] > 26 * 60:
            continue
        former, latter = before[-1][1], after[0][1]
        # of one that works a fault is a sign, and no end
        online += former[0] == latter[0] == "online"
        if former == latter:
            offline += former[0] == "offline"
    if not found:
        assert online == offline == 0
        return
    assert (found[0].online_s, found[0].offline_s) == (60 * online, 60 * offline)
    assert found[0].unknown_s == 60 * (length - online - offline)
    assert found[0].maintainer == "Hill Electric"
    known = online + offline
    assert found[0].share == (online / known if known else None)


def test_what_may_be_kept_is_what_can_be_opened() -> None:
    assert set(SCHEMES) == set(OPENERS)
