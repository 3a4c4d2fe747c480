"""The tables of a view store: columns of plain arrays that open unread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from coveragekit.errors import InputError
from coveragekit.view.arrays import BOOL, F4, F8, FREE, I4, I8, U1, U2, U8

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray

    from coveragekit.view.arrays import Ragged, Texts

__all__ = ["Cameras", "Events", "Places", "Scenes", "Views"]


@dataclass(frozen=True, slots=True, eq=False)
class Cameras:
    """
    Every camera of the study, in Morton order.

    Parameters
    ----------
    merc
        Where each is recorded, unit square of Web Mercator, shape ``(n, 2)``.
    local
        The same in metres of the study's CRS, shape ``(n, 2)``.
    camera_id, name
        Its key and its name; an empty text where it has none.
    access, status, kind
        Numbers of the words in ``tiers``, ``statuses`` and ``kinds`` of the meta data.
    works
        Whether it works at ``as_of``.
    active
        Whether it is in service at ``as_of``.
    used
        Whether it is active and reaches the study area: only these have views.
    bearing_deg
        Clockwise from true north, degrees; NaN: unknown.
    tilt_deg
        Below the horizon positive, degrees.
    hfov_deg, vfov_deg
        Fields of view, degrees.
    width_px, height_px
        Size of the picture, pixels.
    mount_height_m
        Height of the lens above the ground, metres.
    range_m, ir_range_m
        Range that the source gives, and of the infrared lamp, metres; NaN: not given.
    reach_m
        Farthest ground it shows sharply enough for the study's purpose, metres.
    loss_street_m
        Metres of street that nobody would see without it; NaN: not weighed.
    loss_incidents
        Street-visible incidents a year that nobody would see without it; NaN: not
        weighed.
    moved_m
        How far it was moved out of a wall to hang on it, metres; NaN: not mounted.
    active_from_s, active_to_s
        Its service, seconds since 1970 UTC; the least and greatest int64 where open.
    area
        For each kind of area the row of the area it stands in, -1 for none, shape
        ``(n, area_kinds)``.
    presets
        Preset views of one that turns, JSON as the study's table has it; or empty.
    assumed
        Columns that no source gave, joined by ``;``.
    """

    merc: NDArray[np.float64] = field(metadata=F8)
    local: NDArray[np.float64] = field(metadata=F8)
    camera_id: Texts
    name: Texts
    access: NDArray[np.uint8] = field(metadata=U1)
    status: NDArray[np.uint8] = field(metadata=U1)
    kind: NDArray[np.uint8] = field(metadata=U1)
    works: NDArray[np.bool_] = field(metadata=BOOL)
    active: NDArray[np.bool_] = field(metadata=BOOL)
    used: NDArray[np.bool_] = field(metadata=BOOL)
    bearing_deg: NDArray[np.float32] = field(metadata=F4)
    tilt_deg: NDArray[np.float32] = field(metadata=F4)
    hfov_deg: NDArray[np.float32] = field(metadata=F4)
    vfov_deg: NDArray[np.float32] = field(metadata=F4)
    width_px: NDArray[np.float32] = field(metadata=F4)
    height_px: NDArray[np.float32] = field(metadata=F4)
    mount_height_m: NDArray[np.float32] = field(metadata=F4)
    range_m: NDArray[np.float32] = field(metadata=F4)
    ir_range_m: NDArray[np.float32] = field(metadata=F4)
    reach_m: NDArray[np.float32] = field(metadata=F4)
    loss_street_m: NDArray[np.float32] = field(metadata=F4)
    loss_incidents: NDArray[np.float32] = field(metadata=F4)
    moved_m: NDArray[np.float32] = field(metadata=F4)
    active_from_s: NDArray[np.int64] = field(metadata=I8)
    active_to_s: NDArray[np.int64] = field(metadata=I8)
    area: NDArray[np.int32] = field(metadata=I4)
    presets: Texts
    assumed: Texts

    def __len__(self) -> int:
        """Give how many cameras there are."""
        return len(self.merc)


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """
    What the used cameras see, a row for each way one looks, in the cameras' order.

    At band ``b`` by day a view shows of its ``shape`` what lies within ``reach_m[:,
    b]`` of its foot and not beyond ``far_m[:, b]`` along its bearing; by night also
    only what lies within ``night_m``.

    Parameters
    ----------
    camera
        Row of its camera, ascending, shape ``(m,)``; a camera that turns has several.
    probability
        How surely it looks at any one place that it shows, 0 to 1. Views of one camera
        exclude each other.
    local
        Where it hangs, metres of the study's CRS, shape ``(m, 2)``.
    merc
        The same in the unit square of Web Mercator, shape ``(m, 2)``.
    bearing_deg
        Clockwise from true north, degrees; NaN: unknown, or it looks straight down.
    scale
        Units of the unit square per metre at the foot.
    shape
        What it sees by day at the loosest band.
    reach_m
        For each band the radius that bounds the view, metres, shape ``(m, bands)``;
        0: it shows nothing so sharply.
    far_m
        For each band how far along the bearing the picture is sharp enough, metres,
        shape ``(m, bands)``; infinite where only the radius bounds it.
    night_m
        How far it sees by night, metres, infinite where the dark does not bound it;
        0: it is blind by night.
    """

    camera: NDArray[np.int32] = field(metadata=I4)
    probability: NDArray[np.float32] = field(metadata=F4)
    local: NDArray[np.float64] = field(metadata=F8)
    merc: NDArray[np.float64] = field(metadata=F8)
    bearing_deg: NDArray[np.float32] = field(metadata=F4)
    scale: NDArray[np.float64] = field(metadata=F8)
    shape: Ragged
    reach_m: NDArray[np.float32] = field(metadata=F4)
    far_m: NDArray[np.float32] = field(metadata=F4)
    night_m: NDArray[np.float32] = field(metadata=F4)

    def __len__(self) -> int:
        """Give how many views there are."""
        return len(self.camera)


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """
    Places that are looked at, and which views see each.

    Parameters
    ----------
    local
        Metres of the study's CRS, shape ``(n, 2)``.
    merc
        The same in the unit square of Web Mercator, shape ``(n, 2)``.
    weight
        What each stands for: metres of street, square metres of ground, or the chance
        that its event was there.
    ptr
        Where each place's pairs begin, shape ``(n + 1,)``.
    view
        The view of each pair, ascending within a place.
    day, night
        For each pair, how many bands (from the loosest) the view sees the place at, by
        day and by night: it sees it at band ``b`` where the number is greater than
        ``b``.
    gap
        Row of the gap that the place lies in, -1 for none.
    area
        For each kind of area the row of the area it lies in, -1 for none, shape
        ``(n, area_kinds)``.
    """

    local: NDArray[np.float64] = field(metadata=F8)
    merc: NDArray[np.float64] = field(metadata=F8)
    weight: NDArray[np.float64] = field(metadata=F8)
    ptr: NDArray[np.int64] = field(metadata={**I8, **FREE})
    view: NDArray[np.int32] = field(metadata={**I4, **FREE})
    day: NDArray[np.uint8] = field(metadata={**U1, **FREE})
    night: NDArray[np.uint8] = field(metadata={**U1, **FREE})
    gap: NDArray[np.int32] = field(metadata=I4)
    area: NDArray[np.int32] = field(metadata=I4)

    def __len__(self) -> int:
        """Give how many places there are."""
        return len(self.merc)


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """
    Incidents or calls of the study area, in Morton order.

    Events that tell of one place share a support: the places where they may have been.
    The chance that an event was seen is the sum over its support's places, from
    ``support_ptr[support[i]]`` to ``support_ptr[support[i] + 1]``, of the place's
    weight times the chance that the place is seen.

    Parameters
    ----------
    key
        Morton keys, ascending, shape ``(n,)``.
    merc
        Where each is recorded, unit square of Web Mercator, shape ``(n, 2)``.
    local
        The same in metres of the study's CRS, shape ``(n, 2)``.
    ids
        Its key in the study's table.
    category
        Number of its word in ``categories`` of the meta data.
    weight
        What it counts for where events are weighed by harm; 1 where not.
    counted
        Whether it is in the headline: incidents seen from the street, calls that count.
    from_min, to_min
        When it began and ended at the latest, minutes of local civil time since 1970;
        the least int32: unknown.
    support
        Its support.
    support_ptr
        Where each support's places begin, shape ``(supports + 1,)``.
    naive
        How surely its recorded point is seen as designed, by day, at the study's band;
        0 in a building.
    area
        For each kind of area the row of the area it lies in, -1 for none, shape
        ``(n, area_kinds)``.
    basis
        Number of the words in ``bases`` of the meta data: what its support rests on.
    protected
        Whether its place could name a victim: sexual, domestic, against children.
    """

    key: NDArray[np.uint64] = field(metadata=U8)
    merc: NDArray[np.float64] = field(metadata=F8)
    local: NDArray[np.float64] = field(metadata=F8)
    ids: Texts
    category: NDArray[np.uint16] = field(metadata=U2)
    weight: NDArray[np.float32] = field(metadata=F4)
    counted: NDArray[np.bool_] = field(metadata=BOOL)
    from_min: NDArray[np.int32] = field(metadata=I4)
    to_min: NDArray[np.int32] = field(metadata=I4)
    support: NDArray[np.int32] = field(metadata=I4)
    support_ptr: NDArray[np.int64] = field(metadata={**I8, **FREE})
    naive: NDArray[np.float32] = field(metadata=F4)
    area: NDArray[np.int32] = field(metadata=I4)
    basis: NDArray[np.uint8] = field(metadata=U1)
    protected: NDArray[np.bool_] = field(metadata=BOOL)

    def __len__(self) -> int:
        """Give how many events there are."""
        return len(self.key)


@dataclass(frozen=True, slots=True)
class Scenes:
    """
    What was seen in scenes drawn from the errors of cameras and events.

    Parameters
    ----------
    count
        How many scenes were drawn.
    level
        Share of scenes that intervals are to hold, such as 0.9.
    rows
        Name (``streets``, ``incidents``, ``calls``) to the rows that were kept.
    bits
        Name to packed bits, shape ``(scenes, lights, groups, bytes)``.
    lights, groups
        Words of those axes.
    """

    count: int
    level: float
    rows: Mapping[str, NDArray[np.int32]]
    bits: Mapping[str, NDArray[np.uint8]]
    lights: tuple[str, ...]
    groups: tuple[str, ...]

    def seen(self, name: str, light: str, group: str) -> NDArray[np.bool_]:
        """
        Tell which kept rows were seen in each scene.

        Parameters
        ----------
        name
            ``streets``, ``incidents`` or ``calls``.
        light
            ``day`` or ``night``.
        group
            One of ``groups``: cameras of that tier and nearer ones, or ``working``.

        Returns
        -------
        numpy.ndarray
            Shape ``(scenes, kept)``, in the order of ``rows[name]``.

        Raises
        ------
        InputError
            Nothing of that name, light or group was kept.
        """
        asked: dict[str, tuple[str, Any]] = {
            "name": (name, tuple(self.bits)),
            "light": (light, self.lights),
            "group": (group, self.groups),
        }
        for what, (given, allowed) in asked.items():
            if given not in allowed:
                names = ", ".join(allowed) or "none"
                message = f"scenes: {what} is {given!r}; allowed: {names}"
                raise InputError(message)
        bits = self.bits[name][:, self.lights.index(light), self.groups.index(group)]
        kept = len(self.rows[name])
        return np.unpackbits(bits, axis=-1, count=kept).astype(np.bool_)
