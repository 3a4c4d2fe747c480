"""One page's dealings with one camera: look, look back, keep what was seen."""

from __future__ import annotations

import threading
import time
import traceback
from typing import TYPE_CHECKING, Any, Final

from coveragekit.access.evidence import keep_clip, keep_still
from coveragekit.access.playback import replay_last
from coveragekit.errors import CoverageKitError, FeedBroken
from coveragekit.live.pump import Pump

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from coveragekit.access.looking import Look, Looks
    from coveragekit.access.people import Purpose, User
    from coveragekit.live.pump import Form

__all__ = ["GONE_S", "Session"]

GONE_S: Final = 20.0
"""A page that says nothing for so long is there no more."""
_FORMS: Final[Mapping[str, Form]] = {"best": "best", "jpeg": "jpeg"}
_BACK: Final = frozenset({"watch", "replay"})
# what a page may do besides looking, and which action of the policy that is
_OFFERED: Final[Mapping[str, str]] = {
    "keep": "snapshot",
    "clip": "clip",
    "replay": "view_last",
}


class Session:
    """
    What one page does with one camera, each step asked of the door.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    camera_id
        The camera.
    user
        Who looks.
    purpose
        What for.
    send
        Sends a mapping and buffers to the page; called in threads of the session.
    want
        ``"main"``, or ``"sub"`` for the smaller stream.
    rate_hz
        Single pictures a second, where the stream cannot be shown.
    clock
        The monotonic clock.

    Notes
    -----
    What a page says is not believed: it chooses among what is offered here, and is
    offered what the owner and the policy allow.
    """

    def __init__(  # noqa: PLR0913 - who, why, what and how
        self,
        looks: Looks,
        camera_id: str,
        *,
        user: User,
        purpose: Purpose,
        send: Callable[[dict[str, Any], list[bytes]], None],
        want: str = "main",
        rate_hz: float = 8.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._looks, self._camera_id = looks, camera_id
        self._user, self._purpose = user, purpose
        self._send = send
        self._given: dict[str, Any] = {"want": want, "rate_hz": rate_hz}
        self._clock = clock
        self._is_back = False
        self._heard_s = clock()
        self._wanted: Form | None = None
        self._keeping = threading.Lock()
        self._former: Pump | None = None
        self._pump: Pump = self._new_pump()

    @property
    def is_on(self) -> bool:
        """Whether a page is being shown the camera."""
        return self._pump.is_on

    def hear(self, said: object) -> None:
        """
        Do what a page asks for, if it is something that is offered.

        Parameters
        ----------
        said
            A ``"kind"``: ``"watch"`` or ``"replay"`` with a ``"form"``, ``"rest"``,
            ``"ack"`` with an ``"index"``, ``"keep"`` (of ``"what"`` ``"clip"`` the last
            minute, else a still), or ``"here"``.
        """
        if not isinstance(said, dict):
            return
        kind, index = said.get("kind"), said.get("index")
        wanted = said.get("form")
        form = _FORMS.get(wanted) if isinstance(wanted, str) else None
        was_gone = not self._is_there()
        self._heard_s = self._clock()
        if kind == "ack" and isinstance(index, int):
            self._pump.ack(index)
        elif isinstance(kind, str) and kind in _BACK and form is not None:
            self._start(form, is_back=kind == "replay")
        elif kind == "rest":
            self.stop()
        elif kind == "keep":
            self._keep(is_clip=said.get("what") == "clip")
        elif kind == "here" and was_gone and self._wanted is not None:
            # a machine that slept: its page believes that it is still being shown
            self._start(self._wanted, is_back=self._is_back)

    def halt(self) -> None:
        """Have it end soon, and wait for nothing."""
        self._wanted = None
        for one in self._pumps():
            one.halt()

    def stop(self) -> None:
        """Look no longer; may be called twice."""
        self._wanted = None
        for one in self._pumps():
            one.stop()

    def _new_pump(self) -> Pump:
        more, is_there = self._offers, self._is_there
        return Pump(self._begin, self._send, more=more, is_there=is_there)

    def _pumps(self) -> list[Pump]:
        former = self._former
        return [self._pump] if former is None else [self._pump, former]

    def _start(self, form: Form, *, is_back: bool) -> None:
        if is_back and self._pump.is_on and not self._is_back:
            # what was kept of a camera goes with the last one who looks at it, so that
            # the live picture is left when the recorded one has begun
            self._former, self._pump = self._pump, self._new_pump()
        else:
            for one in self._pumps():
                one.stop()
        self._wanted, self._is_back = form, is_back
        self._pump.start(form)

    def _begin(self, form: Form) -> Look:
        who = (self._looks, self._user, self._purpose, self._camera_id)
        if not self._is_back:
            return self._looks.look(*who[1:], form=form, **self._given)
        try:
            return replay_last(*who, form=form)
        finally:
            former = self._former
            self._former = None
            if former is not None:
                former.stop()

    def _is_there(self) -> bool:
        return self._clock() - self._heard_s < GONE_S

    def _offers(self, look: Look) -> dict[str, Any]:
        """Say what else the page may be offered; it is asked of the door again then."""
        may: dict[str, bool] = {}
        for name, action in _OFFERED.items():
            may[name] = self._looks.door.still_may(
                self._user, action, self._camera_id, self._purpose
            )
        if self._looks.settings.evidence is None:
            may["keep"] = may["clip"] = False
        if look.is_masked:
            may["clip"] = False
        can = [name for name, is_so in may.items() if is_so]
        return {"recorded": look.is_recorded, "can": can}

    def _keep(self, *, is_clip: bool) -> None:
        if self._keeping.acquire(blocking=False):
            threading.Thread(
                target=self._keep_now, args=(is_clip,), name="keep", daemon=True
            ).start()

    def _keep_now(self, is_clip: bool) -> None:  # noqa: FBT001 - a thread's argument
        words, is_good = "it could not be kept; try again", False
        who = (self._looks, self._user, self._purpose, self._camera_id)
        try:
            all_kept = keep_clip(*who) if is_clip else (keep_still(*who),)
            more = f" and {len(all_kept) - 1} more" if len(all_kept) > 1 else ""
            words, is_good = f"kept as {all_kept[0].path.name}{more}", True
        except CoverageKitError as error:
            # our own words: they name the camera by its id and hold no address
            words = str(error)
        except Exception as error:  # noqa: BLE001 - the page is told of any
            # its words may hold an address: kind and place have to do
            where = traceback.extract_tb(error.__traceback__)[-1]
            kind, place = type(error).__name__, f"{where.name}:{where.lineno}"
            message = f"a picture was not kept: {kind} in {place}"
            raise FeedBroken(message) from None
        finally:
            self._keeping.release()
            self._send({"kind": "kept", "words": words, "is_good": is_good}, [])
