"""How often something happened lately: in the memory of a process, or in Redis for all of them.

Nothing of it is ever in the database. Names last as long as their window; an address of the
network is only counted as a keyed hash, and the salt behind it is replaced every day.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
import socket
import threading
from collections import Counter
from typing import NamedTuple, Protocol, cast

import flask
from flask import current_app

from surveys.database import day_of

_NAME = "counters"
#: Names kept of one step; a flood of new ones makes the step forget rather than fill the memory.
MOST_NAMES = 50_000
#: Bytes.
SALT = 32
#: Letters of a hashed address.
_SHORT = 16


class Window(NamedTuple):
    """A stretch of time up to now, forgotten step by step."""

    #: Seconds.
    step: int
    steps: int

    def ticks(self, moment: dt.datetime) -> range:
        """The numbers of the steps that end with the one of this moment."""
        last = int(moment.timestamp()) // self.step
        return range(last - self.steps + 1, last + 1)


TEN_MINUTES = Window(60, 10)
DAY = Window(3600, 24)


class Counters(Protocol):
    """What both kinds of counters can do."""

    def add(self, name: str, moment: dt.datetime, window: Window, by: int = 1) -> int:
        """How often it happened within the window, after adding to it; `by` may be 0 or -1."""
        ...

    def salt(self, day: dt.date) -> bytes:
        """The salt of a day, unknown to everybody before and after it."""
        ...


class MemoryCounters:
    """Counters of one process, for all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[Window, dict[int, Counter[str]]] = {}
        self._salt = (dt.date.min, b"")

    def add(self, name: str, moment: dt.datetime, window: Window, by: int = 1) -> int:
        """How often it happened within the window, after adding to it."""
        ticks = window.ticks(moment)
        with self._lock:
            kept = self._counts.setdefault(window, {})
            # Steps to come stay: another thread may be a moment ahead.
            for tick in [tick for tick in kept if tick < ticks.start]:
                del kept[tick]
            now = kept.setdefault(ticks[-1], Counter())
            if len(now) >= MOST_NAMES and name not in now:
                now.clear()
            if by:
                now[name] += by
            return sum(step.get(name, 0) for step in kept.values())

    def salt(self, day: dt.date) -> bytes:
        """The salt of a day; that of any other day is gone."""
        with self._lock:
            if self._salt[0] != day:
                self._salt = (day, secrets.token_bytes(SALT))
            return self._salt[1]


def _house(address: str) -> bytes:
    """The bytes of an address that name a house; none for what is no address."""
    for family, most in ((socket.AF_INET, 4), (socket.AF_INET6, 8)):
        try:
            return socket.inet_pton(family, address.partition("%")[0])[:most]
        except OSError:
            continue
    return b""


def install(app: flask.Flask, counters: Counters) -> None:
    """Give the app its counters."""
    app.extensions[_NAME] = counters


def counters() -> Counters:
    """The counters of the running app."""
    return cast("Counters", current_app.extensions[_NAME])


def stranger(moment: dt.datetime, address: str | None) -> str:
    """A name for an address of the network: it means nothing tomorrow, or without the salt.

    Half a day's doings of one house stay together: of an address of version 6 the first half.
    """
    known = _house(address or "")
    if not known:  # a socket has no address
        return "here"
    salt = counters().salt(day_of(moment))
    return hmac.digest(salt, known, "sha256").hex()[:_SHORT]
