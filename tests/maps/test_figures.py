"""Shares, amounts and intervals in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coveragekit.maps.figures import (
    amount,
    figure_words,
    interval_words,
    percent,
    quantity,
    whole_words,
)


@given(st.floats(0, 1))
def test_a_percentage_is_never_further_off_than_half_its_last_digit(share) -> None:
    text = percent(share)
    number = float(text.strip("<> %"))

    if text.startswith(("<", ">")):
        assert 0 < share < 0.001 or 0.999 < share < 1
    else:
        digit = 0.1 if "." in text else 1.0
        assert abs(number - 100 * share) <= digit / 2 + 1e-9


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_only_nothing_reads_as_nothing_and_only_all_as_all(share) -> None:
    assert float(percent(share).strip("<> %")) not in {0.0, 100.0}


def test_nearly_all_is_not_all() -> None:
    assert percent(0.99996) == "> 99.9 %"
    assert percent(0.00004) == "< 0.1 %"


def test_nearly_ten_has_as_many_digits_as_ten() -> None:
    assert [percent(share) for share in (0.0994, 0.099868, 0.1)] == [
        "9.9 %",
        "10 %",
        "10 %",
    ]


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_never_reads_as_less(one, other) -> None:
    low, high = sorted((one, other))

    def number(share) -> float:
        text = percent(share)
        shift = {"<": -0.05, ">": 0.05}.get(text[0], 0.0)
        return float(text.strip("<> %")) + shift

    assert number(low) <= number(high)


@pytest.mark.parametrize(
    ("total", "unit", "text"),
    [
        (0.0, "m", "0.00 km"),
        (999.6, "m", "1.00 km"),
        (5_214.0, "m", "5.2 km"),
        (1_412_300.0, "m", "1,412 km"),
        (2_340_000.0, "m2", "2.3 km²"),
        (1_234_567.0, "incidents", "1,234,567"),
    ],
)
def test_an_amount_reads_in_the_unit_people_use(total, unit, text) -> None:
    assert quantity(total, unit) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (0.04, "0.0"), (9.94, "9.9"), (9.96, "10")]
)
def test_a_small_count_has_one_decimal_and_a_large_one_none(value, text) -> None:
    assert amount(value) == text


def test_an_interval_needs_both_its_ends() -> None:
    assert interval_words(0.253, 0.331) == "(25-33)"
    assert interval_words(0.0, 0.052) == "(0-5.2)"
    assert interval_words(None, 0.33) == ""
    assert figure_words({"value": None, "low": None, "high": None}) == "no number"
    assert figure_words({"value": 0.3, "low": 0.28, "high": 1.0}) == "30 % (28-100)"


def test_the_whole_names_what_is_counted() -> None:
    assert whole_words("incidents", {"total": 487.0, "unit": "incidents"}) == (
        "of 487 street-visible"
    )
    assert whole_words("calls", {"total": 3.0, "unit": "calls"}) == "of 3 calls"
