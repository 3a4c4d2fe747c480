"""What the back room knows of live pictures before anybody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from coveragekit.dashboards.backroom_tasks import Job

__all__ = ["looking"]


def looking(
    _: Job, *, camera_id: str, user: str, role: str, source: str
) -> dict[str, Any]:
    """
    Tell a page whether it offers a camera's live picture, and for what.

    Parameters
    ----------
    camera_id
        The camera.
    user, role, source
        Who would look, as the server told the page's kernel.

    Returns
    -------
    dict
        ``may``, ``words``, ``purposes`` (each ``code`` and ``demands``) and ``lifted``;
        see :class:`coveragekit.access.looking_terms.LookingTerms`.

    Raises
    ------
    RegistryError
        The registry is not there or does not answer.
    """
    from coveragekit.access import User, open_door
    from coveragekit.access.looking_terms import looking_terms

    who = User(user, role, cast("Literal['proxy', 'local', 'token']", source))
    with open_door(sign=False) as door:
        terms = looking_terms(door, who, camera_id)
    return {
        "may": terms.may,
        "words": terms.words,
        "purposes": [
            {"code": one.code, "demands": list(one.demands)} for one in terms.purposes
        ],
        "lifted": list(terms.lifted),
    }
