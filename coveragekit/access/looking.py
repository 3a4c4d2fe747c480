"""Look at cameras: a camera's id, a person and a purpose in, pictures out."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Self

from coveragekit.access.feed_settings import FeedSettings, read_feed_settings
from coveragekit.access.going_on import still_may_each
from coveragekit.access.grounds import covered_each, grounds_of
from coveragekit.access.picture_lines import Asked
from coveragekit.access.recording import latest_time
from coveragekit.errors import RegistryError
from coveragekit.feeds.hub import Hub
from coveragekit.feeds.opening import open_feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from coveragekit.access.door import Door
    from coveragekit.access.people import Purpose, User
    from coveragekit.access.questions import Kind
    from coveragekit.access.watched import Watched
    from coveragekit.feeds.hub import Want
    from coveragekit.feeds.masks import Mask
    from coveragekit.feeds.messages import Message
    from coveragekit.feeds.viewer import Form

__all__ = ["OVER", "UNASKED", "Look", "Looks"]

_ASK_EACH_S: Final = 0.5
# less than the two seconds that are promised: what was decided has to be told, too
_ASKED_WITHIN_S: Final = 1.8
OVER: Final = (
    "this picture may no longer be shown: the owner's consent, the share or the right "
    "to look has ended"
)
UNASKED: Final = (
    "the registry cannot be asked whether this picture may still be shown; look again"
)


class Look:
    """
    One person's look at one camera; :meth:`Looks.look` begins it.

    Parameters
    ----------
    viewer
        What is sent.
    camera_id
        The camera.
    form
        ``"fmp4"``: the compressed stream; ``"jpeg"``: single pictures.
    name
        What the camera is called.
    is_masked
        Whether parts of the picture are covered.
    asked
        Who asked for it, and what for.
    leave
        Called once, with how it ended and how many seconds it lasted.
    """

    is_recorded: ClassVar[bool] = False
    """Whether what is shown was filmed before, and is not the present."""

    def __init__(  # noqa: PLR0913 - one look's own things, handed over once
        self,
        viewer: Watched,
        camera_id: str,
        form: Form,
        *,
        name: str,
        is_masked: bool,
        asked: Asked,
        leave: Callable[[Look, str, float], None],
    ) -> None:
        self.camera_id = camera_id
        self.name = name
        self.form = form
        self.is_masked = is_masked
        self._viewer = viewer
        self.asked = asked
        self._leave = leave
        self._lock = threading.Lock()
        self._began_s = self._asked_s = time.monotonic()
        self._over: str | None = None
        self._has_left = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    @property
    def is_over(self) -> bool:
        """Whether it was ended because it may not go on."""
        return self._over is not None

    def take(self, timeout_s: float = 1.0) -> list[Message]:
        """
        Take what has come: the stream's beginning, fragments, pictures and states.

        Parameters
        ----------
        timeout_s
            How long to wait where nothing has come.

        Returns
        -------
        list of Message
            In order. Once the look may not go on, the state ``"refused"`` and nothing
            more.
        """
        left_s = _ASKED_WITHIN_S - (time.monotonic() - self._asked_s)
        messages = self._viewer.take(max(0.0, min(timeout_s, left_s)))
        # asked after the wait: what came meanwhile is shown by an answer that is new
        if time.monotonic() - self._asked_s >= _ASKED_WITHIN_S:
            self.end(UNASKED)
            messages = self._viewer.take(0.0)
        return messages

    def ack(self, index: int) -> None:
        """
        Acknowledge a fragment or picture and all before it.

        Parameters
        ----------
        index
            Its number.
        """
        self._viewer.ack(index)

    def heed(self, asked_s: float) -> None:
        """
        Take note that the registry said that it may go on, and what is covered.

        Parameters
        ----------
        asked_s
            When it was asked, by the monotonic clock.
        """
        self._asked_s = asked_s

    def end(self, words: str) -> None:
        """
        End the look because it may not go on; its viewer is told so.

        Parameters
        ----------
        words
            Why.
        """
        with self._lock:
            if self._over is not None:
                return
            self._over = words
        self._viewer.refuse(words, "AccessRefused")

    def remask(self, masks: tuple[Mask, ...]) -> None:
        """
        Take note of what is covered now; a hub tells its viewers itself.

        Parameters
        ----------
        masks
            What is covered.
        """

    @property
    def told(self) -> dict[str, Any]:
        """What the line of the log says besides."""
        return {}

    def leave(self) -> None:
        """Look no longer; how long it lasted is on record. May be called twice."""
        with self._lock:
            if self._has_left:
                return
            self._has_left = True
        self._viewer.leave()
        how = "left" if self._over is None else "ended"
        self._leave(self, how, time.monotonic() - self._began_s)


class Looks:
    """
    Opens cameras for those who may look, and asks again while they do.

    Parameters
    ----------
    door
        The registry's door.
    settings
        What may be opened; where it is not given, what ``COVERAGEKIT_FEEDS`` names.
    hub
        Shares connections; one of its own where it is not given.

    Notes
    -----
    While anybody looks, the registry is asked every half second whether each look may
    go on, and which parts of its picture are covered. A look of which that was not
    learnt for two seconds ends.
    """

    def __init__(
        self,
        door: Door,
        settings: FeedSettings | None = None,
        *,
        hub: Hub | None = None,
    ) -> None:
        self.door = door
        self.settings = settings or read_feed_settings()
        gate = self.settings.gate
        self.hub = hub or Hub(lambda target, want: open_feed(target, gate, want=want))
        self._lock = threading.Lock()
        self._looks: set[Look] = set()
        self._masks: dict[str, tuple[Mask, ...]] = {}
        self._stop = threading.Event()
        self._asker: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def look(  # noqa: PLR0913 - who, why, what and how
        self,
        user: User,
        purpose: Purpose,
        camera_id: str,
        *,
        form: Literal["best", "fmp4", "jpeg"] = "best",
        want: Want = "main",
        kind: Kind = "human",
        rate_hz: float = 3.0,
        width_px: int | None = None,
    ) -> Look:
        """
        Look at a camera's live picture.

        Parameters
        ----------
        user
            Who looks.
        purpose
            What for.
        camera_id
            The camera.
        form
            ``"fmp4"``: the compressed stream; ``"jpeg"``: single pictures; ``"best"``:
            the stream, unless parts of the picture are covered.
        want
            ``"main"``, ``"sub"`` or ``"snapshot"``.
        kind
            ``"human"``, or ``"unattended"`` where a rule looks and nobody asked.
        rate_hz, width_px
            How many single pictures a second, and how wide at most.

        Returns
        -------
        Look
            To be left in the end.

        Raises
        ------
        AccessRefused
            It is not allowed; the reason is on record.
        FeedUnsupported
            The camera has no feed here, or the stream of a masked camera was asked for.
        FeedError
            Too many cameras or viewers already.
        """
        asked = Asked(self.door, user, "view_live", camera_id, purpose, kind)
        asked.demand()
        grounds = grounds_of(self.door, self.settings, user, camera_id=camera_id)
        shown: Form = "fmp4" if form == "fmp4" else "jpeg"
        if form == "best" and not grounds.masks:
            shown = "fmp4"
        viewer = self.hub.join(
            grounds.target,
            masks=grounds.masks,
            want=want,
            as_=shown,
            rate_hz=rate_hz,
            width_px=width_px,
            keeps=grounds.keeps,
        )
        look = Look(
            viewer,
            camera_id,
            shown,
            name=grounds.name,
            is_masked=bool(grounds.masks),
            asked=asked,
            leave=lambda one, how, seconds: self.left(
                one, asked, how=how, seconds=seconds
            ),
        )
        self.begin(look, grounds.masks)
        return look

    def begin(self, look: Look, masks: tuple[Mask, ...]) -> None:
        """
        Ask from now on whether a look may go on.

        Parameters
        ----------
        look
            The look.
        masks
            What is covered of its camera's picture as it begins.
        """
        with self._lock:
            self._looks.add(look)
            self._masks[look.camera_id] = masks
            self._start_asking()

    def left(self, look: Look, asked: Asked, *, how: str, seconds: float) -> None:
        """
        Write down that a look was left, and ask about it no more.

        Parameters
        ----------
        look
            The look.
        asked
            Who looked, and what for.
        how
            ``"left"``, or ``"ended"`` where it might not go on.
        seconds
            How long it lasted.
        """
        with self._lock:
            self._looks.discard(look)
        told = {"how": how, "form": look.form, "seconds": round(seconds, 1)}
        asked.note(told | look.told)

    @property
    def is_closed(self) -> bool:
        """Whether nothing is shown here any more."""
        return self._stop.is_set()

    def close(self) -> None:
        """End every look and let every camera go."""
        self._stop.set()
        with self._lock:
            looks, asker = list(self._looks), self._asker
        fault: RegistryError | None = None
        for look in looks:
            try:
                look.leave()
            except RegistryError as error:
                # one line that cannot be written keeps no other camera connected
                fault = error
        if asker is not None:
            asker.join()
        self.hub.close()
        if fault is not None:
            raise fault

    def _start_asking(self) -> None:
        if self._asker is None or not self._asker.is_alive():
            self._asker = threading.Thread(
                target=self._keep_asking, name="looks", daemon=True
            )
            self._asker.start()

    def _keep_asking(self) -> None:
        while not self._stop.wait(_ASK_EACH_S):
            with self._lock:
                looks = list(self._looks)
                if not looks:
                    # who comes next finds no thread and starts one
                    self._asker = None
                    return
            try:
                asked_s = time.monotonic()
                may = still_may_each([look.asked for look in looks])
                for look in looks:
                    if not may[look.asked]:
                        look.end(OVER)
                self._ask_for_masks({look.camera_id for look in looks})
                # nobody goes on of whom it is not known what is covered
                for look in looks:
                    look.heed(asked_s)
            except RegistryError:
                # who cannot be asked about ends by itself, and is told why
                continue

    def _ask_for_masks(self, camera_ids: set[str]) -> None:
        with self.door.registry.read() as connection:
            at = latest_time(connection, self.door.registry.clock())
            found = covered_each(connection, camera_ids, at)
        with self._lock:
            changed = [one for one in found if self._masks.get(one) != found[one]]
            self._masks |= found
            looks = list(self._looks)
        for camera_id in changed:
            self.hub.mask(camera_id, found[camera_id])
        for look in looks:
            if look.camera_id in found:
                look.remask(found[look.camera_id])
