"""Published years for tests: drafted by one account, checked by another, then published."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session

from surveys.offices import staff
from surveys.publishing import steps
from surveys.questionnaires.programme import Programme
from surveys.tables import Release, ReleaseDraft, Staff

DRAFTER, CHECKER = "Phòng Nội vụ", "Lãnh đạo Phòng Nội vụ"


def pair(session: Session) -> tuple[Staff, Staff]:
    """Who drafts and who checks; made where they are not there yet."""
    return _account(session, "nguoi-soan", DRAFTER), _account(session, "nguoi-kiem", CHECKER)


def draft(
    session: Session, *, programme: Programme, sector: str, year: int, now: dt.datetime,
    reason: str = "",
) -> ReleaseDraft:  # fmt: skip
    """A draft by the first of the two."""
    return steps.draft(
        session, programme=programme, sector=sector, year=year, by=pair(session)[0], now=now,
        reason=reason,
    )  # fmt: skip


def publish(
    session: Session, *, programme: Programme, sector: str, year: int, now: dt.datetime,
    reason: str = "",
) -> Release:  # fmt: skip
    """The release of a sector's year, on the whole way."""
    drafter, checker = pair(session)
    made = draft(session, programme=programme, sector=sector, year=year, now=now, reason=reason)
    steps.check(session, programme, made, by=checker, now=now)
    return steps.release(session, programme, made, by=drafter, now=now)


def _account(session: Session, username: str, name: str) -> Staff:
    found = staff.find(session, username)
    return found or staff.add(session, username=username, name=name, role="central")
