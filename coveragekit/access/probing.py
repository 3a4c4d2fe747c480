"""Rounds of looks that see which cameras work; they keep no picture."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, cast

from coveragekit.access.deciding import decide
from coveragekit.access.facts import about_each
from coveragekit.access.probe_look import Seen, is_kept_away, judged, look_once, way_of
from coveragekit.access.probe_tally import Tally
from coveragekit.access.secrets import login_from
from coveragekit.feeds.target import FeedTarget
from coveragekit.registry.camera_feeds import feeds_of
from coveragekit.registry.health import health_of, keep_probes, stretches_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Future
    from datetime import datetime
    from typing import Literal

    from coveragekit.access.looking import Looks
    from coveragekit.access.probe_plan import Due
    from coveragekit.access.probe_tally import Pace
    from coveragekit.access.questions import Question, Ruling
    from coveragekit.feeds.pieces import Reading
    from coveragekit.registry.camera_feeds import CameraFeed
    from coveragekit.registry.health import Health, Probe

__all__ = ["Round"]

_LOG = logging.getLogger(__name__)
_WAIT_S: Final = 0.25
_KEPT_EACH: Final = 250
_KEPT_EACH_S: Final = 5.0
_PART: Final = 4


@dataclass(slots=True)
class _Opened:
    """A look that is under way."""

    due: Due
    login: tuple[str, str | None, str | None]


class Round:
    """
    Look at cameras that are due, each asked for just before it is opened.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    question
        Who asks, and what for.
    pace
        How fast.
    stop
        Ends the round when it is set.
    keeps_all
        Whether what was found is kept to be given, too; not for a whole city.
    """

    def __init__(
        self,
        looks: Looks,
        question: Question,
        *,
        pace: Pace,
        stop: threading.Event,
        keeps_all: bool = False,
    ) -> None:
        self.tally = Tally()
        self.probes: dict[str, Probe] = {}
        self.refusals: dict[str, str] = {}
        self._looks, self._door = looks, looks.door
        self._question, self._pace, self._stop = question, pace, stop
        self._keeps_all = keeps_all
        self._done: SimpleQueue[tuple[_Opened, Future[Seen]]] = SimpleQueue()
        self._running: Counter[str] = Counter()
        self._held: dict[str, deque[Due]] = {}
        self._found: list[tuple[str, Seen]] = []
        self._kept_s = time.monotonic()
        self._waits = False
        self._shut: set[tuple[str, str | None, str | None]] = set()
        self._digest = hashlib.sha256()
        self._lock = threading.Lock()
        self._readings: dict[int, Reading] = {}

    @property
    def digest(self) -> str:
        """SHA-256 of the ids of the cameras that were opened, in their order."""
        return self._digest.hexdigest()

    def run(self, due: Iterable[Due], *, until_s: float | None = None) -> Tally:
        """
        Look at all of them, or as many as there is time for.

        Parameters
        ----------
        due
            The cameras in the order in which they are due.
        until_s
            When it is over at the latest, seconds since 1970 by the registry's clock.

        Returns
        -------
        Tally
            What was done.
        """
        waiting = deque(due)
        # a round without an end takes what is due, whatever the clock does meanwhile
        self._waits = until_s is not None
        began_s = time.monotonic()
        pool = ThreadPoolExecutor(self._pace.at_once, thread_name_prefix="probe")
        try:
            while self._goes_on(waiting, until_s):
                batch = self._next(waiting)
                if batch:
                    self._send(batch, pool)
                self._gather(0.0 if batch and self._has_room() else _WAIT_S)
                self._keep(is_last=False)
            self.tally.is_stopped = self._stop.is_set()
            self._end_readings()
            while self._running:
                self._gather(_WAIT_S)
        finally:
            self._end_readings()
            pool.shutdown(cancel_futures=True)
        self._keep(is_last=True)
        self.tally.waiting = len(waiting) + sum(map(len, self._held.values()))
        self.tally.seconds = time.monotonic() - began_s
        return self.tally

    def _now_s(self) -> float:
        return self._door.registry.clock().timestamp()

    def _has_room(self) -> bool:
        return self._running.total() < self._pace.at_once

    def _goes_on(self, waiting: deque[Due], until_s: float | None) -> bool:
        if self._stop.is_set():
            return False
        if until_s is not None and self._now_s() >= until_s:
            return False
        return bool(waiting or self._held or self._running)

    def _next(self, waiting: deque[Due]) -> list[Due]:
        """Take cameras that are due and whose device is free, if there is room."""
        room = self._pace.at_once - self._running.total()
        if self._running and room < max(1, self._pace.at_once // _PART):
            # a question about some costs little more than one about one
            return []
        now_s = self._now_s()
        taken: Counter[str] = Counter()
        batch: list[Due] = []

        def is_free(device: str) -> bool:
            busy = self._running[device] + taken[device]
            return busy < self._pace.of_one_device

        for device in list(self._held):
            while self._held.get(device) and len(batch) < room and is_free(device):
                batch.append(self._held[device].popleft())
                taken[device] += 1
            if not self._held[device]:
                del self._held[device]
        while (
            waiting
            and len(batch) < room
            and (not self._waits or waiting[0].at_s <= now_s)
        ):
            one = waiting.popleft()
            if one.device in self._held or not is_free(one.device):
                self._held.setdefault(one.device, deque()).append(one)
            else:
                batch.append(one)
                taken[one.device] += 1
        return batch

    def _send(self, batch: Sequence[Due], pool: ThreadPoolExecutor) -> None:
        ids = [one.camera_id for one in batch]
        now = self._door.registry.clock()
        with self._door.registry.read() as connection:
            rulings = self._rulings(connection, ids)
            allowed = [key for key in ids if rulings[key].allowed]
            feeds = feeds_of(connection, allowed) if allowed else {}
            before = _until(now, health_of(connection, allowed)) if allowed else {}
        standings = self._looks.hub.standings()
        for one in batch:
            key = one.camera_id
            if not rulings[key].allowed:
                self._skip(key, _class_of(rulings[key]), rulings[key].reason)
                continue
            if key not in feeds:
                self._skip(key, "no feed", "where its picture comes from is not known")
                continue
            state = standings.get(key)
            if state is not None and state.state == "playing":
                self._found.append((key, _watched(before.get(key))))
                continue
            opened = _Opened(one, (one.device, feeds[key].store, feeds[key].reference))
            if feeds[key].store is not None and opened.login in self._shut:
                # asked once more, the device would lock the account
                self._found.append((key, Seen("offline", "login")))
                continue
            target = self._target(feeds[key])
            way = way_of(target, before.get(key), now)
            self._running[one.device] += 1
            self.tally.opened += 1
            self._digest.update(f"{key}\n".encode())
            future = pool.submit(
                look_once,
                target,
                self._looks.settings.gate,
                way=way,
                bounds=self._pace.bounds,
                opened=self._note_reading,
            )
            future.add_done_callback(
                lambda done, of=opened: self._done.put((of, done))  # type: ignore[misc]
            )

    def _rulings(self, connection: Any, ids: Sequence[str]) -> dict[str, Ruling]:  # noqa: ANN401
        asked = about_each(connection, self._question_now(), ids)
        policy = self._door.policy
        return {key: decide(policy, one) for key, one in zip(ids, asked, strict=True)}

    def _question_now(self) -> Question:
        now = self._door.registry.clock()
        return replace(self._question, now=now, latest=now)

    def _target(self, of: CameraFeed) -> FeedTarget:
        feed = of.feed
        return FeedTarget(
            of.camera_id,
            feed.address,
            feed.substream,
            feed.snapshot,
            feed.replay,
            login_from(of.store, of.reference, folder=self._looks.settings.secrets),
            cast("Literal['verify', 'pinned', 'off']", feed.tls),
            feed.certificate_sha256,
        )

    def _skip(self, camera_id: str, why: str, words: str) -> None:
        self.tally.skipped[why] += 1
        if self._keeps_all:
            self.refusals[camera_id] = words

    def _note_reading(self, reading: Reading) -> None:
        with self._lock:
            self._readings[threading.get_ident()] = reading
        if self._stop.is_set():
            reading.close()

    def _end_readings(self) -> None:
        if not self._stop.is_set():
            return
        with self._lock:
            readings = list(self._readings.values())
        for reading in readings:
            reading.close()

    def _gather(self, wait_s: float) -> None:
        """Take what has come; wait for the first where there is nothing else to do."""
        if not self._running:
            if wait_s:
                self._stop.wait(wait_s)
            return
        try:
            opened, future = self._done.get(timeout=wait_s or None, block=wait_s > 0)
            while True:
                self._take(opened, future)
                opened, future = self._done.get_nowait()
        except Empty:
            return

    def _take(self, opened: _Opened, future: Future[Seen]) -> None:
        device = opened.due.device
        self._running[device] -= 1
        if not self._running[device]:
            del self._running[device]
        if self._stop.is_set() or future.cancelled():
            # it was ended in the midst: that says nothing of the camera
            return
        fault = future.exception()
        if fault is not None:
            kind = type(fault).__name__
            _LOG.error("camera %s: a look failed: %s", opened.due.camera_id, kind)
            self._found.append((opened.due.camera_id, Seen("unknown", "failed")))
            return
        seen = future.result()
        if is_kept_away(seen):
            self._shut.add(opened.login)
        self._found.append((opened.due.camera_id, seen))

    def _keep(self, *, is_last: bool) -> None:
        """Write down what was found, many at once."""
        is_long_ago = time.monotonic() - self._kept_s > _KEPT_EACH_S
        if len(self._found) < _KEPT_EACH and not is_long_ago and not is_last:
            return
        self._kept_s = time.monotonic()
        found, self._found = self._found, []
        if not found:
            return
        ids = [camera_id for camera_id, _ in found]
        with self._door.registry.write() as connection:
            at = self._door.registry.clock()
            before = _until(at, health_of(connection, ids))
            stretches = stretches_of(connection, list(before))
            probes = [
                judged(
                    key,
                    seen,
                    before=before.get(key),
                    stretch=stretches.get(key),
                    at=at,
                )
                for key, seen in found
            ]
            self.tally.changed += len(keep_probes(connection, probes, at=at))
        for probe in probes:
            self._count(probe)

    def _count(self, probe: Probe) -> None:
        self.tally.kept += 1
        match probe.status:
            case "online":
                self.tally.online += 1
            case "offline":
                self.tally.offline += 1
            case _:
                self.tally.unknown += 1
        if probe.fault is not None:
            self.tally.faults[probe.fault] += 1
        if self._keeps_all:
            self.probes[probe.camera_id] = probe


def _until(at: datetime, found: dict[str, Health]) -> dict[str, Health]:
    """Leave out what a clock that ran ahead dated after the present."""
    return {key: one for key, one in found.items() if one.probed_at <= at}


def _watched(before: Health | None) -> Seen:
    """Take the word of those who watch a camera just now."""
    if before is None:
        return Seen("online")
    return Seen("online", first_picture_s=before.probe.first_picture_s)


def _class_of(ruling: Ruling) -> str:
    for word in ("hours", "emergencies"):
        if word in ruling.reason:
            return word
    return "agreement"
