"""What somebody can do who owns the database, and does not care for what it refuses."""

from __future__ import annotations

from sqlalchemy import text
from sqlmodel import Session

_POSTGRESQL = (
    "ALTER TABLE release DISABLE TRIGGER USER",
    "ALTER TABLE release_row DISABLE TRIGGER USER",
    "ALTER TABLE release_draft DISABLE TRIGGER USER",
)
_SQLITE = tuple(
    f"DROP TRIGGER IF EXISTS {name}"
    for name in (
        "release_kept_update", "release_kept_delete", "release_row_kept_update",
        "release_row_kept_delete", "release_checked", "draft_kept_delete", "draft_kept_frozen",
        "draft_kept_ended",
    )
)  # fmt: skip


def unlock(session: Session) -> None:
    """Lets releases and drafts be changed."""
    session.flush()
    postgresql = session.get_bind().dialect.name == "postgresql"
    for statement in _POSTGRESQL if postgresql else _SQLITE:
        session.execute(text(statement))
