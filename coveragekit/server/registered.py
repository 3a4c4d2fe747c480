"""The registry behind the form, reached through its door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coveragekit import access
from coveragekit.errors import InputError
from coveragekit.server.office import Departure, Quote
from coveragekit.server.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Registered"]


class Registered:
    """
    A registry as the form meets it: it takes in, and gives nothing out.

    Parameters
    ----------
    door
        Its open door; who opened it closes it.
    """

    def __init__(self, door: access.Door) -> None:
        self._door = door

    def text(self, kind: str, language: str) -> access.ConsentText:
        """
        Give a consent text.

        Parameters
        ----------
        kind
            ``"registration"`` or ``"integration"``.
        language
            Its language.

        Returns
        -------
        ConsentText
            The newest version.

        Raises
        ------
        InputError
            There is none of that kind or language.
        """
        return access.consent_text(kind, language)

    def quote(self, *, cameras: int, days: float) -> Quote | None:
        """
        Give what integrating would cost today.

        Parameters
        ----------
        cameras
            How many.
        days
            How long pictures would be kept, days.

        Returns
        -------
        Quote or None
            ``None`` where no plan is in force, or the plan has no price for so many.

        Raises
        ------
        RegistryError
            The registry cannot be read.
        """
        try:
            found = access.fee_quote(cameras=cameras, days=days, registry=self._door)
        except InputError:  # more cameras or days than the plan has prices for
            return None
        if found is None:
            return None
        return Quote(
            plan=found.plan,
            currency=found.currency,
            one_off=found.one_off,
            yearly=found.yearly,
            first_year_included=found.of.first_year_included,
            since=found.of.effective_from,
            until=found.of.effective_to,
            example=found.of.example,
        )

    def submit(self, payload: Mapping[str, Any], *, language: str) -> str:
        """
        Put a registration into the queue.

        Parameters
        ----------
        payload
            What the owner sends.
        language
            The owner's language.

        Returns
        -------
        str
            The receipt's code.

        Raises
        ------
        InputError
            It could not be accepted as it is.
        RegistryError
            The registry cannot be written to.
        """
        return access.submit(payload, language=language, registry=self._door)

    def withdraw(
        self, receipt: str, contact: str, *, time_zone: str, note_misses: bool = True
    ) -> tuple[Departure, ...]:
        """
        Withdraw what a receipt stands for.

        Parameters
        ----------
        receipt
            Its code.
        contact
            The e-mail address or phone that was given with it.
        time_zone
            Zone in which receipts tell times.
        note_misses
            Whether a code that stands for nothing is written down.

        Returns
        -------
        tuple of Departure
            What has ended, now or before; empty where code and contact do not fit.

        Raises
        ------
        RegistryError
            The registry cannot be written to.
        """
        found = access.withdraw(
            receipt, contact, note_misses=note_misses, registry=self._door
        )
        return tuple(_departure(one, time_zone) for one in found)


def _departure(one: access.Leaving, time_zone: str) -> Departure:
    told, place = one.receipt, one.place or ""
    if told is None:
        return Departure(one.at, place)
    words = {
        language: access.receipt_words(
            told, language=language, time_zone=time_zone, camera=place or None
        )
        for language in LANGUAGES
    }
    return Departure(one.at, place, told.code, words)
