"""The sums of all answers, and what is not in them yet, noted by triggers on the responses."""

import sqlalchemy as sa
from alembic import op

revision = "0002_sums"
down_revision = "0001_first_tables"

#: What a response adds to the sums or takes from them, in the order of `tally_change`.
_COUNTED = (
    "wave_id", "instrument_id", "unit_id", "point_id", "day", "field", "collector_kind",
    "sex", "age_band", "answers", "others",
)  # fmt: skip


def _noted(row: str, change: int) -> str:
    """The statement that notes a change of the sums by one row."""
    values = (
        f"coalesce({row}.{name}, '')" if name in {"sex", "age_band"} else f"{row}.{name}"
        for name in _COUNTED
    )
    return (
        f"INSERT INTO tally_change ({', '.join(_COUNTED)}, change) "
        f"SELECT {', '.join(values)}, {change} WHERE {row}.excluded_at IS NULL"
    )


#: Whatever adds, changes or removes a response notes it in the same transaction.
_EVENTS = {
    "insert": ("INSERT", (_noted("NEW", 1),)),
    "update": (
        f"UPDATE OF {', '.join(_COUNTED)}, excluded_at",
        (_noted("OLD", -1), _noted("NEW", 1)),
    ),
    "delete": ("DELETE", (_noted("OLD", -1),)),
}


def _add_triggers() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name, (event, statements) in _EVENTS.items():
        body = " ".join(f"{statement};" for statement in statements)
        head = f"CREATE TRIGGER response_{name} AFTER {event} ON response FOR EACH ROW"
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
        "psu_sum",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("collector_kind", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("sums", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "wave_id",
            "instrument_id",
            "unit_id",
            "point_id",
            "day",
            "field",
            "collector_kind",
            name=op.f("pk_psu_sum"),
        ),
    )
    op.create_table(
        "cell_sum",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("collector_kind", sa.String(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("age_band", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("sums", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "wave_id",
            "instrument_id",
            "unit_id",
            "point_id",
            "day",
            "field",
            "collector_kind",
            "sex",
            "age_band",
            name=op.f("pk_cell_sum"),
        ),
    )
    # Responses that are there already wait to be summed like new ones.
    op.execute(_noted("response", 1).replace(" WHERE ", " FROM response WHERE "))
    _add_triggers()


def downgrade() -> None:
    """Take back."""
    for name in _EVENTS:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER response_{name} ON response")
            op.execute(f"DROP FUNCTION response_{name}()")
        else:
            op.execute(f"DROP TRIGGER response_{name}")
    op.drop_table("cell_sum")
    op.drop_table("psu_sum")
    op.drop_table("tally_change")
