"""The tickets of the demonstration: one family in six gets one where answers are a sample."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from surveys.database import TIME_ZONE
from surveys.demo.fieldwork import Point
from surveys.fieldwork import tickets
from surveys.tables import Response, Ticket, Wave

#: The sampling interval.
EVERY = 6


def hand_out(session: Session, wave: Wave, points: Sequence[Point], *, rng: random.Random) -> None:
    """Tickets at the points of a wave that draw a sample, as many of them spent as answered."""
    query = select(Response.collector_id, func.count()).where(Response.wave_id == wave.id)
    answered = dict(session.exec(query.group_by(col(Response.collector_id))).all())
    opening = dt.datetime.combine(wave.opens_on, dt.time(8), TIME_ZONE)
    for point in points:
        if point.spot.mode != "sampled":
            continue
        count = answered.get(point.collector.id or 0, 0)
        size = max(1, count, round(point.spot.served / EVERY))
        batch = tickets.mint(
            session, point.collector, every=EVERY, size=min(size, tickets.MOST),
            expires_on=wave.closes_on, by="Phòng Nội vụ", now=opening, rng=rng,
        ).batch  # fmt: skip
        numbers = rng.sample(range(1, batch.size + 1), count)
        spent = (col(Ticket.batch_id) == batch.id, col(Ticket.number).in_(numbers))
        session.execute(update(Ticket).where(*spent).values(spent=True))
