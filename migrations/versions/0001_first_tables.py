"""First tables: places, forms, waves, codes, answers, totals, figures, people."""

import sqlalchemy as sa
from alembic import op

revision = "0001_first_tables"
down_revision = None

#: Answers one by one, for people who read the database: the packed texts taken apart.
ANSWER_VIEW = """
CREATE VIEW answer AS
SELECT response.id AS response_id,
       instrument_item.item_code AS item_code,
       substr(
           CASE instrument_item.packed_in
               WHEN 'answers' THEN response.answers
               ELSE response.others
           END,
           instrument_item.position,
           instrument_item.width
       ) AS value
  FROM response
  JOIN instrument_item ON instrument_item.instrument_id = response.instrument_id
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "instrument",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("checksum", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_instrument_code_version")),
    )
    op.create_index(op.f("ix_instrument_checksum"), "instrument", ["checksum"], unique=False)

    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("sector", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.Column("code_version", sa.String(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("revision = 1 OR reason <> ''", name=op.f("ck_release_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint(
            "programme",
            "sector",
            "year",
            "revision",
            name=op.f("uq_release_programme_sector_year_revision"),
        ),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sector", sa.String(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_unit_validity")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", "valid_from", name=op.f("uq_unit_code_valid_from")),
    )
    op.create_index(op.f("ix_unit_code"), "unit", ["code"], unique=False)
    op.create_index(op.f("ix_unit_parent_id"), "unit", ["parent_id"], unique=False)

    op.create_table(
        "wave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("sector", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("weighting", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'open', 'closed', 'published')", name=op.f("ck_wave_status")
        ),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_wave_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
        sa.UniqueConstraint("code", name=op.f("uq_wave_code")),
    )
    op.create_index(
        op.f("ix_wave_sector_status"), "wave", ["programme", "sector", "status"], unique=False
    )

    op.create_table(
        "instrument_item",
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("item_code", sa.String(), nullable=False),
        sa.Column("packed_in", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "packed_in IN ('answers', 'others')", name=op.f("ck_instrument_item_packed_in")
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name=op.f("fk_instrument_item_instrument_id_instrument"),
        ),
        sa.PrimaryKeyConstraint("instrument_id", "item_code", name=op.f("pk_instrument_item")),
    )
    op.create_table(
        "population",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("total >= 0", name=op.f("ck_population_total")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_population_unit_id_unit")),
        sa.PrimaryKeyConstraint("unit_id", "field", "month", name=op.f("pk_population")),
    )
    op.create_table(
        "margin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("age_band", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("total >= 0", name=op.f("ck_margin_total")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_margin_unit_id_unit")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_margin_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_margin")),
        sa.UniqueConstraint("wave_id", "unit_id", "sex", "age_band", name="uq_margin_place"),
    )
    op.create_index(
        op.f("ix_margin_others"),
        "margin",
        ["wave_id", "sex", "age_band"],
        unique=True,
        sqlite_where=sa.text("unit_id IS NULL"),
        postgresql_where=sa.text("unit_id IS NULL"),
    )

    op.create_table(
        "release_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=True),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=op.f("fk_release_row_release_id_release")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_row")),
        sa.UniqueConstraint(
            "release_id", "sequence", name=op.f("uq_release_row_release_id_sequence")
        ),
    )
    op.create_index(op.f("ix_release_row_release_id"), "release_row", ["release_id"], unique=False)
    op.create_index(op.f("ix_release_row_unit_code"), "release_row", ["unit_code"], unique=False)

    op.create_table(
        "service_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("fields", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_service_point_validity")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_service_point_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_point")),
        sa.UniqueConstraint("unit_id", "code", name=op.f("uq_service_point_unit_id_code")),
    )
    op.create_index(op.f("ix_service_point_unit_id"), "service_point", ["unit_id"], unique=False)

    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("sector", sa.String(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(role = 'sector') = (sector IS NOT NULL)", name=op.f("ck_staff_sector_scope")
        ),
        sa.CheckConstraint(
            "(role = 'unit') = (unit_id IS NOT NULL)", name=op.f("ck_staff_unit_scope")
        ),
        sa.CheckConstraint("role IN ('central', 'sector', 'unit')", name=op.f("ck_staff_role")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_staff_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
    )
    op.create_index(op.f("ix_staff_unit_id"), "staff", ["unit_id"], unique=False)

    op.create_table(
        "unit_succession",
        sa.Column("predecessor_id", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["predecessor_id"], ["unit.id"], name=op.f("fk_unit_succession_predecessor_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["unit.id"], name=op.f("fk_unit_succession_successor_id_unit")
        ),
        sa.PrimaryKeyConstraint("predecessor_id", "successor_id", name=op.f("pk_unit_succession")),
    )
    op.create_table(
        "wave_instrument",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("point_kind", sa.String(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name=op.f("fk_wave_instrument_instrument_id_instrument"),
        ),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["wave.id"], name=op.f("fk_wave_instrument_wave_id_wave")
        ),
        sa.PrimaryKeyConstraint("wave_id", "point_kind", name=op.f("pk_wave_instrument")),
    )
    op.create_index(
        op.f("ix_wave_instrument_instrument_id"), "wave_instrument", ["instrument_id"], unique=False
    )

    op.create_table(
        "collector",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('open', 'sampled', 'staffed')", name=op.f("ck_collector_kind")
        ),
        sa.ForeignKeyConstraint(
            ["point_id"], ["service_point.id"], name=op.f("fk_collector_point_id_service_point")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collector")),
        sa.UniqueConstraint("code", name=op.f("uq_collector_code")),
    )
    op.create_index(op.f("ix_collector_point_id"), "collector", ["point_id"], unique=False)

    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_session")),
    )
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"], unique=False)

    op.create_table(
        "response",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("collector_id", sa.Integer(), nullable=False),
        sa.Column("collector_kind", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("answers", sa.String(), nullable=False),
        sa.Column("others", sa.String(), nullable=False),
        sa.Column("sex", sa.String(), nullable=True),
        sa.Column("age_band", sa.String(), nullable=True),
        sa.Column("submission_key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.Column("excluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("excluded_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(excluded_at IS NULL) = (excluded_reason IS NULL)", name=op.f("ck_response_exclusion")
        ),
        sa.ForeignKeyConstraint(
            ["collector_id"], ["collector.id"], name=op.f("fk_response_collector_id_collector")
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name=op.f("fk_response_instrument_id_instrument")
        ),
        sa.ForeignKeyConstraint(
            ["point_id"], ["service_point.id"], name=op.f("fk_response_point_id_service_point")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_response_unit_id_unit")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_response_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sa.UniqueConstraint("receipt", name=op.f("uq_response_receipt")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_response_submission_key")),
    )
    op.create_index(op.f("ix_response_collector_id"), "response", ["collector_id"], unique=False)
    op.create_index(op.f("ix_response_instrument_id"), "response", ["instrument_id"], unique=False)
    op.create_index(op.f("ix_response_point_id"), "response", ["point_id"], unique=False)
    op.create_index(
        op.f("ix_response_tally"), "response", ["wave_id", "instrument_id", "unit_id"], unique=False
    )
    op.create_index(op.f("ix_response_unit_id"), "response", ["unit_id"], unique=False)

    op.create_table(
        "comment",
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("question_code", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["response.id"],
            name=op.f("fk_comment_response_id_response"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("response_id", "question_code", name=op.f("pk_comment")),
    )
    op.execute(ANSWER_VIEW)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP VIEW answer")
    op.drop_table("comment")
    op.drop_index(op.f("ix_response_unit_id"), "response")
    op.drop_index(op.f("ix_response_tally"), "response")
    op.drop_index(op.f("ix_response_point_id"), "response")
    op.drop_index(op.f("ix_response_instrument_id"), "response")
    op.drop_index(op.f("ix_response_collector_id"), "response")

    op.drop_table("response")
    op.drop_index(op.f("ix_staff_session_staff_id"), "staff_session")

    op.drop_table("staff_session")
    op.drop_index(op.f("ix_collector_point_id"), "collector")

    op.drop_table("collector")
    op.drop_index(op.f("ix_wave_instrument_instrument_id"), "wave_instrument")

    op.drop_table("wave_instrument")
    op.drop_table("unit_succession")
    op.drop_index(op.f("ix_staff_unit_id"), "staff")

    op.drop_table("staff")
    op.drop_index(op.f("ix_service_point_unit_id"), "service_point")

    op.drop_table("service_point")
    op.drop_index(op.f("ix_release_row_unit_code"), "release_row")
    op.drop_index(op.f("ix_release_row_release_id"), "release_row")

    op.drop_table("release_row")
    op.drop_table("population")
    op.drop_table("margin")
    op.drop_table("instrument_item")
    op.drop_index(op.f("ix_wave_sector_status"), "wave")

    op.drop_table("wave")
    op.drop_index(op.f("ix_unit_parent_id"), "unit")
    op.drop_index(op.f("ix_unit_code"), "unit")

    op.drop_table("unit")
    op.drop_table("release")
    op.drop_index(op.f("ix_instrument_checksum"), "instrument")

    op.drop_table("instrument")
