"""How answers were given: by the person, at a kiosk, to an interviewer, on paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Literal, get_args

from sqlmodel import Session, col, func, select

from surveys.tables import Response

Mode = Literal["self", "kiosk", "interviewer", "paper"]
MODES: tuple[Mode, ...] = get_args(Mode)


def counts(
    session: Session, wave_ids: Collection[int], *, unit_ids: Collection[int] | None = None
) -> dict[Mode, int]:
    """How many answers of some waves count, by mode, all modes named; of some units only if given.

    The index on responses holds all that is asked here, so no answer is read.
    """
    query = select(Response.mode, func.count()).where(
        col(Response.wave_id).in_(wave_ids), col(Response.excluded_at).is_(None)
    )
    if unit_ids is not None:
        query = query.where(col(Response.unit_id).in_(unit_ids))
    found = dict(session.exec(query.group_by(col(Response.mode))).all())
    return {mode: found.get(mode, 0) for mode in MODES}


def of_day(session: Session, collector_id: int, mode: Mode, *, day: dt.date) -> int:
    """How many answers one collector brought in on a day in one mode."""
    query = select(func.count()).where(
        Response.collector_id == collector_id, Response.day == day, Response.mode == mode
    )
    return session.exec(query).one()
