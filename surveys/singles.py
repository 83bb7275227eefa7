"""Single statements, each by itself: what every scan asks and how nearly every answer is written.

A session and its transaction take ten times as long as such a statement, and fetching a connection
from the engine's pool as long again. So a few connections lie ready here, in autocommit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import ClauseElement, Dialect, Engine, Executable, Select, event

from surveys import database

#: Of one engine: a thread that finds none makes another, and more than these are not kept.
MOST_IDLE = 16


def glance(
    engine: Engine, query: Select[*tuple[Any, ...]], values: Mapping[str, object]
) -> list[Any]:
    """The rows of one query by itself, as the driver gives them: SQLite has dates as texts."""
    return _alone(engine, query, values)


def stroke(engine: Engine, statement: Executable, values: Mapping[str, object]) -> list[Any]:
    """What one statement returns that writes by itself: done and durable, or not done at all."""
    with database.turn(engine):
        return _alone(engine, statement, values)


def _alone(engine: Engine, statement: Executable, values: Mapping[str, object]) -> list[Any]:
    spelled = _spelled(engine.dialect, statement)
    with _connection(engine) as connection:
        return list(connection.execute(spelled.text, spelled.sent(values)).fetchall())


@dataclass(frozen=True, slots=True)
class _Spelled:
    """A statement as the driver takes it."""

    text: str
    #: The values that it has by itself.
    fixed: Mapping[str, object]
    #: What makes a value into one that the driver takes, where it takes another.
    made: Mapping[str, Callable[[Any], Any]]

    def sent(self, values: Mapping[str, object]) -> dict[str, object]:
        """All values as the driver takes them."""
        sent = {**self.fixed, **values}
        for name, make in self.made.items():
            sent[name] = make(sent[name])
        return sent


@lru_cache(maxsize=64)
def _spelled(dialect: Dialect, statement: Executable) -> _Spelled:
    """Made once: building a statement takes longer than running it."""
    style = "named" if dialect.name == "sqlite" else "pyformat"
    alike: Any = type(dialect)
    compiled: Any = cast("ClauseElement", statement).compile(dialect=alike(paramstyle=style))
    makers = {
        name: parameter.type.dialect_impl(dialect).bind_processor(dialect)
        for name, parameter in compiled.binds.items()
    }
    made = {name: maker for name, maker in makers.items() if maker is not None}
    return _Spelled(compiled.string, compiled.params, made)


_idle: WeakKeyDictionary[Engine, deque[Any]] = WeakKeyDictionary()


@contextmanager
def _connection(engine: Engine) -> Iterator[Any]:
    """A connection of the driver; one on which something failed is not used again."""
    ready = _ready(engine)
    connection = _next(ready, engine)
    try:
        yield connection
    except BaseException:
        connection.close()
        raise
    if len(ready) < MOST_IDLE and _idle.get(engine) is ready:
        ready.append(connection)
    else:
        connection.close()


def _ready(engine: Engine) -> deque[Any]:
    ready = _idle.get(engine)
    if ready is None:
        ready = _idle.setdefault(engine, deque())
        if not event.contains(engine, "engine_disposed", _close):
            event.listen(engine, "engine_disposed", _close)
    return ready


def _close(engine: Engine) -> None:
    """Those that lie idle go with their engine; one that is in use goes when it comes back."""
    ready = _idle.pop(engine, None)
    for connection in ready or ():
        connection.close()


def _next(ready: deque[Any], engine: Engine) -> Any:
    served = engine.dialect.name != "sqlite"
    while ready:
        try:
            idle = ready.pop()
        except IndexError:  # another thread was faster
            break
        if not served or not database.is_closed(idle):
            return idle
        idle.close()
    pooled = engine.raw_connection()
    fresh: Any = pooled.driver_connection
    pooled.detach()
    if served:
        fresh.autocommit = True
    return fresh
