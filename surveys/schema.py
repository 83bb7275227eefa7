"""The schema of a database: brought to the newest migration, or told that it is behind.

Alembic is fetched when somebody asks: no page and no download needs it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

import migrations

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(migrations.__file__).parent


def head() -> str:
    """The newest migration, pinned in `migrations/head.txt`."""
    return (_FOLDER / "head.txt").read_text(encoding="utf-8").strip()


def current(connection: Connection) -> str | None:
    """The migration a database stands at; None where it is empty."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - as the module says

    return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine) -> None:
    """Apply every missing migration; nothing happens where none is missing."""
    from alembic import command  # noqa: PLC0415 - as the module says

    with engine.begin() as connection:
        command.upgrade(configuration(connection), "head")


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for one connection."""
    from alembic.config import Config  # noqa: PLC0415 - as the module says

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config
