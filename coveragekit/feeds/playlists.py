"""Playlists of HLS, read line by line into what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urljoin

from coveragekit.errors import FeedBroken, FeedUnsupported

__all__ = ["Key", "Playlist", "Range", "Segment", "Variant", "parse_playlist"]

_PAIR: Final = re.compile(r'([A-Z0-9-]+)=("[^"\n]*"|[^,]*)')
_MOST_LINES: Final = 20_000
_LONGEST_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Range:
    """
    Part of a file.

    Parameters
    ----------
    start
        Its first byte, from 0.
    size
        How many bytes.
    """

    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Key:
    """
    How segments are encrypted (AES-128).

    Parameters
    ----------
    uri
        Where the key is.
    iv
        The start vector, where it is told.
    """

    uri: str = field(repr=False)
    iv: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Segment:
    """
    One piece of a stream.

    Parameters
    ----------
    number
        Its place in the whole stream.
    uri
        Where it is.
    long_s
        How long it plays.
    part
        The part of the file that it is; ``None`` for the whole.
    key
        How it is encrypted, if it is.
    head, head_part
        Where the head of fragmented MP4 is, and which part of that file.
    starts_at
        When its first picture was taken, where that is told; aware.
    begins_anew
        Whether its times do not go on from the segment before.
    """

    number: int
    uri: str = field(repr=False)
    long_s: float
    part: Range | None = None
    key: Key | None = None
    head: str | None = field(default=None, repr=False)
    head_part: Range | None = None
    starts_at: datetime | None = None
    begins_anew: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """
    One of the forms in which a stream is offered.

    Parameters
    ----------
    uri
        Where its playlist is.
    rate_bps
        Bits a second.
    """

    uri: str = field(repr=False)
    rate_bps: int


@dataclass(frozen=True, slots=True)
class Playlist:
    """
    What a playlist says.

    Parameters
    ----------
    variants
        The forms that it offers; then it has no segments.
    segments
        The segments there are now.
    target_s
        The longest that a segment plays.
    is_ended
        Whether no more will come.
    """

    variants: tuple[Variant, ...] = ()
    segments: tuple[Segment, ...] = ()
    target_s: float = 0.0
    is_ended: bool = False


@dataclass(slots=True)
class _Hand:
    """What the tags so far say about the next segment."""

    base: str
    number: int = 0
    long_s: float = 0.0
    part: Range | None = None
    ends: dict[str, int] = field(default_factory=dict)
    key: Key | None = None
    head: str | None = None
    head_part: Range | None = None
    at: datetime | None = None
    begins_anew: bool = False
    is_gap: bool = False
    rate_bps: int | None = None


def parse_playlist(text: str, base: str) -> Playlist:
    r"""
    Read a playlist.

    Parameters
    ----------
    text
        The playlist.
    base
        Where it came from; addresses in it are relative to that.

    Returns
    -------
    Playlist
        What it says. Nothing in it has passed the gate yet.

    Raises
    ------
    FeedBroken
        It is no playlist, or one without end.
    FeedUnsupported
        It is encrypted, or made, in a way that is not known here.

    Examples
    --------
    >>> lines = "#EXTM3U", "#EXT-X-TARGETDURATION:2", "#EXTINF:2.0,", "7.ts"
    >>> told = parse_playlist("\n".join(lines), "http://10.20.3.4/live/a.m3u8")
    >>> told.target_s, told.segments[0].long_s
    (2.0, 2.0)
    >>> parse_playlist("hello", "http://10.20.3.4/")
    Traceback (most recent call last):
        ...
    coveragekit.errors.FeedBroken: what it sends is no playlist
    """
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines()]
    if not lines or lines[0] != "#EXTM3U" or len(lines) > _MOST_LINES:
        message = "what it sends is no playlist"
        raise FeedBroken(message)
    hand, said = _Hand(base), Playlist()
    try:
        for line in lines[1:]:
            if line.startswith("#EXT"):
                said = _read_tag(line, hand, said)
            elif line and not line.startswith("#"):
                said = _read_address(line, hand, said)
    except (ValueError, KeyError, OverflowError):
        message = "its playlist has a line that cannot be read"
        raise FeedBroken(message) from None
    if not said.variants and not 0 < said.target_s <= _LONGEST_S:
        message = "its playlist does not say how long its segments are"
        raise FeedBroken(message)
    return said


def _read_tag(line: str, hand: _Hand, said: Playlist) -> Playlist:
    name, _, value = line.partition(":")
    match name:
        case "#EXT-X-TARGETDURATION":
            return replace(said, target_s=float(value))
        case "#EXT-X-ENDLIST":
            return replace(said, is_ended=True)
        case "#EXT-X-DEFINE":
            message = "its playlist uses variables, which are not read here"
            raise FeedUnsupported(message)
        case "#EXT-X-STREAM-INF":
            hand.rate_bps = int(_words(value).get("BANDWIDTH", "0"))
        case _:
            _read_segment_tag(name, value, hand)
    return said


def _read_segment_tag(name: str, value: str, hand: _Hand) -> None:
    match name:
        case "#EXT-X-MEDIA-SEQUENCE":
            hand.number = int(value)
        case "#EXTINF":
            hand.long_s = min(_LONGEST_S, max(0.0, float(value.partition(",")[0])))
        case "#EXT-X-BYTERANGE":
            hand.part = _range(value)
        case "#EXT-X-KEY":
            hand.key = _key(_words(value), hand.base)
        case "#EXT-X-MAP":
            words = _words(value)
            hand.head = urljoin(hand.base, words["URI"])
            told = words.get("BYTERANGE")
            hand.head_part = _range(told) if told else None
        case "#EXT-X-PROGRAM-DATE-TIME":
            at = datetime.fromisoformat(value)
            hand.at = at if at.tzinfo else at.replace(tzinfo=UTC)
        case _:
            hand.begins_anew |= name == "#EXT-X-DISCONTINUITY"
            hand.is_gap |= name == "#EXT-X-GAP"


def _read_address(line: str, hand: _Hand, said: Playlist) -> Playlist:
    uri = urljoin(hand.base, line)
    if hand.rate_bps is not None:
        variant = Variant(uri, hand.rate_bps)
        hand.rate_bps = None
        return replace(said, variants=(*said.variants, variant))
    part = hand.part
    if part is not None:
        start = part.start if part.start >= 0 else hand.ends.get(uri, 0)
        part = Range(start, part.size)
        hand.ends[uri] = start + part.size
    segment = Segment(
        hand.number,
        uri,
        hand.long_s,
        part=part,
        key=hand.key,
        head=hand.head,
        head_part=hand.head_part,
        starts_at=hand.at,
        begins_anew=hand.begins_anew,
    )
    is_gap, hand.is_gap = hand.is_gap, False
    hand.number += 1
    hand.part, hand.begins_anew = None, False
    if hand.at is not None:
        hand.at += timedelta(seconds=hand.long_s)
    return said if is_gap else replace(said, segments=(*said.segments, segment))


def _words(value: str) -> dict[str, str]:
    return {name: word.strip('"') for name, word in _PAIR.findall(value)}


def _range(value: str) -> Range:
    size, _, start = value.partition("@")
    found = Range(int(start) if start else -1, int(size))
    if found.size <= 0 or found.start < -1:
        raise ValueError
    return found


def _key(words: dict[str, str], base: str) -> Key | None:
    method = words["METHOD"]
    if method == "NONE":
        return None
    if method != "AES-128" or words.get("KEYFORMAT", "identity") != "identity":
        message = "its stream is encrypted in a way that is not read here"
        raise FeedUnsupported(message)
    told = words.get("IV")
    iv = bytes.fromhex(told[2:].zfill(32)) if told else None
    return Key(urljoin(base, words["URI"]), iv)
