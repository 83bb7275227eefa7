"""Who an account's owner is at the provider of identities: kept sealed, tied once to one account.

IdentityError(StaffError)
├── UnknownIdentity   no account is tied to it; none is ever made by signing in
├── AccountClosed     its account was closed
└── IdentityTaken     another account is tied to it
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac

from sqlalchemy import delete
from sqlmodel import Session, col, select

from surveys.constraints import enforced
from surveys.offices.staff import StaffError
from surveys.tables import Staff, StaffIdentity


class IdentityError(StaffError):
    """An identity that opens no account, or cannot be tied to one."""


class UnknownIdentity(IdentityError):
    """No account is tied to the identity."""


class AccountClosed(IdentityError):
    """The identity's account was closed."""


class IdentityTaken(IdentityError):
    """Another account is tied to the identity."""


def seal(key: bytes, issuer: str, subject: str) -> str:
    """What is stored of an identity: nobody without the key can try out whose it may be.

    A subject may be the number of an identity card, which a bare checksum would not hide.
    """
    said = f"{issuer}\n{subject}".encode(errors="replace")
    return hmac.new(key, b"identity\n" + said, hashlib.sha256).hexdigest()


def tie(session: Session, account: Staff, sealed: str, *, now: dt.datetime) -> None:
    """Ties an account to an identity instead of any other; IdentityTaken where it has another's."""
    untie(session, account)
    row = StaffIdentity(sealed=sealed, staff_id=account.id or 0, tied_at=now)
    with enforced(session, {_TAKEN: IdentityTaken(), _TAKEN_ON_SQLITE: IdentityTaken()}):
        session.add(row)


def untie(session: Session, account: Staff) -> None:
    """Takes an account's identity away."""
    session.exec(delete(StaffIdentity).where(col(StaffIdentity.staff_id) == account.id))


def of(session: Session, account: Staff) -> StaffIdentity | None:
    """What an account is tied to, if it is."""
    found = select(StaffIdentity).where(StaffIdentity.staff_id == account.id)
    return session.exec(found).one_or_none()


def identify(session: Session, sealed: str) -> Staff:
    """The account of an identity; UnknownIdentity, or AccountClosed."""
    query = select(Staff).join(StaffIdentity).where(StaffIdentity.sealed == sealed)
    account = session.exec(query).one_or_none()
    if account is None:
        raise UnknownIdentity
    if account.disabled_at is not None:
        raise AccountClosed
    return account


_TAKEN = "pk_staff_identity"
#: SQLite names the columns of a primary key as of any other that must be unique.
_TAKEN_ON_SQLITE = "uq_staff_identity_sealed"
