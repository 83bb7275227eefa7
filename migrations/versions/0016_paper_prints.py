"""Which numbers of paper forms were printed."""

import sqlalchemy as sa
from alembic import op

revision = "0016_paper_prints"
down_revision = "0015_identities"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "paper_print",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("collector_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("printed_by", sa.Integer(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first >= 1 AND last >= first", name=op.f("ck_paper_print_numbers")),
        sa.ForeignKeyConstraint(
            ["collector_id"], ["collector.id"], name=op.f("fk_paper_print_collector_id_collector")
        ),
        sa.ForeignKeyConstraint(
            ["printed_by"], ["staff.id"], name=op.f("fk_paper_print_printed_by_staff")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_paper_print_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_print")),
    )
    op.create_index(op.f("ix_paper_print_collector_id"), "paper_print", ["collector_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("paper_print")
