"""Everything that a database holds, to prove that something changed nothing."""

from __future__ import annotations

from sqlalchemy import Engine, func, select
from sqlmodel import SQLModel

Rows = dict[str, list[tuple[object, ...]]]


def contents(engine: Engine) -> Rows:
    """Every row of every table."""
    with engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in SQLModel.metadata.sorted_tables
        }


def counts(engine: Engine) -> dict[str, int]:
    """How many rows every table has."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in SQLModel.metadata.sorted_tables
        }
