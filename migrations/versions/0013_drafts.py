"""Drafts of releases, checked by a second person; releases that the database keeps as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0013_drafts"
down_revision = "0012_api"

_PENDING = sa.text("released_at IS NULL AND returned_at IS NULL")
_KEPT = ("release", "release_row")
_FROZEN = (
    "id", "programme", "sector", "year", "revision", "reason", "drafted_at", "drafted_by_id",
    "drafted_by", "code_version", "method", "figures", "sha256", "demo",
)  # fmt: skip
#: A draft that came to its end, and the part of it that is frozen from the first moment.
_ENDED = "OLD.released_at IS NOT NULL OR OLD.returned_at IS NOT NULL"
#: What a release must have come from.
_CHECKED = (
    "EXISTS (SELECT 1 FROM release_draft d WHERE d.id = NEW.draft_id "
    "AND d.released_at IS NOT NULL AND d.programme = NEW.programme AND d.sector = NEW.sector "
    "AND d.year = NEW.year AND d.revision = NEW.revision AND d.method = NEW.method "
    "AND d.drafted_by = NEW.drafted_by AND d.checked_by = NEW.checked_by)"
)
_PUBLISHED = "what is published is not changed"
_DRAFTED = "a draft is not changed"
_UNCHECKED = "a release needs a draft that was checked"


def _add_triggers_sqlite() -> None:
    def refuse(name: str, event: str, words: str, when: str = "") -> None:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} {when} BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )

    for table in _KEPT:
        for event in ("UPDATE", "DELETE"):
            refuse(f"{table}_kept_{event.lower()}", f"{event} ON {table}", _PUBLISHED)
    refuse("draft_kept_delete", "DELETE ON release_draft", _DRAFTED)
    columns = ", ".join(_FROZEN)
    refuse("draft_kept_frozen", f"UPDATE OF {columns} ON release_draft", _DRAFTED)
    refuse("draft_kept_ended", "UPDATE ON release_draft", _DRAFTED, f"WHEN {_ENDED}")
    refuse("release_checked", "INSERT ON release", _UNCHECKED, f"WHEN NOT {_CHECKED}")


def _add_triggers_postgresql() -> None:
    def function(name: str, body: str) -> None:
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {body} END$$"
        )

    def trigger(name: str, events: str, calls: str, *, each: str, when: str = "") -> None:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {events} FOR EACH {each} {when} "
            f"EXECUTE FUNCTION {calls}()"
        )

    function("release_kept", f"RAISE EXCEPTION '{_PUBLISHED}';")
    function("draft_kept", f"RAISE EXCEPTION '{_DRAFTED}';")
    function(
        "release_checked",
        f"IF NOT {_CHECKED} THEN RAISE EXCEPTION '{_UNCHECKED}'; END IF; RETURN NEW;",
    )
    for table in _KEPT:
        events = f"UPDATE OR DELETE OR TRUNCATE ON {table}"
        trigger(f"{table}_kept", events, "release_kept", each="STATEMENT")
    gone = "DELETE OR TRUNCATE ON release_draft"
    trigger("draft_kept_delete", gone, "draft_kept", each="STATEMENT")
    frozen = f"UPDATE OF {', '.join(_FROZEN)} ON release_draft"
    trigger("draft_kept_frozen", frozen, "draft_kept", each="STATEMENT")
    ended = f"WHEN ({_ENDED})"
    trigger("draft_kept_ended", "UPDATE ON release_draft", "draft_kept", each="ROW", when=ended)
    trigger("release_checked", "INSERT ON release", "release_checked", each="ROW")


def _add_columns() -> None:
    """What a release knows of its draft.

    Written out, for SQLite would make the table anew to add a reference, and its rows are kept.
    """
    op.execute(
        "ALTER TABLE release ADD COLUMN draft_id INTEGER "
        "CONSTRAINT fk_release_draft_id_release_draft REFERENCES release_draft (id)"
    )
    for name in ("drafted_by", "checked_by"):
        op.add_column("release", sa.Column(name, sa.String(), server_default="", nullable=False))
    op.create_index(op.f("ix_release_draft_id"), "release", ["draft_id"], unique=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "release_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("sector", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by_id", sa.Integer(), nullable=False),
        sa.Column("drafted_by", sa.String(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        sa.Column("checked_by", sa.String(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_by", sa.String(), nullable=True),
        sa.Column("return_reason", sa.String(), nullable=False),
        sa.Column("code_version", sa.String(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("revision = 1 OR reason <> ''", name=op.f("ck_release_draft_reason")),
        sa.CheckConstraint(
            "(checked_at IS NULL) = (checked_by_id IS NULL) "
            "AND (checked_at IS NULL) = (checked_by IS NULL)",
            name=op.f("ck_release_draft_checked"),
        ),
        sa.CheckConstraint(
            "checked_by_id <> drafted_by_id AND checked_by <> drafted_by",
            name=op.f("ck_release_draft_four_eyes"),
        ),
        sa.CheckConstraint(
            "released_at IS NULL OR checked_at IS NOT NULL",
            name=op.f("ck_release_draft_released"),
        ),
        sa.CheckConstraint(
            "released_at IS NULL OR returned_at IS NULL", name=op.f("ck_release_draft_one_end")
        ),
        sa.CheckConstraint(
            "(returned_at IS NULL) = (returned_by IS NULL) "
            "AND (returned_at IS NULL) = (return_reason = '')",
            name=op.f("ck_release_draft_returned"),
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by_id"], ["staff.id"], name=op.f("fk_release_draft_drafted_by_id_staff")
        ),
        sa.ForeignKeyConstraint(
            ["checked_by_id"], ["staff.id"], name=op.f("fk_release_draft_checked_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_draft")),
    )
    op.create_index(
        "uq_release_draft_pending", "release_draft", ["programme", "sector", "year"], unique=True,
        sqlite_where=_PENDING, postgresql_where=_PENDING,
    )  # fmt: skip
    _add_columns()
    if op.get_bind().dialect.name == "postgresql":
        _add_triggers_postgresql()
    else:
        _add_triggers_sqlite()


def downgrade() -> None:
    """Take back; the names of who drafted and checked go, and checksums that cover them fail."""
    if op.get_bind().dialect.name == "postgresql":
        for table in _KEPT:
            op.execute(f"DROP TRIGGER {table}_kept ON {table}")
        op.execute("DROP TRIGGER release_checked ON release")
    else:
        for table in _KEPT:
            for event in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_kept_{event}")
        op.execute("DROP TRIGGER release_checked")
    op.drop_index(op.f("ix_release_draft_id"), "release")
    for name in ("draft_id", "drafted_by", "checked_by"):
        op.drop_column("release", name)
    op.drop_table("release_draft")
    if op.get_bind().dialect.name == "postgresql":
        for name in ("release_kept", "draft_kept", "release_checked"):
            op.execute(f"DROP FUNCTION {name}()")
