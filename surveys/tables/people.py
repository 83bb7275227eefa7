"""Accounts of the offices: who they are, how they sign in, and how often somebody failed to."""

import datetime as dt

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from surveys.database import UTCDateTime


class Staff(SQLModel, table=True):
    """An account of an office."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint(
            "role IN ('administrator', 'central', 'sector', 'unit', 'entry', 'auditor')",
            name="role",
        ),
        CheckConstraint("(role = 'sector') = (sector IS NOT NULL)", name="sector_scope"),
        CheckConstraint("(role IN ('unit', 'entry')) = (unit_id IS NOT NULL)", name="unit_scope"),
    )

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(unique=True)
    name: str
    #: argon2id, with its parameters.
    password_hash: str
    #: administrator: accounts; central: Nội vụ; sector: an office that owns a sector; unit: one
    #: unit and those below it; entry: types in their paper forms; auditor: reads everything.
    role: str
    sector: str | None = None
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    disabled_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime)
    #: Of the program that shows six digits; empty where none is set up.
    totp_secret: str | None = None
    #: The last half minute whose digits were used: the same digits are good only once.
    totp_step: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    #: Of the demonstration: its password is printed for everyone, so digits would guard nothing.
    demo: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    #: Where its duties are sent to, at work; empty where its owner wants no mail.
    email: str = Field(default="", sa_column_kwargs={"server_default": ""})
    #: The last day on which they were sent.
    reminded_on: dt.date | None = None


class StaffSession(SQLModel, table=True):
    """One signed-in browser of an account; ended by deleting the row."""

    __tablename__ = "staff_session"

    #: SHA-256 of the token in the cookie, so that a stolen database opens no session.
    token_hash: str = Field(primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    started_at: dt.datetime = Field(sa_type=UTCDateTime)
    ends_at: dt.datetime = Field(sa_type=UTCDateTime)
    #: The provider of identities says that it asked for a second factor, so ours is not needed.
    vouched: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})


class StaffIdentity(SQLModel, table=True):
    """Who an account's owner is at the provider of identities."""

    __tablename__ = "staff_identity"

    #: HMAC of issuer and subject: it recognises who comes, and tells nobody who that is.
    sealed: str = Field(primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", unique=True)
    tied_at: dt.datetime = Field(sa_type=UTCDateTime)


class StaffInvitation(SQLModel, table=True):
    """A link with which an account's owner sets its password, once."""

    __tablename__ = "staff_invitation"

    #: SHA-256 of the token in the link.
    token_hash: str = Field(primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    ends_at: dt.datetime = Field(sa_type=UTCDateTime)


class SignInFailure(SQLModel, table=True):
    """How often signing in failed lately, by what was typed and whether the device is known."""

    __tablename__ = "sign_in_failure"

    #: SHA-256 of the user name as typed and, of a known device, its number.
    subject: str = Field(primary_key=True)
    failures: int
    since: dt.datetime = Field(sa_type=UTCDateTime)
