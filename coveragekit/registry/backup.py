"""Keep the registry and what belongs to it in one archive, and bring it back."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError, RegistryError
from coveragekit.registry import archives, dumping
from coveragekit.registry.connecting import as_url
from coveragekit.registry.files import private_folder
from coveragekit.registry.opening import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import URL

__all__ = ["BackedUp", "Restored", "back_up", "restore"]

_COPIES: Final = {"sqlite": "registry.sqlite", "postgresql": "registry.dump"}
_PART: Final = "registry"
_ENDINGS: Final = (".tar.gz", ".tgz")
# Rights are not kept in a copy; the triggers that guard the log are.
_APPEND_ONLY: Final = "REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry FROM CURRENT_USER"


@dataclass(frozen=True, slots=True)
class BackedUp:
    """
    What was kept.

    Parameters
    ----------
    path
        The archive.
    files
        How many files it holds, the registry's among them.
    size_bytes
        Its size.
    """

    path: Path
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Restored:
    """
    What was brought back.

    Parameters
    ----------
    registry_id
        The registry's own id.
    version
        Version of its tables; an older one is brought up by ``Registry.upgrade``.
    made_at
        When the backup was made.
    parts
        Where each part lies now, by its name in the archive.
    words
        What could not be known or brought over, and what to do about it.
    """

    registry_id: str
    version: str
    made_at: datetime
    parts: Mapping[str, Path]
    words: tuple[str, ...] = ()


def back_up(
    registry: Registry, path: Path, *, parts: Mapping[str, Path] | None = None
) -> BackedUp:
    """
    Keep a registry, and what belongs to it, in one archive.

    Parameters
    ----------
    registry
        The registry; others may go on writing to it.
    path
        The archive, ending in ``.tar.gz``, where there is no file yet.
    parts
        Files and folders that belong to it, by name: studies, the policy, masks,
        checkpoints.

    Returns
    -------
    BackedUp
        What was kept.

    Raises
    ------
    InputError
        There is such a file already, it does not end in ``.tar.gz``, or a part is not
        there or has a name that no file may have.
    RegistryError
        The registry is damaged, a file could not be read, or the disk is full.
    MissingExtraError
        The registry is on PostgreSQL and ``pg_dump`` is not installed.

    Notes
    -----
    The registry is copied as it is at one moment. The archive holds contacts: only this
    user may read it, and it belongs where only few can.
    """
    if not path.name.endswith(_ENDINGS):
        message = (
            f"a backup is an archive .tar.gz, and {path.name!r} does not end so; call "
            f"it {path.name.partition('.')[0] or 'backup'}.tar.gz"
        )
        raise InputError(message)
    given = dict(parts or {})
    for name, place in given.items():
        _check_part(name, place)
    if path.exists() or path.is_symlink():
        message = (
            f"there is a file {path} already; give the backup another name, such as "
            "one with the date, so that the older one is kept"
        )
        raise InputError(message)
    private_folder(path.absolute().parent)
    with tempfile.TemporaryDirectory(
        prefix=".backup-", dir=path.absolute().parent
    ) as scratch:
        copy = Path(scratch) / _COPIES[registry.dialect]
        if registry.path is not None:
            dumping.copy_sqlite(registry.path, copy)
        else:
            dumping.copy_postgres(registry.url, copy)
        about = {
            "made_at": registry.clock().isoformat(),
            "registry_id": registry.registry_id,
            "version": registry.version,
            "dialect": registry.dialect,
            "parts": sorted(given),
        }
        whole = {f"{_PART}/{copy.name}": copy, **given}
        manifest = archives.pack(path, whole, about)
    return BackedUp(path, len(manifest["files"]), path.stat().st_size)


def _check_part(name: str, place: Path) -> None:
    steps = name.split("/")
    plain = all(step and step not in {".", ".."} for step in steps)
    if not plain or "\\" in name or steps[0] in {_PART, archives.MANIFEST}:
        message = (
            f"a part of a backup cannot be called {name!r}; allowed: a name such as "
            "studies/atlanta, policy.toml or checkpoints"
        )
        raise InputError(message)
    if not place.exists():
        message = f"there is nothing at {place} to be kept as {name!r}"
        raise InputError(message)


def restore(path: Path, registry: str | Path, into: Path) -> Restored:
    """
    Bring a registry and what belongs to it back from an archive.

    Parameters
    ----------
    path
        The archive.
    registry
        Where the registry is to be: a file that is not there, or an empty PostgreSQL
        database; the same kind of database as it was kept from.
    into
        Folder for the other parts, not there or empty.

    Returns
    -------
    Restored
        What was brought back.

    Raises
    ------
    InputError
        ``into`` is not empty, or the database is of another kind.
    RegistryError
        The archive is damaged, there is a registry already, or the disk is full.
    MissingExtraError
        The registry is for PostgreSQL and ``pg_restore`` is not installed.

    Notes
    -----
    Every file is checked by its digest before anything is put in its place. Nothing
    that is there is ever overwritten.
    """
    address = as_url(registry)
    if into.exists() and any(into.iterdir()):
        message = f"the folder {into} is not empty; name one that is not there yet"
        raise InputError(message)
    private_folder(into.absolute().parent)
    scratch = Path(tempfile.mkdtemp(prefix=".restore-", dir=into.absolute().parent))
    try:
        manifest = archives.unpack(path, scratch)
        _fill(scratch / _PART, manifest, address)
        shutil.rmtree(scratch / _PART)
        if into.exists():
            into.rmdir()
        scratch.rename(into)
    except OSError as error:
        message = f"the backup {path} could not be brought back: {error.strerror}"
        raise RegistryError(message) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    with Registry.open(registry, any_version=True) as opened:
        if opened.dialect == "postgresql":
            with opened.write() as connection:
                connection.exec_driver_sql(_APPEND_ONLY)
        found = opened.registry_id
        version = opened.version or ""
    return Restored(
        found,
        version,
        datetime.fromisoformat(manifest["made_at"]),
        {name: into / name for name in manifest["parts"]},
    )


def _fill(folder: Path, manifest: dict[str, Any], address: URL) -> None:
    kept = manifest.get("dialect")
    if kept != address.get_backend_name():
        message = (
            f"the backup was made of a registry on {kept}; bring it back to such a "
            f"one, not to {address.get_backend_name()}"
        )
        raise InputError(message)
    copy = folder / _COPIES[kept]
    if kept == "sqlite":
        dumping.fill_sqlite(copy, Path(address.database or ""))
    else:
        dumping.fill_postgres(copy, address)
