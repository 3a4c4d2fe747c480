"""Where evidence is written to, and the line of the log that proves it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError, RegistryError
from coveragekit.feeds.accounts import sweep
from coveragekit.registry.audit import append, read_log

if TYPE_CHECKING:
    from coveragekit.access.looking import Looks
    from coveragekit.access.picture_lines import Asked
    from coveragekit.feeds.accounts import Kept

__all__ = ["note_kept", "place_of"]

_TOLD: Final = ("start_at", "duration_s", "stream_sha256")
_PRIVATE: Final = 0o700
_OWN: Final = 0o600


def place_of(looks: Looks, folder: str | Path | None) -> Path:
    """
    Give the folder to write to; it is made where it is not there.

    What a program left half written there that was ended in the midst is taken away
    after a day.

    Parameters
    ----------
    looks
        Where cameras are looked at; its settings name the usual folder.
    folder
        Another one, where it is given.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    InputError
        There is none, or it cannot be made.
    """
    place = Path(folder) if folder is not None else looks.settings.evidence
    if place is None:
        message = (
            'there is no folder for evidence; write evidence = "FOLDER" into the '
            "file that COVERAGEKIT_FEEDS names, or give a folder"
        )
        raise InputError(message)
    try:
        # mkdir(parents=True) would leave the folders above open to all
        missing = [one for one in (place, *place.parents) if not one.exists()]
        for one in reversed(missing):
            one.mkdir(mode=_PRIVATE, exist_ok=True)
        place.mkdir(mode=_PRIVATE, exist_ok=True)
    except OSError as error:
        message = f"the folder {place} cannot be made: {error.strerror}"
        raise InputError(message) from None
    sweep(place)
    return place


def note_kept(asked: Asked, kept: Kept) -> None:
    """
    Have the account itself proved by the log, which nobody can change.

    Parameters
    ----------
    asked
        Who kept it, and what for.
    kept
        What was kept. It is taken away again where no line proves it; where the line
        stands, whatever came after it, the files stay.

    Raises
    ------
    RegistryError
        The line cannot be written.
    """
    account = kept.account
    told: dict[str, Any] = {
        "file": kept.path.name,
        "sha256": kept.sha256,
        "sidecar_sha256": kept.sidecar_sha256,
    }
    told |= {name: account[name] for name in _TOLD if name in account}
    seq = None
    try:
        with asked.door.registry.write() as connection:
            seq = append(connection, asked.entry(told, digest=kept.sha256))
    except BaseException:
        # what no log proves is no evidence
        if seq is None or not _may_stand(asked, seq, kept.sha256):
            for path in (kept.path, kept.sidecar):
                path.chmod(_OWN)
                path.unlink()
        raise


def _may_stand(asked: Asked, seq: int, digest: str) -> bool:
    """Tell whether a line was kept, or cannot be asked for: then it may have been."""
    try:
        with asked.door.registry.read() as connection:
            lines = read_log(connection, after_seq=seq - 1, limit=1)
    except RegistryError:
        return True
    return any(one.entry.digest == digest for one in lines)
