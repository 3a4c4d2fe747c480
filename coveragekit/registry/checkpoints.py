"""Signed notes of how far the audit log went, kept outside the database."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError
from coveragekit.registry.audit import time_text
from coveragekit.registry.column_types import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = [
    "Checkpoint",
    "add_checkpoint",
    "checkpoint_file",
    "checkpoint_folder",
    "is_signed",
    "key_file",
    "public_key",
    "read_checkpoints",
    "signing_key",
]

_NOTHING: Final = "0" * 64
_OTHERS: Final = 0o077


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """
    One signed note: at this time the log ended with this line.

    Parameters
    ----------
    kind
        ``"checkpoint"``, or ``"restore"`` where the registry was put back to an earlier
        state on purpose, so that lines after it were lost.
    registry
        Id of the registry.
    number
        Which note of the file it is, from 1.
    seq, hash
        Number and digest of the log's last line.
    at
        When, as UTC text.
    key
        The public key that it is signed for, base64.
    before
        SHA-256 of the note before it.
    note
        What else is said, in words.
    signature
        Ed25519, base64.
    """

    kind: str
    registry: str
    number: int
    seq: int
    hash: str
    at: str
    key: str
    before: str
    note: str = ""
    signature: str = ""


def checkpoint_folder() -> Path:
    """
    Give the folder that holds checkpoints where none is named.

    Returns
    -------
    pathlib.Path
        ``COVERAGEKIT_CHECKPOINTS``, or a folder of the user's data.

    Notes
    -----
    A folder on another machine, or one that is copied there, is better: who can write
    the database, the checkpoints and the key can make all three anew.
    """
    given = os.environ.get("COVERAGEKIT_CHECKPOINTS")
    return Path(given) if given else _data_folder() / "checkpoints"


def key_file() -> Path:
    """
    Give the file that holds this user's signing key.

    Returns
    -------
    pathlib.Path
        ``COVERAGEKIT_AUDIT_KEY``, or a file in the user's data folder.
    """
    given = os.environ.get("COVERAGEKIT_AUDIT_KEY")
    return Path(given) if given else _data_folder() / "keys" / "audit.pem"


def _data_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("coveragekit", appauthor=False)


def checkpoint_file(folder: Path, registry: str) -> Path:
    """
    Give the file that holds the checkpoints of a registry.

    Parameters
    ----------
    folder
        Folder of checkpoints.
    registry
        Id of the registry.

    Returns
    -------
    pathlib.Path
        The file, whether it is there or not.

    Examples
    --------
    >>> checkpoint_file(Path("kept"), "r1").name
    'r1.checkpoints.jsonl'
    """
    return folder / f"{registry}.checkpoints.jsonl"


def signing_key(path: Path, *, make: bool = True) -> Ed25519PrivateKey:
    """
    Give the key that signs checkpoints; make it where there is none.

    Parameters
    ----------
    path
        Its file.
    make
        Whether to make one.

    Returns
    -------
    cryptography.hazmat.primitives.asymmetric.ed25519.Ed25519PrivateKey
        The key.

    Raises
    ------
    InputError
        There is none and none is to be made, others can read the file, or it holds no
        such key.

    Notes
    -----
    The file can be read by its owner alone; there is no passphrase, because nobody is
    there to type one when the log is signed.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if make and not path.exists():
        _make_key(path)
    if not path.is_file():
        message = f"there is no signing key at {path}; checkpoints cannot be signed"
        raise InputError(message)
    if sys.platform != "win32" and path.stat().st_mode & _OTHERS:
        message = (
            f"others can read the signing key {path}, so what it signs proves nothing; "
            f"run: chmod 600 {path}"
        )
        raise InputError(message)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        message = f"{path} holds no Ed25519 key; move it away to have a new one made"
        raise InputError(message)
    return key


def _make_key(path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    # Written whole under another name and then linked, which fails where two make one
    # at the same time: the first stays.
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        if not path.exists():
            _link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _link(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        draft.replace(path)


def public_key(key: Ed25519PrivateKey) -> str:
    """
    Give the public half of a signing key, by which anyone can check and nobody forge.

    Parameters
    ----------
    key
        The signing key.

    Returns
    -------
    str
        Its 32 bytes in base64.
    """
    return base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii")


def _signed_words(checkpoint: Checkpoint) -> bytes:
    said = asdict(checkpoint)
    del said["signature"]
    return canonical_json({"form": 1, **said}).encode("utf-8")


def is_signed(checkpoint: Checkpoint) -> bool:
    """
    Whether a checkpoint is signed with the key that it names.

    Parameters
    ----------
    checkpoint
        The checkpoint.

    Returns
    -------
    bool
        Whether the key is one to be trusted is another question.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        raw = base64.b64decode(checkpoint.key, validate=True)
        signature = base64.b64decode(checkpoint.signature, validate=True)
        key = Ed25519PublicKey.from_public_bytes(raw)
        key.verify(signature, _signed_words(checkpoint))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def read_checkpoints(path: Path) -> tuple[Checkpoint, ...]:
    """
    Read a file of checkpoints.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    tuple of Checkpoint
        In the order of the file; empty where there is no file.

    Raises
    ------
    InputError
        A line that is no checkpoint, or one that does not follow the line before it:
        the file was changed.
    """
    if not path.is_file():
        return ()
    return tuple(checkpoint for checkpoint, _ in _lines(path))


def _lines(path: Path) -> Iterator[tuple[Checkpoint, str]]:
    before = _NOTHING
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines[:-1], start=1):
        checkpoint = _parsed(line)
        if checkpoint is None:
            message = f"line {number} of {path} is no checkpoint; the file was changed"
            raise InputError(message)
        if checkpoint.before != before or checkpoint.number != number:
            message = (
                f"line {number} of {path} does not follow the line before it; a "
                "checkpoint was taken out, put in or moved"
            )
            raise InputError(message)
        before = hashlib.sha256(line).hexdigest()
        yield checkpoint, before
    # What stands after the last line break was being written when the power went.


def _parsed(line: bytes) -> Checkpoint | None:
    try:
        said = json.loads(line.decode("utf-8"))
        checkpoint = Checkpoint(**said)
    except (ValueError, TypeError, RecursionError):
        return None
    kinds = {"number": int, "seq": int}
    for name, value in asdict(checkpoint).items():
        if type(value) is not kinds.get(name, str):
            return None
    return checkpoint


def add_checkpoint(
    path: Path, key: Ed25519PrivateKey, said: Checkpoint, *, now: datetime
) -> Checkpoint:
    """
    Sign a checkpoint and add it to a file.

    Parameters
    ----------
    path
        The file; made, with its folder, where there is none.
    key
        The signing key.
    said
        Kind, registry, line and note; the rest is filled in.
    now
        What the clock says.

    Returns
    -------
    Checkpoint
        As it was written.

    Raises
    ------
    InputError
        The file was changed by hand.

    Notes
    -----
    One process at a time writes; what was half-written when the power went is cut off
    first.
    """
    from filelock import FileLock

    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        before, number = _NOTHING, 0
        if path.is_file():
            for checkpoint, digest in _lines(path):
                before, number = digest, checkpoint.number
        told = replace(
            said,
            number=number + 1,
            at=time_text(now),
            key=public_key(key),
            before=before,
        )
        signature = base64.b64encode(key.sign(_signed_words(told))).decode("ascii")
        told = replace(told, signature=signature)
        _write_line(path, asdict(told))
    return told


def _write_line(path: Path, said: dict[str, Any]) -> None:
    with path.open("ab+") as file:
        file.seek(0)
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)
        file.write(canonical_json(said).encode("utf-8") + b"\n")
        file.flush()
        os.fsync(file.fileno())
