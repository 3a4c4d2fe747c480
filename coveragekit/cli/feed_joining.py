"""Tell what was measured of a camera that joins, as it is measured."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import typer

from coveragekit.cli.screen import out

if TYPE_CHECKING:
    from coveragekit.access import User
    from coveragekit.access.joining import Step
    from coveragekit.access.looking import Looks

__all__ = ["measure"]

_MARKS: Final = {"good": "good", "poor": "poor", "bad": "BAD", "unknown": "?"}


def measure(  # noqa: PLR0917 - it reads as the question is asked
    looks: Looks, user: User, purpose: str, camera_id: str, *, as_json: bool
) -> None:
    """
    Measure a camera and tell each step.

    Parameters
    ----------
    looks
        Where cameras are looked at.
    user, purpose
        Who asks, what for.
    camera_id
        The camera.
    as_json
        Whether each step is a line of JSON.

    Raises
    ------
    typer.Exit
        With 1 where something is bad.
    """
    from coveragekit import access
    from coveragekit.access.joining import measure_joining

    def say(step: Step) -> None:
        if as_json:
            typer.echo(json.dumps(asdict(step), ensure_ascii=False))
        else:
            words = f"{_MARKS[step.verdict]:<5} {step.name}: {step.words}"
            out.print(words, markup=False)

    steps = measure_joining(looks, user, access.Purpose(purpose), camera_id, said=say)
    if any(one.verdict == "bad" for one in steps):
        raise typer.Exit(1)
