"""More kinds of accounts, a second factor, invitations, and failed attempts to sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0005_accounts"
down_revision = "0004_trail"

_BEFORE = {
    "role": "role IN ('central', 'sector', 'unit')",
    "unit_scope": "(role = 'unit') = (unit_id IS NOT NULL)",
}
_AFTER = {
    "role": "role IN ('administrator', 'central', 'sector', 'unit', 'entry', 'auditor')",
    "unit_scope": "(role IN ('unit', 'entry')) = (unit_id IS NOT NULL)",
}


def _check(conditions: dict[str, str]) -> None:
    """Put other conditions in the place of those of the same name."""
    # SQLite makes the table anew for it, and would miss the rows that refer to it meanwhile:
    # whoever is signed in signs in again.
    op.execute("DELETE FROM staff_session")
    with op.batch_alter_table("staff") as batch:
        for name, condition in conditions.items():
            batch.drop_constraint(op.f(f"ck_staff_{name}"), type_="check")
            batch.create_check_constraint(op.f(f"ck_staff_{name}"), condition)


def upgrade() -> None:
    """Apply."""
    _check(_AFTER)
    op.add_column("staff", sa.Column("totp_secret", sa.String(), nullable=True))
    op.add_column("staff", sa.Column("totp_step", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "staff", sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_table(
        "staff_invitation",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_invitation_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_invitation")),
    )
    op.create_index(op.f("ix_staff_invitation_staff_id"), "staff_invitation", ["staff_id"])
    op.create_table(
        "sign_in_failure",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_sign_in_failure")),
    )


def downgrade() -> None:
    """Take back; accounts of the new kinds cannot stay."""
    op.drop_table("sign_in_failure")
    op.drop_table("staff_invitation")
    for name in ("demo", "totp_step", "totp_secret"):
        op.drop_column("staff", name)
    op.execute("DELETE FROM staff_session")
    op.execute("DELETE FROM staff WHERE role IN ('administrator', 'entry', 'auditor')")
    _check(_BEFORE)
