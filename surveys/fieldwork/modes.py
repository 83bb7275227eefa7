"""How answers were given: by the person, at a kiosk, to an interviewer, on paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Literal, cast, get_args

from sqlmodel import Session, col, func, select

from surveys.tables import Response, WaveInstrument

Mode = Literal["self", "kiosk", "interviewer", "paper"]
MODES: tuple[Mode, ...] = get_args(Mode)


def counts(
    session: Session, wave_ids: Collection[int], *, unit_ids: Collection[int] | None = None
) -> dict[Mode, int]:
    """How many answers of some waves count, by mode, all modes named; of some units only if given.

    Asked in the order of the index on responses, so that neither answers are read nor anything is
    sorted, and a unit's counts are found without going through the others'.
    """
    place = [col(Response.wave_id), col(Response.instrument_id), col(Response.unit_id)]
    forms = select(WaveInstrument.instrument_id).where(col(WaveInstrument.wave_id).in_(wave_ids))
    query = select(Response.mode, func.count()).where(
        col(Response.wave_id).in_(wave_ids),
        col(Response.instrument_id).in_(forms),
        col(Response.excluded_at).is_(None),
    )
    if unit_ids is not None:
        query = query.where(col(Response.unit_id).in_(unit_ids))
    found = dict.fromkeys(MODES, 0)
    for mode, count in session.exec(query.group_by(*place, col(Response.mode))):
        found[cast("Mode", mode)] += count
    return found


def of_day(session: Session, collector_id: int, mode: Mode, *, day: dt.date) -> int:
    """How many answers one collector brought in on a day in one mode."""
    query = select(func.count()).where(
        Response.collector_id == collector_id, Response.day == day, Response.mode == mode
    )
    return session.exec(query).one()
