"""Leave cameras off a map whose owners have left the registry since the build."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coveragekit.study.origin import Left, registry_of

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd

    from coveragekit.study import Study
    from coveragekit.view import Store

__all__ = ["left_cameras", "left_notes", "left_rows", "without_left"]

_RECENT_S: Final = 15.0
_DRAWN_WITH: Final = (
    "They are left out of cameras and views; pictures of coverage, gaps and shares "
    "were made with them."
)


def left_cameras(study: Study) -> Left:
    """
    Give which cameras of a built study have left its registry since.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    Left
        As :func:`coveragekit.access.left_of` gives it; nobody where the cameras are of
        files.

    Raises
    ------
    StudyError
        The study was never built, or by another version.
    """
    results = study.results()
    if not registry_of(results.summary.get("sources") or ()):
        return Left()
    from coveragekit import access
    from coveragekit.view import Store

    return access.left_of(Store.open(results.path), recent_s=_RECENT_S)


def left_rows(store: Store) -> tuple[Left, list[int]]:
    """
    Give which cameras of a view store have left its registry since, and their rows.

    Parameters
    ----------
    store
        The store.

    Returns
    -------
    tuple of Left and list of int
        Nobody where the cameras are of files.
    """
    if not registry_of(store.meta.get("inputs") or ()):
        return Left(), []
    from coveragekit import access

    left = access.left_of(store, recent_s=_RECENT_S)
    rows = [store.cameras.camera_id.find(key) for key in sorted(left.ids)]
    return left, [row for row in rows if row >= 0]


def without_left(frame: gpd.GeoDataFrame, ids: Collection[str]) -> gpd.GeoDataFrame:
    """
    Give rows about cameras without those of some.

    Parameters
    ----------
    frame
        Rows with a ``camera_id``, or with a ``nearest_camera_id``, which is emptied.
    ids
        The cameras.

    Returns
    -------
    geopandas.GeoDataFrame
        The rows, the given table where there is nothing to leave out.

    Examples
    --------
    >>> import geopandas as gpd
    >>> frame = gpd.GeoDataFrame({"camera_id": ["a", "b"]})
    >>> without_left(frame, ["b"])["camera_id"].tolist()
    ['a']
    """
    if not ids:
        return frame
    if "camera_id" in frame.columns:
        return frame[~frame["camera_id"].isin(list(ids))].reset_index(drop=True)
    named = frame["nearest_camera_id"].isin(list(ids))
    both = ("nearest_camera_id", "nearest_camera_m")
    return frame.assign(**{name: frame[name].mask(named) for name in both})


def left_notes(left: Left) -> list[str]:
    """
    Say on a map that cameras have left, and what was made with them.

    Parameters
    ----------
    left
        Who has left.

    Returns
    -------
    list of str
        Sentences; none where nobody has left and that is known.

    Examples
    --------
    >>> left_notes(Left())
    []
    """
    said = [left.words] if left.words else []
    return [*said, _DRAWN_WITH] if left.ids else said
