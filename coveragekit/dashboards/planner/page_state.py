"""What one open page shows: filters, layers, position, mode and what is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import traitlets

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LAYERS", "MODES", "LayerKind", "PageState", "layers_at_first"]

MODES: Final = ("explain", "draw", "whatif", "compare")
"""What a click on the map means."""


@dataclass(frozen=True, slots=True)
class LayerKind:
    """
    One layer of the map.

    Parameters
    ----------
    key
        Its name in addresses and messages.
    title
        What the page calls it.
    shown
        Whether it is drawn at first.
    opacity
        0 to 1, at first.
    """

    key: str
    title: str
    shown: bool
    opacity: float


# From the ground up, as they are drawn.
LAYERS: Final[Mapping[str, LayerKind]] = MappingProxyType(
    {
        one.key: one
        for one in (
            LayerKind("base", "Base map", shown=True, opacity=1.0),
            LayerKind("population", "Population", shown=False, opacity=0.7),
            LayerKind("areas", "Areas", shown=False, opacity=0.8),
            LayerKind("coverage", "Coverage", shown=True, opacity=0.75),
            LayerKind("isovists", "Views of single cameras", shown=False, opacity=0.9),
            LayerKind("gaps", "Gaps", shown=True, opacity=0.9),
            LayerKind("incidents", "Incidents", shown=False, opacity=0.8),
            LayerKind("calls", "Calls", shown=False, opacity=0.8),
            LayerKind("cameras", "Cameras", shown=True, opacity=1.0),
        )
    }
)


def layers_at_first() -> dict[str, tuple[bool, float]]:
    """
    Give whether each layer is drawn at first, and how opaque.

    Returns
    -------
    dict
        Key to ``(shown, opacity)``, from the ground up.

    Examples
    --------
    >>> layers_at_first()["coverage"]
    (True, 0.75)
    """
    return {key: (one.shown, one.opacity) for key, one in LAYERS.items()}


class PageState(traitlets.HasTraits):
    """
    What one open page shows; its parts watch it and change it.

    Attributes
    ----------
    filters
        What the numbers and the map are of, a ``Filters``.
    layers
        Key to ``(shown, opacity)`` of each layer.
    position
        Longitude and latitude of the map's middle, degrees, and the zoom; ``None``
        until the map has told it.
    mode
        What a click on the map means, one of ``MODES``.
    change
        What the what-if desk has changed, or ``None``.
    numbers
        The numbers of these filters, or ``None`` before the first were counted.
    left
        Rows of the cameras whose owners have left since the study was built.
    selected
        ``("camera", index)``, ``("gap", index)``, ``("area", index)``,
        ``("place", lon, lat)`` or ``None``.
    dark
        Whether the page is dark.
    busy
        What is being computed, in words; empty where nothing is.

    Examples
    --------
    >>> state = PageState()
    >>> heard = []
    >>> state.observe(lambda change: heard.append(change["new"]), "mode")
    >>> state.mode = "draw"
    >>> heard
    ['draw']
    """

    filters: Any = traitlets.Any(None)
    layers: Any = traitlets.Dict(default_value=layers_at_first())
    position: Any = traitlets.Any(None)
    mode: Any = traitlets.Enum(MODES, default_value="explain")
    change: Any = traitlets.Any(None)
    numbers: Any = traitlets.Any(None)
    left: Any = traitlets.Any(frozenset())
    selected: Any = traitlets.Any(None)
    dark: Any = traitlets.Bool(default_value=False)
    busy: Any = traitlets.Unicode("")

    def show_layer(
        self, key: str, *, shown: bool | None = None, opacity: float | None = None
    ) -> None:
        """
        Draw a layer or not, or change how opaque it is.

        Parameters
        ----------
        key
            One of ``LAYERS``.
        shown
            Whether to draw it; ``None`` leaves it as it is.
        opacity
            0 to 1; ``None`` leaves it as it is.

        Raises
        ------
        InputError
            A key that is no layer's, or an opacity out of range.
        """
        if key not in LAYERS:
            message = f"there is no layer {key!r}; allowed: {', '.join(LAYERS)}"
            raise InputError(message)
        was_shown, was_opacity = self.layers[key]
        new = was_opacity if opacity is None else float(opacity)
        if not 0.0 <= new <= 1.0:
            message = f"the opacity of a layer is 0 to 1, not {opacity!r}"
            raise InputError(message)
        is_shown = was_shown if shown is None else bool(shown)
        self.layers = {**self.layers, key: (is_shown, new)}
