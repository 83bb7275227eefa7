"""Keys of programs, and the people served day by day."""

import sqlalchemy as sa
from alembic import op

revision = "0012_api"
down_revision = "0011_batch_numbers"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("sector", sa.String(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("sector IS NULL OR unit_id IS NULL", name=op.f("ck_api_key_place")),
        sa.CheckConstraint("every >= 1", name=op.f("ck_api_key_every")),
        sa.CheckConstraint("scopes <> ''", name=op.f("ck_api_key_scopes")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_api_key_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("name", name=op.f("uq_api_key_name")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_key_secret_hash")),
    )
    op.create_index(op.f("ix_api_key_unit_id"), "api_key", ["unit_id"])
    op.create_table(
        "day_count",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.CheckConstraint("total >= 0", name=op.f("ck_day_count_total")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_day_count_unit_id_unit")),
        sa.PrimaryKeyConstraint("unit_id", "field", "day", name=op.f("pk_day_count")),
    )
    op.create_index(op.f("ix_day_count_month"), "day_count", ["month"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("day_count")
    op.drop_table("api_key")
