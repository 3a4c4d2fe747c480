"""Whose data a study's maps show, and under which licence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coveragekit.study import Study

__all__ = ["attribution", "licences"]


def attribution(study: Study) -> str:
    """
    Give whom to thank for the data, as plain text.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    str
        Such as ``"Data: OpenStreetMap contributors"``; empty where the study's inputs
        name nobody.
    """
    named = dict.fromkeys(
        one.attribution for one in study.settings.inputs if one.attribution
    )
    return f"Data: {'; '.join(named)}" if named else ""


def licences(study: Study) -> list[str]:
    """
    Give under which licence whose data are used, as plain sentences.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    list of str
        One for each source that states a licence.
    """
    return list(
        dict.fromkeys(
            f"{one.attribution or one.file}: {one.licence}."
            for one in study.settings.inputs
            if one.licence
        )
    )
