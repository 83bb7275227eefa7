"""The engine: SQLite by default, PostgreSQL by address, and what both must promise."""

import datetime as dt
import fcntl
import os
import select
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    TypeDecorator,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlmodel import Session, SQLModel, create_engine

if TYPE_CHECKING:
    import psycopg

#: Days, months and waves are days of Viet Nam; moments are stored in UTC.
TIME_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

_Result = TypeVar("_Result")

#: Names for constraints, so that a violated promise can be recognised on both databases.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING


class UTCDateTime(TypeDecorator[dt.datetime]):
    """A moment that knows its zone: UTC in the database, aware in Python, on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: dt.datetime | None,
        dialect: Dialect,  # noqa: ARG002 - the signature is SQLAlchemy's
    ) -> dt.datetime | None:
        """Refuse a moment without a zone: it would be read as another one elsewhere."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without time zone cannot be stored: {value!r}")
        return value.astimezone(dt.UTC)

    def process_result_value(
        self,
        value: dt.datetime | None,
        dialect: Dialect,  # noqa: ARG002 - the signature is SQLAlchemy's
    ) -> dt.datetime | None:
        """Give the moment its zone back, which SQLite does not keep."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def connect(url: str) -> Engine:
    """The engine for a `DATABASE_URL` such as `sqlite:///instance/hailong.db` or `postgresql://…`.

    A bare `postgresql:` address means the driver psycopg 3. Errors name no values: what people
    answered does not belong in a log.
    """
    address = make_url(url)
    if address.drivername in {"postgresql", "postgres"}:
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() != "sqlite":
        engine = create_engine(address, hide_parameters=True)
        event.listen(engine, "checkout", _look_alive)
        return engine
    engine = create_engine(address, connect_args={"timeout": 15}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # SQLAlchemy's own BEGIN (see below) replaces the driver's, which waits for the first write
    # and then fails at once where another process wrote in between.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # An acknowledged answer survives a power cut, not only a killed process.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    writes = not connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _look_alive(connection: "psycopg.Connection", _record: object, _proxy: object) -> None:
    """Have a connection replaced that a server closed: an idle one has nothing to be read.

    Asking the server would tell no more, and cost every request a journey.
    """
    if is_closed(connection):
        raise DisconnectionError


def is_closed(connection: "psycopg.Connection") -> bool:
    """Whether an idle connection was closed: nothing else makes it readable."""
    return connection.closed or bool(select.select([connection.fileno()], (), (), 0)[0])


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that cannot write: what every GET gets."""
    with engine.connect() as connection, _read_only(connection), Session(connection) as session:
        yield session


@contextmanager
def _read_only(connection: Connection) -> Iterator[None]:
    if connection.dialect.name != "sqlite":
        # Every figure of a page is of one moment, as on SQLite; said with BEGIN, not after it.
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # Committed though nothing was written: at a ROLLBACK the driver throws away all that the
        # server has planned for this connection, and planning takes longer than reading.
        with connection.begin():
            yield
        return
    connection.execution_options(read_only=True)
    # Outside a transaction block on purpose: the switch belongs to the driver's connection.
    switch = cast("sqlite3.Connection", connection.connection.driver_connection)
    switch.execute("PRAGMA query_only = ON")
    try:
        yield
    finally:
        connection.rollback()
        switch.execute("PRAGMA query_only = OFF")


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session that is committed when the block ends well, and rolled back when it does not.

    On SQLite writers queue fairly on a lock file beside the database: without it the slowest of
    many waits for seconds, because SQLite's own waiting is a lottery.
    """
    with turn(engine), Session(engine) as session:
        yield session
        session.commit()


@contextmanager
def turn(engine: Engine) -> Iterator[None]:
    """The only writer of a SQLite file, while the block lasts; PostgreSQL needs no turns."""
    file = engine.url.database
    if engine.dialect.name != "sqlite" or not file or file == ":memory:":
        yield
        return
    queue = _queue(file)
    with queue.threads:
        fcntl.flock(queue.file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(queue.file, fcntl.LOCK_UN)


class _Queue:
    """Where writers wait: the threads of one process here, its turn among processes at the file."""

    def __init__(self, file: str) -> None:
        self.threads = threading.Lock()
        self.file = os.open(f"{file}.lock", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)

    def __del__(self) -> None:
        os.close(self.file)


@lru_cache(maxsize=32)
def _queue(file: str) -> _Queue:
    return _Queue(file)


# A child has its parent's open files, and with them its parent's turns.
os.register_at_fork(after_in_child=_queue.cache_clear)


def tried(session: Session, work: Callable[[], _Result]) -> _Result:
    """What some work comes to, with everything undone that it did to the database."""
    with session.begin_nested() as block:
        done = work()
        block.rollback()
    return done


def now() -> dt.datetime:
    """This moment, in UTC."""
    return dt.datetime.now(dt.UTC)


def day_of(moment: dt.datetime) -> dt.date:
    """The day in Viet Nam on which a moment falls."""
    return moment.astimezone(TIME_ZONE).date()
