"""Sign now and then how far the audit log went, so that nobody can cut its end off."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from coveragekit.errors import CoverageKitError
from coveragekit.registry.audit import Entry, append, last_entry
from coveragekit.registry.audit_check import RECORD_KEY, goes_on
from coveragekit.registry.checkpoints import (
    Checkpoint,
    add_checkpoint,
    checkpoint_file,
    checkpoint_folder,
    key_file,
    public_key,
    read_checkpoints,
    signing_key,
)
from coveragekit.registry.schema import meta

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from coveragekit.registry.opening import Registry

__all__ = ["Signer", "copied_to", "mark_as_copy", "public_keys", "take_into_use"]

_LOG = logging.getLogger(__name__)
_EVERY: Final = 200
_AFTER_S: Final = 900.0
_KEY: Final = "audit_key:"
_COPY: Final = "is_copy"


class Signer:
    """
    Signs the last line of the log after so many changes, after a time, and at the end.

    Parameters
    ----------
    folder
        Where the checkpoints are kept; ``COVERAGEKIT_CHECKPOINTS``, or a folder of the
        user's data, where it is not given.
    key
        File of the signing key; the user's own where it is not given.
    every
        After how many changes.
    after_s
        After how many seconds, if anything was changed.
    """

    def __init__(
        self,
        folder: Path | None = None,
        key: Path | None = None,
        *,
        every: int = _EVERY,
        after_s: float = _AFTER_S,
    ) -> None:
        self.folder = folder or checkpoint_folder()
        self.key = key or key_file()
        self.every = every
        self.after_s = after_s
        self.fault: str | None = None
        self._changes = 0
        self._signed = time.monotonic()
        self._is_signing = False

    def __repr__(self) -> str:
        return f"Signer({str(self.folder)!r})"

    def after_write(self, registry: Registry) -> None:
        """
        Take note of a change, and sign if it is time.

        Parameters
        ----------
        registry
            The registry that was changed.
        """
        self._changes += 1
        waited = time.monotonic() - self._signed
        if self._changes >= self.every or waited >= self.after_s:
            self.sign(registry)

    def before_close(self, registry: Registry) -> None:
        """
        Sign what was changed since the last time.

        Parameters
        ----------
        registry
            The registry, still open.
        """
        if self._changes:
            self.sign(registry)

    def sign(self, registry: Registry) -> Checkpoint | None:
        """
        Sign the last line of the log, if it goes on from what was signed before.

        A fault is told in ``fault`` and in the program's log and stops nobody's work;
        the audit's check then says that completeness is not proved further.

        Parameters
        ----------
        registry
            The registry.

        Returns
        -------
        Checkpoint or None
            ``None`` where nothing was signed.
        """
        if self._is_signing:
            return None
        self._is_signing = True
        try:
            signed = self._sign(registry)
            self.fault = None
        except (CoverageKitError, OSError) as error:
            self.fault = f"the audit log could not be signed: {error}"
            _LOG.error("%s", self.fault)
            signed = None
        finally:
            self._is_signing = False
        self._changes = 0
        self._signed = time.monotonic()
        return signed

    def note_restore(self, registry: Registry) -> Checkpoint | None:
        """
        Sign that the registry was put back to an earlier state on purpose.

        Parameters
        ----------
        registry
            The registry, as it was restored.

        Returns
        -------
        Checkpoint or None
            ``None`` where nothing was ever signed for it on this machine.

        Raises
        ------
        InputError
            The key or the file of checkpoints cannot be used.
        """
        path = checkpoint_file(self.folder, registry.registry_id)
        if not read_checkpoints(path):
            return None
        with registry.read() as connection:
            seq, _, digest = last_entry(connection)
        said = Checkpoint("restore", registry.registry_id, 0, seq, digest, "", "", "")
        key = signing_key(self.key)
        told = add_checkpoint(path, key, said, now=registry.clock())
        self._record(registry, public_key(key))
        return told

    def _sign(self, registry: Registry) -> Checkpoint | None:
        with registry.read() as connection:
            if copied_to(connection) is not None:
                return None
        key = signing_key(self.key)
        self._record(registry, public_key(key))
        path = checkpoint_file(self.folder, registry.registry_id)
        signed = read_checkpoints(path)
        last = signed[-1] if signed else None
        with registry.read() as connection:
            seq, _, digest = last_entry(connection)
            if last is not None and not goes_on(connection, last.seq, last.hash):
                message = (
                    f"the log does not go on from the checkpoint of {last.at}: run "
                    "coveragekit registry audit verify"
                )
                raise CoverageKitError(message)
        if last is not None and last.seq == seq:
            return last
        said = Checkpoint(
            "checkpoint", registry.registry_id, 0, seq, digest, "", "", ""
        )
        return add_checkpoint(path, key, said, now=registry.clock())

    @staticmethod
    def _record(registry: Registry, key: str) -> None:
        """Write the public key down where an auditor finds it: in the log itself."""
        name = f"{_KEY}{key}"
        query = select(meta.c.key).where(meta.c.key == name)
        with registry.read() as connection:
            if connection.execute(query).first() is not None:
                return
        with registry.write() as connection:
            if connection.execute(query).first() is not None:
                return
            said = Entry("(signer)", "system", "system", RECORD_KEY, "key", (key,))
            seq = append(connection, said)
            connection.execute(meta.insert(), {"key": name, "value": str(seq)})


def mark_as_copy(connection: Connection, last: int) -> None:
    """
    Have nobody sign for a registry that is a copy, beside the one that is in use.

    Parameters
    ----------
    connection
        A connection that writes.
    last
        The last line of the log that both have.
    """
    if copied_to(connection) is None:  # a copy of a copy parted where that did
        connection.execute(meta.insert(), {"key": _COPY, "value": str(last)})


def take_into_use(connection: Connection) -> None:
    """
    Have a registry signed for again, though it came from a copy.

    Parameters
    ----------
    connection
        A connection that writes.
    """
    connection.execute(meta.delete().where(meta.c.key == _COPY))


def copied_to(connection: Connection) -> int | None:
    """
    Give up to which line of the log a copy is as the registry in use.

    Parameters
    ----------
    connection
        A connection to the registry.

    Returns
    -------
    int or None
        The number of the line; ``None`` where this is no copy.
    """
    query = select(meta.c.value).where(meta.c.key == _COPY)
    said = connection.execute(query).scalar_one_or_none()
    if said is None:
        return None
    return int(said) if said.isdecimal() else 0


def public_keys(registry: Registry) -> tuple[str, ...]:
    """
    Give the public keys that have signed for a registry, for an auditor to write down.

    Parameters
    ----------
    registry
        The registry.

    Returns
    -------
    tuple of str
        Base64.
    """
    query = select(meta.c.key).where(meta.c.key.startswith(_KEY, autoescape=True))
    with registry.read() as connection:
        found = connection.execute(query.order_by(meta.c.key)).scalars()
        return tuple(name.removeprefix(_KEY) for name in found)
