"""What figures of some waves rest on at a moment, in two parts: what offices did, what people said.

Every deed of an account and every command leaves an entry in the audit trail, in the transaction of
the deed itself; every exclusion and correction leaves a row; every answer that counts is in the
number of people. All three only tell apart, and cost little: nothing of the answers is read.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from surveys.counts import tallies
from surveys.tables import ResponseChange, TicketBatch, TrailEntry

#: Deeds that change no figure but by answers (signing in, comments, paper forms), and the slips
#: that other software draws all day, which are counted with the answers.
_ASIDE = ("office.", "api.draw_ticket")


@dataclass(frozen=True, slots=True)
class Mark:
    """Equal marks of the same waves: nothing has changed between them that figures rest on."""

    #: The newest entry of the trail, and how many responses were excluded, taken in, corrected.
    deeds: tuple[int, int]
    #: Waves and their answers.
    answers: tuple[tuple[int, int], ...]
    #: Slips handed out in these waves.
    slips: int


def mark(session: Session, wave_ids: Collection[int]) -> Mark:
    """The mark of some waves as the session sees them."""
    entry = (
        select(TrailEntry.number)
        .where(*(~col(TrailEntry.action).startswith(aside) for aside in _ASIDE))
        .order_by(col(TrailEntry.number).desc())
        .limit(1)
    )
    # Counted and not the highest number: PostgreSQL may commit a lower one later.
    changed = session.exec(select(func.count()).select_from(ResponseChange)).one()
    deeds = (session.exec(entry).first() or 0, changed)
    people = tallies.people(session, wave_ids)
    slips = select(func.sum(TicketBatch.size)).where(col(TicketBatch.wave_id).in_(wave_ids))
    return Mark(deeds, tuple(sorted(people.items())), session.exec(slips).one() or 0)
