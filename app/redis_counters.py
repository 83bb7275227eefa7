"""Counters in Redis, for several processes or machines that serve the same citizens.

Redis should keep nothing on its disk (`--save '' --appendonly no`): all of this is to be forgotten.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import time
from collections.abc import Callable
from typing import Any, cast

from redis import Redis, RedisError

from app.counters import DAY, SALT, MemoryCounters, Window

#: Seconds that Redis may take, and for which it is left alone when it did not answer.
_PATIENCE, _REST = 0.2, 10.0
_log = logging.getLogger(__name__)


class RedisCounters:
    """Counters that all processes share; while Redis does not answer, each goes on by itself."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE
        )
        self._alone = MemoryCounters()
        self._resting_until = 0.0

    def add(self, name: str, moment: dt.datetime, window: Window, by: int = 1) -> int:
        """How often it happened within the window, after adding to it."""
        names = [f"hailong:{name}:{window.step}:{tick}" for tick in window.ticks(moment)]
        with self._redis.pipeline(transaction=False) as asked:
            if by:
                asked.incrby(names[-1], by)
                asked.expire(names[-1], window.step * window.steps)
            asked.mget(names)
            answer = self._ask(asked.execute)
        if answer is None:
            return self._alone.add(name, moment, window, by)
        return sum(int(count or 0) for count in answer[-1])

    def salt(self, day: dt.date) -> bytes:
        """The salt of a day, which Redis forgets after a day."""
        name = f"hailong:salt:{day}"
        with self._redis.pipeline(transaction=False) as asked:
            asked.set(name, secrets.token_bytes(SALT), nx=True, ex=DAY.step * DAY.steps)
            asked.get(name)
            answer = self._ask(asked.execute)
        return cast("bytes", answer[-1]) if answer else self._alone.salt(day)

    def _ask(self, execute: Callable[[], list[Any]]) -> list[Any] | None:
        if time.monotonic() < self._resting_until:
            return None
        try:
            return execute()
        except RedisError as error:
            self._resting_until = time.monotonic() + _REST
            _log.warning("Redis does not answer, so each process counts by itself: %s", error)
            return None
