"""Write files into one archive with their digests, and unpack them checked."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Final

from coveragekit.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["MANIFEST", "pack", "read_manifest", "unpack"]

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
_BLOCK: Final = 1 << 20
_LARGEST_MANIFEST: Final = 1 << 28


def pack(
    path: Path, parts: Mapping[str, Path], about: Mapping[str, object]
) -> dict[str, Any]:
    """
    Write files and folders into an archive; it is there whole or not at all.

    Parameters
    ----------
    path
        The archive, compressed by gzip; only this user may read it.
    parts
        Files and folders by the names that they have in the archive.
    about
        What the manifest says besides.

    Returns
    -------
    dict
        The manifest: ``about``, the format, and size and SHA-256 of each file.

    Raises
    ------
    RegistryError
        A file cannot be read or changed meanwhile, or the disk is full.

    Notes
    -----
    The manifest comes last, for it holds the digests of what was written. Links are
    kept where they point inside their own part, and left out where they do not.
    """
    files: dict[str, dict[str, object]] = {}
    links: dict[str, str] = {}
    draft = Path()
    try:
        # a name that nobody could have made before us, in a folder others may share
        number, name = tempfile.mkstemp(".part", f".{path.name}-", path.parent)
        draft = Path(name)
        with (
            os.fdopen(number, "wb") as raw,
            tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3) as archive,
        ):
            for part, place in parts.items():
                for inner, file in _walk(part, place):
                    if file.is_symlink():
                        links |= _link(inner, file)
                    elif file.is_file():
                        files[inner] = _add(archive, inner, file)
            manifest = {**about, "format": FORMAT, "files": files, "links": links}
            text = json.dumps(manifest, indent=1, sort_keys=True).encode()
            info = tarfile.TarInfo(MANIFEST)
            info.size, info.mode = len(text), 0o600
            archive.addfile(info, io.BytesIO(text))
        _flush(draft)
        draft.replace(path)
    except OSError as error:
        message = (
            f"the backup {path} could not be written: {error.strerror or error}; "
            "nothing was kept; look whether there is room, and try again"
        )
        raise RegistryError(message) from None
    finally:
        if draft.name:
            draft.unlink(missing_ok=True)
    return manifest


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _walk(name: str, place: Path) -> Iterator[tuple[str, Path]]:
    """Give all files and links of a part, folders without following links."""
    if not place.is_dir():
        yield name, place
        return
    for folder, folders, files in os.walk(place):
        linked = [one for one in folders if (Path(folder) / one).is_symlink()]
        folders[:] = sorted(set(folders) - set(linked))
        for one in sorted([*files, *linked]):
            file = Path(folder) / one
            yield f"{name}/{file.relative_to(place).as_posix()}", file


def _link(name: str, file: Path) -> dict[str, str]:
    target = file.readlink().as_posix()
    return {name: target} if _stays_inside(name, target) else {}


def _add(archive: tarfile.TarFile, name: str, file: Path) -> dict[str, object]:
    info = tarfile.TarInfo(name)
    stat = file.stat()
    info.size, info.mode, info.mtime = stat.st_size, 0o600, int(stat.st_mtime)
    with file.open("rb") as source:
        digest = _Digest(source)
        archive.addfile(info, digest)
    return {"bytes": info.size, "sha256": digest.hexdigest()}


class _Digest(io.RawIOBase):
    """A file that is digested while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__()
        self._source = source
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Give the next bytes."""
        block = self._source.read(size)
        self._hash.update(block)
        return block

    def hexdigest(self) -> str:
        """Give the digest of all that was read."""
        return self._hash.hexdigest()


def _stays_inside(name: str, target: str) -> bool:
    """Tell whether a link leads to a place in its own part of the archive."""
    if PurePosixPath(target).is_absolute():
        return False
    parts: list[str] = list(PurePosixPath(name).parts[:-1])
    for step in PurePosixPath(target).parts:
        if step == "..":
            if len(parts) <= 1:
                return False
            parts.pop()
        else:
            parts.append(step)
    return parts[:1] == list(PurePosixPath(name).parts[:1])


def read_manifest(path: Path) -> dict[str, Any]:
    """
    Give what an archive says that it holds.

    Parameters
    ----------
    path
        The archive.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    RegistryError
        It is no archive of a registry, it is damaged, or a newer program wrote it.
    """
    with _opened(path) as archive:
        for member in archive:
            if member.name == MANIFEST and member.size <= _LARGEST_MANIFEST:
                file = archive.extractfile(member)
                text = b"" if file is None else file.read()
                return _checked_manifest(path, text)
    message = f"{path} is no backup of a registry, or it was cut off"
    raise RegistryError(message)


def _checked_manifest(path: Path, text: bytes) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(text)
        version = int(manifest["format"])
        files, links = dict(manifest["files"]), dict(manifest["links"])
    except (ValueError, KeyError, TypeError):
        message = f"the backup {path} is damaged: its list of files cannot be read"
        raise RegistryError(message) from None
    if version > FORMAT:
        message = (
            f"the backup {path} is of format {version}, newer than this program knows "
            f"({FORMAT}); install the coveragekit that wrote it"
        )
        raise RegistryError(message)
    return {**manifest, "files": files, "links": links}


class _opened:  # noqa: N801 - read as a word: with _opened(path)
    """An archive, with its damage told in our words."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> tarfile.TarFile:
        try:
            self._archive = tarfile.open(self._path, mode="r:gz")
        except (tarfile.TarError, OSError, EOFError) as error:
            raise self._told(error) from None
        return self._archive

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        self._archive.close()
        if isinstance(error, tarfile.TarError | OSError | EOFError):
            raise self._told(error) from None

    def _told(self, error: BaseException) -> RegistryError:
        words = getattr(error, "strerror", None) or str(error)
        message = f"the backup {self._path} cannot be read: {words}"
        return RegistryError(message)


def unpack(path: Path, into: Path) -> dict[str, Any]:
    """
    Write the files of an archive into a folder, each checked by its digest.

    Parameters
    ----------
    path
        The archive.
    into
        An empty folder.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    RegistryError
        The archive is damaged, holds what its manifest does not name, lacks what it
        names, or leads out of the folder.
    """
    manifest = read_manifest(path)
    left = dict(manifest["files"])
    with _opened(path) as archive:
        for member in archive:
            if member.name == MANIFEST:
                continue
            told = left.pop(member.name, None)
            if told is None or not member.isreg() or not _is_plain(member.name):
                message = f"the backup {path} holds {member.name!r} beside what it kept"
                raise RegistryError(message)
            if _write(archive, member, into / member.name) != told.get("sha256"):
                message = f"the backup {path} is damaged: {member.name!r} was changed"
                raise RegistryError(message)
    if left:
        message = f"the backup {path} lacks {len(left)} files, such as {min(left)!r}"
        raise RegistryError(message)
    _set_links(path, manifest["links"], into)
    return manifest


def _is_plain(name: str) -> bool:
    """Tell whether a name leads down and nowhere else."""
    steps = name.split("/")
    return "\\" not in name and all(step not in {"", ".", ".."} for step in steps)


def _set_links(path: Path, links: Mapping[str, object], into: Path) -> None:
    """Set links once all files are written, so that none is written through a link."""
    root = into.resolve()
    for name, target in links.items():
        place = into / name
        if not (
            _is_plain(name)
            and isinstance(target, str)
            and _stays_inside(name, target)
            and not _is_under_link(into, name)
        ):
            message = f"the backup {path} holds a link {name!r} that leads out of it"
            raise RegistryError(message)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(target)
        except OSError as error:
            message = f"the link {name!r} could not be made: {error.strerror}"
            raise RegistryError(message) from None
    # one link may lead over another: where each ends is looked at when all are there
    for name in links:
        try:
            ends = (into / name).resolve()
        except (OSError, RuntimeError):
            ends = root.parent
        if not ends.is_relative_to(root / PurePosixPath(name).parts[0]):
            (into / name).unlink()
            message = f"the backup {path} holds a link {name!r} that leads out of it"
            raise RegistryError(message)


def _is_under_link(into: Path, name: str) -> bool:
    return any((into / above).is_symlink() for above in PurePosixPath(name).parents)


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, place: Path) -> str:
    """Write one file and give its digest."""
    place.parent.mkdir(parents=True, exist_ok=True)
    source = archive.extractfile(member)
    digest = hashlib.sha256()
    number = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(number, "wb") as file:
        while source is not None and (block := source.read(_BLOCK)):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()
