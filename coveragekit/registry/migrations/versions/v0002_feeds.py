"""Add the tables of feeds, masks and health."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BETWEEN = "\n--;\n"


def _run(name: str) -> None:
    """Run the statements that were written down for this database."""
    dialect = op.get_bind().dialect.name
    path = Path(__file__).parent / f"0002_{name}_{dialect}.sql"
    for statement in path.read_text("utf-8").split(_BETWEEN):
        op.get_bind().exec_driver_sql(statement.strip())


def upgrade() -> None:
    """Make the tables; no camera has a feed yet."""
    _run("up")


def downgrade() -> None:
    """Take the tables away, with what was kept of feeds, masks and health."""
    _run("down")
