"""Open the door of a registry."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from coveragekit.access.door import Door
from coveragekit.access.policy import read_policy
from coveragekit.access.signing import Signer
from coveragekit.registry.opening import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

__all__ = ["open_door", "the_door"]


def open_door(
    registry: str | Path | None = None,
    *,
    policy: str | Path | None = None,
    clock: Callable[[], datetime] | None = None,
    create: bool = False,
    sign: bool = True,
) -> Door:
    """
    Open the registry's door.

    Parameters
    ----------
    registry
        A file, or ``postgresql://user:password@host/database``; where it is not given,
        what ``COVERAGEKIT_REGISTRY`` names, else a file in the user's data folder.
    policy
        A policy file; where it is not given, what ``COVERAGEKIT_POLICY`` names, else
        the one that comes with this package.
    clock
        Gives the time, with a zone; the machine's where it is not given.
    create
        Whether a registry is made where there is none.
    sign
        Whether checkpoints of the log are signed with this user's key.

    Returns
    -------
    Door
        To be closed after use.

    Raises
    ------
    InputError
        The policy cannot be used.
    RegistryError
        The registry cannot be opened.
    """
    read = read_policy(policy)
    if clock is None:
        opened = Registry.open(registry, create=create)
    else:
        opened = Registry.open(registry, create=create, clock=clock)
    return Door(opened, read, Signer() if sign else None)


@contextmanager
def the_door(registry: Door | str | Path | None) -> Iterator[Door]:
    """
    Give a door that is open, or open one for as long as the block lasts.

    Parameters
    ----------
    registry
        A door, or what :func:`open_door` takes.

    Yields
    ------
    Door
        The door.
    """
    if isinstance(registry, Door):
        yield registry
        return
    with open_door(registry) as door:
        yield door
