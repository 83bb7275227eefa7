"""What the owner of a receipt is told: everybody who has answered asks it, so it is one look."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import Engine, bindparam
from sqlmodel import col

from surveys import singles
from surveys.fieldwork import responses
from surveys.places import codes
from surveys.tables import Collector, Response, Wave

_RECEIPTED = (
    sqlalchemy.select(
        col(Collector.code),
        col(Response.receipt),
        col(Response.more),
        col(Wave.closes_on),
        col(Wave.demo),
    )
    .join_from(Response, Collector, col(Collector.id) == Response.collector_id)
    .join(Wave, col(Wave.id) == Response.wave_id)
    .where(col(Response.receipt) == bindparam("receipt"))
)


class Receipted(NamedTuple):
    """What the owner of a receipt is told about it."""

    #: Of the place where it was given.
    code: str
    receipt: str
    #: What was answered beyond what was asked, packed.
    more: str
    #: The last day of the wave.
    closes_on: dt.date
    demo: bool


def receipted(engine: Engine, typed: str) -> Receipted | None:
    """What is told of a receipt as its owner typed it; None where nobody has it."""
    if not responses.is_receipt(typed):
        return None
    found = singles.glance(engine, _RECEIPTED, {"receipt": codes.normalise(typed)})
    if not found:
        return None
    code, receipt, more, closes_on, demo = found[0]
    last_day = dt.date.fromisoformat(str(closes_on))
    return Receipted(code, receipt, more, last_day, bool(demo))
