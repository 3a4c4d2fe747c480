"""Make all tables of the first version."""

from __future__ import annotations

import secrets
from pathlib import Path

from alembic import op
from sqlalchemy import text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BETWEEN = "\n--;\n"


def _run(name: str) -> None:
    """Run the statements that were written down for this database."""
    dialect = op.get_bind().dialect.name
    path = Path(__file__).parent / f"0001_{name}_{dialect}.sql"
    for statement in path.read_text("utf-8").split(_BETWEEN):
        op.get_bind().exec_driver_sql(statement.strip())


def upgrade() -> None:
    """Make the tables, their spatial index, and the registry's own id."""
    _run("up")
    insert = text("INSERT INTO meta (key, value) VALUES ('registry_id', :made)")
    op.get_bind().execute(insert, {"made": secrets.token_hex(16)})


def downgrade() -> None:
    """Take everything away."""
    _run("down")
