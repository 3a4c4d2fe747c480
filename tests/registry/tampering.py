"""Change the audit log behind the program's back, as the database's owner could."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import (
    Connection,
    Text,
    column,
    create_engine,
    select,
    table,
    text,
    type_coerce,
)
from sqlalchemy.engine import make_url

from coveragekit.registry.audit import digest_of, time_text
from coveragekit.registry.column_types import Json
from coveragekit.registry.opening import Registry
from coveragekit.registry.schema import audit_entry

# The same table without types: what is written is what stands there.
RAW = table("audit_entry", *(column(one.name) for one in audit_entry.columns))
SQLITE_GUARDS = (
    "audit_entry_no_update",
    "audit_entry_no_delete",
    "audit_entry_follows",
)


@contextmanager
def behind(registry: Registry) -> Iterator[Connection]:
    """Write past the guards; they are put back, so that nobody notices."""
    url = registry.url
    if registry.dialect == "postgresql":
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
            yield connection
            connection.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER USER"))
        engine.dispose()
        return
    engine = create_engine(make_url(f"sqlite+pysqlite:///{registry.path}"))
    with engine.begin() as connection:
        kept = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'audit_entry'")
        ).all()
        guards = {row.name: row.sql for row in kept if row.name in SQLITE_GUARDS}
        assert set(guards) == set(SQLITE_GUARDS)
        for name in guards:
            connection.execute(text(f"DROP TRIGGER {name}"))
        yield connection
        for statement in guards.values():
            connection.exec_driver_sql(statement)
    engine.dispose()


def hash_anew(
    connection: Connection, registry: str, *, start: int, end: int | None = None
) -> None:
    """Make the chain anew from a line on, as if it had been so from the start."""
    log = audit_entry
    columns = [
        type_coerce(one, Text).label(one.name) if isinstance(one.type, Json) else one
        for one in log.columns
    ]
    before = connection.execute(
        select(log.c.hash).where(log.c.seq == start - 1)
    ).scalar_one()
    rows = connection.execute(
        select(*columns)
        .where(log.c.seq.between(start, end or 1_000_000))
        .order_by(log.c.seq)
    ).all()
    for row in rows:
        line = dict(row._mapping)
        del line["hash"]
        line["at"] = time_text(line["at"])
        for name in ("object_ids", "parameters"):
            line[name] = json.loads(line[name])
        line["prev_hash"] = before
        before = digest_of(registry, line)
        connection.execute(
            log.update()
            .where(log.c.seq == row.seq)
            .values(prev_hash=line["prev_hash"], hash=before)
        )
