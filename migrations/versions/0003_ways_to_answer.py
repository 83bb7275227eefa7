"""How an answer was given, what is odd about it, split forms, and tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0003_ways_to_answer"
down_revision = "0002_sums"


def upgrade() -> None:
    """Apply."""
    for name, before in (("mode", "self"), ("presence", "printed"), ("more", ""), ("quality", "")):
        op.add_column(
            "response", sa.Column(name, sa.String(), server_default=before, nullable=False)
        )
    op.add_column(
        "wave_instrument", sa.Column("subset", sa.Integer(), server_default="0", nullable=False)
    )
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
    )
    op.create_index(op.f("ix_ticket_batch_collector_id"), "ticket_batch", ["collector_id"])
    op.create_index(op.f("ix_ticket_batch_wave_id"), "ticket_batch", ["wave_id"])
    op.create_table(
        "ticket",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("spent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["ticket_batch.id"], name=op.f("fk_ticket_batch_id_ticket_batch")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_ticket")),
    )
    op.create_index(op.f("ix_ticket_batch_id"), "ticket", ["batch_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("ticket")
    op.drop_table("ticket_batch")
    op.drop_column("wave_instrument", "subset")
    for name in ("quality", "more", "presence", "mode"):
        op.drop_column("response", name)
