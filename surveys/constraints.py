"""What the database refuses, told apart by the name of the constraint, on SQLite and PostgreSQL.

Modules keep their promises as constraints (`tables`) and say here which error each one means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import Engine, Executable, Select, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import Session, SQLModel

from surveys import singles
from surveys.database import NAMING

Table = TypeVar("Table", bound=SQLModel)


@contextmanager
def enforced(session: Session, errors: Mapping[str, Exception]) -> Iterator[None]:
    """Runs a block and flushes it; a violated constraint raises the error that stands for it.

    Only the block is taken back, not the whole transaction.
    """
    try:
        with session.begin_nested():
            yield
    except IntegrityError as violation:
        error = errors.get(violated(violation))
        if error is None:
            raise
        raise error from violation


def violated(violation: IntegrityError) -> str:
    """The name of the violated constraint; empty where the database does not tell it.

    PostgreSQL tells the name. SQLite tells it for CHECK, for UNIQUE the columns, from which the
    naming convention gives the name, and for FOREIGN KEY nothing.
    """
    diagnosis = getattr(violation.orig, "diag", None)
    if diagnosis is not None:
        return str(diagnosis.constraint_name or "")
    message = str(violation.orig)
    if check := re.match(r"CHECK constraint failed: (\w+)", message):
        return check[1]
    columns = re.findall(r"(\w+)\.(\w+)", message)
    if not message.startswith("UNIQUE") or not columns:
        return ""
    together = "_".join(column for _table, column in columns)
    return NAMING["uq"] % {"table_name": columns[0][0], "column_0_N_name": together}


def insert_unless_taken(
    session: Session,
    table: type[Table],
    values: Mapping[str, Any],
    *,
    given: Select[Any] | None = None,
) -> Table | None:
    """The new row; None where a unique constraint is in its way, and then nothing is stored.

    It waits for a transaction that is just inserting the same, so the answer is final. With `given`
    also None where that query, to which `values` are the parameters too, finds nothing.
    """
    session.flush()
    statement = _insert(session.get_bind().dialect.name, table, tuple(values), given)
    key = session.connection().execute(statement, values).mappings().one_or_none()
    if key is None:
        return None
    # The session has the row as if it had read it; what the database filled in is read if asked.
    made = _row(table, {**values, **key})
    make_transient_to_detached(made)
    session.add(made)
    return made


def insert_alone(
    engine: Engine,
    table: type[Table],
    values: Mapping[str, Any],
    *,
    given: Select[Any] | None = None,
) -> Table | None:
    """The same in a transaction of its own, durable when it is back; the row has no session."""
    statement = _insert(engine.dialect.name, table, tuple(values), given)
    found = singles.stroke(engine, statement, values)
    if not found:
        return None
    keys = [column.name for column in sqlalchemy.inspect(table).primary_key]
    return _row(table, {**values, **dict(zip(keys, found[0], strict=True))})


def _row(table: type[Table], values: Mapping[str, Any]) -> Table:
    made: Table = sqlalchemy.inspect(table).class_manager.new_instance()
    vars(made).update(values)
    return made


@lru_cache(maxsize=64)
def _insert(
    dialect: str, table: type[SQLModel], names: tuple[str, ...], given: Select[Any] | None
) -> Executable:
    """Made once: building a statement takes longer than running it."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    inspected = sqlalchemy.inspect(table)
    places = [bindparam(name, type_=inspected.columns[name].type) for name in names]
    statement = insert(inspected.local_table)
    if given is None:
        statement = statement.values(dict(zip(names, places, strict=True)))
    else:
        found = given.with_only_columns(*places, maintain_column_froms=True)
        statement = statement.from_select(names, found)
    return statement.on_conflict_do_nothing().returning(*inspected.primary_key)
