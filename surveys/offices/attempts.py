"""Failed attempts to sign in, counted so that guessing ends and nobody can lock out another.

Attempts from devices on which the account was signed in before are counted by themselves: whoever
guesses from elsewhere shuts out other strangers for a while, but not the account's owner.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy import delete
from sqlmodel import Session, col

from surveys.constraints import insert_unless_taken
from surveys.tables import SignInFailure

#: So many failures within the window end the attempts until it is over.
MOST = 10
WINDOW = dt.timedelta(minutes=15)


class TooManyAttempts(Exception):
    """No attempt is looked at before a moment."""

    def __init__(self, until: dt.datetime) -> None:
        self.until = until
        super().__init__(until.isoformat())


def check(session: Session, username: str, device: str | None, *, now: dt.datetime) -> None:
    """Nothing while attempts are looked at; TooManyAttempts where there were too many."""
    found = session.get(SignInFailure, _subject(username, device))
    if found and found.failures >= MOST and found.since + WINDOW > now:
        raise TooManyAttempts(found.since + WINDOW)


def failed(session: Session, username: str, device: str | None, *, now: dt.datetime) -> None:
    """Counts a failure; those of windows that are over are forgotten."""
    session.exec(delete(SignInFailure).where(col(SignInFailure.since) <= now - WINDOW))
    subject = _subject(username, device)
    values = {"subject": subject, "failures": 1, "since": now}
    if insert_unless_taken(session, SignInFailure, values) is None:
        found = session.get_one(SignInFailure, subject, with_for_update=True)
        session.refresh(found)
        found.failures += 1
    session.flush()


def succeeded(session: Session, username: str, device: str | None) -> None:
    """Forgets the failures of who got in."""
    gone = col(SignInFailure.subject) == _subject(username, device)
    session.exec(delete(SignInFailure).where(gone))


def _subject(username: str, device: str | None) -> str:
    return hashlib.sha256(f"{username}\n{device or ''}".encode(errors="replace")).hexdigest()
