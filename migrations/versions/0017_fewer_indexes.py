"""Three indexes less on responses: each answer wrote them, and nothing asks by them alone."""

from alembic import op

revision = "0017_fewer_indexes"
down_revision = "0016_paper_prints"

_COLUMNS = ("instrument_id", "point_id", "unit_id")


def upgrade() -> None:
    """Apply."""
    for column in _COLUMNS:
        op.drop_index(op.f(f"ix_response_{column}"), "response")


def downgrade() -> None:
    """Take back."""
    for column in _COLUMNS:
        op.create_index(op.f(f"ix_response_{column}"), "response", [column])
