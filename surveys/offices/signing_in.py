"""Signing in by password or by identity, then digits where the account has them; failures counted.

WrongDigits(StaffError)   the six digits are not those of this moment, or were used already
"""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session

from surveys.offices import attempts, identities, second_factor, staff
from surveys.offices.identities import IdentityError
from surveys.offices.staff import StaffError, WrongCredentials
from surveys.tables import Staff


class WrongDigits(StaffError):
    """The digits are not those of this moment, or were used already."""


def identify(
    session: Session, username: str, password: str, *, device: str | None, now: dt.datetime
) -> Staff:
    """The account that a name and a password open; WrongCredentials, or TooManyAttempts.

    `device` is the number of the device where the account was signed in on it before.
    """
    folded = staff.folded(username)
    attempts.check(session, folded, device, now=now)
    try:
        found = staff.identify(session, username, password)
    except WrongCredentials:
        attempts.failed(session, folded, device, now=now)
        raise
    if found.totp_secret is None:
        attempts.succeeded(session, folded, device)
    return found


def recognise(session: Session, sealed: str, *, now: dt.datetime) -> Staff:
    """The account that an identity opens; IdentityError, or TooManyAttempts.

    Who comes with an identity guessed nothing, so failures with the account's password do not
    shut them out; identities that open nothing are counted by themselves.
    """
    attempts.check(session, sealed, None, now=now)
    try:
        return identities.identify(session, sealed)
    except IdentityError:
        attempts.failed(session, sealed, None, now=now)
        raise


def confirm(
    session: Session, account: Staff, digits: str, *, device: str | None, now: dt.datetime
) -> None:
    """Nothing where the digits are good, and are then used up; WrongDigits, or TooManyAttempts."""
    attempts.check(session, account.username, device, now=now)
    # Of two who send the same digits at once, the second finds them used.
    session.refresh(account, with_for_update=True)
    if not second_factor.opens(account, digits, now=now):
        attempts.failed(session, account.username, device, now=now)
        raise WrongDigits
    attempts.succeeded(session, account.username, device)
