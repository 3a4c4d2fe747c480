"""What to type where something was missing: names become options here alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coveragekit.errors import CoverageKitError

__all__ = ["hint_of"]

_OPTIONS: Final = {
    "offence": "--offence CODE",
    "case_number": "--case NUMBER",
    "purpose": "--purpose WORD",
    "signer": "--signer NAME",
    "text": "--text VERSION",
    "scope": "--scope live,recorded",
    "expiry": "--expires 2027-11-20",
    "reason": '--reason "WORDS"',
}
_COMMANDS: Final = {
    "authority": "coveragekit registry authority add CAMERA --signer NAME "
    "--capacity owner",
    "file": "coveragekit registry requests received REQUEST FILE",
    "outcome": "coveragekit registry requests outcome REQUEST WORD",
}


def hint_of(error: CoverageKitError) -> str | None:
    """
    Say what to type after an error.

    Parameters
    ----------
    error
        The error, which names what was missing.

    Returns
    -------
    str or None
        Words; ``None`` where nothing was missing that an option gives.

    Examples
    --------
    >>> from coveragekit.errors import InputError
    >>> hint_of(InputError("it needs them").lacking("offence", "case_number"))
    'give it with --offence CODE --case NUMBER'
    """
    # The text that is shown goes with the name of who signs.
    lacks = [one for one in error.lacks if one != "text" or "signer" not in error.lacks]
    options = [_OPTIONS[one] for one in lacks if one in _OPTIONS]
    commands = [_COMMANDS[one] for one in lacks if one in _COMMANDS]
    told = [f"give it with {' '.join(options)}"] if options else []
    told += [f"type first: {one}" for one in commands]
    return "; ".join(told) or None
