"""The audit trail: what accounts and programs did, each row sealed together with the one before."""

import datetime as dt

from sqlalchemy import CheckConstraint, Column, Text
from sqlmodel import Field, SQLModel

from surveys.database import UTCDateTime


class TrailEntry(SQLModel, table=True):
    """One action. The database refuses to change or remove it; see `surveys.offices.audit`."""

    __tablename__ = "trail_entry"

    #: 1, 2, … without a gap.
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: dt.datetime = Field(sa_type=UTCDateTime)
    #: The name of an account, or of the command line and who sat there.
    actor: str = Field(index=True)
    #: The page or command, such as "central.close_wave".
    action: str = Field(index=True)
    #: JSON: what it was about, and what was said.
    detail: str = Field(sa_column=Column(Text, nullable=False))
    #: SHA-256 of the entry before, of 64 zeros for the first, and of this one with it.
    before: str
    sha256: str


class TrailEnd(SQLModel, table=True):
    """The one row that knows the last entry: whoever adds one holds it, so that they queue."""

    __tablename__ = "trail_end"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int
    sha256: str
