"""What becomes of comments."""

import sqlalchemy as sa
from alembic import op

revision = "0010_comments"
down_revision = "0007_paper"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "comment_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("question_code", sa.String(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('approved', 'working', 'answered', 'closed')",
            name=op.f("ck_comment_case_status"),
        ),
        sa.CheckConstraint(
            "(published_at IS NULL) = (summary = '') AND (summary = '') = (deed = '')",
            name=op.f("ck_comment_case_published"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["staff.id"], name=op.f("fk_comment_case_owner_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["response_id", "question_code"],
            ["comment.response_id", "comment.question_code"],
            name=op.f("fk_comment_case_response_id_question_code_comment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_case")),
        sa.UniqueConstraint(
            "response_id", "question_code", name=op.f("uq_comment_case_response_id_question_code")
        ),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("comment_case")
