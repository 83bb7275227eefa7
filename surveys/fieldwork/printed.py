"""Which numbers of paper forms were printed: what is typed in must be one of them.

A wave for whose code no printing is known takes any number: its sheets were printed elsewhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlmodel import Session, col, func, select

from surveys.tables import Collector, PaperPrint, Staff, Wave

HIGHEST_SERIAL = 999_999


def keep(
    session: Session,
    wave: Wave,
    collector: Collector,
    *,
    first: int,
    size: int,
    by: Staff,
    now: dt.datetime,
) -> PaperPrint:
    """What is known from now on: so many sheets from a number on were printed."""
    made = PaperPrint(
        wave_id=wave.id or 0, collector_id=collector.id or 0, first=first,
        last=first + size - 1, printed_by=by.id or 0,
        printed_at=now.replace(second=0, microsecond=0),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def ranges(session: Session, wave: Wave, collector: Collector) -> list[range]:
    """The numbers that were printed for a code in a wave; ranges that touch are one."""
    query = select(PaperPrint.first, PaperPrint.last).where(
        PaperPrint.wave_id == wave.id, PaperPrint.collector_id == collector.id
    )
    found: list[range] = []
    for first, last in session.exec(query.order_by(col(PaperPrint.first))):
        if found and first <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, last + 1))
        else:
            found.append(range(first, last + 1))
    return found


def next_serials(session: Session, collector_ids: Collection[int]) -> dict[int, int]:
    """The first number that was not printed yet, by collector; 1 is not named."""
    query = (
        select(PaperPrint.collector_id, func.max(PaperPrint.last) + 1)
        .where(col(PaperPrint.collector_id).in_(collector_ids))
        .group_by(col(PaperPrint.collector_id))
    )
    return dict(session.exec(query).all())
