"""One named scenario: a change that was tried, as it is kept."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self

from coveragekit.errors import InputError
from coveragekit.study.change import Change
from coveragekit.study.ghost import check_text, short

__all__ = ["KEY_SIGNS", "Scenario"]

FORMAT: Final = 1
LONGEST_NAME: Final = 80
LONGEST_NOTE: Final = 2000
LONGEST_USER: Final = 200
# So long is a key at most: words, and a digest behind them.
KEY_SIGNS: Final = 68
_KEYS: Final = {"format", "name", "note", "change", "made_at", "user", "build_id"}
_LONGEST_KEY: Final = 60


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    A change with a name.

    Parameters
    ----------
    name
        What people call it: up to 80 signs on one line, without ``<`` and ``>``.
    change
        What is tried.
    note
        Whatever else to say of it, up to 2,000 signs.
    made_at
        When it was last saved, UTC.
    user
        Who saved it.
    build_id
        The build it was made on.

    Raises
    ------
    InputError
        A name, note or other text that cannot be.

    Examples
    --------
    >>> Scenario("Two more at the market", Change()).key.rpartition("-")[0]
    'two-more-at-the-market'
    """

    name: str
    change: Change
    note: str = ""
    made_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    user: str = ""
    build_id: str = ""

    def __post_init__(self) -> None:
        check_text("the name of a scenario", self.name, LONGEST_NAME)
        wrong = [sign for sign in self.name if not sign.isprintable() or sign in "<>"]
        if wrong or not self.name.strip() or self.name != self.name.strip():
            message = (
                f"the name of a scenario is {short(self.name)}; allowed: one line of "
                f"up to {LONGEST_NAME} signs without < and >, not empty"
            )
            raise InputError(message)
        check_text("the note of a scenario", self.note, LONGEST_NOTE)
        check_text("the user of a scenario", self.user, LONGEST_USER)
        check_text("the build of a scenario", self.build_id, LONGEST_USER)
        if self.made_at.tzinfo is None:
            message = f"made_at is {self.made_at}; allowed: a time with its zone"
            raise InputError(message)

    @property
    def key(self) -> str:
        """The name of its file: letters and digits, another for every other name."""
        same = unicodedata.normalize("NFKC", self.name).casefold()
        plain = unicodedata.normalize("NFKD", same).encode("ascii", "ignore").decode()
        words = "-".join(re.findall("[a-z0-9]+", plain))[:_LONGEST_KEY].strip("-")
        digest = hashlib.blake2b(same.encode("utf-8", "replace"), digest_size=3)
        return "-".join(part for part in (words, digest.hexdigest()) if part)

    def to_json(self) -> dict[str, Any]:
        """
        Give the scenario as JSON can hold it.

        Returns
        -------
        dict
            What :meth:`from_json` takes.
        """
        return {
            "format": FORMAT,
            "name": self.name,
            "note": self.note,
            "made_at": self.made_at.astimezone(UTC).isoformat(timespec="seconds"),
            "user": self.user,
            "build_id": self.build_id,
            "change": self.change.to_json(),
        }

    @classmethod
    def from_json(cls, given: object) -> Self:
        """
        Give the scenario that a JSON object tells of.

        Parameters
        ----------
        given
            Of :meth:`to_json`.

        Returns
        -------
        Scenario
            The scenario.

        Raises
        ------
        InputError
            It is no such object, of another version, or a part of it cannot be.

        Examples
        --------
        >>> one = Scenario("A", Change(removed=("c1",)))
        >>> Scenario.from_json(one.to_json()) == one
        True
        """
        if not isinstance(given, dict) or given.get("format") != FORMAT:
            seen = given.get("format") if isinstance(given, dict) else given
            message = (
                f"it is no scenario of format {FORMAT} (seen: {short(seen)}); it was "
                "saved by another version"
            )
            raise InputError(message)
        if set(given) != _KEYS:
            message = (
                f"a scenario holds {short(sorted(map(str, given)))}; allowed: "
                f"{', '.join(sorted(_KEYS))}"
            )
            raise InputError(message)
        try:
            made_at = datetime.fromisoformat(str(given["made_at"]))
        except ValueError as error:
            message = f"made_at is {short(given['made_at'])}; allowed: an ISO time"
            raise InputError(message) from error
        return cls(
            name=given["name"],
            note=given["note"],
            user=given["user"],
            build_id=given["build_id"],
            made_at=made_at,
            change=Change.from_json(given["change"]),
        )

    def told(self, build_id: str) -> str:
        """
        Say what to know where the study has been built since.

        Parameters
        ----------
        build_id
            The build in force.

        Returns
        -------
        str
            A sentence; empty where the scenario was made on that build.
        """
        if self.build_id == build_id:
            return ""
        return "Made on an earlier build of the study; its numbers are counted anew."
