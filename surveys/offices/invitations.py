"""Invitations: a link, good once and for three days, with which an owner comes in.

The owner sets a password, or ties the account to an identity at the provider. Either replaces
whatever opened the account before: a link is also how an account is taken back.

InvitationGone(Exception)   used, replaced by a newer one, too old, or never made
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from sqlalchemy import delete
from sqlmodel import Session, col, select

from surveys.offices import identities
from surveys.offices import staff as accounts
from surveys.tables import Staff, StaffInvitation

GOOD_FOR = dt.timedelta(days=3)
#: Whom an account may invite, and whose account it may change.
INVITES: dict[str, tuple[str, ...]] = {
    "administrator": accounts.ROLES,
    "central": ("sector", "unit", "entry"),
}


class InvitationGone(Exception):
    """The link opens nothing: it was used or replaced, is too old, or was never made."""


def invite(session: Session, staff: Staff, *, now: dt.datetime) -> str:
    """The token of a new link for an account; an older one ends."""
    session.exec(delete(StaffInvitation).where(col(StaffInvitation.staff_id) == staff.id))
    token = secrets.token_urlsafe(32)
    session.add(
        StaffInvitation(token_hash=_hash(token), staff_id=staff.id or 0, ends_at=now + GOOD_FOR)
    )
    session.flush()
    return token


def invited(session: Session, token: str, *, now: dt.datetime) -> Staff:
    """The account that a link is for; InvitationGone where it opens nothing."""
    query = (
        select(Staff)
        .join(StaffInvitation, col(StaffInvitation.staff_id) == Staff.id)
        .where(StaffInvitation.token_hash == _hash(token), StaffInvitation.ends_at > now)
        .where(col(Staff.disabled_at).is_(None))
    )
    staff = session.exec(query).one_or_none()
    if staff is None:
        raise InvitationGone
    return staff


def accept(session: Session, token: str, password: str, *, now: dt.datetime) -> Staff:
    """The account of a link, with its new password; the link is good no more."""
    staff = invited(session, token, now=now)
    accounts.set_password(session, staff, password)
    identities.untie(session, staff)
    _use(session, token)
    return staff


def accept_identity(session: Session, token: str, sealed: str, *, now: dt.datetime) -> Staff:
    """The account of a link, tied to an identity and without a password; the link is good no more.

    InvitationGone, or IdentityTaken.
    """
    staff = invited(session, token, now=now)
    identities.tie(session, staff, sealed, now=now)
    accounts.close_password(session, staff)
    _use(session, token)
    return staff


def _use(session: Session, token: str) -> None:
    gone = delete(StaffInvitation).where(col(StaffInvitation.token_hash) == _hash(token))
    # Of two at the same moment only one still finds it.
    if not session.exec(gone).rowcount:
        raise InvitationGone


def waiting(session: Session, *, now: dt.datetime) -> set[int]:
    """The numbers of accounts whose link has not been used yet."""
    query = select(StaffInvitation.staff_id).where(col(StaffInvitation.ends_at) > now)
    return set(session.exec(query))


def expired(session: Session, *, now: dt.datetime) -> list[Staff]:
    """The accounts that never had a password and have no link to set one any more, by name."""
    query = select(Staff).where(
        Staff.password_hash == accounts.NOBODYS_HASH, col(Staff.disabled_at).is_(None)
    )
    still = waiting(session, now=now)
    return [one for one in session.exec(query.order_by(Staff.username)) if one.id not in still]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
