"""The frame of the demonstration: how many people each unit served, month by month."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby

from numpy.random import PCG64, Generator
from sqlalchemy import insert
from sqlmodel import Session

from surveys.demo.places import FOUNDED, Spot, served_by_field
from surveys.tables import Population, ServicePoint
from surveys.weighting import frame

#: Who is counted once a wave and not by visits: field → first months of its waves.
_COUNTED_IN = {"household": (10,)} | dict.fromkeys(
    ("preschool", "primary", "lower_secondary", "upper_secondary"), (1, 7)
)
_WOBBLE = 0.06


def add_frame(
    session: Session,
    points: Sequence[tuple[Spot, ServicePoint]],
    *,
    today: dt.date,
    now: dt.datetime,
    seed: int,
) -> None:
    """Store the totals of every month until yesterday.

    Villages and schools are counted once a wave, in its first month; their other months have 0.
    """
    rng = Generator(PCG64(seed))
    rows = [
        {"unit_id": unit_id, "field": field, "month": month, "total": total,
         "source": "DEMO", "imported_at": now}
        for unit_id, spots in _by_unit(points)
        for field, month, total in _totals(rng, spots, today)
    ]  # fmt: skip
    if rows:
        session.execute(insert(Population), rows)


def _by_unit(points: Sequence[tuple[Spot, ServicePoint]]) -> Iterator[tuple[int, list[Spot]]]:
    for unit_id, pairs in groupby(points, key=lambda pair: pair[1].unit_id):
        yield unit_id, [spot for spot, _row in pairs]


def _totals(
    rng: Generator, spots: Sequence[Spot], today: dt.date
) -> Iterator[tuple[str, dt.date, int]]:
    yesterday = today - dt.timedelta(1)
    for field, served in served_by_field(spots).items():
        for month in frame.months(FOUNDED, yesterday):
            if field in _COUNTED_IN:
                total = served * (month.month in _COUNTED_IN[field])
            else:
                total = served * (1 + _WOBBLE * rng.standard_normal()) * _over(month, yesterday)
            yield field, month, round(total)


def _over(month: dt.date, yesterday: dt.date) -> float:
    """The share of a month that is over."""
    days = calendar.monthrange(month.year, month.month)[1]
    return min(1.0, ((yesterday - month).days + 1) / days)
