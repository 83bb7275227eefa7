"""Accounts tied to an identity at a provider, and sessions for which it vouched."""

import sqlalchemy as sa
from alembic import op

revision = "0015_identities"
down_revision = "0014_messages"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "staff_identity",
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("tied_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_identity_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("sealed", name=op.f("pk_staff_identity")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_staff_identity_staff_id")),
    )
    op.add_column(
        "staff_session",
        sa.Column("vouched", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("staff_session", "vouched")
    op.drop_table("staff_identity")
