"""Simulated cameras for the demo: served on loopback, in a registry of their own."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import shutil
import socket
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from coveragekit.access.demo_plan import plan_cameras
from coveragekit.access.demo_registry import fill_registry
from coveragekit.access.feed_settings import FeedSettings, read_feed_settings
from coveragekit.access.opening import open_door
from coveragekit.errors import CoverageKitError, InputError
from coveragekit.feeds.simulated_scene import scene_of
from coveragekit.feeds.simulated_server import SimulatedCameras

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from coveragekit.access.demo_plan import DemoCamera
    from coveragekit.access.door import Door

__all__ = ["DemoFeeds", "demo_folder"]

_HOST: Final = "127.0.0.1"
_VERSION: Final = 1
_MADE: Final = "made.json"
_GOOD_FOR: Final = timedelta(days=180)
_USER: Final = "simulated"
_LOGINS: Final = ("login", "wrong_login")
_LOG = logging.getLogger(__name__)
_SHIPPED: Final = Path(__file__).with_name("data") / "policy.toml"


def demo_folder(study: str | Path) -> Path:
    """
    Give where the simulated cameras of a study are kept: beside it, never inside.

    Parameters
    ----------
    study
        The study's folder.

    Returns
    -------
    pathlib.Path
        The folder, whether it is there or not.

    Examples
    --------
    >>> demo_folder("demo-study").name
    'demo-study-cameras'
    """
    path = Path(study).resolve()
    return path.with_name(f"{path.name}-cameras")


@dataclass(frozen=True, slots=True)
class _Made:
    """What a folder of simulated cameras was made with."""

    port: int
    closed_port: int
    camera_ids: tuple[str, ...]
    made_at: datetime

    def write(self, folder: Path) -> None:
        told = {
            "version": _VERSION,
            "port": self.port,
            "closed_port": self.closed_port,
            "camera_ids": list(self.camera_ids),
            "made_at": self.made_at.isoformat(),
        }
        (folder / _MADE).write_text(json.dumps(told), "utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Give what was written, or nothing where it is not of this version."""
        try:
            told = json.loads((folder / _MADE).read_text("utf-8"))
            if told["version"] != _VERSION:
                return None
            made_at = datetime.fromisoformat(told["made_at"])
            ids = tuple(str(one) for one in told["camera_ids"])
            return cls(int(told["port"]), int(told["closed_port"]), ids, made_at)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def fits(self, cameras: Iterable[DemoCamera]) -> bool:
        """Whether it holds these cameras, and their owners' consents still last."""
        is_recent = datetime.now(UTC) - self.made_at < _GOOD_FOR
        return is_recent and self.camera_ids == tuple(one.camera_id for one in cameras)


class DemoFeeds:
    """
    Simulated cameras that film while this object lives, and a registry that has them.

    Some are integrated by simulated owners, some are the agency's; one is masked, one
    looks at a privacy zone, one is offline, one refuses its login, one is registered
    and no more. They are served on the loopback address alone, and nothing of the
    user's own registry, keys or settings is touched.

    Parameters
    ----------
    study
        A built study whose cameras they stand in for.
    folder
        Where they are kept; beside the study where it is not given. What is there from
        another time is used again.
    has_clock_bits
        Whether a strip with a clock that a program reads is drawn into the pictures.

    Attributes
    ----------
    cameras
        Which cameras they are, and what each is there to show.
    folder
        Where they are kept. A folder of its own for this time where the usual one is
        in use by another demo.
    door
        The door of their registry.
    settings
        What may be opened: their two ports, and nothing else.

    Raises
    ------
    InputError
        The study has too few cameras, or the folder holds something else.
    StudyError
        The study was never built.
    RegistryError
        The registry cannot be made there.
    OSError
        The folder cannot be written.
    """

    def __init__(
        self,
        study: str | Path,
        folder: str | Path | None = None,
        *,
        has_clock_bits: bool = False,
    ) -> None:
        self.cameras = plan_cameras(study)
        self._stack = contextlib.ExitStack()
        with contextlib.ExitStack() as undo:
            undo.callback(self._stack.close)
            usual = demo_folder(study) if folder is None else Path(folder).resolve()
            self.folder = usual
            if not self._use(usual, has_clock_bits=has_clock_bits):
                self._make(usual, has_clock_bits=has_clock_bits)
            # of this version, also where the rest is of another time
            shutil.copyfile(_SHIPPED, self._policy)
            self.settings: FeedSettings = read_feed_settings(self.folder / "feeds.toml")
            self.door: Door = self._stack.enter_context(
                open_door(self._registry, policy=self._policy, sign=False)
            )
            undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def environment(self) -> Mapping[str, str]:
        """What another process finds them by, as environment variables."""
        return {
            "COVERAGEKIT_REGISTRY": str(self._registry),
            "COVERAGEKIT_FEEDS": str(self.folder / "feeds.toml"),
            "COVERAGEKIT_POLICY": str(self._policy),
            "COVERAGEKIT_CHECKPOINTS": str(self.folder / "checkpoints"),
            "COVERAGEKIT_AUDIT_KEY": str(self.folder / "keys" / "audit.pem"),
            # a page says so beside each picture
            "COVERAGEKIT_SIMULATED_FEEDS": "1",
        }

    def ids(self, *parts: str) -> tuple[str, ...]:
        """
        Give the ids of the cameras that are there to show something.

        Parameters
        ----------
        *parts
            Such as ``"plain"``, ``"masked"`` or ``"offline"``; all where none is named.

        Returns
        -------
        tuple of str
            Their ids.
        """
        return tuple(
            one.camera_id for one in self.cameras if not parts or one.part in parts
        )

    def close(self) -> None:
        """Film no longer; what is kept in the folder stays. Again does nothing."""
        self._stack.close()

    @property
    def _registry(self) -> Path:
        return self.folder / "registry.sqlite"

    @property
    def _policy(self) -> Path:
        return self.folder / "policy.toml"

    def _use(self, folder: Path, *, has_clock_bits: bool) -> bool:
        """Film again for what was made another time, where that can be."""
        made = _Made.read(folder)
        if made is None or not made.fits(self.cameras):
            return False
        try:
            place = folder / "registry.sqlite"
            with open_door(place, policy=_SHIPPED, sign=False):
                logins = _read_logins(folder)
            self._film((made.port, made.closed_port), logins, bits=has_clock_bits)
        except (CoverageKitError, OSError):
            # of a former version, or another demo films there at this moment
            self._stack.close()
            return False
        return True

    def _make(self, usual: Path, *, has_clock_bits: bool) -> None:
        logins = {one: f"{_USER}:{secrets.token_urlsafe(9)}" for one in _LOGINS}
        ports = self._film((0, 0), logins, bits=has_clock_bits)
        usual.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{usual.name}-", dir=usual.parent))
        with contextlib.ExitStack() as undo:
            undo.callback(shutil.rmtree, made, ignore_errors=True)
            self._fill(made, ports, logins)
            ids = tuple(one.camera_id for one in self.cameras)
            _Made(*ports, ids, datetime.now(UTC)).write(made)
            if self._is_free(usual):
                made.rename(usual)
            else:
                # another demo films there: this one is taken away when it ends
                self.folder = made
                self._stack.callback(shutil.rmtree, made, ignore_errors=True)
            undo.pop_all()

    def _is_free(self, usual: Path) -> bool:
        """Clear what nobody uses away; ``False`` where somebody does."""
        if not usual.exists():
            return True
        former = _Made.read(usual)
        if former is None and not (usual / _MADE).is_file():
            message = (
                f"{usual} is there and holds no simulated cameras; name another "
                "folder, or move it away"
            )
            raise InputError(message)
        if former is not None and _listens(former.port):
            return False
        if any((usual / "evidence").glob("*")):
            _set_aside(usual)
        else:
            shutil.rmtree(usual)
        return True

    def _film(
        self, ports: tuple[int, int], logins: Mapping[str, str], *, bits: bool
    ) -> tuple[int, int]:
        shown = {one.camera_id: one for one in self.cameras if one.part != "offline"}
        scenes = [
            scene_of(key, one.name, has_clock_bits=bits) for key, one in shown.items()
        ]
        asked = {
            one.camera_id: logins[one.part]
            for one in self.cameras
            if one.part in logins
        }
        server = SimulatedCameras(scenes, port=ports[0], logins=asked)
        self._server = self._stack.enter_context(server)
        # nothing listens there, and nobody else can while it is held
        closed = self._stack.enter_context(socket.socket())
        closed.bind((_HOST, ports[1]))
        return server.port, int(closed.getsockname()[1])

    def _fill(
        self, folder: Path, ports: tuple[int, int], logins: Mapping[str, str]
    ) -> None:
        kept = folder / "secrets"
        kept.mkdir(mode=0o700)
        for part, login in logins.items():
            # who refuses its login was given another password than the one kept here
            wrong = f"{_USER}:{secrets.token_urlsafe(9)}"
            _write_secret(kept / part, wrong if part == "wrong_login" else login)
            _write_secret(kept / f"{part}.asked", login)
        allowed = json.dumps([f"{_HOST}:{port}" for port in ports])
        lines = (
            "# Written by the demo: these two ports of this machine, and nothing else.",
            f"exempt = {allowed}",
            'secrets = "secrets"',
            'evidence = "evidence"',
        )
        (folder / "feeds.toml").write_text("\n".join([*lines, ""]), "utf-8")
        addresses = {one.camera_id: self._addresses(one, ports) for one in self.cameras}
        place = folder / "registry.sqlite"
        with open_door(place, policy=_SHIPPED, create=True, sign=False) as door:
            fill_registry(door, self.cameras, addresses)

    def _addresses(self, one: DemoCamera, ports: tuple[int, int]) -> dict[str, str]:
        if one.part == "offline":
            return {"address": f"http://{_HOST}:{ports[1]}/stream.m3u8"}
        told = {
            form: self._server.address(one.camera_id, form)
            for form in ("hls", "mjpeg", "snapshot")
        }
        if one.part in {"mjpeg", "snapshot"}:
            return {"address": told[one.part]}
        return {"address": told["hls"], "snapshot": told["snapshot"]}


def _set_aside(folder: Path) -> None:
    """Keep a folder in which somebody kept pictures, and the log that proves them."""
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    names = (f"{folder.name}-until-{day}-{number}" for number in count(1))
    aside = next(one for one in map(folder.with_name, names) if not one.exists())
    folder.rename(aside)
    _LOG.warning("pictures were kept in %s: it is now %s", folder, aside)


def _listens(port: int) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((_HOST, port)) == 0


def _write_secret(path: Path, login: str) -> None:
    made: Any = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(made, "w", encoding="utf-8") as file:
        file.write(login)


def _read_logins(folder: Path) -> dict[str, str]:
    kept = folder / "secrets"
    return {part: (kept / f"{part}.asked").read_text("utf-8") for part in _LOGINS}
