"""Leaving: who gives a code and the contact that fits gets the receipts at once."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import secrets
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from coveragekit.errors import CoverageKitError
from coveragekit.server.base import Plain
from coveragekit.server.days import moment_words
from coveragekit.server.fields import read_withdrawal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from coveragekit.server.office import Departure

    Departures = tuple[Departure, ...]

__all__ = ["Leavings", "Left", "LeftText", "Withdraw", "evenly"]

_log = logging.getLogger(__name__)
_MOST: Final = 2000
_KEPT_S: Final = 3600
# Every answer takes a multiple of it, and a little more by chance: how long it took
# says nothing of what was found.
_EVEN_S: Final = 0.5


class Leavings:
    """
    What owners have left with in the last hour, so that their receipts can be shown.

    Parameters
    ----------
    clock
        Gives seconds that never go back.

    Notes
    -----
    Every try asks the registry anew, as what was left may have been registered again
    since. Where nothing is found any more, because what was sent was deleted, the same
    try is told what it has done before. It is held in memory alone, and by nothing that
    was typed; a try that fits nothing is not remembered.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._under_way: dict[str, asyncio.Task[Departures]] = {}
        self._known: OrderedDict[str, tuple[float, Departures]] = OrderedDict()

    @staticmethod
    def key_of(receipt: str, contact: str) -> str:
        """
        Give the name of a try.

        Parameters
        ----------
        receipt
            The code.
        contact
            The contact.

        Returns
        -------
        str
            Letters and digits; the same however the code was typed.

        Examples
        --------
        >>> key = Leavings.key_of("abcde-fghjk", "a@b.org")
        >>> key == Leavings.key_of("ABCDEFGHJK", "A@b.org")
        True
        """
        told = f"{receipt.replace('-', '').upper()}\0{contact.casefold()}"
        return hashlib.sha256(told.encode("utf-8")).hexdigest()

    async def of(
        self, key: str, leave: Callable[[], Coroutine[object, object, Departures]]
    ) -> Departures:
        """
        Leave, and give what was left with, now or by the same try before.

        Parameters
        ----------
        key
            Of :meth:`key_of`.
        leave
            Leaves, and gives what was left with.

        Returns
        -------
        tuple of Departure
            Empty where nothing was found.
        """
        coming = self._under_way.get(key)
        if coming is None:
            coming = asyncio.ensure_future(leave())
            self._under_way[key] = coming
            coming.add_done_callback(lambda _: self._under_way.pop(key))
        found = await asyncio.shield(coming)
        if found:
            self._known.pop(key, None)
            self._known[key] = (self._clock(), found)
        return found or self.kept(key)

    def kept(self, key: str) -> Departures:
        """
        Give what was left with.

        Parameters
        ----------
        key
            Of :meth:`key_of`.

        Returns
        -------
        tuple of Departure
            Empty where it is not, or no longer, known.
        """
        over = self._clock() - _KEPT_S
        while self._known:
            first, (since, _) = next(iter(self._known.items()))
            if since > over and len(self._known) <= _MOST:
                break
            del self._known[first]
        return self._known.get(key, (0.0, ()))[1]


class Withdraw(Plain):
    """Leaving."""

    def get(self) -> None:
        """Ask for code and contact."""
        values, faults = self.refused() or ({}, {})
        self.show("withdraw.html", values=values, faults=faults)

    async def post(self) -> None:
        """Show what ended; of what fits nothing the answer is always the same."""
        given = self.fields()
        read = read_withdrawal(given)
        if read.faults:
            self.refuse(given, read.faults)
            return
        self.take("withdraw")
        receipt, contact = read.values["receipt"], read.values["contact"]
        leavings: Leavings = self.settings["leavings"]
        key = leavings.key_of(receipt, contact)
        try:
            found = await self.settings["evenly"](
                leavings.of(key, lambda: self.leave(receipt, contact))
            )
        except (CoverageKitError, OSError) as error:
            number = secrets.token_hex(3).upper()
            _log.error("reference %s: %s at leaving", number, type(error).__name__)
            self.refuse(given, {"form": "fault.unleft"}, reference=number)
            return
        if not found:
            self.refuse(given, {"form": "fault.nothing"})
            return
        sealed = self.shop.seal.close("left", {"key": key})
        self.put("ck_left", sealed, lasting_s=_KEPT_S)
        self.put("ck_again", "", lasting_s=0)
        self.go("withdraw/done")

    async def leave(self, receipt: str, contact: str) -> Departures:
        """Leave, in a thread of the registry's."""
        # A flood of guesses neither fills the log nor makes anybody wait.
        noted = not self.shop.limits.wait_of_all_s("miss")
        desk, office = self.shop.desk, self.shop.office
        return await desk.office.run(
            office.withdraw,
            receipt,
            contact,
            time_zone=desk.time_zone,
            note_misses=noted,
        )


class _Receipts(Plain):
    """What one who has just left may see again for an hour."""

    def left(self) -> list[dict[str, str]]:
        """Give the receipts; none to any other browser."""
        kept = self.get_cookie("ck_left", "") or ""
        told = self.shop.seal.open("left", kept, within_s=_KEPT_S) if kept else None
        leavings: Leavings = self.settings["leavings"]
        return [
            self.receipt(one) for one in leavings.kept(str((told or {}).get("key")))
        ]

    def receipt(self, one: Departure) -> dict[str, str]:
        """Give a receipt as a page shows it."""
        zone = self.shop.desk.time_zone
        when = moment_words(one.at, zone, self.language)
        place = one.place or self.say("left.no_place")
        ended = self.say("left.waiting" if one.is_waiting else "left.camera", when=when)
        words = one.words.get(self.language, "") or f"{place}\n\n{ended}\n"
        return {"place": place, "ended": ended, "code": one.code, "words": words}


class Left(_Receipts):
    """What ended, and when."""

    def get(self) -> None:
        """Show the receipts."""
        receipts = self.left()
        if not receipts:
            self.go("withdraw")
            return
        self.show("left.html", receipts=receipts)


class LeftText(_Receipts):
    """The same as a file."""

    def get(self) -> None:
        """Send it."""
        receipts = self.left()
        if not receipts:
            self.go("withdraw")
            return
        line = f"\n{'-' * 60}\n\n"
        self.hand(self.say("left.file"), line.join(one["words"] for one in receipts))


async def evenly(work: Awaitable[Departures]) -> Departures:
    """
    Wait for work, and so long that its time does not tell what came of it.

    Parameters
    ----------
    work
        What to wait for.

    Returns
    -------
    object
        What it gave.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    try:
        return await work
    finally:
        took = loop.time() - begun
        chance = secrets.randbelow(100) / 1000.0
        await asyncio.sleep(max(math.ceil(took / _EVEN_S), 1) * _EVEN_S - took + chance)
