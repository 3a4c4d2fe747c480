"""Take the registry out, keep it safe, bring it back, and let go of what is old."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

from coveragekit.access.opening import open_door, the_door
from coveragekit.access.signing import mark_as_copy, take_into_use
from coveragekit.access.trying import only_tried
from coveragekit.access.watching import checkpoints_of
from coveragekit.errors import AccessRefused
from coveragekit.registry.afterwards import CarriedOver, carry_over
from coveragekit.registry.audit import Entry, append, last_entry
from coveragekit.registry.backup import BackedUp, Restored
from coveragekit.registry.backup import back_up as keep
from coveragekit.registry.backup import restore as bring_back
from coveragekit.registry.checkpoints import checkpoint_file, checkpoint_folder
from coveragekit.registry.consent_rules import Act
from coveragekit.registry.erasing import Erased
from coveragekit.registry.erasing import erase_owner as erase
from coveragekit.registry.opening import Registry
from coveragekit.registry.releasing import release_cameras
from coveragekit.registry.retention import Purge, due_purges, parse_rules
from coveragekit.registry.retention import purge as take_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User
    from coveragekit.model import Released

__all__ = [
    "BackedUp",
    "Erased",
    "Purge",
    "Restored",
    "back_up",
    "erase_owner",
    "export_cameras",
    "purge",
    "restore",
]

_ACTIONS: Final = {"internal": "export_registry", "public": "publish_registry"}
_CHECKPOINTS: Final = "checkpoints"


def export_cameras(
    user: User,
    purpose: Purpose,
    release: str,
    *,
    recipient: str | None = None,
    registry: Door | str | Path | None = None,
) -> Released:
    """
    Give the cameras in a form in which they may leave.

    Parameters
    ----------
    user
        Who takes them out.
    purpose
        What for.
    release
        ``"internal"`` or ``"public"``.
    recipient
        To whom they go, where that is somebody else.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    coveragekit.model.Released
        The table, its form, and what was withheld.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        There is no such release.

    Notes
    -----
    Internal: each camera whose owner agreed, with its site and upkeep. Public: counts
    by cells, few ones left out. Neither holds a contact or a feed. The log keeps how
    many rows went to whom, and their digest.
    """
    action = _ACTIONS.get(release, "export_registry")
    with the_door(registry) as door, door.reading(user, action, purpose) as work:
        released = release_cameras(work.connection, release, now=work.latest)
        table = released.table
        work.object_type = "camera" if released.form == "exact" else "cell"
        work.rows = len(table)
        plain = table.to_wkt().to_csv(index=False).encode("utf-8", "replace")
        work.digest = hashlib.sha256(plain).hexdigest()
        work.recipient = recipient
        work.parameters = {"release": release, "form": released.form}
    return released


def back_up(
    user: User,
    purpose: Purpose,
    path: Path,
    *,
    parts: Mapping[str, Path] | None = None,
    registry: Door | str | Path | None = None,
) -> BackedUp:
    """
    Keep the registry and what belongs to it in one archive; others may go on writing.

    Parameters
    ----------
    user
        Who has it done.
    purpose
        What for.
    path
        The archive, ending in ``.tar.gz``.
    parts
        Files and folders that go with it, by name: studies, policy, masks. The
        checkpoints of the log go with it by themselves.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    BackedUp
        What was kept.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        A part is not there.
    RegistryError
        A file could not be read, or the disk is full.
    """
    with the_door(registry) as door:
        door.demand(user, "backup", None, purpose)
        if door.signer is not None:
            door.signer.sign(door.registry)
        given = dict(parts or {})
        signed = checkpoints_of(door)
        if signed.is_file():
            given.setdefault(_CHECKPOINTS, signed.parent)
        with door.reading(user, "backup", purpose) as work:
            done = keep(door.registry, path, parts=given)
            work.rows = done.files
            work.digest = _digest(done.path)
            work.parameters = {"archive": path.name, "parts": sorted(given)}
            work.parameters["bytes"] = done.size_bytes
    return done


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def restore(  # noqa: PLR0913 - what, where to, and in whose place
    user: User,
    path: Path,
    registry: str | Path,
    *,
    into: Path,
    replaces: bool = False,
    former: str | Path | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Restored:
    """
    Bring a registry and what belongs to it back from an archive.

    Parameters
    ----------
    user
        Who has it done, an administrator.
    path
        The archive.
    registry
        Where the registry is to be; nothing may be there.
    into
        Folder for the other parts, not there or empty.
    replaces
        Whether it takes the place of the former registry, which is gone. Else it is a
        copy to look at, as for a drill, and leaves the checkpoints of this machine to
        the former one.
    former
        The former registry, where it can be read still: what owners decided after the
        backup is brought over. Where it replaces one that is gone, every consent is
        paused, every share ends and nobody else may sign on, because nobody can tell
        who withdrew, which share was taken back and who was dismissed.
    clock
        Gives the time, with a zone; the machine's where it is not given.

    Returns
    -------
    Restored
        What was brought back; its words say what could not be known.

    Raises
    ------
    AccessRefused
        Nobody is named, or the user is no administrator.
    InputError
        The folder is not empty, or the database is of another kind.
    RegistryError
        The archive is damaged, or there is a registry already.

    Notes
    -----
    Lines of the log that were written after the backup are lost with it. The restore is
    a line of its own and, where the registry replaces the former one, a signed note
    among the checkpoints, so that a check of the log tells which lines those were, in
    place of taking it for a cut.
    """
    if not user.is_named or user.role != "administrator":
        message = (
            f"a registry is restored by a named administrator; seen: {user.name!r} as "
            f"{user.role!r}"
        )
        raise AccessRefused(message)
    if former is not None:
        # whether it can be asked is to be known before anything is brought back
        Registry.open(former).close()
    found = bring_back(path, registry, into)
    with Registry.open(registry, any_version=True) as older:
        older.upgrade()
        found = replace(found, version=older.version or found.version)
        if replaces:
            with older.write() as connection:
                take_into_use(connection)
    if replaces:
        _adopt_checkpoints(found)
    with open_door(registry, clock=clock, sign=replaces) as door:
        if door.signer is not None:
            door.signer.note_restore(door.registry)
        carried: dict[str, int] = {}
        if replaces:
            done = _carried(door, former, user=user, found=found)
            found = replace(found, words=done.words)
            carried = _counted(done)
        with door.registry.write() as connection:
            before, _, _ = last_entry(connection)
            said = {
                "archive": path.name,
                "made_at": found.made_at.isoformat(),
                "replaces": replaces,
                "source": user.source,
                "to_line": before,
                **carried,
            }
            entry = Entry(
                user.name,
                user.role,
                "human",
                "restore",
                "registry",
                parameters={
                    **said,
                    "source": user.source,
                    "to_line": before,
                    "replaces": replaces,
                },
            )
            append(connection, entry)
            if not replaces:
                mark_as_copy(connection, before)
    return found


def _carried(
    door: Door, former: str | Path | None, *, user: User, found: Restored
) -> CarriedOver:
    """Bring over what owners decided after the backup, or pause what nobody knows."""
    act = Act(side="agency", name=user.name, role=user.role)
    reason = f"brought back from a backup of {found.made_at:%Y-%m-%d}: ask the owner"
    with contextlib.ExitStack() as stack:
        seen = None
        if former is not None:
            opened = stack.enter_context(Registry.open(former))
            seen = stack.enter_context(opened.read())
        connection = stack.enter_context(door.registry.write())
        return carry_over(connection, seen, act=act, reason=reason)


def _counted(done: CarriedOver) -> dict[str, int]:
    told = {one.name: getattr(done, one.name) for one in fields(done)}
    return {
        name: one if isinstance(one, int) else len(one) for name, one in told.items()
    }


def _adopt_checkpoints(found: Restored) -> None:
    """Go on from the archive's checkpoints on a machine that has none."""
    target = checkpoint_file(checkpoint_folder(), found.registry_id)
    kept = found.parts.get(_CHECKPOINTS)
    if kept is None or target.exists():
        return
    copy = checkpoint_file(kept, found.registry_id)
    if copy.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(copy, target)


def purge(
    user: User,
    purpose: Purpose,
    *,
    rules: str | None = None,
    dry_run: bool = False,
    registry: Door | str | Path | None = None,
) -> tuple[Purge, ...]:
    """
    Let go of contacts, calls and requests that were kept as long as the rules say.

    Parameters
    ----------
    user
        Who has it done.
    purpose
        What for.
    rules
        Rules as TOML; those of the package where not given.
    dry_run
        Whether to only say what would go.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    tuple of Purge
        What each rule took, or would.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        The rules cannot be read.
    """
    chosen = None if rules is None else parse_rules(rules)
    act = Act(side="agency", name=user.name, role=user.role)
    with the_door(registry) as door, door.doing(user, "purge", purpose) as work:
        if dry_run:
            done = due_purges(work.connection, chosen)
        else:
            done = take_out(work.connection, chosen, act=act)
        work.object_type = "rule"
        work.object_ids = tuple(one.rule.name for one in done if one.ids)
        work.rows = sum(len(one.ids) for one in done)
        work.parameters = {"dry_run": dry_run}
    return done


def erase_owner(
    user: User,
    purpose: Purpose,
    owner_id: str,
    *,
    dry_run: bool = False,
    registry: Door | str | Path | None = None,
) -> Erased:
    """
    Erase an owner: names, contacts, places and forms; the log stays as it is.

    Parameters
    ----------
    user
        Who has it done.
    purpose
        What for.
    owner_id
        The owner.
    dry_run
        Whether to only say what would go; its receipts are worth nothing.
    registry
        A door, or what ``open_door`` takes.

    Returns
    -------
    Erased
        What was erased, and a receipt for each camera that left.

    Raises
    ------
    AccessRefused
        The policy does not allow it; that is on record.
    InputError
        There is no such owner, or it is erased already.
    """
    act = Act(side="agency", name=user.name, role=user.role)
    with the_door(registry) as door, door.doing(user, "erase_owner", purpose) as work:
        with only_tried(work, dry_run=dry_run):
            done = erase(work.connection, owner_id, act=act)
        work.object_type = "owner"
        work.object_ids = (owner_id,)
        work.rows = len(done.camera_ids)
    return done
