"""Draw the map's symbols once, as SVG markers and CSS that every map page carries."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

from coveragekit.maps.tokens import (
    ACCESS,
    ACCESS_ORDER,
    DENSITY_RGB,
    LIGHT,
    MULTIPLICITY,
    PROBABILITY,
)

__all__ = [
    "CAMERA_RADIUS_PX",
    "camera_class",
    "density_svg",
    "gap_svg",
    "isovist_svg",
    "map_css",
    "multiplicity_svg",
    "probability_svg",
    "symbol_defs",
    "symbol_svg",
    "zone_svg",
]

# A circle of this radius catches the click; the symbol is a marker at its first vertex,
# which Leaflet puts at the left end of the circle.
CAMERA_RADIUS_PX = 11
_SIZE_PX = 24
_MIDDLE_PX = 12
_SHRUNK = ' transform="translate(4.8 4.8) scale(.6)"'  # about the middle, 12, 12
_HALO = "var(--ck-halo,#ffffff)"


def camera_class(access: str, *, offline: bool = False, unknown: bool = False) -> str:
    """
    Give the CSS class that draws a camera's symbol.

    Parameters
    ----------
    access
        Consent tier; anything else is drawn as ``"public"``.
    offline
        Whether the camera is known not to work: hollow, with a slash.
    unknown
        Whether its direction is unknown: a dashed ring around it.

    Returns
    -------
    str
        Name of one class.

    Examples
    --------
    >>> camera_class("integrated", offline=True)
    'ck-camera-integrated-offline'
    """
    tier = access if access in ACCESS else "public"
    tail = ("-offline" if offline else "") + ("-unknown" if unknown else "")
    return f"ck-camera-{tier}{tail}"


def _shape(tier: str, *, offline: bool) -> str:
    colour = ACCESS[tier].colour
    hollow = offline or ACCESS[tier].shape == "ring"
    width = 2 if offline else 3.4
    paint = (
        f'style="fill:{_HALO};stroke:{colour};stroke-width:{width}"'
        if hollow
        else f'style="fill:{colour};stroke:{_HALO};stroke-width:1.5"'
    )
    halo = f'style="fill:{_HALO};stroke:none"'
    drawings = {
        "disc": f'<circle cx="12" cy="12" r="8" {halo}/>'
        f'<circle cx="12" cy="12" r="6" {paint}/>',
        "ring": f'<circle cx="12" cy="12" r="8" {halo}/>'
        f'<circle cx="12" cy="12" r="5" {paint}/>',
        "square": f'<rect x="4.5" y="4.5" width="15" height="15" {halo}/>'
        f'<rect x="6.5" y="6.5" width="11" height="11" {paint}/>',
        "diamond": f'<path d="M12 2.5 21.5 12 12 21.5 2.5 12Z" {halo}/>'
        f'<path d="M12 5 19 12 12 19 5 12Z" {paint}/>',
    }
    return drawings[ACCESS[tier].shape]


def _drawing(tier: str, *, offline: bool, unknown: bool) -> str:
    colour = ACCESS[tier].colour
    parts = [_shape(tier, offline=offline)]
    if offline:
        parts.append(
            f'<path d="M4 20 20 4" style="stroke:{_HALO};stroke-width:5;fill:none"/>'
            f'<path d="M4 20 20 4" style="stroke:{colour};stroke-width:2;fill:none"/>'
        )
    if unknown:
        parts.append(
            f'<circle cx="12" cy="12" r="10.5" style="fill:none;stroke:{colour};'
            'stroke-width:1.5;stroke-dasharray:3 2.5"/>'
        )
    return "".join(parts)


def symbol_defs() -> str:
    """
    Give the hidden SVG with every camera symbol and the textures of gaps and zones.

    Returns
    -------
    str
        One ``<svg>`` element; it must be in the page for the classes to draw anything.

    Examples
    --------
    >>> symbol_defs().count("<marker")
    32
    """
    reference = _MIDDLE_PX - CAMERA_RADIUS_PX
    markers = "".join(
        f'<marker id="{camera_class(tier, offline=offline, unknown=unknown)}{far}" '
        f'markerUnits="userSpaceOnUse" markerWidth="{_SIZE_PX}" '
        f'markerHeight="{_SIZE_PX}" refX="{reference}" refY="{_MIDDLE_PX}" '
        f'overflow="visible"><g{_SHRUNK if far else ""}>'
        f"{_drawing(tier, offline=offline, unknown=unknown)}</g></marker>"
        for tier, offline, unknown, far in product(
            ACCESS_ORDER, (False, True), (False, True), ("", "-far")
        )
    )
    return (
        '<svg class="ck-defs" width="0" height="0" aria-hidden="true" '
        'focusable="false" style="position:absolute">'
        f"<defs>{markers}{_hatch('ck-hatch')}{_mesh('ck-mesh')}"
        "</defs></svg>"
    )


def _hatch(name: str) -> str:
    gap = f"var(--ck-gap,{LIGHT['gap']})"
    return (
        f'<pattern id="{name}" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)">'
        f'<rect width="7" height="7" style="fill:{gap};fill-opacity:.10"/>'
        f'<path d="M0 0V7" style="stroke:{gap};stroke-width:2.4;stroke-opacity:.8"/>'
        "</pattern>"
    )


def _mesh(name: str) -> str:
    quiet = f"var(--ck-quiet,{LIGHT['quiet']})"
    return (
        f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)">'
        f'<rect width="6" height="6" style="fill:{quiet};fill-opacity:.12"/>'
        f'<path d="M0 0V6M0 0H6" style="stroke:{quiet};stroke-width:1.6;'
        'stroke-opacity:.75"/></pattern>'
    )


def zone_svg() -> str:
    """
    Give the look of a privacy zone as an SVG of its own.

    Returns
    -------
    str
        One ``<svg>`` element.

    Examples
    --------
    >>> zone_svg().startswith("<svg")
    True
    """
    quiet = f"var(--ck-quiet,{LIGHT['quiet']})"
    return _picture(
        f"<defs>{_mesh('ck-mesh-legend')}</defs>"
        '<rect x="1" y="4" width="22" height="16" rx="2" '
        f'style="fill:url(#ck-mesh-legend);stroke:{quiet};stroke-width:1.5;'
        'stroke-dasharray:2 2"/>'
    )


def symbol_svg(tier: str, *, offline: bool = False, unknown: bool = False) -> str:
    """
    Give a camera's symbol as an SVG of its own, for legends, lists and popups.

    Parameters
    ----------
    tier
        Consent tier, a key of ``ACCESS``; anything else is drawn as ``"public"``.
    offline
        Hollow, with a slash.
    unknown
        With a dashed ring.

    Returns
    -------
    str
        One ``<svg>`` element of 20 by 20 pixels, hidden from screen readers.

    Examples
    --------
    >>> "circle" in symbol_svg("integrated")
    True
    """
    known = tier if tier in ACCESS else "public"
    return _picture(_drawing(known, offline=offline, unknown=unknown))


def gap_svg() -> str:
    """
    Give the look of a gap as an SVG of its own.

    Returns
    -------
    str
        One ``<svg>`` element.

    Examples
    --------
    >>> gap_svg().startswith("<svg")
    True
    """
    return _picture(
        f"<defs>{_hatch('ck-hatch-legend')}</defs>"
        '<rect x="1" y="4" width="22" height="16" rx="2" '
        f'style="fill:url(#ck-hatch-legend);stroke:var(--ck-gap,{LIGHT["gap"]});'
        'stroke-width:1.5"/>'
    )


def isovist_svg(*, unknown: bool = False) -> str:
    """
    Give the look of what one camera sees as an SVG of its own.

    Parameters
    ----------
    unknown
        Dashed, as for a camera whose direction is unknown.

    Returns
    -------
    str
        One ``<svg>`` element.

    Examples
    --------
    >>> "dasharray" in isovist_svg(unknown=True)
    True
    """
    accent = f"var(--ck-accent,{LIGHT['accent']})"
    dashes = "stroke-dasharray:3 2.5;" if unknown else ""
    return _picture(
        f'<path d="M12 21 3 5Q12 0 21 5Z" style="fill:{accent};fill-opacity:.12;'
        f'stroke:{accent};{dashes}stroke-width:1.5"/>'
    )


def multiplicity_svg(index: int) -> str:
    """
    Give the look of one class of the coverage ramp as an SVG of its own.

    Parameters
    ----------
    index
        Index into ``MULTIPLICITY``.

    Returns
    -------
    str
        One ``<svg>`` element.

    Examples
    --------
    >>> "#fee838" in multiplicity_svg(5)
    True
    """
    step = MULTIPLICITY[index]
    return _picture(
        '<rect class="ck-ramp" x="1" y="4" width="22" height="16" rx="2" '
        f'style="fill:var(--ck-ramp-{index},{step.colour});'
        f'fill-opacity:{step.opacity}"/>'
    )


def probability_svg(index: int) -> str:
    """
    Give the look of one class of the probability of being seen as an SVG of its own.

    Parameters
    ----------
    index
        Index into ``PROBABILITY``.

    Returns
    -------
    str
        One ``<svg>`` element.

    Examples
    --------
    >>> "fill-opacity:0.82" in probability_svg(4)
    True
    """
    return _picture(
        '<rect x="1" y="4" width="22" height="16" rx="2" '
        f'style="fill:var(--ck-accent,{LIGHT["accent"]});'
        f'fill-opacity:{PROBABILITY[index].opacity}"/>'
    )


def density_svg() -> str:
    """
    Give the look of the incident density as an SVG of its own.

    Returns
    -------
    str
        One ``<svg>`` element.

    Examples
    --------
    >>> density_svg().count("<circle")
    3
    """
    colour = "rgb({},{},{})".format(*DENSITY_RGB)
    return _picture(
        "".join(
            f'<circle cx="12" cy="12" r="{radius}" '
            f'style="fill:{colour};fill-opacity:{opacity}"/>'
            for radius, opacity in ((11, 0.18), (7.5, 0.35), (4, 0.6))
        )
    )


def _picture(content: str) -> str:
    return (
        '<svg class="ck-symbol" viewBox="0 0 24 24" width="20" height="20" '
        f'aria-hidden="true" focusable="false">{content}</svg>'
    )


def map_css() -> str:
    """
    Give the style sheet of everything that is drawn on a map.

    Returns
    -------
    str
        CSS without ``<style>``; colours are custom properties where the page has them
        and the light theme's where it has none, so that a map looks right anywhere.

    Examples
    --------
    >>> "url(#ck-camera-public)" in map_css()
    True
    """
    cameras = "".join(
        f"path.{name}{{marker-start:url(#{name})}}"
        f".ck-far path.{name}{{marker-start:url(#{name}-far)}}"
        for name in (
            camera_class(tier, offline=offline, unknown=unknown)
            for tier, offline, unknown in product(
                ACCESS_ORDER, (False, True), (False, True)
            )
        )
    )
    rules = (Path(__file__).parent / "static" / "map.css").read_text("utf-8")
    return cameras + re.sub(r"var\(--ck-([a-z-]+)\)", _with_fallback, rules)


def _with_fallback(match: re.Match[str]) -> str:
    name = match.group(1)
    return f"var(--ck-{name},{LIGHT[name]})"
