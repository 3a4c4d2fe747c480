"""Compiling ahead of need."""

from __future__ import annotations

import numba

from coveragekit.coverage import is_compiled, kernels, warm_up
from coveragekit.coverage.kernels import (
    along,
    hanging,
    hours,
    lying,
    outlines,
    pairs,
    pieces,
    places,
    points,
    raster,
    scenes,
    spans,
    supports,
    worth,
)


def test_warming_up_says_how_far_it_is_and_leaves_nothing_to_compile() -> None:
    told: list[tuple[int, int, str]] = []

    warm_up(lambda *step: told.append(step))

    assert is_compiled()
    assert [step[0] for step in told] == list(range(len(told)))
    assert {step[1] for step in told} == {len(told) - 1}
    assert told[-1][2] == ""
    assert all(step[2] for step in told[:-1])


def test_every_kernel_of_the_room_is_warmed_up() -> None:
    warm_up()

    cold = [
        name
        for module in (
            *(along, hanging, hours, lying, outlines, pairs, pieces, places, points),
            *(raster, scenes, spans, supports, worth),
        )
        for name, value in vars(module).items()
        # Those that only kernels call are compiled, or cached, within their callers.
        if isinstance(value, numba.core.dispatcher.Dispatcher)
        and value.py_func.__module__ == module.__name__
        and not name.startswith("_")
        and not value.signatures
    ]

    assert kernels.__doc__
    assert cold == []
