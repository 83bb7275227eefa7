"""The sums of all answers, what is not in them yet, and what was done to single responses.

What is not in the sums yet is noted by triggers on the responses.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_sums"
down_revision = "0001_first_tables"

#: What a response adds to the sums or takes from them, in the order of `tally_change`.
_COUNTED = (
    "wave_id", "instrument_id", "unit_id", "point_id", "day", "field", "collector_kind",
    "sex", "age_band", "answers", "others",
)  # fmt: skip


def _values(row: str) -> str:
    """What is noted of a row."""
    return ", ".join(
        f"coalesce({row}.{name}, '')" if name in {"sex", "age_band"} else f"{row}.{name}"
        for name in _COUNTED
    )


#: Whatever adds, changes or removes a response notes it in the same transaction: on which event,
#: of which row, and whether it is added or taken away.
_EVENTS = {
    "insert": ("INSERT", "NEW", 1),
    "update_old": (f"UPDATE OF {', '.join(_COUNTED)}, excluded_at", "OLD", -1),
    "update_new": (f"UPDATE OF {', '.join(_COUNTED)}, excluded_at", "NEW", 1),
    "delete": ("DELETE", "OLD", -1),
}
_NOTE = f"INSERT INTO tally_change ({', '.join(_COUNTED)}, change)"


def _add_triggers() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name, (event, row, change) in _EVENTS.items():
        body = f"{_NOTE} VALUES ({_values(row)}, {change});"
        head = (
            f"CREATE TRIGGER response_{name} AFTER {event} ON response FOR EACH ROW "
            f"WHEN ({row}.excluded_at IS NULL)"
        )
        if postgresql:
            op.execute(
                f"CREATE FUNCTION response_{name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$BEGIN {body} RETURN NULL; END$$"
            )
            op.execute(f"{head} EXECUTE FUNCTION response_{name}()")
        else:
            op.execute(f"{head} BEGIN {body} END")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "tally_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("collector_kind", sa.String(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("age_band", sa.String(), nullable=False),
        sa.Column("answers", sa.String(), nullable=False),
        sa.Column("others", sa.String(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.CheckConstraint("change IN (-1, 1)", name=op.f("ck_tally_change_change")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_change")),
    )
    op.create_table(
        "tally_cell",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("collector_kind", sa.String(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("age_band", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_cell")),
        sa.UniqueConstraint(
            "field", "collector_kind", "sex", "age_band",
            name=op.f("uq_tally_cell_field_collector_kind_sex_age_band"),
        ),
    )  # fmt: skip
    op.create_table(
        "psu_sum",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("sums", sa.LargeBinary(), nullable=False),
        sa.Column("fine_sums", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "wave_id", "instrument_id", "unit_id", "point_id", "day", name=op.f("pk_psu_sum")
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        # To compress what is packed already would cost more time than all the rest of a fold.
        op.execute("ALTER TABLE psu_sum ALTER sums SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE psu_sum ALTER fine_sums SET STORAGE EXTERNAL")
    _add_changes_of_responses()
    # Responses that are there already wait to be summed like new ones.
    there = f"SELECT {_values('response')}, 1 FROM response WHERE excluded_at IS NULL"  # noqa: S608
    op.execute(f"{_NOTE} {there}")
    _add_triggers()


def _add_changes_of_responses() -> None:
    op.create_table(
        "response_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('excluded', 'readmitted', 'corrected')", name=op.f("ck_response_change_kind")
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], ondelete="CASCADE",
            name=op.f("fk_response_change_response_id_response"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response_change")),
    )  # fmt: skip
    op.create_index("ix_response_change_response_id", "response_change", ["response_id"])
    excluded = sa.text("excluded_at IS NOT NULL")
    op.create_index(
        "ix_response_excluded", "response", ["wave_id"],
        sqlite_where=excluded, postgresql_where=excluded,
    )  # fmt: skip


def downgrade() -> None:
    """Take back."""
    for name in _EVENTS:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER response_{name} ON response")
            op.execute(f"DROP FUNCTION response_{name}()")
        else:
            op.execute(f"DROP TRIGGER response_{name}")
    op.drop_index("ix_response_excluded", "response")
    op.drop_table("response_change")
    op.drop_table("psu_sum")
    op.drop_table("tally_cell")
    op.drop_table("tally_change")
