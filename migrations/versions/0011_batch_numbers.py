"""Numbers of batches of tickets are given once, also on SQLite."""

import sqlalchemy as sa
from alembic import op

revision = "0011_batch_numbers"
down_revision = "0010_comments"


def upgrade() -> None:
    """Apply; PostgreSQL gives each number once as it is."""
    _make_anew(once=True)


def downgrade() -> None:
    """Take back."""
    _make_anew(once=False)


def _make_anew(*, once: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    # Tickets refer to these rows, which are away for a moment.
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM ticket_batch")
    op.drop_table("ticket_batch")
    op.create_table(
        "ticket_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("collector_id", sa.Integer(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("minted_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("minted_by", sa.String(), nullable=False),
        sa.Column("minted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("every >= 1", name=op.f("ck_ticket_batch_every")),
        sa.CheckConstraint("size >= 1", name=op.f("ck_ticket_batch_size")),
        sa.CheckConstraint("expires_on >= minted_on", name=op.f("ck_ticket_batch_period")),
        sa.ForeignKeyConstraint(
            ["collector_id"], ["collector.id"], name=op.f("fk_ticket_batch_collector_id_collector")
        ),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["wave.id"], name=op.f("fk_ticket_batch_wave_id_wave")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_batch")),
        sqlite_autoincrement=once,
    )
    op.create_index(op.f("ix_ticket_batch_collector_id"), "ticket_batch", ["collector_id"])
    op.create_index(op.f("ix_ticket_batch_wave_id"), "ticket_batch", ["wave_id"])
    op.execute("INSERT INTO ticket_batch SELECT * FROM kept")
    op.execute("DROP TABLE kept")
