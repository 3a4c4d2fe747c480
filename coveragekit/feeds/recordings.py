"""Recorded files below the one folder that is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from coveragekit.errors import FeedUnreachable, FeedUnsupported
from coveragekit.feeds.demuxed import DemuxedReading

if TYPE_CHECKING:
    from pathlib import Path

    from coveragekit.errors import FeedError
    from coveragekit.feeds.asking import Wish

__all__ = ["open_recording"]

_FORMS: Final[dict[str, Literal["mp4", "matroska", "mpegts"]]] = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mp4",
    ".mkv": "matroska",
    ".webm": "matroska",
    ".ts": "mpegts",
    ".mts": "mpegts",
}


def open_recording(wish: Wish) -> DemuxedReading:
    """
    Open a recorded file; it plays in its own time and has an end.

    Parameters
    ----------
    wish
        What is to be opened.

    Returns
    -------
    DemuxedReading
        The recording.

    Raises
    ------
    FeedForbidden
        It lies outside the allowed folder.
    FeedUnsupported
        It is a kind of file that is not read here.
    """
    if wish.at is not None:
        message = "a recorded file has no times of day to begin at"
        raise FeedUnsupported(message)
    path = wish.gate.admit_file(wish.address)
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        message = f"its file is none of: {', '.join(sorted(_FORMS))}"
        raise FeedUnsupported(message)
    source = _File(path)
    try:
        return DemuxedReading(source, form, is_paced=True, has_end=True)
    except BaseException:
        source.close()
        raise


class _File:
    """A file that the demuxer reads and does not open."""

    fault: FeedError | None = None

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb")
        except OSError:
            message = "its recorded file cannot be read"
            raise FeedUnreachable(message) from None

    def read(self, size: int) -> bytes:
        """Give bytes."""
        return self._file.read(size)

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to a place, as files need that have their head at the end."""
        return self._file.seek(place, whence)

    def tell(self) -> int:
        """Say where it is."""
        return self._file.tell()

    def expect(self) -> None:
        """Files do not keep anybody waiting."""

    def stop(self) -> None:
        """Files do not keep anybody waiting."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()
