"""What is said over an RTSP line, read on its way: signed, checked, not redirected."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from coveragekit.errors import (
    FeedBroken,
    FeedError,
    FeedForbidden,
    FeedLoginError,
    FeedNotFound,
    FeedUnsupported,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coveragekit.feeds.bounds import Bounds
    from coveragekit.feeds.challenges import Signer

__all__ = ["RtspTalk", "video_only"]

_FRAME: Final = ord("$")
_END: Final = b"\r\n\r\n"
_STATUS: Final = re.compile(rb"(RTSP/1\.[0-9]) ([0-9]{3})[^\r\n]*\r\n")
_REQUEST: Final = re.compile(rb"([A-Z_]{3,20}) (\S+) (RTSP/1\.[0-9])\r\n")
_OPENING: Final = re.compile(rb"RTSP/1\.|[A-Z_]{3,20} ")
_LENGTH: Final = re.compile(
    rb"\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r", re.IGNORECASE
)
_SHOWN: Final = frozenset({b"H264", b"H265", b"HEVC", b"JPEG"})
_MOST_EARLY: Final = 262_144
_AGENT: Final = b"User-Agent: coveragekit"
_REPLACED: Final = (b"authorization", b"user-agent", b"cseq")
_WORDS: Final[dict[int, tuple[type[FeedError], str]]] = {
    403: (FeedLoginError, "it does not let this name see the stream"),
    404: (FeedNotFound, "it has no such stream"),
    410: (FeedNotFound, "it has no such stream any more"),
    451: (FeedUnsupported, "it does not understand what it is asked for"),
    457: (FeedNotFound, "it keeps no recording of that time"),
    461: (FeedUnsupported, "it does not send video over the one connection (TCP)"),
}


@dataclass(slots=True)
class _Asked:
    method: bytes
    uri: bytes
    lines: list[bytes]
    body: bytes
    number: bytes
    is_again: bool = False


@dataclass(slots=True)
class RtspTalk:
    """
    The two sides of one RTSP conversation.

    Parameters
    ----------
    local
        The address that the demuxer asks for.
    real
        The address that the camera is asked for in its place.
    signer
        Signs requests where the camera asks for it.
    bounds
        How much may be said.
    headers
        Headers that take the place of others, by method and named in lower case: for a
        recording of a time.
    """

    local: bytes = field(repr=False)
    real: bytes = field(repr=False)
    signer: Signer = field(repr=False)
    bounds: Bounds = field(repr=False)
    headers: Mapping[bytes, Mapping[bytes, bytes]] = field(default_factory=dict)
    is_playing: bool = False
    range_told: bytes = b""
    is_ours: bool = False
    awaited: _Asked | None = field(default=None, repr=False)
    _from_demuxer: bytearray = field(default_factory=bytearray, repr=False)
    _from_camera: bytearray = field(default_factory=bytearray, repr=False)
    _number: int = 0
    _early: int = 0

    def hear_demuxer(self, data: bytes) -> bytes | None:
        """
        Take what the demuxer says.

        Parameters
        ----------
        data
            What came.

        Returns
        -------
        bytes or None
            What is said to the camera; ``None`` where this is not our demuxer.
        """
        held, said = self._from_demuxer, b""
        held += data
        while held:
            if held[0] == _FRAME:
                frame = _take_frame(held)
                if frame is None:
                    break
                said += frame
                continue
            size = _message_size(held)
            if size is None:
                break
            asked = _parse_request(_take(held, size))
            if asked is None or not self._is_for_us(asked):
                return None
            said += self._say(asked)
        return said if len(held) <= self.bounds.head_bytes else None

    def hear_camera(self, data: bytes) -> tuple[bytes, bytes]:
        """
        Take what the camera says before its video runs.

        Parameters
        ----------
        data
            What came.

        Returns
        -------
        tuple of bytes
            What is passed on to the demuxer, and what is said back to the camera.

        Raises
        ------
        FeedError
            It refuses, sends elsewhere, has no such stream, or speaks no RTSP.
        """
        held, on, back = self._from_camera, b"", b""
        held += data
        while held and not self.is_playing:
            if held[0] == _FRAME:
                frames = _take(held, _frames_end(held))
                if not frames:
                    return on, back
                on += frames
                self._early += len(frames)
                if self._early > _MOST_EARLY:
                    message = "it sends without end before it is asked to play"
                    raise FeedBroken(message)
                continue
            self._check_head(held)
            size = _message_size(held)
            if size is None:
                return on, back
            passed, answer = self._hear_message(_take(held, size))
            on, back = on + passed, back + answer
        # what follows the answer to PLAY is video already
        on += _take(held, len(held))
        return on, back

    def hear_playing(self, data: memoryview) -> bytes:
        """
        Look, while video runs, whether a keep-alive has to be signed anew.

        Parameters
        ----------
        data
            What came, which is passed on in any case.

        Returns
        -------
        bytes
            What is said back to the camera, mostly nothing.
        """
        asked = self.awaited
        if asked is None:
            return b""
        seen = bytes(data)
        found = _STATUS.search(seen)
        if found is None:
            return b""
        self.awaited = None
        if found[2] != b"401" or asked.is_again:
            return b""
        head = seen[found.start() :].partition(_END)[0]
        if not self.signer.renew(_challenges(head)):
            return b""
        asked.is_again = True
        return self._write(asked)

    def _is_for_us(self, asked: _Asked) -> bool:
        if asked.uri.startswith(self.local):
            self.is_ours = True
            asked.uri = self.real + asked.uri[len(self.local) :]
        return self.is_ours

    def _say(self, asked: _Asked) -> bytes:
        ours = self.headers.get(asked.method, {})
        if ours:
            asked.lines = [line for line in asked.lines if _name(line) not in ours]
            asked.lines += [
                name.title() + b": " + value for name, value in ours.items()
            ]
        return self._write(asked)

    def _write(self, asked: _Asked) -> bytes:
        self.awaited = None if asked.method == b"TEARDOWN" else asked
        self._number += 1
        method, uri = asked.method.decode(), asked.uri.decode("latin-1")
        signed = self.signer.sign(method, uri)
        lines = [
            b"%s %s RTSP/1.0" % (asked.method, asked.uri),
            b"CSeq: %d" % self._number,
            _AGENT,
            *asked.lines,
        ]
        if signed is not None:
            lines.append(b"Authorization: " + signed.encode())
        return b"\r\n".join(lines) + _END + asked.body

    def _check_head(self, held: bytearray) -> None:
        while held.startswith((b"\r\n", b"\n\n")):
            del held[:2]
        begins = _OPENING.match(held)
        if len(held) >= 24 and begins is None:
            message = "what answers there speaks no RTSP"
            raise FeedBroken(message)
        end = held.find(_END)
        if end < 0 and len(held) > self.bounds.head_bytes:
            message = "its answer has a head without an end"
            raise FeedBroken(message)
        length = _LENGTH.search(held, 0, end + 2) if end >= 0 else None
        if length is not None and int(length[1]) > self.bounds.page_bytes:
            message = "its description is too long to be one"
            raise FeedBroken(message)

    def _hear_message(self, message: bytes) -> tuple[bytes, bytes]:
        status, asked = _STATUS.match(message), self.awaited
        if status is None:
            return message, b""
        if asked is None:
            # an answer to nothing would be taken for the answer to what comes next
            return b"", b""
        head, _, body = message.partition(_END)
        code = int(status[2])
        if code == 401:
            self.signer.take(_challenges(head))
            return b"", self._write(asked)
        if code >= 300:
            head = _forgiven(code, head, asked.method)
        self.awaited = None
        if asked.method == b"SETUP":
            _check_transport(head)
        if asked.method == b"DESCRIBE":
            body = video_only(body)
        self.is_playing = asked.method == b"PLAY"
        if self.is_playing:
            self.range_told = _told(head, b"range")
        return _passed_on(head, body, asked.number), b""


def _forgiven(code: int, head: bytes, method: bytes) -> bytes:
    if code < 400:
        message = "it sends its viewers to another address, which is not followed"
        raise FeedForbidden(message)
    if method == b"OPTIONS":
        return b"RTSP/1.0 200 OK\r\n" + head.partition(b"\r\n")[2]
    kind, words = _WORDS.get(
        code, (FeedBroken, f"it refuses the stream with status {code}")
    )
    raise kind(words)


def video_only(description: bytes) -> bytes:
    r"""
    Leave of a session's description (SDP) its first video and nothing else.

    Parameters
    ----------
    description
        The description.

    Returns
    -------
    bytes
        The same without sound and metadata.

    Raises
    ------
    FeedUnsupported
        There is no video in it.

    Examples
    --------
    >>> video_only(b"v=0\r\nm=audio 0 RTP/AVP 0\r\na=x\r\nm=video 0 RTP/AVP 26\r\n")
    b'v=0\r\nm=video 0 RTP/AVP 26\r\n'
    """
    session, *parts = re.split(rb"(?m)^(?=m=)", description)
    videos = [part for part in parts if part.startswith(b"m=video ")]
    if not videos:
        message = "it offers no video"
        raise FeedUnsupported(message)
    shown = [part for part in videos if _is_shown(part)]
    if not shown:
        message = "its video is none that can be shown: H.264, H.265 or JPEG"
        raise FeedUnsupported(message)
    return session + shown[0]


def _is_shown(video: bytes) -> bool:
    """Say whether a description is of a video that the demuxer is to be told of."""
    words = video.splitlines()[0].split()
    kind = words[3] if len(words) > 3 else b""
    named = re.search(rb"(?mi)^a=rtpmap:%s +([A-Z0-9-]+)/" % re.escape(kind), video)
    # JPEG has a number of its own, and needs no name (RFC 3551)
    return kind == b"26" if named is None else named[1].upper() in _SHOWN


def _take(held: bytearray, size: int) -> bytes:
    taken = bytes(held[:size])
    del held[:size]
    return taken


def _frames_end(held: bytearray) -> int:
    """Say where the whole frames end that stand at the beginning."""
    at, size = 0, 0
    while at + size <= len(held):
        at += size
        if held[at : at + 1] != b"$":
            break
        size = 4 + int.from_bytes(held[at + 2 : at + 4], "big")
        if at + 4 > len(held):
            break
    return at


def _take_frame(held: bytearray) -> bytes | None:
    size = 4 + int.from_bytes(held[2:4], "big")
    return None if len(held) < max(4, size) else _take(held, size)


def _message_size(held: bytearray) -> int | None:
    end = held.find(_END)
    if end < 0:
        return None
    length = _LENGTH.search(held, 0, end + 2)
    size = end + len(_END) + (int(length[1]) if length else 0)
    return size if len(held) >= size else None


def _parse_request(message: bytes) -> _Asked | None:
    found = _REQUEST.match(message)
    if found is None:
        return None
    head, _, body = message[found.end() :].partition(_END)
    lines = [line for line in head.split(b"\r\n") if line]
    number = next((line for line in lines if _name(line) == b"cseq"), b"CSeq: 0")
    kept = [line for line in lines if _name(line) not in _REPLACED]
    return _Asked(found[1], found[2], kept, body, number)


def _name(line: bytes) -> bytes:
    return line.partition(b":")[0].strip().lower()


def _challenges(head: bytes) -> list[str]:
    return [
        line.partition(b":")[2].strip().decode("latin-1")
        for line in head.split(b"\r\n")
        if _name(line) == b"www-authenticate"
    ]


def _told(head: bytes, name: bytes) -> bytes:
    said = [line for line in head.split(b"\r\n") if _name(line) == name]
    return said[0] if said else b""


def _check_transport(head: bytes) -> None:
    way = _told(head, b"transport").lower()
    if b"interleaved=" not in way or b"/tcp" not in way:
        message = "it does not send video over the one connection (TCP)"
        raise FeedUnsupported(message)


def _passed_on(head: bytes, body: bytes, number: bytes) -> bytes:
    dropped = {b"cseq", b"content-length", b"location", b"connection"}
    first, *lines = head.split(b"\r\n")
    kept = [line for line in lines if _name(line) not in dropped]
    length = [b"Content-Length: %d" % len(body)] if body else []
    return b"\r\n".join([first, number, *kept, *length]) + _END + body
