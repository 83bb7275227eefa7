"""Paper forms that wait to be typed in again, and how answers were given, read from an index."""

import sqlalchemy as sa
from alembic import op

revision = "0007_paper"
down_revision = "0006_kiosk"

_TALLY = "ix_response_tally"
_PLACE = ["wave_id", "instrument_id", "unit_id"]


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "paper_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("collector_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("serial >= 1", name=op.f("ck_paper_entry_serial")),
        sa.ForeignKeyConstraint(
            ["collector_id"], ["collector.id"], name=op.f("fk_paper_entry_collector_id_collector")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["staff.id"], name=op.f("fk_paper_entry_entered_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name=op.f("fk_paper_entry_instrument_id_instrument"),
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_paper_entry_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_entry")),
        sa.UniqueConstraint(
            "wave_id",
            "collector_id",
            "serial",
            name=op.f("uq_paper_entry_wave_id_collector_id_serial"),
        ),
    )
    op.create_index(op.f("ix_paper_entry_collector_id"), "paper_entry", ["collector_id"])
    op.add_column(
        "wave", sa.Column("double_entry", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.drop_index(_TALLY, "response")
    op.create_index(_TALLY, "response", [*_PLACE, "mode", "excluded_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_index(_TALLY, "response")
    op.create_index(_TALLY, "response", _PLACE)
    op.drop_column("wave", "double_entry")
    op.drop_table("paper_entry")
