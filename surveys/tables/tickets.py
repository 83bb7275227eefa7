"""Tickets: slips that are good for one answer each, handed out with a known chance."""

import datetime as dt

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from surveys.database import UTCDateTime


class TicketBatch(SQLModel, table=True):
    """Tickets minted together for one service point: who drew them, how, and until when."""

    __tablename__ = "ticket_batch"
    __table_args__ = (
        CheckConstraint("every >= 1", name="every"),
        CheckConstraint("size >= 1", name="size"),
        CheckConstraint("expires_on >= minted_on", name="period"),
        # People know a batch by its number: one that was called back whole gives it to no other.
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    wave_id: int = Field(foreign_key="wave.id", index=True)
    collector_id: int = Field(foreign_key="collector.id", index=True)
    #: Every k-th person gets one: the sampling interval.
    every: int
    size: int
    minted_on: dt.date
    #: Last day on which a ticket of it is good.
    expires_on: dt.date
    #: Name of the account or program that minted it.
    minted_by: str
    minted_at: dt.datetime = Field(sa_type=UTCDateTime)


class Ticket(SQLModel, table=True):
    """One slip. That it was spent is kept, but not when or by which answer."""

    __tablename__ = "ticket"

    #: SHA-256 of the token on the slip, so that a stolen database answers nothing.
    token_hash: str = Field(primary_key=True)
    batch_id: int = Field(foreign_key="ticket_batch.id", index=True)
    #: What is printed in plain sight, to tell slips of a batch apart: 1, 2, …
    number: int
    spent: bool = False
