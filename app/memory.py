"""What pages show, kept in the process until what it rests on has changed.

One rule for everything: what offices did (exclusions, the frame, plans, waves) is shown at once,
and answers that came in since are shown within a minute. Nothing is ever added to what is kept: it
is good as it is or made anew from the kept sums, so no answer can be counted twice. What is made is
made in a session of its own and belongs to no request.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any, cast

import flask
from flask import current_app, has_request_context, request
from sqlalchemy import Engine
from sqlmodel import Session

from app.session import READING, current_moment, current_session
from surveys import database
from surveys.results import marks
from surveys.results.estimates import Scope, Study, study
from surveys.results.marks import Mark
from surveys.tables import Wave

#: How long answers that came in may be missing.
FRESH = dt.timedelta(minutes=1)
#: How many studies with all their sums are kept, some tens of megabytes each, and other figures.
STUDIES, OTHERS = 6, 1000


_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(slots=True)
class _Kept:
    """A value with the mark it was made at; one thread makes it while others wait."""

    lock: Lock = field(default_factory=Lock)
    value: Any = None
    mark: Mark | None = None
    made_at: dt.datetime = _NEVER

    def holds(self, mark: Mark, now: dt.datetime, fresh: dt.timedelta) -> bool:
        """Whether it may be shown at a moment at which the database has this mark."""
        if self.mark is None or self.mark.deeds != mark.deeds:
            return False
        return self.mark == mark or dt.timedelta(0) <= now - self.made_at < fresh


class Memory:
    """A number of values, those that were asked for last."""

    def __init__(self, engine: Engine, size: int) -> None:
        self._engine = engine
        self._size = size
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = Lock()

    def recall(
        self,
        session: Session,
        key: Hashable,
        waves: Sequence[Wave],
        make: Callable[[Session], Any],
        *,
        now: dt.datetime,
        fresh: dt.timedelta = FRESH,
    ) -> tuple[Any, dt.datetime]:
        """The value of a key, which rests on some waves, and when it was made."""
        wave_ids = [wave.id or 0 for wave in waves]
        kept = self._place((key, *((wave.id, wave.status, wave.weighting) for wave in waves)))
        with kept.lock:
            if not kept.holds(_mark(session, wave_ids), now, fresh):
                with database.reading(self._engine) as own:
                    mark = marks.mark(own, wave_ids)
                    kept.value, kept.mark, kept.made_at = make(own), mark, now
            return kept.value, kept.made_at

    def __len__(self) -> int:
        return len(self._kept)

    def _place(self, key: Hashable) -> _Kept:
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
            return kept


def _mark(session: Session, wave_ids: Sequence[int]) -> Mark:
    """The mark of some waves; one that a request read without writing is good until its end."""
    if not has_request_context() or request.method not in READING:
        return marks.mark(session, wave_ids)
    known: dict[tuple[int, ...], Mark] = request.environ.setdefault("hai-long.marks", {})
    key = tuple(wave_ids)
    if key not in known:
        known[key] = marks.mark(session, wave_ids)
    return known[key]


def install(app: flask.Flask) -> None:
    """Give the app its memories."""
    engine = app.extensions["engine"]
    app.extensions["studies"] = Memory(engine, STUDIES)
    app.extensions["figures"] = Memory(engine, OTHERS)


def recall(key: Hashable, waves: Sequence[Wave], make: Callable[[Session], Any]) -> Any:
    """The value of a key as this request may show it."""
    return dated(key, waves, make)[0]


def dated(
    key: Hashable,
    waves: Sequence[Wave],
    make: Callable[[Session], Any],
    *,
    fresh: dt.timedelta = FRESH,
) -> tuple[Any, dt.datetime]:
    """The same with the moment at which it was made, and how long answers may be missing."""
    memory = cast("Memory", current_app.extensions["figures"])
    return memory.recall(current_session(), key, waves, make, now=current_moment(), fresh=fresh)


def study_of(scope: Scope) -> Study:
    """The brief figures of a scope with what they rest on. Raises CalibrationFailed."""
    memory = cast("Memory", current_app.extensions["studies"])
    found, _ = memory.recall(
        current_session(), scope.key, scope.waves, partial(study, scope=scope, brief=True),
        now=current_moment(),
    )  # fmt: skip
    return cast("Study", found)
