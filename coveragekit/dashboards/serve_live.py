"""What a served page has to know to look at cameras: checked before it is served."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["live_environment"]

_FEEDS: Final = "COVERAGEKIT_FEEDS"
_REGISTRY: Final = "COVERAGEKIT_REGISTRY"
_POLICY: Final = "COVERAGEKIT_POLICY"


def live_environment(registry: str | None, told: Mapping[str, str]) -> dict[str, str]:
    """
    Check what live pictures rest on, and give it as a page's kernels have to find it.

    Parameters
    ----------
    registry
        The registry that is named: a file or an address; ``None``: none is.
    told
        Variables that count before those of this program's own environment.

    Returns
    -------
    dict
        Those, and the registry, feed settings and policy that there are, as whole
        paths: a page's kernel works in another folder.

    Raises
    ------
    InputError
        The feed settings or the policy cannot be used.
    RegistryError
        The registry that is named is not there, or cannot be opened.

    Examples
    --------
    >>> live_environment(None, {"A": "1"})["A"]
    '1'
    """
    given = {**os.environ, **told}
    found = dict(told)
    if registry is not None:
        from coveragekit.access import open_door

        with open_door(registry, policy=given.get(_POLICY), sign=False):
            found[_REGISTRY] = _whole(registry)
    elif given.get(_REGISTRY):
        found[_REGISTRY] = _whole(given[_REGISTRY])
    if given.get(_FEEDS):
        from coveragekit.access.feed_settings import read_feed_settings

        read_feed_settings(given[_FEEDS])
        found[_FEEDS] = _whole(given[_FEEDS])
    if given.get(_POLICY):
        found[_POLICY] = _whole(given[_POLICY])
    return found


def _whole(place: str) -> str:
    return place if "://" in place else str(Path(place).resolve())
