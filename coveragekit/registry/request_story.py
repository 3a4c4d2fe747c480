"""What became of one footage request, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from coveragekit.registry.received import ReceivedFile, received_files
from coveragekit.registry.request_rows import FootageRequest, one_request
from coveragekit.registry.schema import request_event

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["RequestStep", "RequestStory", "request_story"]


@dataclass(frozen=True, slots=True)
class RequestStep:
    """
    One step of a request.

    Parameters
    ----------
    at
        When.
    origin, to
        State before and after.
    by_name, side
        Who entered it, and whose doing it was.
    reason
        Why, in words.
    outcome
        What came of it, where that was noted.
    """

    at: datetime
    origin: str
    to: str
    by_name: str
    side: str
    reason: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class RequestStory:
    """
    A request with all that happened to it.

    Parameters
    ----------
    request
        As it stands.
    steps
        The oldest first.
    files
        What arrived for it.
    """

    request: FootageRequest
    steps: tuple[RequestStep, ...]
    files: tuple[ReceivedFile, ...]


def request_story(connection: Connection, request_id: str) -> RequestStory:
    """
    Give a request with its steps and files.

    Parameters
    ----------
    connection
        A connection to the registry.
    request_id
        The request.

    Returns
    -------
    RequestStory
        The story.

    Raises
    ------
    InputError
        If there is no such request.
    """
    one = one_request(connection, request_id)
    query = (
        select(request_event)
        .where(request_event.c.request_id == request_id)
        .order_by(request_event.c.number)
    )
    steps = tuple(
        RequestStep(
            row.at,
            row.from_state,
            row.to_state,
            row.by_name,
            row.by_role,
            row.reason,
            (row.detail or {}).get("outcome"),
        )
        for row in connection.execute(query)
    )
    return RequestStory(one, steps, received_files(connection, request_id))
