"""What a planner tries out: cameras added, moved, turned, swapped or taken away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Self

from coveragekit.errors import InputError
from coveragekit.study.ghost import TEXTS, Ghost, check_text, short

__all__ = ["MOST_CHANGES", "Change"]

MOST_CHANGES: Final = 200


@dataclass(frozen=True, slots=True)
class Change:
    """
    What is tried out together.

    Parameters
    ----------
    removed
        Ids of cameras that are taken away.
    ghosts
        New cameras, and others in place of some that are there.

    Raises
    ------
    InputError
        Too many, two with one key, or a camera both removed and replaced.

    Examples
    --------
    >>> Change().put(Ghost.of_kind("dome", key="+1", lon=0, lat=0)).next_key
    '+2'
    """

    removed: tuple[str, ...] = ()
    ghosts: tuple[Ghost, ...] = ()

    def __post_init__(self) -> None:
        if len(self) > MOST_CHANGES:
            message = f"{len(self)} cameras are changed; allowed: {MOST_CHANGES}"
            raise InputError(message)
        for name in self.removed:
            check_text("a removed camera", name, TEXTS["of"])
        keys = [one.key for one in self.ghosts]
        of = [one.of for one in self.ghosts if one.of]
        for what, names in (("key", keys), ("camera", [*of, *self.removed])):
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                message = f"{what} {short(min(twice))} is changed twice; allowed: once"
                raise InputError(message)

    def __len__(self) -> int:
        """Give how many cameras are changed."""
        return len(self.removed) + len(self.ghosts)

    def __bool__(self) -> bool:
        """Tell whether anything is changed."""
        return len(self) > 0

    @property
    def added(self) -> tuple[Ghost, ...]:
        """The new cameras."""
        return tuple(one for one in self.ghosts if not one.of)

    @property
    def changed(self) -> tuple[Ghost, ...]:
        """Those in place of cameras that are there."""
        return tuple(one for one in self.ghosts if one.of)

    @property
    def gone(self) -> tuple[str, ...]:
        """Ids of cameras that no longer look as they did: removed or replaced."""
        return (*self.removed, *(one.of for one in self.changed))

    @property
    def next_key(self) -> str:
        """The key for one more new camera."""
        used = [int(one.key[1:]) for one in self.added if one.key[1:].isdecimal()]
        return f"+{max(used, default=0) + 1}"

    def ghost(self, key: str) -> Ghost | None:
        """
        Give the changed camera of a key.

        Parameters
        ----------
        key
            Its key.

        Returns
        -------
        Ghost or None
            The camera, or ``None`` where there is none of that key.
        """
        return next((one for one in self.ghosts if one.key == key), None)

    def put(self, ghost: Ghost) -> Self:
        """
        Give the change with a camera in it: a further one, or another of that key.

        Parameters
        ----------
        ghost
            The camera.

        Returns
        -------
        Change
            With it; a camera whose place it takes is no longer removed.

        Raises
        ------
        InputError
            That would be too many.
        """
        there = self.ghost(ghost.key) is not None
        kept = [ghost if one.key == ghost.key else one for one in self.ghosts]
        removed = tuple(name for name in self.removed if name != ghost.of)
        made: Self = replace(
            self, removed=removed, ghosts=(*kept, *(() if there else (ghost,)))
        )
        return made

    def without(self, key: str) -> Self:
        """
        Give the change without one of its parts, as if that had not been tried.

        Parameters
        ----------
        key
            Key of a changed camera, or id of a removed one.

        Returns
        -------
        Change
            Without it.
        """
        made: Self = replace(
            self,
            removed=tuple(name for name in self.removed if name != key),
            ghosts=tuple(one for one in self.ghosts if one.key != key),
        )
        return made

    def remove(self, camera_id: str) -> Self:
        """
        Give the change with a camera of the study taken away.

        Parameters
        ----------
        camera_id
            Its id.

        Returns
        -------
        Change
            With it removed, and not replaced.

        Raises
        ------
        InputError
            That would be too many.
        """
        kept = tuple(one for one in self.ghosts if one.of != camera_id)
        removed = tuple(name for name in self.removed if name != camera_id)
        made: Self = replace(self, removed=(*removed, camera_id), ghosts=kept)
        return made

    def to_json(self) -> dict[str, Any]:
        """
        Give the change as JSON can hold it.

        Returns
        -------
        dict
            What :meth:`from_json` takes.
        """
        return {
            "removed": list(self.removed),
            "ghosts": [one.to_json() for one in self.ghosts],
        }

    @classmethod
    def from_json(cls, given: object) -> Self:
        """
        Give the change that a JSON object tells of.

        Parameters
        ----------
        given
            Of :meth:`to_json`.

        Returns
        -------
        Change
            The change.

        Raises
        ------
        InputError
            It is no such object, or a part of it cannot be.

        Examples
        --------
        >>> Change.from_json({"removed": ["a"], "ghosts": []}).gone
        ('a',)
        """
        if not (isinstance(given, dict) and set(given) == {"removed", "ghosts"}):
            message = f"a change is {short(given)}; allowed: removed and ghosts"
            raise InputError(message)
        removed, ghosts = given["removed"], given["ghosts"]
        lists = isinstance(removed, list) and isinstance(ghosts, list)
        if not lists or len(removed) + len(ghosts) > MOST_CHANGES:
            message = (
                f"removed and ghosts of a change are {short((removed, ghosts))}; "
                f"allowed: two lists of {MOST_CHANGES} together"
            )
            raise InputError(message)
        return cls(tuple(removed), tuple(Ghost.from_json(one) for one in ghosts))
