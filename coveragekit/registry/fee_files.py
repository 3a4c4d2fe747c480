"""Read fee plans that a city writes as TOML or keeps in a spreadsheet."""

from __future__ import annotations

import csv
import io
import tomllib
from datetime import date
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from coveragekit.errors import InputError
from coveragekit.registry.fees import Plan, Tier, check_count
from coveragekit.registry.lines import check_line

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["example_plan", "example_text", "parse_plan", "parse_plan_sheet"]

_MOST: Final = Decimal("1e9")
_KEYS: Final = {
    *("name", "currency", "effective_from", "effective_to", "source", "note"),
    *("first_year_included", "example", "tiers"),
}
_TIER_KEYS: Final = {"cameras_from", "days_from", "one_off", "yearly"}


def example_plan() -> Plan:
    """
    Give the example that comes with the package.

    Returns
    -------
    Plan
        Published figures of elsewhere, named as an example.

    Examples
    --------
    >>> example_plan().example, example_plan().currency
    (True, 'USD')
    """
    return parse_plan(example_text())


def example_text() -> str:
    """
    Give the file of the example, to be changed into a plan of one's own.

    Returns
    -------
    str
        TOML, with comments that say what each line means.

    Examples
    --------
    >>> parse_plan(example_text()).tiers[0].cameras_from
    1
    """
    source = files("coveragekit.registry").joinpath("data", "fees", "example.toml")
    return source.read_text("utf-8")


def parse_plan(text: str) -> Plan:
    """
    Read a fee plan.

    Parameters
    ----------
    text
        TOML in the form of ``registry/data/fees/example.toml``.

    Returns
    -------
    Plan
        The plan.

    Raises
    ------
    InputError
        If it is no TOML, lacks something, or an amount, a day or a number cannot be;
        the message names it.

    Examples
    --------
    >>> parse_plan("name = 'x'")
    Traceback (most recent call last):
    coveragekit.errors.InputError: fee plan: missing currency, ...
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"fee plan: this is no TOML: {error}"
        raise InputError(message) from None
    return _plan(data)


def parse_plan_sheet(text: str, told: Mapping[str, object] | None = None) -> Plan:
    r"""
    Read a fee plan whose prices are the lines of a spreadsheet.

    Parameters
    ----------
    text
        CSV with the columns ``cameras_from``, ``days_from``, ``one_off`` and
        ``yearly``, the last two empty for a price on request; commas or semicolons.
    told
        What the sheet does not say: ``name``, ``currency``, ``effective_from`` and the
        other keys of a plan.

    Returns
    -------
    Plan
        The plan.

    Raises
    ------
    InputError
        If a column or a value is missing, or cannot be; all bad lines are named.

    Examples
    --------
    >>> sheet = "cameras_from,days_from,one_off,yearly\n1,0,350,150\n11,0,,\n"
    >>> told = {"name": "City", "currency": "USD", "effective_from": date(2026, 1, 1)}
    >>> [str(one.one_off) for one in parse_plan_sheet(sheet, told).tiers]
    ['350.00', 'None']
    """
    plain = text.removeprefix("\ufeff")
    head = plain.partition("\n")[0]
    separator = ";" if head.count(";") > head.count(",") else ","
    rows = csv.DictReader(io.StringIO(plain), delimiter=separator)
    columns = [str(one).strip() for one in rows.fieldnames or ()]
    if set(columns) != _TIER_KEYS:
        message = (
            f"fee plan: the columns are {', '.join(columns) or 'missing'}; allowed: "
            "cameras_from, days_from, one_off, yearly"
        )
        raise InputError(message)
    rows.fieldnames = columns
    tiers: list[dict[str, object]] = []
    faults: list[str] = []
    for row in rows:
        try:
            tier = _sheet_tier(row)
            _tier(tier)
        except InputError as error:
            faults.append(f"line {rows.line_num}: {error}")
        else:
            tiers.append(tier)
    if faults:
        raise InputError("fee plan:\n  " + "\n  ".join(faults))
    return _plan({**(told or {}), "tiers": tiers})


def _sheet_tier(row: Mapping[str | None, Any]) -> dict[str, object]:
    if None in row or None in row.values():
        message = "more or fewer cells than the head has columns"
        raise InputError(message)
    cells = {str(name): str(cell).strip() for name, cell in row.items()}
    tier: dict[str, object] = {
        name: int(cells[name]) if cells[name].isdecimal() else cells[name]
        for name in ("cameras_from", "days_from")
    }
    return tier | {name: cells[name] for name in ("one_off", "yearly") if cells[name]}


def _plan(data: Mapping[str, Any]) -> Plan:
    needed = ("name", "currency", "effective_from", "tiers")
    _check_keys("fee plan", data, known=_KEYS, needed=needed)
    if not isinstance(data["tiers"], list):
        message = "fee plan: tiers are written as [[tiers]], one for each price"
        raise InputError(message)
    tiers = tuple(sorted(map(_tier, data["tiers"]), key=_grid))
    return Plan(
        name=check_line("name of the fee plan", str(data["name"]), needed=True) or "",
        currency=_currency(data["currency"]),
        effective_from=_day("effective_from", data["effective_from"]),
        effective_to=_day("effective_to", data["effective_to"])
        if "effective_to" in data
        else None,
        tiers=tiers,
        first_year_included=_flag(data, "first_year_included"),
        source=check_line("source", data.get("source"), longest=500),
        note=check_line("note", data.get("note"), longest=1_000),
        example=_flag(data, "example"),
    )


def _tier(entry: Mapping[str, Any]) -> Tier:
    needed = ("cameras_from", "days_from")
    _check_keys("tier", entry, known=_TIER_KEYS, needed=needed)
    check_count("cameras_from", entry["cameras_from"], 1)
    check_count("days_from", entry["days_from"], 0)
    if ("one_off" in entry) != ("yearly" in entry):
        message = "tier: give one_off and yearly, or neither for a price on request"
        raise InputError(message)
    amounts = {
        name: _amount(name, entry[name]) if name in entry else None
        for name in ("one_off", "yearly")
    }
    return Tier(entry["cameras_from"], entry["days_from"], **amounts)


def _grid(tier: Tier) -> tuple[int, int]:
    return tier.cameras_from, tier.days_from


def _check_keys(
    what: str, entry: Mapping[str, Any], *, known: set[str], needed: tuple[str, ...]
) -> None:
    missing = [key for key in needed if key not in entry]
    strange = [key for key in entry if key not in known]
    if missing or strange:
        said = [f"missing {', '.join(missing)}"] if missing else []
        said += [f"unknown {', '.join(strange)}"] if strange else []
        message = f"{what}: {'; '.join(said)}; allowed: {', '.join(sorted(known))}"
        raise InputError(message)


def _amount(what: str, value: object) -> Decimal:
    try:
        amount = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or not 0 <= amount < _MOST:
        amount = None
    if amount is None or amount != amount.quantize(Decimal("0.01")):
        message = f"{what}: {value!r}; allowed: a text with two decimals, as '350.00'"
        raise InputError(message)
    return amount.quantize(Decimal("0.01"))


def _currency(value: object) -> str:
    if not isinstance(value, str) or len(value) != 3 or not value.isascii():
        value = str(value)[:20]
    elif value.isalpha() and value.isupper():
        return value
    message = f"currency {value!r}; allowed: three letters of ISO 4217, such as USD"
    raise InputError(message)


def _day(what: str, value: object) -> date:
    if type(value) is not date:
        message = f"{what}: {value!r}; allowed: a day, as 2026-01-31 without quotes"
        raise InputError(message)
    return value


def _flag(data: Mapping[str, Any], name: str) -> bool:
    value = data.get(name, False)
    if not isinstance(value, bool):
        message = f"{name}: {value!r}; allowed: true, false"
        raise InputError(message)
    return value
