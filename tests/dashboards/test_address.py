"""The address of a view: what it holds, and what it refuses."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.dashboards.planner.address import (
    layers_of,
    parts_of,
    place_of,
    written,
)
from coveragekit.dashboards.planner.page_state import (
    LAYERS,
    PageState,
    layers_at_first,
)
from coveragekit.errors import InputError

SHARES = st.integers(0, 100).map(lambda cent: cent / 100)


def test_a_view_as_at_first_has_no_address() -> None:
    assert written(filters="", position=None, layers=layers_at_first()) == ""


def test_an_address_holds_filters_position_and_layers() -> None:
    layers = {**layers_at_first(), "calls": (True, 0.4), "gaps": (False, 0.9)}

    text = written(filters="l=night&x", position=(-84.35, 33.7, 16.0), layers=layers)

    assert text.startswith("f=l%3Dnight%26x&at=33.7,-84.35,16&on=base.100,")
    parts = parts_of(f"#{text}")
    assert parts["f"] == "l=night&x"
    assert place_of(parts["at"]) == (-84.35, 33.7, 16.0)
    shown = layers_of(parts["on"])
    assert shown["calls"] == (True, 0.4)
    assert shown["gaps"][0] is False


@given(
    st.text(max_size=60),
    st.tuples(st.floats(-180, 180), st.floats(-85, 85), st.integers(0, 22)),
    st.fixed_dictionaries({key: st.tuples(st.booleans(), SHARES) for key in LAYERS}),
)
def test_what_was_written_is_read_again(filters, position, layers) -> None:
    parts = parts_of(written(filters=filters, position=position, layers=layers))

    assert parts.get("f", "") == filters
    assert place_of(parts["at"]) == pytest.approx(position, abs=1e-5)
    if "on" in parts:
        for key, (shown, opacity) in layers_of(parts["on"]).items():
            assert shown == layers[key][0]
            assert not shown or opacity == pytest.approx(layers[key][1])
    else:
        assert layers == layers_at_first()


@given(st.text(max_size=200))
def test_no_text_breaks_the_page(text) -> None:
    for part, reader in (("at", place_of), ("on", layers_of)):
        found = parts_of(f"#{part}={text}").get(part)
        if found is None:
            continue
        with suppress(InputError):
            reader(found)


@pytest.mark.parametrize(
    "text", ["", "1,2", "a,b,c", "nan,0,3", "99,0,3", "0,181,3", "0,0,-1", "0,0,inf"]
)
def test_a_position_out_of_range_is_refused(text) -> None:
    with pytest.raises(InputError, match="allowed: latitude,longitude,zoom"):
        place_of(text)


@pytest.mark.parametrize("text", ["gaps", "gaps.101", "gaps.-1", "gaps.x"])
def test_an_opacity_out_of_range_is_refused(text) -> None:
    with pytest.raises(InputError, match="the opacity in per cent"):
        layers_of(text)


def test_a_layer_of_another_version_is_left_out() -> None:
    assert "clouds" not in layers_of("clouds.50,gaps.90")


def test_an_endless_address_is_refused() -> None:
    with pytest.raises(InputError, match="25001 characters; allowed: 24000"):
        parts_of("#" + "x" * 25_000)


def test_watchers_of_a_layer_are_told_and_the_former_is_not_changed() -> None:
    state = PageState()
    first = state.layers
    heard = []
    state.observe(lambda change: heard.append(change["new"]["calls"]), "layers")

    state.show_layer("calls", shown=True)
    state.show_layer("calls", opacity=0.25)

    assert heard == [(True, 0.8), (True, 0.25)]
    assert first["calls"] == (False, 0.8)
    assert PageState().layers["calls"] == (False, 0.8)


@pytest.mark.parametrize(
    ("key", "opacity", "words"),
    [("clouds", 0.5, "allowed: base"), ("gaps", 1.5, "0 to 1, not 1.5")],
)
def test_a_layer_or_opacity_that_there_is_not_is_refused(key, opacity, words) -> None:
    with pytest.raises(InputError, match=words):
        PageState().show_layer(key, opacity=opacity)
