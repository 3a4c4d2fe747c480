"""Named scenarios: changes that were tried, kept in the study's folder."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self

from filelock import FileLock, Timeout

from coveragekit.errors import InputError, SourceUnavailable, StudyError
from coveragekit.study.ghost import short
from coveragekit.study.scenario import KEY_SIGNS, Scenario
from coveragekit.study.steps import disk_error, replace_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["FOLDER", "Listed", "Scenarios"]

FOLDER: Final = "scenarios"
MOST_BYTES: Final = 2_000_000
MOST_FILES: Final = 500
_KEY: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_WAIT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Listed:
    """
    A scenario's file: what it holds, or why it cannot be read.

    Parameters
    ----------
    key
        Name of the file without its ending.
    scenario
        The scenario, or ``None``.
    fault
        Why there is none; empty where there is.
    """

    key: str
    scenario: Scenario | None
    fault: str = ""


class Scenarios:
    """
    The scenarios of one study, a file each.

    Parameters
    ----------
    study
        The study's folder.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from coveragekit.study.change import Change
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kept = Scenarios(Path(folder))
    ...     key = kept.save(Scenario("Market", Change(removed=("c1",))))
    ...     [one.scenario.name for one in kept.listed()], kept.load(key).change.removed
    (['Market'], ('c1',))
    """

    def __init__(self, study: Path) -> None:
        self._folder = study / FOLDER

    @classmethod
    def of_results(cls, results: Path) -> Self:
        """
        Give the scenarios of the study that a results folder belongs to.

        Parameters
        ----------
        results
            A results folder, as a view store names it.

        Returns
        -------
        Scenarios
            Those of its study.
        """
        builds = results.parent
        return cls(builds.parent if builds.name == ".results" else builds)

    def listed(self) -> list[Listed]:
        """
        Give every scenario, the last saved first, and the files that hold none.

        Returns
        -------
        list of Listed
            One for each file.
        """
        try:
            paths = sorted(self._folder.glob("*.json"))[:MOST_FILES]
        except OSError:
            return []
        found = []
        for path in paths:
            try:
                found.append(Listed(path.stem, self._read(path)))
            except (InputError, SourceUnavailable) as error:
                found.append(Listed(path.stem, None, str(error)))
        return sorted(
            found,
            key=lambda one: one.scenario.made_at.timestamp() if one.scenario else 0.0,
            reverse=True,
        )

    def load(self, key: str) -> Scenario:
        """
        Give one scenario.

        Parameters
        ----------
        key
            Its key.

        Returns
        -------
        Scenario
            The scenario.

        Raises
        ------
        InputError
            No such key, or the file holds no scenario.
        SourceUnavailable
            The file is gone or cannot be read.
        """
        return self._read(self._path(key))

    def save(
        self,
        scenario: Scenario,
        *,
        overwrite: bool = False,
        instead_of: Scenario | None = None,
    ) -> str:
        """
        Save a scenario.

        Parameters
        ----------
        scenario
            The scenario; it is stamped with the time.
        overwrite
            Whether it may take the place of any of that name.
        instead_of
            The one of that name whose place it may take; not that of another, which
            somebody has saved since that one was read.

        Returns
        -------
        str
            Its key.

        Raises
        ------
        InputError
            There is one of that name already, another than that which it may take
            the place of, or there are too many.
        SourceError
            The folder cannot be written.
        """
        with self._locked():
            path = self._path(scenario.key)
            if path.exists() and not overwrite:
                self._check_is(path, instead_of, name=scenario.name)
            if not path.exists() and len(self.listed()) >= MOST_FILES:
                message = f"there are {MOST_FILES} scenarios; delete some first"
                raise InputError(message)
            self._write(path, replace(scenario, made_at=datetime.now(UTC)))
        return scenario.key

    def rename(self, key: str, name: str) -> str:
        """
        Give a scenario another name.

        Parameters
        ----------
        key
            Its key.
        name
            The new name.

        Returns
        -------
        str
            Its new key.

        Raises
        ------
        InputError
            No such scenario, a name that cannot be, or one that is taken.
        SourceError
            The folder cannot be written.
        """
        with self._locked():
            renamed = replace(self.load(key), name=name)
            target = self._path(renamed.key)
            if renamed.key != key and target.exists():
                message = f"there is a scenario {name!r} already; choose another name"
                raise InputError(message)
            self._write(target, renamed)
            if renamed.key != key:
                self._path(key).unlink(missing_ok=True)
        return renamed.key

    def delete(self, key: str) -> None:
        """
        Delete a scenario for good.

        Parameters
        ----------
        key
            Its key.

        Raises
        ------
        InputError
            No such key.
        SourceError
            The folder cannot be written.
        """
        with self._locked():
            self._path(key).unlink(missing_ok=True)

    def _check_is(self, path: Path, known: Scenario | None, *, name: str) -> None:
        """Refuse to take the place of another than the one that is known."""
        if known is None:
            message = (
                f"there is a scenario {name!r} already; choose another name, or say "
                "that it is to be replaced"
            )
            raise InputError(message)
        if self._read(path) != known:
            message = (
                f"somebody else has saved {name!r} meanwhile; save again to be asked "
                "whether to replace it, or choose another name"
            )
            raise InputError(message)

    def _path(self, key: object) -> Path:
        named = isinstance(key, str) and len(key) <= KEY_SIGNS
        if not named or not _KEY.fullmatch(str(key)):
            message = f"there is no scenario {short(key)}; allowed: one that is listed"
            raise InputError(message)
        return self._folder / f"{key}.json"

    def _read(self, path: Path) -> Scenario:
        try:
            with path.open("rb") as handle:
                content = handle.read(MOST_BYTES + 1)
        except OSError as error:
            message = f"{path.name} cannot be read: {error.strerror or error}"
            raise SourceUnavailable(message) from error
        if len(content) > MOST_BYTES:
            message = f"{path.name} is larger than a scenario can be"
            raise InputError(message)
        try:
            given = json.loads(content)
        except (ValueError, RecursionError) as error:
            message = f"{path.name} is damaged: it holds no JSON"
            raise InputError(message) from error
        return Scenario.from_json(given)

    def _write(self, path: Path, scenario: Scenario) -> None:
        text = json.dumps(scenario.to_json(), ensure_ascii=False, indent=1)
        replace_text(path, text + "\n")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other viewers from writing, and say in words what goes wrong."""
        try:
            self._folder.mkdir(exist_ok=True)
            with FileLock(self._folder / ".lock", timeout=_WAIT_S):
                yield
        except Timeout as error:
            message = "somebody else is saving a scenario; try again in a moment"
            raise StudyError(message) from error
        except OSError as error:
            if isinstance(error, SourceUnavailable):
                raise
            state = "nothing was changed"
            raise disk_error(self._folder, error, state) from error
