"""Tell whether a folder lies on a network share, where SQLite's locks do not hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

__all__ = ["network_share"]

_MOUNTS: Final = Path("/proc/self/mountinfo")
_DRIVE_REMOTE: Final = 4
# File systems whose locks or shared memory do not hold between two machines.
_SHARED: Final = frozenset(
    {
        *("9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs"),
        *("fuse.ceph", "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs", "fuse.rclone"),
        *("fuse.s3fs", "fuse.smbnetfs", "fuse.sshfs", "glusterfs", "gpfs", "lustre"),
        *("ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb2", "smb3"),
        *("smbfs", "vboxsf", "webdav"),
    }
)


def network_share(path: Path, *, mounts: str | None = None) -> str | None:
    """
    Give the kind of network share that a path lies on.

    Parameters
    ----------
    path
        A file or folder; the nearest folder above it that exists is looked at.
    mounts
        Text of a Linux mount table (``/proc/self/mountinfo``); the running system's
        where it is not given.

    Returns
    -------
    str or None
        Name of the file system, such as ``"nfs4"``; ``None`` on a local disk, and where
        the system does not tell.

    Examples
    --------
    >>> table = "36 25 0:31 / /srv/city rw,relatime - nfs4 files:/city rw"
    >>> network_share(Path("/srv/city/registry.sqlite"), mounts=table)
    'nfs4'
    >>> network_share(Path("/srv/citylike/registry.sqlite"), mounts=table) is None
    True
    """
    if mounts is None and sys.platform == "win32":
        return _windows_share(path)
    if mounts is None and sys.platform == "darwin":
        return _shared(path, _mac_mounts())
    if mounts is None:
        if not _MOUNTS.is_file():
            return None
        mounts = _MOUNTS.read_text("utf-8", errors="replace")
    return _shared(path, _linux_mounts(mounts))


def _shared(path: Path, mounted: dict[str, str]) -> str | None:
    place = Path(os.path.realpath(path))
    for folder in (place, *place.parents):
        kind = mounted.get(str(folder))
        if kind is not None:
            return kind if kind in _SHARED else None
    return None


def _linux_mounts(table: str) -> dict[str, str]:
    """Give the file system of each mount point; a later mount hides an earlier one."""
    found = {}
    for line in table.splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split()
        if dash and len(fields) > 4 and after.split():
            found[_unescaped(fields[4])] = after.split()[0].lower()
    return found


def _unescaped(field: str) -> str:
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n")):
        field = field.replace(code, letter)
    return field.replace("\\134", "\\")


def _mac_mounts() -> dict[str, str]:
    done = subprocess.run(
        ["/sbin/mount"], capture_output=True, text=True, check=False, timeout=10
    )
    found = {}
    for line in done.stdout.splitlines():
        what, bracket, options = line.rpartition(" (")
        point = what.partition(" on ")[2]
        if bracket and point:
            found[point] = options.split(",")[0].rstrip(")").lower()
    return found


def _windows_share(path: Path) -> str | None:
    import ctypes

    drive = Path(os.path.realpath(path)).drive
    if drive.startswith("\\\\"):
        return "smb"
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - absent elsewhere
    remote = kernel.GetDriveTypeW(f"{drive}\\") == _DRIVE_REMOTE
    return "smb" if remote else None
