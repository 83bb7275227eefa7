"""Programs of others that may ask: their keys, and the people served that they tell day by day."""

import datetime as dt

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from surveys.database import UTCDateTime


class ApiKey(SQLModel, table=True):
    """A key with which another program asks: for what, about which places, until when."""

    __tablename__ = "api_key"
    __table_args__ = (
        CheckConstraint("sector IS NULL OR unit_id IS NULL", name="place"),
        CheckConstraint("every >= 1", name="every"),
        CheckConstraint("scopes <> ''", name="scopes"),
    )

    id: int | None = Field(default=None, primary_key=True)
    #: What it is for; its deeds carry this name in the audit trail.
    name: str = Field(unique=True)
    #: The beginning of the key, to tell it from others; opens nothing.
    prefix: str
    #: SHA-256 of the whole key, so that a stolen database opens nothing.
    secret_hash: str = Field(unique=True)
    #: Of tickets, frame and live, separated by spaces.
    scopes: str
    #: What it is about: one sector, or a unit with those below it; neither: everything.
    sector: str | None = None
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    #: Of how many people served one gets a ticket.
    every: int = 1
    made_by: str
    made_at: dt.datetime = Field(sa_type=UTCDateTime)
    #: Its last day.
    expires_on: dt.date
    #: The last day on which it was used; never when.
    used_on: dt.date | None = None
    revoked_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime)


class DayCount(SQLModel, table=True):
    """How many people a unit served in a field on a day; the frame has the sum of the month."""

    __tablename__ = "day_count"
    __table_args__ = (CheckConstraint("total >= 0", name="total"),)

    unit_id: int = Field(foreign_key="unit.id", primary_key=True)
    field: str = Field(primary_key=True)
    day: dt.date = Field(primary_key=True)
    #: First day of the day's month.
    month: dt.date = Field(index=True)
    total: int
