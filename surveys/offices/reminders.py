"""Who is reminded by mail of what waits for them: once a day at most, kept in the database.

WrongEmail(Exception)   no mail address
"""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, or_, select

from surveys.tables import Staff

#: Letters beyond ASCII in an address need servers that few offices have.
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
LONGEST = 254


class WrongEmail(Exception):
    """No address that mail can be sent to."""


def set_email(session: Session, staff: Staff, email: str) -> None:
    """Sends an account's duties to an address from now on; to none where it is empty."""
    email = email.strip()
    if email and (len(email) > LONGEST or not _EMAIL.fullmatch(email)):
        raise WrongEmail(email)
    staff.email = email
    session.add(staff)
    session.flush()


def unreminded(session: Session, *, on: dt.date) -> list[Staff]:
    """The accounts with an address that were not reminded on a day yet, by name."""
    query = select(Staff).where(
        Staff.email != "", col(Staff.disabled_at).is_(None), _not_on(on)
    )  # fmt: skip
    return list(session.exec(query.order_by(Staff.username)))


def claim(session: Session, staff_id: int, *, on: dt.date) -> bool:
    """Whether an account is to be reminded now: of two who ask at once, one is told so."""
    taken = update(Staff).where(col(Staff.id) == staff_id, _not_on(on)).values(reminded_on=on)
    return bool(session.exec(taken).rowcount)


def give_back(session: Session, staff_id: int) -> None:
    """Takes back a claim whose mail was not sent, so that it is tried again."""
    session.exec(update(Staff).where(col(Staff.id) == staff_id).values(reminded_on=None))


def _not_on(on: dt.date) -> ColumnElement[bool]:
    return or_(col(Staff.reminded_on).is_(None), col(Staff.reminded_on) < on)
