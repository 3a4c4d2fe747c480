"""What an owner has filled in so far, kept sealed in the owner's own browser."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Self

from cryptography.fernet import Fernet, InvalidToken

from coveragekit.errors import InputError

__all__ = ["MOST_CAMERAS", "SHOWN", "STEPS", "Draft", "Seal"]

MOST_CAMERAS: Final = 8
"""So many cameras can be sent at once."""
_MOST_BYTES: Final = 3800  # browsers keep cookies of up to 4,096 bytes
_MOST_OPENED: Final = 32_768
STEPS: Final = ("where", "aim", "camera", "people", "consent")
"""The steps that fill it."""
SHOWN: Final = (*STEPS, "sign")
"""All steps, as owners count them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """
    What an owner has filled in so far.

    Parameters
    ----------
    cameras
        What is known of each camera, the last one being filled in.
    people
        Whom to ask, in which capacity, and how long pictures are kept.
    consent
        What was agreed to.

    Examples
    --------
    >>> Draft().with_camera(lon=1.0).camera
    {'lon': 1.0}
    """

    cameras: tuple[dict[str, Any], ...] = ({},)
    people: dict[str, Any] = field(default_factory=dict)
    consent: dict[str, Any] = field(default_factory=dict)

    @property
    def camera(self) -> dict[str, Any]:
        """The camera that is being filled in."""
        return self.cameras[-1]

    def with_camera(self, **known: object) -> Self:
        """
        Give the draft with more known of its camera.

        Parameters
        ----------
        **known
            What is known now.

        Returns
        -------
        Draft
            Another one; this one stays.
        """
        last = {**self.camera, **known}
        return replace(self, cameras=(*self.cameras[:-1], last))

    def first_missing(self) -> str:
        """
        Give the first step that is not done.

        Returns
        -------
        str
            One of ``STEPS``, or ``"sign"`` where everything is there.
        """
        one = self.camera
        done = {
            "where": "lon" in one and "address" in one,
            "aim": "aimed" in one,
            "camera": "kind" in one,
            "people": "signer_capacity" in self.people,
            "consent": bool(self.consent),
        }
        return next((step for step in STEPS if not done[step]), "sign")


class Seal:
    """
    Seal texts so that nobody but this server can read or change them.

    Parameters
    ----------
    key
        32 random bytes in URL-safe base 64; by default made anew, so that drafts end
        with the server.

    Examples
    --------
    >>> seal = Seal()
    >>> seal.open("draft", seal.close("draft", {"a": 1}), within_s=60)
    {'a': 1}
    >>> seal.open("draft", "forged", within_s=60) is None
    True
    """

    def __init__(self, key: bytes | None = None) -> None:
        try:
            self._fernet = Fernet(Fernet.generate_key() if key is None else key)
        except ValueError:
            message = "the key is none; allowed: 32 random bytes in URL-safe base 64"
            raise InputError(message) from None

    def close(self, what: str, value: dict[str, Any]) -> str:
        """
        Seal a value.

        Parameters
        ----------
        what
            What it is for; it opens as nothing else.
        value
            What JSON can hold.

        Returns
        -------
        str
            Letters, digits, ``-``, ``_`` and ``=``.

        Raises
        ------
        InputError
            It is too large for a cookie.
        """
        text = json.dumps([what, value], ensure_ascii=False, separators=(",", ":"))
        sealed = self._fernet.encrypt(zlib.compress(text.encode("utf-8"), 9))
        if len(sealed) > _MOST_BYTES:
            message = "it is too long to be kept; allowed: shorter texts"
            raise InputError(message)
        return sealed.decode("ascii")

    def open(self, what: str, sealed: str, *, within_s: int) -> dict[str, Any] | None:
        """
        Open what was sealed.

        Parameters
        ----------
        what
            What it is for.
        sealed
            What :meth:`close` gave.
        within_s
            How old it may be, seconds.

        Returns
        -------
        dict or None
            ``None`` where it was forged, is too old or for something else.
        """
        try:
            packed = self._fernet.decrypt(sealed.encode("ascii", "replace"), within_s)
            text = zlib.decompressobj().decompress(packed, _MOST_OPENED)
            kind, value = json.loads(text)
        except (InvalidToken, zlib.error, ValueError):
            return None
        return value if kind == what and isinstance(value, dict) else None

    def keep(self, draft: Draft) -> str:
        """
        Seal a draft.

        Parameters
        ----------
        draft
            The draft.

        Returns
        -------
        str
            A text for a cookie.

        Raises
        ------
        InputError
            It is too large for one.
        """
        return self.close("draft", asdict(draft))

    def kept(self, sealed: str, *, within_s: int) -> Draft:
        """
        Open a draft; an empty one where there is none.

        Parameters
        ----------
        sealed
            What :meth:`keep` gave.
        within_s
            How old it may be, seconds.

        Returns
        -------
        Draft
            The draft.
        """
        value = self.open("draft", sealed, within_s=within_s) if sealed else None
        if value is None or set(value) != {"cameras", "people", "consent"}:
            return Draft()
        return Draft(tuple(value["cameras"]), value["people"], value["consent"])
