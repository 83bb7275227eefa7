"""The PIN that opens a tablet or a screen on the counter."""

import sqlalchemy as sa
from alembic import op

revision = "0006_kiosk"
down_revision = "0005_accounts"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "collector", sa.Column("kiosk_pin", sa.String(), server_default="", nullable=False)
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("collector", "kiosk_pin")
