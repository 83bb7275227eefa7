"""What is to be done, and what leaves the house by itself: reminders, word of publications."""

import sqlalchemy as sa
from alembic import op

revision = "0014_messages"
down_revision = "0013_drafts"


def upgrade() -> None:
    """Apply."""
    op.add_column("staff", sa.Column("email", sa.String(), server_default="", nullable=False))
    op.add_column("staff", sa.Column("reminded_on", sa.Date(), nullable=True))
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.UniqueConstraint("url", name=op.f("uq_webhook_url")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"],
            name=op.f("fk_delivery_webhook_id_webhook"), ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_delivery_release_id_release")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "webhook_id", "release_id", name=op.f("uq_delivery_webhook_id_release_id")
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_delivery_message_id")),
    )  # fmt: skip
    op.create_index("ix_delivery_due_at", "delivery", ["due_at"])
    odd = sa.text("quality <> '' AND excluded_at IS NULL")
    op.create_index(
        "ix_response_odd", "response", ["wave_id"], sqlite_where=odd, postgresql_where=odd
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_response_odd", "response")
    op.drop_table("delivery")
    op.drop_table("webhook")
    op.drop_column("staff", "reminded_on")
    op.drop_column("staff", "email")
