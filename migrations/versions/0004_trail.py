"""The audit trail, whose entries the database refuses to change or remove."""

import sqlalchemy as sa
from alembic import op

revision = "0004_trail"
down_revision = "0003_ways_to_answer"

_EVENTS = ("UPDATE", "DELETE")
_REFUSAL = "the audit trail is not changed"


def _add_triggers() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION trail_kept() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$BEGIN RAISE EXCEPTION '{_REFUSAL}'; END$$"
        )
        op.execute(
            "CREATE TRIGGER trail_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON trail_entry "
            "FOR EACH STATEMENT EXECUTE FUNCTION trail_kept()"
        )
        return
    for event in _EVENTS:
        op.execute(
            f"CREATE TRIGGER trail_kept_{event.lower()} BEFORE {event} ON trail_entry "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "trail_entry",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_trail_entry")),
    )
    op.create_index(op.f("ix_trail_entry_actor"), "trail_entry", ["actor"])
    op.create_index(op.f("ix_trail_entry_action"), "trail_entry", ["action"])
    end = op.create_table(
        "trail_end",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_trail_end_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_end")),
    )
    op.bulk_insert(end, [{"id": 1, "number": 0, "sha256": "0" * 64}])
    op.add_column(
        "release", sa.Column("trail_number", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "release", sa.Column("trail_sha256", sa.String(), server_default="", nullable=False)
    )
    _add_triggers()


def downgrade() -> None:
    """Take back."""
    op.drop_column("release", "trail_sha256")
    op.drop_column("release", "trail_number")
    op.drop_table("trail_end")
    op.drop_table("trail_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION trail_kept()")
