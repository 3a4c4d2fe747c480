"""Column types that keep the same value on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import BigInteger, DateTime, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator

from coveragekit.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

__all__ = ["Id", "Json", "Money", "UtcTime", "canonical_json"]

# Ids sort by their bytes on both databases, whatever language the server speaks.
Id: Final = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def canonical_json(value: object) -> str:
    """
    Write a value as JSON in the one form that a digest can rest on.

    Parameters
    ----------
    value
        Mappings, lists, texts, finite numbers, booleans and ``None``.

    Returns
    -------
    str
        Keys sorted, no space, letters as they are.

    Raises
    ------
    InputError
        The value holds something else, such as a number that is not finite.

    Examples
    --------
    >>> canonical_json({"b": [1, None], "a": "é"})
    '{"a":"é","b":[1,null]}'
    """
    try:
        return json.dumps(
            value,
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            allow_nan=False,
        )
    except (TypeError, ValueError) as error:
        message = (
            f"this cannot be kept as JSON: {error}; allowed: mappings with text keys, "
            "lists, texts, finite numbers, true, false and null"
        )
        raise InputError(message) from None


class UtcTime(TypeDecorator[datetime]):
    """
    A moment with its zone, kept in UTC to the microsecond.

    SQLite keeps ISO text of one length, which sorts as the moments do; PostgreSQL keeps
    ``timestamptz``.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """
        Choose how the database keeps it.

        Parameters
        ----------
        dialect
            Which database it is.

        Returns
        -------
        sqlalchemy.types.TypeEngine
            ``timestamptz`` or text.
        """
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> object:
        """
        Give what is written.

        Parameters
        ----------
        value
            A moment with a zone.
        dialect
            Which database it is.

        Returns
        -------
        object
            Text for SQLite, the moment in UTC for PostgreSQL.

        Raises
        ------
        InputError
            The moment has no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            message = (
                f"the time {value.isoformat()} has no zone; give it one, for example "
                "datetime.now(UTC)"
            )
            raise InputError(message)
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else _text(moment)

    def process_result_value(self, value: object, dialect: Dialect) -> datetime | None:
        """
        Give what was read, in UTC.

        Parameters
        ----------
        value
            What the database kept.
        dialect
            Which database it is.

        Returns
        -------
        datetime.datetime or None
            The moment, with its zone.
        """
        if value is None:
            return None
        if dialect.name == "postgresql":
            return cast("datetime", value).astimezone(UTC)
        return datetime.fromisoformat(cast("str", value))


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


class Json(TypeDecorator[Any]):
    """JSON as text in its canonical form, the same bytes on every database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:  # noqa: ARG002
        """
        Give what is written.

        Parameters
        ----------
        value
            What :func:`canonical_json` takes.
        dialect
            Which database it is.

        Returns
        -------
        str or None
            The text.
        """
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: object, dialect: Dialect) -> object:  # noqa: ARG002
        """
        Give what was read.

        Parameters
        ----------
        value
            The text.
        dialect
            Which database it is.

        Returns
        -------
        object
            Mappings, lists, texts and numbers.
        """
        return None if value is None else json.loads(cast("str", value))


class Money(TypeDecorator[Decimal]):
    """An amount with two decimals, kept as a whole number of hundredths."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> int | None:  # noqa: ARG002
        """
        Give what is written.

        Parameters
        ----------
        value
            The amount.
        dialect
            Which database it is.

        Returns
        -------
        int or None
            Hundredths.

        Raises
        ------
        InputError
            The amount has more than two decimals.
        """
        if value is None:
            return None
        hundredths = Decimal(cast("Decimal", value)) * 100
        if hundredths != hundredths.to_integral_value():
            message = f"an amount of money has at most two decimals; seen: {value}"
            raise InputError(message)
        return int(hundredths)

    def process_result_value(self, value: object, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """
        Give what was read.

        Parameters
        ----------
        value
            Hundredths.
        dialect
            Which database it is.

        Returns
        -------
        decimal.Decimal or None
            The amount.
        """
        return None if value is None else Decimal(cast("int", value)).scaleb(-2)
