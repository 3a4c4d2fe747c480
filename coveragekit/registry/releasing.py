"""Give the cameras out: to the agency's own people, or to the public."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, select

from coveragekit import model
from coveragekit.crs import WGS84
from coveragekit.errors import InputError
from coveragekit.registry.camera_list import camera_columns
from coveragekit.registry.consent import effective_state_column
from coveragekit.registry.opening import now as clock_time
from coveragekit.registry.schema import camera, consent, owner, site

if TYPE_CHECKING:
    from datetime import datetime

    import geopandas as gpd
    from sqlalchemy import ColumnElement, Connection

__all__ = ["RELEASES", "release_cameras"]

RELEASES: Final = ("internal", "public")
# A person's name is a contact; the name of a shop or an agency stands on its door.
_NAMED: Final = ("business", "agency")
_AGREED: Final = ("registered", "integrated")


def release_cameras(
    connection: Connection, release: str, *, now: datetime | None = None
) -> model.Released:
    """
    Give the cameras in one of two forms in which they may leave.

    Parameters
    ----------
    connection
        From ``Registry.read`` or ``Registry.write``.
    release
        ``"internal"``: the model's table and what the registry knows of sites, upkeep
        and consent. ``"public"``: counts by cells.
    now
        The present; the registry's own clock where it is not given.

    Returns
    -------
    coveragekit.model.Released
        The table, its form and what was withheld.

    Raises
    ------
    InputError
        There is no such release.

    Notes
    -----
    Both leave out cameras whose owner did not agree, withdrew or paused, those whose
    agreement ran out, and those taken down. No contact, no feed and no credential is in
    either, and no name of a person. The public counts are of cameras
    that owners registered or integrated, in cells with at least five owners: one home
    with many cameras stays hidden, and the agency's own, whose places many know, can
    be taken off nothing. They name no tier, so that no difference of counts tells which
    owner joined.
    """
    if release not in RELEASES:
        message = f"there is no release {release!r}; allowed: {', '.join(RELEASES)}"
        raise InputError(message)
    moment = now or clock_time(connection)
    columns, left_out = camera_columns(connection, moment)
    frame = _frame(columns)
    if release == "public":
        return _counted(frame)
    notes = ["contacts, names of persons, feeds and credentials are left out"]
    if left_out:
        notes.append(f"{left_out} cameras without a consent in force are left out")
    return model.Released(_with_more(connection, frame, moment), "exact", tuple(notes))


def _counted(frame: gpd.GeoDataFrame) -> model.Released:
    """Count by cells, where owners are enough, the cameras they agreed to."""
    private = frame[frame["access"].isin(_AGREED)]
    released = model.release("cameras", private, "public")
    least = model.least_count("public")
    cells = released.table
    if len(cells):
        places = private[["owner_id", private.geometry.name]]
        inside = places.sjoin(cells[["cell_id", cells.geometry.name]])
        owners = inside.groupby("cell_id")["owner_id"].nunique()
        enough = cells["cell_id"].map(owners).fillna(0) >= least
        cells = cells[enough].reset_index(drop=True)
    few = f"cells with fewer than {least} owners are left out"
    own = "the agency's own cameras are left out"
    return model.Released(cells, released.form, (*released.notes, few, own))


def _frame(columns: dict[str, list[Any]]) -> gpd.GeoDataFrame:
    import geopandas as gpd

    rest = {name: cells for name, cells in columns.items() if name not in _LON_LAT}
    places = gpd.points_from_xy(columns["lon"], columns["lat"], crs=WGS84)
    return model.conform("cameras", gpd.GeoDataFrame(rest, geometry=places))


_LON_LAT: Final = ("lon", "lat")


def _more(moment: datetime) -> dict[str, ColumnElement[Any]]:
    """Give what the registry knows beyond the model's table."""
    named = case((owner.c.kind.in_(_NAMED), owner.c.name))
    own = ("indoor", "make", "model", "maintainer", "contract_ends_on", "recorder_id")
    rest = ("channel", "cloud_only", "faces_homes_share", "site_id", "revision")
    return {
        **{name: camera.c[name] for name in (*own, *rest)},
        "site_name": site.c.name,
        "site_address": site.c.address,
        "site_kind": site.c.kind,
        "owner_name": named,
        "owner_kind": owner.c.kind,
        "consent_state": effective_state_column(moment),
        "consent_expires_at": consent.c.expires_at,
    }


def _with_more(
    connection: Connection, frame: gpd.GeoDataFrame, moment: datetime
) -> gpd.GeoDataFrame:
    import pandas as pd

    wanted = _more(moment)
    query = (
        select(camera.c.camera_id, *(c.label(name) for name, c in wanted.items()))
        .select_from(camera)
        .outerjoin(site, site.c.site_id == camera.c.site_id)
        .outerjoin(owner, owner.c.owner_id == site.c.owner_id)
        .outerjoin(consent, consent.c.camera_id == camera.c.camera_id)
        .where(camera.c.removed_at.is_(None))
    )
    rows = connection.execute(query).all()
    more = pd.DataFrame(
        {
            name: pd.Series([row[place] for row in rows], dtype="object")
            for place, name in enumerate(["camera_id", *wanted])
        }
    )
    more = more.set_index("camera_id").reindex(frame["camera_id"])
    full = frame.copy()
    for name in wanted:
        full.insert(len(full.columns) - 1, name, more[name].to_numpy())
    return full
