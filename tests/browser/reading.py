"""Read the clock that a simulated camera burns into its pictures, off the page."""

from __future__ import annotations

import base64
import io
import time
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from coveragekit.feeds.simulated_scene import read_clock

if TYPE_CHECKING:
    from playwright.sync_api import Locator

# The picture as the page holds it, whatever is drawn above it.
_DRAWN = """(box) => {
  const has = (one) => !one.hidden && (one.videoWidth || one.naturalWidth);
  const shown = [...box.querySelectorAll('.ckl-image, .ckl-video')].reverse().find(has);
  if (!shown) return null;
  const canvas = document.createElement('canvas');
  canvas.width = 640; canvas.height = 360;
  canvas.getContext('2d').drawImage(shown, 0, 0, 640, 360);
  return canvas.toDataURL('image/png').split(',')[1];
}"""
PATIENCE_S = 60.0


def clock(box: Locator) -> datetime | None:
    """Read the clock in a player's picture, if there is a picture."""
    png = box.evaluate(_DRAWN)
    if png is None:
        return None
    shown = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    return read_clock(np.asarray(shown))


def advances(box: Locator, times: int = 3) -> list[datetime]:
    """Wait until a player has shown several moments, and give them in order."""
    seen: list[datetime] = []
    ends_s = time.monotonic() + PATIENCE_S
    while len(seen) < times:
        assert time.monotonic() < ends_s, seen
        at = clock(box)
        if at is not None and at not in seen[-1:]:
            seen.append(at)
        box.page.wait_for_timeout(50)
    return seen
