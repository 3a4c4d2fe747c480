"""Draw a made-up street as a camera might show it; no place and no person is real."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "CLOCK_BITS",
    "SimulatedScene",
    "draw_scene",
    "read_clock",
    "scene_of",
]

SIZE_PX: Final = (640, 360)
# A clock that a program can read back from the pixels: two bits, always 1 and 0,
# to tell black from white, and then milliseconds since 1970.
CLOCK_BITS: Final = 46
_CELL_PX: Final = 12
_CLOCK_X: Final = (SIZE_PX[0] - CLOCK_BITS * _CELL_PX) // 2
_HORIZON_PX: Final = 150
_SKIES: Final = ((171, 197, 221), (203, 211, 216), (226, 207, 184))
_WALLS: Final = ((148, 132, 118), (171, 160, 149), (120, 124, 133), (164, 126, 104))
_CARS: Final = (
    (38, 70, 106),
    (150, 46, 44),
    (228, 228, 224),
    (60, 60, 62),
    (196, 158, 60),
)


@dataclass(frozen=True, slots=True)
class _Car:
    lane: int
    start_share: float
    share_per_s: float
    length_px: float
    rgb: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class SimulatedScene:
    """
    A street that looks the same whenever it is drawn for the same moment.

    Parameters
    ----------
    camera_id
        The camera that shows it.
    name
        What is burnt into the picture beside the word "simulated".
    seed
        What the street is drawn from.
    is_night
        Whether it is drawn dark.
    has_clock_bits
        Whether a strip that a program reads is drawn below the picture.
    """

    camera_id: str
    name: str
    seed: int
    is_night: bool = False
    has_clock_bits: bool = False


def scene_of(
    camera_id: str,
    name: str | None = None,
    *,
    is_night: bool = False,
    has_clock_bits: bool = False,
) -> SimulatedScene:
    """
    Make the street of a camera; the same camera always has the same one.

    Parameters
    ----------
    camera_id
        The camera.
    name
        Its name; the id where it has none.
    is_night
        Whether the street is drawn dark.
    has_clock_bits
        Whether a strip with a clock that a program reads is drawn.

    Returns
    -------
    SimulatedScene
        The street.

    Raises
    ------
    InputError
        The id is empty.

    Examples
    --------
    >>> scene_of("cam_1", "Lake Drive 4").name
    'Lake Drive 4'
    >>> scene_of("cam_1") == scene_of("cam_1")
    True
    """
    if not camera_id:
        msg = "a simulated camera needs an id; the one given is empty"
        raise InputError(msg)
    digest = hashlib.sha256(camera_id.encode()).digest()
    return SimulatedScene(
        camera_id,
        name or camera_id,
        int.from_bytes(digest[:4], "big"),
        is_night=is_night,
        has_clock_bits=has_clock_bits,
    )


def draw_scene(scene: SimulatedScene, at: datetime) -> Image.Image:
    """
    Draw a street as it is at one moment, with its name and clock burnt in.

    Parameters
    ----------
    scene
        The street.
    at
        The moment, aware of its time zone.

    Returns
    -------
    PIL.Image.Image
        RGB, 640 x 360 pixels.

    Raises
    ------
    InputError
        The moment has no time zone.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> draw_scene(scene_of("cam_1"), datetime(2026, 5, 4, 12, tzinfo=UTC)).size
    (640, 360)
    """
    if at.tzinfo is None:
        msg = f"the moment of a picture is {at}, without a time zone; give it in UTC"
        raise InputError(msg)
    moment = at.astimezone(UTC)
    still, cars = _street(scene)
    picture = still.copy()
    pen = ImageDraw.Draw(picture)
    for car in cars:
        _draw_car(pen, car, moment.timestamp(), is_night=scene.is_night)
    _burn_in(pen, scene.name, moment)
    if scene.has_clock_bits:
        _draw_clock(pen, moment)
    return picture


def read_clock(rgb: NDArray[np.uint8]) -> datetime | None:
    """
    Read the clock strip back from a picture.

    Parameters
    ----------
    rgb
        The picture, shape (height, width, 3), of any size with the same proportions.

    Returns
    -------
    datetime or None
        The moment that was drawn, in UTC; ``None`` where the strip cannot be read.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> scene = scene_of("cam_1", has_clock_bits=True)
    >>> drawn = draw_scene(scene, datetime(2026, 5, 4, 12, tzinfo=UTC))
    >>> read_clock(np.asarray(drawn)).isoformat()
    '2026-05-04T12:00:00+00:00'
    """
    height, width = rgb.shape[:2]
    scale = width / SIZE_PX[0]
    row = round((SIZE_PX[1] - _CELL_PX / 2) * height / SIZE_PX[1])
    middles = _CLOCK_X + (np.arange(CLOCK_BITS) + 0.5) * _CELL_PX
    columns = np.round(middles * scale).astype(int)
    grey = rgb[min(row, height - 1), np.minimum(columns, width - 1)].mean(axis=-1)
    white, black = grey[0], grey[1]
    if white - black < 80:
        return None
    bits = grey[2:] > (white + black) / 2
    told_ms = int("".join("1" if bit else "0" for bit in bits), 2)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=told_ms)


@lru_cache(maxsize=64)
def _street(scene: SimulatedScene) -> tuple[Image.Image, tuple[_Car, ...]]:
    rng = np.random.default_rng(scene.seed)
    sky = _SKIES[rng.integers(len(_SKIES))]
    picture = Image.new("RGB", SIZE_PX, _dark(sky, is_night=scene.is_night))
    pen = ImageDraw.Draw(picture)
    _draw_houses(pen, rng, is_night=scene.is_night)
    _draw_road(pen, is_night=scene.is_night)
    cars = tuple(car for lane in (0, 1) for car in _lane(rng, lane))
    return picture, cars


def _draw_houses(
    pen: ImageDraw.ImageDraw, rng: np.random.Generator, *, is_night: bool
) -> None:
    x = -10.0
    while x < SIZE_PX[0]:
        width = float(rng.uniform(70, 150))
        top = float(rng.uniform(28, 96))
        wall = _WALLS[rng.integers(len(_WALLS))]
        box = (x, top, x + width - 4, _HORIZON_PX + 12)
        pen.rectangle(box, fill=_dark(wall, is_night=is_night))
        for left in np.arange(x + 10, x + width - 22, 24):
            for above in np.arange(top + 12, _HORIZON_PX - 14, 26):
                lit = is_night and rng.random() < 0.3
                pane = (
                    (236, 203, 122) if lit else _dark((84, 98, 110), is_night=is_night)
                )
                pen.rectangle((left, above, left + 11, above + 14), fill=pane)
        x += width


def _draw_road(pen: ImageDraw.ImageDraw, *, is_night: bool) -> None:
    width, height = SIZE_PX
    pen.rectangle(
        (0, _HORIZON_PX + 12, width, height),
        fill=_dark((152, 149, 141), is_night=is_night),
    )
    road = ((0, 196), (width, 196), (width, height - 26), (0, height - 26))
    pen.polygon(road, fill=_dark((88, 90, 93), is_night=is_night))
    for x in range(0, width, 64):
        pen.rectangle(
            (x, 262, x + 34, 266), fill=_dark((222, 220, 208), is_night=is_night)
        )


def _lane(rng: np.random.Generator, lane: int) -> list[_Car]:
    # one pace in a lane and a gap between starts: no car drives through another
    pace = float(rng.uniform(0.06, 0.15))
    count = int(rng.integers(2, 4))
    return [
        _Car(
            lane,
            (number + float(rng.uniform(0, 0.5))) / count,
            pace if lane else -pace,
            float(rng.uniform(46, 78)) * (1.25 if lane else 1.0),
            _CARS[rng.integers(len(_CARS))],
        )
        for number in range(count)
    ]


def _draw_car(
    pen: ImageDraw.ImageDraw, car: _Car, at_s: float, *, is_night: bool
) -> None:
    share = (car.start_share + car.share_per_s * at_s) % 1.0
    x = share * (SIZE_PX[0] + 200) - 100
    base = 318 if car.lane else 250
    tall = car.length_px * 0.3
    body = _dark(car.rgb, is_night=is_night)
    pen.rectangle((x, base - tall, x + car.length_px, base), fill=body)
    roof = (
        x + 0.2 * car.length_px,
        base - 1.75 * tall,
        x + 0.8 * car.length_px,
        base - tall,
    )
    pen.rectangle(roof, fill=body)
    for wheel in (0.2, 0.8):
        middle = x + wheel * car.length_px
        pen.ellipse((middle - 6, base - 6, middle + 6, base + 6), fill=(22, 22, 24))
    if is_night:
        front = x + car.length_px if car.share_per_s > 0 else x
        pen.ellipse(
            (front - 4, base - tall, front + 4, base - tall + 8), fill=(255, 244, 206)
        )


@lru_cache(maxsize=2)
def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    # Pillow's own font has no letters with accents, and streets have
    found = find_spec("matplotlib")
    if found is not None and found.origin is not None:
        path = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
        return ImageFont.truetype(str(path / "DejaVuSans.ttf"), size_px)
    return ImageFont.load_default(size=size_px)


def _burn_in(pen: ImageDraw.ImageDraw, name: str, moment: datetime) -> None:
    clock = (
        moment.strftime("%Y-%m-%d %H:%M:%S") + f".{moment.microsecond // 100_000} UTC"
    )
    _label(pen, (8, 6), f"SIMULATED  {_short(name)}")
    _label(pen, (8, 28), clock)


def _label(pen: ImageDraw.ImageDraw, corner: Sequence[int], words: str) -> None:
    x, y = corner
    font = _font(16)
    right = x + pen.textlength(words, font=font)
    pen.rectangle((x - 4, y - 2, right + 4, y + 19), fill=(0, 0, 0))
    pen.text((x, y), words, font=font, fill=(255, 255, 255))


def _short(name: str) -> str:
    plain = " ".join(name.split())
    return plain if len(plain) <= 40 else plain[:39] + "\u2026"


def _draw_clock(pen: ImageDraw.ImageDraw, moment: datetime) -> None:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    told_ms = since // timedelta(milliseconds=1)
    bits = "10" + format(told_ms, f"0{CLOCK_BITS - 2}b")
    top = SIZE_PX[1] - _CELL_PX
    for number, bit in enumerate(bits):
        left = _CLOCK_X + number * _CELL_PX
        tone = (255, 255, 255) if bit == "1" else (0, 0, 0)
        pen.rectangle((left, top, left + _CELL_PX - 1, SIZE_PX[1]), fill=tone)


def _dark(rgb: Sequence[int], *, is_night: bool) -> tuple[int, int, int]:
    share = 0.28 if is_night else 1.0
    red, green, blue = (round(level * share) for level in rgb)
    return red, green, blue
