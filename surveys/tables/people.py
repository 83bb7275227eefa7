"""Accounts of the offices."""

import datetime as dt

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from surveys.database import UTCDateTime


class Staff(SQLModel, table=True):
    """An account of an office."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("role IN ('central', 'sector', 'unit')", name="role"),
        CheckConstraint("(role = 'sector') = (sector IS NOT NULL)", name="sector_scope"),
        CheckConstraint("(role = 'unit') = (unit_id IS NOT NULL)", name="unit_scope"),
    )

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(unique=True)
    name: str
    #: argon2id, with its parameters.
    password_hash: str
    #: central: Nội vụ; sector: an office that owns a sector; unit: one unit and those below it.
    role: str
    sector: str | None = None
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    disabled_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime)


class StaffSession(SQLModel, table=True):
    """One signed-in browser of an account; ended by deleting the row."""

    __tablename__ = "staff_session"

    #: SHA-256 of the token in the cookie, so that a stolen database opens no session.
    token_hash: str = Field(primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    started_at: dt.datetime = Field(sa_type=UTCDateTime)
    ends_at: dt.datetime = Field(sa_type=UTCDateTime)
