"""What a browser has to be told of a stream before it can play it."""

from __future__ import annotations

from coveragekit.errors import FeedUnsupported
from coveragekit.feeds.boxes import find_box

__all__ = ["codec_name"]


def codec_name(init: bytes) -> str:
    """
    Give the codec's name of RFC 6381 from an initialisation segment.

    Parameters
    ----------
    init
        ``ftyp`` and ``moov``.

    Returns
    -------
    str
        Such as ``"avc1.42c01f"`` or ``"hvc1.1.6.L93.90"``.

    Raises
    ------
    FeedUnsupported
        The segment holds neither H.264 nor H.265.

    Notes
    -----
    Read from the records ``avcC`` and ``hvcC`` (ISO/IEC 14496-15, annex E), because
    names of profiles say less than browsers ask for.
    """
    record = find_box(init, b"avcC")
    if record is not None and len(record) >= 4:
        return f"avc1.{record[1:4].hex()}"
    record = find_box(init, b"hvcC")
    if record is not None and len(record) >= 13:
        return _hevc_name(record)
    message = "the stream is neither H.264 nor H.265"
    raise FeedUnsupported(message)


def _hevc_name(record: bytes) -> str:
    space = ("", "A", "B", "C")[record[1] >> 6]
    tier = "H" if record[1] & 0x20 else "L"
    profile = record[1] & 0x1F
    # the flags of compatibility are written the other way round
    flags = int(f"{int.from_bytes(record[2:6], 'big'):032b}"[::-1], 2)
    constraints = record[6:12].rstrip(b"\x00")
    words = [f"hvc1.{space}{profile}", f"{flags:X}", f"{tier}{record[12]}"]
    return ".".join(words + [f"{byte:X}" for byte in constraints])
