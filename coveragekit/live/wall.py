"""Many cameras as one widget: single pictures in turn, live on focus."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import anywidget
import traitlets

from coveragekit.access.glimpse import Glimpse, NoGlimpse
from coveragekit.access.glimpsing import Glimpses
from coveragekit.errors import CoverageKitError, InputError, RegistryError
from coveragekit.live.scripts import script
from coveragekit.live.session import GONE_S, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from coveragekit.access.looking import Looks
    from coveragekit.access.people import Purpose, User

__all__ = ["MOST_LIVE", "MOST_TILES", "Wall"]

_LOG = logging.getLogger(__name__)
MOST_TILES: Final = 64
"""More than these nobody watches; another wall shows the others."""
MOST_LIVE: Final = 32
"""So many play at the same time."""
_TAKE_S: Final = 0.5
_STALE_S: Final = 15.0
_STALE_ROUNDS: Final = 4
_TILE_RATE_HZ: Final = 3.0
_AGAIN_S: Final = 5.0
# The registry could not be asked about a tile: it is asked anew after a while.
_UNASKED: Final = "RegistryError"
_FULL: Final = f"{MOST_LIVE} cameras play already; let one of them rest first"


class Wall(anywidget.AnyWidget):
    """
    Many cameras as a grid, for a person with a purpose.

    Tiles show single pictures in turn, each with its age. A tile plays live while the
    pointer rests on it, or since it was clicked or Enter was pressed; chosen again it
    fills the wall. What is scrolled away or hidden is not looked at. Each camera that
    is shown is a look of its own in the audit log.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    camera_ids
        The cameras, at most 64, in the order of their tiles.
    user
        Who looks.
    purpose
        What for.
    columns
        Tiles in a row; as many as there is room for where it is not given.
    notes
        For a camera's id what stands below its name, such as what it shows of the place
        in question.
    want
        ``"sub"``: tiles play the smaller stream; or ``"main"``. What is enlarged plays
        the main stream.

    Raises
    ------
    InputError
        No camera, too many, or one twice.
    """

    _esm = script("player.js", "wall.js")
    _css = script("player.css", "wall.css")
    count = traitlets.Int(0).tag(sync=True)
    columns = traitlets.Int(0).tag(sync=True)
    notes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _is_made = False

    def __init__(  # noqa: PLR0913 - who, why, what and how
        self,
        looks: Looks,
        camera_ids: Iterable[str],
        *,
        user: User,
        purpose: Purpose,
        columns: int | None = None,
        notes: Mapping[str, str] | None = None,
        want: str = "sub",
    ) -> None:
        listed = tuple(camera_ids)
        _check(listed, columns)
        told = notes or {}
        super().__init__(
            count=len(listed),
            columns=columns or 0,
            notes=[told.get(one, "") for one in listed],
        )
        self._looks, self._user, self._purpose = looks, user, purpose
        self._want = want
        self._camera_ids = listed
        self._places = {one: place for place, one in enumerate(listed)}
        self._glimpses = Glimpses(looks, user, purpose)
        self._seen: frozenset[int] = frozenset()
        self._tiles: dict[int, Session] = {}
        self._big: tuple[int, Session] | None = None
        self._heard_s = time.monotonic()
        self._lock = threading.Lock()
        self._carrier: threading.Thread | None = None
        self._unasked: dict[int, float] = {}
        self._is_made = True
        self.on_msg(self._hear)

    @property
    def seen(self) -> tuple[str, ...]:
        """The cameras that a page is being shown, as pictures or live."""
        return tuple(self._camera_ids[one] for one in sorted(self._seen))

    @property
    def live(self) -> tuple[str, ...]:
        """The cameras that play."""
        playing = {place for place, one in self._tiles.items() if one.is_on}
        if self._big is not None and self._big[1].is_on:
            playing.add(self._big[0])
        return tuple(self._camera_ids[one] for one in sorted(playing))

    def close(self) -> None:
        """Look no longer and take the widget away."""
        # widgets are closed when they go, and one that was refused has nothing to rest
        if self._is_made:
            self._rest_all()
            self._glimpses.close()
        super().close()

    def _hear(self, _: object, said: object, __: object) -> None:
        # What a page says is not believed: it chooses among what is offered here.
        if not isinstance(said, dict):
            return
        was_gone = self._is_gone()
        self._heard_s = time.monotonic()
        if said.get("kind") == "seen":
            self._see(self._among(said.get("tiles")), anew=was_gone)
        elif was_gone:
            # a machine that slept: its page believes that it is still being shown
            self._see(self._seen, anew=True)
        for place in self._among([said.get("tile")]):
            self._hear_tile(place, said)
        for place in self._among([said.get("big")]):
            self._hear_big(place, said)

    def _among(self, said: object) -> frozenset[int]:
        """Give the places of tiles that a page named."""
        named = said if isinstance(said, list) else []
        return frozenset(
            one for one in named if type(one) is int and 0 <= one < len(self._places)
        )

    def _is_gone(self) -> bool:
        return time.monotonic() - self._heard_s > GONE_S

    def _see(self, seen: frozenset[int], *, anew: bool = False) -> None:
        """Show the tiles on the screen, and no others."""
        gone, fresh = self._seen - seen, seen if anew else seen - self._seen
        self._seen = seen
        self._stop(self._tiles.pop(one) for one in gone & self._tiles.keys())
        self._rest(self._camera_ids[one] for one in sorted(gone))
        try:
            self._glimpses.begin(self._camera_ids[one] for one in sorted(fresh))
        except CoverageKitError as error:
            for place in fresh:
                self._refuse(place, str(error), type(error).__name__)
        if seen:
            self._start_carrier()

    def _rest(self, camera_ids: Iterable[str]) -> None:
        try:
            self._glimpses.rest(camera_ids)
        except RegistryError as error:
            # they are shown no longer; the lines of it are written with the next ones
            _LOG.warning("the end of looks is not on record yet: %s", error)

    def _hear_tile(self, place: int, said: dict[str, Any]) -> None:
        camera_id = self._camera_ids[place]
        kind = said.get("kind")
        if kind == "rest":
            self._stop([one for one in [self._tiles.pop(place, None)] if one])
            self._glimpses.resume(camera_id)
        elif kind == "watch" and place in self._seen:
            if place not in self._tiles and len(self.live) >= MOST_LIVE:
                self._refuse(place, _FULL, "TooMany")
                return
            self._glimpses.hold(camera_id)
            self._session(place).hear(said)
        elif kind in {"ack", "here"} and place in self._tiles:
            self._tiles[place].hear(said)

    def _session(self, place: int) -> Session:
        """Give what plays a tile; it is made when the tile first plays."""
        if place not in self._tiles:
            self._tiles[place] = self._new(
                place, "tile", want=self._want, rate_hz=_TILE_RATE_HZ
            )
        return self._tiles[place]

    def _hear_big(self, place: int, said: dict[str, Any]) -> None:
        if self._big is None or self._big[0] != place:
            if said.get("kind") != "watch":
                return
            self._stop([self._big[1]] if self._big else [])
            self._big = (place, self._new(place, "big"))
        self._big[1].hear(said)

    def _new(self, place: int, where: str, **more: Any) -> Session:  # noqa: ANN401
        return Session(
            self._looks,
            self._camera_ids[place],
            user=self._user,
            purpose=self._purpose,
            send=self._sender({where: place}),
            **more,
        )

    def _sender(
        self, where: dict[str, int]
    ) -> Callable[[dict[str, Any], Sequence[bytes]], None]:
        return lambda head, parts: self.send({**head, **where}, list(parts))

    def _refuse(self, place: int, words: str, fault: str) -> None:
        self._tell(place, state="refused", words=words, fault=fault)

    def _tell(self, place: int, **told: str) -> None:
        more = {"tile": place, "age_s": None, "since_at": None}
        self.send({"kind": "state", **told, **more})

    def _stop(self, sessions: Iterable[Session]) -> None:
        stopped = list(sessions)
        # each takes a moment to end: let them take it together
        for one in stopped:
            one.halt()
        for one in stopped:
            one.stop()

    def _rest_all(self) -> None:
        big, self._big = self._big, None
        self._stop([big[1]] if big else [])
        self._see(frozenset())

    def _start_carrier(self) -> None:
        with self._lock:
            if self._carrier is None or not self._carrier.is_alive():
                self._carrier = threading.Thread(
                    target=self._carry, name="wall", daemon=True
                )
                self._carrier.start()

    def _carry(self) -> None:
        """Send pictures to the page as they come, for as long as it is there."""
        is_over = False
        while not is_over:
            for one in self._glimpses.take(_TAKE_S):
                self._put(one)
            self._ask_anew()
            if self._is_gone():
                _LOG.info("a wall rests: its page has said nothing for %s s", GONE_S)
                self._rest(self._camera_ids)
            with self._lock:
                is_over = self._is_gone() or not self._seen
                if is_over:
                    # whoever shows something next finds no thread and starts one
                    self._carrier = None

    def _ask_anew(self) -> None:
        now_s = time.monotonic()
        due = [one for one, at_s in self._unasked.items() if at_s <= now_s]
        for place in due:
            del self._unasked[place]
        try:
            self._glimpses.begin(
                self._camera_ids[one] for one in due if one in self._seen
            )
        except RegistryError as error:
            _LOG.warning("a wall could not ask anew: %s", error)
            self._unasked |= dict.fromkeys(due, now_s + _AGAIN_S)

    def _put(self, one: Glimpse | NoGlimpse) -> None:
        place = self._places[one.camera_id]
        if isinstance(one, NoGlimpse):
            if one.fault == _UNASKED:
                self._unasked[place] = time.monotonic() + _AGAIN_S
            self._tell(place, state=one.state, words=one.words, fault=one.fault)
            return
        stale_s = max(_STALE_S, _STALE_ROUNDS * self._glimpses.period_s)
        head = {"kind": "glimpse", "name": one.name, "is_masked": one.is_masked}
        head |= {"came_at": one.came_at.isoformat(), "age_s": round(one.age_s, 2)}
        self.send({**head, "tile": place, "stale_s": stale_s}, [one.jpeg])


def _check(camera_ids: Sequence[str], columns: int | None) -> None:
    twice = sorted({one for one in camera_ids if camera_ids.count(one) > 1})
    if twice:
        message = f"camera {twice[0]} is named twice; a wall shows each camera once"
        raise InputError(message)
    if not 0 < len(camera_ids) <= MOST_TILES:
        message = (
            f"a wall of {len(camera_ids)} cameras; allowed: 1 to {MOST_TILES}; make "
            "another wall of the others"
        )
        raise InputError(message)
    if columns is not None and not 0 < columns <= MOST_TILES:
        message = f"a wall of {columns} columns; allowed: 1 to {MOST_TILES}"
        raise InputError(message)
