"""The segments of an HLS stream, fetched ahead of whoever reads them."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from coveragekit.errors import (
    FeedBroken,
    FeedError,
    FeedNotFound,
    FeedTimeout,
    FeedUnsupported,
)
from coveragekit.feeds.pieces import Recorded
from coveragekit.feeds.playlists import Playlist, parse_playlist

if TYPE_CHECKING:
    from datetime import datetime

    from coveragekit.feeds.bounds import Bounds
    from coveragekit.feeds.fetching import Caller
    from coveragekit.feeds.playlists import Range, Segment

__all__ = ["SegmentSource"]

_AHEAD: Final = 2
_EDGE: Final = 2
_BEHIND: Final = 4
_DEEPEST: Final = 2
_BLOCK_BITS: Final = 128
_SHORTEST_S: Final = 0.3
# playlists round how long a segment is
_GAP_S: Final = 1.0


class SegmentSource:
    """
    Reads a playlist again and again and keeps the next segments at hand.

    Parameters
    ----------
    caller
        Who asks; it holds the connection.
    bounds
        How long is waited and how much is taken.
    is_small
        Whether the smallest of several forms is wanted instead of the largest.
    at
        From when; ``None`` for now.
    until
        Until when, where a time was asked for.
    """

    def __init__(
        self,
        caller: Caller,
        bounds: Bounds,
        *,
        is_small: bool = False,
        at: datetime | None = None,
        until: datetime | None = None,
    ) -> None:
        self._caller = caller
        self._bounds = bounds
        self._is_small = is_small
        self._at, self._until = at, until
        self.recorded = Recorded()
        self._changed = threading.Condition()
        self._ready: deque[bytes] = deque()
        self._fault: FeedError | None = None
        self._is_over = False
        self._keys: dict[str, bytes] = {}
        self._head: tuple[str, Range | None] | None = None
        self._playlist_at: str | None = None
        self._target_s = 0.0
        self.is_fragmented = False

    def begin(self, text: bytes, url: str) -> None:
        """
        Read the first playlist, fetch the first segment and go on in a thread.

        Parameters
        ----------
        text
            The playlist that the address gave.
        url
            Where it came from.
        """
        playlist = self._followed(parse_playlist(_decoded(text), url), url)
        segments = self._chosen(playlist)
        self._last = segments[0]
        if self._at is not None:
            self.recorded = Recorded(begins_at=segments[0].starts_at)
        self.is_fragmented = segments[0].head is not None
        self._ready.append(self._fetched(segments[0]))
        fetching = threading.Thread(
            target=self._fetch_all,
            args=(playlist, segments[0].number + 1),
            name="feed segments",
            daemon=True,
        )
        fetching.start()

    @property
    def patience_s(self) -> float:
        """How long is waited for something new."""
        return max(self._bounds.stall_s, 2 * self._target_s)

    def take(self, ends_at_s: float) -> bytes:
        """
        Give the next segment.

        Parameters
        ----------
        ends_at_s
            Until when it is waited for, on ``time.monotonic()``.

        Returns
        -------
        bytes
            The segment, decrypted; empty at the end of what has an end.

        Raises
        ------
        FeedError
            The stream stopped, or something in it was refused.
        """
        with self._changed:
            while not self._ready and self._fault is None and not self._is_over:
                left_s = ends_at_s - time.monotonic()
                if left_s <= 0:
                    message = "what it sends holds no pictures"
                    raise FeedTimeout(message)
                self._changed.wait(left_s)
            if self._ready:
                data = self._ready.popleft()
                self._changed.notify_all()
                return data
            if self._fault is not None:
                raise self._fault
            return b""

    def close(self) -> None:
        """Stop fetching; whoever waits for a segment wakes at once."""
        with self._changed:
            self._is_over = True
            self._ready.clear()
            self._changed.notify_all()
        self._caller.close()

    def _fetch_all(self, playlist: Playlist, number: int) -> None:
        fault: FeedError | None = None
        try:
            self._follow(playlist, number)
        except FeedError as seen:
            fault = type(seen)(str(seen))
        except (OSError, ValueError):
            fault = FeedBroken("what it sends cannot be read")
        with self._changed:
            self._fault = fault
            self._is_over = True
            self._changed.notify_all()

    def _follow(self, playlist: Playlist, number: int) -> None:
        came_s = time.monotonic()
        while not self._is_over:
            coming = [one for one in playlist.segments if one.number >= number]
            if self._at is None and len(coming) > _BEHIND and not playlist.is_ended:
                coming = coming[-_EDGE:]
            for segment in coming:
                if self._has_ended() or self._is_past(segment):
                    return
                self._keep(self._fetched(segment))
                number, came_s = segment.number + 1, time.monotonic()
            if playlist.is_ended:
                return
            if time.monotonic() - came_s > self.patience_s:
                message = "its playlist does not go on"
                raise FeedTimeout(message)
            self._rest(max(_SHORTEST_S, playlist.target_s / 3))
            if not self._has_ended():
                playlist = self._renewed(number)

    def _has_ended(self) -> bool:
        return self._is_over

    def _is_past(self, segment: Segment) -> bool:
        """Say whether a recording ends before a segment: asked no further, or a gap."""
        if self._at is None:
            return False
        last, self._last = self._last, segment
        starts_at = segment.starts_at
        if starts_at is None:
            return segment.begins_anew
        if self._until is not None and starts_at >= self._until:
            return True
        due_at = (last.starts_at or starts_at) + timedelta(seconds=last.long_s)
        apart_s = abs((starts_at - due_at).total_seconds())
        if segment.begins_anew or apart_s > _GAP_S or segment.head != last.head:
            self.recorded = replace(self.recorded, goes_on_at=starts_at)
            return True
        return False

    def _keep(self, data: bytes) -> None:
        with self._changed:
            while len(self._ready) >= _AHEAD and not self._is_over:
                self._changed.wait(1.0)
            if not self._is_over:
                self._ready.append(data)
                self._changed.notify_all()

    def _rest(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_over, seconds)

    def _renewed(self, number: int) -> Playlist:
        text, url = self._page(self._playlist_at or "")
        playlist = parse_playlist(text, url)
        if playlist.segments and playlist.segments[-1].number < number - 1:
            message = "it began its stream anew"
            raise FeedBroken(message)
        return playlist

    def _followed(self, playlist: Playlist, url: str) -> Playlist:
        for _ in range(_DEEPEST):
            if not playlist.variants:
                break
            order = sorted(playlist.variants, key=lambda one: one.rate_bps)
            text, url = self._page(order[0 if self._is_small else -1].uri)
            playlist = parse_playlist(text, url)
        if not playlist.segments:
            message = "its playlist has no pictures in it"
            raise FeedBroken(message)
        self._playlist_at = url
        self._target_s = playlist.target_s
        return playlist

    def _chosen(self, playlist: Playlist) -> tuple[Segment, ...]:
        segments = playlist.segments
        if self._at is None:
            return segments if playlist.is_ended else segments[-_EDGE:]
        timed = [one for one in segments if one.starts_at is not None]
        if not timed:
            message = "its playlist does not say when its pictures were taken"
            raise FeedUnsupported(message)
        begun = [one for one in timed if one.starts_at and one.starts_at <= self._at]
        after = [one for one in timed if one.starts_at and one.starts_at > self._at]
        last = timed[-1]
        is_past = (
            not after
            and last.starts_at is not None
            and (self._at - last.starts_at).total_seconds() > last.long_s
        )
        if not begun or is_past:
            ends_at = (last.starts_at or self._at) + timedelta(seconds=last.long_s)
            message = (
                "it keeps no recording of that time; what it keeps now is from "
                f"{_said(timed[0].starts_at)} to {_said(ends_at)}"
            )
            raise FeedNotFound(message)
        return (begun[-1], *after)

    def _page(self, uri: str) -> tuple[str, str]:
        with self._caller.reading():
            answer = self._caller.ask(uri)
            body = answer.whole(self._bounds.page_bytes, self._bounds.answer_s)
        return _decoded(body), answer.url

    def _fetched(self, segment: Segment) -> bytes:
        data = self._file(segment.uri, segment.part)
        if segment.key is not None:
            key = self._keys.get(segment.key.uri)
            if key is None:
                key = self._file(segment.key.uri, None)
                self._keys = {segment.key.uri: key}
            iv = segment.key.iv or segment.number.to_bytes(16, "big")
            data = _decrypted(data, key, iv)
        if segment.head is None:
            return data
        head = (segment.head, segment.head_part)
        if head == self._head:
            return data
        if self._head is not None:
            message = "it began its stream anew"
            raise FeedBroken(message)
        self._head = head
        return self._file(*head) + data

    def _file(self, uri: str, part: Range | None) -> bytes:
        headers = {}
        if part is not None:
            last = part.start + part.size - 1
            headers["Range"] = f"bytes={part.start}-{last}"
        bounds = self._bounds
        with self._caller.reading():
            answer = self._caller.ask(uri, headers=headers)
            data = answer.whole(bounds.segment_bytes, bounds.stall_s)
        if part is not None and answer.status == 200:
            data = data[part.start : part.start + part.size]
        if part is not None and len(data) != part.size:
            message = "it gives another part of a file than was asked for"
            raise FeedBroken(message)
        return data


def _said(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        message = "what it sends is no playlist"
        raise FeedBroken(message) from None


def _decrypted(data: bytes, key: bytes, iv: bytes) -> bytes:
    if len(key) != 16 or len(iv) != 16 or not data or len(data) % 16:
        message = "its encrypted stream does not fit its key"
        raise FeedBroken(message)
    opened = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    plain = opened.update(data) + opened.finalize()
    unpadded = PKCS7(_BLOCK_BITS).unpadder()
    try:
        return unpadded.update(plain) + unpadded.finalize()
    except ValueError:
        message = "its encrypted stream does not fit its key"
        raise FeedBroken(message) from None
