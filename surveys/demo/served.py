"""The frame of the demonstration: how many people each unit served, month by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.random import PCG64, Generator
from sqlalchemy import insert
from sqlmodel import Session

from surveys import frame
from surveys.demo.places import FOUNDED, Spot, served_by_field
from surveys.tables import Population, ServicePoint

#: Kinds whose people are counted once a wave and not by visits: villages, then schools.
_ONCE_A_YEAR = ("household",)
_ONCE_A_HALF = ("preschool", "primary", "lower_secondary", "upper_secondary")
_WOBBLE = 0.06


def add_frame(
    session: Session,
    points: Sequence[tuple[Spot, ServicePoint]],
    *,
    today: dt.date,
    now: dt.datetime,
    seed: int,
) -> None:
    """Store the totals of every month that is over; of villages and schools where a wave begins."""
    rng = Generator(PCG64(seed))
    rows = [
        {"unit_id": unit_id, "field": field, "month": month, "total": total,
         "source": "DEMO", "imported_at": now}
        for unit_id, spots in _by_unit(points)
        for field, month, total in _totals(rng, spots, today)
    ]  # fmt: skip
    session.execute(insert(Population), rows)


def _by_unit(points: Sequence[tuple[Spot, ServicePoint]]) -> Iterator[tuple[int, list[Spot]]]:
    for unit_id, pairs in groupby(points, key=lambda pair: pair[1].unit_id):
        yield unit_id, [spot for spot, _row in pairs]


def _totals(
    rng: Generator, spots: Sequence[Spot], today: dt.date
) -> Iterator[tuple[str, dt.date, int]]:
    this_month = today.replace(day=1)
    for field, served in served_by_field(spots).items():
        for month in frame.months(FOUNDED, today):
            if field in _ONCE_A_YEAR:
                total = served if month.month == 10 else 0
            elif field in _ONCE_A_HALF:
                total = served if month.month in {1, 7} else 0
            else:
                total = served * (1 + _WOBBLE * rng.standard_normal()) * (month < this_month)
            if total > 0:
                yield field, month, int(np.ceil(total))
